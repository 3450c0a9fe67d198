import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("shape", [(20, 51), (20, 51, 3), (256, 999)])
def test_small_pictures_get_paper_around_them(shape):
    pixels = np.full(shape, 200, np.uint8)
    pixels[5:-5, ::2] = 10  # letters that touch both sides
    page = PageImage(pixels=pixels, dpi=(100, 100), index=3)
    framed = page.framed()
    left, top = np.rint(framed.to_caller.inverse().map([(0, 0)])[0]).astype(int)
    assert np.array_equal(framed.pixels[top : top + shape[0], left : left + shape[1]], pixels)
    assert (framed.pixels[:top] == 200).all()
    assert (framed.pixels[:, :left] == 200).all()
    assert (framed.caller_size, framed.dpi, framed.index) == (page.caller_size, page.dpi, 3)


@pytest.mark.parametrize("shape", [(257, 300), (9, 30_000)])
def test_other_pictures_are_left_as_they_are(shape):
    page = PageImage(pixels=np.zeros(shape, np.uint8))
    assert page.framed() is page


@given(st.integers(-8, 8), st.integers(1, 9), st.integers(1, 9))
def test_turning_a_page_keeps_the_way_back(quarters, height, width):
    pixels = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    page = PageImage(pixels=pixels, dpi=(100, 200)).turned(90 * quarters)
    assert page.caller_size == (width, height)
    assert page.dpi == ((200, 100) if quarters % 2 else (100, 200))
    centres = [(x + 0.5, y + 0.5) for y in range(page.height) for x in range(page.width)]
    back = np.floor(page.to_caller.map(centres)).astype(int)
    assert np.array_equal(pixels[back[:, 1], back[:, 0]], page.pixels.ravel())


def test_pages_are_turned_by_quarters_alone():
    with pytest.raises(ValueError, match="quarters"):
        PageImage(pixels=np.zeros((2, 2), np.uint8)).turned(45)
