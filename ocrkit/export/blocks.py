"""Blocks: lines of a page that belong together, for the formats that have paragraphs."""

from __future__ import annotations

from collections.abc import Iterable

from ocrkit.document import Line, Page
from ocrkit.geometry import Bounds, Homography

_APART = 0.9  # heights of a line: a paragraph has no wider gaps between its lines
_UNLIKE = 1.6  # times: lines of one paragraph differ by less in height


def blocks_of(page: Page) -> list[list[Line]]:
    """Part a page's lines where a gap, another size of letters or another column begins.

    Parameters
    ----------
    page : Page

    Returns
    -------
    list of list of Line
        All lines, in the page's order; no block is empty.
    """
    upright = Homography.quarter_turns(page.rotation.degrees // 90, *page.size)
    blocks: list[list[Line]] = []
    for line in page.lines:
        if not blocks or not _belong_together(blocks[-1][-1].mapped(upright), line.mapped(upright)):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def bounds_of(lines: Iterable[Line]) -> Bounds:
    """Give left, top, right, bottom of the smallest upright rectangle around all words (pixels)."""
    lefts, tops, rights, bottoms = zip(*(word.quad.bounds for line in lines for word in line.words), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _belong_together(above: Line, below: Line) -> bool:
    a, b = bounds_of([above]), bounds_of([below])
    tall, next_tall = _height(above), _height(below)
    overlap = min(a[2], b[2]) - max(a[0], b[0])
    # askew lines reach over one another, so the gap is counted from baseline to baseline
    step = below.baseline[0][1] - above.baseline[0][1]
    alike = max(tall, next_tall) < _UNLIKE * min(tall, next_tall)
    return alike and overlap > 0 and 0 < step < (1 + _APART) * max(tall, next_tall)


def _height(line: Line) -> float:
    heights = sorted(word.quad.height for word in line.words)
    return heights[len(heights) // 2]
