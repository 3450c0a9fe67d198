"""Scans that lie on their side or stand on their head, on pages with every /Rotate."""

from __future__ import annotations

import json
from itertools import product

import cv2
import numpy as np
import pymupdf
import pytest
from click.testing import CliRunner

import ocrkit
from ocrkit.cli import cli
from ocrkit.pdf import WriteSettings
from ocrkit.testing import FakeEngine
from tests.conformance import viewers
from tests.conformance.scores import iou
from tests.detect import drawn

TURNS = range(4)
COMBINATIONS = list(product(TURNS, TURNS))
"""Quarters clockwise by which /Rotate turns a page, and by which what is shown must be turned to be upright."""
DPI = 150


@pytest.fixture(scope="module")
def scans():
    """Give a PDF with a page for each combination."""
    upright, _ = drawn.page(dpi=DPI)
    with pymupdf.open() as pdf:
        for rotate, wanted in COMBINATIONS:
            pixels = np.ascontiguousarray(np.rot90(upright, wanted + rotate))  # /Rotate undoes its part of it
            page = pdf.new_page(width=pixels.shape[1] * 72 / DPI, height=pixels.shape[0] * 72 / DPI)
            page.insert_image(page.rect, stream=cv2.imencode(".png", pixels)[1].tobytes())
            page.set_rotation(90 * rotate)
        return pdf.tobytes()


@pytest.fixture(scope="module")
def layered(scans, tmp_path_factory):
    path = tmp_path_factory.mktemp("turned") / "layered.pdf"
    ocrkit.make_searchable(scans, path)
    return path


@pytest.fixture(scope="module")
def shown_upright(scans, tmp_path_factory):
    path = tmp_path_factory.mktemp("upright") / "upright.pdf"
    report = ocrkit.make_searchable(scans, path, writing=WriteSettings(rotate_from=0.9))
    assert [page.rotated for page in report.pages] == [90 * wanted for _, wanted in COMBINATIONS]
    return path


def truth(quarters):
    """Give words and where they are on a page that is to be turned by so many quarters: fractions of its sides."""
    upright, boxes = drawn.page(dpi=DPI)
    words = " ".join(drawn.LINES * 2).split()
    height, width = upright.shape
    boxes = boxes / (width, height, width, height)
    for _ in range(quarters):  # counterclockwise
        x0, y0, x1, y1 = boxes.T
        boxes = np.stack([y0, 1 - x1, y1, 1 - x0], 1)
    return list(zip(words, boxes.tolist(), strict=True))


def found(page, wanted):
    """Say which share of the words a viewer finds where they are."""
    read = list(zip(page.words, page.boxes, strict=True))
    return np.mean([any(w == word and iou(b, box) > 0.4 for w, b in read) for word, box in wanted])


@pytest.mark.parametrize("viewer", [viewers.mupdf, viewers.pdfium, viewers.poppler])
def test_the_layer_follows_the_writing(layered, viewer):
    with pymupdf.open(layered) as pdf:
        assert [page.rotation for page in pdf] == [90 * rotate for rotate, _ in COMBINATIONS]
    for page, combination in zip(viewer(layered), COMBINATIONS, strict=True):
        assert found(page, truth(combination[1])) > 0.97, combination


@pytest.mark.parametrize("viewer", [viewers.mupdf, viewers.pdfium, viewers.poppler])
def test_pages_that_are_shown_upright_read_in_order(shown_upright, viewer):
    words = " ".join(drawn.LINES * 2).split()
    for page, combination in zip(viewer(shown_upright), COMBINATIONS, strict=True):
        assert page.words == words, combination
        assert found(page, truth(0)) > 0.97, combination


def test_pages_that_have_a_layer_are_shown_upright_too(layered, shown_upright, tmp_path):
    path = tmp_path / "twice.pdf"
    report = ocrkit.make_searchable(layered, path, writing=WriteSettings(rotate_from=0.9))
    assert {page.action for page in report.pages} == {"skipped"}
    assert [page.rotated for page in report.pages] == [90 * wanted for _, wanted in COMBINATIONS]
    assert viewers.mupdf(path) == viewers.mupdf(shown_upright)


def test_pages_of_an_engine_that_cannot_tell_are_shown_upright_too(scans, tmp_path):
    path = tmp_path / "upright.pdf"
    settings = WriteSettings(rotate_from=0.9)
    report = ocrkit.make_searchable(scans, path, FakeEngine(("nothing",)), pages="2-3", writing=settings)
    assert [page.rotated for page in report.pages] == [0, 90, 180, *[0] * 13]


def test_the_command_line_shows_pages_upright_if_asked_to(scans, tmp_path):
    source, path, facts = (tmp_path / name for name in ("in.pdf", "out.pdf", "facts.json"))
    source.write_bytes(scans)
    arguments = ["pdf", "-r", "--pages", "2", "--report", str(facts), str(source), str(path)]
    assert CliRunner().invoke(cli, arguments, catch_exceptions=False).exit_code == 0
    assert json.loads(facts.read_text())["files"][0]["pages"][1]["rotated"] == 90
    with pymupdf.open(path) as pdf:
        assert [page.rotation for page in pdf][:3] == [0, 90, 0]
