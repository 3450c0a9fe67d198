"""Where ink begins and ends in a window: what timesteps of the net say only roughly."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.image import Grey

_PAPER = 0.8  # share of a window's pixels that are no lighter than its paper
_DARKEST = 0.03  # share that are no lighter than its ink
_INKED = 0.3  # of the contrast: what is darker than paper by more is ink
_FAINTEST = 12.0  # grey levels of contrast: below it there is no ink
_CLEAR = 0.22  # heights of a window: letters of a word stand nearer
_RULE = 0.9  # share of a column that makes it a rule
_LONG = 0.9  # heights of a window: no letter has so long a stroke across,
_THIN = 0.45  # and what is no thinner is no stroke
_WRITTEN = 0.125, 0.9  # heights of a window between which words part: beyond are accents, rules, and other lines


class Ink:
    """The columns and rows of windows that have ink in them.

    Parameters
    ----------
    windows : sequence of ndarray of uint8, shape (H, W)
        Dark text on light paper.
    """

    def __init__(self, windows: Sequence[Grey]) -> None:
        self._windows = windows
        self._height = windows[0].shape[0] if windows else 0

    @cached_property
    def _dark(self) -> list[npt.NDArray[np.bool_]]:
        return _dark(self._windows)

    @cached_property
    def _all_gaps(self) -> list[tuple[list[int], list[int]]]:
        """Where all gaps of each window begin, and where they end."""
        top, bottom = (round(share * self._height) for share in _WRITTEN)
        return [_runs(~np.any(dark[top:bottom], axis=0)) for dark in self._dark]

    def gap(self, window: int, start: float, end: float) -> tuple[float, float] | None:
        """Find the widest gap between two columns: where it begins, and where it ends.

        Parameters
        ----------
        window : int
        start, end : float
            Columns.

        Returns
        -------
        (float, float) or None
            Columns; None if there is ink all over.
        """
        return max(self._gaps(window, start, end), key=_width, default=None)

    def left(self, window: int, start: float, end: float) -> float:
        """Find where the ink begins that the column `end` is part of, not left of `start`.

        It begins behind the nearest gap that is too wide for one between letters, or else behind the widest.
        """
        found = self._gaps(window, start, end)
        clear = [gap for gap in found if _width(gap) > _CLEAR * self._height]
        return clear[-1][1] if clear else max(found, key=_width, default=(start, start))[1]

    def right(self, window: int, start: float, end: float) -> float:
        """Find where the ink ends that the column `start` is part of, not right of `end`."""
        found = self._gaps(window, start, end)
        clear = [gap for gap in found if _width(gap) > _CLEAR * self._height]
        return clear[0][0] if clear else max(found, key=_width, default=(end, end))[0]

    def _gaps(self, window: int, start: float, end: float) -> list[tuple[float, float]]:
        begin, stop = max(int(start), 0), math.ceil(end)
        begins, ends = self._all_gaps[window]
        some = slice(bisect_right(ends, begin), bisect_left(begins, stop))
        return [(max(a, begin), min(b, stop)) for a, b in zip(begins[some], ends[some], strict=True)]

    def rows(self, window: int, left: float, right: float) -> tuple[int, int] | None:
        """Find the first row with ink between two columns, and the one after the last; None if there is no ink."""
        rows = np.flatnonzero(self._dark[window][:, int(left) : max(int(np.ceil(right)), int(left) + 1)].any(1))
        return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else None


def _width(gap: tuple[float, float]) -> float:
    return gap[1] - gap[0]


def _runs(free: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Give where each run of true values begins, and where each ends."""
    framed = np.zeros(len(free) + 2, np.bool_)
    framed[1:-1] = free
    edges = np.flatnonzero(framed[1:] != framed[:-1]).tolist()
    return edges[::2], edges[1::2]


def _dark(windows: Sequence[Grey]) -> list[npt.NDArray[np.bool_]]:
    """Say which pixels of each window are ink; all are looked at side by side, since there are many."""
    height, widths = windows[0].shape[0], np.array([window.shape[1] for window in windows])
    across = max(round(_LONG * height), 2)
    # what is beyond an edge is nothing to a stroke across: neither its end, nor more of it
    beyond = across // 2
    ends = np.cumsum(widths + 2 * beyond + 1)
    starts = ends - widths - 2 * beyond - 1 + beyond
    picture = np.full((height, ends[-1]), 255, np.uint8)
    least = np.zeros(ends[-1])
    for window, start, width in zip(windows, starts.tolist(), widths.tolist(), strict=True):
        picture[:, start : start + width] = window
        some = window[::2, ::2]
        places = [int(share * (some.size - 1)) for share in (_PAPER, _DARKEST)]
        paper, darkest = np.partition(some, places, axis=None)[places].tolist()
        least[start : start + width] = paper - max(_INKED * (paper - darkest), _FAINTEST)
        least[start - beyond : start] = least[start + width : start + width + beyond] = np.inf
    dark = np.asarray(cv2.blur(picture, (1, 3)) < least)
    # an underline or a table's rule would hide all gaps above it; of a letter that is cut so, other rows are left
    dark &= ~_rules(dark.view(np.uint8), across)
    dark[:, dark.mean(0) > _RULE] = False  # letters leave the window's edges free
    return [dark[:, start : start + width] for start, width in zip(starts.tolist(), widths.tolist(), strict=True)]


def _rules(dark: Grey, across: int) -> npt.NDArray[np.bool_]:
    down = max(round(_THIN * dark.shape[0]), 2)
    long = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, across), np.uint8))
    return np.asarray(long > cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((down, 1), np.uint8)))
