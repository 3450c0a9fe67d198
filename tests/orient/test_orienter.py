import numpy as np
import pytest

from ocrkit import PageImage, Rotation
from ocrkit.orient import OrienterSettings, TileOrienter
from tests.detect import drawn

ORIENTER = TileOrienter()


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("quarters", range(4))
def test_pages_are_put_upright(quarters, inverted):
    grey, _ = drawn.page(inverted=inverted)
    rotation = ORIENTER.orient(PageImage(pixels=np.ascontiguousarray(np.rot90(grey, quarters))))
    assert rotation.degrees == 90 * quarters
    assert rotation.confidence > 0.95


@pytest.mark.parametrize("degrees", [-10, -3, 3, 10])
def test_pages_that_are_askew_are_left_alone(degrees):
    grey, _ = drawn.turned(*drawn.page(), degrees)
    assert ORIENTER.orient(PageImage(pixels=grey)).degrees == 0


@pytest.mark.parametrize("shape", [(1, 1), (400, 300), (3, 5000), (6, 5000), (5000, 6)])
def test_pages_without_text_are_upright_and_nobody_is_sure(shape):
    noise = np.random.default_rng(2).integers(0, 255, shape, dtype=np.uint8)
    assert ORIENTER.orient(PageImage(pixels=np.full(shape, 255, np.uint8))) == Rotation(degrees=0, confidence=0)
    assert ORIENTER.orient(PageImage(pixels=noise)).degrees == 0


def test_a_threshold_that_nothing_reaches_turns_no_page():
    never = TileOrienter(OrienterSettings(threshold=1.1))
    grey = np.ascontiguousarray(np.rot90(drawn.page()[0], 2))
    rotation = never.orient(PageImage(pixels=grey))
    assert rotation.degrees == 0
    assert rotation.confidence < 0.1  # that it is upright
