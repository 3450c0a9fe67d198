"""Straight bands of text: fitting them to chains of boxes.

Takes boxes and the chain of each, gives a band for each chain. Everything is done on whole tables.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
_STIFF = 60.0  # heights squared: the pull towards the direction that is expected
_STEEPEST = 0.15  # slope of a line against what is expected there


@attrs.frozen(kw_only=True, eq=False)
class Bands:
    """Straight bands, a row for each: the text of a line lies between `top` and `bottom` along ``y = slope * x``.

    Parameters
    ----------
    slope : ndarray of float64, shape (N,)
        Of the writing's direction.
    left, right : ndarray of float64, shape (N,)
        Ends, x.
    top, bottom : ndarray of float64, shape (N,)
        Edges, as y where x is 0.
    """

    slope: Floats
    left: Floats
    right: Floats
    top: Floats
    bottom: Floats

    def __len__(self) -> int:
        return len(self.slope)

    @property
    def height(self) -> Floats:
        """Pixels, down the page."""
        return self.bottom - self.top

    def corners(self) -> Floats:
        """Give quads, shape (N, 4, 2), clockwise from the top left."""
        x = np.stack([self.left, self.right, self.right, self.left], 1)
        return np.stack([x, np.stack([self.top, self.top, self.bottom, self.bottom], 1) + self.slope[:, None] * x], 2)

    def take(self, rows: Any) -> Bands:
        """Give some of the rows."""
        return Bands(**{name: getattr(self, name)[rows] for name in ("slope", "left", "right", "top", "bottom")})


def tilted(box: Floats, slope: Floats) -> Bands:
    """Take boxes for bands of these slopes; a wide box of slanting text is higher than the text."""
    wide, tall = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    drop, steep = slope * (box[:, 0] + box[:, 2]) / 2, np.minimum(np.abs(slope) * wide, 0.5 * tall) / 2
    top, bottom = box[:, 1] - drop + steep, box[:, 3] - drop - steep
    return Bands(slope=slope, left=box[:, 0], top=top, right=box[:, 2], bottom=bottom)


def fit(
    box: Floats,
    chain: Rows,
    many: int,
    prior: Floats | float = 0.0,
    farthest: float = np.inf,
    letter: npt.NDArray[np.bool_] | None = None,
) -> Bands:
    """Fit a band to each chain.

    Short chains say little about their direction, so each is pulled towards the one that is expected.

    Parameters
    ----------
    box : ndarray of float64, shape (N, 4)
        Left, top, right, bottom.
    chain : ndarray of intp, shape (N,)
        Of each box; -1 for those of none.
    many : int
        Chains; none is empty.
    prior : ndarray of float64, shape (N,), or float
        Slope expected at each box.
    farthest : float
        Letters' heights by which one letter may reach over the others' middle: what has run into a rule or the next
        line reaches farther.
    letter : ndarray of bool, shape (N,), optional
        Boxes that say how high a line is, at least one of each chain; all, if it is not given.
    """
    rows = np.flatnonzero(chain >= 0)
    letter = np.ones(len(rows), np.bool_) if letter is None else letter[rows]
    box, chain, prior = box[rows], chain[rows], np.broadcast_to(prior, len(chain))[rows]
    tall, wide = box[:, 3] - box[:, 1], box[:, 2] - box[:, 0]
    height = np.maximum(_quantile(tall[letter], chain[letter], many, 0.75), 1)
    big = tall > 0.5 * height[chain]  # stops and accents do not move a line
    weight = np.where(big, wide + 1, 1e-3)
    expected = np.bincount(chain, weight * prior, many) / np.bincount(chain, weight, many)
    slope = _slopes(box, chain, weight, expected, _STIFF * height**2)
    edges = tilted(box, slope[chain])
    reach = farthest * _quantile(edges.height[big], chain[big], many, 0.5)
    top = _extreme(np.minimum, edges.top[big], chain[big], many)
    bottom = _extreme(np.maximum, edges.bottom[big], chain[big], many)
    return Bands(
        slope=slope,
        left=_extreme(np.minimum, box[:, 0], chain, many),
        right=_extreme(np.maximum, box[:, 2], chain, many),
        top=np.maximum(top, _quantile(edges.top[big], chain[big], many, 0.5) - reach),
        bottom=np.minimum(bottom, _quantile(edges.bottom[big], chain[big], many, 0.5) + reach),
    )


def _slopes(box: Floats, chain: Rows, weight: Floats, expected: Floats, stiff: Floats) -> Floats:
    """Give each chain's direction, of its upper and lower edges together."""
    many = len(stiff)
    x = (box[:, 0] + box[:, 2]) / 2
    slope = expected
    weights = [weight, weight]
    for _ in range(3):  # what lies far off counts less each time
        tilt, spread = np.zeros(many), np.zeros(many)
        parts = []
        for y, own in zip((box[:, 3], box[:, 1]), weights, strict=True):
            sums = np.bincount(chain, own, many)
            dx, dy = (v - (np.bincount(chain, own * v, many) / sums)[chain] for v in (x, y))
            tilt += 0.5 * np.bincount(chain, own * dx * dy, many) / sums
            spread += 0.5 * np.bincount(chain, own * dx * dx, many) / sums
            parts.append((dx, dy, own, sums))
        slope = (tilt + expected * stiff) / (spread + stiff)
        weights = []
        for dx, dy, own, sums in parts:
            off = np.abs(dy - slope[chain] * dx)
            typical = np.bincount(chain, own * off, many) / sums
            weights.append(weight / (1 + (off / (typical[chain] + 0.5)) ** 2))
    return np.clip(slope, expected - _STEEPEST, expected + _STEEPEST)


def _quantile(values: Floats, group: Rows, many: int, share: float) -> Floats:
    """Give the value in each group that this share of its members does not exceed; no group is empty."""
    order = np.lexsort((values, group))
    counts = np.bincount(group, minlength=many)
    return np.asarray(values[order][np.cumsum(counts) - counts + np.ceil(counts * share).astype(np.int64) - 1])


def _extreme(function: Any, values: Floats, group: Rows, many: int) -> Floats:
    start = np.inf if function is np.minimum else -np.inf
    result = np.full(many, start)
    function.at(result, group, values)
    return result
