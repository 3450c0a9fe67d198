"""Doubtful letters that others vouch for, and letters that stand alone, such as a digit in a table's cell.

Takes a table of characters and the text map. A 1 between rules looks like one of them, so that the map doubts it; and a
digit in faint print falls to pieces, none of which is high enough to make a line. Where there are neighbours they make
the line, and pieces and doubtful strokes matter little.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import tilted
from ocrkit.detect.characters import Characters
from ocrkit.detect.links import LinkSettings, chains, link, portions
from ocrkit.detect.textmap import CELL

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Map = npt.NDArray[np.float32]

_ALONE = 1.5  # heights around one that stands alone, in which no letter is
_ROW = 40.0  # heights from one to another of its row, at most
_ALIKE = 1.35  # times as tall, at most, are those of one row
_LEVEL = 0.25  # heights by which their middles are apart, at most
_TWIN_AWAY, _TWIN_LEVEL, _TWIN_ALIKE = 0.35, 0.07, 1.1  # likewise, of letters side by side
_APART = 7.0  # pixels from a piece to the next below it, at most
_INTO = 2.0  # pixels by which one may reach into the other
_SHARED = 0.5  # of the narrower piece's width that both have
_PIECE = 0.72  # of the letter's height, at most: an i without its dot is whole
_LOWEST, _TALLEST = 5.0, 22.0  # pixels of a mended letter
_TEXT = 0.3  # probability of text between pieces
_FLAT = 1.5  # times as wide as high is a dash
_BESIDE = 0.8  # of a letter's height from it begins a row of dashes
_NOISE = 500_000  # pairs of pieces: on no page do so many lie below one another
_MOST_DASHES = 16  # of a row; rules have more
DASHES = LinkSettings(gap=4.0, overlap=0.2, ratio=2.1, shared=0.4)
"""Dashes side by side; they are a few pixels high, so that a pixel is much."""
_DOT = 12.0  # pixels: the dots of a colon are smaller,
_ROUND, _GRID = 1.7, 1.5  # and their sides differ by this ratio at most, or by so many pixels
_COLON = (2.0, 6.0)  # sizes of its dots from one's middle to the other's
_PLUMB = 0.2  # of that distance, by which one may stand aside
_PARTNERS = 2  # at most, with which a dot could make a colon
_LETTER = (1.2, 2.6)  # times that distance is the height of the letters beside it
_CLOSE = 1.6  # of their heights it is from one of them, at most,
_OUT = 0.15  # and so much higher or lower
_ASIDE, _OVER = 0.6, 0.25  # of its distance, beside it and above it: no other dot is there


def in_row(characters: Characters, doubtful: Booleans, sure: Booleans) -> Booleans:
    """Say which of the doubtful letters stand alone, level with a sure one that is about as tall.

    Parameters
    ----------
    characters : Characters
    doubtful, sure : ndarray of bool, shape (N,)
        Parts of them.

    Returns
    -------
    ndarray of bool, shape (N,)
    """

    def stands_alone(off: Floats, ratio: Floats, away: Floats) -> Booleans:
        alike = (off <= _LEVEL) & (ratio <= _ALIKE)
        return np.asarray((alike & (away <= _ROW)).any(1) & ~(alike & (away < _ALONE)).any(1))

    return _vouched_for(characters, doubtful, sure, stands_alone)


def beside_twins(characters: Characters, doubtful: Booleans, sure: Booleans) -> Booleans:
    """Say which of the doubtful letters stand close by a sure one, level with it and as tall.

    Of a word in a face that the map hardly knows, it may be sure of some letters only. Takes and gives what `in_row`
    does.
    """

    def has_a_twin(off: Floats, ratio: Floats, away: Floats) -> Booleans:
        return np.asarray(((off <= _TWIN_LEVEL) & (ratio <= _TWIN_ALIKE) & (away <= _TWIN_AWAY)).any(1))

    return _vouched_for(characters, doubtful, sure, has_a_twin)


def _vouched_for(
    characters: Characters, doubtful: Booleans, sure: Booleans, rule: Callable[[Floats, Floats, Floats], Booleans]
) -> Booleans:
    """Say for which of the doubtful letters the sure ones of their polarity vouch.

    Parameters
    ----------
    characters : Characters
    doubtful, sure : ndarray of bool, shape (N,)
        Parts of them.
    rule : callable
        Takes, for some doubtful letters and all sure ones, how far their middles lie above or below each other, in
        heights of the doubtful one; how many times as tall the taller one is; and the gap between them, in the same
        heights. Says which of the doubtful ones pass.
    """
    found = np.zeros(len(characters), np.bool_)
    for polarity in (False, True):
        own = characters.letter & (characters.light == polarity)
        rows, others = np.flatnonzero(own & doubtful), characters.box[own & sure]
        theirs = others[:, 3] - others[:, 1]
        for some in portions(rows, len(others)):
            box = characters.box[some, None]
            tall = box[..., 3] - box[..., 1]
            off = np.abs(box[..., 1] + box[..., 3] - others[:, 1] - others[:, 3]) / (2 * tall)
            ratio = np.maximum(tall, theirs) / np.minimum(tall, theirs)
            found[some] = rule(off, ratio, _gaps(box, others) / tall)
    return found


def dashes(characters: Characters, sure: Booleans) -> Booleans:
    """Say which doubtful marks are dashes in a row that begins or ends beside a sure letter, at its middle.

    The days of a week in a schedule are told by them; far from letters they look like a broken rule.

    Parameters
    ----------
    characters : Characters
    sure : ndarray of bool, shape (N,)

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    found = np.zeros(len(characters), np.bool_)
    width, height = (characters.box[:, 2:] - characters.box[:, :2]).T
    flat = ~characters.letter & (width >= _FLAT * height)
    for polarity in (False, True):
        own = characters.light == polarity
        rows = np.flatnonzero(own & flat)
        if sure[rows].all():
            continue
        box = characters.box[rows]
        chain = chains(link(tilted(box, np.zeros(len(box))), DASHES))
        many = np.bincount(chain)
        others = characters.box[own & sure & characters.letter]
        beside = np.zeros(len(rows), np.bool_)
        middle = (box[:, 1] + box[:, 3]) / 2
        for some in portions(np.arange(len(rows)), len(others)):
            tall = others[:, 3] - others[:, 1]
            level = np.abs(middle[some, None] - (others[:, 1] + others[:, 3]) / 2) <= _LEVEL * tall
            beside[some] = (level & (_gaps(box[some, None], others) <= _BESIDE * tall)).any(1)
        kept = (np.bincount(chain, beside) > 0) & (many <= _MOST_DASHES)
        found[rows] = kept[chain]
    return found & ~sure


