"""Where ink begins and ends in a window: what timesteps of the net say only roughly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
        self._found: dict[int, tuple[npt.NDArray[np.bool_], Any]] = {}

    def _of(self, window: int) -> tuple[npt.NDArray[np.bool_], list[bool]]:
        if window not in self._found:
            dark = _dark(self._windows[window])
            self._found[window] = dark, np.any(dark, axis=0).tolist()
        return self._found[window]

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
        begin, stop = max(int(start), 0), int(np.ceil(end))
        found, since = [], None
        for at, inked in enumerate([*self._of(window)[1][begin:stop], True], begin):
            if not inked:
                since = at if since is None else since
            elif since is not None:
                found.append((float(since), float(at)))
                since = None
        return found

    def rows(self, window: int, left: float, right: float) -> tuple[int, int] | None:
        """Find the first row with ink between two columns, and the one after the last; None if there is no ink."""
        rows = np.flatnonzero(self._of(window)[0][:, int(left) : max(int(np.ceil(right)), int(left) + 1)].any(1))
        return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else None


def _width(gap: tuple[float, float]) -> float:
    return gap[1] - gap[0]


def _dark(window: Grey) -> npt.NDArray[np.bool_]:
    smooth = cv2.blur(window, (1, 3))
    some = window[::2, ::2]
    places = [int(share * (some.size - 1)) for share in (_PAPER, _DARKEST)]
    paper, darkest = np.partition(some, places, axis=None)[places].tolist()
    dark = np.asarray(smooth < paper - max(_INKED * (paper - darkest), _FAINTEST))
    # an underline or a table's rule would hide all gaps above it; of a letter that is cut so, other rows are left
    dark &= ~_rules(dark.astype(np.uint8))
    dark[:, dark.mean(0) > _RULE] = False  # letters leave the window's edges free
    return dark


def _rules(dark: Grey) -> npt.NDArray[np.bool_]:
    height = dark.shape[0]
    across, down = max(round(_LONG * height), 2), max(round(_THIN * height), 2)
    long = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, across), np.uint8))
    return np.asarray(long > cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((down, 1), np.uint8)))
