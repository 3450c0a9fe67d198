import random

import keras
import numpy as np
import pymupdf
import pytest

from ocrkit.detect.textmap import CELL
from ocrkit.train import crops, mapping, pages
from ocrkit.train.banks import make_banks
from tests.detect import drawn


@pytest.fixture(scope="module")
def page():
    grey, boxes = drawn.page()
    quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    return pages.MarkedPage("drawn", grey, quads, np.zeros(len(quads), np.bool_))


@pytest.fixture(scope="module")
def source(page):
    return pages.PageSource([page], make_banks())


def test_the_same_seed_draws_the_same_crop(source):
    one, other = (source.crop(random.Random(3)) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_crops_have_the_size_of_the_net_and_a_label_for_each_cell(source):
    rng = random.Random(1)
    for grey, labels in (source.crop(rng) for _ in range(40)):
        assert grey.shape == (pages.SIDE, pages.SIDE)
        assert grey.dtype == np.uint8
        assert labels.shape == (pages.SIDE // CELL, pages.SIDE // CELL, 3)
        assert labels.max() <= 1
        assert not (labels[..., 0] & labels[..., 1]).any()


def test_the_core_of_a_line_is_text_and_its_rim_does_not_count():
    line = np.array([[[40, 80], [200, 80], [200, 120], [40, 120]]], np.float64)
    labels = pages.label(line, np.array([True]))
    assert labels[100 // CELL, 120 // CELL].tolist() == [0, 1, 1]
    assert labels[83 // CELL, 120 // CELL].tolist() == [0, 0, 0]
    assert labels[140 // CELL, 120 // CELL].tolist() == [0, 0, 1]


def test_words_of_a_pdf_are_joined_to_lines(tmp_path):
    with pymupdf.open() as document:
        sheet = document.new_page(width=400, height=300)
        for number, line in enumerate(drawn.LINES):
            sheet.insert_text((40, 50 + 30 * number), line, fontsize=11)
        document.save(tmp_path / "lines.pdf")
    (page,) = pages.pdfs([tmp_path / "lines.pdf"])
    assert len(page.lines) == len(drawn.LINES)
    assert not page.light.any()


def test_receipts_are_read_at_the_working_size(data):
    (page,) = pages.receipts(data / "receipts")
    inside = (page.lines >= 0).all() and (page.lines.max((0, 1)) <= page.grey.shape[::-1]).all()
    assert len(page.lines)
    assert inside


def test_light_text_is_told_from_dark():
    grey, boxes = drawn.page(inverted=True)
    quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    assert all(pages._is_light(grey, quad) for quad in quads)


def test_a_bar_code_is_drawn_beside_its_caption_upon_whole_lines(page):
    rng = random.Random(1)
    for _ in range(20):
        grey = page.grey.copy()
        there = pages.caption(grey, page.lines, rng)
        changed = grey != page.grey
        for quad, kept in zip(page.lines, there, strict=True):
            (left, top), (right, bottom) = np.ceil(quad.min(0)).astype(int), np.floor(quad.max(0)).astype(int)
            assert not (kept and changed[top:bottom, left:right].any())


def test_training_lessens_the_loss_and_litert_agrees_with_keras(source):
    keras.utils.set_random_seed(1)
    net = mapping.build_map(pages.SIDE)
    rng = random.Random(5)
    crops = [source.crop(rng) for _ in range(8)]
    pictures, labels = mapping.as_batch(crops)
    net.compile(optimizer=keras.optimizers.AdamW(5e-3), loss=mapping.MapLoss(), jit_compile=False)
    first, *_, last = (net.train_on_batch(pictures, labels) for _ in range(30))
    assert last < first
    assert mapping.export_map(net, [grey for grey, _ in crops[:2]])


def test_accuracy_counts_only_cells_that_count():
    labels = np.zeros((1, 1, 3, 3), np.uint8)
    labels[0, 0] = (1, 0, 1), (1, 0, 1), (1, 0, 0)
    logits = np.full((1, 1, 3, 2), -1, np.float32)
    logits[0, 0, 0] = 1, 1
    assert mapping.cell_accuracy(logits, labels) == {
        "accuracy/cells found": 0.5,
        "accuracy/cells that are text": 0.5,
    }


def test_the_rate_climbs_and_falls():
    settings = crops.CropSettings(steps=1000, warmup=100, rate=1.0)
    rates = [settings.rate_at(step) for step in (0, 99, 500, 999)]
    assert rates[0] < rates[2] < rates[1]
    assert rates[3] < 0.02
