"""PDF pages as page images, and the way from their pixels back into PDF user space."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path

import attrs
import numpy as np
import pymupdf

from ocrkit.errors import EncryptedPdfError, UnreadablePdfError
from ocrkit.geometry import Homography
from ocrkit.image import Limits, PageImage
from ocrkit.pdf.objects import check_page_tree, mupdf_at_work, page_of

_DEFAULT_DPI = 300.0
_SCAN_DPI = 150.0, 600.0
_LARGEST_DRAWING = 64_000_000  # pixels; larger sheets are drawn coarser, not refused


@contextmanager
def open_pdf(content: bytes | Path, source: str, password: str | None = None) -> Iterator[pymupdf.Document]:
    """Open a PDF and close it again.

    Raises
    ------
    UnreadablePdfError
        If it is damaged beyond repair or has no pages.
    EncryptedPdfError
        If it wants a password, or another one than was given.
    """
    with mupdf_at_work(source):
        if isinstance(content, Path):
            document = pymupdf.open(content, filetype="pdf")
        else:
            document = pymupdf.open(stream=content, filetype="pdf")
    try:
        with mupdf_at_work(source):
            needed = document.needs_pass
            if needed and password is None:
                raise EncryptedPdfError(source, "missing")
            if password is not None and not document.authenticate(password) and needed:
                raise EncryptedPdfError(source, "wrong")
            if not document.page_count:
                raise UnreadablePdfError(source, "this PDF has no pages; save it anew")
            check_page_tree(document)
        yield document
    finally:
        with mupdf_at_work(source):
            if not document.is_closed:
                document.close()


@attrs.frozen
class PdfPages:
    """The pages of an open PDF, drawn one at a time.

    Parameters
    ----------
    document : pymupdf.Document
    source : str
        What to call it in an error.
    dpi : float, optional
        Resolution; chosen a page if not given.
    limits : Limits
    """

    document: pymupdf.Document
    source: str
    dpi: float | None = None
    limits: Limits = attrs.field(factory=Limits)

    @classmethod
    @contextmanager
    def open(
        cls, content: bytes | Path, source: str, password: str | None = None, *, dpi: float | None, limits: Limits
    ) -> Iterator[PdfPages]:
        """Open a PDF for drawing; see `open_pdf` for what it raises."""
        with open_pdf(content, source, password) as document:
            yield cls(document, source, dpi, limits)

    def __len__(self) -> int:
        return int(self.document.page_count)

    def load(self, index: int) -> PageImage:
        """Draw one page as it is displayed.

        Returns
        -------
        PageImage
            RGB; at the resolution of the scan that fills the page, if one does.

        Raises
        ------
        UnreadablePdfError
            If the page cannot be drawn.
        """
        with mupdf_at_work(self.source, f"page {index + 1} cannot be drawn"):
            page = page_of(self.document, index)
            width, height, dpi = self._drawing_size(page)
            zoom = pymupdf.Matrix(width / page.rect.width, height / page.rect.height)
            pixmap = page.get_pixmap(matrix=zoom, alpha=False, colorspace=pymupdf.csRGB)
        rows = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
        pixels = rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()
        del rows, pixmap
        pymupdf.TOOLS.store_shrink(100)  # else decoded images pile up to 256 MB
        return PageImage(pixels=pixels, dpi=(dpi, dpi), index=index)

    def _drawing_size(self, page: pymupdf.Page) -> tuple[int, int, float]:
        """Return width and height in pixels, and the resolution they stand for."""
        inches = page.rect.width / 72, page.rect.height / 72
        dpi = self.dpi or _scan_dpi(page) or _DEFAULT_DPI
        most = min(_LARGEST_DRAWING, self.limits.pixels)
        dpi *= min(1.0, sqrt(most / max(1.0, inches[0] * inches[1] * dpi * dpi)))
        width, height = (max(1, int(side * dpi + 0.5)) for side in inches)
        return width, height, dpi


def _scan_dpi(page: pymupdf.Page) -> float | None:
    """Return the resolution of the finest picture that fills most of the page, if one does."""
    area = abs(page.rect.width * page.rect.height)
    found = []
    for picture in page.get_image_info():  # a scan may be a coarse background and a fine mask of its text
        across = pymupdf.Rect(picture["bbox"]) & page.rect
        if area and not across.is_empty and across.width * across.height > 0.5 * area:
            a, b, *_ = picture["transform"]
            found.append(float(picture["width"]) / max(sqrt(a * a + b * b), 1e-3) * 72)
    return min(max(*found, _SCAN_DPI[0]), _SCAN_DPI[1]) if found else None


def to_user_space(page: pymupdf.Page, size: tuple[int, int]) -> Homography:
    """Return the map from pixels of the displayed page to PDF user space.

    Parameters
    ----------
    page : pymupdf.Page
    size : (int, int)
        Width and height in pixels of the displayed page as it was drawn.

    Returns
    -------
    Homography
        Affine. Fractions of the page count, not resolutions, so that /UserUnit, /Rotate and the
        boxes are all in the page's own transform.
    """
    # PyMuPDF's own transformation_matrix loses the CropBox's offset on rotated pages and /UserUnit.
    box, matrix = pymupdf.mupdf.FzRect(), pymupdf.mupdf.FzMatrix()
    pymupdf.mupdf.pdf_page_transform(pymupdf.mupdf.pdf_page_from_fz_page(page.this), box, matrix)
    to_display = Homography(
        [[matrix.a, matrix.c, matrix.e], [matrix.b, matrix.d, matrix.f], [0, 0, 1]]  # row vectors to column vectors
    )
    to_points = Homography.scaling(page.rect.width / size[0], page.rect.height / size[1])
    return to_display.inverse() @ to_points
