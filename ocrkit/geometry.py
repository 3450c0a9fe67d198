"""Points, quads and homographies: the only place that knows how coordinates turn into others.

Pixels everywhere, origin at the top left corner of the picture, x to the right before y
downwards, angles in degrees clockwise. Pixel (0, 0) covers the square from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atan2, degrees, hypot, isfinite
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Point: TypeAlias = "tuple[float, float]"
Bounds: TypeAlias = "tuple[float, float, float, float]"


def as_points(points: Iterable[Sequence[float]]) -> tuple[Point, ...]:
    """Turn any nesting of x, y pairs into a tuple of float pairs.

    Parameters
    ----------
    points : iterable of (x, y)
        Pixels; an (N, 2) array will do.

    Returns
    -------
    tuple of (float, float)

    Raises
    ------
    ValueError
        If an item is not a pair of finite numbers.
    """
    pairs = tuple((float(x), float(y)) for x, y in points)
    if not all(isfinite(x) and isfinite(y) for x, y in pairs):
        raise ValueError(f"coordinates must be finite numbers, not {pairs}")
    return pairs


@attrs.frozen
class Quad:
    """Four corners, clockwise from the text's own top left.

    A word that stands on its head has its first corner at the bottom right of its bounds: the
    order tells which way is up, which a rectangle cannot.

    Parameters
    ----------
    points : iterable of four (x, y)
        Corners in pixels: top left, top right, bottom right, bottom left *of the text*.

    Examples
    --------
    >>> quad = Quad.from_bounds(10, 20, 110, 50)
    >>> quad.width, quad.height, quad.angle
    (100.0, 30.0, 0.0)
    >>> quad.mapped(Homography.scaling(0.5)).bounds
    (5.0, 10.0, 55.0, 25.0)
    """

    points: tuple[Point, ...] = attrs.field(converter=as_points)

    @points.validator
    def _has_four_corners(self, _: object, value: tuple[Point, ...]) -> None:
        if len(value) != 4:
            raise ValueError(f"a quad has four corners, not {len(value)}")

    @classmethod
    def from_bounds(cls, left: float, top: float, right: float, bottom: float) -> Quad:
        """Make the upright rectangle with these edges (pixels)."""
        return cls([(left, top), (right, top), (right, bottom), (left, bottom)])

    @property
    def bounds(self) -> Bounds:
        """Left, top, right, bottom of the smallest upright rectangle around it (pixels)."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def centre(self) -> Point:
        """Mean of the four corners."""
        return sum(x for x, _ in self.points) / 4, sum(y for _, y in self.points) / 4

    @property
    def width(self) -> float:
        """Mean length of the top and bottom edges (pixels), along the text."""
        a, b, c, d = self.points
        return (hypot(b[0] - a[0], b[1] - a[1]) + hypot(c[0] - d[0], c[1] - d[1])) / 2

    @property
    def height(self) -> float:
        """Mean length of the left and right edges (pixels), across the text."""
        a, b, c, d = self.points
        return (hypot(d[0] - a[0], d[1] - a[1]) + hypot(c[0] - b[0], c[1] - b[1])) / 2

    @property
    def angle(self) -> float:
        """Direction of reading, degrees clockwise from the picture's x axis, in (-180, 180]."""
        a, b, c, d = self.points
        return degrees(atan2(b[1] + c[1] - a[1] - d[1], b[0] + c[0] - a[0] - d[0]))

    def part(self, start: float, end: float) -> Quad:
        """Return what lies between two shares of its width, along the text: ``part(0, 0.5)`` is its first half."""
        a, b, c, d = self.points
        return Quad([_between(a, b, start), _between(a, b, end), _between(d, c, end), _between(d, c, start)])

    def mapped(self, homography: Homography) -> Quad:
        """Return the quad that a homography makes of this one."""
        return Quad(homography.map(self.points))


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _rows(matrix: Sequence[Sequence[float]] | NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in np.asarray(matrix, np.float64).tolist())


