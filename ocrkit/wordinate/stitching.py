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
import numpy.typing as npt

from ocrkit.spec import Reading, Region

_SAME_PLACE = 0.4  # heights of the window, within which two readings of a character may lie
_JOINED = 2.0  # heights by which pieces of a line may overlap at their ends
_LEVEL = 0.25  # heights by which one may be higher than the other
_ALIKE = 0.3  # logarithm of their heights' ratio
_APART = 3.0  # how much more that counts than the distance from the middle
_PAIRS = 500_000  # of lines, that are looked at together: they decide how much memory it takes


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
    free : (float, float)
        The same, of the characters read before and behind it in that window; its ends, where there is none.
    place : float
        Pixels of the first window along the line, of its middle.
    confidence : float
        Probability in [0, 1].
    """

    text: str
    window: int
    start: float
    end: float
    free: tuple[float, float]
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
    for numbers in _whole_lines(regions):
        runs: list[list[Glyph]] = []
        first, ended = None, 0.0
        for number in numbers:
            region = regions[number]
            first = first or region
            begin, scale = _along(region, first)
            found = _glyphs(number, readings[number], region, begin, scale)
            if runs and begin < ended:
                _agree(runs, found, begin, ended, region)
            if found:
                runs.append(found)
            ended = begin + scale * region.size[0]
        runs = [run for run in runs if run]
        if runs:
            yield runs


def _quads(regions: Sequence[Region]) -> npt.NDArray[np.float64]:
    """Give the corners of windows on the page, shape (N, 4, 2): `Region.quad` of all at once."""
    size = np.array([region.size for region in regions], np.float64)
    corners = np.ones((len(regions), 4, 3))
    corners[:, :, :2] = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size[:, None]
    mapped = corners @ np.array([region.to_page.matrix for region in regions]).transpose(0, 2, 1)
    return np.asarray(mapped[:, :, :2] / mapped[:, :, 2:])


def _whole_lines(regions: Sequence[Region]) -> Iterator[list[int]]:
    """Give the windows of each line; two lines that overlap end to end are one that was found in two pieces."""
    lines = [list(own) for _, own in itertools.groupby(range(len(regions)), key=lambda number: regions[number].line)]
    if not lines:
        return
    quads = _quads([regions[number] for own in lines for number in (own[0], own[-1])]).reshape(-1, 2, 4, 2)
    light = np.array([regions[own[0]].light for own in lines])
    start, end = quads[:, 0, [0, 3]].mean(1), quads[:, 1, [1, 2]].mean(1)
    height = np.linalg.norm(quads[:, 0, 3] - quads[:, 0, 0], axis=1)
    after = _followers(start, end, height, light)
    followed = set(after.values())
    taken: set[int] = set()
    for at in [*(number for number in range(len(lines)) if number not in followed), *followed]:
        whole: list[int] = []
        number: int | None = at
        while number is not None and number not in taken:
            taken.add(number)
            whole += lines[number]
            number = after.get(number)
        if whole:
            yield whole


def _followers(
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    height: npt.NDArray[np.float64],
    light: npt.NDArray[np.bool_],
) -> dict[int, int]:
    """Find which line goes on in which other one: that begins where it ends, level with it and as high."""
    forward = (end - start) / np.maximum(np.linalg.norm(end - start, axis=1), 1)[:, None]
    across = np.stack([forward[:, 1], -forward[:, 0]], 1)
    after: dict[int, int] = {}
    most = max(_PAIRS // len(start), 1)
    for first in range(0, len(start), most):
        # each of some lines, by rows, and all that may follow, by columns
        own = np.arange(first, min(first + most, len(start)))
        along, tall = forward[own], height[own, None]
        begins, ends = along @ start.T, along @ end.T
        ended = np.sum(along * end[own], axis=1)[:, None]
        shared = ended - begins
        beside = np.abs(np.sum(across[own] * end[own], axis=1)[:, None] - across[own] @ start.T) / tall
        fits = (shared > 0) & (shared < _JOINED * tall) & (beside < _LEVEL) & (ends > ended)
        fits &= (begins > np.sum(along * start[own], axis=1)[:, None]) & (light == light[own, None])
        fits &= np.abs(np.log(height / tall)) < _ALIKE
        fits[np.arange(len(own)), own] = False
        best = np.argmin(np.where(fits, beside, np.inf), axis=1)
        after.update((int(own[row]), int(best[row])) for row in np.flatnonzero(fits.any(1)))
    return after


def _along(region: Region, first: Region) -> tuple[float, float]:
    """Say how far along the line a window begins behind the first one, and how long its pixels are, in the first's."""
    own, origin = np.array(region.to_page.matrix), np.array(first.to_page.matrix)
    forward = origin[:2, 0] / (origin[:2, 0] @ origin[:2, 0])
    return float((own[:2, 2] - origin[:2, 2]) @ forward), float(own[:2, 0] @ forward)


def _glyphs(number: int, reading: Reading, region: Region, begin: float, scale: float) -> list[Glyph]:
    width = region.size[0]
    spans = [(start * width, end * width) for start, end in reading.spans]
    before = [0.0, *(end for _, end in spans)]
    behind = [*(start for start, _ in spans[1:]), float(width)]
    return [
        Glyph(text, number, start, end, (left, right), begin + scale * (start + end) / 2, confidence)
        for text, (start, end), left, right, confidence in zip(
            reading.text, spans, before, behind, reading.confidences, strict=False
        )
    ]


def _agree(runs: list[list[Glyph]], found: list[Glyph], begin: float, ended: float, region: Region) -> None:
    """Go over into the next window where both say the same.

    Where they agree on nothing, and no gap parts them, drop what lies beyond the middle on each side.
    """
    run, height = runs[-1], region.size[1]
    middle, reach = (begin + ended) / 2, (ended - begin) / 2 + _SAME_PLACE * height
    near = [at for at, glyph in enumerate(run) if abs(glyph.place - middle) < reach]
    pairs = [
        (abs(run[at].place - middle) + _APART * abs(run[at].place - glyph.place), at, other)
        for at in near
        for other, glyph in enumerate(found)
        if glyph.text == run[at].text and abs(glyph.place - run[at].place) < _SAME_PLACE * height
    ]
    if pairs:
        _, at, other = min(pairs)
        if run[at].confidence > found[other].confidence:
            found[other] = run[at]
        run[at:] = found[other:]
        found.clear()
    elif region.overlap or not region.part:  # cut where there is no gap, or found in two pieces
        run[:] = [glyph for glyph in run if glyph.place < middle]
        found[:] = [glyph for glyph in found if glyph.place >= middle]
