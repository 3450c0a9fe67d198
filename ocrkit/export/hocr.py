"""hOCR 1.2: XHTML in which every word carries its place; written, and read back from any program that writes it.

References
----------
.. [1] K. Baierer et al., "hOCR: OCR Workflow and Output embedded in HTML", https://kba.github.io/hocr-spec/1.2/
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib.metadata import version
from math import ceil, floor

from ocrkit.document import Document, Line, Page, Rotation, Word
from ocrkit.errors import ExportError
from ocrkit.export.blocks import blocks_of, bounds_of
from ocrkit.export.markup import as_markup, parted
from ocrkit.geometry import Bounds, Point, Quad

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="{system}"/>
  <meta name="ocr-number-of-pages" content="{pages}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_poly ocrp_wconf"/>
 </head>
 <body>
"""
_LINES = frozenset(("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat", "ocr_footer", "ocrx_line"))
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_DEEPEST = 100  # elements inside one another: no program writes more
_UPRIGHT = 45.0  # degrees: the slope of a line that is steeper says nothing


def dumps(document: Document, *, image: str | None = None) -> str:
    """Write a document as hOCR.

    Parameters
    ----------
    document : Document
    image : str, optional
        Name of the picture, for programs that show it behind the text.

    Returns
    -------
    str
        Places are pixels of the caller's picture: ``bbox`` whole ones, ``poly`` the exact corners. ``x_wconf`` is from
        0 to 100, ``ppageno`` counts from 0, ``textangle`` is counter-clockwise.
    """
    system = as_markup(f"ocrkit {version('ocrkit')}" + (f" ({document.engine})" if document.engine else ""))
    body = "".join(_page(page, number, image) for number, page in enumerate(document.pages, 1))
    return _HEAD.format(system=system, pages=len(document.pages)) + body + " </body>\n</html>\n"


def _page(page: Page, number: int, image: str | None) -> str:
    facts = [_bbox((0, 0, *page.size)), f"ppageno {page.index}"]
    if image is not None:
        quoted = image.replace("\\", "\\\\").replace('"', '\\"')
        facts.insert(0, f'image "{quoted}"')
    if page.dpi:
        facts.append("scan_res {:g} {:g}".format(*page.dpi))
    if page.rotation != Rotation():
        facts.append(f"x_rotation {page.rotation.degrees} {page.rotation.confidence:.4f}")
    rows = [f'  <div class="ocr_page" id="page_{number}" title="{_title(facts)}">\n']
    for block, lines in enumerate(blocks_of(page), 1):
        place, bounds = f"{number}_{block}", _title([_bbox(bounds_of(lines))])
        rows.append(f'   <div class="ocr_carea" id="block_{place}" title="{bounds}">\n')
        rows.append(f'    <p class="ocr_par" id="par_{place}" title="{bounds}">\n')
        rows += (_line(line, f"{place}_{at}") for at, line in enumerate(lines, 1))
        rows.append("    </p>\n   </div>\n")
    return "".join((*rows, "  </div>\n"))


def _line(line: Line, place: str) -> str:
    bounds = bounds_of([line])
    facts = [_bbox(bounds)]
    angle = line.words[0].quad.angle
    if abs(angle) < _UPRIGHT:
        (x, y), (end_x, end_y) = line.baseline[0], line.baseline[-1]
        slope = (end_y - y) / (end_x - x) if end_x > x else 0.0
        # from the bottom left corner of the bounds, downwards
        facts.append(f"baseline {slope:.5f} {y + (floor(bounds[0]) - x) * slope - ceil(bounds[3]):.2f}")
    else:
        facts.append(f"textangle {-angle % 360:g}")
    facts.append(f"x_size {line.words[0].quad.height:.1f}")
    words = "\n".join(_word(word, f"{place}_{at}") for at, word in enumerate(line.words, 1))
    return f'     <span class="ocr_line" id="line_{place}" title="{_title(facts)}">\n{words}\n     </span>\n'


def _word(word: Word, place: str) -> str:
    corners = " ".join(f"{value:.2f}" for point in word.quad.points for value in point)
    facts = [_bbox(word.quad.bounds), f"x_wconf {round(100 * word.confidence)}", f"poly {corners}"]
    return f'      <span class="ocrx_word" id="word_{place}" title="{_title(facts)}">{as_markup(word.text)}</span>'


def _bbox(bounds: Bounds) -> str:
    left, top, right, bottom = bounds
    return f"bbox {max(floor(left), 0)} {max(floor(top), 0)} {max(ceil(right), 0)} {max(ceil(bottom), 0)}"


def _title(facts: list[str]) -> str:
    return as_markup("; ".join(facts))


