import csv
import io
import shutil
import subprocess

import cv2
from hypothesis import given

from ocrkit import Document, Page
from ocrkit.export import markdown, tsv
from ocrkit.export.blocks import blocks_of
from ocrkit.testing import draw_page
from tests.export.documents import documents, two_columns


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_blocks_end_where_a_column_does():
    assert [len(block) for block in blocks_of(two_columns().pages[0])] == [2, 2]


def test_tsv_has_a_row_for_each_level():
    rows = rows_of(tsv.dumps(two_columns()))
    assert "".join(row["level"] for row in rows) == "1" + "23455455" + "234545" + "1"
    first = next(row for row in rows if row["level"] == "5")
    assert (first["left"], first["top"], first["width"], first["height"]) == ("10", "10", "50", "20")
    assert (first["conf"], first["text"]) == ("87.50", "Dear")
    assert {row["conf"] for row in rows if row["level"] != "5"} == {"-1"}
    assert rows[-1]["page_num"] == "5"


def test_tsv_has_the_columns_of_tesseract(tmp_path):
    cv2.imwrite(str(tmp_path / "page.png"), draw_page("Invoice 2048").pixels)
    command = [shutil.which("tesseract"), tmp_path / "page.png", tmp_path / "out", "tsv"]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "out.tsv").read_text().split("\n")[0].split("\t") == list(tsv.COLUMNS)


@given(documents())
def test_no_word_is_lost(document):
    rows = rows_of(tsv.dumps(document))
    assert [row["text"] for row in rows if row["level"] == "5"] == [word.text for word in document.words]


def test_markdown_keeps_paragraphs_lines_and_signs():
    text = markdown.dumps(Document(pages=[two_columns().pages[0]]))
    assert text == 'Dear \\<\\&\\>  \nDear \\<\\&\\>\n\n"b"  \n"b"\n'
    assert markdown.dumps(Document(pages=[Page(size=(1, 1)), Page(size=(1, 1))])) == "\n\n---\n\n\n"
