"""Tesseract's tab-separated table of 12 columns: a row for each page, block, paragraph, line and word."""

from __future__ import annotations

from ocrkit.document import Document
from ocrkit.export.blocks import blocks_of, bounds_of
from ocrkit.geometry import Bounds

COLUMNS = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)


def dumps(document: Document) -> str:
    r"""Write a document as Tesseract's TSV.

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
        A header and a line for each row. Levels 1 to 5 are page, block, paragraph, line and word; places are whole
        pixels of the caller's picture; ``conf`` is from 0 to 100 with two digits after the point, -1 where there is no
        word.

    Examples
    --------
    >>> from ocrkit import Document, Page
    >>> dumps(Document(pages=[Page(size=(640, 480))])).splitlines()[1]
    '1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t'
    """
    rows = ["\t".join(COLUMNS)]
    for page in document.pages:
        number = page.index + 1
        rows.append(_row(1, (number, 0, 0, 0, 0), (0, 0, *page.size)))
        for block, lines in enumerate(blocks_of(page), 1):
            bounds = bounds_of(lines)
            rows.append(_row(2, (number, block, 0, 0, 0), bounds))
            rows.append(_row(3, (number, block, 1, 0, 0), bounds))
            for place, line in enumerate(lines, 1):
                rows.append(_row(4, (number, block, 1, place, 0), bounds_of([line])))
                for at, word in enumerate(line.words, 1):
                    sure = f"{100 * word.confidence:.2f}"
                    rows.append(_row(5, (number, block, 1, place, at), word.quad.bounds, sure, word.text))
    return "\n".join(rows) + "\n"


def _row(level: int, numbers: tuple[int, ...], bounds: Bounds, sure: str = "-1", text: str = "") -> str:
    left, top, right, bottom = (round(value) for value in bounds)
    return "\t".join(map(str, (level, *numbers, left, top, right - left, bottom - top, sure, text)))
