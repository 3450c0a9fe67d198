"""Upright rules, such as those between the cells of a table: no word goes on over one.

Takes the working image, says for places on it how far the next rule is. Rules that lean by more than a degree or two
are not seen; then a line goes on over them, as if they were not there.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import Bands, Floats, Rows
from ocrkit.image import Grey

_WIDEST = 7  # pixels of a rule
_LOWEST = 40  # pixels: three times the usual height of letters
_CONTRAST = 16  # grey levels
_SHARES = (-0.1, 0.2, 0.5, 0.8, 1.1)  # of a line's height, at all of which there must be a rule: it goes beyond it
_FARTHEST = 48  # pixels at which rules are looked for

Mask = npt.NDArray[np.bool_]


def upright_rules(grey: Grey, *, light: bool) -> Mask:
    """Find the pixels of upright rules.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        The working image.
    light : bool
        Rules that are lighter than their paper.

    Returns
    -------
    ndarray of bool, shape (H, W)
    """
    operation = cv2.MORPH_TOPHAT if light else cv2.MORPH_BLACKHAT
    thin = cv2.morphologyEx(grey, operation, np.ones((1, _WIDEST + 2), np.uint8))
    upright = np.ones((_LOWEST, 1), np.uint8)
    low = cv2.erode(thin, upright)
    if low.max() < _CONTRAST:  # none, as in most pictures
        return np.zeros(grey.shape, np.bool_)
    return cv2.dilate(low, upright) >= _CONTRAST


def distance(rules: Mask, x: Floats, bands: Bands, line: Rows, *, leftwards: bool) -> Floats:
    """Say how far from some places on lines the next rule is.

    Parameters
    ----------
    rules : ndarray of bool, shape (H, W)
    x : ndarray of float64, shape (N,)
        Places.
    bands : Bands
    line : ndarray of intp, shape (N,)
        The band of each.
    leftwards : bool

    Returns
    -------
    ndarray of float64, shape (N,)
        Pixels; infinite, if there is none near.
    """
    own = bands.take(line)
    middle = own.top + own.slope * x
    rows = np.stack([middle + share * own.height for share in _SHARES], 1)
    steps = np.arange(_FARTHEST)
    columns = np.floor(x)[:, None] - 1 - steps if leftwards else np.ceil(x)[:, None] + steps
    height, width = rules.shape
    ys = rows.astype(np.intp).clip(0, height - 1)[:, :, None]
    xs = columns.astype(np.intp).clip(0, width - 1)[:, None, :]
    seen = rules[ys, xs]
    # a rule that leans is at the next pixel one row farther
    near = seen.copy()
    near[:, :, 1:] |= seen[:, :, :-1]
    near[:, :, :-1] |= seen[:, :, 1:]
    through = near.all(1) & seen.any(1)
    return np.where(through.any(1), through.argmax(1), np.inf).astype(np.float64)
