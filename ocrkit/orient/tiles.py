"""Squares of a page that show most of its text."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.image import Grey

SIDE = 256
"""Pixels of a tile's sides."""
_CELL = 32  # pixels: tiles begin at corners of cells
_LEAST = 16  # pixels of a page's sides, in which a line of letters has room
_STRONGEST = 6.0  # grey levels from a pixel to the next on average: pictures and borders count for no more


def choose(working: Grey, most: int) -> list[Grey]:
    """Cut out the squares with most that may be letters, none of them over another.

    Parameters
    ----------
    working : ndarray of uint8, shape (H, W)
        The page, most of its letters some 13 pixels high.
    most : int
        Tiles, at most.

    Returns
    -------
    list of ndarray of uint8, shape (SIDE, SIDE)
        The fullest first; none for a page on which nothing stands out, or has room.
    """
    if min(working.shape) < _LEAST:
        return []
    page = _at_least_a_tile(working)
    fullness = _fullness(page)
    rows, columns = (np.arange(size) for size in fullness.shape)
    reach = SIDE // _CELL
    tiles = []
    for _ in range(most):
        y, x = np.unravel_index(int(fullness.argmax()), fullness.shape)
        if fullness[y, x] <= 0:
            break
        top, left = int(y) * _CELL, int(x) * _CELL
        tiles.append(page[top : top + SIDE, left : left + SIDE])
        fullness[np.ix_(np.abs(rows - y) < reach, np.abs(columns - x) < reach)] = 0
    return tiles


def _at_least_a_tile(working: Grey) -> Grey:
    """Put paper around what is small, or ends within a cell."""
    missing = [max(SIDE - size, -size % _CELL) for size in working.shape]
    if not any(missing):
        return working
    before = [space // 2 if size < SIDE else 0 for space, size in zip(missing, working.shape, strict=True)]
    around = [(first, space - first) for first, space in zip(before, missing, strict=True)]
    return np.pad(working, around, constant_values=int(np.median(working[::8, ::8])))


def _fullness(page: Grey) -> npt.NDArray[np.float32]:
    """Say how much of letters may be on the tile that begins at each cell, shape (rows, columns)."""
    half = cv2.resize(page, (page.shape[1] // 2, page.shape[0] // 2), interpolation=cv2.INTER_AREA)
    size = page.shape[1] // _CELL, page.shape[0] // _CELL
    steps = cv2.absdiff(half[:, 1:], half[:, :-1]), cv2.absdiff(half[1:], half[:-1])
    # letters change both along and across; grain of wood, rules and edges of paper do so one way only
    along, across = (cv2.resize(step, size, interpolation=cv2.INTER_AREA) for step in steps)
    cells = np.minimum(np.minimum(along, across).astype(np.float32), _STRONGEST)
    reach = SIDE // _CELL
    sums = np.pad(cells, [(1, 0), (1, 0)]).cumsum(0).cumsum(1)
    return np.asarray(sums[reach:, reach:] - sums[:-reach, reach:] - sums[reach:, :-reach] + sums[:-reach, :-reach])