def colons(characters: Characters, sure: Booleans) -> Booleans:
    """Say which small marks are dots of a colon that stands beside a sure letter, with no other dots around it.

    Of a colon with room on both sides the map sees no more than of specks. Takes and gives what `dashes` does, but for
    dots that are sure: those are told, too.
    """
    found = np.zeros(len(characters), np.bool_)
    sides = characters.box[:, 2:] - characters.box[:, :2]
    small = (sides.max(1) <= _DOT) & _like(sides.max(1), sides.min(1))
    for polarity in (False, True):
        own = characters.light == polarity
        dots = np.flatnonzero(own & small)
        upper, lower = _stacked(characters.box[dots])
        letters = characters.box[own & sure & characters.letter & ~small]
        tall = letters[:, 3] - letters[:, 1]
        for some in portions(np.arange(len(upper)), len(letters)):
            one, two = characters.box[dots[upper[some]], None], characters.box[dots[lower[some]], None]
            times = 2 * tall / (two[..., 1] + two[..., 3] - one[..., 1] - one[..., 3])
            beside = (times >= _LETTER[0]) & (times <= _LETTER[1]) & (_gaps(one, letters) <= _CLOSE * tall)
            beside &= (one[..., 1] >= letters[:, 1] - _OUT * tall) & (two[..., 3] <= letters[:, 3] + _OUT * tall)
            pairs = some[beside.any(1)]
            found[dots[upper[pairs]]] = found[dots[lower[pairs]]] = True
    return found


