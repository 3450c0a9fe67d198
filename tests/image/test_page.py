import numpy as np
import pytest

from ocrkit import Limits, PageImage


def test_pixels_are_read_only_and_the_callers_array_stays_writable():
    pixels = np.zeros((4, 5), np.uint8)
    image = PageImage(pixels=pixels)
    assert not image.pixels.flags.writeable
    assert pixels.flags.writeable
    assert (image.width, image.height, image.caller_size) == (5, 4, (5, 4))


@pytest.mark.parametrize("shape", [(4,), (4, 5, 4), (0, 5), (4, 5, 1)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        PageImage(pixels=np.zeros(shape, np.uint8))


@pytest.mark.parametrize("pixels", [np.zeros((4, 5)), [[0, 1]], None])
def test_other_types_are_refused(pixels):
    with pytest.raises(TypeError, match="uint8"):
        PageImage(pixels=pixels)


def test_limits_must_be_positive():
    with pytest.raises(ValueError, match="pixels"):
        Limits(pixels=0)
