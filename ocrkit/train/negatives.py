"""Windows without text: what a detector that misses nothing also brings home."""

from __future__ import annotations

import random

import cv2
import numpy as np

from ocrkit.image import Grey
from ocrkit.recognize.window import HEIGHT
from ocrkit.train import clutter, distort
from ocrkit.train.banks import Banks


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
        ink = clutter.draw(rng, HEIGHT, width)
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
