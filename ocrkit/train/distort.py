"""What happens to ink between the printer and the net: ink, paper, lens, light, sensor, file.

Each function takes a picture and a random generator and gives a new picture. Ink is uint8 coverage (0 bare, 255
full); paper and what comes after it is float32 grey, 0 black to 255 white. `severity` runs from 0, hardly visible,
to 1, hardly legible.
"""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.train.banks import Banks
from ocrkit.train.faces import Ink

Picture = npt.NDArray[np.float32]
"""Grey levels, float32 (H, W)."""


def spread(ink: Ink, rng: random.Random, severity: float) -> Ink:
    """Let ink run, or print thin: strokes gain or lose up to about a fifth of their width."""
    amount = rng.uniform(0.3, 1.0) * severity
    kernel = cv2.getStructuringElement(rng.choice((cv2.MORPH_CROSS, cv2.MORPH_RECT)), (3, 3))
    changed = cv2.dilate(ink, kernel) if rng.random() < 0.6 else cv2.erode(ink, kernel)
    return cv2.addWeighted(changed, amount, ink, 1 - amount, 0)  # type: ignore[return-value]


def ragged(ink: Ink, rng: random.Random, severity: float, banks: Banks) -> Ink:
    """Give strokes uneven edges, as toner on rough paper or a copy of a copy has."""
    height, width = ink.shape
    soft = cv2.GaussianBlur(ink, (0, 0), 0.7 + 0.9 * severity).astype(np.float32)
    soft += banks.grain(rng, height, width, coarse=1) * (25 + 45 * severity)
    steep = 3.0
    return np.asarray(np.clip((soft - rng.uniform(90, 160)) * steep + 128, 0, 255), np.uint8)


def stipple(ink: Ink, rng: random.Random, severity: float, banks: Banks) -> Ink:
    """Drop specks of ink: thermal paper, dry ribbons, worn type."""
    height, width = ink.shape
    grain = banks.grain(rng, height, width, coarse=rng.choice((0, 1, 1, 2)))
    kept = np.clip((grain + rng.uniform(2.2, 3.2) - 2.4 * severity) * 1.5, 0, 1)
    return np.asarray(ink * kept, np.uint8)


def fade(ink: Ink, rng: random.Random, severity: float) -> Ink:
    """Fade parts of a line, as heat and fingers do to thermal paper."""
    height, width = ink.shape
    plane = rolling(rng, height, width, 2, rng.choice((2, 4, 8)))
    return np.asarray(ink * np.clip(1 - severity * plane, 0.08, 1), np.uint8)


def dead_dots(ink: Ink, rng: random.Random) -> Ink:
    """Break columns of a print head, or rows of a roll that slipped."""
    broken: Ink = ink.copy()
    height, width = ink.shape
    for _ in range(rng.choice((1, 1, 2))):
        left = rng.uniform(0.1, 0.5)
        thick = max(round(rng.uniform(0.03, 0.1) * height), 1)
        if rng.random() < 0.7:
            at = rng.randrange(width)
            broken[:, at : at + thick] = broken[:, at : at + thick] * left
        else:
            at = rng.randrange(height)
            broken[at : at + thick] = broken[at : at + thick] * left
    return broken


def starve(ink: Ink, rng: random.Random, severity: float, em: float) -> Ink:
    """Print small spots fainter than strokes, as heads and toner do: points and colons nearly vanish."""
    around = cv2.GaussianBlur(ink, (0, 0), max(em * rng.uniform(0.04, 0.08), 0.6)).astype(np.float32) / 255
    least = 0.15 + 0.2 * severity * rng.random()
    return np.asarray(ink * np.clip((around - least) * rng.uniform(2.0, 3.5) + 0.15, 0.12, 1), np.uint8)


def whitened(picture: Picture, rng: random.Random) -> Picture:
    """Stretch contrast until paper is white, as scanning programs like to."""
    height = picture.shape[0]
    paper = cv2.GaussianBlur(picture, (0, 0), max(height * rng.uniform(0.5, 1.5), 1.0))
    flat = picture / np.maximum(np.maximum(paper, float(np.median(picture)) * 0.7), 8.0)
    white = float(np.quantile(flat, rng.uniform(0.5, 0.95)))
    black = float(flat.min()) * rng.uniform(0.6, 1.0)
    return np.asarray(np.clip((flat - black) / max(white - black, 0.05), 0, 1) * 255, np.float32)