def _is_flat(matrix: tuple[tuple[float, ...], ...]) -> bool:
    """Say whether a 3 x 3 matrix maps the plane onto less than a plane, to within rounding."""
    # written out, since a page has a matrix for every window and NumPy takes forty times as long
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return abs(determinant) <= 1e-14 * hypot(a, b, c) * hypot(d, e, f) * hypot(g, h, i)


@attrs.frozen
class Homography:
    """A projective map of the plane: pixels of one picture to pixels of another.

    Parameters
    ----------
    matrix : array_like, shape (3, 3)
        Acts on column vectors (x, y, 1).

    Raises
    ------
    ValueError
        If the matrix is not 3 x 3, not finite, or cannot be inverted.

    Examples
    --------
    >>> turn = Homography.quarter_turns(1, width=300, height=200)
    >>> turn.map([(0, 0), (300, 200)]).tolist()
    [[200.0, 0.0], [0.0, 300.0]]
    >>> (turn.inverse() @ turn).is_identity
    True
    """

    matrix: tuple[tuple[float, ...], ...] = attrs.field(converter=_rows)

    @matrix.validator
    def _is_invertible(self, _: object, value: tuple[tuple[float, ...], ...]) -> None:
        fits = len(value) == 3 and all(len(row) == 3 and all(map(isfinite, row)) for row in value)
        if not fits or _is_flat(value):
            raise ValueError(f"a homography is an invertible 3 x 3 matrix, not {value}")

    @classmethod
    def identity(cls) -> Homography:
        """Map every point to itself."""
        return cls(np.eye(3))

    @classmethod
    def scaling(cls, x: float, y: float | None = None) -> Homography:
        """Stretch by `x` and `y` (the same if only one is given) about the origin."""
        return cls([[x, 0, 0], [0, x if y is None else y, 0], [0, 0, 1]])

    @classmethod
    def translation(cls, x: float, y: float) -> Homography:
        """Move by (x, y) pixels."""
        return cls([[1, 0, x], [0, 1, y], [0, 0, 1]])

    @classmethod
    def quarter_turns(cls, turns: int, width: float, height: float) -> Homography:
        """Turn a picture clockwise by right angles, its corner kept at the origin.

        Parameters
        ----------
        turns : int
            How many times 90 degrees; taken modulo 4.
        width, height : float
            Size in pixels of the picture before it is turned.
        """
        top_rows: tuple[list[list[float]], ...] = (
            [[1, 0, 0], [0, 1, 0]],
            [[0, -1, height], [1, 0, 0]],
            [[-1, 0, width], [0, -1, height]],
            [[0, 1, 0], [-1, 0, width]],
        )
        return cls([*top_rows[turns % 4], [0, 0, 1]])

    @property
    def is_identity(self) -> bool:
        """Whether it moves nothing, to within rounding."""
        array = np.array(self.matrix)
        return bool(np.allclose(array / array[2, 2], np.eye(3), atol=1e-12)) if array[2, 2] else False

    def __matmul__(self, first: Homography) -> Homography:
        """Compose: ``(a @ b).map(p) == a.map(b.map(p))``."""
        return Homography(np.array(self.matrix) @ np.array(first.matrix))

    def inverse(self) -> Homography:
        """Return the map that undoes this one."""
        return Homography(np.linalg.inv(np.array(self.matrix)))

    def map(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map points.

        Parameters
        ----------
        points : array_like, shape (N, 2)
            Pixels.

        Returns
        -------
        ndarray of float64, shape (N, 2)

        Raises
        ------
        ValueError
            If a point goes to infinity.
        """
        flat = np.asarray(points, dtype=np.float64)
        mapped = np.column_stack([flat, np.ones(len(flat))]) @ np.array(self.matrix).T
        if not np.all(mapped[:, 2]):
            raise ValueError("a point lies on the horizon of this homography")
        return np.asarray(mapped[:, :2] / mapped[:, 2:])
