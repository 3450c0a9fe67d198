"""Marks that stand apart and are text all the same: dashes in a row, and colons.

The text map sees no more of them than of broken rules and specks; letters beside them vouch for them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import tilted
from ocrkit.detect.characters import Characters
from ocrkit.detect.links import MOST, LinkSettings, among, chains, gaps, link, portions

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_FLAT = 1.5  # times as wide as high is a dash
_BESIDE = 0.8  # of a letter's height from it begins a row of dashes
_LEVEL = 0.25  # of a letter's height, from its middle
_MOST_DASHES = 16  # of a row; rules have more
DASHES = LinkSettings(gap=4.0, overlap=0.2, ratio=2.1, shared=0.4)
"""Dashes side by side; they are a few pixels high, so that a pixel is much."""
_DOT = 12.0  # pixels: the dots of a colon are smaller,
_ROUND, _GRID = 1.7, 1.5  # and their sides differ by this ratio at most, or by so many pixels
_COLON = (2.0, 6.0)  # sizes of its dots from one's middle to the other's
_PLUMB = 0.2  # of the distance between its dots, by which one may stand aside
_LETTER = (1.2, 2.6)  # times the distance between its dots is the height of the letters beside it
_ASIDE, _OVER = 0.6, 0.25  # of that distance, beside it, and above and below it: no other dot is there
_PARTNERS = 2  # at most, with which a dot could make a colon
_CLOSE = 1.6  # of the letters' heights it is from one of them, at most,
_OUT = 0.15  # and so much higher or lower


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
            beside[some] = (level & (gaps(box[some, None], others) <= _BESIDE * tall)).any(1)
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
            beside = (times >= _LETTER[0]) & (times <= _LETTER[1]) & (gaps(one, letters) <= _CLOSE * tall)
            beside &= (one[..., 1] >= letters[:, 1] - _OUT * tall) & (two[..., 3] <= letters[:, 3] + _OUT * tall)
            pairs = some[beside.any(1)]
            found[dots[upper[pairs]]] = found[dots[lower[pairs]]] = True
    return found


def _like(longer: Floats, shorter: Floats) -> Booleans:
    """Say which lengths of a few pixels may be equal, but for the grid."""
    return np.asarray((longer <= _ROUND * shorter) | (longer - shorter <= _GRID))


def _stacked(box: Floats) -> tuple[Rows, Rows]:
    """Find the pairs of like dots that stand one above the other as a colon's do, with no other dot around them."""
    x, y = (box[:, :2] + box[:, 2:]).T / 2
    size = (box[:, 2:] - box[:, :2]).max(1)
    order = np.argsort(x, kind="stable")
    begin, end = (np.searchsorted(x[order], x + side * _PLUMB * _COLON[1] * size) for side in (-1, 1))
    upper, lower = among(order, begin, end)
    apart, larger, smaller = y[lower] - y[upper], *(f(size[upper], size[lower]) for f in (np.maximum, np.minimum))
    fits = (apart >= _COLON[0] * larger) & (apart <= _COLON[1] * smaller) & _like(larger, smaller)
    fits &= np.abs(x[lower] - x[upper]) <= np.maximum(_PLUMB * apart, 1)
    # a halftone's dots have many partners
    partners = np.bincount(np.concatenate([upper[fits], lower[fits]]), minlength=len(box))
    fits &= (partners[upper] <= _PARTNERS) & (partners[lower] <= _PARTNERS)
    upper, lower, apart = upper[fits], lower[fits], apart[fits]
    if len(upper) * len(box) > 100 * MOST:  # noise, which takes a second to look through
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    alone = np.zeros(len(upper), np.bool_)
    for some in portions(np.arange(len(upper)), len(box)):
        one, two, room = upper[some, None], lower[some, None], apart[some, None]
        near = np.abs(x - (x[one] + x[two]) / 2) <= _ASIDE * room
        alone[some] = (near & (y >= y[one] - _OVER * room) & (y <= y[two] + _OVER * room)).sum(1) == 2
    return upper[alone], lower[alone]
