"""Receipts with decimal commas, of which hardly any is to be had: real windows whose points are drawn on to commas.

The net that ships tells where it read each point; the ink there gets a tail in its own grey. Printers with seven or
nine pins have none for tails: where the point was is the tail then, and the head of the comma stands on it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs
import cv2
import numpy as np

from ocrkit.image import Grey
from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.window import to_height
from ocrkit.spec import Reading
from ocrkit.train.materials import COMMAS, MINED
from ocrkit.train.real import Strip, read_strips, write_strips

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; pixels."""

_AMOUNT = re.compile(r"(?<![\d.,:/])\d{1,4}\.\d{2}(?![\d.,:/%])")
_AROUND = 4.0  # pixels on both sides of where the net read a point, of a window of height 32
_HIGHEST, _WIDEST = 0.24, 0.26  # of the strip's height: a point's ink
_LOWEST = 0.5  # of the strip's height: where points lie, from there down
_INK = 0.5  # between the paper's grey and the ink's
_FINE = 8  # pixels of the drawing for each of the strip
_RAISED = 0.5  # share of commas that do not reach below the point, where that is coarse
_COARSE = 0.12  # of the strip's height: the least side of such a point


def with_commas(strips: Sequence[Strip], recognizer: CrnnRecognizer, seed: int = 1) -> Iterator[Strip]:
    """Draw decimal commas into strips of receipts that the net reads right.

    Parameters
    ----------
    strips : sequence of Strip
        Mined ones, which are windows as the net gets them.
    recognizer : CrnnRecognizer
    seed : int

    Yields
    ------
    Strip
        Copies of those with amounts, each of whose points has become a comma.
    """
    some = [strip for strip in strips if strip.folded and _AMOUNT.search(strip.text)]
    readings = recognizer.read([to_height(strip.grey()) for strip in some])
    for number, (strip, reading) in enumerate(zip(some, readings, strict=True)):
        if reading.text.casefold() == strip.text.casefold():
            drawn = drawn_on(strip, reading, random.Random(f"{seed}/{number}"))
            if drawn is not None:
                yield drawn


def draw_commas(work: Path) -> int:
    """Write a work folder's windows with commas, out of its mined ones; give their number."""
    return write_strips(work / f"{COMMAS}.zip", with_commas(read_strips(work / f"{MINED}.zip"), CrnnRecognizer()))


def drawn_on(strip: Strip, reading: Reading, rng: random.Random) -> Strip | None:
    """Make commas of the decimal points of a strip; None if one of them is not found in its ink.

    Parameters
    ----------
    strip : Strip
    reading : Reading
        Of the same text, but for case.
    rng : Random
    """
    picture = strip.grey().copy()
    text = list(strip.text)
    places = [match.end() - 3 for match in _AMOUNT.finditer(strip.text)]
    boxes = [_point(picture, reading.spans[at]) for at in places]
    found = [box for box in boxes if box is not None]
    shape: _Tail | _Head = _Tail.drawn(rng)
    if rng.random() < _RAISED and all(_is_of_pins(box, len(picture)) for box in found):
        shape = _Head.drawn(rng)
    if len(found) < len(boxes) or not all(shape.has_room(picture, box) for box in found):
        return None
    for at, box in zip(places, found, strict=True):
        shape.draw(picture, box)
        text[at] = ","
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 95))
    return attrs.evolve(strip, picture=data.tobytes(), text="".join(text))


def _is_of_pins(box: Box, height: int) -> bool:
    """Say whether a point is as large as those of pins, so that what stands on it will be seen."""
    return min(box[2] - box[0], box[3] - box[1]) >= _COARSE * height


def _point(picture: Grey, span: tuple[float, float]) -> Box | None:
    """Find the ink of a point near where the net read it."""
    height, width = picture.shape
    around = _AROUND * height / 32
    left, right = (int(np.clip(v, 0, width)) for v in (span[0] * width - around, span[1] * width + around))
    top = round(_LOWEST * height)
    # whole ones only: the columns beside them are looked at, too
    x0, x1 = max(left - round(_WIDEST * height), 0), min(right + round(_WIDEST * height), width)
    dark, paper = np.percentile(picture, (3, 70))
    ink = (picture[:, x0:x1] < paper - _INK * (paper - dark)).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = []
    for (x, y, wide, high, area), (middle, _) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        small = wide <= _WIDEST * height and high <= _HIGHEST * height and area >= 4
        if small and y >= top and left <= x0 + middle <= right:
            found.append((x0 + x, y, x0 + x + wide, y + high))
    return found[0] if len(found) == 1 else None


