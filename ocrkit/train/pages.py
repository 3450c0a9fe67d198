"""Whole pages whose lines are marked, and crops of them with a label for every cell: what the text map learns from.

Receipts come with their marks; PDFs are drawn as pictures and know their own. A crop is changed afresh every time it is
drawn: scaled, turned, put askew onto a surface, inverted in parts, littered, badly lit, blurred, compressed.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.detect.textmap import CELL, CORE
from ocrkit.image import Grey
from ocrkit.image.working import working_image
from ocrkit.train import clutter, distort
from ocrkit.train.banks import Banks

SIDE = 256
"""Pixels of a crop's sides."""
Labels = npt.NDArray[np.uint8]
"""For each cell: dark text, light text, and whether it counts; shape (SIDE / CELL, SIDE / CELL, 3)."""
Quads = npt.NDArray[np.float64]

_LEAST_WORDS = 20
_FACE = 0.12, 0.08  # of a PDF's word box, above and below, that is the face's own room
_GAP = 1.0  # heights: nearer words are of one line
_BORDER = 0.1  # of a line's height around it, where nothing is learnt
_SHIFT = 16  # OpenCV draws to a sixteenth of a cell


@attrs.frozen(eq=False)
class MarkedPage:
    """A page at the detector's working size.

    Parameters
    ----------
    name : str
    grey : ndarray of uint8, shape (H, W)
    lines : ndarray of float64, shape (N, 4, 2)
        Quads, clockwise from the top left.
    light : ndarray of bool, shape (N,)
        Whether a line is lighter than its paper.
    """

    name: str
    grey: Grey
    lines: Quads
    light: npt.NDArray[np.bool_]

    @property
    def held_out(self) -> bool:
        """Whether it is never trained on."""
        return zlib.crc32(self.name.encode()) % 5 == 0


def receipts(folder: Path) -> Iterator[MarkedPage]:
    """Read a folder of receipts: ``pages.jsonl`` and its images."""
    for text in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(text)
        grey = cv2.imread(str(folder / page["image"]), cv2.IMREAD_GRAYSCALE)
        if grey is not None:
            yield _marked(page["image"], grey, [item["quad"] for item in page["items"]])  # type: ignore[arg-type]


def pdfs(files: Iterable[Path], seed: int = 1, most: int = 4) -> Iterator[MarkedPage]:
    """Draw up to `most` pages of each PDF at 90 to 250 dpi."""
    for path in files:
        rng = random.Random(f"{seed}/{path.name}")
        with pymupdf.open(path) as document:
            if document.needs_pass:
                continue
            for number in rng.sample(range(len(document)), min(most, len(document))):
                page, dpi = document[number], rng.choice((90, 120, 150, 150, 200, 250))
                words = page.get_text("words")
                if len(words) < _LEAST_WORDS or page.rotation or not _level(page):
                    continue
                pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
                grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
                yield _marked(path.name, grey, np.array(_lines(words)) * (dpi / 72))


def _level(page: Any) -> bool:
    blocks = page.get_text("dict")["blocks"]
    return all(line["dir"][0] > 0.9 for block in blocks if block["type"] == 0 for line in block["lines"])


def _lines(words: Sequence[Any]) -> list[list[tuple[float, float]]]:
    """Join the words of a PDF's line, as long as they are near each other."""
    boxes: list[tuple[float, float, float, float, Any]] = []
    for x0, y0, x1, y1, _, *line in words:
        tall = y1 - y0
        y0, y1 = y0 + _FACE[0] * tall, y1 - _FACE[1] * tall
        if boxes:
            left, top, right, bottom, last = boxes[-1]
            if last == line[:2] and 0 <= x0 - right < _GAP * tall and abs(y0 - top) < 0.3 * tall:
                boxes[-1] = left, min(top, y0), x1, max(bottom, y1), last
                continue
        if x1 > x0 and y1 > y0:
            boxes.append((x0, y0, x1, y1, line[:2]))
    return [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1, _ in boxes]