def warped(ink: Ink, frame: tuple[float, float, float, float], rng: random.Random, severity: float) -> Ink:
    """Cut a frame out of a picture askew: turned, sheared, in perspective, along a bent baseline.

    Parameters
    ----------
    ink : ndarray of uint8, shape (H, W)
    frame : tuple of float
        Left, top, right, bottom of what is to be cut out.
    rng : random.Random
    severity : float

    Returns
    -------
    ndarray of uint8
        Of the frame's size, rounded.
    """
    left, top, right, bottom = frame
    width, height = max(round(right - left), 4), max(round(bottom - top), 4)
    reach = 0.16 * severity * height
    # turning a long line within its frame is limited by what stays inside the frame
    tilt = rng.uniform(-1, 1) * min(math.tan(math.radians(4 * severity)) * width, 0.22 * height) / 2
    slant = rng.uniform(-0.25, 0.25) * severity * height
    jitter = [[rng.uniform(-reach, reach) for _ in range(2)] for _ in range(4)]
    signs = ((0, 0, -tilt, slant), (1, 0, tilt, slant), (1, 1, tilt, 0), (0, 1, -tilt, 0))
    source = np.array(
        [
            (left + x * (right - left) + lean + dx * 0.6, top + y * (bottom - top) + rise + dy * 0.6)
            for (x, y, rise, lean), (dx, dy) in zip(signs, jitter, strict=True)
        ],
        np.float32,
    )
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(target, source), np.float64)
    if rng.random() < 0.35:
        return _bent(ink, matrix, (width, height), rng, severity)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(ink, matrix, (width, height), flags=flags)  # type: ignore[return-value]


def _bent(ink: Ink, matrix: npt.NDArray[np.float64], size: tuple[int, int], rng: random.Random, severity: float) -> Ink:
    width, height = size
    xs = np.arange(width, dtype=np.float32)
    bend = rng.uniform(0.03, 0.12) * severity * height
    waves = rng.uniform(0.3, 1.5) if rng.random() < 0.7 else width / (height * rng.uniform(1.5, 4))
    turns = xs / width * np.float32(waves) + np.float32(rng.random())
    if rng.random() < 0.7:
        lift = bend * np.sin(2 * np.pi * turns).astype(np.float32)
    else:  # folded, not rolled: lines break where they rise no more
        lift = np.float32(bend) * (4 * np.abs(turns % 1 - np.float32(0.5)) - 1)
    ys = np.arange(height, dtype=np.float32)[:, None] + lift
    m = matrix.astype(np.float32)
    depth = m[2, 0] * xs + m[2, 1] * ys + m[2, 2]
    from_x = (m[0, 0] * xs + m[0, 1] * ys + m[0, 2]) / depth
    from_y = (m[1, 0] * xs + m[1, 1] * ys + m[1, 2]) / depth
    return cv2.remap(ink, from_x, from_y, cv2.INTER_LINEAR)  # type: ignore[return-value]


def rolling(rng: random.Random, height: int, width: int, rows: int, columns: int) -> Picture:
    """Draw a smooth random plane of numbers from 0 to 1."""
    knots = np.array([rng.random() for _ in range(rows * columns)], np.float32).reshape(rows, columns)
    plane: Picture = cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
    return plane


def lit(picture: Picture, rng: random.Random, severity: float) -> Picture:
    """Light a picture unevenly; sometimes a shadow's edge runs through it."""
    height, width = picture.shape
    depth = 0.55 * severity * rng.random()
    light = 1 - depth * rolling(rng, height, width, 2, rng.choice((2, 3, 5)))
    if rng.random() < 0.25:
        edge, lean = rng.uniform(0, width), rng.uniform(-1.5, 1.5)
        x = np.arange(width, dtype=np.float32) - edge
        y = np.arange(height, dtype=np.float32)[:, None] * lean
        soft = rng.uniform(1.5, 12)
        light *= 1 - rng.uniform(0.2, 0.6) * severity * np.clip((x + y) / soft, 0, 1) * 1.0
    return picture * light


