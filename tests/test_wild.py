"""Whatever the file: a result or one clear error, within its time, nothing half-written, the source as it was."""

import contextlib
import subprocess
import time

import pymupdf
import pytest

import ocrkit
from ocrkit import InputError, Limits, ReadSettings
from ocrkit.testing import FakeEngine
from tests.wild import PDFS, PICTURES

SETTINGS = ReadSettings(limits=Limits(pages=100, pixels=80_000_000), dpi=None, cpus=1)
LONGEST = 60  # seconds for a file, on a slow and busy machine: what hangs takes for ever

SHOW_NOTHING = ("crop box beside the page", "empty crop box")


@contextlib.contextmanager
def refusals(found):
    try:
        yield
    except InputError as error:
        found.append(error)


def outcomes(expected):
    return expected if isinstance(expected, tuple) else (expected,)


@pytest.mark.parametrize("trait", [*PDFS, *(f"{name}, a picture" for name in PICTURES)])
def test_file_is_done_right_or_refused_with_one_error(trait, tmp_path):
    make, expected = PDFS.get(trait) or PICTURES[trait.removesuffix(", a picture")]
    source, target = tmp_path / "wrong suffix.jpg", tmp_path / "out.pdf"
    content = make()
    source.write_bytes(content)
    started = time.monotonic()
    refused = []
    with refusals(refused):
        report = ocrkit.make_searchable(source, target, FakeEngine(), settings=SETTINGS)
    if refused:
        assert not target.exists()
    else:
        assert sum(page.action == "added" for page in report.pages) in outcomes(expected)
        with pymupdf.open(target) as document:
            for page in report.pages:
                text = document[page.index].get_text().split()
                assert page.action != "added" or text[-2:] == ["fake", "text"] or trait in SHOW_NOTHING
        if not report.rewritten and content.startswith(b"%PDF"):
            assert target.read_bytes().startswith(content)
    with refusals(refused):
        assert ocrkit.read(source, FakeEngine(), settings=SETTINGS).pages
    for error in refused:
        assert type(error) in outcomes(expected), error
        assert "\n" not in str(error)
    assert time.monotonic() - started < LONGEST
    assert source.read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} <= {source.name, target.name}


@pytest.mark.parametrize("trait", ["JPEG", "JPEG 2000", "CCITT", "JBIG2", "image in a form", "stencil mask", "indexed"])
def test_images_in_every_coding_are_read(trait):
    assert ocrkit.read(PDFS[trait][0]()).text == "Invoice 2048"


@pytest.mark.parametrize("trait", ["plain", "portfolio", "bookmarks, links and notes", "form with a field", "tagged"])
def test_results_are_content_with_qpdf(trait, tmp_path):
    ocrkit.make_searchable(PDFS[trait][0](), tmp_path / "out.pdf", FakeEngine())
    subprocess.run(["qpdf", "--check", tmp_path / "out.pdf"], check=True, capture_output=True, timeout=60)


def test_what_else_is_in_a_file_stays(tmp_path):
    for trait, keys in {
        "portfolio": ["Collection", "Names"],
        "XFA form": ["AcroForm"],
        "tagged": ["MarkInfo"],
        "script on opening": ["OpenAction"],
        "calls itself PDF/A": ["OutputIntents", "Metadata"],
        "bookmarks, links and notes": ["Outlines"],
    }.items():
        source, target = PDFS[trait][0](), tmp_path / "out.pdf"
        ocrkit.make_searchable(source, target, FakeEngine())
        with pymupdf.open(stream=source) as before, pymupdf.open(target) as after:
            for key in keys:
                kind, value = after.xref_get_key(after.pdf_catalog(), key)
                assert (kind, value) == before.xref_get_key(before.pdf_catalog(), key) != ("null", "null")
    with pymupdf.open(target) as document:
        assert document.get_toc() == [[1, "First", 1]]
        assert [annotation.info["content"] for annotation in document[0].annots()] == ["a note"]
        assert [link["uri"] for link in document[0].get_links()] == ["https://example.org"]


def test_font_of_the_layer_is_embedded_in_what_calls_itself_pdfa(tmp_path):
    ocrkit.make_searchable(PDFS["calls itself PDF/A"][0](), tmp_path / "out.pdf", FakeEngine())
    with pymupdf.open(tmp_path / "out.pdf") as document:
        fonts = document.get_page_fonts(0, full=True)
        assert fonts
        assert all(document.extract_font(font[0])[3] for font in fonts)


@pytest.mark.parametrize(("password", "error"), [(None, "give its password"), ("no", "does not open")])
def test_encrypted_files_want_their_password(password, error):
    locked = PDFS["encrypted for readers"][0]()
    with pytest.raises(ocrkit.EncryptedPdfError, match=error):
        ocrkit.read(locked, FakeEngine(), settings=ReadSettings(password=password))
    assert ocrkit.read(locked, FakeEngine(), settings=ReadSettings(password="user")).pages
