"""Put the windows of a line together: what neighbours show both is read twice, and kept once.

Takes regions and their readings, gives the characters of each line. Where two windows agree on a character in what they
share, the line goes over from one to the other there. Where they agree on none, or share nothing, it has a seam, and
somebody who looks at the pixels must say whether a word goes on over it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from ocrkit.spec import Reading, Region

_SAME_PLACE = 0.3  # heights of the window, within which two readings of a character may lie


@attrs.frozen
class Glyph:
    """A character that was read, and where.

    Parameters
    ----------
    text : str
        One character, which may be a space.
    window : int
        Number of the window.
    start, end : float
        Pixels of the window, from its left.
    place : float
        Pixels along the line, of its middle.
    confidence : float
        Probability in [0, 1].
    """

    text: str
    window: int
    start: float
    end: float
    place: float
    confidence: float


def stitch(regions: Sequence[Region], readings: Sequence[Reading]) -> Iterator[list[list[Glyph]]]:
    """Stitch the windows of each line.

    Parameters
    ----------
    regions : sequence of Region
        Line by line, each from left to right.
    readings : sequence of Reading
        One for each region.

    Yields
    ------
    list of list of Glyph
        A line with text: its runs of characters, which are parted by seams.
    """
    for _, numbers in itertools.groupby(range(len(regions)), key=lambda number: regions[number].line):
        runs: list[list[Glyph]] = []
        first = None
        for number in numbers:
            region = regions[number]
            first = first or region
            begin = _along(region, first)
            found = _glyphs(number, readings[number], region.size[0], begin)
            if found and not (runs and region.overlap and _merged(runs, found, region, begin)):
                runs.append(found)
        runs = [run for run in runs if run]
        if runs:
            yield runs


def _along(region: Region, first: Region) -> float:
    """Say how many pixels (of windows) along the line a window begins behind the first one."""
    own, origin = np.array(region.to_page.matrix), np.array(first.to_page.matrix)
    return float((own[:2, 2] - origin[:2, 2]) @ origin[:2, 0] / (origin[:2, 0] @ origin[:2, 0]))


def _glyphs(number: int, reading: Reading, width: int, begin: float) -> list[Glyph]:
    return [
        Glyph(text, number, start * width, end * width, begin + (start + end) / 2 * width, confidence)
        for text, (start, end), confidence in zip(reading.text, reading.spans, reading.confidences, strict=True)
    ]


def _merged(runs: list[list[Glyph]], found: list[Glyph], region: Region, begin: float) -> bool:
    """Go over into the next window where both say the same; otherwise drop what lies beyond the middle on each side."""
    width, height = region.size
    middle = begin + region.overlap * width / 2
    reach = region.overlap * width / 2 + _SAME_PLACE * height
    run = runs[-1]
    near = [at for at, glyph in enumerate(run) if abs(glyph.place - middle) < reach]
    pairs = [
        (abs(run[at].place - middle) + abs(run[at].place - glyph.place), at, other)
        for at in near
        for other, glyph in enumerate(found)
        if glyph.text == run[at].text and abs(glyph.place - run[at].place) < _SAME_PLACE * height
    ]
    if pairs:
        _, at, other = min(pairs)
        surer = run[at].confidence > found[other].confidence
        run[at:] = [run[at], *found[other + 1 :]] if surer else found[other:]
        return True
    run[:] = [glyph for glyph in run if glyph.place < middle]
    found[:] = [glyph for glyph in found if glyph.place >= middle]
    return not found
