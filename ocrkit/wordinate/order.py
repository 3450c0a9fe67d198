"""Reading order: words into rows, rows into columns.

Takes lines as they were detected, gives lines in the order in which people read them. A column is a block of running
text with a gutter beside it that hardly anything crosses, as far as there is running text; everything else, tables and
receipts too, is read row by row, and what stands on one row becomes one line.

References
----------
.. [1] T. M. Breuel, "Two Geometric Algorithms for Layout Analysis", DAS 2002: white gutters as the evidence of columns.
   Ours asks of both sides of a gutter that they are running text, since the gutters of a table part no columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from statistics import median

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.document import Line, Word
from ocrkit.wordinate.direction import levelled

_GAP = 1.2  # heights: words further apart are of different pieces
_GUTTER = 0.7  # heights: no narrower gutter is looked for
_RUNNING = 3  # words of a piece of running text, and such pieces of a column
_MOSTLY = 0.6  # share of a column's pieces that are running text
_CROSSED = 0.3  # share of the pieces that may cross a gutter: headings
_MOST = 60  # gutters that are tried
_TOUCH = 0.3  # heights by which boxes of a row may overlap
_LEVEL = 0.5  # heights by which pieces of one row may be off
# heights: so much paper across the page parts blocks, if it is so many times what is usual between rows
_BLANK, _MORE_THAN_USUAL = 0.8, 1.6
_TABLE = 2  # rows of several pieces


@attrs.frozen(eq=False)
class Piece:
    """Words close together on one line.

    Parameters
    ----------
    words : tuple of Word
    left, right : float
        Ends along the writing.
    middle : float
        Across it.
    height : float
    """

    words: tuple[Word, ...]
    left: float
    right: float
    middle: float
    height: float


def arranged(lines: Sequence[Line]) -> list[Line]:
    """Put lines into reading order, joined where they stand on one row.

    Parameters
    ----------
    lines : sequence of Line

    Returns
    -------
    list of Line
    """
    if not lines:
        return []
    return [Line(words=[word for piece in row for word in piece.words]) for row in _ordered(_pieces(lines))]


def _pieces(lines: Sequence[Line]) -> list[Piece]:
    """Cut lines at wide gaps, measured along the direction that most of the page is written in."""
    words = [word for line in lines for word in line.words]
    corners = np.array([word.quad.points for word in words])
    turned = levelled(corners, np.array([len(word.text) > 1 for word in words]))
    x, middle = turned[..., 0], turned[..., 1].mean(1)
    left, right = x.min(1), x.max(1)
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    begins = np.zeros(len(words), np.bool_)
    begins[np.cumsum([0, *(len(line.words) for line in lines[:-1])])] = True
    begins[1:] |= left[1:] - right[:-1] > _GAP * np.maximum(height[1:], height[:-1])
    firsts = np.flatnonzero(begins)
    ends = [*firsts[1:].tolist(), len(words)]
    lefts, rights = np.minimum.reduceat(left, firsts).tolist(), np.maximum.reduceat(right, firsts).tolist()
    middles, heights = (np.add.reduceat(middle, firsts) / np.diff([*firsts, len(words)])).tolist(), height.tolist()
    return [
        Piece(tuple(words[first:end]), begin, stop, across, median(heights[first:end]))
        for first, end, begin, stop, across in zip(firsts.tolist(), ends, lefts, rights, middles, strict=True)
    ]


def _ordered(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    if len(pieces) < 2 * _RUNNING:
        yield from _rows(pieces)
        return
    above, columns, below = _parted(pieces)
    gutter = _gutter(columns) if len(columns) >= 2 * _RUNNING else None
    if gutter is None:
        yield from _rows(pieces)
        return
    yield from _rows(above)
    yield from _columns(columns, gutter)
    yield from _rows(below)


def _columns(pieces: Sequence[Piece], gutter: float) -> Iterator[list[Piece]]:
    """Read from heading to heading, each with what stands beside it."""
    headings = list(_rows([piece for piece in pieces if piece.left < gutter < piece.right]))
    others = [piece for piece in pieces if not piece.left < gutter < piece.right]
    above = -np.inf
    for heading in headings:
        row = [*heading, *(piece for piece in others if _is_level(piece, heading[0]))]
        others = [piece for piece in others if piece not in row]
        middle = heading[0].middle
        yield from _sides(others, gutter, above, middle)
        yield from _rows(row)
        above = middle
    yield from _sides(others, gutter, above, np.inf)


def _parted(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """Part what may be columns from tables above it and below it, whose rows are read on over any gutter."""
    blocks = _blocks(pieces)
    others = [at for at, block in enumerate(blocks) if not _is_table(block)]
    first, last = (others[0], others[-1] + 1) if others else (0, 0)
    above, columns, below = (
        [piece for block in some for piece in block] for some in (blocks[:first], blocks[first:last], blocks[last:])
    )
    return above, columns, below


def _blocks(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Cut a page at paper that goes from its left to its right and is higher than is usual between rows."""
    order = sorted(pieces, key=lambda piece: piece.middle - piece.height / 2)
    top = np.array([piece.middle - piece.height / 2 for piece in order])
    bottom = np.maximum.accumulate([piece.middle + piece.height / 2 for piece in order])
    paper = top[1:] - bottom[:-1]
    between = paper[paper > 0]
    least = np.median([piece.height for piece in order]) * _BLANK
    if len(between):
        least = max(least, np.median(between) * _MORE_THAN_USUAL)
    ends = (np.flatnonzero(paper > least) + 1).tolist()
    return [order[start:end] for start, end in itertools.pairwise([0, *ends, len(order)])]


