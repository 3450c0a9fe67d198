"""The small nets, from a folder of pages to a model that ships."""

import json
import random
import shutil

import attrs
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from ocrkit.errors import ModelError
from ocrkit.orient.net import TURNS, build_net
from ocrkit.orient.tiles import SIDE
from ocrkit.train import orienting
from ocrkit.train.crops import CropSettings
from ocrkit.train.mapping import train_map
from ocrkit.train.orienting import TileSource, train_orienter, turns_right
from ocrkit.train.pages import PageSource, receipts

SETTINGS = CropSettings(steps=2, batch=2, every=1, measured=4, workers=1)


@pytest.fixture(scope="module")
def pages(data, tmp_path_factory):
    """A folder with so many pages that some are held out."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(data, folder, dirs_exist_ok=True)
    (page,) = (json.loads(line) for line in (folder / "receipts/pages.jsonl").read_text().splitlines())
    records = []
    for number in range(2, 12):
        name = f"images/{number}.png"
        shutil.copy(folder / "receipts" / page["image"], folder / "receipts" / name)
        records.append(json.dumps(page | {"image": name}))
    (folder / "receipts/pages.jsonl").write_text("\n".join(records))
    return folder


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/notebook.db")


@pytest.mark.usefixtures("notebook")
def test_a_text_map_is_trained_and_exported(pages, tmp_path):
    said = []
    assert train_map(pages, tmp_path / "map", "a test", SETTINGS, said.append) > 0
    model = (tmp_path / "map/text.tflite").read_bytes()
    runner = Interpreter(model_content=model).get_signature_runner("map")
    for height, width in ((64, 512), (640, 320)):
        assert runner(grey=np.zeros((1, height, width, 1), np.uint8))["text"].shape == (1, height // 4, width // 4, 2)
    assert sum("cells found" in line for line in said) == 2


@pytest.mark.usefixtures("notebook")
def test_an_orienter_is_trained_and_exported(pages, materials, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(orienting, "_STOCK", 2)
    own = attrs.evolve(materials, data=pages)
    assert train_orienter(own, tmp_path / "orienter", "a test", SETTINGS, said.append) > 0
    model = (tmp_path / "orienter/upright.tflite").read_bytes()
    assert len(model) < 1_000_000
    runner = Interpreter(model_content=model).get_signature_runner("vote")
    assert runner(tile=np.zeros((1, SIDE, SIDE, 1), np.uint8))["turns"].shape == (1, TURNS)
    assert sum("put upright" in line for line in said) == 2


def test_tiles_are_turned_back_by_what_they_say(pages, materials):
    stock = orienting.stock_of(materials.synthetic(), seed=1, sets=3)
    source = TileSource(PageSource(list(receipts(pages / "receipts")), materials.banks()), stock)
    tiles = [source.tile(random.Random(seed)) for seed in range(60)]
    assert all(tile.shape == (SIDE, SIDE) and tile.dtype == np.uint8 for tile, _ in tiles)
    assert all(turns.sum() == pytest.approx(1) for _, turns in tiles)
    assert {int(turns.argmax()) for _, turns in tiles if turns.max() == 1} == set(range(TURNS))
    assert any(turns.max() < 1 for _, turns in tiles)  # nothing on it


def test_votes_are_judged_where_there_is_text():
    logits = np.array([[4, 0, 0, 0], [0, 4, 0, 0], [0, 0, 0, 0]], np.float32)
    turns = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0.25, 0.25, 0.25, 0.25]], np.float32)
    assert turns_right(logits, turns) == {"accuracy/tiles put upright": 0.5, "chance of bare tiles": 0.25}


def test_a_model_that_litert_sees_otherwise_is_refused(monkeypatch):
    monkeypatch.setattr(orienting, "_FARTHEST", -1.0)
    with pytest.raises(ModelError, match="does not agree"):
        orienting.export_orienter(build_net(), 1.0, [np.zeros((SIDE, SIDE), np.uint8)])
