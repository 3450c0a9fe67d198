"""How askew a page is, told by its spectrum, and the page made level.

Lines of text, and the stems of letters across them, are a grating: whatever their place, their power lies along two
axes of the spectrum, which turn as the page does. So no line need be found first, and it does not matter which of the
four sides is up.
"""

from __future__ import annotations

import functools
from math import radians
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.geometry import Homography
from ocrkit.image.working import LETTER, Grey, letter_height

_BLOCK = 256  # pixels of a block's sides, of an image of half the working size: smaller ones tell no small angles
_MOST = 6  # blocks that are looked at: those with the strongest contrast
_PAPER = 20.0  # grey levels: a block of less contrast counts for less
_FARTHEST = 20.0  # degrees
_STEP = 0.5  # degrees from one angle that is tried to the next
_REACH = 1.5  # degrees to either side that count for an angle
_AROUND = 6  # steps to either side of the strongest angle, whose mean is taken
_BAND = 0.08, 0.25  # cycles a pixel: lines and stems, neither shadows nor grain
_LEVEL = 1.0  # degrees: no page is more level
_CLEAR = 1.25  # times the power of a level page's angles, that an angle must have
_LEAST = 2.0  # degrees: less does not trouble whoever looks for lines
_GROWN = 2.0  # times the pixels that a page may have with the corners that turning it adds

_NEARER = 1.25  # times that a level page may be scaled up


@attrs.frozen(kw_only=True, eq=False)
class Level:
    """A working image with its lines level.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    to_page : Homography
        From its pixels to the page's.
    """

    grey: Grey
    to_page: Homography

    def shrunk(self, times: float) -> Level:
        """Make it so many times smaller."""
        rows, columns = self.grey.shape
        size = max(round(columns / times), 1), max(round(rows / times), 1)
        small: Any = cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)
        return Level(grey=small, to_page=self.to_page @ Homography(np.diag([columns / size[0], rows / size[1], 1.0])))


def level(working: Grey, width: int, height: int) -> Level:
    """Make a page level, to look for text on it: one that is nearly so stays as it is.

    Parameters
    ----------
    working : ndarray of uint8, shape (H, W)
    width, height : int
        Pixels of the page.

    Returns
    -------
    Level
    """
    rows, columns = working.shape
    to_page = Homography(np.diag([width / columns, height / rows, 1.0]))
    skew = skew_of(working)
    if abs(skew) < _LEAST:
        return Level(grey=working, to_page=to_page)
    # boxes of askew letters are too high, so the working image is too small
    turn, size = _turning(columns, rows, skew, 1.0)
    if size[0] * size[1] > _GROWN * working.size:  # a long strip would grow beyond measure
        return Level(grey=working, to_page=to_page)
    usual = letter_height(_warped(working, turn, size))
    scale = float(np.clip(LETTER / usual, 1, _NEARER)) if usual else 1.0
    turn, size = _turning(columns, rows, skew, scale)
    return Level(grey=_warped(working, turn, size), to_page=to_page @ Homography(turn).inverse())


def _turning(columns: int, rows: int, skew: float, scale: float) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """Give the matrix that makes a picture level, and the size of what holds all of it then."""
    cos, sin = scale * np.cos(radians(abs(skew))), scale * np.sin(radians(abs(skew)))
    width, height = round(columns * cos + rows * sin), round(columns * sin + rows * cos)
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((columns / 2, rows / 2), skew, scale)  # by `skew` counter-clockwise
    turn[:2, 2] += (width - columns) / 2, (height - rows) / 2
    return turn, (width, height)


def _warped(working: Grey, turn: npt.NDArray[np.float64], size: tuple[int, int]) -> Grey:
    return cv2.warpAffine(working, turn[:2], size, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def skew_of(working: Grey) -> float:
    """Guess by how much a page's lines are askew.

    Parameters
    ----------
    working : ndarray of uint8, shape (H, W)
        Most of its letters some 13 pixels high.

    Returns
    -------
    float
        Degrees clockwise, from -20 to 20; 0 for a page without clear lines.
    """
    blocks = _blocks(working)
    contrast = blocks[:, ::4, ::4].std((1, 2))
    blocks = blocks[np.argsort(-contrast, kind="stable")[:_MOST]].astype(np.float32)
    hann = np.hanning(_BLOCK).astype(np.float32)
    shown = (blocks - blocks.mean((1, 2), keepdims=True)) * hann * hann[:, None]
    power = np.abs(np.fft.rfft2(shown)) ** 2
    power /= power.sum((1, 2), keepdims=True) + (_PAPER * _BLOCK) ** 2  # a picture is no more than a paragraph
    angles, weights = _angles()
    strength = weights @ power.sum(0).ravel()
    best = int(strength.argmax())
    level = strength[np.abs(angles) <= _LEVEL].max()
    if strength[best] <= _CLEAR * level:
        return 0.0
    around = slice(max(best - _AROUND, 0), best + _AROUND + 1)  # a spectrum has few frequencies, so peaks are ragged
    above = strength[around] - strength[around].min()
    return float(angles[around] @ above / above.sum())


def _blocks(working: Grey) -> npt.NDArray[np.uint8]:
    """Cut an image of half the size into squares, shape (N, _BLOCK, _BLOCK)."""
    size = max(working.shape[1] // 2, 1), max(working.shape[0] // 2, 1)
    half = cv2.resize(working, size, interpolation=cv2.INTER_AREA)
    half = np.pad(half, [(0, -length % _BLOCK if length < _BLOCK else 0) for length in half.shape], "edge")
    rows, columns = (np.linspace(0, length - _BLOCK, -(-length // _BLOCK)).astype(int) for length in half.shape)
    return np.stack([half[y : y + _BLOCK, x : x + _BLOCK] for y in rows for x in columns])


@functools.cache
def _angles() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give the angles that are tried, and how much each frequency counts for each of them."""
    down, across = np.meshgrid(np.fft.fftfreq(_BLOCK), np.fft.rfftfreq(_BLOCK), indexing="ij")
    frequency = np.hypot(down, across).ravel()
    turn = np.degrees(np.arctan2(-across, down)).ravel()
    turn = (turn + 45) % 90 - 45  # along lines or across them
    angles = np.arange(-_FARTHEST, _FARTHEST + _STEP, _STEP)
    near = np.maximum(1 - np.abs(turn - angles[:, None]) / _REACH, 0)
    near *= frequency * ((frequency > _BAND[0]) & (frequency < _BAND[1]))
    return angles, near / near.sum(1, keepdims=True)
