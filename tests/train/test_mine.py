import json
import random

import attrs
import cv2
import numpy as np
import pymupdf
import pytest

from ocrkit.detect import MserDetector
from ocrkit.image import PageImage
from ocrkit.train.banks import make_banks
from ocrkit.train.confidence import fit_confidence
from ocrkit.train.mine import is_kept_back, mine, text_in
from ocrkit.train.real import MinedSource, is_unseen, read_strips
from ocrkit.train.recapture import characters_of, drawn, worsened
from ocrkit.train.synth import SET_SIZE
from ocrkit.train.weights import fit_lexicon
from ocrkit.wordinate.weighing import Weights, fitted
from tests.detect.drawn import LINES


def name_of(unseen, form):
    """Find a name of a page that is never learnt from, or of one that is mined."""
    names = (form.format(number) for number in range(1000))
    return next(name for name in names if (is_unseen(name) if unseen else not is_kept_back(name)))


def write_pdf(path):
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        for number, line in enumerate(LINES * 2):
            page.insert_text((40, 50 + 22 * number), line, fontsize=11)
        document.save(path)


@pytest.fixture(scope="module")
def banks():
    return make_banks()


@pytest.fixture
def data(tmp_path):
    """A receipt and a PDF to learn from, and one of each that is kept back."""
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "receipts" / "images").mkdir(parents=True)
    records = []
    for kept_back in (False, True):
        write_pdf(tmp_path / "pdfs" / name_of(kept_back, "{}.pdf"))
        with pymupdf.open(tmp_path / "pdfs" / name_of(kept_back, "{}.pdf")) as document:
            grey, _ = drawn(document[0], characters_of(document[0]), 150)
            lines = document[0].get_text("blocks")
        name = name_of(kept_back, "images/{}.png")
        cv2.imwrite(str(tmp_path / "receipts" / name), grey)
        scale = 150 / 72
        items = [
            {
                "quad": [
                    [x0 * scale, y0 * scale],
                    [x1 * scale, y0 * scale],
                    [x1 * scale, y1 * scale],
                    [x0 * scale, y1 * scale],
                ],
                "text": text.strip().upper(),
            }
            for x0, y0, x1, y1, text, *_ in lines
        ]
        records.append({"image": name, "items": items})
    (tmp_path / "receipts" / "pages.jsonl").write_text("\n".join(map(json.dumps, records)))
    return tmp_path


@pytest.fixture
def page(tmp_path):
    write_pdf(tmp_path / "page.pdf")
    with pymupdf.open(tmp_path / "page.pdf") as document:
        yield document[0]


def test_a_window_says_what_stands_in_it(page):
    grey, characters = drawn(page, characters_of(page), 150)
    regions = MserDetector().detect(PageImage(pixels=grey)).regions
    texts = [text_in(region, characters) for region in regions]
    assert sum(text is not None for text in texts) > 0.9 * len(texts)
    assert all(text in line for text in texts if text for line in [" ".join(LINES * 2)])
    assert sum(len(text or "") for text in texts) > 0.8 * sum(map(len, LINES * 2))


def test_characters_move_with_a_page_that_is_photographed(page, banks):
    grey, characters = drawn(page, characters_of(page), 150)
    for seed in range(12):
        worse, moved = worsened(grey, characters, random.Random(seed), banks)
        assert worse.shape == grey.shape
        spots = moved.place.round().astype(int)
        inside = ((spots >= 8) & (spots < np.array(grey.shape[::-1]) - 8)).all(1)
        contrast = [np.ptp(worse[y - 7 : y + 8, x - 4 : x + 5]) for x, y in spots[inside].tolist()]
        assert np.median(contrast) > 25


def test_only_pages_that_may_be_learnt_from_are_mined(data, banks):
    count = mine(data, [], banks, data / "mined.zip", 1)
    strips = read_strips(data / "mined.zip")
    assert count == len(strips) > 0
    assert not any(is_kept_back(strip.page) for strip in strips)
    assert {strip.folded for strip in strips} == {True, False}
    source = MinedSource(strips, banks)
    first, again = source.windows(3, 1), source.windows(3, 1)
    assert 0 < len(first) <= SET_SIZE
    assert [e.text for e in first] == [e.text for e in again]
    assert all(example.window.shape[0] == 32 for example in first)


def test_the_worth_of_the_lexicon_is_fitted_on_pages_that_are_kept_back(data, banks):
    said = []
    weights = fit_lexicon(data, banks, data / "fitted.json", said.append, most=6)  # also worse copies
    assert Weights(**json.loads((data / "fitted.json").read_text())) == weights
    assert (weights.confidence, weights.low) == (fitted().confidence, fitted().low)
    assert said[0].startswith("6 pages")


def test_confidences_are_fitted_on_whole_pages(data):
    (data / "surfaces" / "images").mkdir(parents=True)
    cv2.imwrite(str(data / "surfaces" / "images" / "0.png"), np.full((60, 80), 200, np.uint8))
    (data / "surfaces" / "pages.jsonl").write_text('{"image": "images/0.png", "items": []}\n')
    said = []
    weights = fit_confidence(data, data / "fitted.json", said.append)
    shipped = fitted()
    assert Weights(**json.loads((data / "fitted.json").read_text())) == weights
    assert weights.confidence != shipped.confidence
    assert attrs.evolve(weights, confidence=shipped.confidence, low=shipped.low) == shipped
    assert said[0].startswith("receipts: ")
    assert said[1].startswith("surfaces: 0 words, 0 kept")


def test_confidences_need_pages(tmp_path):
    with pytest.raises(ValueError, match="development"):
        fit_confidence(tmp_path, tmp_path / "fitted.json", print)
    assert not (tmp_path / "fitted.json").exists()
