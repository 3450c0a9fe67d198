import random

import cv2
import numpy as np
import pytest

from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.window import to_height
from ocrkit.testing import draw_page
from ocrkit.train import commas
from ocrkit.train.commas import draw_commas, drawn_on, with_commas
from ocrkit.train.real import Strip, read_strips, write_strips


def strip_of(text, *, folded=True):
    page = draw_page(text, height=180, width=900).grey
    rows, columns = (np.flatnonzero((page < 128).any(axis)) for axis in (1, 0))
    cut = page[rows[0] - 14 : rows[-1] + 14, max(columns[0] - 14, 0) : columns[-1] + 14]
    window = cv2.resize(cut, (round(cut.shape[1] * 48 / cut.shape[0]), 48), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".png", window)
    return Strip(data.tobytes(), (0, 0, window.shape[1], 48), text, folded, "page")


@pytest.fixture(scope="module")
def recognizer():
    return CrnnRecognizer()


def test_points_of_amounts_become_commas(recognizer, monkeypatch):
    monkeypatch.setattr(commas, "_RAISED", 0.0)
    strip = strip_of("Total 12.50 8.25")
    (drawn,) = with_commas([strip], recognizer)
    assert drawn.text == "Total 12,50 8,25"
    before, after = strip.grey().astype(int), drawn.grey().astype(int)
    inked = before - after > 60  # tails are new ink, and nothing else is
    assert len(np.unique(cv2.connectedComponents(inked.astype(np.uint8))[1])) == 3
    assert not inked[:28].any()
    assert not (after - before > 60).any()


def test_some_commas_stand_on_the_baseline(recognizer, monkeypatch):
    monkeypatch.setattr(commas, "_RAISED", 1.0)
    strip = strip_of("Total 12.50 8.25")
    (drawn,) = with_commas([strip], recognizer)
    assert drawn.text == "Total 12,50 8,25"
    before, after = strip.grey().astype(int), drawn.grey().astype(int)
    ink = np.flatnonzero((before < 128).any(1))[-1]
    assert (before - after > 60).any()
    assert (after - before > 60).any()  # of the point a tail is left
    assert not (before - after > 60)[ink + 1 :].any()


def test_commas_hang_down_where_points_are_fine(recognizer, monkeypatch):
    monkeypatch.setattr(commas, "_RAISED", 1.0)
    monkeypatch.setattr(commas, "_COARSE", 0.5)
    strip = strip_of("Total 12.50 8.25")
    (drawn,) = with_commas([strip], recognizer)
    before, after = strip.grey().astype(int), drawn.grey().astype(int)
    assert (before - after > 60)[np.flatnonzero((before < 128).any(1))[-1] + 1 :].any()


def test_a_head_that_would_be_cut_off_is_not_drawn():
    head = commas._Head(1.0, 0.0, 0.5, 0.5)
    picture = np.full((40, 40), 255, np.uint8)
    assert head.has_room(picture, (10, 8, 14, 12))
    assert not head.has_room(picture, (10, 3, 14, 7))


@pytest.mark.parametrize("text", ["12.5.2019", "1.234", "10:12.50", "Total 12,50", "v. 2"])
def test_only_amounts_are_changed(text, recognizer):
    assert not list(with_commas([strip_of(text)], recognizer))


def test_windows_that_are_not_receipts_or_read_otherwise_are_left_out(recognizer):
    other = strip_of("Total 12.50")
    assert not list(with_commas([strip_of("Total 12.50", folded=False)], recognizer))
    assert not list(with_commas([Strip(other.picture, other.frame, "Tax 12.50", True, "page")], recognizer))


def test_a_tail_that_would_be_cut_off_is_not_drawn(recognizer, monkeypatch):
    monkeypatch.setattr(commas, "_RAISED", 0.0)
    strip = strip_of("Total 12.50")
    picture = strip.grey()
    low = np.full_like(picture, picture.max())
    low[12:] = picture[:-12]
    _, data = cv2.imencode(".png", low)
    moved = Strip(data.tobytes(), strip.frame, strip.text, True, "page")
    (reading,) = recognizer.read([to_height(strip.grey())])
    assert drawn_on(moved, reading, random.Random(1)) is None


def test_a_work_folder_gets_its_file_of_commas(tmp_path):
    write_strips(tmp_path / "mined.zip", [strip_of("Total 12.50"), strip_of("Thank you")])
    assert draw_commas(tmp_path) == 1
    assert [strip.text for strip in read_strips(tmp_path / "commas.zip")] == ["Total 12,50"]
