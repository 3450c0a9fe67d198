"""Where ink begins and ends in a window: what timesteps of the net say only roughly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_PAPER = 0.8  # share of a window's pixels that are no lighter than its paper
_DARKEST = 0.03  # share that are no lighter than its ink
_INKED = 0.3  # of the contrast: what is darker than paper by more is ink
_FAINTEST = 12.0  # grey levels of contrast: below it there is no ink
_RULE = 0.9  # share of a row's ink that makes it a rule


class Ink:
    """The columns and rows of windows that have ink in them.

    Parameters
    ----------
    windows : sequence of ndarray of uint8, shape (H, W)
        Dark text on light paper.
    """

    def __init__(self, windows: Sequence[Grey]) -> None:
        self._windows = windows
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
        begin, stop = max(int(start), 0), int(np.ceil(end))
        best, since = (0, 0), None
        for at, inked in enumerate([*self._of(window)[1][begin:stop], True], begin):
            if not inked:
                since = at if since is None else since
            elif since is not None:
                best, since = max(best, (at - since, since)), None
        return (float(best[1]), float(best[1] + best[0])) if best[0] else None

    def rows(self, window: int, left: float, right: float) -> tuple[int, int] | None:
        """Find the first row with ink between two columns, and the one after the last; None if there is no ink."""
        rows = np.flatnonzero(self._of(window)[0][:, int(left) : max(int(np.ceil(right)), int(left) + 1)].any(1))
        return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else None


def _dark(window: Grey) -> npt.NDArray[np.bool_]:
    smooth = cv2.blur(window, (1, 3))
    levels = np.sort(window[::2, ::2], axis=None)
    paper, darkest = (float(levels[int(share * (len(levels) - 1))]) for share in (_PAPER, _DARKEST))
    dark = np.asarray(smooth < paper - max(_INKED * (paper - darkest), _FAINTEST))
    dark[dark.mean(1) > _RULE] = False
    return dark
