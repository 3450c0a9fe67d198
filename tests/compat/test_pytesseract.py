"""The functions of pytesseract, held against the real one where its results have a shape."""

import textwrap
import warnings

import cv2
import numpy as np
import pandas
import pymupdf
import pytesseract as theirs
import pytest
from lxml import etree
from PIL import Image

from ocrkit.compat import pytesseract as ours
from ocrkit.export import hocr
from ocrkit.testing import draw_page
from tests.export import schemas


@pytest.fixture
def picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("test.png", draw_page("Invoice 2048").pixels)
    return "test.png"


@pytest.fixture(autouse=True)
def fresh():
    ours._say_once.cache_clear()
    yield
    ours.engine = None


# The usage section of pytesseract's documentation, with another import and the pictures that are here.
DOCUMENTATION = """
from PIL import Image
from ocrkit.compat import pytesseract

pytesseract.pytesseract.tesseract_cmd = r'C:\\\\Program Files\\\\Tesseract-OCR\\\\tesseract'
print(pytesseract.image_to_string(Image.open('test.png')))
print(pytesseract.image_to_string('test.png'))
print(pytesseract.get_languages(config=''))
print(pytesseract.image_to_string(Image.open('test.png'), lang='fra'))
print(pytesseract.image_to_string('images.txt'))
try:
    print(pytesseract.image_to_string('test.png', timeout=20))
    print(pytesseract.image_to_string('test.png', timeout=0.00001))
    raise AssertionError
except RuntimeError as timeout_error:
    pass
print(pytesseract.image_to_boxes(Image.open('test.png')))
print(pytesseract.image_to_data(Image.open('test.png')))
print(pytesseract.image_to_osd(Image.open('test.png')))
pdf = pytesseract.image_to_pdf_or_hocr('test.png', extension='pdf')
with open('test.pdf', 'w+b') as f:
    f.write(pdf)
hocr = pytesseract.image_to_pdf_or_hocr('test.png', extension='hocr')
xml = pytesseract.image_to_alto_xml('test.png')
text, boxes = pytesseract.run_and_get_multiple_output('test.png', extensions=['txt', 'box'])

import cv2
img_cv = cv2.imread(r'test.png')
img_rgb = cv2.cvtColor(img_cv, cv2.COLOR_BGR2RGB)
print(pytesseract.image_to_string(img_rgb))
image = Image.open('test.png')
custom_oem_psm_config = r'--oem 3 --psm 6'
pytesseract.image_to_string(image, config=custom_oem_psm_config)
cfg_filename = 'words'
pytesseract.run_and_get_output(image, extension='txt', config=cfg_filename)
tessdata_dir_config = r'--tessdata-dir "<replace_with_your_tessdata_dir_path>"'
pytesseract.image_to_string(image, lang='eng', config=tessdata_dir_config)
"""


def test_examples_of_the_documentation_run(picture, tmp_path, capsys):
    (tmp_path / "images.txt").write_text("test.png\ntest.png\n")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        exec(textwrap.dedent(DOCUMENTATION), {})
    printed = capsys.readouterr().out
    assert printed.count("Invoice 2048") == 7
    ignored = {str(warning.message).split(" of Tesseract")[0] for warning in said}
    assert ignored == {"--oem", "--psm", "words", "--tessdata-dir"}
    with pymupdf.open(tmp_path / "test.pdf") as document:
        assert document[0].get_text().split() == ["Invoice", "2048"]


def test_text_is_theirs(picture):
    image = Image.open(picture)
    assert ours.image_to_string(image) == theirs.image_to_string(image)
    assert ours.image_to_string(image, output_type=ours.Output.BYTES) == b"Invoice 2048\n"
    assert ours.image_to_string(image, output_type=ours.Output.DICT) == {"text": "Invoice 2048\n"}


def test_boxes_count_from_the_bottom_left_as_theirs_do(picture):
    boxes, like = (side.image_to_boxes(picture, output_type="dict") for side in (ours, theirs))
    assert list(boxes) == list(like)
    assert "".join(boxes["char"]) == "".join(like["char"]) == "Invoice2048"
    assert boxes["page"] == like["page"]
    for side in ("left", "bottom", "right", "top"):
        assert boxes[side] == pytest.approx(like[side], abs=30)  # letters are some 60 pixels high
    assert all(one < other for one, other in zip(boxes["left"], boxes["right"], strict=True))


