import shutil
import subprocess
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit import Document, ExportError, Line, Page, Quad, Rotation, Word
from ocrkit.export.hocr import dumps, loads
from ocrkit.testing import draw_page
from tests.export.documents import documents, two_columns, word

XHTML = "{http://www.w3.org/1999/xhtml}"


def wrapped(inside):
    return f'<html><body><div class="ocr_page" title="bbox 0 0 100 50">{inside}</div></body></html>'


@given(documents())
def test_what_is_written_reads_back(document):
    again = loads(dumps(document))
    assert [p.index for p in again.pages] == [p.index for p in document.pages]
    assert [p.size for p in again.pages] == [p.size for p in document.pages]
    assert again.text == document.text
    assert again.engine == document.engine
    for one, other in zip(again.words, document.words, strict=True):
        assert one.quad == other.quad
        assert one.confidence == pytest.approx(other.confidence)


def test_places_and_facts():
    text = dumps(two_columns(), image='a"b.png')
    root = ElementTree.fromstring(text.encode())
    page, blank = (e for e in root.iter(f"{XHTML}div") if e.get("class") == "ocr_page")
    assert page.get("title").startswith('image "a\\"b.png"; bbox 0 0 400 300; ppageno 0; scan_res 300 300')
    assert "ppageno 4" in blank.get("title")
    areas = [e for e in root.iter(f"{XHTML}div") if e.get("class") == "ocr_carea"]
    assert [a.get("title") for a in areas] == ["bbox 10 10 110 60", "bbox 300 10 350 40"]
    first = next(e for e in root.iter(f"{XHTML}span") if e.get("class") == "ocrx_word")
    assert first.get("title").startswith("bbox 10 10 60 30; x_wconf 88; poly 10.00 10.00 60.00 10.00")
    again = loads(text)
    assert again.pages[0].dpi == (300, 300)
    assert again.pages[0].rotation == Rotation(confidence=0.5)
    assert again.pages[0].lines[0].baseline[0] == pytest.approx((10, 30))


def test_text_that_stands_on_its_side_says_its_angle():
    quad = Quad([(50, 10), (50, 90), (30, 90), (30, 10)])  # reads downwards
    page = Page(lines=[Line(words=[Word(text="side", quad=quad, confidence=1)])], size=(100, 100))
    text = dumps(Document(pages=[page]))
    assert "textangle 270" in text
    assert loads(text).pages[0].lines[0].words[0].quad == quad


def test_characters_that_xml_cannot_hold_are_replaced():
    page = Page(lines=[Line(words=[word("a\x01\ufffe", 0, 0, 9, 9)])], size=(9, 9))
    assert loads(dumps(Document(pages=[page]))).text == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"


def test_hocr_of_tesseract_is_read(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "page.png"), draw_page("Invoice 2048").pixels)
    command = [shutil.which("tesseract"), tmp_path / "page.png", tmp_path / "out", "hocr"]
    subprocess.run(command, check=True, capture_output=True)
    document = loads((tmp_path / "out.hocr").read_bytes())
    assert document.text == "Invoice 2048"
    assert document.engine == "tesseract"
    assert all(0.5 < w.confidence <= 1 for w in document.words)


def test_words_outside_of_lines_and_words_with_spaces():
    inside = "<span class='ocrx_word' title='bbox 0 0 90 10; x_wconf 50'> two words<br> </span>"
    (line,) = loads(wrapped(inside)).pages[0].lines
    assert [w.text for w in line.words] == ["two", "words"]
    assert line.words[0].quad.bounds[2] < line.words[1].quad.bounds[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html></html>",
        "<span class='ocrx_word' title='bbox 0 0 1 1'>a</span>",
        wrapped("<span class='ocrx_word' title='bbox 0 0 nan 1'>a</span>"),
        wrapped("<span class='ocrx_word' title='bbox a b c d'>a</span>"),
        "<div class='ocr_page' title='bbox 0 0 0 0'></div>",
        "<div class='ocr_page' title='bbox 0 0 inf 9'></div>",
        "<div class='ocr_page' title='bbox 0 0 9 9; ppageno'></div>",
        "<div class='ocr_page' title='bbox 0 0 9 9; x_rotation 45 1'></div>",
        "<div>" * 1000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_hocr_is_refused(text):
    with pytest.raises(ExportError, match="hOCR"):
        loads(text)


@given(st.text(alphabet="<>/\"'=;& abcdivspnorxt_!-[]0123456789\n", max_size=200))
def test_nothing_else_is_raised(text):
    for content in (text, wrapped(text), wrapped(f"<span class='ocrx_word' title='{text}'>a</span>")):
        try:
            loads(content)
        except ExportError:
            continue


def test_a_document_without_pages_reads_back():
    nothing = Document(pages=[], engine="ocrkit")
    assert loads(dumps(nothing)) == nothing
