"""A plugin for OCRmyPDF, version 17 or later, which then reads with our engine.

    ocrmypdf --plugin ocrkit.contrib.ocrmypdf in.pdf out.pdf

It reads, tells which way is up (``--rotate-pages``) and how askew a page is (``--deskew``). OCRmyPDF still wants
Tesseract to be installed. ``--ocr-engine tesseract`` or ``none`` leaves our engine out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrmypdf import hookimpl
from ocrmypdf.exceptions import BadArgsError, SubprocessOutputError
from ocrmypdf.hocrtransform import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from ocrkit.document import Document, Line, Page
from ocrkit.engines.crnn import LANGUAGES, CrnnEngine
from ocrkit.errors import OcrKitError
from ocrkit.export import hocr
from ocrkit.export import text as as_text
from ocrkit.export.blocks import blocks_of, bounds_of
from ocrkit.image import PageImage, decode
from ocrkit.image.skew import skew_of
from ocrkit.orient import TileOrienter
from ocrkit.spec import EngineSettings

if TYPE_CHECKING:
    from collections.abc import Set

_SURE = 17.5  # what OCRmyPDF calls sure is 14, what we do .8
_UPRIGHT = 45.0  # degrees: the baseline of a line that is steeper is no slope


@functools.cache
def _engine() -> CrnnEngine:
    """Make the engine once a process; OCRmyPDF has a process or thread for each page it works on."""
    return CrnnEngine.create(EngineSettings(threads=1))


@functools.cache
def _orienter() -> TileOrienter:
    return TileOrienter()


def _image_of(path: Path) -> PageImage:
    try:
        return decode(path.read_bytes(), source=path.name)
    except OcrKitError as error:
        raise SubprocessOutputError(str(error)) from error


def _read(path: Path) -> Page:
    image = _image_of(path)
    try:
        return _engine().read(image)
    except OcrKitError as error:
        raise SubprocessOutputError(str(error)) from error


class OcrkitEngine(OcrEngine):  # type: ignore[misc]
    """Our engine, as OCRmyPDF wants engines to be."""

    @staticmethod
    def version() -> str:
        """Return ocrkit's version."""
        return version("ocrkit")

    @staticmethod
    def creator_tag(options: Any) -> str:
        """Return what the PDF's metadata say of who read it."""
        return f"ocrkit {version('ocrkit')}"

    def __str__(self) -> str:
        return f"ocrkit {version('ocrkit')}"

    @staticmethod
    def languages(options: Any) -> Set[str]:
        """Return the languages whose letters are read."""
        return set(LANGUAGES)

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """Say how the page lies: clockwise from upright. What seems turned is read to make sure."""
        image = _image_of(input_file)
        seems = _orienter().orient(image)
        rotation = _read(input_file).rotation if seems.degrees else seems
        return OrientationConfidence(angle=-rotation.degrees % 360, confidence=_SURE * rotation.confidence)

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """Say by how many degrees the page is askew, clockwise."""
        return skew_of(_image_of(input_file).working)

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Return True: OCRmyPDF need not go through a format."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: Any, page_number: int = 0) -> tuple[OcrElement, str]:
        """Read a page into OCRmyPDF's own elements and text."""
        page = _read(input_file)
        return _page(page, page_number), as_text.dumps(Document(pages=[page]))

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Read a page into files of hOCR and text."""
        document = Document(pages=[_read(input_file)], engine="ocrkit")
        output_hocr.write_text(hocr.dumps(document, image=input_file.name), "utf-8")
        output_text.write_text(as_text.dumps(document), "utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Refuse: that renderer takes nothing but the fonts that Tesseract writes."""
        raise BadArgsError("ocrkit does not write for --pdf-renderer sandwich; leave that option out")


def _page(page: Page, number: int) -> OcrElement:
    width, height = page.size
    return OcrElement(
        ocr_class=OcrClass.PAGE,
        bbox=BoundingBox(left=0, top=0, right=width, bottom=height),
        dpi=page.dpi[1] if page.dpi else None,
        page_number=number,
        children=[_paragraph(lines) for lines in blocks_of(page)],
    )


def _paragraph(lines: list[Line]) -> OcrElement:
    return OcrElement(ocr_class=OcrClass.PARAGRAPH, bbox=_bbox(lines), children=[_line(line) for line in lines])


def _line(line: Line) -> OcrElement:
    angle = line.words[0].quad.angle
    left, _, _, bottom = bounds_of([line])
    (x, y), (end_x, end_y) = line.baseline[0], line.baseline[-1]
    baseline = None
    if abs(angle) < _UPRIGHT and end_x > x:
        slope = (end_y - y) / (end_x - x)
        baseline = Baseline(slope=slope, intercept=y + (left - x) * slope - bottom)
    return OcrElement(
        ocr_class=OcrClass.LINE,
        bbox=_bbox([line]),
        baseline=baseline,
        textangle=None if abs(angle) < _UPRIGHT else -angle % 360,
        children=[
            OcrElement(
                ocr_class=OcrClass.WORD,
                bbox=BoundingBox(*word.quad.bounds),
                poly=list(word.quad.points),
                text=word.text,
                confidence=word.confidence,
            )
            for word in line.words
        ],
    )


def _bbox(lines: Iterable[Line]) -> BoundingBox:
    return BoundingBox(*bounds_of(lines))


@hookimpl  # type: ignore[untyped-decorator]
def get_ocr_engine(options: Any) -> OcrkitEngine | None:
    """Give our engine, unless another one is asked for."""
    wanted = getattr(options, "ocr_engine", "auto") if options is not None else "auto"
    return OcrkitEngine() if wanted == "auto" else None
