"""Words of two lines that lie upon each other: a line is sometimes found twice, or a piece of it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ocrkit.geometry import Quad
from ocrkit.wordinate.direction import levelled

_COVER = 0.55  # share of a word's box that another line's word may lie upon
_PAIRS = 1_000_000  # that are looked at together, about: they decide how much memory it takes


def covered(
    quads: Sequence[Quad], line: npt.NDArray[np.intp], chances: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Say which words lie mostly on a word of another line that is larger or surer, and not covered itself.

    Parameters
    ----------
    quads : sequence of Quad
    line : ndarray of intp, shape (N,)
        Number of each word's line.
    chances : ndarray of float64, shape (N,)
        Confidences.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    hidden = np.zeros(len(quads), np.bool_)
    if not len(quads):
        return hidden
    corners = np.array([quad.points for quad in quads])
    wide, high = (np.linalg.norm(corners[:, corner] - corners[:, 0], axis=1) for corner in (1, 3))
    turned = levelled(corners, wide > high)  # upright boxes of what lies askew would lie on the lines beside it
    bounds = np.concatenate([turned.min(1), turned.max(1)], axis=1)
    left, top, right, bottom = bounds.T
    area = (right - left) * (bottom - top)
    weight = chances * np.sqrt(area)
    pairs = _meeting(bounds, line, area)
    # from the weightiest word down, so that only what stays covers others
    order = np.argsort(-weight, kind="stable")
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    under: dict[int, list[int]] = defaultdict(list)
    for one, two in pairs:
        over, below = (one, two) if place[one] < place[two] else (two, one)
        under[over].append(below)
    for over in order.tolist():
        if not hidden[over]:
            hidden[under[over]] = True
    return hidden


def _meeting(
    bounds: npt.NDArray[np.float64], line: npt.NDArray[np.intp], area: npt.NDArray[np.float64]
) -> Iterator[tuple[int, int]]:
    """Give pairs of boxes of different lines of which one lies mostly on the other."""
    order = np.argsort(bounds[:, 1])
    left, top, right, bottom = bounds[order].T
    # of each box, those that begin further down, but above its own bottom
    behind = np.arange(1, len(order) + 1)
    many = np.maximum(np.searchsorted(top, bottom) - behind, 0)
    for rows in np.split(behind - 1, np.flatnonzero(np.diff(np.cumsum(many) // _PAIRS)) + 1):
        some = many[rows]
        one = np.repeat(rows, some)
        two = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(some) - some, some)
        wide = np.minimum(right[two], right[one]) - np.maximum(left[two], left[one])
        near = np.flatnonzero(wide > 0)
        one, two, wide = order[one[near]], order[two[near]], wide[near]
        high = np.minimum(bounds[two, 3], bounds[one, 3]) - bounds[two, 1]
        meets = (wide * high > _COVER * np.minimum(area[one], area[two])) & (line[one] != line[two])
        yield from zip(one[meets].tolist(), two[meets].tolist(), strict=True)
