"""What lies about on pages besides text: rules, borders, bar codes, stains, scribbles, pieces of stamps."""

from __future__ import annotations

import math
import random

import cv2
import numpy as np

from ocrkit.train.faces import Ink


def draw(rng: random.Random, height: int, width: int) -> Ink:
    """Draw one kind of it.

    Parameters
    ----------
    rng : random.Random
    height, width : int
        Pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        Coverage, 255 where it is full.
    """
    return rng.choice((_lines, _arcs, _codes, _blobs, _scraps))(rng, height, width)


def _lines(rng: random.Random, height: int, width: int) -> Ink:
    """Draw rules, borders, corners of boxes."""
    ink = np.zeros((height, width), np.uint8)
    for _ in range(rng.randint(1, 4)):
        thick = rng.choice((1, 1, 2, 3, 6))
        if rng.random() < 0.6:
            y, lean = rng.randrange(height), rng.randint(-2, 2)
            cv2.line(ink, (rng.choice((0, rng.randrange(width))), y), (width, y + lean), 255, thick, cv2.LINE_AA)
        else:
            x, lean = rng.randrange(width), rng.randint(-2, 2)
            cv2.line(ink, (x, rng.choice((0, rng.randrange(height)))), (x + lean, height), 255, thick, cv2.LINE_AA)
    return ink


def _arcs(rng: random.Random, height: int, width: int) -> Ink:
    """Draw pieces of stamps and logos, larger than letters."""
    ink = np.zeros((height, width), np.uint8)
    for _ in range(rng.randint(1, 3)):
        centre = rng.randint(-20, width + 20), rng.randint(-40, height + 40)
        axes = rng.randint(25, 120), rng.randint(25, 120)
        thick = rng.choice((1, 2, 4, 8, -1))
        cv2.ellipse(ink, centre, axes, rng.uniform(0, 180), 0, rng.uniform(90, 360), 255, thick, cv2.LINE_AA)
    return ink


def _codes(rng: random.Random, height: int, width: int) -> Ink:
    """Draw a piece of a bar code, or of a two-dimensional one."""
    if rng.random() < 0.6:
        ink = bars(rng, height, width)
        if rng.random() < 0.4:
            ink[: rng.randrange(height)] = 0
        return ink
    module = _module(rng)
    generator = np.random.default_rng(rng.getrandbits(32))
    code = generator.random((height // module + 1, width // module + 1)) < 0.5
    return np.kron(code, np.ones((module, module), bool))[:height, :width].astype(np.uint8) * 255


def bars(rng: random.Random, height: int, width: int) -> Ink:
    """Draw the bars of a bar code, as `draw` does."""
    module = _module(rng)
    code = np.array([rng.random() < 0.5 for _ in range(width // module + 1)])
    row = np.kron(code, np.ones(module, bool))[:width]
    return np.broadcast_to(row, (height, width)).astype(np.uint8) * 255


def _module(rng: random.Random) -> int:
    return rng.choice((1, 2, 2, 3, 4))


def _blobs(rng: random.Random, height: int, width: int) -> Ink:
    """Draw stains, staples, punched holes, dirt."""
    ink = np.zeros((height, width), np.uint8)
    for _ in range(rng.randint(1, 12)):
        centre = rng.randrange(width), rng.randrange(height)
        axes = max(round(rng.lognormvariate(0.5, 0.9)), 1), max(round(rng.lognormvariate(0.5, 0.9)), 1)
        cv2.ellipse(ink, centre, axes, rng.uniform(0, 180), 0, 360, rng.randint(60, 255), -1, cv2.LINE_AA)
    return ink


def _scraps(rng: random.Random, height: int, width: int) -> Ink:
    """Draw scribbles: pieces of a signature's stroke."""
    ink = np.zeros((height, width), np.uint8)
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    angle = rng.uniform(0, 2 * math.pi)
    for _ in range(rng.randint(10, 40)):
        angle += rng.uniform(-0.5, 0.5)
        nx, ny = x + 6 * math.cos(angle), y + 6 * math.sin(angle)
        cv2.line(ink, (round(x), round(y)), (round(nx), round(ny)), 255, rng.choice((1, 2)), cv2.LINE_AA)
        x, y = nx, ny
    return ink


def dashes(rng: random.Random, height: int, width: int) -> Ink:
    """Draw a rule of dashes or dots, or of characters that stand for one."""
    ink = np.zeros((height, width), np.uint8)
    dash, gap, thick = rng.randint(1, 9), rng.randint(1, 7), rng.randint(1, 3)
    y = rng.randrange(height)
    for row in (y, y + thick + rng.randint(1, 4)) if rng.random() < 0.2 else (y,):
        for x in range(rng.randint(0, dash), width, dash + gap):
            cv2.rectangle(ink, (x, row), (x + dash - 1, row + thick - 1), 255, -1)
    return ink
