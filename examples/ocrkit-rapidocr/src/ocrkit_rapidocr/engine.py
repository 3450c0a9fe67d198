"""The adapter: RapidOCR's lines and word boxes into ocrkit's pages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from threading import Lock
from typing import Any

import numpy as np
from rapidocr import RapidOCR

from ocrkit import EngineFailedError, EngineSettings, Line, Page, PageImage, Quad, Word


class RapidOcrEngine:
    """Read pages with RapidOCR.

    Parameters
    ----------
    settings : EngineSettings
        `threads` is honoured; the model reads Latin and Chinese whatever the languages.
    own_boxes : bool
        Take RapidOCR's own word boxes instead of its lines split at spaces.
    """

    def __init__(self, settings: EngineSettings, own_boxes: bool = False) -> None:
        self.version = version("rapidocr")
        self._own_boxes = own_boxes
        self._lock = Lock()  # one RapidOCR object keeps state while it reads
        self._reader = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": settings.threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, image: PageImage, /) -> Page:
        """Read one page; see `ocrkit.OcrEngine.read`."""
        bgr = np.ascontiguousarray(np.atleast_3d(image.pixels)[..., ::-1])
        bgr = bgr.repeat(3, axis=2) if bgr.shape[2] == 1 else bgr
        try:
            with self._lock:
                found = self._reader(bgr, return_word_box=True)
        except Exception as error:
            raise EngineFailedError("rapidocr", f"{type(error).__name__}: {error}") from error
        lines = [line.mapped(image.to_caller) for line in self._lines(found)]
        return Page(lines=lines, size=image.caller_size, dpi=image.dpi, index=image.index)

    def _lines(self, found: Any) -> Iterator[Line]:
        if found.boxes is None:
            return
        cut = _own_words if self._own_boxes else _split_words
        for corners, text, confidence, pieces in zip(
            found.boxes, found.txts, found.scores, found.word_results, strict=True
        ):
            words = list(cut(Quad(corners), text, min(1.0, float(confidence)), pieces))
            if words:
                yield Line(words=words, baseline=corners[[3, 2]])


def _own_words(_: Quad, __: str, ___: float, pieces: Any) -> Iterator[Word]:
    for text, confidence, corners in pieces:
        if "".join(text.split()) and corners is not None:
            yield Word(text="".join(text.split()), quad=Quad(corners), confidence=min(1.0, float(confidence)))


def _split_words(line: Quad, text: str, confidence: float, pieces: Any) -> Iterator[Word]:
    tokens = text.split()
    if tokens == [piece[0] for piece in pieces]:
        yield from _own_words(line, text, confidence, pieces)
        return
    # Share the line out by the number of characters.
    left, right = np.array(line.points)[[0, 3]], np.array(line.points)[[1, 2]]
    at = 0
    for token in tokens:
        at = text.index(token, at)
        start, stop = (left + (right - left) * share for share in (at / len(text), (at + len(token)) / len(text)))
        yield Word(text=token, quad=Quad([start[0], stop[0], stop[1], start[1]]), confidence=confidence)
        at += len(token)
