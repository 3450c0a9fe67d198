"""From log-odds to probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LARGEST = 60.0  # beyond it a probability is 0 or 1, and the exponential may overflow


def chance_of(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give the probabilities that have these log-odds.

    Parameters
    ----------
    odds : ndarray of float64
        Of any size: a net that learnt next to nothing is told right from wrong by lines as steep as you like.

    Returns
    -------
    ndarray of float64
        Of the same shape.
    """
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -_LARGEST, _LARGEST))))
