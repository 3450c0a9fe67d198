"""PAGE 2019-07-15: the XML of transcription tools; one page a file, written and read back.

References
----------
.. [1] S. Pletschacher, A. Antonacopoulos, "The PAGE (Page Analysis and Ground-truth Elements) Format Framework",
   ICPR 2010; https://ocr-d.de/en/spec/page
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from importlib.metadata import version
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from ocrkit.document import Document, Line, Page, Rotation, Word
from ocrkit.errors import ExportError
from ocrkit.export.blocks import blocks_of, bounds_of
from ocrkit.export.markup import as_markup, parted
from ocrkit.geometry import Point, Quad

_NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_DEEPEST = 100  # elements inside one another: no program writes more
_CENTIMETRES = 2.54  # an inch


def dumps(document: Document, *, image: str | None = None, created: datetime | None = None) -> str:
    """Write a document of one page as PAGE.

    Parameters
    ----------
    document : Document
        With exactly one page: the format has no more. ``Document(pages=[page])`` makes one of a page.
    image : str, optional
        Name of the picture.
    created : datetime, optional
        What to say of when; now, if not given. A time without a zone is UTC.

    Returns
    -------
    str
        Places are whole pixels of the caller's picture, none below 0; ``conf`` is in [0, 1]; ``orientation`` is the
        clockwise turn that makes the page upright, from -179 to 180.

    Raises
    ------
    ExportError
        If the document has no page, or more than one.
    """
    if len(document.pages) != 1:
        raise ExportError(
            f"PAGE holds one page a file, and this document has {len(document.pages)}; "
            "write each by itself: dumps(Document(pages=[page]))"
        )
    now = (created or datetime.now(timezone.utc)).replace(microsecond=0)
    when = now.isoformat() if now.tzinfo else f"{now.isoformat()}Z"
    system = as_markup(f"ocrkit {version('ocrkit')}" + (f" ({document.engine})" if document.engine else ""))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<PcGts xmlns="{_NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{_NAMESPACE} {_NAMESPACE}/pagecontent.xsd">\n'
        f" <Metadata>\n  <Creator>{system}</Creator>\n  <Created>{when}</Created>\n"
        f"  <LastChange>{when}</LastChange>\n </Metadata>\n"
        f"{_page(document.pages[0], image or '')}</PcGts>\n"
    )


def _page(page: Page, image: str) -> str:
    width, height = page.size
    facts = f'imageFilename="{as_markup(image)}" imageWidth="{width}" imageHeight="{height}"'
    if page.dpi:
        across, down = page.dpi
        facts += f' imageXResolution="{across:g}" imageYResolution="{down:g}" imageResolutionUnit="PPI"'
    if page.rotation != Rotation():
        facts += f' orientation="{page.rotation.degrees if page.rotation.degrees <= 180 else -90}"'
    # what PAGE has no place for
    facts += f' custom="page {{index:{page.index};}} rotation {{conf:{page.rotation.confidence:.4f};}}"'
    blocks = blocks_of(page)
    order = "".join(f'    <RegionRefIndexed index="{at}" regionRef="region_{at + 1}"/>\n' for at in range(len(blocks)))
    group = f'  <ReadingOrder>\n   <OrderedGroup id="order">\n{order}   </OrderedGroup>\n  </ReadingOrder>\n'
    regions = "".join(_region(lines, str(at)) for at, lines in enumerate(blocks, 1))
    return f" <Page {facts}>\n{group if blocks else ''}{regions} </Page>\n"


def _region(lines: list[Line], place: str) -> str:
    inside = "".join(_line(line, f"{place}_{at}") for at, line in enumerate(lines, 1))
    text = _text("\n".join(line.text for line in lines), "   ")
    return f'  <TextRegion id="region_{place}">\n{_around(lines, "   ")}{inside}{text}  </TextRegion>\n'


def _line(line: Line, place: str) -> str:
    words = "".join(_word(word, f"{place}_{at}") for at, word in enumerate(line.words, 1))
    base = f'    <Baseline points="{_points(line.baseline)}"/>\n'
    text = _text(line.text, "    ")
    return f'   <TextLine id="line_{place}">\n{_around([line], "    ")}{base}{words}{text}   </TextLine>\n'


def _word(word: Word, place: str) -> str:
    coords = f'<Coords points="{_points(word.quad.points)}"/>'
    text = _text(word.text, "", word.confidence).rstrip()
    return f'    <Word id="word_{place}">{coords}{text}</Word>\n'


def _text(text: str, indent: str, confidence: float | None = None) -> str:
    sure = "" if confidence is None else f' conf="{confidence:.4f}"'
    return f"{indent}<TextEquiv{sure}><Unicode>{as_markup(text)}</Unicode></TextEquiv>\n"


def _around(lines: list[Line], indent: str) -> str:
    return f'{indent}<Coords points="{_points(Quad.from_bounds(*bounds_of(lines)).points)}"/>\n'


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{max(round(x), 0)},{max(round(y), 0)}" for x, y in points)


def loads(text: str | bytes) -> Document:
    """Read a document from PAGE, whoever wrote it and in whichever version.

    Parameters
    ----------
    text : str or bytes

    Returns
    -------
    Document
        Of one page, lines in the stated reading order. Lines without words are parted at their spaces. What has no
        ``conf`` has a confidence of 0. Of several texts the first counts, by their ``index``.

    Raises
    ------
    ExportError
        If it is no XML, has a document type, no ``Page``, or places that cannot be.

    Examples
    --------
    >>> document = Document(pages=[Page(size=(640, 480), index=2)], engine="ocrkit")
    >>> loads(dumps(document)) == document
    True
    """
    try:
        return _Reader(_tree_of(text)).document()
    except (ValueError, ParseError, LookupError, OverflowError, RecursionError) as error:
        raise ExportError(f"this PAGE cannot be read ({error}); write it anew") from error


class _Careful(TreeBuilder):
    """Builds no tree that is deeper than any page, and none that has entities of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"more than {_DEEPEST} elements lie in one another")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("it has a document type, which PAGE has not")


