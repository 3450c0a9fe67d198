"""Orienter, detector, recognizer and Wordinator, one after the other; anything that keeps their protocols will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import attrs
import numpy as np
from attrs import validators

from ocrkit.checks import is_stage
from ocrkit.document import Line, Rotation
from ocrkit.image import Grey, PageImage
from ocrkit.spec import Detection, Detector, Orienter, Reading, Recognizer, Wordinator
from ocrkit.threads import both

_SOME = 10  # characters that are likely to be right: fewer are what bare pages give
_LEGIBLE = 0.5  # confidence of characters in all windows: upright pages have .73 and more, others at most .34
_LINE = 30  # characters: pages with fewer may be lines on their sides, cut into windows that hardly say anything
_SAMPLE = 60  # windows that show how a page would read: within a sixth of all of them
_CLEARLY = 2.0  # times as many characters: what the right way gives at least, against any other
_PROMISING = 0.7  # of what it takes to be kept: a way that promises less is not read


@attrs.frozen(eq=False)
class _Search:
    """What was found on a page, and how long it took."""

    detection: Detection
    seconds: float


@attrs.frozen(kw_only=True, eq=False)
class Passage:
    """What each stage made of a page.

    Parameters
    ----------
    image : PageImage
        The page as it was read, upright, and with paper around it if it is small.
    rotation : Rotation
        How it was turned to be so.
    detection : Detection
    readings : sequence of Reading
        One for each window.
    lines : sequence of Line
        In pixels of `image`.
    timings : tuple of (str, float)
        Seconds of each stage, in this reading of the page.
    """

    image: PageImage
    rotation: Rotation
    detection: Detection
    readings: Sequence[Reading]
    lines: Sequence[Line]
    timings: tuple[tuple[str, float], ...]


@attrs.frozen
class Pipeline:
    """The stages of an engine.

    Parameters
    ----------
    detector : Detector
    recognizer : Recognizer
    wordinator : Wordinator
    orienter : Orienter, optional
        Without one pages are read as they are.
    threads : int
        2 searches a page as it is while the orienter still looks at it: nearly all pages are upright.
    """

    detector: Detector = attrs.field(validator=is_stage("detect"))
    recognizer: Recognizer = attrs.field(validator=is_stage("read", "weigh"))
    wordinator: Wordinator = attrs.field(validator=is_stage("wordinate"))
    orienter: Orienter | None = attrs.field(default=None, validator=validators.optional(is_stage("orient")))
    threads: int = 1

    def __call__(self, image: PageImage, between: Callable[[], object] = lambda: None) -> Passage:
        """Take a page through all stages.

        If the orienter would turn a page, what it reads like as it was is tried too, and if a page reads badly, of
        which the orienter may be wrong, all four ways are. A few windows say whether a way is worth reading; the better
        reading is kept, but against the orienter a page is turned only if it reads a lot better, or well.

        Parameters
        ----------
        image : PageImage
        between : callable
            Called between stages, and before another way is tried; what it raises ends the work.

        Returns
        -------
        Passage
        """
        ways = _Ways(self, image.framed(), between)
        if not self.orienter:
            return ways.read(0)
        started = time.perf_counter()
        rotation = ways.rotation_by(self.orienter)
        between()
        best = ways.read(rotation.degrees)
        promise, next_best = _promise(best.readings), 0.0
        others = [0] if rotation.degrees else []
        if _may_lie_otherwise(best):
            others = [degrees for degrees in (0, 180, 90, 270) if degrees != rotation.degrees]
        for degrees in others:
            between()
            its = ways.promise_at(degrees)
            needed = 1.0 if degrees == 0 else _CLEARLY
            if its > _PROMISING * needed * promise:
                between()
                other = ways.read(degrees)
                its, worth = _promise(other.readings), _worth(other)
                if not _may_lie_otherwise(other):
                    needed = 1.0  # as no page reads that lies otherwise
                if worth > needed * _worth(best) and (degrees == 0 or worth >= _SOME):
                    best, rotation = other, Rotation(degrees=degrees)
                    promise, its = its, promise
            next_best = max(next_best, its)
            if not _may_lie_otherwise(best):
                break
        if rotation.degrees and _says_nothing(best):  # a page is turned for text alone
            between()
            best, rotation = ways.read(0), Rotation()
        elif others and promise:
            share = promise / (promise + next_best)
            rotation = attrs.evolve(rotation, confidence=max(rotation.confidence, share))
        # readings that were for nothing are the price of knowing which way is up
        orienting = time.perf_counter() - started - sum(seconds for _, seconds in best.timings)
        return attrs.evolve(best, rotation=rotation, timings=(("orient", orienting), *best.timings))


@attrs.define(eq=False)
class _Ways:
    """A page in each of four directions. What searches found is put down, since it may be asked for again."""

    stages: Pipeline
    image: PageImage
    between: Callable[[], object]
    _searches: dict[int, _Search] = attrs.field(factory=dict, init=False)
    _last: tuple[int, PageImage] = attrs.field(
        default=attrs.Factory(lambda self: (0, self.image), takes_self=True), init=False
    )  # to be turned is to be copied

    def rotation_by(self, orienter: Orienter) -> Rotation:
        """Ask the orienter, and search the page as it is meanwhile if there is a thread for it."""
        if self.stages.threads == 1:
            return orienter.orient(self.image)
        _ = self.image.level  # which both want, and only one should make
        _, rotation = both(lambda: self._search(0), lambda: orienter.orient(self.image), self.stages.threads)
        return rotation

    def read(self, degrees: int) -> Passage:
        """Read the page turned so."""
        search = self._search(degrees)
        self.between()
        started = time.perf_counter()
        readings = self._readings(search.detection.windows)
        read = time.perf_counter()
        self.between()
        lines = self.stages.wordinator.wordinate(search.detection, readings, self.stages.recognizer.weigh)
        wordinated = time.perf_counter()
        return Passage(
            image=self._turned(degrees),
            rotation=Rotation(),
            detection=search.detection,
            readings=readings,
            lines=lines,
            timings=(("detect", search.seconds), ("recognize", read - started), ("wordinate", wordinated - read)),
        )

    def promise_at(self, degrees: int) -> float:
        """Estimate how many characters of the page turned so would be read right, by some of its windows.

        On its head a page has much the same windows as upright, on their heads.
        """
        upside_down = self._searches.get((degrees + 180) % 360)
        windows = (upside_down or self._search(degrees)).detection.windows
        self.between()
        some = windows[:: -(-len(windows) // _SAMPLE) or 1]
        if upside_down is not None:
            some = tuple(np.ascontiguousarray(np.rot90(window, 2)) for window in some)
        return _promise(self._readings(some)) * len(windows) / max(len(some), 1)

    def _readings(self, windows: Sequence[Grey]) -> Sequence[Reading]:
        readings = self.stages.recognizer.read(windows)
        if len(readings) != len(windows):
            raise ValueError(f"the recognizer gave {len(readings)} readings of {len(windows)} windows; give one each")
        return readings

    def _search(self, degrees: int) -> _Search:
        if degrees not in self._searches:
            page = self._turned(degrees)
            started = time.perf_counter()
            detection = self.stages.detector.detect(page)
            self._searches[degrees] = _Search(detection, time.perf_counter() - started)
        return self._searches[degrees]

    def _turned(self, degrees: int) -> PageImage:
        if degrees != self._last[0]:
            self._last = degrees, self.image.turned(degrees)
        return self._last[1]


def _may_lie_otherwise(passage: Passage) -> bool:
    """Say whether a page reads so badly that it may not be upright, though there seems to be text."""
    characters = sum(len(reading.text) for reading in passage.readings)
    if passage.readings and characters <= min(_LINE, len(passage.readings)):
        return True
    return characters >= _SOME and _promise(passage.readings) < _LEGIBLE * characters


def _says_nothing(passage: Passage) -> bool:
    """Say whether a page reads like a bare one."""
    return not passage.lines or (_worth(passage) < _SOME and _may_lie_otherwise(passage))


def _promise(readings: Sequence[Reading]) -> float:
    """Say how many characters of windows are likely to be right."""
    return sum(len(reading.text) * reading.confidence for reading in readings)


def _worth(passage: Passage) -> float:
    """Say how many characters are likely to be right."""
    return sum(len(word.text) * word.confidence for line in passage.lines for word in line.words)