def _is_table(block: Sequence[Piece]) -> bool:
    """Say whether a block has rows of several pieces, and no running text."""
    return not any(map(_is_running, block)) and sum(len(row) > 1 for row in _rows(block)) >= _TABLE


def _is_running(piece: Piece) -> bool:
    """Say whether a piece is running text: words, and not the figures and signs of a row of amounts."""
    return sum(any(map(str.isalpha, word.text)) and not _has_figures(word.text) for word in piece.words) >= _RUNNING


def _has_figures(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _sides(pieces: Sequence[Piece], gutter: float, above: float, below: float) -> Iterator[list[Piece]]:
    """Read what stands between two headings, first on the left of a gutter and then on its right."""
    between = [piece for piece in pieces if above <= piece.middle < below]
    yield from _ordered([piece for piece in between if piece.right <= gutter])
    yield from _ordered([piece for piece in between if piece.left >= gutter])


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """Find the gutter with most running text on both of its sides."""
    left, right = np.array([piece.left for piece in pieces]), np.array([piece.right for piece in pieces])
    middle, height = np.array([piece.middle for piece in pieces]), np.array([piece.height for piece in pieces])
    running = np.array([_is_running(piece) for piece in pieces])
    best, merit = None, 0
    for place in _places(left, right, height):
        before, behind = right <= place, left >= place
        crossing = int((~before & ~behind).sum())
        sides = [int((side & running).sum()) for side in (before, behind)]
        columns = all(
            many >= _RUNNING and many >= _MOSTLY * side.sum()
            for many, side in zip(sides, (before, behind), strict=True)
        )
        if not columns or crossing > _CROSSED * (len(pieces) - crossing):
            continue
        shared = min(middle[before].max(), middle[behind].max()) - max(middle[before].min(), middle[behind].min())
        if shared > _RUNNING * np.median(height) and min(sides) - crossing > merit:
            best, merit = place, min(sides) - crossing
    return best


def _places(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], height: npt.NDArray[np.float64]
) -> list[float]:
    """Give the middles of the widest stretches, along the writing, that the fewest pieces cover."""
    ends = np.unique(np.concatenate([left, right]))
    if len(ends) < 2:
        return []
    middles = (ends[1:] + ends[:-1]) / 2
    covered = np.searchsorted(np.sort(left), middles) - np.searchsorted(np.sort(right), middles)
    # a gutter is ragged: what is between its innermost edges may be narrow, so nearly bare stretches are joined
    order = np.lexsort((-(ends[1:] - ends[:-1]), covered))[:_MOST]
    wide = [middles[at] for at in order.tolist() if ends[at + 1] - ends[at] > _GUTTER * np.median(height)]
    return [float(place) for place in wide or middles[order]]


def _rows(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Read from top to bottom, what stands on one row from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        row = next((row for row in reversed(rows[-3:]) if _fits(piece, row)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    for row in rows:
        yield sorted(row, key=lambda piece: piece.left)


def _fits(piece: Piece, row: Sequence[Piece]) -> bool:
    nearest = min(row, key=lambda other: max(other.left - piece.right, piece.left - other.right))
    return _is_level(piece, nearest) and all(_apart(piece, other) for other in row)


def _is_level(one: Piece, two: Piece) -> bool:
    return abs(one.middle - two.middle) < _LEVEL * min(one.height, two.height)


def _apart(one: Piece, two: Piece) -> bool:
    """Say whether pieces stand side by side; boxes of neighbours may touch."""
    return max(one.left - two.right, two.left - one.right) > -_TOUCH * min(one.height, two.height)
