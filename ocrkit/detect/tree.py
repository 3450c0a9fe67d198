"""The component tree of a grey picture: every region that is darker or lighter than all around it.

Takes a grey picture, gives a table with a row for each extremal region. The tree is quantised: regions are the
connected components above a ladder of thresholds, and a region's parent is the one that holds it a step lower. What the
ladder measures is not grey itself but how much a pixel stands out from the paper around it (a top-hat), so that
shadows need no steps of their own.

References
----------
.. [1] J. Matas, O. Chum, M. Urban, T. Pajdla, "Robust Wide Baseline Stereo from Maximally Stable Extremal Regions",
   BMVC 2002.
.. [2] L. Neumann, J. Matas, "Real-Time Scene Text Localization and Recognition", CVPR 2012.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.image import Grey
from ocrkit.image.regions import regions_of
from ocrkit.image.working import relief
from ocrkit.threads import at_once

Area = tuple[int, int, int, int]
"""Left, top, right, bottom, pixels."""

LADDER = (12, 20, 32, 50, 75, 110)
"""Grey levels by which a region stands out from what surrounds it, at least."""
_NOISY = 1.5  # grey levels
_CLEAR = 7.0  # deviations: a top-hat adds the greatest of many pixels to each


@attrs.frozen(kw_only=True, eq=False)
class ComponentTree:
    """Extremal regions, a row for each; parents stand before their children.

    Parameters
    ----------
    level : ndarray of int64, shape (N,)
        Step of the ladder.
    parent : ndarray of int64, shape (N,)
        Row of the region around it one step lower; -1 on the lowest step.
    peak : ndarray of int64, shape (N,)
        Highest step that anything inside reaches.
    area : ndarray of int64, shape (N,)
        Pixels.
    box : ndarray of int64, shape (N, 4)
        Left, top, right, bottom.
    seed : ndarray of int64, shape (N,)
        One of the pixels, the left end of a run: its place in the flat picture.
    runs : ndarray of int64, shape (N,)
        Pieces that rows of pixels fall into; ``area / runs`` is about the stroke's width.
    light : ndarray of bool, shape (N,)
        Whether it is lighter than what surrounds it.
    """

    level: npt.NDArray[np.int64]
    parent: npt.NDArray[np.int64]
    peak: npt.NDArray[np.int64]
    area: npt.NDArray[np.int64]
    box: npt.NDArray[np.int64]
    seed: npt.NDArray[np.int64]
    runs: npt.NDArray[np.int64]
    light: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.level)

    @property
    def fill(self) -> npt.NDArray[np.float64]:
        """Share of its box that each region covers."""
        width, height = (self.box[:, 2:] - self.box[:, :2]).T
        return np.asarray(self.area / (width * height))


def build_tree(grey: Grey, areas: Sequence[Area | None] | None = None, threads: int = 1) -> ComponentTree:
    """Build the tree of both polarities.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    areas : sequence of (int, int, int, int) or None
        Left, top, right, bottom of the part of the picture that is looked at for each polarity, the darker first; None
        for nothing. All of it, if not given.
    threads : int
        2 builds both polarities at the same time.

    Returns
    -------
    ComponentTree
        All regions that are darker first, then those that are lighter.
    """
    sharp, noise = _quietened(grey)
    lowest = min(sum(threshold < _CLEAR * noise for threshold in LADDER), len(LADDER) - 1)
    whole = 0, 0, grey.shape[1], grey.shape[0]

    def build(light: bool) -> dict[str, npt.NDArray[Any]]:
        left, top, right, bottom = (areas[light] if areas else whole) or (0, 0, 0, 0)
        columns = _of_relief(relief(sharp[top:bottom, left:right], light=light, tables=True), lowest)
        y, x = np.divmod(columns["seed"], max(right - left, 1))
        columns["seed"] = (y + top) * grey.shape[1] + x + left
        columns["box"] += (left, top, left, top)
        return columns

    dark, light = at_once(build, (False, True), threads)
    columns = {name: np.concatenate([dark[name], light[name]]) for name in dark}
    columns["parent"][len(dark["parent"]) :][light["parent"] >= 0] += len(dark["parent"])
    return ComponentTree(**columns, light=np.arange(len(columns["level"])) >= len(dark["level"]))


def _quietened(grey: Grey) -> tuple[Grey, float]:
    """Smooth what is noisy, and give the noise that is left: grey levels, standard deviation.

    References
    ----------
    .. [1] J. Immerkær, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64(2), 1996. The
       median in the mean's place leaves text's edges out.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    bands = [grey[top : top + 8] for top in range(0, grey.shape[0], 64)]
    rough = [np.abs(cv2.filter2D(band, cv2.CV_32F, kernel)) for band in bands if len(band) == 8]
    noise = float(np.median(rough)) / (6 * 0.6745) if rough else 0.0
    if noise < _NOISY:
        return grey, noise
    return cv2.GaussianBlur(grey, (3, 3), 0), 0.45 * noise  # type: ignore[return-value]


def _of_relief(relief: Grey, lowest: int) -> dict[str, npt.NDArray[Any]]:
    if not relief.size:
        relief = np.zeros((1, 1), np.uint8)
    steps: list[dict[str, npt.NDArray[Any]]] = []
    below, first = None, 0
    for level, threshold in list(enumerate(LADDER))[lowest:]:
        _, mask = cv2.threshold(relief, threshold - 1, 255, cv2.THRESH_BINARY)
        found = regions_of(mask)  # type: ignore[arg-type]
        if not len(found) and steps:
            break
        steps.append(
            {
                "level": np.full(len(found), level),
                "parent": np.full(len(found), -1) if below is None else first + below.ravel()[found.seed] - 1,
                "area": found.area,
                "box": found.box,
                "seed": found.seed,
                "runs": found.runs,
            }
        )
        first += len(steps[-2]["level"]) if below is not None else 0
        below = found.labels
    columns = {name: np.concatenate([step[name] for step in steps]) for name in steps[0]}
    columns["peak"] = _peaks(columns["level"], columns["parent"], [len(step["level"]) for step in steps])
    return columns


def _peaks(level: npt.NDArray[np.int64], parent: npt.NDArray[np.int64], sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    peak: npt.NDArray[np.int64] = level.copy()
    ends = list(itertools.accumulate(sizes))
    for start, end in zip(reversed(ends[:-1]), reversed(ends[1:]), strict=True):
        np.maximum.at(peak, parent[start:end], peak[start:end])
    return peak
