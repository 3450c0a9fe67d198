import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit import Homography, Quad

coordinates = st.floats(-1e4, 1e4).map(lambda v: round(v, 3))
points = st.tuples(coordinates, coordinates)
quads = st.tuples(points, points, points, points).map(Quad)
sizes = st.integers(1, 5000)


@st.composite
def homographies(draw):
    a, b, c, d = (draw(st.floats(-3, 3)) for _ in range(4))
    determinant = a * d - b * c
    if abs(determinant) < 0.1:
        a, d, b, c = 1.0, 1.0, 0.0, 0.0
    return Homography([[a, b, draw(coordinates)], [c, d, draw(coordinates)], [0, 0, 1]])


@given(homographies(), st.lists(points, min_size=1, max_size=5))
def test_forward_and_back_is_the_identity(homography, some):
    back = homography.inverse().map(homography.map(some))
    np.testing.assert_allclose(back, some, atol=1e-4, rtol=1e-6)


@given(homographies(), homographies(), quads)
def test_composition_is_one_after_the_other(second, first, quad):
    once = quad.mapped(second @ first)
    twice = quad.mapped(first).mapped(second)
    np.testing.assert_allclose(once.points, twice.points, rtol=1e-6, atol=1e-4)


@given(st.integers(-8, 8), sizes, sizes)
def test_quarter_turns_keep_the_picture_in_the_positive_quadrant(turns, width, height):
    corners = Homography.quarter_turns(turns, width, height).map([(0, 0), (width, height)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert tuple(low) == (0, 0)
    assert tuple(high) == ((width, height) if turns % 2 == 0 else (height, width))


@given(sizes, sizes)
def test_four_quarter_turns_are_none(width, height):
    one = Homography.quarter_turns(1, width, height)
    other = Homography.quarter_turns(1, height, width)
    assert (other @ one @ other @ one).is_identity


@given(quads)
def test_bounds_hold_all_corners(quad):
    left, top, right, bottom = quad.bounds
    assert all(left <= x <= right and top <= y <= bottom for x, y in quad.points)


@pytest.mark.parametrize(("turns", "angle"), [(0, 0), (1, 90), (2, 180), (3, -90)])
def test_angle_follows_the_direction_of_reading(turns, angle):
    quad = Quad.from_bounds(10, 20, 60, 40).mapped(Homography.quarter_turns(turns, 100, 100))
    assert quad.angle == pytest.approx(angle)
    assert (quad.width, quad.height) == (50, 20)


@pytest.mark.parametrize("bad", [[(0, 0)] * 3, [(0, 0)] * 5, [(0, float("nan"))] * 4, [(0, float("inf"))] * 4])
def test_wrong_corners_are_refused(bad):
    with pytest.raises(ValueError, match=r"four corners|finite"):
        Quad(bad)


@pytest.mark.parametrize("bad", [np.zeros((3, 3)), np.eye(2), np.full((3, 3), np.nan)])
def test_wrong_matrices_are_refused(bad):
    with pytest.raises(ValueError, match="invertible"):
        Homography(bad)


def test_point_on_the_horizon_is_refused():
    with pytest.raises(ValueError, match="horizon"):
        Homography([[1, 0, 0], [0, 1, 0], [1, 0, 1]]).map([(-1, 0)])
