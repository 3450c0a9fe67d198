import io

import attrs
import numpy as np
import pymupdf
import pytest

import ocrkit
from ocrkit import Rotation
from ocrkit.pdf import LayerMode, WriteSettings, add_text_layer
from ocrkit.testing import FakeEngine, draw_page
from tests.conftest import encoded
from tests.pdf.test_writer import drawing, text_of


def mixed_page(rotate=0, over=""):
    """A page with text above a scan, and text over the scan."""
    with pymupdf.open() as document:
        page = document.new_page(width=500, height=500)
        page.set_rotation(rotate)
        scan = draw_page("Invoice 2048").pixels
        turned = np.rot90(scan, rotate // 90).copy()
        box = pymupdf.Rect(100, 100, 100 + turned.shape[1] / 3, 100 + turned.shape[0] / 3)
        page.insert_image(box, stream=encoded(turned, "PNG"))
        page.insert_text((20, 40), "Typed above the scan")
        if over:
            page.insert_text((105, 112), over, fontsize=8)
        return document.tobytes()


def searchable(source, mode):
    out = io.BytesIO()
    report = ocrkit.make_searchable(source, out, writing=WriteSettings(mode=mode))
    return out.getvalue(), [page.action for page in report.pages]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_of_a_page_with_text_the_scan_is_read_and_the_text_is_not(rotate):
    source = mixed_page(rotate, over="stamp")
    data, actions = searchable(source, LayerMode.MIXED)
    assert actions == ["added"]
    assert sorted(text_of(data)) == sorted(["Typed", "above", "the", "scan", "stamp", "Invoice", "2048"])
    assert drawing(data) == drawing(source)
    again, actions = searchable(data, LayerMode.MIXED)
    assert (again, actions) == (data, ["skipped"])


def test_words_of_the_scan_lie_over_it():
    data, _ = searchable(mixed_page(), LayerMode.MIXED)
    with pymupdf.open(stream=data) as document:
        words = {word[4]: pymupdf.Rect(word[:4]) for word in document[0].get_text("words")}
    assert pymupdf.Rect(100, 100, 400, 200).contains(words["2048"])


def test_pages_with_text_and_no_picture_to_read_stay(sample):
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((20, 40), "text")
        page.insert_image(pymupdf.Rect(9, 9, 20, 15), stream=encoded(sample, "PNG"))
        source = document.tobytes()
    assert searchable(source, LayerMode.MIXED) == (source, ["skipped"])


def test_pages_without_text_are_read_whole(sample):
    data, actions = searchable(encoded(sample, "PNG"), LayerMode.MIXED)
    assert actions == ["added"]
    assert text_of(data) == ["Invoice", "2048"]


def test_by_default_pages_with_text_stay():
    source = mixed_page()
    assert searchable(source, LayerMode.SKIP) == (source, ["skipped"])


def test_a_picture_on_its_side_turns_no_page_whose_text_is_upright():
    class Sideways:
        def read(self, image, /):
            page = FakeEngine(("side",)).read(image)
            return attrs.evolve(page, rotation=Rotation(degrees=90, confidence=0.99))

    writing = WriteSettings(mode=LayerMode.MIXED, rotate_from=0.8)
    ocrkit.make_searchable(mixed_page(), out := io.BytesIO(), Sideways(), writing=writing)
    with pymupdf.open(stream=out.getvalue()) as document:
        assert document[0].rotation == 0


def test_mode_mixed_is_for_reading():
    with pytest.raises(ValueError, match="make_searchable"):
        add_text_layer(mixed_page(), ocrkit.Document(pages=[]), io.BytesIO(), settings=WriteSettings(mode="mixed"))
