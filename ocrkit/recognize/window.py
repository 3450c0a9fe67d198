"""Windows as the net wants them: one function for training, measuring and reading.

A window is a strip of a page with one line of text (or a part of one) in it. The net reads grey strips of a fixed
height; their width follows from the strip's shape, and is padded to those of the batch that it is in.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.image import Grey

VERSION = 1
"""Of what this module makes of a strip; a model records which one it was trained with."""
HEIGHT = 32
"""Pixels of every window."""
WIDEST = 512
"""Pixels: what is wider is squeezed, in training and by nets trained so."""
STRIDE = 2
"""Pixels of width for a timestep of the net."""
_FAINTEST = 8.0  # grey levels: below this contrast a window is noise, which must not be blown up


def to_height(strip: Grey, widest: int = WIDEST, stretch: float = 1.0) -> Grey:
    """Scale a strip to the net's height.

    Parameters
    ----------
    strip : ndarray of uint8, shape (H, W)
    widest : int
        Pixels: what is wider is squeezed.
    stretch : float
        How many times wider it becomes than its shape asks for, if it is not of that height already.

    Returns
    -------
    ndarray of uint8, shape (HEIGHT, W')
    """
    height, width = strip.shape
    wanted = width * HEIGHT / height * (stretch if height != HEIGHT else 1)
    scaled = min(max(round(wanted), 8), widest)
    if (height, width) == (HEIGHT, scaled):
        return strip
    shrinks = height > HEIGHT
    return cv2.resize(strip, (scaled, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)  # type: ignore[return-value]


def squeeze(window: Grey, widest: int) -> Grey:
    """Make a window of the net's height narrower, if it is too wide."""
    if window.shape[1] <= widest:
        return window
    return cv2.resize(window, (widest, HEIGHT), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def widened(window: Grey, times: float, widest: int) -> Grey:
    """Make a window of the net's height wider, as far as the net allows."""
    width = min(round(window.shape[1] * times), widest)
    return cv2.resize(window, (width, HEIGHT), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


def stack(windows: Sequence[Grey], width: int) -> npt.NDArray[np.float32]:
    """Put windows into one batch.

    Each is brought to mean 0 and deviation 1, so that neither paper nor light matters, and padded on the
    right with 0.

    Parameters
    ----------
    windows : sequence of ndarray of uint8, shape (HEIGHT, <= width)
    width : int
        Pixels.

    Returns
    -------
    ndarray of float32, shape (N, HEIGHT, width, 1)
    """
    batch = np.zeros((len(windows), HEIGHT, width, 1), np.float32)
    for row, window in zip(batch, windows, strict=True):
        mean, deviation = cv2.meanStdDev(window)
        scale = 1.0 / max(float(deviation[0, 0]), _FAINTEST)
        np.multiply(np.subtract(window, np.float32(mean[0, 0])), np.float32(scale), out=row[:, : window.shape[1], 0])
    return batch


def batches(windows: Sequence[Grey], unit: int, columns: int) -> Iterator[npt.NDArray[np.float32]]:
    """Put windows into batches of like width, padded up to whole units, by one of these at least.

    In training nearly all windows had some padding at their ends.

    Parameters
    ----------
    windows : sequence of ndarray of uint8, shape (HEIGHT, W)
        In the order of their widths.
    unit : int
        Pixels: the model's column or grain.
    columns : int
        Pixels of width that a batch has at most, all windows together, unless a window alone has more: they decide how
        much memory the net needs.

    Yields
    ------
    ndarray of float32, shape (N, HEIGHT, W', 1)
    """
    for width, alike in itertools.groupby(windows, lambda window: (math.ceil(window.shape[1] / unit) + 1) * unit):
        group = list(alike)
        most = max(columns // width, 1)
        for start in range(0, len(group), most):
            yield stack(group[start : start + most], width)


def moved(batch: npt.NDArray[np.float32], rows: int) -> npt.NDArray[np.float32]:
    """Move the windows of a batch some rows down (or up, below 0); the edge is repeated.

    Parameters
    ----------
    batch : ndarray of float32, shape (N, HEIGHT, W, 1)
    rows : int
        Fewer than the height.
    """
    before, after = max(rows, 0), max(-rows, 0)
    padded = np.pad(batch, ((0, 0), (before, after), (0, 0), (0, 0)), "edge")
    return padded[:, after : after + batch.shape[1]]
