import json
from pathlib import Path

import attrs
import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from ocrkit.cli.train import synth, train
from ocrkit.errors import ExportError, ModelError
from ocrkit.recognize import CrnnRecognizer
from ocrkit.train import sheets
from ocrkit.train.dataset import write_dataset
from ocrkit.train.fonts import Face, read_faces, write_faces
from ocrkit.train.loop import write_weights
from ocrkit.train.materials import FACES
from ocrkit.train.pack import pack
from tests.train.conftest import FONTS


def invoke(command, *arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)


def test_synth_writes_pictures_labels_and_a_sheet(materials, tmp_path):
    out = tmp_path / "windows"
    result = invoke(synth, "--work", materials.work, "--data", materials.data, "--out", out, "--count", 70)
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in (out / "labels.jsonl").read_text("utf-8").splitlines()]
    assert len(records) == 70
    assert {"image", "text", "origin"} == set(records[0])
    assert all(cv2.imread(str(out / r["image"]), cv2.IMREAD_GRAYSCALE).shape[0] == 32 for r in records)
    assert cv2.imread(str(out / "sheet.png")) is not None
    assert not list(tmp_path.glob(".*"))


def test_the_sheet_of_a_small_set_shows_no_more_than_it_has(materials, tmp_path):
    write_dataset(materials.synthetic(), tmp_path / "few", 1, 1, lambda _: None)
    window = cv2.imread(str(tmp_path / "few/images/000/000000.png"), cv2.IMREAD_GRAYSCALE)
    preview = cv2.imread(str(tmp_path / "few/sheet.png"), cv2.IMREAD_GRAYSCALE)
    assert preview.shape[0] < 2.5 * window.shape[0]  # a row, and its caption


def test_without_faces_the_command_that_finds_them_is_named(tmp_path):
    with pytest.raises(ModelError, match="ocrkit train prepare"):
        invoke(synth, "--work", tmp_path, "--out", tmp_path / "out")


def test_workers_that_cannot_share_a_segment_are_refused(tmp_path):
    made = ("recognizer", "--out", tmp_path / "run", "--goal", "none", "--batches", 4, "--workers", 8)
    refused = invoke(train, *made, "--work", tmp_path)
    assert refused.exit_code == 2
    assert "shared by 8 workers" in refused.output


def test_corpus_prints_characters_before_and_after_balancing(materials):
    # rare ones are a few in 10,000: fewer texts would leave it to chance
    result = invoke(train, "corpus", "--count", 30_000, "--work", materials.work)
    assert result.exit_code == 0
    shares = {line[0]: [float(v) for v in line[1:].split()] for line in result.stdout.splitlines()}
    assert shares["e"][0] > 100
    assert shares["§"][1] > shares["§"][0]


def test_weights_of_runs_are_blended_in_proportion(tmp_path):
    one, two, other = (tmp_path / f"{number}.npz" for number in range(3))
    write_weights(one, [np.zeros((2, 3), np.float32), np.zeros(4, np.float32)])
    write_weights(two, [np.ones((2, 3), np.float32), np.full(4, 8, np.float32)])
    write_weights(other, [np.ones((2, 4), np.float32), np.zeros(4, np.float32)])
    out = tmp_path / "out.npz"
    assert invoke(train, "blend", one, two, "--share", 3, "--share", 1, "--out", out).exit_code == 0
    with np.load(out) as blended:
        assert [float(blended[name].max()) for name in ("000", "001")] == [0.25, 2.0]
    refused = invoke(train, "blend", one, other, "--out", out)
    assert refused.exit_code == 2
    assert "another net" in refused.output
    assert "give --share once for each" in invoke(train, "blend", one, two, "--share", 1, "--out", out).output


