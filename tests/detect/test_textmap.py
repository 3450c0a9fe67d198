import os

import numpy as np
import pytest

from ocrkit.detect.textmap import CELL, GRAIN, TILE, TextMap
from tests.detect import drawn


@pytest.fixture(scope="module")
def textmap():
    return TextMap()


@pytest.mark.parametrize("inverted", [False, True])
def test_words_lie_on_text_of_their_polarity(textmap, inverted):
    grey, boxes = drawn.page(inverted=inverted)
    text = textmap(grey)
    assert text.shape == (2, -(-grey.shape[0] // CELL), -(-grey.shape[1] // CELL))
    middle = ((boxes[:, :2] + boxes[:, 2:]) / 2 / CELL).astype(int)
    own, other = (text[plane, middle[:, 1], middle[:, 0]] for plane in (int(inverted), int(not inverted)))
    assert np.median(own) > 0.8
    assert np.median(other) < 0.2


def test_bare_paper_and_noise_hold_little_text(textmap):
    assert textmap(np.full((300, 200), 240, np.uint8)).max() < 0.5
    noise = np.random.default_rng(1).integers(0, 256, (600, 600), dtype=np.uint8)
    assert (textmap(noise) > 0.5).mean() < 0.2


def test_tiles_without_contrast_are_not_looked_at_and_the_others_see_the_same(textmap, monkeypatch):
    grey, _ = drawn.page()
    page = np.full((3 * TILE, grey.shape[1]), grey[-1, -1], np.uint8)
    page[: len(grey)] = grey
    looked: list[int] = []
    ask = textmap._map
    monkeypatch.setattr(textmap, "_map", lambda tile: looked.append(1) or ask(tile))
    skipped = textmap(page)
    few = len(looked)
    monkeypatch.setattr("ocrkit.detect.textmap._FLAT", 0)
    whole = textmap(page)
    assert 0 < few < len(looked) - few
    assert np.abs(skipped - whole).max() < 0.02


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (TILE, TILE), (TILE + 1, 5)])
def test_a_picture_of_any_size_has_a_cell_for_every_pixel(textmap, shape):
    text = textmap(np.zeros(shape, np.uint8))
    assert text.shape == (2, -(-shape[0] // CELL), -(-shape[1] // CELL))
    assert np.isfinite(text).all()


@pytest.mark.parametrize("size", [1, 100, 448, 449, 2500])
def test_tiles_are_alike_and_leave_little_over(textmap, monkeypatch, size):
    shapes: list[tuple[int, int]] = []
    monkeypatch.setattr(
        textmap, "_map", lambda tile: shapes.append(tile.shape) or np.zeros((*np.array(tile.shape) // CELL, 2))
    )
    textmap(np.random.default_rng(1).integers(0, 256, (size, 40), dtype=np.uint8))
    ((height, _),) = set(shapes)
    assert height <= TILE
    assert size <= len(shapes) * (height - 64) < size + GRAIN * len(shapes)


def test_tiles_meet_without_a_seam(textmap):
    grey, _ = drawn.page(dpi=200)
    whole = textmap(grey)
    moved = textmap(np.pad(grey, ((160, 0), (160, 0)), "edge"))[:, 160 // CELL :, 160 // CELL :]
    assert (np.abs(whole - moved) > 0.5).mean() < 0.005


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_sees_the_same(textmap):
    grey, _ = drawn.page()
    expected = textmap(grey)
    child = os.fork()
    if not child:
        os._exit(0 if np.array_equal(textmap(grey), expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
