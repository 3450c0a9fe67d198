"""What is fuzzed: each target takes any bytes, and lets through nothing but errors of ours."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from ocrkit import Limits, OcrKitError, ReadSettings, make_searchable
from ocrkit.document import Document, Page
from ocrkit.errors import ExportError, InputError
from ocrkit.export import hocr, json, pagexml
from ocrkit.image import decode, read_header
from ocrkit.inputs import LoadSettings, open_pages
from ocrkit.pdf import LayerMode, WriteSettings
from ocrkit.testing import FakeEngine

LIMITS = Limits(pixels=1_000_000, pages=8, bytes=1_000_000)


def image(data: bytes) -> None:
    """Read the header of a picture, and decode its first pages."""
    try:
        header = read_header(data, "fuzzed", LIMITS)
        for index in range(min(len(header.frames), 2)):
            page = decode(data, index, header=header, source="fuzzed")
            assert page.width * page.height <= LIMITS.pixels
    except InputError:
        pass


def pdf(data: bytes) -> None:
    """Draw the first pages of a PDF, and give it a text layer; make it PDF/A, if it can be."""
    data = data if b"%PDF-" in data[:1024] else b"%PDF-1.7\n" + data
    try:
        with open_pages(data, LoadSettings(dpi=20, limits=LIMITS)) as pages:
            for index in range(min(len(pages), 2)):
                pages.load(index)
    except InputError:
        pass
    mode = (LayerMode.SKIP, LayerMode.REDO, LayerMode.FORCE)[len(data) % 3]
    try:
        settings = ReadSettings(dpi=20, limits=LIMITS, keep_going=True, cpus=1)
        writing = WriteSettings(mode=mode, pdfa=len(data) % 2 == 0)
        out = io.BytesIO()
        make_searchable(data, out, FakeEngine(), settings=settings, writing=writing)
    except OcrKitError:
        assert not out.getvalue()  # nothing is half-written


def _read_back(loads: Callable[[bytes], Document], data: bytes) -> None:
    """Read a document, and write what was read."""
    try:
        document = loads(data)
    except ExportError:
        return
    _exported(document)


def _exported(document: Document) -> None:
    """Write a document in the formats that read back, and read it."""
    assert json.loads(json.dumps(document)) == document
    assert len(hocr.loads(hocr.dumps(document)).pages) == len(document.pages)
    for one in document.pages[:2]:
        assert isinstance(pagexml.loads(pagexml.dumps(Document(pages=[one]))).pages[0], Page)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "image": image,
    "pdf": pdf,
    "hocr": partial(_read_back, hocr.loads),
    "page": partial(_read_back, pagexml.loads),
    "json": partial(_read_back, json.loads),
}
