import io

import numpy as np
import pytest
from PIL import Image

import ocrkit
from ocrkit import LimitExceededError, Limits, ReadSettings, UnreadableImageError
from ocrkit.files import describe
from ocrkit.inputs import PageSelectionError, open_pages, parse_pages
from ocrkit.testing import FakeEngine
from tests.conftest import encoded, pdf_of


def read(source, **options):
    return ocrkit.read(source, FakeEngine(("text",)), **options)


@pytest.mark.parametrize(
    ("pages", "count", "wanted"),
    [
        (None, 3, [0, 1, 2]),
        ("2", 3, [1]),
        ("1,3-end", 5, [0, 2, 3, 4]),
        ("3-", 4, [2, 3]),
        ("-2", 4, [0, 1]),
        ("end", 4, [3]),
        (" 1 , 2 - 3 ", 3, [0, 1, 2]),
        ("3,1-3", 3, [2, 0, 1]),
    ],
)
def test_page_selections(pages, count, wanted):
    assert parse_pages(pages, count) == wanted


@pytest.mark.parametrize("pages", ["", "a", "1-2-3", "0", "3-1", "-", "1,,2", "1;2", "end-1x", "-0", "1 2-"])
def test_wrong_page_selections_say_how_to_write_them(pages):
    if pages == "1 2-":  # a space inside a number is a slip of the finger
        assert parse_pages(pages, 12) == [11]
        return
    with pytest.raises(PageSelectionError, match="write them like"):
        parse_pages(pages, 5)


def test_page_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"page 7 .* last is 5"):
        parse_pages("2,7", 5)


def test_pages_as_numbers_are_refused():
    with pytest.raises(TypeError, match="'1,3-end'"):
        parse_pages([1, 2], 5)


def test_every_kind_of_source_gives_the_same_page(tmp_path, sample):
    data = encoded(sample, "PNG")
    path = tmp_path / "Prüfung 検査.png"
    path.write_bytes(data)
    with path.open("rb") as opened:
        pages = [read(source).pages for source in (path, str(path), data, io.BytesIO(data), opened, sample)]
    assert all(page == pages[0] for page in pages)


def test_list_is_one_document(sample):
    two = encoded(sample, "TIFF", save_all=True, append_images=[Image.fromarray(sample[:100])])
    document = read([two, pdf_of("a", ""), sample[:50]])
    assert [page.index for page in document.pages] == [0, 1, 2, 3, 4]
    assert [page.size[1] for page in document.pages[:2]] == [300, 100]
    assert [page.index for page in read([two, sample], pages="2-").pages] == [1, 2]


def test_pages_of_a_pdf_are_drawn_at_their_scans_resolution(sample):
    with ocrkit_pdf(sample, dpi=200) as path:
        assert read(path).pages[0].size == (900, 300)
    assert read(pdf_of("vector"), settings=ReadSettings(dpi=72)).pages[0].size == (300, 200)
    assert read(pdf_of("vector")).pages[0].size == (1250, 833)  # 300 dpi


def ocrkit_pdf(pixels, dpi):
    from ocrkit.image import read_header
    from ocrkit.pdf.embed import pictures_to_pdf

    data = encoded(pixels, "PNG", dpi=(dpi, dpi))
    return io.BytesIO(pictures_to_pdf(data, read_header(data), "image"))


def test_huge_sheets_are_drawn_coarser_instead_of_refused():
    page = read(pdf_of("", size=(14_400, 14_400))).pages[0]
    assert page.size[0] * page.size[1] <= 64_100_000


@pytest.mark.parametrize("source", [None, 5, 1.5, {"a": 1}, io.StringIO("text")])
def test_other_types_are_refused(source):
    with pytest.raises(TypeError, match=r"path, bytes|mode 'rb'"):
        read(source)


def test_missing_file_stays_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere.png")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 but nothing else", b"\x89PNG\r\n\x1a\n", b"plain text"])
def test_broken_input_is_our_error(data):
    with pytest.raises(UnreadableImageError):
        read(data)


def test_pdf_may_have_junk_before_its_header():
    assert len(read(b"junk\n" * 20 + pdf_of("a")).pages) == 1


@pytest.mark.parametrize(
    ("limits", "what"), [(Limits(bytes=100), "bytes"), (Limits(pixels=1000), "pixels"), (Limits(pages=1), "pages")]
)
@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
def test_limits_hold_for_every_kind_of_source(tmp_path, sample, limits, what, kind):
    data = encoded(sample, "TIFF", save_all=True, append_images=[Image.fromarray(sample)])
    path = tmp_path / "two.tiff"
    path.write_bytes(data)
    source = {"path": path, "bytes": data, "file": io.BytesIO(data)}[kind]
    with pytest.raises(LimitExceededError) as caught:
        read(source, settings=ReadSettings(limits=limits))
    assert caught.value.what == what


def test_limits_hold_for_arrays_and_pdf_pages(sample):
    with pytest.raises(LimitExceededError):
        read(sample, settings=ReadSettings(limits=Limits(pixels=10)))
    with pytest.raises(LimitExceededError):
        read(pdf_of("a", "b"), settings=ReadSettings(limits=Limits(pages=1)))
    with pytest.raises(LimitExceededError):
        read([sample, sample], settings=ReadSettings(limits=Limits(pages=1)))


def test_encrypted_pdf_wants_its_password():
    import pymupdf

    with pymupdf.open(stream=pdf_of("secret")) as document:
        locked = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="user", owner_pw="owner")
    with pytest.raises(ocrkit.EncryptedPdfError, match="give its password"):
        read(locked)
    with pytest.raises(ocrkit.EncryptedPdfError, match="does not open"):
        read(locked, settings=ReadSettings(password="wrong"))
    for password in ("user", "owner"):
        assert len(read(locked, settings=ReadSettings(password=password)).pages) == 1


def test_password_that_is_not_needed_does_no_harm():
    assert len(read(pdf_of("a"), settings=ReadSettings(password="x")).pages) == 1


def test_password_is_not_in_the_repr():
    assert "secret" not in repr(ReadSettings(password="secret"))


def test_inputs_are_named_for_people(tmp_path):
    assert describe(tmp_path / "a.png") == str(tmp_path / "a.png")
    assert describe(b"") == "bytes"
    assert describe(np.zeros(1)) == "array"
    assert describe([]) == "list"
    assert describe(io.BytesIO()) == "input"


def test_page_beyond_the_last_is_an_index_error(sample):
    with open_pages([sample, sample]) as pages, pytest.raises(IndexError):
        pages.load(2)
