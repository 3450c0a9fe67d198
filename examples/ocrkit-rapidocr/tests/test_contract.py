"""The plugin keeps ocrkit's engine contract, and is found over its entry point."""

import pytest

import ocrkit
from ocrkit.testing import EngineContract


class TestRapidOcr(EngineContract):
    def make_engine(self):
        return ocrkit.load_engine("rapidocr")


class TestRapidOcrBoxes(EngineContract):
    def make_engine(self):
        return ocrkit.load_engine("rapidocr-boxes")


@pytest.mark.parametrize("name", ["rapidocr", "rapidocr-boxes"])
def test_engine_is_listed(name):
    assert name in ocrkit.engines()
