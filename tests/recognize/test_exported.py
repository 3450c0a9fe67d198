import itertools

import numpy as np
import pytest

from ocrkit.litert import Interpreters
from ocrkit.recognize.exported import padding_state, run
from ocrkit.recognize.model import shipped, unpack
from ocrkit.recognize.window import HEIGHT

FACTS = unpack(shipped(), "shipped")


@pytest.fixture(scope="module")
def interpreters():
    return Interpreters(shipped())


@pytest.mark.parametrize(("rows", "width"), [(1, FACTS.grain), (3, 160), (20, 64), (2, FACTS.widest)])
def test_batches_of_every_shape_are_read(interpreters, rows, width):
    with interpreters.borrowed() as interpreter:
        logits = run(interpreter, FACTS, np.zeros((rows, HEIGHT, width, 1), np.float32))
    assert logits.shape == (rows, width // FACTS.stride, FACTS.alphabet.classes)


@pytest.mark.parametrize("shape", [(0, HEIGHT, 64, 1), (1, HEIGHT, 48, 1), (1, HEIGHT, 16, 1)])
def test_widths_between_two_grains_and_no_windows_are_refused(interpreters, shape):
    with interpreters.borrowed() as interpreter, pytest.raises(ValueError, match="a multiple of 32 pixels"):
        run(interpreter, FACTS, np.zeros(shape, np.float32))


def test_what_a_window_says_does_not_hang_on_the_others_in_its_batch(interpreters):
    windows = np.random.default_rng(3).normal(0, 1, (5, HEIGHT, 96, 1)).astype(np.float32)
    with interpreters.borrowed() as interpreter:
        together = run(interpreter, FACTS, windows)
        alone = np.concatenate([run(interpreter, FACTS, window[None]) for window in windows])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_the_padding_state_stands_for_padding(interpreters):
    """Windows that end where their text does are read from it as if padding followed."""
    windows = np.random.default_rng(3).normal(0, 1, (8, HEIGHT, 96, 1)).astype(np.float32)
    with interpreters.borrowed() as interpreter:
        padded = run(interpreter, FACTS, np.pad(windows, ((0, 0), (0, 0), (0, 256), (0, 0))))[:, :48]
        bare = run(interpreter, FACTS, windows)
        begun = run(interpreter, FACTS, windows, padding_state(interpreter, FACTS))
        (state,) = padding_state(interpreter, FACTS)
    assert state.shape == (1, 4, *FACTS.units)
    assert not state[:, :2].any()  # forward, reading begins with the window
    assert state[:, 2:].any()
    # right at the end the convolutions see the padding, too
    assert np.abs(begun - padded)[:, :40].mean() < np.abs(bare - padded)[:, :40].mean()


def test_padding_changes_hardly_anything(interpreters):
    """A window alone on the left of wider and wider batches is read the same."""
    window = np.random.default_rng(3).normal(0, 1, (8, HEIGHT, 64, 1)).astype(np.float32)
    widths = (64, 96, 192, 256, 512)
    with interpreters.borrowed() as interpreter:
        logits = [run(interpreter, FACTS, np.pad(window, ((0, 0), (0, 0), (0, w - 64), (0, 0)))) for w in widths]
    # the narrowest is full
    for narrow, wide in itertools.pairwise(logits[1:]):
        apart = np.abs(narrow[:, :24] - wide[:, :24])
        assert apart.mean() < 0.05 * np.abs(narrow).mean()