def _tree_of(text: str | bytes) -> Element:
    parser = XMLParser(target=_Careful())
    parser.feed(text)
    root: Element = parser.close()
    for element in root.iter():  # every version of PAGE has a namespace of its own
        element.tag = element.tag.rpartition("}")[2]
    return root


class _Reader:
    """Finds the page, lines and words of a tree whose tags have no namespace."""

    def __init__(self, root: Element) -> None:
        page = root.find("Page") if root.tag == "PcGts" else None
        if page is None:
            raise ValueError("no Page in a PcGts")
        self._root, self._page = root, page

    def document(self) -> Document:
        page = self._page
        custom = page.get("custom", "")
        made = Page(
            lines=[line for region in self._regions() for line in _lines_of(region)],
            size=(int(page.attrib["imageWidth"]), int(page.attrib["imageHeight"])),
            dpi=self._dpi(),
            rotation=Rotation(
                degrees=round(float(page.get("orientation", "0")) / 90) % 4 * 90,
                confidence=float(_custom(custom, "rotation", "conf") or 0),
            ),
            index=int(_custom(custom, "page", "index") or 0),
        )
        program, _, rest = (self._root.findtext("Metadata/Creator") or "").strip().partition(" ")
        # ours says which engine read the pages, others are the engine
        return Document(pages=[made], engine=rest.partition("(")[2].rstrip(")") if program == "ocrkit" else program)

    def _regions(self) -> list[Element]:
        """Give the regions of text in reading order; those that it leaves out come last."""
        regions = list(self._page.iter("TextRegion"))
        order = self._page.find("ReadingOrder")
        wanted: dict[str, int] = {}
        for place, reference in enumerate(order.iter() if order is not None else ()):
            wanted.setdefault(reference.get("regionRef", ""), place)
        return sorted(regions, key=lambda region: wanted.get(region.get("id", ""), sys.maxsize))

    def _dpi(self) -> tuple[float, float] | None:
        unit = {"PPI": 1.0, "PPCM": _CENTIMETRES}.get(self._page.get("imageResolutionUnit", ""))
        across, down = (float(self._page.get(f"image{axis}Resolution", "0")) for axis in "XY")
        return (across * unit, down * unit) if unit and across > 0 and down > 0 else None


def _custom(custom: str, name: str, key: str) -> str | None:
    """Read ``key`` of ``name {key:value;}``."""
    _, found, rest = custom.partition(f"{name} {{")
    values = dict(pair.partition(":")[::2] for pair in rest.partition("}")[0].split(";")) if found else {}
    return values.get(key)


def _lines_of(region: Element) -> Iterator[Line]:
    for element in region.findall("TextLine"):
        words = [word for part in element.findall("Word") for word in _words_of(part)] or list(_words_of(element))
        if words:
            base = element.find("Baseline")
            baseline = _points_of(base) if base is not None else ()
            yield Line(words=words, baseline=baseline) if len(baseline) > 1 else Line(words=words)


def _words_of(element: Element) -> Iterator[Word]:
    coords = element.find("Coords")
    texts = sorted(element.findall("TextEquiv"), key=lambda text: int(text.get("index", "0")))
    if coords is None or not texts:
        return
    sure = min(max(float(texts[0].get("conf", "0")), 0.0), 1.0)
    for text, quad in parted(texts[0].findtext("Unicode") or "", _quad_of(_points_of(coords))):
        yield Word(text=text, quad=quad, confidence=sure)


def _points_of(element: Element) -> list[Point]:
    pairs = (pair.split(",") for pair in element.get("points", "").split())
    return [(float(x), float(y)) for x, y in pairs]


def _quad_of(points: list[Point]) -> Quad | None:
    """Take four corners for those of a text, any other number for an outline."""
    if len(points) == 4:
        return Quad(points)
    xs, ys = zip(*points, strict=True) if points else ((), ())
    return Quad.from_bounds(min(xs), min(ys), max(xs), max(ys)) if points else None