@attrs.frozen
class _Tail:
    """What a face adds to its point; shares of the point's height.

    Parameters
    ----------
    length, slant, tip : float
        How far down the tail reaches, how far to the left its end lies, how wide it is there.
    blur : float
    """

    length: float
    slant: float
    tip: float
    blur: float

    @classmethod
    def drawn(cls, rng: random.Random) -> _Tail:
        return cls(rng.uniform(0.85, 1.5), rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.7), rng.uniform(0.4, 0.7))

    def has_room(self, picture: Grey, box: Box) -> bool:
        """Say whether the tail ends within the picture: cut off, it is a point."""
        return box[3] + self.length * _size(box) < len(picture)

    def draw(self, picture: Grey, box: Box) -> None:
        """Draw the tail of the point in this box."""
        left, _, right, bottom = box
        wide, high, size = right - left, box[3] - box[1], _size(box)
        end_right = right - self.slant * size
        outline = [
            (left + 0.45 * wide, bottom - 0.5 * high),
            (right, bottom - 0.5 * high),
            (right, bottom),
            (end_right, bottom + self.length * size),
            (end_right - self.tip * size, bottom + self.length * size),
            (left + 0.4 * wide, bottom),
        ]
        _paint(picture, outline, _ink_in(picture, box), self.blur)


@attrs.frozen
class _Head:
    """What a face without descenders puts on its point; shares of the point's width and height.

    Parameters
    ----------
    rise, lean : float
        How far up the head reaches, how far to the right it lies.
    tip : float
        How much of its width the point keeps, which is the tail now.
    blur : float
    """

    rise: float
    lean: float
    tip: float
    blur: float

    @classmethod
    def drawn(cls, rng: random.Random) -> _Head:
        return cls(rng.uniform(0.75, 1.3), rng.uniform(0.05, 0.4), rng.uniform(0.35, 0.75), rng.uniform(0.4, 0.6))

    def has_room(self, picture: Grey, box: Box) -> bool:
        """Say whether the head lies within the picture."""
        return box[1] - self.rise * (box[3] - box[1]) > 0

    def draw(self, picture: Grey, box: Box) -> None:
        """Make a comma of the point in this box."""
        left, top, right, bottom = box
        wide, high = right - left, bottom - top
        ink, paper = _ink_in(picture, box), int(np.percentile(picture[top:bottom], 70))
        y0, y1, lean = top - self.rise * high, top + 0.5 * high, self.lean * wide
        _paint(picture, [(left + lean, y0), (right + lean, y0), (right + lean, y1), (left + lean, y1)], ink, self.blur)
        x, y = left + self.tip * wide, top + 0.6 * high
        corner = [(x, y), (right + 1 + lean, y), (right + 1 + lean, bottom + 1), (x, bottom + 1)]
        _paint(picture, corner, paper, self.blur)


def _ink_in(picture: Grey, box: Box) -> int:
    left, top, right, bottom = box
    return int(np.percentile(picture[top:bottom, left:right], 25))


def _paint(picture: Grey, outline: Sequence[tuple[float, float]], grey: int, blur: float) -> None:
    """Fill an outline, with soft edges: with ink what is lighter, with paper what is darker."""
    corners = np.array(outline)
    x0, y0 = (max(int(v) - 3, 0) for v in corners.min(0))
    x1, y1 = (int(v) + 4 for v in corners.max(0))
    patch = picture[y0:y1, x0:x1]
    canvas = np.zeros((patch.shape[0] * _FINE, patch.shape[1] * _FINE), np.uint8)
    cv2.fillPoly(canvas, [np.round((corners - (x0, y0)) * _FINE).astype(np.int32)], 255)
    fine = cv2.resize(canvas, patch.shape[::-1], interpolation=cv2.INTER_AREA)
    share = cv2.GaussianBlur(fine, (0, 0), blur).astype(np.float32) / 255
    painted = (patch.astype(np.float32) * (1 - share) + grey * share).astype(np.uint8)
    limit = np.minimum if grey < float(np.mean(patch)) else np.maximum
    limit(patch, painted, out=patch)


def _size(box: Box) -> float:
    return max((box[2] - box[0] + box[3] - box[1]) / 2, 3.0)
