"""The content stream of one page's invisible text.

Takes a page of words and the way from its pixels to PDF user space; gives the bytes of one
``q BT ... ET Q`` that paints nothing. One text matrix a line, one relative move a word, each word
scaled so that its advance is the width of its box, and a real space glyph as wide as each gap:
this is what every viewer that we could test selects, copies and searches right (docs, "How the
text layer works").

Lengths here are in user space units, directions are unit vectors in user space (y upwards).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from math import hypot
from statistics import median

import attrs

from ocrkit.document import Line, Page
from ocrkit.geometry import Homography, Point
from ocrkit.pdf.font import ASCENT, DESCENT, LayerFont

_EM_OF_HEIGHT = 1000 / (ASCENT - DESCENT)
"""Em over height of the line's box: ascent and descent then fill the box."""
_LEAST_GAP = 0.32
"""Ems between two words that every viewer takes for a space."""
_MOST_TRIM = 0.15
"""Share of a word's width that may be cut off at each end to widen a gap."""
_GLUED_GAP = 0.05
"""Ems; in a gap below this some viewers drop the space glyph, so the word before carries it."""
_FLAT_RISE = 2.0
_SCALE_RANGE = 0.5, 1999.0
_LEAST_WIDTH = 0.05
"""Ems; a box without width still gets its text."""


@attrs.frozen
class _Placed:
    """A word in order of display and its corners in user space."""

    text: str
    corners: Sequence[Point]

    @property
    def start(self) -> Point:
        """Middle of the edge where the word begins."""
        return _middle(self.corners[0], self.corners[3])

    @property
    def end(self) -> Point:
        """Middle of the edge where the word ends."""
        return _middle(self.corners[1], self.corners[2])

    @property
    def edge(self) -> Point:
        """Vector from start to end."""
        return self.end[0] - self.start[0], self.end[1] - self.start[1]


def _middle(one: Point, two: Point) -> Point:
    return (one[0] + two[0]) / 2, (one[1] + two[1]) / 2


@attrs.frozen
class _Span:
    """A word on its line: text in order of display, start and end along the line."""

    text: str
    start: float
    end: float


def content_stream(page: Page, to_user_space: Homography, font: LayerFont, font_name: str) -> bytes:
    """Write the invisible text of a page.

    Parameters
    ----------
    page : Page
    to_user_space : Homography
        From the pixels of `page` to PDF user space.
    font : LayerFont
        Learns the characters that are used.
    font_name : str
        Its name in the page's resources.

    Returns
    -------
    bytes
        Empty if there is nothing to write.
    """
    lines = [text for line in page.lines if (text := _line(line, to_user_space, font, font_name))]
    if not lines:
        return b""
    return ("q\nBT\n3 Tr\n" + "\n".join(lines) + "\nET\nQ\n").encode("ascii")


def _line(line: Line, to_user_space: Homography, font: LayerFont, font_name: str) -> str:
    shown = [
        _Placed(text, to_user_space.map(word.quad.points).tolist())
        for word in line.words
        if (text := in_display_order(word.text))
    ]
    if not shown:
        return ""
    reading = _unit(sum(word.edge[0] for word in shown), sum(word.edge[1] for word in shown))
    shown.sort(key=lambda word: _dot(word.start, reading))  # right-to-left words, too, go from left to right
    along = _direction(line, shown, reading, to_user_space)
    up = (-along[1], along[0])
    bottom = median((_dot(word.corners[2], up) + _dot(word.corners[3], up)) / 2 for word in shown)
    top = median((_dot(word.corners[0], up) + _dot(word.corners[1], up)) / 2 for word in shown)
    em = max(top - bottom, 0.1) * _EM_OF_HEIGHT
    spans = _with_gaps(sorted((_span(word, along, em) for word in shown), key=lambda span: span.start), em)
    baseline = bottom - em * DESCENT / 1000
    origin = [spans[0].start * along[i] + baseline * up[i] for i in (0, 1)]
    matrix = " ".join(_number(v, 6) for v in (*along, *up)) + " " + " ".join(_number(v) for v in origin)
    return f"/{font_name} {_number(em)} Tf {matrix} Tm\n" + "\n".join(_words(spans, em, font))


def _direction(line: Line, shown: Sequence[_Placed], reading: Point, to_user_space: Homography) -> Point:
    """Return the unit vector along the line, in the direction in which its words read."""
    if line.baseline == Line(words=line.words).baseline:
        # Nobody saw a baseline; the middles of the outer edges waver less than the bottoms do.
        start, end = shown[0].start, shown[-1].end
    else:
        start, end = to_user_space.map([line.baseline[0], line.baseline[-1]]).tolist()
    dx, dy = end[0] - start[0], end[1] - start[1]
    # Viewers select better along a perfectly flat line; a small rise is noise of the boxes.
    if abs(dy) < _FLAT_RISE < abs(dx):
        dy = 0.0
    elif abs(dx) < _FLAT_RISE < abs(dy):
        dx = 0.0
    along = _unit(dx, dy)
    return along if _dot(along, reading) >= 0 else (-along[0], -along[1])