def loads(text: str | bytes) -> Document:
    """Read a document from hOCR, whoever wrote it.

    Parameters
    ----------
    text : str or bytes
        HTML or XHTML; bytes are UTF-8.

    Returns
    -------
    Document
        Words with ``poly`` have their exact corners, others the corners of their ``bbox``; words without ``x_wconf``
        have a confidence of 0.

    Raises
    ------
    ExportError
        If there is neither an ``ocr_page`` nor an ``ocr-system`` in it, or what it says of places cannot be.

    Examples
    --------
    >>> from ocrkit import Page
    >>> document = Document(pages=[Page(size=(640, 480), index=2)], engine="ocrkit")
    >>> loads(dumps(document)) == document
    True
    """
    try:
        parser = _Parser()
        parser.feed(text.decode() if isinstance(text, bytes) else text)
        parser.close()
        pages = tuple(parser.pages())
        document = Document(pages=pages, engine=parser.engine)
    except (ValueError, LookupError, OverflowError, AssertionError) as error:
        raise ExportError(f"this hOCR cannot be read ({error}); write it anew") from error
    if not pages and not parser.is_hocr:
        raise ExportError("this is no hOCR: nothing in it is of class ocr_page; give a file that an OCR program wrote")
    return document


class _Parser(HTMLParser):
    """Collects pages, lines and words as they come, whatever else lies between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.engine = ""
        self.is_hocr = False  # even without a page
        self._open: list[tuple[str, Callable[[], None] | None]] = []  # tags, and what is done when they end
        self._pages: list[tuple[dict[str, list[str]], list[Line]]] = []
        self._line: tuple[dict[str, list[str]], list[Word]] | None = None
        self._word: list[str] | None = None

    def pages(self) -> Iterator[Page]:
        self._leave(0)
        for number, (facts, lines) in enumerate(self._pages):
            _, _, right, bottom = _numbers(facts, "bbox", 4) or (0, 0, *_size_of(lines))
            turn = facts.get("x_rotation", ["0", "0"])
            yield Page(
                lines=lines,
                size=(round(right), round(bottom)),
                dpi=_resolution(facts),
                rotation=Rotation(degrees=int(turn[0]), confidence=float(turn[1])),
                index=int(facts.get("ppageno", [str(number)])[0]),
            )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("name") == "ocr-system":
            self.is_hocr = True
            program, _, rest = given.get("content", "").partition(" ")
            # ours says which engine read the pages, others are the engine
            self.engine = rest.partition("(")[2].rstrip(")") if program == "ocrkit" else program
        if tag in _VOID:
            return
        if len(self._open) >= _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} elements lie in one another")
        self._open.append((tag, self._enter(set(given.get("class", "").split()), given.get("title", ""))))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for depth in reversed(range(len(self._open))):
            if self._open[depth][0] == tag:
                self._leave(depth)
                return

    def handle_data(self, data: str) -> None:
        if self._word is not None:
            self._word.append(data)

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            done = self._open.pop()[1]
            if done:
                done()

    def _enter(self, classes: set[str], title: str) -> Callable[[], None] | None:
        if "ocr_page" in classes:
            self._pages.append((_facts(title), []))
        elif classes & _LINES and self._line is None:
            self._line = (_facts(title), [])
            return self._end_line
        elif "ocrx_word" in classes and self._word is None:
            self._word = []
            return functools.partial(self._end_word, _facts(title))
        return None

    def _end_word(self, facts: dict[str, list[str]]) -> None:
        text, self._word = "".join(self._word or ()), None
        quad = _quad(facts)
        words = [Word(text=part, quad=its, confidence=_confidence(facts)) for part, its in parted(text, quad)]
        if self._line is not None:
            self._line[1].extend(words)
        elif words:
            self._add(Line(words=words))

    def _end_line(self) -> None:
        facts, words = self._line or ({}, [])
        self._line = None
        if words:
            baseline = _baseline(facts)
            self._add(Line(words=words, baseline=baseline) if baseline else Line(words=words))

    def _add(self, line: Line) -> None:
        if not self._pages:
            raise ValueError("a word lies outside of any ocr_page")
        self._pages[-1][1].append(line)


def _facts(title: str) -> dict[str, list[str]]:
    """Take a title apart: names and their values; the first of a name counts."""
    facts: dict[str, list[str]] = {}
    for fact in re.sub(r'"(\\.|[^"\\])*"', "", title).split(";"):
        name, *values = fact.split() or [""]
        facts.setdefault(name, values)
    return facts


def _numbers(facts: dict[str, list[str]], name: str, many: int) -> list[float] | None:
    values = [float(value) for value in facts.get(name, ())]
    return values if len(values) == many else None


def _quad(facts: dict[str, list[str]]) -> Quad | None:
    corners = _numbers(facts, "poly", 8)
    if corners:
        return Quad(zip(corners[::2], corners[1::2], strict=True))
    box = _numbers(facts, "bbox", 4)
    return Quad.from_bounds(*box) if box else None


def _confidence(facts: dict[str, list[str]]) -> float:
    sure = _numbers(facts, "x_wconf", 1) or [0.0]
    return min(max(sure[0] / 100, 0.0), 1.0)


def _baseline(facts: dict[str, list[str]]) -> list[Point] | None:
    line, box = _numbers(facts, "baseline", 2), _numbers(facts, "bbox", 4)
    if not line or not box:
        return None
    (slope, offset), (left, _, right, bottom) = line, box
    return [(left, bottom + offset), (right, bottom + offset + slope * (right - left))]


def _resolution(facts: dict[str, list[str]]) -> tuple[float, float] | None:
    dpi = _numbers(facts, "scan_res", 2)
    return (dpi[0], dpi[1]) if dpi and min(dpi) > 0 else None


def _size_of(lines: list[Line]) -> tuple[float, float]:
    if not lines:
        return 1, 1
    return bounds_of(lines)[2:]
