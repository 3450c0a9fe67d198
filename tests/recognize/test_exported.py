import itertools

import numpy as np
import pytest

from ocrkit.litert import Interpreters
from ocrkit.recognize.exported import parts_of, run
from ocrkit.recognize.model import shipped, unpack
from ocrkit.recognize.window import HEIGHT, WIDTHS


def test_every_bucket_is_made_up_of_parts():
    facts = unpack(shipped(), "shipped")
    assert facts.widths == WIDTHS
    for width in facts.widths:
        parts = parts_of(width // 4, facts.parts)
        assert [start for start, _ in parts] == [0, *(end for _, end in parts[:-1])]
        assert parts[-1][1] == width // 4


def test_parts_are_as_long_as_can_be():
    assert parts_of(80, (16, 32)) == [(0, 32), (32, 64), (64, 80)]


def test_steps_that_nothing_makes_up_are_refused():
    with pytest.raises(ValueError, match="40 steps"):
        parts_of(40, (16, 32))


def test_padding_changes_hardly_anything():
    """A window alone on the left of wider and wider buckets is read the same."""
    model = shipped()
    facts = unpack(model, "shipped")
    window = np.random.default_rng(3).normal(0, 1, (facts.rows, HEIGHT, 64, 1)).astype(np.float32)
    with Interpreters(model).borrowed() as interpreter:
        logits = [
            run(interpreter, facts, np.pad(window, ((0, 0), (0, 0), (0, width - 64), (0, 0)))) for width in WIDTHS
        ]
    assert [x.shape[1] for x in logits] == [width // 2 for width in WIDTHS]
    # the narrowest is full
    for narrow, wide in itertools.pairwise(logits[1:]):
        apart = np.abs(narrow[:, :24] - wide[:, :24])
        assert apart.mean() < 0.05 * np.abs(narrow).mean()