def _marked(name: str, grey: Grey, quads: npt.ArrayLike) -> MarkedPage:
    working = working_image(grey)
    lines = np.asarray(quads, np.float64).reshape(-1, 4, 2) * (np.array(working.shape[::-1]) / grey.shape[::-1])
    return MarkedPage(name, working, lines, np.array([_is_light(working, quad) for quad in lines], np.bool_))


def _is_light(grey: Grey, quad: Quads) -> bool:
    """Say whether a line is lighter than its paper: most of it is paper."""
    (left, top), (right, bottom) = np.floor(quad.min(0)).astype(int).clip(0), np.ceil(quad.max(0)).astype(int)
    piece = grey[top:bottom, left:right]
    if not piece.size:
        return False
    darkest, paper, lightest = np.percentile(piece, (3, 50, 97))
    return bool(lightest - paper > paper - darkest)


def a_little_askew(rng: random.Random) -> float:
    """Draw degrees, as pages lie that somebody has tried to lay straight."""
    return rng.gauss(0, 3) if rng.random() < 0.6 else rng.uniform(-14, 14) if rng.random() < 0.3 else 0.0


@attrs.frozen
class PageSource:
    """Draws crops with labels.

    Parameters
    ----------
    pages : sequence of MarkedPage
    banks : Banks
    askew : callable
        Draws by how many degrees a crop is turned, 22 at most.
    """

    pages: Sequence[MarkedPage]
    banks: Banks
    askew: Callable[[random.Random], float] = a_little_askew

    def crop(self, rng: random.Random) -> tuple[Grey, Labels]:
        """Draw a crop, shape (SIDE, SIDE), and its labels."""
        if rng.random() < 0.08:  # a surface, and nothing on it
            grey, lines, light = self._surface(rng), np.zeros((0, 4, 2)), np.zeros(0, np.bool_)
            _litter(grey, lines, rng)
        else:
            grey, lines, light = self._cut(rng.choice(self.pages), rng)
        if rng.random() < 0.3:
            grey, light = 255 - grey, ~light
        return self.photographed(grey, rng), label(lines, light)

    def _surface(self, rng: random.Random) -> Grey:
        plane = self.banks.texture(rng, SIDE, SIDE) * rng.uniform(3, 50) + rng.uniform(30, 220)
        return np.asarray(np.clip(plane, 0, 255), np.uint8)

    def _cut(self, page: MarkedPage, rng: random.Random) -> tuple[Grey, Quads, npt.NDArray[np.bool_]]:
        scale = min(max(math.exp(rng.gauss(0, 0.3)) if rng.random() < 0.8 else rng.uniform(0.45, 2.2), 0.4), 2.5)
        side = round(SIDE / scale * 1.3)
        left, top = _place(page, side, rng)
        grey, inside = _framed(page.grey, left, top, side)
        lines = page.lines - (left, top)
        near = (lines.max(1) > 0).all(1) & (lines.min(1) < side).all(1)
        lines, light = lines[near], page.light[near]
        _litter(grey, lines, rng)
        if rng.random() < 0.2 and len(lines):
            there = caption(grey, lines, rng)
            lines, light = lines[there], light[there]
        if rng.random() < 0.25 and len(lines):
            _invert_part(grey, lines, light, rng)
        matrix = _askew(side, scale, self.askew(rng), rng)
        cut: Any = cv2.warpPerspective(grey, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        if rng.random() < 0.35:  # beyond the paper's edge lies a table
            cover = cv2.warpPerspective(inside, matrix, (SIDE, SIDE))
            cut = np.where(cover > 127, cut, self._surface(rng))
        if len(lines):
            lines = cv2.perspectiveTransform(lines.reshape(-1, 1, 2), matrix).reshape(-1, 4, 2).astype(np.float64)
        return cut, lines, light

    def photographed(self, grey: Grey, rng: random.Random) -> Grey:
        """Light, blur and compress a picture, shape (H, W), as a camera might have."""
        picture = grey.astype(np.float32)
        if rng.random() < 0.5:
            contrast = math.exp(rng.uniform(math.log(0.15), 0))
            picture = picture * contrast + rng.uniform(0, 255 * (1 - contrast))
        if rng.random() < 0.45:
            picture = distort.lit(picture, rng, rng.random())
        if rng.random() < 0.15:
            picture = picture + self.banks.texture(rng, *grey.shape) * rng.uniform(1, 16)
        if rng.random() < 0.05:
            picture = distort.creased(picture, rng, rng.random())
        if rng.random() < 0.5:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.6))  # type: ignore[assignment]
        if rng.random() < 0.5:
            picture = distort.noisy(picture, rng, rng.random(), self.banks)
        if rng.random() < 0.05:
            picture = distort.photocopied(picture, rng, rng.random(), self.banks)
        pixels = np.clip(picture, 0, 255).astype(np.uint8)
        return distort.compressed(pixels, rng, rng.random()) if rng.random() < 0.35 else pixels


