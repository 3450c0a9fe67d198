"""Windows without text: what a detector that misses nothing also brings home."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np

from ocrkit.recognize.window import HEIGHT, Grey
from ocrkit.train import distort
from ocrkit.train.banks import Banks
from ocrkit.train.faces import Ink


def draw(rng: random.Random, banks: Banks) -> Grey:
    """Draw one window that holds no text.

    Returns
    -------
    ndarray of uint8, shape (HEIGHT, W)
    """
    width = round(HEIGHT * min(max(rng.lognormvariate(1.2, 0.6), 0.5), 12))
    bare = rng.uniform(60, 250)
    picture = np.full((HEIGHT, width), bare, np.float32)
    if rng.random() < 0.6:
        picture += _surface(rng, banks, width) * rng.uniform(2, 45)
    if rng.random() < 0.5:
        ink = rng.choice((_lines, _arcs, _bars, _blobs, _scraps))(rng, width)
        picture -= ink.astype(np.float32) * (rng.uniform(-0.5, 0.9) * bare / 255)
    severity = rng.random()
    picture = distort.lit(picture, rng, severity)
    if rng.random() < 0.5:
        picture = distort.blurred(picture, rng, severity)
    picture = distort.noisy(picture, rng, severity, banks)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _surface(rng: random.Random, banks: Banks, width: int) -> distort.Picture:
    """Cut a piece of a surface, at one of several scales."""
    scale = rng.choice((0.5, 1.0, 1.0, 2.0, 4.0))
    size = max(round(HEIGHT * scale), 4), max(round(width * scale), 4)
    piece = banks.texture(rng, *size)
    interpolation = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    return cv2.resize(piece, (width, HEIGHT), interpolation=interpolation)  # type: ignore[return-value]


def _lines(rng: random.Random, width: int) -> Ink:
    """Draw rules, borders, corners of boxes."""
    ink = np.zeros((HEIGHT, width), np.uint8)
    for _ in range(rng.randint(1, 4)):
        thick = rng.choice((1, 1, 2, 3, 6))
        if rng.random() < 0.6:
            y, lean = rng.randrange(HEIGHT), rng.randint(-2, 2)
            cv2.line(ink, (rng.choice((0, rng.randrange(width))), y), (width, y + lean), 255, thick, cv2.LINE_AA)
        else:
            x, lean = rng.randrange(width), rng.randint(-2, 2)
            cv2.line(ink, (x, rng.choice((0, rng.randrange(HEIGHT)))), (x + lean, HEIGHT), 255, thick, cv2.LINE_AA)
    return ink


def _arcs(rng: random.Random, width: int) -> Ink:
    """Draw pieces of stamps and logos, larger than letters."""
    ink = np.zeros((HEIGHT, width), np.uint8)
    for _ in range(rng.randint(1, 3)):
        centre = rng.randint(-20, width + 20), rng.randint(-40, HEIGHT + 40)
        axes = rng.randint(25, 120), rng.randint(25, 120)
        thick = rng.choice((1, 2, 4, 8, -1))
        cv2.ellipse(ink, centre, axes, rng.uniform(0, 180), 0, rng.uniform(90, 360), 255, thick, cv2.LINE_AA)
    return ink


def _bars(rng: random.Random, width: int) -> Ink:
    """Draw a piece of a bar code, or of a two-dimensional one."""
    module = rng.choice((1, 2, 2, 3, 4))
    if rng.random() < 0.6:
        code = np.array([rng.random() < 0.5 for _ in range(width // module + 1)])
        row = np.kron(code, np.ones(module, bool))[:width]
        ink = np.broadcast_to(row, (HEIGHT, width)).astype(np.uint8) * 255
        if rng.random() < 0.4:
            ink[: rng.randrange(HEIGHT)] = 0
        return ink
    generator = np.random.default_rng(rng.getrandbits(32))
    code = generator.random((HEIGHT // module + 1, width // module + 1)) < 0.5
    return np.kron(code, np.ones((module, module), bool))[:HEIGHT, :width].astype(np.uint8) * 255


def _blobs(rng: random.Random, width: int) -> Ink:
    """Draw stains, staples, punched holes, dirt."""
    ink = np.zeros((HEIGHT, width), np.uint8)
    for _ in range(rng.randint(1, 12)):
        centre = rng.randrange(width), rng.randrange(HEIGHT)
        axes = max(round(rng.lognormvariate(0.5, 0.9)), 1), max(round(rng.lognormvariate(0.5, 0.9)), 1)
        cv2.ellipse(ink, centre, axes, rng.uniform(0, 180), 0, 360, rng.randint(60, 255), -1, cv2.LINE_AA)
    return ink


def _scraps(rng: random.Random, width: int) -> Ink:
    """Draw scribbles: pieces of a signature's stroke."""
    ink = np.zeros((HEIGHT, width), np.uint8)
    x, y = rng.uniform(0, width), rng.uniform(0, HEIGHT)
    angle = rng.uniform(0, 2 * math.pi)
    for _ in range(rng.randint(10, 40)):
        angle += rng.uniform(-0.5, 0.5)
        nx, ny = x + 6 * math.cos(angle), y + 6 * math.sin(angle)
        cv2.line(ink, (round(x), round(y)), (round(nx), round(ny)), 255, rng.choice((1, 2)), cv2.LINE_AA)
        x, y = nx, ny
    return ink