def test_synth_never_mixes_with_what_is_there(materials, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(ExportError, match="name a new folder"):
        write_dataset(materials.synthetic(), tmp_path / "mine", 5, 1, lambda _: None)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"


def test_the_same_seed_writes_the_same_files(materials, tmp_path):
    for name in ("one", "two"):
        write_dataset(materials.synthetic(), tmp_path / name, 40, 9, lambda _: None)
    names = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert len(names) == 42
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def test_sheets_are_drawn(materials, tmp_path):
    written = sheets.write_sheets(materials, tmp_path, None)
    assert {p.stem for p in written} >= {"faces-00", "synthetic", "pdfs", "mistakes-pdfs"}
    assert all(cv2.imread(str(p)) is not None for p in written)


def test_mistakes_are_shown_the_surest_first(materials):
    pictures = [(e.window, "never this", False) for e in materials.synthetic().windows(1, 0)[:6]]
    assert sheets.mistakes(CrnnRecognizer(), pictures).shape[0] > 32
    assert sheets.mistakes(CrnnRecognizer(), []).shape == (32, 32)


def test_a_verdict_on_no_run_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/notebook.db")
    result = CliRunner().invoke(train, ["verdict", "12", "fine"])
    assert result.exit_code != 0
    assert "no run 12" in result.output


def test_prepare_leaves_what_is_there(materials):
    before = read_faces(materials.work / FACES)
    result = invoke(train, "prepare", "--work", materials.work, "--data", materials.data, "--fonts", materials.work)
    assert result.exit_code == 0, result.output
    assert read_faces(materials.work / FACES) == before


def test_a_packed_folder_draws_the_same_kind_of_windows_elsewhere(materials, tmp_path):
    packed, moved = tmp_path / "packed", tmp_path / "elsewhere" / "here"
    result = invoke(train, "pack", "--work", materials.work, "--data", materials.data, "--out", packed)
    assert result.exit_code == 0, result.output
    moved.parent.mkdir()
    packed.rename(moved)
    there = attrs.evolve(materials, work=moved, data=moved)
    assert {f.family for f in read_faces(moved / FACES)} == {f.family for f in read_faces(materials.work / FACES)}
    assert sum(p.stat().st_size for p in (moved / "fonts").iterdir()) < 1_000_000
    for number in range(6):
        assert [e.text for e in there.synthetic().windows(1, number)]
    assert len(there().windows(1, 2)) > 0


def test_a_pack_takes_word_lists_along_and_leaves_no_folder_behind_that_is_not_whole(materials, tmp_path, monkeypatch):
    lists = tmp_path / "dict"
    lists.mkdir()
    (lists / "french").write_text("été\nhôtel\n", encoding="utf-8")
    monkeypatch.setattr("ocrkit.train.pack.DICTIONARIES", lists)
    broken = tmp_path / "broken.otf"
    broken.write_bytes((FONTS / "DejaVuSans.ttf").read_bytes()[:4000])
    faces = read_faces(materials.work / FACES)
    write_faces(tmp_path / FACES, [Face(str(broken), 0, "broken", "sans"), *faces])
    told: list[str] = []
    pack(tmp_path, None, tmp_path / "out", 10_000_000, told.append)
    assert "broken.otf: left out" in told[0]
    assert (tmp_path / "out" / "dict" / "french").read_text("utf-8") == "été\nhôtel\n"
    assert attrs.evolve(materials, work=tmp_path / "out").corpus() is not None
    with pytest.raises(FileExistsError, match="there already"):
        pack(tmp_path, None, tmp_path / "out", 10_000_000, told.append)
    with pytest.raises(ModelError, match="ocrkit train prepare"):
        pack(tmp_path / "nothing", None, tmp_path / "more", 1, told.append)
    assert not (tmp_path / "more").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--receipts", 0.7, "--pdfs", 0.7), "more than 1 together"),
        (("--mined", 0.3), "`ocrkit train mine` makes it"),
        (("--rate", 0), "0"),
        (("--rare", 2), "range"),
    ],
)
def test_a_run_that_lacks_something_is_refused_before_it_has_a_number(materials, tmp_path, options, said):
    command = ("recognizer", "--out", tmp_path / "run", "--goal", "none", "--net", "tiny", "--work", materials.work)
    refused = invoke(train, *command, *options)
    assert refused.exit_code == 2
    assert said in refused.output
    assert not (tmp_path / "run").exists()


def test_a_notebook_without_a_store_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/none.db")
    refused = invoke(train, "notebook")
    assert refused.exit_code == 2
    assert "MLFLOW_TRACKING_URI" in refused.output


def test_a_small_pack_has_the_commonest_style_of_each_family(tmp_path):
    names = ("DejaVuSans-Bold", "DejaVuSans", "DejaVuSans-Oblique", "DejaVuSerif")
    faces = [Face(str(FONTS / f"{n}.ttf"), 0, n.split("-")[0], "sans") for n in names]
    write_faces(tmp_path / FACES, faces)
    pack(tmp_path, None, tmp_path / "out", 60_000, lambda _: None)
    kept = [Path(f.path).stem.split("-", 1)[1] for f in read_faces(tmp_path / "out" / FACES)]
    assert set(kept[:2]) == {"DejaVuSans", "DejaVuSerif"}
    assert len(kept) < 4
