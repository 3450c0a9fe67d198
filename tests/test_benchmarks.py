"""The benchmarks run as their help says, on pages that are drawn here."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from ocrkit.testing import draw_page

ROOT = Path(__file__).parents[1]
WORDS = "Invoice 2048 total"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two sets of one page each, one with boxes and one with the text of the whole page."""
    root = tmp_path_factory.mktemp("data")
    for name, quad in (("documents", None), ("screenshots", [[0, 0], [900, 0], [900, 300], [0, 300]])):
        folder = root / name
        (folder / "images").mkdir(parents=True)
        pixels = draw_page(WORDS).pixels
        cv2.imwrite(str(folder / "images" / "page.png"), pixels)
        columns, rows = (pixels[..., 0] < 128).any(0).nonzero()[0], (pixels[..., 0] < 128).any(1).nonzero()[0]
        box = [float(v) for v in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)]
        tight = [[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]]
        page = {
            "image": "images/page.png",
            "width": 900,
            "height": 300,
            "items": [{"quad": quad or tight, "text": WORDS}],
        }
        (folder / "pages.jsonl").write_text(json.dumps(page) + "\n")
    return root


def run(*arguments, **options):
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_accuracy_writes_a_page_and_its_picture(data, tmp_path):
    page = tmp_path / "accuracy.md"
    said = run("benchmarks/accuracy.py", "ocrkit", "--data", data, "--page", page, "--json", tmp_path / "a.json")
    rows = [line.split() for line in said.splitlines()]
    assert ["screenshots", "ocrkit", "exact", "1", "1.0", "1.0", "1.0"] in [row[:7] for row in rows]
    text = page.read_text()
    assert "| documents | ocrkit | exact | 1 | 1.0 | 1.0 | 1.0 |" in text
    assert "](accuracy.svg)" in text
    assert (tmp_path / "accuracy.svg").read_text().lstrip().startswith("<?xml")
    assert {record["set"] for record in json.loads((tmp_path / "a.json").read_text())["results"]} == {
        "documents",
        "screenshots",
    }


def test_accuracy_of_turned_pages_says_how_many_were_put_right(data):
    said = run("benchmarks/accuracy.py", "ocrkit", "--data", data, "--sets", "documents", "--turn", 180)
    heading, *rows = [line.split() for line in said.splitlines()]
    assert heading[-1] == "put_right"
    assert [row[-1] for row in rows] == ["1.0", "1.0"]


def test_accuracy_names_the_engines_there_are(data):
    with pytest.raises(AssertionError, match=r"no such engine: ocrkitt; installed: .*ocrkit"):
        run("benchmarks/accuracy.py", "ocrkitt", "--data", data)


def test_steps_are_scored_one_by_one(data):
    said = run("-m", "benchmarks.steps", "--data", data, "--sets", "documents")
    assert "no correction" in said
    (row,) = [line for line in said.splitlines() if line.startswith("documents")]
    assert row.split()[1:8] == ["1.0000"] * 7


def test_stages_add_up(data):
    said = run("benchmarks/stages.py", "--data", data, "--sets", "documents")
    shares = {line.split("`")[1]: line.split("|")[3].strip() for line in said.splitlines() if "`" in line}
    assert shares["engines.crnn.read"] == "100%"
    assert "pipeline.__call__" in shares


def test_a_process_tells_its_memory_and_how_long_it_takes_to_start(data):
    said = run(
        "benchmarks/process.py",
        *("--data", data, "--pages", 3, "--cold", data / "documents" / "images" / "page.png", "--rounds", 1),
        *("--scans", data / "documents" / "images" / "page.png", "--counts", 2),
    )
    assert "PDF of 2 scans: at most" in said
    assert "3 pages: " in said
    assert "ocrkit read page.png" in said


def test_a_process_wants_something_to_do():
    with pytest.raises(AssertionError, match="give --data, --cold or --scans"):
        run("benchmarks/process.py")
