"""Pictures of what each stage made of a page, to see where text was lost.

Takes a page image, gives upright pictures in RGB. What is dark on light is blue, what is light on dark orange, what a
later step dropped is pale; dark windows change colour from line to line. Words are blue as they were kept, green as
they were corrected, red as they were split or joined.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.checks import settings_of
from ocrkit.detect import MserDetector, Trace
from ocrkit.detect.textmap import CELL
from ocrkit.document import Line, Provenance
from ocrkit.engines.crnn import CrnnEngine, CrnnSettings
from ocrkit.geometry import Quad
from ocrkit.image import PageImage
from ocrkit.spec import Detection, Reading

Picture = npt.NDArray[np.uint8]
"""RGB, uint8 (H, W, 3)."""

_DARK, _LIGHT = (20, 70, 220), (230, 110, 0)
_PALE_DARK, _PALE_LIGHT = (190, 205, 245), (250, 215, 180)
_IN_TURN = ((20, 70, 220), (200, 0, 120), (0, 140, 60), (150, 90, 0))
_BY_PROVENANCE = {
    Provenance.KEPT: _DARK,
    Provenance.CORRECTED: (0, 140, 60),
    Provenance.SPLIT: (210, 0, 40),
    Provenance.JOINED: (210, 0, 40),
}
_GAP = 4  # pixels between windows
_WIDEST = 1400  # pixels of the sheet of windows


def draw(image: PageImage, settings: CrnnSettings | None = None) -> dict[str, Picture]:
    """Draw what each stage of our engine made of a page.

    Parameters
    ----------
    image : PageImage
    settings : CrnnSettings, optional

    Returns
    -------
    dict of str to ndarray of uint8, shape (H, W, 3)
        ``regions``: all extremal regions. ``text``: the text map. ``characters``: what was chosen, pale if it is in no
        line. ``lines``: bands of lines. ``windows``: windows on the page. ``crops``: what the net gets. ``words``: side
        by side, windows with what was read in them, and the Wordinator's words.
    """
    settings = settings_of(settings, CrnnSettings)
    passage = CrnnEngine(settings).pipeline(image)  # which way is up is only known when the page has been read
    image, readings, lines = passage.image, passage.readings, passage.lines
    trace = MserDetector(settings.detector).trace(image)
    return {
        "regions": _regions(trace),
        "text": _text(trace),
        "characters": _characters(trace),
        "lines": _lines(trace),
        "windows": _windows(image, trace),
        "crops": _crops(trace),
        "words": np.hstack([_read(image, trace.detection, readings), _made(image, lines)]),
    }


def _faded(grey: Picture) -> Picture:
    return cv2.cvtColor((128 + grey // 2).astype(np.uint8), cv2.COLOR_GRAY2RGB)  # type: ignore[return-value]


def _boxes(canvas: Picture, boxes: npt.NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    quads = np.round(boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]]).astype(np.int32).reshape(-1, 4, 2)
    cv2.polylines(canvas, list(quads), True, colour, 1)


def _regions(trace: Trace) -> Picture:
    canvas, tree = _faded(trace.working), trace.tree
    found = trace.characters
    chosen = {(*box, light) for box, light in zip(found.box.astype(int).tolist(), found.light.tolist(), strict=True)}
    kept = np.array(
        [(*box, light) in chosen for box, light in zip(tree.box.tolist(), tree.light.tolist(), strict=True)], np.bool_
    )
    for light, pale, colour in ((False, _PALE_DARK, _DARK), (True, _PALE_LIGHT, _LIGHT)):
        _boxes(canvas, tree.box[~kept & (tree.light == light)].astype(np.float64), pale)
        _boxes(canvas, tree.box[kept & (tree.light == light)].astype(np.float64), colour)
    return canvas


def _text(trace: Trace) -> Picture:
    height, width = trace.working.shape
    canvas: npt.NDArray[np.floating] = _faded(trace.working).astype(np.float32)
    for plane, colour in zip(trace.text, (_DARK, _LIGHT), strict=True):
        share = np.kron(plane, np.ones((CELL, CELL), np.float32))[:height, :width, None] * 0.6
        canvas = canvas * (1 - share) + np.array(colour, np.float32) * share
    return canvas.astype(np.uint8)


def _characters(trace: Trace) -> Picture:
    canvas, found = _faded(trace.working), trace.characters
    kept = trace.lines.line >= 0
    for light, pale, colour in ((False, _PALE_DARK, _DARK), (True, _PALE_LIGHT, _LIGHT)):
        _boxes(canvas, found.box[~kept & (found.light == light)], pale)
        _boxes(canvas, found.box[kept & (found.light == light)], colour)
    return canvas


def _lines(trace: Trace) -> Picture:
    canvas = _faded(trace.working)
    used = np.unique(trace.lines.line[trace.lines.line >= 0])
    for row, quad in zip(used.tolist(), trace.lines.bands.take(used).corners(), strict=True):
        colour = _LIGHT if trace.lines.light[row] else _DARK
        cv2.polylines(canvas, [np.round(quad).astype(np.int32)], True, colour, 1)
    return canvas


def _windows(image: PageImage, trace: Trace) -> Picture:
    canvas = image.pixels.copy() if image.pixels.ndim == 3 else cv2.cvtColor(image.pixels, cv2.COLOR_GRAY2RGB)
    for region in trace.detection.regions:
        quad = np.round(region.quad.points).astype(np.int32)
        cv2.polylines(canvas, [quad], True, _LIGHT if region.light else _IN_TURN[region.line % len(_IN_TURN)], 1)
    return canvas  # type: ignore[return-value]


def _paper(image: PageImage) -> Picture:
    """Make a page so pale that text can be written over it."""
    return (200 + image.grey[..., None].repeat(3, 2) // 5).astype(np.uint8)


def _read(image: PageImage, detection: Detection, readings: Sequence[Reading]) -> Picture:
    canvas = _paper(image)
    for region, reading in zip(detection.regions, readings, strict=True):
        _write(canvas, region.quad, reading.text, _IN_TURN[region.line % len(_IN_TURN)])
    return canvas


def _made(image: PageImage, lines: Sequence[Line]) -> Picture:
    canvas = _paper(image)
    for line in lines:
        for word in line.words:
            _write(canvas, word.quad, word.text, _BY_PROVENANCE[word.provenance])
    return canvas


def _write(canvas: Picture, quad: Quad, text: str, colour: tuple[int, int, int]) -> None:
    """Draw a box and a text that fills it."""
    points = np.round(quad.points).astype(np.int32)
    cv2.polylines(canvas, [points], True, colour, 1)
    if not text:
        return
    # OpenCV's letters are ASCII
    plain = text.encode("ascii", "replace").decode()
    (wide, tall), _ = cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
    scale = min(quad.width / max(wide, 1), 0.8 * quad.height / max(tall, 1))
    x, y = int(points[3][0]), int(points[3][1] - 0.15 * quad.height)
    cv2.putText(canvas, plain, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 1, cv2.LINE_AA)


def _crops(trace: Trace) -> Picture:
    rows: list[list[Picture]] = [[]]
    for window in trace.detection.windows:
        if rows[-1] and sum(w.shape[1] + _GAP for w in rows[-1]) + window.shape[1] > _WIDEST:
            rows.append([])
        rows[-1].append(window)
    height = max((w.shape[0] for w in trace.detection.windows), default=1) + _GAP
    sheet = np.full((height * len(rows), _WIDEST, 3), (255, 235, 200), np.uint8)
    for number, row in enumerate(rows):
        left = 0
        for window in row:
            own = window[:, : _WIDEST - left]
            sheet[number * height : number * height + own.shape[0], left : left + own.shape[1]] = own[..., None]
            left += window.shape[1] + _GAP
    return sheet
