"""Orienter, detector, recognizer and Wordinator, one after the other; anything that keeps their protocols will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from ocrkit.document import Line, Rotation
from ocrkit.image import PageImage
from ocrkit.spec import Detection, Detector, Orienter, Reading, Recognizer, Wordinator


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

        A page that the orienter would turn is read both ways, and the better reading is kept: such pages are rare, and
        one that was upright would be lost.

        Parameters
        ----------
        image : PageImage
        between : callable
            Called after each stage but the last; what it raises ends the work.

        Returns
        -------
        Passage
        """
        started = time.perf_counter()
        rotation = self.orienter.orient(image) if self.orienter else Rotation()
        oriented = time.perf_counter() - started
        between()
        passage = self._read(image.turned(rotation.degrees), between)
        if rotation.degrees:
            between()
            as_it_is = self._read(image, between)
            worth, turned_worth = _worth(as_it_is), _worth(passage)
            if worth > turned_worth:
                passage, rotation = as_it_is, Rotation(confidence=worth / (worth + turned_worth))
        return attrs.evolve(passage, rotation=rotation, timings=(("orient", oriented), *passage.timings))

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


def _worth(passage: Passage) -> float:
    """Say how many characters are likely to be right."""
    return sum(len(word.text) * word.confidence for line in passage.lines for word in line.words)
