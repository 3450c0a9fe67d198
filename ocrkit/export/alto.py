"""ALTO 4.4: the XML in which libraries and archives keep what is written on a page, and where.

References
----------
.. [1] ALTO Editorial Board, "ALTO: Technical Metadata for Layout and Text Objects", Library of Congress,
   https://www.loc.gov/standards/alto/
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from ocrkit.document import Document, Line, Page, Word
from ocrkit.errors import ExportError
from ocrkit.export.blocks import blocks_of, bounds_of
from ocrkit.export.markup import as_markup
from ocrkit.geometry import Bounds, Point

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd" \
SCHEMAVERSION="4.4">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
{source}  <Processing ID="processing">
   <processingCategory>contentGeneration</processingCategory>
   <processingSoftware>
    <softwareName>ocrkit</softwareName>
    <softwareVersion>{version}</softwareVersion>
{engine}   </processingSoftware>
  </Processing>
 </Description>
 <Layout>
"""


def dumps(document: Document, *, image: str | None = None) -> str:
    """Write a document as ALTO.

    Parameters
    ----------
    document : Document
        With at least one page.
    image : str, optional
        Name of the picture or PDF.

    Returns
    -------
    str
        Places are pixels of the caller's picture. ``WC`` is the confidence of a word in [0, 1]; ``ROTATION`` is
        counter-clockwise, and how the page lies. Words that are no upright rectangles have their corners in a
        ``Shape``.

    Raises
    ------
    ExportError
        If the document has no page.
    """
    if not document.pages:
        raise ExportError("ALTO wants a page, and this document has none; read one first")
    source = f"  <sourceImageInformation><fileName>{as_markup(image or '')}</fileName></sourceImageInformation>\n"
    engine = f"    <applicationDescription>engine {as_markup(document.engine)}</applicationDescription>\n"
    head = _HEAD.format(
        source=source if image is not None else "",
        version=version("ocrkit"),
        engine=engine if document.engine else "",
    )
    pages = "".join(_page(page, number) for number, page in enumerate(document.pages, 1))
    return f"{head}{pages} </Layout>\n</alto>\n"


def _page(page: Page, number: int) -> str:
    width, height = page.size
    # the turn that makes a page upright is how far, counter-clockwise, its text is turned now
    turned = f' ROTATION="{page.rotation.degrees}"' if page.rotation.degrees else ""
    size = f'WIDTH="{width}" HEIGHT="{height}"'
    blocks = blocks_of(page)
    rows = [
        f'  <Page ID="page_{number}" PHYSICAL_IMG_NR="{page.index + 1}" {size}{turned} PROCESSINGREFS="processing">\n',
        f'   <PrintSpace HPOS="0" VPOS="0" {size}>\n',
    ]
    for block, lines in enumerate(blocks, 1):
        after = f' IDNEXT="block_{number}_{block + 1}"' if block < len(blocks) else ""
        rows.append(f'    <TextBlock ID="block_{number}_{block}" {_place(bounds_of(lines))}{after}>\n')
        rows += (_line(line, f"{number}_{block}_{at}") for at, line in enumerate(lines, 1))
        rows.append("    </TextBlock>\n")
    return "".join((*rows, "   </PrintSpace>\n  </Page>\n"))


def _line(line: Line, place: str) -> str:
    facts = f'{_place(bounds_of([line]))} BASELINE="{_points(line.baseline)}"'
    words = "      <SP/>\n".join(_word(word, f"{place}_{at}") for at, word in enumerate(line.words, 1))
    return f'     <TextLine ID="line_{place}" {facts}>\n{words}     </TextLine>\n'


def _word(word: Word, place: str) -> str:
    bounds = word.quad.bounds
    facts = f'{_place(bounds)} WC="{word.confidence:.4f}" CONTENT="{as_markup(word.text)}"'
    left, top, right, bottom = bounds
    if word.quad.points == ((left, top), (right, top), (right, bottom), (left, bottom)):
        return f'      <String ID="word_{place}" {facts}/>\n'
    shape = f'<Shape><Polygon POINTS="{_points(word.quad.points)}"/></Shape>'
    return f'      <String ID="word_{place}" {facts}>{shape}</String>\n'


def _place(bounds: Bounds) -> str:
    left, top, right, bottom = bounds
    values = {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
    return " ".join(f'{name}="{_number(value)}"' for name, value in values.items())


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
