"""The contract of an engine: what a plugin implements, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import are_texts, as_names, as_seconds, can_be_compiled
from ocrkit.document import Line, Page, Rotation
from ocrkit.geometry import Homography, Quad
from ocrkit.image import PageImage


@runtime_checkable
class OcrEngine(Protocol):
    """Anything that turns a page image into a page of words.

    An engine may be called from several threads at once and uses one thread for each call,
    unless its settings allow more. It may have an attribute ``version`` (str), shown to users.
    `ocrkit.testing.EngineContract` tests all of this.
    """

    def read(self, image: PageImage, /) -> Page:
        """Read one page.

        Parameters
        ----------
        image : PageImage

        Returns
        -------
        Page
            Coordinates in the caller's picture, that is mapped through ``image.to_caller``;
            ``size`` is ``image.caller_size``, ``dpi`` and ``index`` are the image's. No text: no lines.

        Raises
        ------
        EngineFailedError
            If this page cannot be read; `.EngineTimeoutError` if the deadline passed.
        """
        ...


@attrs.frozen(kw_only=True)
class EngineSettings:
    """What every engine is told when it is made.

    Parameters
    ----------
    languages : tuple of str
        Codes as Tesseract writes them (ISO 639-2), the main one first. An engine that reads one alphabet may read all
        its languages alike, but refuses those that it cannot write.
    page_timeout : float, optional
        Seconds that one page may take.
    threads : int
        Threads that one call of `OcrEngine.read` may use.
    words, patterns : tuple of str
        The user's own words, and regular expressions of what else is as good as a word; for engines with a lexicon.
    """

    languages: tuple[str, ...] = attrs.field(default=("eng",), converter=as_names, validator=validators.min_len(1))
    page_timeout: float | None = attrs.field(default=None, validator=as_seconds)
    threads: int = attrs.field(default=1, validator=validators.ge(1))
    words: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=are_texts)
    patterns: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=can_be_compiled)


@attrs.frozen
class EngineEntry:
    """An engine that can be made: its name, and how. Costs nothing until `create` is called.

    Parameters
    ----------
    name : str
        Lower case, the name that users type.
    create : callable
        ``create(settings: EngineSettings) -> OcrEngine``. Imports what it needs when called, and
        raises `.EngineUnavailableError` if that is missing.
    summary : str
        One line for the list of engines.
    """

    name: str = attrs.field(validator=validators.matches_re(r"[a-z0-9][a-z0-9._-]*"))
    create: Callable[[EngineSettings], OcrEngine] = attrs.field(validator=validators.is_callable())
    summary: str = ""


@attrs.frozen
class Reading:
    """What a recognizer made of one window.

    Parameters
    ----------
    text : str
        With spaces between its words; empty if the window holds no text.
    spans : tuple of (float, float)
        Where each character of the text, spaces too, begins and ends: shares of the window's width from its left, so
        that 0.5 is its middle.
    confidences : tuple of float
        Probability of each character in [0, 1].
    confidence : float
        Calibrated probability in [0, 1] that all of the text is right.
    evidence : object, optional
        What the recognizer needs to weigh other texts of this window; nobody else looks at it.

    Raises
    ------
    ValueError
        If a character lacks its span or its probability, or there are more.
    """

    text: str
    spans: tuple[tuple[float, float], ...]
    confidences: tuple[float, ...]
    confidence: float
    evidence: Any = attrs.field(default=None, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not len(self.text) == len(self.spans) == len(self.confidences):
            raise ValueError(
                f"a reading of {len(self.text)} characters has {len(self.spans)} spans and "
                f"{len(self.confidences)} confidences; give one of each for every character"
            )


@attrs.frozen
class Claim:
    """A text that a part of a window may say.

    Parameters
    ----------
    reading : Reading
        Of the window.
    start, end : float
        Shares of the window's width, from its left.
    text : str
    """

    reading: Reading
    start: float
    end: float
    text: str


Weigh: TypeAlias = "Callable[[Sequence[Claim]], npt.NDArray[np.float64]]"
"""Gives the logarithm of each claim's probability."""


class Recognizer(Protocol):
    """Anything that reads windows, and can say how well another text would fit them."""

    def read(self, windows: Sequence[npt.NDArray[np.uint8]], /) -> Sequence[Reading]:
        """Read grey windows, dark text on light paper; in their order."""
        ...

    def weigh(self, claims: Sequence[Claim], /) -> npt.NDArray[np.float64]:
        """Give the logarithm of the probability that each part of a window says its text, shape (N,)."""
        ...


@attrs.frozen(kw_only=True)
class Region:
    """Where a window lies on the page, and how it was cut out of its line.

    Parameters
    ----------
    line : int
        Number of the line.
    part, parts : int
        Which of the line's windows this is, from the left, from 0; how many there are.
    overlap : float
        Share of this window's width, from its left, that the window before it shows too; 0 if a gap parts them.
    light : bool
        Whether the text is lighter than its paper; the window is inverted then.
    size : (int, int)
        Width and height of the window, pixels.
    to_page : Homography
        From the window's pixels to those of the page image that was searched.
    """

    line: int
    part: int
    parts: int
    overlap: float
    light: bool
    size: tuple[int, int]
    to_page: Homography

    @property
    def quad(self) -> Quad:
        """The window's corners on the page image."""
        width, height = self.size
        return Quad.from_bounds(0, 0, width, height).mapped(self.to_page)


@attrs.frozen(kw_only=True, eq=False)
class Detection:
    """What a detector finds on a page.

    Parameters
    ----------
    regions : tuple of Region
        Line by line, each from left to right.
    windows : tuple of ndarray of uint8, shape (H, W)
        The pixels of each region, dark text on light paper, of the recognizer's height.
    """

    regions: tuple[Region, ...]
    windows: tuple[npt.NDArray[np.uint8], ...]


class Orienter(Protocol):
    """Says which way is up. May be called from several threads."""

    def orient(self, image: PageImage, /) -> Rotation:
        """Say by how much a page must be turned to be upright.

        Parameters
        ----------
        image : PageImage

        Returns
        -------
        Rotation
            0 degrees for a page without text, with confidence 0, and for one that may be upright.
        """
        ...


class Detector(Protocol):
    """Anything that finds text on a page and cuts it into windows.

    To find out which way is up, windows of a page are put on their heads and taken for those of the page on its head.
    """

    def detect(self, image: PageImage, /) -> Detection:
        """Find the text of a page; a page without any has no regions."""
        ...


class Wordinator(Protocol):
    """Anything that makes lines of words of windows and their readings."""

    def wordinate(self, detection: Detection, readings: Sequence[Reading], weigh: Weigh, /) -> Sequence[Line]:
        """Put windows together and take them apart: exactly one word for each word of the page, in reading order.

        Coordinates are pixels of the page image that was searched.
        """
        ...
