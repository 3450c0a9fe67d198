"""The small nets, from a folder of pages to a model that ships."""

import json
import shutil

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from ocrkit.detect.textmap import TILE
from ocrkit.train.crops import CropSettings
from ocrkit.train.mapping import train_map

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
    assert runner(grey=np.zeros((1, TILE, TILE, 1), np.uint8))["text"].shape == (1, TILE // 4, TILE // 4, 2)
    assert sum("cells found" in line for line in said) == 2
