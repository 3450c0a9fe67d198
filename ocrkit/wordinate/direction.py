"""The direction in which a page is written, which is not always that of its rows of pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def levelled(corners: Floats, telling: npt.NDArray[np.bool_]) -> Floats:
    """Turn the boxes of words so that most of a page's words lie level.

    Parameters
    ----------
    corners : ndarray of float64, shape (N, 4, 2)
        Clockwise from the top left; at least one box.
    telling : ndarray of bool, shape (N,)
        Which words tell the direction; all do if none is.

    Returns
    -------
    ndarray of float64, shape (N, 4, 2)
    """
    top = corners[:, 1] - corners[:, 0]
    angles = np.arctan2(top[:, 1], top[:, 0])
    angle = float(np.median(angles[telling] if telling.any() else angles))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([corners @ (cos, sin), corners @ (-sin, cos)], axis=-1)
