"""Connected regions of a mask, as a table.

OpenCV's own table of components takes four times as long as its labels, since it counts the background's pixels, too.
Here only the runs of marked pixels in each row are looked at.
"""

from __future__ import annotations

from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Regions:
    """Regions of pixels that touch each other, a row for each, diagonal neighbours among them.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        The region of each pixel, counted from 1; 0 where the mask is empty.
    area : ndarray of int64, shape (N,)
        Pixels.
    box : ndarray of int64, shape (N, 4)
        Left, top, right, bottom.
    seed : ndarray of int64, shape (N,)
        One of its pixels, counted along the rows.
    runs : ndarray of int64, shape (N,)
        Of pixels side by side, in all of its rows.
    """

    labels: npt.NDArray[np.int32]
    area: Integers
    box: Integers
    seed: Integers
    runs: Integers

    def __len__(self) -> int:
        return len(self.area)


def regions_of(mask: npt.NDArray[np.uint8]) -> Regions:
    """Find the regions of a mask.

    Parameters
    ----------
    mask : ndarray of uint8, shape (H, W)
        Not 0 where it is marked, in one value.

    Returns
    -------
    Regions
    """
    many, found = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    labels: Any = found
    start, end, row = _runs(mask)
    owner = labels[row, start]
    left, top, right, bottom, seed = (np.zeros(many, np.int64) for _ in range(5))
    left[:] = mask.shape[1]
    np.minimum.at(left, owner, start)
    np.maximum.at(right, owner, end)
    # runs are in the order of their rows: the last that is written stays
    top[owner[::-1]] = row[::-1]
    bottom[owner] = row + 1
    seed[owner] = row * mask.shape[1] + start
    return Regions(
        labels=labels,
        area=np.bincount(owner, end - start, many)[1:].astype(np.int64),
        box=np.stack([left, top, right, bottom], 1)[1:],
        seed=seed[1:],
        runs=np.bincount(owner, minlength=many)[1:],
    )


def _runs(mask: npt.NDArray[np.uint8]) -> tuple[Integers, Integers, Integers]:
    """Give the first column of each run of marked pixels, the one after its last, and its row."""
    height, width = mask.shape
    # an empty column before each row, and one behind the last, so that every run has two ends
    framed = np.zeros(height * (width + 1) + 1, np.uint8)
    framed[:-1].reshape(height, width + 1)[:, 1:] = mask
    ends = np.flatnonzero(framed[1:] != framed[:-1])
    row, start = np.divmod(ends[::2], width + 1)
    return start, start + ends[1::2] - ends[::2], row
