import numpy as np
import pytest

from ocrkit import PageImage
from ocrkit.image.skew import skew_of
from tests.detect import drawn


@pytest.mark.parametrize("degrees", [-15, -10, -3, 0, 3, 10, 15])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("inverted", [False, True])
def test_skew_is_found_whichever_side_is_up(degrees, quarters, inverted):
    grey, _ = drawn.turned(*drawn.page(inverted=inverted), degrees)
    assert skew_of(PageImage(pixels=np.rot90(grey, quarters)).working) == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-3, -2.5, 2.5, 3])
def test_small_angles_are_told_from_none_and_precisely(degrees):
    grey, _ = drawn.turned(*drawn.page(), degrees)
    assert skew_of(PageImage(pixels=grey).working) == pytest.approx(degrees, abs=0.3)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3000), (3000, 7), (64, 64), (900, 700)])
def test_pages_without_lines_are_level(shape):
    rng = np.random.default_rng(1)
    assert skew_of(np.full(shape, 255, np.uint8)) == 0
    assert skew_of(rng.integers(0, 256, shape, np.uint8)) == pytest.approx(0, abs=20)


def test_level_pages_are_not_resampled():
    image = PageImage(pixels=drawn.page()[0])
    assert image.level.grey is image.working


def test_a_level_page_knows_the_way_back():
    grey, quads = drawn.turned(*drawn.page(), 10)
    level = PageImage(pixels=grey).level
    flat = level.to_page.inverse().map(quads.reshape(-1, 2)).reshape(quads.shape)
    along = flat[:, 1] - flat[:, 0]
    assert np.degrees(np.arctan2(along[:, 1], along[:, 0])) == pytest.approx(np.zeros(len(flat)), abs=1.5)
    height, width = level.grey.shape
    assert flat.min() > 0
    assert (flat.max((0, 1)) < (width, height)).all()
    ink = [level.grey[int(a[1]) : int(c[1]) + 1, int(a[0]) : int(c[0]) + 1].min() for a, _, c, _ in flat]
    assert max(ink) < 128


def test_a_long_strip_that_is_askew_stays_as_it_is():
    strip = np.tile(drawn.turned(*drawn.page(), 12)[0][100:300], (1, 30))
    image = PageImage(pixels=strip)
    assert image.level.grey.size <= 2 * image.working.size
