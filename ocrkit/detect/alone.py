"""Doubtful letters that others vouch for, and letters that stand alone, such as a digit in a table's cell.

Takes a table of characters and the text map. A 1 between rules looks like one of them, so that the map doubts it; and a
digit in faint print falls to pieces, none of which is high enough to make a line. Where there are neighbours they make
the line, and pieces and doubtful strokes matter little.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import tilted
from ocrkit.detect.characters import Characters
from ocrkit.detect.lines import GLYPHS
from ocrkit.detect.links import among, chains, field, gaps, link, portions
from ocrkit.detect.textmap import CELL

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Map = npt.NDArray[np.float32]

_ROW = 0.5, 40.0  # heights from one that stands alone to another of its row: farther than in a word
_ALIKE = 1.35  # times as tall, at most, are those of one row
_LEVEL = 0.25  # heights by which their middles are apart, at most
_CONTRAST = 0.6, 1.6  # times theirs is its contrast
_USUAL = 0.75, 2.0  # times the usual height of letters is its own: lower ones are mostly dirt, higher ones of pictures
_TWIN_AWAY, _TWIN_LEVEL, _TWIN_ALIKE = 0.35, 0.07, 1.1  # how far, off level and unlike are letters side by side
_ALONE = 1.5  # heights around one in pieces, in which no letter is
_APART = 7.0  # pixels from a piece to the next below it, at most
_INTO = 2.0  # pixels by which one may reach into the other
_SHARED = 0.5  # of the narrower piece's width that both have
_PIECE = 0.72  # of the letter's height, at most: an i without its dot is whole
_LOWEST, _TALLEST = 5.0, 22.0  # pixels of a mended letter
_TEXT = 0.3  # probability of text between pieces


def vouched_for(characters: Characters, faint: Booleans, likely: Booleans, sure: Booleans) -> Booleans:
    """Say for which of the doubtful letters a sure one of their row and polarity vouches.

    Those of which the map sees next to nothing must stand apart, as tall as most of the page and as dark as that one;
    the others stand close by one as tall: of a word in a face that it hardly knows, it may be sure of a few letters.

    Parameters
    ----------
    characters : Characters
    faint, likely, sure : ndarray of bool, shape (N,)
        Parts of them: those that the map hardly sees, doubts, and vouches for itself. The first two may overlap.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    found = np.zeros(len(characters), np.bool_)
    tall = characters.box[:, 3] - characters.box[:, 1]
    for polarity in (False, True):
        own = characters.letter & (characters.light == polarity)
        vouching = characters.take(own & sure)
        if not len(vouching):
            continue
        low, high = np.multiply(_USUAL, np.median(tall[own & sure]))
        usual = faint & (low <= tall) & (tall <= high)
        rows = np.flatnonzero(own & (usual | likely))
        if not len(rows):
            continue
        plane = field(vouching.box, link(tilted(vouching.box, np.zeros(len(vouching))), GLYPHS))
        for some in portions(rows, len(vouching)):
            off, ratio, away, contrast = _compared(characters.take(some), vouching, plane)
            found[some] = usual[some] & _stands_apart(off, ratio, away, contrast)
            found[some] |= likely[some] & _has_a_twin(off, ratio, away)
    return found


