import json
import subprocess
import sys
from pathlib import Path

import pytest

import ocrkit

HEAVY = ("cv2", "pymupdf", "fitz", "tensorflow", "keras", "ai_edge_litert", "numpy", "attrs", "pluggy", "PIL", "rich")


def in_a_fresh_process(code: str) -> object:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


def test_import_loads_nothing_heavy():
    loaded = in_a_fresh_process("import ocrkit, sys, json; print(json.dumps(sorted(sys.modules)))")
    assert not set(HEAVY) & set(loaded)


def test_import_takes_less_than_a_tenth_of_a_second():
    # The best of a few runs: the machine may be busy, but the import's own work is a few milliseconds.
    code = "import time; t = time.perf_counter(); import ocrkit; print(time.perf_counter() - t)"
    assert min(in_a_fresh_process(code) for _ in range(5)) < 0.1


def test_listing_engines_loads_none():
    loaded = in_a_fresh_process("import ocrkit, sys, json; ocrkit.engines(); print(json.dumps(sorted(sys.modules)))")
    assert "ocrkit.engines.tesseract" not in loaded
    assert not {"tensorflow", "keras", "ai_edge_litert", "pymupdf"} & set(loaded)


def test_reading_a_picture_needs_no_pymupdf():
    code = (
        "import ocrkit, sys, json, numpy; from ocrkit.testing import FakeEngine; "
        "ocrkit.read(numpy.zeros((9, 9), numpy.uint8), FakeEngine()); print(json.dumps(sorted(sys.modules)))"
    )
    assert "pymupdf" not in in_a_fresh_process(code)


def test_every_public_name_can_be_had():
    for name in ocrkit.__all__:
        assert getattr(ocrkit, name) is not None
    assert set(ocrkit.__all__) <= set(dir(ocrkit))


def test_public_names_are_those_imported_for_type_checkers():
    source = Path(ocrkit.__file__).read_text("utf-8")
    block = source.partition("if TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    named = {line.rpartition(" as ")[2] for line in block.splitlines() if "from ocrkit." in line}
    assert named | {"__version__"} == set(ocrkit.__all__)


def test_modules_are_there_without_importing_them():
    code = (
        "import ocrkit, json; names = [ocrkit.pdf.add_text_layer, ocrkit.export.json.dumps, ocrkit.testing.FakeEngine, "
        "ocrkit.evaluate.RULES, ocrkit.errors.OcrKitError, ocrkit.engines()]; print(json.dumps(len(names)))"
    )
    assert in_a_fresh_process(code) == 6


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ocrkit.no_such_name


def test_root_logger_and_opencv_threads_are_left_alone():
    code = (
        "import logging, json, cv2; before = cv2.getNumThreads(); import ocrkit, numpy; "
        "from ocrkit.testing import FakeEngine; ocrkit.read(numpy.zeros((9, 9), numpy.uint8), FakeEngine()); "
        "root = logging.getLogger(); "
        "print(json.dumps([root.level, len(root.handlers), cv2.getNumThreads() == before]))"
    )
    assert in_a_fresh_process(code) == [30, 0, True]
