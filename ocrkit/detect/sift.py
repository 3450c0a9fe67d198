"""Hold characters against the text map: leave out what is none, and stand in for letters that no region shows."""

from __future__ import annotations

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.detect.characters import Characters
from ocrkit.detect.textmap import CELL

Map = npt.NDArray[np.float32]

_LEAST = 0.12  # probability of text around a letter
_SURE = 0.5  # probability of text where no region shows any
_RIM = 0.25  # heights over and under letters that count as theirs
_REACH = 0.7  # heights: gaps between words are text too
_PIECE = 6  # cells: longer pieces of text stand for several letters, since lines may slant


def sift(characters: Characters, text: Map, size: tuple[int, int]) -> Characters:
    """Leave out characters where there is no text, and add some where there is text without characters.

    Parameters
    ----------
    characters : Characters
    text : ndarray of float32, shape (2, rows, columns)
        As `TextMap` gives it.
    size : (int, int)
        Width and height of the picture.
    """
    kept = take(characters, _greatest(characters, text) >= _LEAST)
    return _joined([kept, *(_missing(kept, text, size, light=light) for light in (False, True))])


def take(characters: Characters, rows: npt.NDArray[np.bool_]) -> Characters:
    return Characters(**{field.name: getattr(characters, field.name)[rows] for field in attrs.fields(Characters)})


def _joined(parts: list[Characters]) -> Characters:
    names = [field.name for field in attrs.fields(Characters)]
    return Characters(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _greatest(characters: Characters, planes: Map) -> npt.NDArray[np.float32]:
    """Give the greatest value in the middle of each character, of the plane of its polarity."""
    left, top, right, bottom = characters.box.T
    best = np.zeros(len(characters), np.float32)
    polarity = characters.light.astype(np.intp)
    rows, columns = planes.shape[1:]
    for across in (0.1, 0.3, 0.5, 0.7, 0.9):
        for down in (0.1, 0.3, 0.5, 0.7, 0.9):
            x = ((left + across * (right - left)) / CELL).astype(np.intp).clip(0, columns - 1)
            y = ((top + down * (bottom - top)) / CELL).astype(np.intp).clip(0, rows - 1)
            best = np.maximum(best, planes[polarity, y, x])
    return best


def _missing(characters: Characters, text: Map, size: tuple[int, int], *, light: bool) -> Characters:
    """Make characters of the pieces of text that no character of this polarity covers."""
    mask = (text[int(light)] >= _SURE).astype(np.uint8)
    own = take(characters, (characters.light == light) & characters.letter)
    tall = own.box[:, 3] - own.box[:, 1]
    reach = tall[:, None] * (-_REACH, -_RIM, _REACH, _RIM) + np.array((-CELL, -CELL, CELL, CELL))
    for x0, y0, x1, y1 in np.round((own.box + reach) / CELL).astype(int).clip(0).tolist():
        mask[y0:y1, x0:x1] = 0
    # cut every so many cells
    mask[:, :: _PIECE + 1] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    x, y, w, h, area = stats[1:].T.astype(np.float64)
    fine = (area >= 3) & (h >= 2) & (area > 0.6 * w * h)
    x, y, w, h = (v[fine] for v in (x, y, w, h))
    box = np.stack([x, y, x + w, y + h], 1) * CELL
    box = np.clip(box, 0, np.array(size + size) - 1)
    many = len(box)
    contrast = np.full(many, np.median(characters.contrast[characters.letter]) if characters.letter.any() else 50.0)
    return Characters(
        box=box,
        stroke=np.full(many, 2.0),
        contrast=contrast,
        light=np.full(many, light),
        letter=np.ones(many, np.bool_),
        apart=np.ones(many),
    )
