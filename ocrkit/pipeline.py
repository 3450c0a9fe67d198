"""Orienter, detector, recognizer and Wordinator, one after the other; anything that keeps their protocols will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from ocrkit.document import Line, Rotation
from ocrkit.image import PageImage
from ocrkit.spec import Detection, Detector, Orienter, Reading, Recognizer, Wordinator

_SOME = 10  # characters that are likely to be right: less is no text, but what a bare page gives
_LEGIBLE = 0.5  # confidence of characters in all windows: upright pages have .8 and more, others at most .4
_FEW = 2  # characters in a window: upright lines have more, what is cut across lines hardly any
_SAMPLE = 60  # windows that show how a page would read: within a sixth of all of them, where ways differ twofold
_PROMISING = 0.7  # of what another way gave: with less, all windows would give less, too


@attrs.frozen(kw_only=True, eq=False)
class Passage:
    """What each stage made of a page.

    Parameters
    ----------
    image : PageImage
        The page as it was read, upright.
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
    """

    detector: Detector
    recognizer: Recognizer
    wordinator: Wordinator
    orienter: Orienter | None = None

    def __call__(self, image: PageImage, between: Callable[[], object] = lambda: None) -> Passage:
        """Take a page through all stages.

        If the orienter would turn a page, what it reads like as it was is tried too, and if a page reads badly, of
        which the orienter may be wrong, all four ways are. A few windows say whether a way is worth reading; the best
        reading is kept. Such pages are rare, and one that was turned by mistake would be lost.

        Parameters
        ----------
        image : PageImage
        between : callable
            Called after each stage but the last; what it raises ends the work.

        Returns
        -------
        Passage
        """
        if not self.orienter:
            return self._read(image, between)
        started = time.perf_counter()
        rotation = self.orienter.orient(image)
        between()
        best = self._read(image.turned(rotation.degrees), between)
        worth, next_best = _worth(best), 0.0
        others = [0] if rotation.degrees else []
        if _may_lie_otherwise(best):
            others = [degrees for degrees in (0, 180, 90, 270) if degrees != rotation.degrees]
        promise = _promise(best.readings)
        searched = {rotation.degrees: best.detection}
        for degrees in others:
            between()
            its = self._promise_of(image, degrees, searched)
            if its > _PROMISING * promise:
                between()
                other = self._read(image.turned(degrees), between, searched.get(degrees))
                its = _worth(other)
                # a page that is illegible all ways is not turned
                if its > worth and (degrees == 0 or its >= _SOME):
                    best, rotation = other, Rotation(degrees=degrees)
                    worth, its, promise = its, worth, _promise(other.readings)
            next_best = max(next_best, its)
            if not _may_lie_otherwise(best):
                break
        if others and worth:
            share = worth / (worth + next_best)
            rotation = attrs.evolve(rotation, confidence=max(rotation.confidence, share))
        # readings that were for nothing are the price of knowing which way is up
        orienting = time.perf_counter() - started - sum(seconds for _, seconds in best.timings)
        return attrs.evolve(best, rotation=rotation, timings=(("orient", orienting), *best.timings))

    def _promise_of(self, image: PageImage, degrees: int, searched: dict[int, Detection]) -> float:
        """Estimate how many characters of a turned page would be read right, by some of its windows.

        On its head a page has the same windows as upright, on their heads. A page that has to be searched is put down.
        """
        on_its_head = searched.get((degrees + 180) % 360)
        if on_its_head is None:
            searched[degrees] = self.detector.detect(image.turned(degrees))
        windows = (on_its_head or searched[degrees]).windows
        some = windows[:: max(len(windows) // _SAMPLE, 1)]
        if on_its_head is not None:
            some = tuple(np.ascontiguousarray(np.rot90(window, 2)) for window in some)
        return _promise(self.recognizer.read(some)) * len(windows) / max(len(some), 1)

    def _read(self, image: PageImage, between: Callable[[], object], detection: Detection | None = None) -> Passage:
        started = time.perf_counter()
        if detection is None:
            detection = self.detector.detect(image)
        detected = time.perf_counter()
        between()
        readings = self.recognizer.read(detection.windows)
        read = time.perf_counter()
        between()
        lines = self.wordinator.wordinate(detection, readings, self.recognizer.weigh)
        ends = {"detect": detected, "recognize": read, "wordinate": time.perf_counter()}
        timings = tuple(zip(ends, np.diff([started, *ends.values()]).tolist(), strict=True))
        return Passage(
            image=image, rotation=Rotation(), detection=detection, readings=readings, lines=lines, timings=timings
        )


def _may_lie_otherwise(passage: Passage) -> bool:
    """Say whether a page reads so badly that it may not be upright, though there seems to be text."""
    characters = sum(len(reading.text) for reading in passage.readings)
    return _promise(passage.readings) < _LEGIBLE * max(characters, _FEW * len(passage.readings))


def _promise(readings: Sequence[Reading]) -> float:
    """Say how many characters of windows are likely to be right."""
    return sum(len(reading.text) * reading.confidence for reading in readings)


def _worth(passage: Passage) -> float:
    """Say how many characters are likely to be right."""
    return sum(len(word.text) * word.confidence for line in passage.lines for word in line.words)
