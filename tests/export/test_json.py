import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit import Document, ExportError, Line, Page, PageStatus, Provenance, Quad, Rotation, Word
from ocrkit.export.json import SCHEMA_VERSION, dumps, loads, schema
from ocrkit.testing import FakeEngine, draw_page

numbers = st.floats(-1e6, 1e6)
points = st.tuples(numbers, numbers)
units = st.floats(0, 1)
texts = st.text(min_size=1).filter(lambda t: t.split() == [t]).filter(lambda t: t.isprintable())
words = st.builds(
    Word,
    text=texts,
    quad=st.builds(Quad, st.tuples(points, points, points, points)),
    confidence=units,
    provenance=st.sampled_from(Provenance),
    raw_confidence=st.none() | units,
)
lines = st.builds(
    Line, words=st.lists(words, min_size=1, max_size=4), baseline=st.lists(points, min_size=2, max_size=3)
)
pages = st.builds(
    Page,
    lines=st.lists(lines, max_size=3),
    size=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    dpi=st.none() | st.tuples(st.floats(1, 2400), st.floats(1, 2400)),
    rotation=st.builds(Rotation, degrees=st.sampled_from([0, 90, 180, 270]), confidence=units),
    index=st.integers(0, 999),
    status=st.sampled_from(PageStatus),
    error=st.none() | st.text(),
)
documents = st.builds(Document, pages=st.lists(pages, max_size=3), engine=st.text())


@given(documents)
def test_json_reads_back_into_the_same_document(document):
    assert loads(dumps(document)) == document
    assert loads(dumps(document, indent=2).encode()) == document


@given(documents)
def test_json_fits_its_schema(document):
    jsonschema.Draft202012Validator(schema()).validate(json.loads(dumps(document)))


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_form_of_version_one_stays():
    page = FakeEngine(("two words",)).read(draw_page("", 40, 90))
    assert json.loads(dumps(Document(pages=[page], engine="fake"))) == {
        "schema_version": "1.2",
        "pages": [
            {
                "lines": [
                    {
                        "words": [
                            {
                                "text": "two",
                                "quad": [[0.0, 10.0], [30.0, 10.0], [30.0, 20.0], [0.0, 20.0]],
                                "confidence": 1.0,
                                "provenance": "kept",
                                "raw_confidence": None,
                                "cuts": [],
                            },
                            {
                                "text": "words",
                                "quad": [[40.0, 10.0], [90.0, 10.0], [90.0, 20.0], [40.0, 20.0]],
                                "confidence": 1.0,
                                "provenance": "kept",
                                "raw_confidence": None,
                                "cuts": [],
                            },
                        ],
                        "baseline": [[0.0, 20.0], [90.0, 20.0]],
                    }
                ],
                "size": [90, 40],
                "dpi": [200.0, 200.0],
                "rotation": {"degrees": 0, "confidence": 0.0},
                "index": 0,
                "status": "ok",
                "error": None,
                "timings": [],
            }
        ],
        "engine": "fake",
    }


def test_fields_of_a_later_minor_version_are_ignored():
    record = json.loads(dumps(Document(pages=[Page(size=(5, 5))])))
    record |= {"schema_version": "1.7", "news": 1}
    record["pages"][0]["news"] = record["pages"][0]["rotation"]["news"] = 2
    assert loads(json.dumps(record)).pages[0].size == (5, 5)


@pytest.mark.parametrize("text", ["", "5", "[]", "{}", "{", '{"schema_version": "1.0"}', "[" * 100_000, b"\xff"])
def test_other_json_is_refused(text):
    with pytest.raises(ExportError, match="not a document"):
        loads(text)


def test_later_major_version_is_refused():
    with pytest.raises(ExportError, match=rf"version 2.0.* reads {SCHEMA_VERSION}.*update"):
        loads('{"schema_version": "2.0", "pages": []}')
