"""What reading gives: Document, Page, Line, Word.

Frozen values without behaviour. Every coordinate is in pixels of the picture that the caller
gave, as it is displayed (a photo after its EXIF turn, a PDF page after its /Rotate).
"""

from __future__ import annotations

import itertools
import operator
import unicodedata
from collections.abc import Iterable, Iterator
from enum import Enum

import attrs
from attrs import validators

from ocrkit.checks import in_unit_range
from ocrkit.geometry import Homography, Point, Quad, as_points


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _shares(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


class PageStatus(str, Enum):
    """How the reading of a page ended."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"


class Provenance(str, Enum):
    """How a word came to be."""

    KEPT = "kept"
    """As it was read."""
    SPLIT = "split"
    """A part of what was read as one word, or cut in another place."""
    JOINED = "joined"
    """Made of what was read as several words."""
    CORRECTED = "corrected"
    """Another text, likelier in the light of the lexicon or of the rest of the page."""


@attrs.frozen(kw_only=True)
class Word:
    """A recognized word and its place on the page.

    Parameters
    ----------
    text : str
        Unicode NFC (normalised here), without white space, not empty.
    quad : Quad
        Corners clockwise from the word's own top left, in pixels of the caller's picture.
    confidence : float
        Calibrated probability in [0, 1] that all of `text` is right.
    provenance : Provenance
        How it came to be, if the engine says so.
    raw_confidence : float, optional
        What the recognizer alone gives this text, in [0, 1], before lexicon and calibration; of a corrected word, too,
        where what the rest of the page says of amounts, units and accents is added.
    cuts : tuple of float
        Where one character ends and the next begins, as shares of the word's width, ascending: one fewer than it has
        characters (code points), or none, if the engine does not say.
    """

    text: str = attrs.field(converter=_nfc)
    quad: Quad = attrs.field(validator=validators.instance_of(Quad))
    confidence: float = attrs.field(converter=float, validator=in_unit_range)
    provenance: Provenance = attrs.field(default=Provenance.KEPT, converter=Provenance)
    raw_confidence: float | None = attrs.field(default=None, validator=validators.optional(in_unit_range))
    cuts: tuple[float, ...] = attrs.field(default=(), converter=_shares)

    @text.validator
    def _is_one_word(self, _: object, value: str) -> None:
        if value.split() != [value]:
            raise ValueError(f"a word's text has no white space and is not empty, unlike {value!r}")

    @cuts.validator
    def _part_the_text(self, _: object, value: tuple[float, ...]) -> None:
        if value and len(value) != len(self.text) - 1:
            raise ValueError(f"{self.text!r} has {len(self.text) - 1} cuts between its characters, not {len(value)}")
        if not all(0 <= one <= other <= 1 for one, other in itertools.pairwise((0.0, *value, 1.0))):
            raise ValueError(f"cuts are ascending shares of the width, unlike {value}")

    @property
    def characters(self) -> Iterator[tuple[str, Quad]]:
        """Each character and its place; of equal width, if the engine does not say more."""
        ends = self.cuts or tuple(at / len(self.text) for at in range(1, len(self.text)))
        for character, (start, end) in zip(self.text, itertools.pairwise((0.0, *ends, 1.0)), strict=True):
            yield character, self.quad.part(start, end)


def _words(words: Iterable[Word]) -> tuple[Word, ...]:
    found = tuple(words)
    if not found:
        raise ValueError("a line has at least one word; leave out lines without words")
    return found


@attrs.frozen(kw_only=True)
class Line:
    """Words that stand on one baseline, in reading order.

    Parameters
    ----------
    words : tuple of Word
        At least one.
    baseline : tuple of (x, y)
        Two or more points in reading direction, in pixels of the caller's picture. Taken from
        the bottom edges of the first and last word if not given.
    """

    words: tuple[Word, ...] = attrs.field(converter=_words)
    baseline: tuple[Point, ...] = attrs.field(converter=as_points, validator=validators.min_len(2))

    @baseline.default
    def _bottom_of_words(self) -> tuple[Point, ...]:
        return self.words[0].quad.points[3], self.words[-1].quad.points[2]

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(word.text for word in self.words)

    def mapped(self, homography: Homography) -> Line:
        """Return the line as a homography of the picture moves it."""
        words = [attrs.evolve(word, quad=word.quad.mapped(homography)) for word in self.words]
        return Line(words=words, baseline=homography.map(self.baseline))


@attrs.frozen(kw_only=True)
class Rotation:
    """Which way is up on a page.

    Parameters
    ----------
    degrees : {0, 90, 180, 270}
        Clockwise turn that makes the page upright.
    confidence : float
        In [0, 1]; 0 means that nobody looked.
    """

    degrees: int = attrs.field(default=0, validator=validators.in_((0, 90, 180, 270)))
    confidence: float = attrs.field(default=0.0, converter=float, validator=in_unit_range)


def _lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(lines)


def _size(value: tuple[int, int]) -> tuple[int, int]:
    width, height = (int(v) for v in value)
    if width < 1 or height < 1:
        raise ValueError(f"a page is at least one pixel wide and high, not {width} x {height}")
    return width, height


def _dpi(value: tuple[float, float] | None) -> tuple[float, float] | None:
    if value is None:
        return None
    x, y = (float(v) for v in value)
    if not (x > 0 and y > 0):
        raise ValueError(f"a resolution is positive, not {x} x {y}")
    return x, y


def _timings(pairs: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple((str(stage), float(seconds)) for stage, seconds in pairs)


@attrs.frozen(kw_only=True)
class Page:
    """One page that was read. A page without text is a Page without lines.

    Parameters
    ----------
    lines : tuple of Line
        In reading order.
    size : (int, int)
        Width and height in pixels of the caller's picture.
    dpi : (float, float), optional
        Horizontal and vertical resolution, where the input states one.
    rotation : Rotation
        Which way is up.
    index : int
        Place of the page in the input, from 0.
    status : PageStatus
        How the reading ended.
    error : str, optional
        What went wrong, where `status` is not ``ok``.
    timings : tuple of (str, float)
        Seconds that each stage took, if the engine says so. Pages that differ in nothing else are equal.
    """

    lines: tuple[Line, ...] = attrs.field(default=(), converter=_lines)
    size: tuple[int, int] = attrs.field(converter=_size)
    dpi: tuple[float, float] | None = attrs.field(default=None, converter=_dpi)
    rotation: Rotation = attrs.field(factory=Rotation)
    index: int = attrs.field(default=0, converter=operator.index, validator=validators.ge(0))
    status: PageStatus = attrs.field(default=PageStatus.OK, converter=PageStatus)
    error: str | None = None
    timings: tuple[tuple[str, float], ...] = attrs.field(default=(), converter=_timings, eq=False)

    @property
    def words(self) -> Iterator[Word]:
        """All words in reading order."""
        return (word for line in self.lines for word in line.words)

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


def _pages(pages: Iterable[Page]) -> tuple[Page, ...]:
    return tuple(pages)


@attrs.frozen(kw_only=True)
class Document:
    """Pages in the order in which they were read.

    Parameters
    ----------
    pages : tuple of Page
        Only those that were asked for; `Page.index` tells which.
    engine : str
        Name of the engine that read them, empty if unknown.
    """

    pages: tuple[Page, ...] = attrs.field(converter=_pages)
    engine: str = attrs.field(default="", validator=validators.instance_of(str))

    @property
    def words(self) -> Iterator[Word]:
        """All words of all pages in reading order."""
        return (word for page in self.pages for word in page.words)

    @property
    def text(self) -> str:
        """The text of the pages, an empty line between them."""
        return "\n\n".join(page.text for page in self.pages)
