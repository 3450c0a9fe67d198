"""The working image: a page in grey, at the size at which most letters have one height.

The detector searches it, and the orienter looks at pieces of it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.image.regions import regions_of

Grey = npt.NDArray[np.uint8]
"""A grey picture, uint8 (H, W)."""

LETTER = 13.0
"""Pixels: the usual height of letters on the working image."""
_FIRST = 2_000_000  # pixels, of the image on which letters are measured
_MOST = 4_000_000  # pixels of the working image
_LEAST = 5  # pixels: no text is lower
_LARGEST = 2.0  # times, that a page is scaled up
_ENOUGH = 3  # letters, to tell their height from
_SPECK = 0.5  # of the height that a quarter of what is found exceeds: what is lower may be no letters,
_ROUGH = 1.4  # and is none if the others are usually so many times higher: on rough paper, most are specks
_FLAT = 12.0  # grey levels: a page without more contrast is bare
_KERNEL = 41  # pixels: what is wider all over, shadows and paper, is background
_RULE = 51  # pixels: what is longer than this and straight is a rule, no part of a letter


def as_grey(pixels: npt.NDArray[np.uint8]) -> Grey:
    """Give the brightness of a page's pixels."""
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels  # type: ignore[return-value]


def working_image(grey: Grey) -> Grey:
    """Scale a page to the size at which it is searched, at which most letters have the same height.

    Small print needs more pixels or its letters run together; large print needs fewer, and is faster and steadier with
    them: dots of a printer become strokes.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)

    Returns
    -------
    ndarray of uint8, shape (H', W')
        A pixel of what is too low for text: a strip may be any number of pixels long.
    """
    if min(grey.shape) < _LEAST:
        return grey[:1, :1]
    scale = min((_FIRST / grey.size) ** 0.5, 1.0)
    first = _scaled(grey, scale)
    usual = letter_height(first)
    if usual is not None:
        scale = min(scale * LETTER / usual, (_MOST / grey.size) ** 0.5, _LARGEST)
    if min(grey.shape) * scale < _LEAST:
        return grey[:1, :1]
    return first if usual is None else _scaled(grey, scale)


def _scaled(grey: Grey, scale: float) -> Grey:
    height, width = grey.shape
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if size == (width, height):
        return grey
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=interpolation)  # type: ignore[return-value]


def letter_height(grey: Grey) -> float | None:
    """Guess the usual height of letters, in pixels; None for a page that seems to have none.

    Half of the strongest relief of the page cuts out most letters, of which only the median matters; but not if most of
    what it cuts out are specks.
    """
    likely = [_letter_heights(relief(grey, light=light)) for light in (False, True)]
    heights = max(likely, key=len)
    if len(heights) < _ENOUGH:
        return None
    usual, higher = np.median(heights), np.median(heights[heights >= _SPECK * np.percentile(heights, 75)])
    return float(higher if higher > _ROUGH * usual else usual)


def _letter_heights(relief: Grey) -> npt.NDArray[np.int64]:
    strongest = float(np.percentile(relief[::4, ::4], 98))
    _, mask = cv2.threshold(relief, max(0.5 * strongest, _FLAT), 255, cv2.THRESH_BINARY)
    found = regions_of(mask)  # type: ignore[arg-type]
    (wide, tall), area = (found.box[:, 2:] - found.box[:, :2]).T, found.area
    likely = (tall >= 4) & (wide < 3 * tall) & (tall < 6 * wide) & (area < 0.8 * wide * tall)
    heights: npt.NDArray[np.int64] = tall[likely]
    return heights


def relief(grey: Grey, *, light: bool, tables: bool = False) -> Grey:
    """Say by how much each pixel is darker, or lighter, than what surrounds it, long straight rules left out.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    light : bool
        Lighter.
    tables : bool
        Leave out the rules of tables, too: rules that cross part each other into pieces, which are no longer than
        letters if those across are taken away first.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    if not grey.size:
        return grey
    operation = cv2.MORPH_TOPHAT if light else cv2.MORPH_BLACKHAT
    raw = cv2.morphologyEx(grey, operation, np.ones((_KERNEL, _KERNEL), np.uint8))
    across_first = _without(_without(raw, 1, _RULE), _RULE, 1)
    return cv2.min(across_first, _without(_without(raw, _RULE, 1), 1, _RULE)) if tables else across_first  # type: ignore[return-value]


def _without(relief: Any, rows: int, columns: int) -> Grey:
    """Take away what is at least so high and wide."""
    return cv2.subtract(relief, cv2.morphologyEx(relief, cv2.MORPH_OPEN, np.ones((rows, columns), np.uint8)))  # type: ignore[return-value]