def _compared(some: Characters, others: Characters, plane: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Compare letters with others.

    Returns
    -------
    tuple of ndarray, each of shape (letters, others)
        How far their middles lie above or below each other, along the direction of writing, in heights of the letter;
        how many times as tall the taller one is; the gap between them, in the same heights; the letter's contrast as a
        share of the other's.
    """
    box, theirs = some.box[:, None], others.box
    tall, other_tall = (b[..., 3] - b[..., 1] for b in (box, theirs))
    x, y = ((box[..., at] + box[..., at + 2] + theirs[:, at] + theirs[:, at + 2]) / 4 for at in (0, 1))
    across, down = ((box[..., at] + box[..., at + 2] - theirs[:, at] - theirs[:, at + 2]) / 2 for at in (0, 1))
    off = np.abs(down - (plane[0] + plane[1] * x + plane[2] * y) * across) / tall
    ratio = np.maximum(tall, other_tall) / np.minimum(tall, other_tall)
    return off, ratio, gaps(box, theirs) / tall, some.contrast[:, None] / others.contrast


def _stands_apart(off: Floats, ratio: Floats, away: Floats, contrast: Floats) -> Booleans:
    alike = (off <= _LEVEL) & (ratio <= _ALIKE)
    vouches = alike & (away <= _ROW[1]) & (_CONTRAST[0] <= contrast) & (contrast <= _CONTRAST[1])
    return np.asarray(vouches.any(1) & ~(alike & (away < _ROW[0])).any(1))


def _has_a_twin(off: Floats, ratio: Floats, away: Floats) -> Booleans:
    return np.asarray(((off <= _TWIN_LEVEL) & (ratio <= _TWIN_ALIKE) & (away <= _TWIN_AWAY)).any(1))


def mended(characters: Characters, text: Map) -> Characters:
    """Put the pieces of letters that stand alone together.

    Parameters
    ----------
    characters : Characters
    text : ndarray of float32, shape (2, rows, columns)
        As `TextMap` gives it.

    Returns
    -------
    Characters
        Those that are whole, in their order, then those that were put together.
    """
    box, light = characters.box, characters.light
    letter = chains(_below(characters, text))
    first, pieces = np.unique(letter, return_index=True, return_counts=True)[1:]
    whole = box[first]
    np.minimum.at(whole[:, :2], letter, box[:, :2])
    np.maximum.at(whole[:, 2:], letter, box[:, 2:])
    tall, tallest = whole[:, 3] - whole[:, 1], np.zeros(len(whole))
    np.maximum.at(tallest, letter, box[:, 3] - box[:, 1])
    broken = (pieces > 1) & (tall <= _TALLEST) & (tallest >= _LOWEST) & (tallest <= _PIECE * tall)
    middle = (box[:, 1] + box[:, 3]) / 2
    for some in portions(np.flatnonzero(broken), len(box)):
        own = whole[some, None]
        level = (own[..., 1] < middle) & (middle < own[..., 3]) & (gaps(own, box) < _ALONE * tall[some, None])
        others = characters.letter & (light == light[first[some], None]) & (letter != some[:, None])
        broken[some] = ~(level & others).any(1)
    put_together = attrs.evolve(
        characters.take(first[broken]), box=whole[broken], letter=np.ones(broken.sum(), np.bool_)
    )
    return Characters.joined([characters.take(~broken[letter]), put_together])


def _below(characters: Characters, text: Map) -> Rows:
    """Find the nearest piece below each, where the map sees text between them; -1 where there is none."""
    box, light = characters.box, characters.light
    order = np.argsort(box[:, 1], kind="stable")
    begin, end = (np.searchsorted(box[order, 1], box[:, 3] + room) for room in (-_INTO, _APART))
    upper, lower = among(order, begin, end)
    left, right = np.maximum(box[upper, 0], box[lower, 0]), np.minimum(box[upper, 2], box[lower, 2])
    narrower = np.minimum(box[upper, 2] - box[upper, 0], box[lower, 2] - box[lower, 0])
    x, y = ((v / (2 * CELL)).astype(np.intp) for v in (left + right, box[upper, 3] + box[lower, 1]))
    seen = text[light[upper].astype(np.intp), y.clip(0, text.shape[1] - 1), x.clip(0, text.shape[2] - 1)]
    fits = (light[upper] == light[lower]) & (box[lower, 1] > box[upper, 1]) & (seen >= _TEXT)
    fits &= (right - left >= _SHARED * narrower) & (box[lower, 3] - box[upper, 1] <= _TALLEST)
    upper, lower = upper[fits], lower[fits]
    nearest = np.lexsort((box[lower, 1], upper))
    upper, chosen = np.unique(upper[nearest], return_index=True)
    after = np.full(len(box), -1, np.intp)
    after[upper] = lower[nearest][chosen]
    return after