def creased(picture: Picture, rng: random.Random, severity: float) -> Picture:
    """Fold the paper: a thin line, light on one side and dark on the other."""
    height, width = picture.shape
    flat = rng.random() < 0.5
    at, lean = (rng.uniform(0, height), rng.uniform(-0.1, 0.1)) if flat else (rng.uniform(0, width), rng.uniform(-1, 1))
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)[:, None]
    away = y - at + lean * x if flat else x - at + lean * y
    return np.asarray(
        picture + rng.uniform(-70, 70) * severity * np.exp(-np.abs(away) / rng.uniform(0.5, 2.0)), np.float32
    )


def crumpled(picture: Picture, rng: random.Random, severity: float) -> Picture:
    """Crumple the paper: its facets lie in light of different strength, with an edge between them."""
    height, width = picture.shape
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)[:, None]
    light = np.ones((height, width), np.float32)
    # about one edge to every two heights
    for _ in range(min(1 + int(rng.random() * width / height / 2), 6)):
        angle = rng.uniform(0, math.pi)
        away = (x - rng.uniform(0, width)) * math.sin(angle) + (y - rng.uniform(0, height)) * math.cos(angle)
        light += rng.uniform(-0.35, 0.35) * severity * np.tanh(away / rng.uniform(0.5, 0.3 * height))
        light += rng.uniform(-0.2, 0.2) * severity * np.exp(-np.abs(away) / rng.uniform(0.5, 3.0))
    return np.asarray(picture * np.maximum(light, 0.15), np.float32)


def blurred(picture: Picture, rng: random.Random, severity: float) -> Picture:
    """Blur by focus, or by a hand that moved."""
    radius = severity * min(picture.shape) / 32
    if rng.random() < 0.7:
        sigma = 0.3 + 1.3 * radius * rng.random()
        return cv2.GaussianBlur(picture, (0, 0), sigma)  # type: ignore[return-value]
    length = max(round(2 + 5 * radius * rng.random()), 2)
    angle = rng.uniform(0, math.pi)
    kernel = np.zeros((length * 2 + 1, length * 2 + 1), np.float32)
    reach = length / 2
    ends = [(round(length + s * reach * math.cos(angle)), round(length + s * reach * math.sin(angle))) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return cv2.filter2D(picture, -1, kernel / max(float(kernel.sum()), 1e-3))  # type: ignore[return-value]


def noisy(picture: Picture, rng: random.Random, severity: float, banks: Banks) -> Picture:
    """Add grain, fine or coarse, and now and then lone specks."""
    height, width = picture.shape
    grain = banks.grain(rng, height, width, coarse=rng.choice((0, 0, 1, 2)))
    picture = picture + grain * (26 * severity * rng.random())
    if rng.random() < 0.12 * severity:
        specks = banks.grain(rng, height, width, coarse=rng.choice((0, 1)))
        picture = np.where(specks > rng.uniform(2.5, 3.5), rng.uniform(0, 255), picture).astype(np.float32)
    return picture


def photocopied(picture: Picture, rng: random.Random, severity: float, banks: Banks) -> Picture:
    """Leave black and white only, as a fax does."""
    height, width = picture.shape
    low, high = float(picture.min()), float(picture.max())
    level = low + (high - low) * rng.uniform(0.4, 0.7)
    uneven = picture + banks.grain(rng, height, width) * (high - low) * 0.12 * severity
    return np.asarray(np.where(uneven > level, np.float32(255), np.float32(0)))


def compressed(picture: npt.NDArray[np.uint8], rng: random.Random, severity: float) -> npt.NDArray[np.uint8]:
    """Save as JPEG and read back."""
    quality = int(95 - 75 * severity * rng.random())
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]


def sharpened(picture: Picture, rng: random.Random) -> Picture:
    """Sharpen too much, as scanners and telephones like to."""
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 1.6))
    amount = rng.uniform(0.3, 1.5)
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)  # type: ignore[return-value]
