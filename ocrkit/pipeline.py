"""Detector, recognizer and Wordinator, one after the other; anything that keeps their protocols will do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import attrs

from ocrkit.document import Line
from ocrkit.image import PageImage
from ocrkit.spec import Detection, Detector, Reading, Recognizer, Wordinator


@attrs.frozen(kw_only=True, eq=False)
class Passage:
    """What each stage made of a page.

    Parameters
    ----------
    detection : Detection
    readings : sequence of Reading
        One for each window.
    lines : sequence of Line
        In pixels of the page image.
    timings : tuple of (str, float)
        Seconds of each stage.
    """

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
    """

    detector: Detector
    recognizer: Recognizer
    wordinator: Wordinator

    def __call__(self, image: PageImage, between: Callable[[], object] = lambda: None) -> Passage:
        """Take a page through all stages.

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
        detection = self.detector.detect(image)
        detected = time.perf_counter()
        between()
        readings = self.recognizer.read(detection.windows)
        read = time.perf_counter()
        between()
        lines = self.wordinator.wordinate(detection, readings, self.recognizer.weigh)
        ended = time.perf_counter()
        timings = ("detect", detected - started), ("recognize", read - detected), ("wordinate", ended - read)
        return Passage(detection=detection, readings=readings, lines=lines, timings=timings)
