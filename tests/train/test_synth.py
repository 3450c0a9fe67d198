import random

import attrs
import numpy as np
import pytest

from ocrkit.recognize.alphabet import ALPHABET, shortest_path
from ocrkit.recognize.window import HEIGHT, STRIDE, WIDEST
from ocrkit.train import distort, negatives
from ocrkit.train.fonts import Face, FaceStock
from ocrkit.train.real import read_strips
from ocrkit.train.synth import HARD, KINDS, Recipe
from ocrkit.train.typeset import Style, _rule
from tests.train.conftest import FONTS


@pytest.fixture(scope="module")
def source(materials):
    return materials.synthetic()


@pytest.fixture(scope="module")
def examples(source):
    return [example for number in range(40) for example in source.windows(1, number)]


def test_windows_fit_the_net(examples):
    for example in examples:
        height, width = example.window.shape
        assert height == HEIGHT
        assert 4 <= width <= WIDEST
        assert example.window.dtype == np.uint8
        assert shortest_path(ALPHABET.encode(example.text)) * STRIDE <= width


def test_texts_have_true_spaces_and_can_be_spelt(examples):
    assert any(" " in example.text for example in examples)
    assert all(ALPHABET.spell(example.text) == example.text for example in examples)


def test_some_windows_are_negatives(examples):
    empty = [example for example in examples if not example.text]
    assert 0.01 < len(empty) / len(examples) < 0.15
    assert all(example.origin == "negative" for example in empty)


def test_the_same_numbers_give_the_same_windows(source):
    for one, two in zip(source.windows(3, 7), source.windows(3, 7), strict=True):
        assert one.text == two.text
        np.testing.assert_array_equal(one.window, two.window)
    assert [e.text for e in source.windows(3, 7)] != [e.text for e in source.windows(4, 7)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_document_can_be_drawn_alone(source, kind):
    recipe = Recipe(kinds=tuple(float(k == kind) for k in KINDS), negatives=0.0)
    alone = attrs.evolve(source, recipe=recipe)
    examples = [e for number in range(4) for e in alone.windows(1, number)]
    assert examples
    assert all(e.origin.startswith(kind) for e in examples)


def test_hard_windows_have_less_contrast_than_gentle_ones_of_the_same_kinds(source):
    def contrast(severity):
        recipe = attrs.evolve(HARD, severity=severity, light_on_dark=0)
        stock = attrs.evolve(source, recipe=recipe)
        return np.mean([e.window.std() for n in range(24) for e in stock.windows(1, n)])

    assert contrast((0.0, 0.1)) > contrast(HARD.severity) + 2


def test_photographed_receipts_are_worn_more_than_scanned_ones(source):
    def sharpness(snapshots):
        stock = attrs.evolve(source, recipe=Recipe(kinds=(0, 0, 1, 0), negatives=0, snapshots=snapshots))
        return np.mean([np.abs(np.diff(e.window.astype(float))).mean() for n in range(24) for e in stock.windows(1, n)])

    assert sharpness(0.0) > sharpness(1.0)


ON_INK = ("spread", "ragged", "stipple", "fade", "dead_dots", "starve")
ON_PAPER = ("whitened", "lit", "creased", "crumpled", "blurred", "noisy", "photocopied")


@pytest.mark.parametrize("effect", ON_INK + ON_PAPER)
def test_effects_keep_the_shape(source, effect):
    rng = random.Random(1)
    ink = np.zeros((40, 120), np.uint8)
    ink[10:30, 20:100:8] = 255
    picture = ink if effect in ON_INK else 255 - ink.astype(np.float32)
    for severity in (0.0, 0.5, 1.0):
        arguments = [rng] if effect in {"dead_dots", "whitened"} else [rng, severity]
        arguments += [20.0] if effect == "starve" else []
        arguments += [source.banks] if effect in {"ragged", "stipple", "noisy", "photocopied"} else []
        changed = getattr(distort, effect)(picture, *arguments)
        assert changed.shape == picture.shape
        assert changed.dtype == picture.dtype
        assert np.isfinite(changed).all()


def test_a_frame_is_cut_out_straight_when_nothing_is_severe():
    ink = np.zeros((60, 100), np.uint8)
    ink[20:40, 30:70] = 255
    cut = distort.warped(ink, (30, 20, 70, 40), random.Random(1), 0.0)
    assert cut.shape == (20, 40)
    assert cut[2:-2, 2:-2].min() == 255


def test_negatives_have_the_net_s_height(source):
    rng = random.Random(4)
    for _ in range(60):
        window = negatives.draw(rng, source.banks)
        assert window.shape[0] == HEIGHT
        assert window.shape[1] <= WIDEST
        assert window.dtype == np.uint8


def test_strips_say_what_the_pages_say(materials):
    receipts = read_strips(materials.work / "receipts.zip")
    assert {"GRAND", "TOTAL", "12.50"} <= {strip.text for strip in receipts}
    assert all(strip.folded for strip in receipts)
    pdfs = read_strips(materials.work / "pdfs.zip")
    assert not any(strip.folded for strip in pdfs)
    assert "Grand" in " ".join(strip.text for strip in pdfs)


def test_windows_of_real_pages_hold_the_marked_ink(materials):
    for name in ("receipts", "pdfs"):
        strips = materials.strips(name, held_out=False) or materials.strips(name, held_out=True)
        for strip in strips:
            left, top, right, bottom = strip.frame
            marked = strip.grey()[top:bottom, left:right]
            assert marked.min() < 100 < marked.max()


def test_accents_are_in_the_frame_and_rules_never_lighten_the_text(materials):
    rng = random.Random(3)
    faces = FaceStock([Face(str(FONTS / "DejaVuSans.ttf"), 0, "DejaVu Sans", "sans")])
    banks = materials.banks()
    whole = Style.draw(faces, "digital", (0.0, 0.0), rng, photographed=False)
    for _ in range(60):
        found = whole.strip("Ü", 0.0, banks, rng)
        assert found is not None
        rows = np.flatnonzero((found[0] > 100).any(1))
        height = rows[-1] - rows[0] + 1
        glyph = whole.face.run("Ü")[0][0].glyph.ink
        assert height >= 0.9 * glyph.shape[0]
    ink = np.full((60, 100), 255, np.uint8)
    for _ in range(40):
        _rule(ink, 40, 10, 20.0, rng)
    assert ink.min() == 255
