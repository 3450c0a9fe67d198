import numpy as np
import pytest

from ocrkit.recognize.window import HEIGHT, WIDEST, batches, moved, stack, to_height


@pytest.mark.parametrize("shape", [(10, 40), (32, 128), (90, 30), (32, 1), (1, 1)])
def test_strips_come_to_the_net_s_height(shape):
    scaled = to_height(np.full(shape, 7, np.uint8))
    assert scaled.shape[0] == HEIGHT
    assert (scaled == 7).all()


def test_the_shape_is_kept_until_it_is_too_wide():
    assert to_height(np.zeros((16, 100), np.uint8)).shape == (HEIGHT, 200)
    assert to_height(np.zeros((16, 4000), np.uint8)).shape == (HEIGHT, WIDEST)


def test_light_and_contrast_do_not_matter():
    rng = np.random.default_rng(1)
    dark = rng.integers(0, 60, (HEIGHT, 50)).astype(np.uint8)
    bright = (dark * 3 + 70).astype(np.uint8)
    np.testing.assert_allclose(*stack([dark, bright], 64), atol=0.05)


def test_strips_are_stretched_unless_they_have_the_nets_height():
    assert to_height(np.zeros((16, 100), np.uint8), stretch=1.5).shape == (HEIGHT, 300)
    assert to_height(np.zeros((HEIGHT, 100), np.uint8), stretch=1.5).shape == (HEIGHT, 100)


def test_padding_is_zero_and_a_blank_window_is_not_blown_up():
    batch = stack([np.full((HEIGHT, 20), 200, np.uint8)], 64)
    assert batch.shape == (1, HEIGHT, 64, 1)
    assert not batch.any()


def test_windows_of_like_width_share_a_batch_that_is_not_too_large():
    windows = [np.zeros((HEIGHT, width), np.uint8) for width in (9, 27, 28, 32, 33, 60, 64, 300)]
    shapes = [batch.shape[:3] for batch in batches(windows, 32, columns=256)]
    # a unit of padding at least
    assert shapes == [(4, HEIGHT, 64), (2, HEIGHT, 96), (1, HEIGHT, 96), (1, HEIGHT, 352)]


@pytest.mark.parametrize(("rows", "expected"), [(-1, [1, 2, 2]), (0, [0, 1, 2]), (1, [0, 0, 1])])
def test_moving_a_batch_repeats_its_edge(rows, expected):
    batch = np.arange(3, dtype=np.float32).reshape(1, 3, 1, 1) + np.zeros((2, 3, 4, 1), np.float32)
    shifted = moved(batch, rows)
    assert shifted.shape == batch.shape
    assert (shifted == np.array(expected, np.float32)[:, None, None]).all()
