"""Speed of the formats and of the text layer, on a page of 275 words.

pytest benchmarks --benchmark-enable
"""

from __future__ import annotations

import io

import pytest

from ocrkit.document import Document
from ocrkit.export import json, text
from ocrkit.pdf import add_text_layer
from tests.conformance import corpus


@pytest.fixture(scope="module")
def page() -> Document:
    return Document(pages=corpus.document().pages[:1])


def test_json_written(benchmark, page):
    assert benchmark(json.dumps, page)


def test_json_read(benchmark, page):
    written = json.dumps(page)
    assert benchmark(json.loads, written) == page


def test_text_written(benchmark, page):
    assert benchmark(text.dumps, page)


def test_text_layer_of_one_page(benchmark, page):
    blank = corpus.blank_pdf()
    report = benchmark(lambda: add_text_layer(blank, page, io.BytesIO()))
    assert report.pages[0].words == 275


def test_text_layer_of_sixteen_pages(benchmark):
    blank, document = corpus.blank_pdf(), corpus.document()
    report = benchmark(lambda: add_text_layer(blank, document, io.BytesIO()))
    assert sum(entry.words for entry in report.pages) == 16 * 275
