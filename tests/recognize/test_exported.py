import itertools

import numpy as np
import pytest

from ocrkit.litert import Interpreters
from ocrkit.recognize.exported import padding_of, run, run_all
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


@pytest.mark.parametrize("shape", [(0, HEIGHT, 64, 1), (1, HEIGHT, 50, 1), (1, HEIGHT, 4, 1)])
def test_with_padding_widths_between_two_columns_and_padding_alone_are_refused(interpreters, shape):
    with interpreters.borrowed() as interpreter, pytest.raises(ValueError, match="a multiple of 4 pixels, 8 at least"):
        run(interpreter, FACTS, np.zeros(shape, np.float32), padding_of(interpreter, FACTS))


@pytest.mark.parametrize(("width", "grains"), [(8, 1), (36, 1), (40, 2), (132, 4), (136, 5)])
def test_padding_fills_grains_up_without_the_last_column(interpreters, width, grains):
    with interpreters.borrowed() as interpreter:
        logits = run(interpreter, FACTS, np.zeros((2, HEIGHT, width, 1), np.float32), padding_of(interpreter, FACTS))
    assert logits.shape == (2, grains * FACTS.grain // FACTS.stride, FACTS.alphabet.classes)


def test_the_features_of_padding_stand_for_padding(interpreters):
    """Columns that are not computed, or are left out, do not change what is read before them."""
    windows = np.random.default_rng(3).normal(0, 1, (8, HEIGHT, 80, 1)).astype(np.float32)
    with interpreters.borrowed() as interpreter:
        padding = padding_of(interpreter, FACTS)
        short, long = (
            run(interpreter, FACTS, np.pad(windows, ((0, 0), (0, 0), (0, extra), (0, 0))), padding) for extra in (4, 52)
        )
    assert np.abs(short[:, :40] - long[:, :40]).mean() < 0.05 * np.abs(long).mean()


def test_what_a_window_says_does_not_hang_on_the_others_in_its_batch(interpreters):
    windows = np.random.default_rng(3).normal(0, 1, (5, HEIGHT, 96, 1)).astype(np.float32)
    with interpreters.borrowed() as interpreter:
        together = run(interpreter, FACTS, windows)
        alone = np.concatenate([run(interpreter, FACTS, window[None]) for window in windows])
    np.testing.assert_allclose(together, alone, atol=1e-3)


@pytest.mark.parametrize("columns", [2048, 200, 1])
def test_batches_that_share_the_lstm_are_read_as_each_by_itself(interpreters, columns):
    rng = np.random.default_rng(3)
    batches = [
        rng.normal(0, 1, (rows, HEIGHT, width, 1)).astype(np.float32) for rows, width in ((2, 96), (3, 84), (1, 20))
    ]
    with interpreters.borrowed() as interpreter:
        padding = padding_of(interpreter, FACTS)
        together = run_all(interpreter, FACTS, batches, padding, columns)
        alone = [logits for batch in batches for logits in run(interpreter, FACTS, batch, padding)]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)


def test_the_state_of_padding_stands_for_padding(interpreters):
    """Windows that end where their text does are read from it as if padding followed."""
    windows = np.random.default_rng(3).normal(0, 1, (8, HEIGHT, 96, 1)).astype(np.float32)
    with interpreters.borrowed() as interpreter:
        padded = run(interpreter, FACTS, np.pad(windows, ((0, 0), (0, 0), (0, 256), (0, 0))))[:, :48]
        bare = run(interpreter, FACTS, windows)
        padding = padding_of(interpreter, FACTS)
        begun = run(interpreter, FACTS, np.pad(windows, ((0, 0), (0, 0), (0, 4), (0, 0))), padding)
        (state,) = padding.states
    assert state.shape == (1, 4, *FACTS.units)
    assert not state[:, :2].any()  # forward, reading begins with the window
    assert state[:, 2:].any()
    assert np.abs(begun - padded).mean() < np.abs(bare - padded).mean()


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