def _unit(x: float, y: float) -> Point:
    length = hypot(x, y)
    return (x / length, y / length) if length else (1.0, 0.0)


def _dot(point: Sequence[float], direction: Point) -> float:
    return point[0] * direction[0] + point[1] * direction[1]


def _span(word: _Placed, along: Point, em: float) -> _Span:
    start, end = _dot(word.start, along), _dot(word.end, along)
    return _Span(word.text, start, max(end, start + _LEAST_WIDTH * em))


def _with_gaps(spans: Sequence[_Span], em: float) -> list[_Span]:
    """Trim the facing ends of words that stand closer than the least gap."""
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    for i in range(len(spans) - 1):
        lack = _LEAST_GAP * em - (starts[i + 1] - ends[i])
        if lack > 0:
            left, right = (span.end - span.start for span in spans[i : i + 2])
            share = min(lack / (left + right), _MOST_TRIM)  # the longer word gives more
            ends[i] -= share * left
            starts[i + 1] += share * right
    return [_Span(span.text, start, end) for span, start, end in zip(spans, starts, ends, strict=True)]


def _words(spans: Sequence[_Span], em: float, font: LayerFont) -> Iterator[str]:
    for span, after in zip(spans, [*spans[1:], None], strict=True):
        gap = after.start - span.end if after else 0.0
        glued = after is not None and gap < _GLUED_GAP * em
        # The marked content keeps pdf.js from scaling the line as a whole.
        yield f"/Span BMC {_shown(span.text + ' ' * glued, span.end - span.start, em, font)} EMC"
        if after and not glued:
            yield _shown(" ", gap, em, font)
        if after:
            # From this word's start, not from the pen: rounding does not add up.
            yield f"{_number(after.start - span.start)} 0 Td"


def _shown(text: str, width: float, em: float, font: LayerFont) -> str:
    natural = font.advance(text) * em
    scale = 100 * width / natural if natural else 100.0
    return f"{_number(min(max(scale, _SCALE_RANGE[0]), _SCALE_RANGE[1]))} Tz <{font.encode(text).hex()}> Tj"


def _number(value: float, places: int = 3) -> str:
    """Write a number as PDF wants it: no exponent, no trailing zeros."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


_LIGATURES = {chr(code): unicodedata.normalize("NFKD", chr(code)) for code in range(0xFB00, 0xFB07)}


def in_display_order(text: str) -> str:
    """Return a word's characters from left to right as they are displayed.

    Viewers expect this order, also of right-to-left words. Typographic ligatures become
    letters, since they cannot be searched; control characters are dropped.

    Examples
    --------
    >>> in_display_order("ﬁne")
    'fine'
    >>> in_display_order("אב1") == "1בא"
    True
    """
    letters = [_LIGATURES.get(c, c) for c in text if unicodedata.category(c) not in ("Cc", "Cs")]
    if not any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return "".join(letters)
    strong = next(kind for c in text if (kind := unicodedata.bidirectional(c)) in ("L", "R", "AL"))
    runs = _runs(letters, base_is_left=strong == "L")
    shown = ["".join(run if left else reversed(run)) for left, run in runs]
    return "".join(shown if strong == "L" else reversed(shown))


def _runs(letters: Sequence[str], base_is_left: bool) -> list[tuple[bool, list[str]]]:
    """Split a word into runs of one direction: whether it goes from left to right, and its letters.

    Marks stay with their letter, signs with the number before them, other punctuation goes in the
    word's own direction.
    """
    runs: list[tuple[bool, list[str]]] = []
    in_number = False
    for letter in letters:
        kind = unicodedata.bidirectional(letter[0])
        if kind == "NSM" and runs:
            runs[-1][1][-1] += letter
            continue
        in_number = kind in ("EN", "AN") or (in_number and kind in ("ES", "CS", "ET"))
        left = in_number or (kind == "L" if kind in ("L", "R", "AL") else base_is_left)
        if runs and runs[-1][0] == left:
            runs[-1][1].append(letter)
        else:
            runs.append((left, [letter]))
    return runs


def words_of(page: Page) -> int:
    """Count the words that `content_stream` writes."""
    return sum(bool(in_display_order(word.text)) for word in page.words)