def _place(page: MarkedPage, side: int, rng: random.Random) -> tuple[int, int]:
    """Choose where a crop begins: mostly near a line."""
    height, width = page.grey.shape
    if len(page.lines) and rng.random() < 0.85:
        x, y = rng.choice(page.lines).mean(0).tolist()
        middle = rng.gauss(x, side / 4), rng.gauss(y, side / 4)
    else:
        middle = rng.uniform(0, width), rng.uniform(0, height)
    left, top = (
        int(min(max(at - side / 2, -0.2 * side), max(size - 0.8 * side, -0.2 * side)))
        for at, size in zip(middle, (width, height), strict=True)
    )
    return left, top


def _framed(grey: Grey, left: int, top: int, side: int) -> tuple[Grey, Grey]:
    """Cut a square that may reach over the page's edges, and say (255) where the page is."""
    height, width = grey.shape
    square = np.full((side, side), int(np.median(grey[::8, ::8])), np.uint8)
    inside = np.zeros((side, side), np.uint8)
    rows, columns = slice(max(top, 0), min(top + side, height)), slice(max(left, 0), min(left + side, width))
    there = (
        slice(rows.start - top, max(rows.stop, rows.start) - top),
        slice(columns.start - left, max(columns.stop, columns.start) - left),
    )
    square[there], inside[there] = grey[rows, columns], 255
    return square, inside


def _litter(grey: Grey, lines: Quads, rng: random.Random) -> None:
    """Put clutter onto a page; what would hide text keeps away from it."""
    height, width = grey.shape
    for _ in range(rng.choice((0, 0, 1, 2, 4, 8))):
        high, wide = rng.randint(12, 120), rng.randint(20, min(300, width))
        long = rng.random() < 0.35
        x, y = rng.randrange(width - wide + 1), rng.randrange(max(height - high, 1))
        piece = grey[y : y + high, x : x + wide]
        ink = (clutter.dashes if long else clutter.draw)(rng, *piece.shape)
        meets = ((lines.max(1) > (x, y)) & (lines.min(1) < (x + wide, y + high))).all(1).any()
        if not long and meets and ink.mean() > 25:
            continue
        dark = rng.uniform(0, 160)
        share = ink.astype(np.float32) / 255 * rng.uniform(0.5, 1)
        piece[:] = (piece * (1 - share) + dark * share).astype(np.uint8)


def caption(grey: Grey, lines: Quads, rng: random.Random) -> npt.NDArray[np.bool_]:
    """Make a line the caption of a bar code: draw bars right above or below it, upon whole lines if need be.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Is drawn upon.
    lines : ndarray of float64, shape (N, 4, 2)
    rng : random.Random

    Returns
    -------
    ndarray of bool, shape (N,)
        The lines that are still there.
    """
    boxes = np.concatenate([lines.min(1), lines.max(1)], 1)
    own = rng.randrange(len(lines))
    left, top, right, bottom = boxes[own]
    tall, wide = bottom - top, right - left
    gap, high = 1 + tall * rng.uniform(0, 0.4), tall * rng.uniform(1.2, 4)
    y = bottom + gap if rng.random() < 0.5 else top - gap - high
    area = np.array([left - wide * rng.uniform(-0.1, 0.4), y, right + wide * rng.uniform(-0.1, 0.4), y + high])
    for box in boxes:
        if _meet(box, area):
            area = np.concatenate([np.minimum(area[:2], box[:2]), np.maximum(area[2:], box[2:])])
    x0, y0, x1, y1 = np.round(area).astype(int).clip(0)
    piece, there = grey[y0:y1, x0:x1], np.array([not _meet(box, area) for box in boxes])
    if not there[own] or min(piece.shape) < 4:
        return np.ones(len(lines), np.bool_)
    paper, dark = float(np.median(piece)), rng.uniform(0, 100)
    piece[:] = paper + (dark - paper) * (clutter.bars(rng, *piece.shape) > 0)
    return there


