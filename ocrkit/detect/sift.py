"""Hold characters against the text map: leave out what is no text, and stand in for text that no region shows.

Print so faint that it falls to dots, letters that touch a rule or a stamp, a colon alone: the map still tells that
there is text, if not where it ends.
"""

from __future__ import annotations

import itertools

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.detect.alone import mended, vouched_for
from ocrkit.detect.characters import Characters
from ocrkit.detect.marks import colons, dashes
from ocrkit.detect.textmap import CELL
from ocrkit.detect.tree import Area

Map = npt.NDArray[np.float32]

_LEAST = 0.12  # probability of text somewhere in a character
_DOUBTFUL = 0.003  # likewise, of one that stands apart in a row with others
_COLUMN = 0.02  # likewise, of columns that are searched: they hold nearly all that are kept, and more is slower
_LIKELY = 0.06  # likewise, of one beside another that is as tall
_SURE = 0.5  # probability of text where no region shows any
_BESIDE = 0.7  # of a letter's height around it is its own text: gaps between words
_ABOVE = 0.25  # likewise, over and under it
_PIECE = 6  # cells: longer pieces of text stand for several characters, since lines may slant
_SMALLEST = 3  # cells
_FULL = 0.6  # of its box: what is left of text around letters is ragged
_WITHIN = (0.1, 0.3, 0.5, 0.7, 0.9)  # of a character's box, where the map is looked at
_AROUND = 64  # pixels around what is likely text: more than a letter, and than what decides how it stands out
_CONTRAST = 50.0  # grey levels, where no letter tells it


def sift(characters: Characters, text: Map, size: tuple[int, int]) -> Characters:
    """Leave out characters where there is no text, and add some where there is text without characters.

    Parameters
    ----------
    characters : Characters
    text : ndarray of float32, shape (2, rows, columns)
        As `TextMap` gives it.
    size : (int, int)
        Width and height of the picture.

    Returns
    -------
    Characters
        Those that were kept, then the new ones.
    """
    likelihood = _likelihood(characters, text)
    sure = likelihood >= _LEAST
    faint, likely = (~sure & (likelihood >= least) for least in (_DOUBTFUL, _LIKELY))
    rescued = vouched_for(characters, faint, likely, sure) | dashes(characters, sure)
    dots = colons(characters, sure)
    characters, rescued = attrs.evolve(characters, letter=characters.letter & ~dots), rescued | dots
    kept = mended(characters.take(sure | rescued), text)
    return Characters.joined([kept, *(_missing(kept, text, size, light=light) for light in (False, True))])


def areas(text: Map, size: tuple[int, int]) -> list[Area | None]:
    """Say where on a picture nearly all characters are that `sift` would keep, for each polarity; None for nowhere.

    Parameters
    ----------
    text : ndarray of float32, shape (2, rows, columns)
    size : (int, int)
        Width and height of the picture.
    """
    found: list[Area | None] = []
    for likelihood in text:
        rows = np.flatnonzero((likelihood >= _LEAST).any(1)) * CELL
        if not len(rows):
            found.append(None)
            continue
        # rows hold doubtful ones that stand apart, too
        level = likelihood[rows[0] // CELL : rows[-1] // CELL + 1]
        columns = np.flatnonzero((level >= _COLUMN).any(0)) * CELL
        left, top = (int(max(ends[0] - _AROUND, 0)) for ends in (columns, rows))
        right, bottom = (
            int(min(ends[-1] + CELL + _AROUND, side)) for ends, side in zip((columns, rows), size, strict=True)
        )
        found.append((left, top, right, bottom))
    return found


def _likelihood(characters: Characters, text: Map) -> npt.NDArray[np.float32]:
    """Give the greatest probability of text within each character, of its own polarity."""
    (left, top), (right, bottom) = characters.box[:, :2].T, characters.box[:, 2:].T
    rows, columns = text.shape[1:]
    xs = [((left + share * (right - left)) / CELL).astype(np.intp).clip(0, columns - 1) for share in _WITHIN]
    ys = [((top + share * (bottom - top)) / CELL).astype(np.intp).clip(0, rows - 1) for share in _WITHIN]
    polarity = characters.light.astype(np.intp)
    return np.max([text[polarity, y, x] for y, x in itertools.product(ys, xs)], axis=0)  # type: ignore[no-any-return]


def _missing(characters: Characters, text: Map, size: tuple[int, int], *, light: bool) -> Characters:
    """Make characters of the pieces of text of a polarity that no letter covers."""
    mask = (text[int(light)] >= _SURE).astype(np.uint8)
    letters = characters.take((characters.light == light) & characters.letter)
    tall = letters.box[:, 3] - letters.box[:, 1]
    around = tall[:, None] * (-_BESIDE, -_ABOVE, _BESIDE, _ABOVE) + (-CELL, -CELL, CELL, CELL)
    for x0, y0, x1, y1 in np.round((letters.box + around) / CELL).astype(int).clip(0).tolist():
        mask[y0:y1, x0:x1] = 0
    mask[:, :: _PIECE + 1] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    left, top, width, height, area = stats[1:].T
    text_like = (area >= _SMALLEST) & (height > 1) & (area > _FULL * width * height)
    box = np.stack([left, top, left + width, top + height], 1)[text_like].astype(np.float64) * CELL
    many = len(box)
    return Characters(
        box=np.minimum(box, (*size, *size)),
        contrast=np.full(many, float(np.median(letters.contrast)) if len(letters) else _CONTRAST),
        light=np.full(many, light),
        letter=np.ones(many, np.bool_),
    )