def _like(longer: Floats, shorter: Floats) -> Booleans:
    """Say which lengths of a few pixels may be equal, but for the grid."""
    return np.asarray((longer <= _ROUND * shorter) | (longer - shorter <= _GRID))


def _pairs(order: Rows, begin: Rows, end: Rows) -> tuple[Rows, Rows]:
    """Pair each row with those that stand in `order` from its `begin` to before its `end`; none, if they are noise."""
    many = end - begin
    if many.sum() > _NOISE:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    one = np.repeat(np.arange(len(order)), many)
    return one, order[np.arange(len(one)) - np.repeat(np.cumsum(many) - many - begin, many)]


def _stacked(box: Floats) -> tuple[Rows, Rows]:
    """Find the pairs of like dots that stand one above the other as a colon's do, with no other dot around them."""
    x, y = (box[:, :2] + box[:, 2:]).T / 2
    size = (box[:, 2:] - box[:, :2]).max(1)
    order = np.argsort(x, kind="stable")
    begin, end = (np.searchsorted(x[order], x + side * _PLUMB * _COLON[1] * size) for side in (-1, 1))
    upper, lower = _pairs(order, begin, end)
    apart, larger, smaller = y[lower] - y[upper], *(f(size[upper], size[lower]) for f in (np.maximum, np.minimum))
    fits = (apart >= _COLON[0] * larger) & (apart <= _COLON[1] * smaller) & _like(larger, smaller)
    fits &= np.abs(x[lower] - x[upper]) <= np.maximum(_PLUMB * apart, 1)
    # a halftone's dots have many partners
    partners = np.bincount(np.concatenate([upper[fits], lower[fits]]), minlength=len(box))
    fits &= (partners[upper] <= _PARTNERS) & (partners[lower] <= _PARTNERS)
    upper, lower, apart = upper[fits], lower[fits], apart[fits]
    if len(upper) * len(box) > 100 * _NOISE:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    alone = np.zeros(len(upper), np.bool_)
    for some in portions(np.arange(len(upper)), len(box)):
        one, two, room = upper[some, None], lower[some, None], apart[some, None]
        near = np.abs(x - (x[one] + x[two]) / 2) <= _ASIDE * room
        alone[some] = (near & (y >= y[one] - _OVER * room) & (y <= y[two] + _OVER * room)).sum(1) == 2
    return upper[alone], lower[alone]


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
        level = (own[..., 1] < middle) & (middle < own[..., 3]) & (_gaps(own, box) < _ALONE * tall[some, None])
        others = characters.letter & (light == light[first[some], None]) & (letter != some[:, None])
        broken[some] = ~(level & others).any(1)
    put_together = attrs.evolve(
        characters.take(first[broken]), box=whole[broken], letter=np.ones(broken.sum(), np.bool_)
    )
    return Characters.joined([characters.take(~broken[letter]), put_together])


def _gaps(one: Floats, other: Floats) -> Floats:
    """Give the horizontal gaps between boxes, less than 0 where they overlap."""
    return np.asarray(np.maximum(other[..., 0] - one[..., 2], one[..., 0] - other[..., 2]))


def _below(characters: Characters, text: Map) -> Rows:
    """Find the nearest piece below each, where the map sees text between them; -1 where there is none."""
    box, light = characters.box, characters.light
    order = np.argsort(box[:, 1], kind="stable")
    begin, end = (np.searchsorted(box[order, 1], box[:, 3] + room) for room in (-_INTO, _APART))
    upper, lower = _pairs(order, begin, end)
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