def test_data_have_the_columns_types_and_places_of_theirs(picture):
    data, like = (side.image_to_data(picture, output_type="dict") for side in (ours, theirs))
    assert list(data) == list(like)
    assert data["level"] == like["level"] == [1, 2, 3, 4, 5, 5]
    assert data["text"] == like["text"]
    assert {name: {type(v) for v in values} for name, values in data.items()} == {
        name: {type(v) for v in values} for name, values in like.items()
    }
    for side in ("left", "top", "width", "height"):
        assert data[side][4:] == pytest.approx(like[side][4:], abs=25)
    frame, frame_like = (side.image_to_data(picture, output_type="data.frame") for side in (ours, theirs))
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(frame_like.columns)
    assert list(frame.conf[:4]) == [-1] * 4
    assert frame.text.dropna().tolist() == ["Invoice", "2048"]


@pytest.mark.parametrize("turns", range(4))
def test_osd_says_how_a_page_lies(turns):
    text = ["Which way is up is said", "by the letters of a page", "and never by its paper,", "which has no up at all."]
    sheet = np.vstack([draw_page(line, width=900, height=110).pixels for line in text])
    osd = ours.image_to_osd(np.rot90(sheet, turns).copy(), output_type="dict")
    assert osd["rotate"] == 90 * turns
    assert osd["orientation"] == -90 * turns % 360
    assert osd["orientation_conf"] > 50
    assert osd["script"] == "Latin"


def test_osd_of_a_page_without_text_is_an_error():
    with pytest.raises(ours.TesseractError, match="Too few characters"):
        ours.image_to_osd(np.full((100, 100), 255, np.uint8))


def test_several_outputs_come_of_one_reading(picture):
    pdf, found, alto, table = ours.run_and_get_multiple_output(picture, ["pdf", "hocr", "xml", "tsv"])
    assert pdf.startswith(b"%PDF")
    assert hocr.loads(found).text == "Invoice 2048"
    schemas.alto().assertValid(etree.fromstring(alto.encode()))
    assert table.startswith("level\t")


def test_kinds_of_pictures(picture):
    grey = draw_page("Invoice 2048").pixels
    grey = grey if grey.ndim == 2 else grey[..., 0]
    clear = np.dstack([np.zeros((*grey.shape, 3), np.uint8), 255 - grey])
    for image in (
        grey,
        grey[..., None],
        grey > 128,
        np.dstack([grey] * 3),
        clear,
        Image.fromarray(clear),
        Image.fromarray(grey).convert("1"),
        Image.fromarray(grey).convert("P"),
        Image.fromarray(grey).convert("CMYK"),
        Image.fromarray(grey.astype(np.uint16) * 257),
    ):
        assert ours.image_to_string(image).strip() == "Invoice 2048"


def test_another_engine_can_be_chosen(picture):
    ours.engine = "tesseract"
    assert ours.image_to_string(picture) == "Invoice 2048\n"
    assert "eng" in ours.get_languages()
    with pytest.raises(ours.TesseractNotFoundError, match="xyz"):
        ours.image_to_string(picture, lang="xyz")


def test_version_is_one_of_the_kind_of_theirs():
    assert ours.get_tesseract_version() >= type(theirs.get_tesseract_version())("4.1.1")


def test_mistakes_are_their_errors(picture, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(TypeError, match="Unsupported image object"):
        ours.image_to_string(b"bytes")
    for name in ("missing.png", "broken.png", "missing.txt"):
        with pytest.raises(ours.TesseractError, match=name):
            ours.image_to_string(name)
    with pytest.raises(ours.TesseractError, match="chi_sim"):
        ours.image_to_string(picture, lang="chi_sim")
    with pytest.raises(ours.TesseractError, match="no format"):
        ours.run_and_get_output(picture, "docx")
    with pytest.raises(ValueError, match="extension"):
        ours.image_to_pdf_or_hocr(picture, extension="docx")


def test_option_without_meaning_is_said_once(picture):
    with pytest.warns(UserWarning, match="--psm"):
        ours.image_to_string(picture, config="--psm 6")
    ours.image_to_string(picture, config="--psm 6 -l eng --dpi 300")
