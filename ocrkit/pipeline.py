"""Orienter, detector, recognizer and Wordinator, one after the other; anything that keeps their protocols will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from ocrkit.document import Line, Rotation
from ocrkit.image import PageImage
from ocrkit.spec import Detection, Detector, Orienter, Reading, Recognizer, Wordinator

_SOME = 10  # characters: less is no text, but what a bare page gives
_LEGIBLE = 0.5  # confidence of characters in all windows: upright pages have .8 and more, others at most .4


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

        A page that the orienter would turn is read both ways, and one that reads badly, of which it may be wrong, all
        four; the best reading is kept. Such pages are rare, and one that was turned by mistake would be lost.

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
        for degrees in others:
            between()
            other = self._read(image.turned(degrees), between)
            its = _worth(other)
            if its > worth:
                best, rotation = other, Rotation(degrees=degrees)
            worth, next_best = max(worth, its), max(next_best, min(worth, its))
        if others and worth:
            share = worth / (worth + next_best)
            rotation = attrs.evolve(rotation, confidence=max(rotation.confidence, share))
        # readings that were for nothing are the price of knowing which way is up
        orienting = time.perf_counter() - started - sum(seconds for _, seconds in best.timings)
        return attrs.evolve(best, rotation=rotation, timings=(("orient", orienting), *best.timings))

    def _read(self, image: PageImage, between: Callable[[], object]) -> Passage:
        started = time.perf_counter()
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
    """Say whether a page reads so badly that it may not be upright, though it has text."""
    characters = sum(len(reading.text) for reading in passage.readings)
    sure = sum(len(reading.text) * reading.confidence for reading in passage.readings)
    return characters >= _SOME and sure < _LEGIBLE * characters


def _worth(passage: Passage) -> float:
    """Say how many characters are likely to be right."""
    return sum(len(word.text) * word.confidence for line in passage.lines for word in line.words)
