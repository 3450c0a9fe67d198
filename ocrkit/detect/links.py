"""Links between neighbours, the chains that they make, and the direction of writing that they show.

Takes bands, gives for each its neighbour to the right. Everything is done on whole tables; nothing looks at pixels.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import Bands, Floats, Rows

_NEXT = 8  # neighbours that are looked at in each row of cells
_ENOUGH = 12  # pairs that a direction can be told from
MOST = 500_000
"""Pairs that are looked at together; so many pieces below or beside one another, which no text has, are noise."""


@attrs.frozen(kw_only=True)
class LinkSettings:
    """Which two boxes may be neighbours in a line.

    Parameters
    ----------
    gap : float
        Greatest distance, in heights of the higher box.
    overlap : float
        Greatest reach into one another, in heights of the higher box.
    ratio : float
        Greatest ratio of their heights.
    shared : float
        Least part of the lower box's height that both have in common.
    """

    gap: float
    overlap: float
    ratio: float
    shared: float


def link(ends: Bands, settings: LinkSettings) -> Rows:
    """Find each band's neighbour to the right, if both choose one another.

    Parameters
    ----------
    ends : Bands
        Characters, or pieces of lines.
    settings : LinkSettings

    Returns
    -------
    ndarray of intp, shape (N,)
        Rows of neighbours, -1 where there is none.
    """
    many = len(ends)
    if not many:
        return np.zeros(0, np.intp)
    one, other, cost = _pairs(ends, settings)
    after, before = _best(one, other, cost, many), _best(other, one, cost, many)
    mutual = (after >= 0) & (before[after] == np.arange(many))
    return np.where(mutual, after, -1)


def portions(rows: Rows, others: int) -> list[Rows]:
    """Part rows, so that not too many pairs with so many others are looked at together."""
    return np.array_split(rows, len(rows) * others // MOST + 1)


def among(order: Rows, begin: Rows, end: Rows) -> tuple[Rows, Rows]:
    """Pair each row with those that stand in `order` from its `begin` to before its `end`; none, if they are noise."""
    many = end - begin
    if many.sum() > MOST:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    one = np.repeat(np.arange(len(order)), many)
    return one, order[np.arange(len(one)) - np.repeat(np.cumsum(many) - many - begin, many)]


def gaps(one: Floats, other: Floats) -> Floats:
    """Give the horizontal gaps between boxes, less than 0 where they overlap."""
    return np.asarray(np.maximum(other[..., 0] - one[..., 2], one[..., 0] - other[..., 2]))


def _best(one: Rows, other: Rows, cost: Floats, many: int) -> Rows:
    """Choose for each of `many` the cheapest partner."""
    order = np.argsort(-cost, kind="stable")
    best = np.full(many, -1, np.intp)
    best[one[order]] = other[order]  # the last one written is the cheapest
    return best


def _pairs(ends: Bands, settings: LinkSettings) -> tuple[Rows, Rows, Floats]:
    """List pairs that may be neighbours, and what each would cost."""
    octave = np.floor(np.log2(np.maximum(ends.height, 1))).astype(np.int64)
    found = [_pairs_of(ends, octave, number, settings) for number in np.unique(octave)]
    one, other, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return one, other, cost


def _pairs_of(
    ends: Bands, octave: npt.NDArray[np.int64], number: int, settings: LinkSettings
) -> tuple[Rows, Rows, Floats]:
    """List the pairs whose left one is of one octave of heights, by cells of that size."""
    reach = int(np.ceil(np.log2(settings.ratio)))
    lefts = np.flatnonzero(octave == number)
    partners = np.flatnonzero(np.abs(octave - number) <= reach)
    cell = 2.0 ** (number + 1)
    across = ends.right.max() + 1
    middle = (ends.top + ends.bottom) / 2
    row_right = np.floor((middle + ends.slope * ends.right) / cell)
    keys = np.floor((middle + ends.slope * ends.left) / cell) * across + ends.left
    partners = partners[np.argsort(keys[partners], kind="stable")]
    keys = keys[partners]
    from_x = np.maximum(ends.right[lefts] - settings.overlap * cell, ends.left[lefts])
    pairs = []
    for step in (-1, 0, 1):
        start = np.searchsorted(keys, (row_right[lefts] + step) * across + from_x)
        for at in (start + further for further in range(_NEXT)):
            ok = at < len(partners)
            pairs.append((lefts[ok], partners[at[ok]]))
    one, other = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    cost, ok = _cost(ends, one, other, settings)
    return one[ok], other[ok], cost[ok]


def _cost(ends: Bands, one: Rows, other: Rows, settings: LinkSettings) -> tuple[Floats, npt.NDArray[np.bool_]]:
    a, b = ends.take(one), ends.take(other)
    higher, lower = np.maximum(a.height, b.height), np.minimum(a.height, b.height)
    x = (a.right + b.left) / 2
    rise_a, rise_b = a.slope * x, b.slope * x  # where both meet
    tops, bottoms = (a.top + rise_a, b.top + rise_b), (a.bottom + rise_a, b.bottom + rise_b)
    shared = (np.minimum(*bottoms) - np.maximum(*tops)) / lower
    gap = (b.left - a.right) / higher
    apart = np.minimum(np.abs(bottoms[1] - bottoms[0]), np.abs(tops[1] - tops[0])) / higher
    ok = (
        (one != other)
        & (b.right > a.right)
        & (gap <= settings.gap)
        & (gap >= -settings.overlap)
        & (higher <= settings.ratio * lower)
        & (shared >= settings.shared)
    )
    return np.maximum(gap, -0.1) + 1.5 * apart + 0.5 * np.log2(higher / lower), ok


def chains(after: Rows) -> Rows:
    """Follow links and number the chains that they make.

    Parameters
    ----------
    after : ndarray of intp, shape (N,)
        Each row's next; -1 at the end of a chain.

    Returns
    -------
    ndarray of intp, shape (N,)
        The chain of each row.
    """
    last = np.where(after < 0, np.arange(len(after)), after)
    while True:  # each round doubles the distance that is seen
        further = last[last]
        if np.array_equal(further, last):
            return np.unique(last, return_inverse=True)[1].astype(np.intp).reshape(-1)
        last = further


def field(box: Floats, after: Rows) -> Floats:
    """Fit the direction of writing over a page to the neighbours that are equally high.

    Parameters
    ----------
    box : ndarray of float64, shape (N, 4)
    after : ndarray of intp, shape (N,)
        Each box's neighbour to the right, or -1.

    Returns
    -------
    ndarray of float64, shape (3,)
        The slope at (x, y) is the product with (1, x, y).
    """
    one = np.flatnonzero(after >= 0)
    a, b = box[one], box[after[one]]
    across = (b[:, 0] + b[:, 2] - a[:, 0] - a[:, 2]) / 2
    tops, bottoms = b[:, 1] - a[:, 1], b[:, 3] - a[:, 3]
    alike = (np.abs(tops - bottoms) <= 1) & (across > 0.3 * (a[:, 3] - a[:, 1]))
    if alike.sum() < _ENOUGH:
        return np.zeros(3)
    a, weight = a[alike], across[alike]
    slope = ((tops + bottoms) / 2)[alike] / weight
    places = np.stack([np.ones(len(a)), a[:, 2], (a[:, 1] + a[:, 3]) / 2], 1)
    scale = np.array([1, *places[:, 1:].max(0)])
    plane = np.array([_weighted_median(slope, weight), 0, 0])
    for _ in range(5):
        off = np.abs(slope - places @ plane) * weight
        trust = weight**2 / (1 + off**2)  # ends of boxes are known to about a pixel
        normal = (places / scale).T * trust
        pull = np.diag([0, 1, 1]) * 0.001 * trust.sum()  # towards one slope for all of the page
        plane = np.linalg.solve(normal @ (places / scale) + pull, normal @ slope) / scale
    return plane


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)]) if total[-1] > 0 else 0.0