def _meet(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> bool:
    """Say whether two boxes (left, top, right, bottom) have something in common."""
    return bool((one[:2] < two[2:]).all() and (one[2:] > two[:2]).all())


def _invert_part(grey: Grey, lines: Quads, light: npt.NDArray[np.bool_], rng: random.Random) -> None:
    """Invert a box or a band around a line, and all lines that it meets; `light` is changed with it."""
    boxes = np.concatenate([lines.min(1), lines.max(1)], 1)
    left, top, right, bottom = rng.choice(boxes)
    tall = bottom - top
    area = np.array([left, top, right, bottom]) + tall * np.array(
        [-rng.uniform(0.2, 2), -rng.uniform(0.15, 2), rng.uniform(0.2, 4), rng.uniform(0.15, 2)]
    )
    if rng.random() < 0.4:
        area[[0, 2]] = -1, grey.shape[1] + 1
    for box in boxes:  # no line is cut
        if _meet(box, area):
            area = np.concatenate([np.minimum(area[:2], box[:2] - 1), np.maximum(area[2:], box[2:] + 1)])
    x0, y0, x1, y1 = np.round(area).astype(int).clip(0)
    grey[y0:y1, x0:x1] = 255 - grey[y0:y1, x0:x1]
    middle = lines.mean(1)
    light ^= ((middle > area[:2]) & (middle < area[2:])).all(1)


def _askew(side: int, scale: float, degrees: float, rng: random.Random) -> npt.NDArray[np.float64]:
    """Give the matrix that turns and scales a square about its middle, sometimes in perspective."""
    matrix = np.vstack([cv2.getRotationMatrix2D((side / 2, side / 2), degrees, scale), (0, 0, 1)])
    matrix[:2, 2] += (SIDE - side) / 2
    if rng.random() < 0.4:
        corners = np.array([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], np.float32)
        moved = corners + np.array([[rng.gauss(0, 0.03 * SIDE) for _ in range(2)] for _ in range(4)], np.float32)
        matrix = np.asarray(cv2.getPerspectiveTransform(corners, moved)) @ matrix
    return np.asarray(matrix, np.float64)


def label(lines: Quads, light: npt.NDArray[np.bool_]) -> Labels:
    """Label cells: text in the core of lines, nothing learnt between the core and a little beyond their edges.

    Parameters
    ----------
    lines : ndarray of float64, shape (N, 4, 2)
    light : ndarray of bool, shape (N,)

    Returns
    -------
    ndarray of uint8, shape (SIDE / CELL, SIDE / CELL, 3)
    """
    cells = SIDE // CELL
    text, counts = np.zeros((2, cells, cells), np.uint8), np.ones((cells, cells), np.uint8)
    for quad in _shrunk(lines, -_BORDER):
        cv2.fillConvexPoly(counts, quad, 0, cv2.LINE_8, 4)
    for quad, which in zip(_shrunk(lines, (1 - CORE) / 2), light.astype(int).tolist(), strict=True):
        cv2.fillConvexPoly(text[which], quad, 1, cv2.LINE_8, 4)
        cv2.fillConvexPoly(counts, quad, 1, cv2.LINE_8, 4)
    return np.stack([*text, counts], 2)


def _shrunk(lines: Quads, share: float) -> npt.NDArray[np.int32]:
    """Move quads' upper and lower sides towards each other, and give them in sixteenths of cells."""
    upper, lower = lines[:, :2], lines[:, [3, 2]]
    shrunk = np.concatenate([upper + share * (lower - upper), (lower + share * (upper - lower))[:, ::-1]], 1)
    return np.round((shrunk / CELL - 0.5) * _SHIFT).astype(np.int32)
