import attrs
import pytest
from hypothesis import given
from lxml import etree

from ocrkit import Document, ExportError, Line, Page, Quad, Rotation, Word
from ocrkit.export.alto import dumps
from tests.export import schemas
from tests.export.documents import documents, two_columns, word

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"
SCHEMA = schemas.alto()


def tree(document, **options):
    root = etree.fromstring(dumps(document, **options).encode())
    SCHEMA.assertValid(root)
    return root


@given(documents())
def test_what_is_written_is_valid(document):
    strings = tree(document).iter(f"{ALTO}String")
    for string, written in zip(strings, document.words, strict=True):
        assert string.get("CONTENT") == written.text
        assert float(string.get("WC")) == pytest.approx(written.confidence)
        assert float(string.get("HPOS")) == written.quad.bounds[0]


def test_places_and_facts():
    root = tree(two_columns(), image="a<b>.png")
    assert root.findtext(f".//{ALTO}fileName") == "a<b>.png"
    assert root.findtext(f".//{ALTO}applicationDescription") == "engine my-engine"
    blocks = list(root.iter(f"{ALTO}TextBlock"))
    assert [(b.get("HPOS"), b.get("WIDTH"), b.get("IDNEXT")) for b in blocks] == [
        ("10", "100", "block_1_2"),
        ("300", "50", None),
    ]
    assert next(root.iter(f"{ALTO}TextLine")).get("BASELINE") == "10,30 110,30"
    assert [p.get("PHYSICAL_IMG_NR") for p in root.iter(f"{ALTO}Page")] == ["1", "5"]


@pytest.mark.parametrize("confidence", [0, 0.09, 0.1, 0.999, 1])
def test_confidence_is_a_number_and_not_glued(confidence):
    page = Page(lines=[Line(words=[word("a", 0, 0, 9, 9, confidence)])], size=(9, 9))
    (string,) = tree(Document(pages=[page])).iter(f"{ALTO}String")
    assert float(string.get("WC")) == confidence


def test_words_askew_have_their_corners_and_turned_pages_their_rotation():
    quad = Quad([(50, 10), (50, 90), (30, 90), (30, 10)])  # reads downwards
    page = Page(
        lines=[Line(words=[Word(text="side", quad=quad, confidence=1)])],
        size=(100, 100),
        rotation=Rotation(degrees=270),
    )
    root = tree(Document(pages=[page]))
    assert root.find(f".//{ALTO}Polygon").get("POINTS") == "50,10 50,90 30,90 30,10"
    assert root.find(f".//{ALTO}Page").get("ROTATION") == "270"


def test_characters_that_xml_cannot_hold_are_replaced():
    page = Page(lines=[Line(words=[word('a\x01"', 0, 0, 9, 9)])], size=(9, 9))
    (string,) = tree(Document(pages=[page])).iter(f"{ALTO}String")
    assert string.get("CONTENT") == 'a\N{REPLACEMENT CHARACTER}"'


def test_document_without_pages_is_refused():
    with pytest.raises(ExportError, match="none"):
        dumps(attrs.evolve(two_columns(), pages=[]))
