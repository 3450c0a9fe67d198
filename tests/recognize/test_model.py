import io
import json
import zipfile

import attrs
import pytest

from ocrkit.errors import ModelError
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.model import FACTS as FACTS_FILE
from ocrkit.recognize.model import GLANCE, WORD, ModelFacts, pack, read_model, shipped, unpack
from ocrkit.recognize.window import HEIGHT, STRIDE, VERSION

FACTS = ModelFacts("ab ", VERSION, HEIGHT, STRIDE, 512, 32, 8, (128,), (1.5, -0.5), "run 1")


def test_facts_come_back_as_they_were():
    assert unpack(pack(b"model", FACTS), "m") == FACTS


def test_the_same_model_gives_the_same_file():
    assert pack(b"model", FACTS) == pack(b"model", FACTS)


def test_a_model_of_other_windows_is_refused():
    older = pack(b"model", attrs.evolve(FACTS, window_version=VERSION + 1))
    with pytest.raises(ModelError, match="export it again"):
        unpack(older, "old.tflite")


@pytest.mark.parametrize("data", [b"", b"no model", pack(b"model", FACTS)[:-30]])
def test_a_file_without_facts_is_refused(data):
    with pytest.raises(ModelError, match="not a model that this version of ocrkit exported"):
        unpack(data, "some.tflite")


def test_a_model_of_an_older_layout_is_refused():
    box = io.BytesIO(pack(b"", FACTS))
    with zipfile.ZipFile(box) as archive:
        known = json.loads(archive.read(FACTS_FILE))
    del known["steps"]
    known["widths"], known["rows"] = [64, 128], 8
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr(FACTS_FILE, json.dumps(known))
    with pytest.raises(ModelError, match="not a model that this version of ocrkit exported; make one"):
        unpack(box.getvalue(), "old.tflite")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="none"):
        read_model(tmp_path / "none.tflite")


def test_the_shipped_models_are_small_and_know_one_alphabet():
    models = [shipped(WORD), shipped(GLANCE)]
    assert sum(map(len, models)) <= 5_000_000
    word, glance = (unpack(model, "shipped") for model in models)
    assert word.alphabet == ALPHABET
    assert glance.characters == word.characters
    assert word.experiment
    assert glance.experiment
