"""What a PDF has already: signatures, and text that can be seen or not."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any

import attrs
import numpy as np
import pymupdf

from ocrkit.geometry import Bounds
from ocrkit.image import PageImage
from ocrkit.pdf.objects import pages_of, trailer_of

_LEAST_WIDE, _LEAST_HIGH = 24.0, 8.0  # points of a picture in which there may be a word
_PAINTED = 1 << 4 | 1 << 5  # MuPDF's flags of characters that are filled or stroked


def is_signed(document: pymupdf.Document) -> bool:
    """Tell whether somebody has signed; an empty field waiting for a signature does not count."""
    catalog = document.pdf_catalog()
    if any(document.xref_get_key(catalog, f"Perms/{key}")[0] != "null" for key in ("DocMDP", "UR", "UR3")):
        return True
    return _field_is_signed(document) or _widget_is_signed(document)


def _field_is_signed(document: pymupdf.Document) -> bool:
    """Look through the tree of fields, whatever the form's flags say and whether a page shows the field or not."""
    mupdf = pymupdf.mupdf
    root = mupdf.pdf_dict_gets(trailer_of(document), "Root")
    waiting = [(mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(root, "AcroForm"), "Fields"), False)]
    seen: set[int] = set()
    while waiting:
        fields, inherited = waiting.pop()
        for i in range(mupdf.pdf_array_len(fields)):
            field = mupdf.pdf_array_get(fields, i)
            number = mupdf.pdf_to_num(field)
            if number and number in seen:
                continue
            seen.add(number)
            kind = mupdf.pdf_dict_gets(field, "FT")
            signature = mupdf.pdf_to_name(kind) == "Sig" if mupdf.pdf_is_name(kind) else inherited
            if signature and mupdf.pdf_is_dict(mupdf.pdf_dict_gets(field, "V")):
                return True
            waiting.append((mupdf.pdf_dict_gets(field, "Kids"), signature))
    return False


def _widget_is_signed(document: pymupdf.Document) -> bool:
    """Look at the pages, for signatures that the tree of fields has lost."""
    if document.get_sigflags() < 1:
        return False
    kinds = [pymupdf.PDF_WIDGET_TYPE_SIGNATURE]
    return any(widget.is_signed for page in pages_of(document) for widget in page.widgets(kinds))


@attrs.frozen
class Texts:
    """What text a page has, without that of form fields and notes.

    Parameters
    ----------
    visible : tuple of (float, float, float, float)
        Left, top, right and bottom of pieces of painted text, in points of the displayed page.
    hidden : bool
        Whether there is text that is not painted.
    """

    visible: tuple[Bounds, ...]
    hidden: bool


def texts_of(page: pymupdf.Page) -> Texts:
    """Look for the text of a page."""
    visible, hidden = [], False
    for block in _content(page).extractDICT()["blocks"]:
        for span in (span for line in block["lines"] for span in line["spans"] if span["text"].strip()):
            if span["char_flags"] & _PAINTED:
                visible.append(_bounds(span))
            else:
                hidden = True
    return Texts(tuple(visible), hidden)


def pictures_of(page: pymupdf.Page) -> list[Bounds]:
    """Give left, top, right and bottom of a page's pictures that could hold a word, in points of the displayed page."""
    found = map(_bounds, _content(page, pymupdf.mupdf.FZ_STEXT_PRESERVE_IMAGES).extractIMGINFO())
    return [box for box in found if box[2] - box[0] >= _LEAST_WIDE and box[3] - box[1] >= _LEAST_HIGH]


def _content(page: pymupdf.Page, flags: int = 0) -> pymupdf.TextPage:
    mupdf = pymupdf.mupdf
    found = mupdf.FzStextPage(mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE))
    options = mupdf.FzStextOptions()
    options.flags = flags
    device = mupdf.fz_new_stext_device(found, options)
    mupdf.fz_run_page_contents(page.this, device, mupdf.FzMatrix(), mupdf.FzCookie())
    mupdf.fz_close_device(device)
    pymupdf.TOOLS.store_shrink(100)  # else the pictures of all pages pile up to 256 MB
    return pymupdf.TextPage(found)


def _bounds(item: Any) -> Bounds:
    left, top, right, bottom = map(float, item["bbox"])
    return left, top, right, bottom


def pictures_alone(
    image: PageImage, pictures: Iterable[Bounds], texts: Iterable[Bounds], points: tuple[float, float]
) -> PageImage:
    """Cover all of a page with paper but its pictures, and in these the text that lies over them.

    Parameters
    ----------
    image : PageImage
        The page as displayed.
    pictures, texts : iterable of (float, float, float, float)
    points : (float, float)
        Width and height of the displayed page.

    Returns
    -------
    PageImage
    """
    across, down = image.width / points[0], image.height / points[1]
    shown = np.zeros((image.height, image.width), np.bool_)
    for boxes, is_shown in ((pictures, True), (texts, False)):
        for left, top, right, bottom in boxes:
            shown[_span(top, bottom, down), _span(left, right, across)] = is_shown
    pixels = np.where(shown[..., None] if image.pixels.ndim == 3 else shown, image.pixels, np.uint8(255))
    return attrs.evolve(image, pixels=pixels)


def _span(start: float, end: float, scale: float) -> slice:
    return slice(max(int(start * scale), 0), max(ceil(end * scale), 0))
