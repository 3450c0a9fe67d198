from datetime import datetime, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ocrkit import Document, ExportError, Line, Page, Quad, Rotation, Word
from ocrkit.export.pagexml import dumps, loads
from tests.export import schemas
from tests.export.documents import documents, two_columns, word

SCHEMA = schemas.page()
PAGE = "{http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15}"


def one_page(document):
    return attrs.evolve(document, pages=document.pages[:1])


def tree(document, **options):
    root = etree.fromstring(dumps(document, **options).encode())
    SCHEMA.assertValid(root)
    return root


@given(documents())
def test_what_is_written_is_valid_and_reads_back(document):
    document = one_page(document)
    tree(document)
    again = loads(dumps(document))
    assert again.text == document.text
    assert again.engine == document.engine
    assert attrs.evolve(again.pages[0], lines=()) == attrs.evolve(document.pages[0], lines=())
    for one, other in zip(again.words, document.words, strict=True):
        assert one.quad == other.quad
        assert one.confidence == pytest.approx(other.confidence)


def test_places_and_facts():
    document = one_page(two_columns())
    root = tree(document, image='a"b.png', created=datetime(2026, 1, 2, 3, 4, 5, 6))
    page = root.find(f"{PAGE}Page")
    assert page.get("imageFilename") == 'a"b.png'
    assert root.findtext(f"{PAGE}Metadata/{PAGE}Created") == "2026-01-02T03:04:05Z"
    assert [r.get("regionRef") for r in root.iter(f"{PAGE}RegionRefIndexed")] == ["region_1", "region_2"]
    assert root.find(f".//{PAGE}Baseline").get("points") == "10,30 110,30"
    again = loads(dumps(document, created=datetime.now(timezone.utc)))
    assert again.pages[0].dpi == (300, 300)
    assert again.pages[0].rotation == Rotation(confidence=0.5)


@pytest.mark.parametrize(("degrees", "orientation"), [(90, "90"), (180, "180"), (270, "-90")])
def test_rotation_goes_both_ways(degrees, orientation):
    page = Page(size=(9, 9), rotation=Rotation(degrees=degrees, confidence=0.75))
    assert tree(Document(pages=[page])).find(f"{PAGE}Page").get("orientation") == orientation
    assert loads(dumps(Document(pages=[page]))).pages[0] == page


def test_places_off_the_picture_are_cut_at_its_edge():
    quad = Quad([(-3.2, -1), (8.6, -1), (8.6, 7), (-3.2, 7)])
    page = Page(lines=[Line(words=[Word(text="a", quad=quad, confidence=1)])], size=(9, 9))
    assert tree(Document(pages=[page])).find(f".//{PAGE}Word/{PAGE}Coords").get("points") == "0,0 9,0 9,7 0,7"


@pytest.mark.parametrize("many", [0, 2])
def test_a_file_holds_one_page(many):
    with pytest.raises(ExportError, match="one page a file"):
        dumps(Document(pages=[Page(size=(9, 9))] * many))


def wrapped(inside, facts='imageWidth="100" imageHeight="50"'):
    return f'<PcGts xmlns="http://example.org/2013"><Page imageFilename="" {facts}>{inside}</Page></PcGts>'


def region(name, text, points="0,0 90,0 90,9 0,9", conf=""):
    equiv = f"<TextEquiv{conf}><Unicode>{text}</Unicode></TextEquiv>"
    return f'<TextRegion id="{name}"><TextLine><Coords points="{points}"/>{equiv}</TextLine></TextRegion>'


def test_lines_without_words_are_parted_at_their_spaces():
    (line,) = loads(wrapped(region("r", "two words", conf=' conf="0.5"'))).pages[0].lines
    assert [(w.text, w.confidence) for w in line.words] == [("two", 0.5), ("words", 0.5)]
    assert line.words[1].quad.bounds == pytest.approx((40, 0, 90, 9))


def test_regions_come_in_the_stated_order_and_the_rest_after():
    order = '<ReadingOrder><OrderedGroup><X regionRef="b"/><X regionRef="a"/></OrderedGroup></ReadingOrder>'
    assert loads(wrapped(order + region("z", "z") + region("a", "a") + region("b", "b"))).text == "b\na\nz"


def test_outlines_of_many_points_become_boxes():
    (word_,) = loads(wrapped(region("r", "a", "1,2 5,1 9,2 9,8 1,7"))).words
    assert word_.quad.bounds == (1, 1, 9, 8)


def test_first_of_several_texts_counts():
    texts = "".join(f'<TextEquiv index="{i}"><Unicode>{t}</Unicode></TextEquiv>' for i, t in ((1, "no"), (0, "yes")))
    line = f'<TextLine><Coords points="0,0 1,0 1,1 0,1"/>{texts}</TextLine>'
    assert loads(wrapped(f"<TextRegion>{line}</TextRegion>")).text == "yes"


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no XML",
        "<PcGts/>",
        "<alto/>",
        wrapped("", ""),
        wrapped("", 'imageWidth="0" imageHeight="9"'),
        wrapped("", 'imageWidth="9" imageHeight="9" orientation="nan"'),
        wrapped("", 'imageWidth="9" imageHeight="9" custom="page {index:-1;}"'),
        wrapped(region("r", "a", "0,0 1,inf 1,1 0,1")),
        wrapped(region("r", "a", "0;0 1;0")),
        wrapped(region("r", "a", conf=' index="x"')),
        wrapped("<TextRegion>" * 1000 + "</TextRegion>" * 1000),
        BOMB + wrapped(region("r", "&b;")),
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + wrapped(""),
        b"\xff\xfe",
        wrapped("").encode("utf-16")[:-1],
    ],
)
def test_what_is_no_page_is_refused(text):
    with pytest.raises(ExportError, match="PAGE"):
        loads(text)


def test_any_encoding_that_xml_states_is_read():
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + wrapped(region("r", "é"))
    assert loads(text.encode("latin-1")).text == "é"


def test_characters_that_xml_cannot_hold_are_replaced():
    page = Page(lines=[Line(words=[word("a\x01", 0, 0, 9, 9)])], size=(9, 9))
    assert loads(dumps(Document(pages=[page]))).text == "a\N{REPLACEMENT CHARACTER}"


@given(st.text(alphabet="<>/\"'=;& abcdivspnorxt_!-[]0123456789,{}:\n", max_size=200))
def test_nothing_else_is_raised(text):
    for content in (text, wrapped(text), wrapped(region("r", text)), wrapped(region("r", "a", text.replace('"', "")))):
        try:
            loads(content)
        except ExportError:
            continue
