"""Pages scanned or photographed again, and where their characters stand then."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.image import Grey
from ocrkit.train import distort
from ocrkit.train.banks import Banks


@attrs.frozen(eq=False)
class Characters:
    """The characters of a page.

    Parameters
    ----------
    text : sequence of str
    place : ndarray of float64, shape (N, 2)
        Their middles, pixels.
    word : ndarray of int64, shape (N,)
        Number of each one's word; those of a line follow each other.
    line : ndarray of int64, shape (N,)
        Number of each one's line.
    """

    text: Sequence[str]
    place: npt.NDArray[np.float64]
    word: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]


def characters_of(page: Any) -> Characters | None:
    """Take the characters of a PDF's page; None if some are hidden, or stand across."""
    text: list[str] = []
    place, words, lines = [], [], []
    word = line = 0
    for block in page.get_text("rawdict")["blocks"]:
        for own in block.get("lines", ()):
            if own["dir"][0] < 0.99:
                return None
            line += 1
            word += 1
            for span in own["spans"]:
                for character in span["chars"]:
                    if character["c"].isspace():
                        word += 1
                        continue
                    x0, y0, x1, y1 = character["bbox"]
                    text.append(character["c"])
                    place.append(((x0 + x1) / 2, y0 + 0.55 * (y1 - y0)))
                    words.append(word)
                    lines.append(line)
    if len(text) < 100:
        return None
    return Characters(text, np.array(place), np.array(words), np.array(lines))


def drawn(page: Any, characters: Characters, dpi: int) -> tuple[Grey, Characters]:
    """Draw a PDF's page; give its characters in pixels."""
    pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
    grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
    return grey, attrs.evolve(characters, place=characters.place * (dpi / 72))


def worsened(grey: Grey, characters: Characters, rng: random.Random, banks: Banks) -> tuple[Grey, Characters]:
    """Scan or photograph a page, and move its characters along.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    characters : Characters
    rng : random.Random
    banks : Banks
    """
    kind = rng.choices(("digital", "scan", "photo"), (3, 4, 4))[0]
    if kind == "digital":
        return (distort.compressed(grey, rng, 0.6) if rng.random() < 0.5 else grey), characters
    height, width = grey.shape
    severity = rng.random()
    if kind == "photo":
        grey, characters = _tilted(grey, characters, rng, banks)
        if rng.random() < 0.5:
            grey, characters = _bent(grey, characters, rng)
    elif rng.random() < 0.5:
        degrees = rng.gauss(0, 0.8)
        matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (0, 0, 1)])
        grey, characters = _moved(grey, characters, matrix, 255)
    picture = grey.astype(np.float32)
    if rng.random() < 0.5:
        contrast = rng.uniform(0.4, 1)
        picture = picture * contrast + rng.uniform(0, 255 * (1 - contrast))
    if kind == "photo" or rng.random() < 0.2:
        picture = distort.lit(picture, rng, severity)
    if rng.random() < 0.7:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.3))  # type: ignore[assignment]
    if rng.random() < 0.2:
        picture = distort.sharpened(picture, rng)
    picture += np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0, 10), picture.shape)
    if kind == "scan" and rng.random() < 0.35:
        level = rng.uniform(0.45, 0.75) * 255
        picture = np.where(cv2.GaussianBlur(picture, (0, 0), 0.5) > level, np.float32(255), np.float32(0))
    worse = np.clip(picture, 0, 255).astype(np.uint8)
    if kind == "scan" and rng.random() < 0.4:
        for _ in range(rng.choice((30, 150, 500))):
            spot = rng.randrange(width), rng.randrange(height)
            cv2.circle(worse, spot, rng.choice((0, 1, 1, 2, 3)), rng.randint(0, 90), -1)
    return (distort.compressed(worse, rng, 0.8) if rng.random() < 0.7 else worse), characters


def worsened_quads(
    grey: Grey, quads: npt.NDArray[np.float64], rng: random.Random, banks: Banks
) -> tuple[Grey, npt.NDArray[np.float64]]:
    """Scan or photograph a page, and move the corners of its marks along, shape (N, 4, 2)."""
    none = np.zeros(0, np.int64)
    worse, moved = worsened(grey, Characters((), quads.reshape(-1, 2), none, none), rng, banks)
    return worse, moved.place.reshape(-1, 4, 2)


def _tilted(grey: Grey, characters: Characters, rng: random.Random, banks: Banks) -> tuple[Grey, Characters]:
    """Photograph a page from somewhere near its front."""
    height, width = grey.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array([[rng.gauss(0, 0.02 * width) for _ in range(2)] for _ in range(4)], np.float32)
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), rng.gauss(0, 1.5), rng.uniform(0.85, 1.0))
    matrix = np.vstack([turned, (0, 0, 1)]) @ np.asarray(cv2.getPerspectiveTransform(corners, moved))
    grey, characters = _moved(grey, characters, matrix, rng.randint(20, 255))
    surface = banks.texture(rng, min(height, 400), min(width, 400))
    stretched = cv2.resize(surface, (width, height))
    strength = rng.uniform(0, 6)
    return np.clip(grey + stretched * strength, 0, 255).astype(np.uint8), characters


def _bent(grey: Grey, characters: Characters, rng: random.Random) -> tuple[Grey, Characters]:
    """Bend the paper a little: lines rise and fall."""
    height, width = grey.shape
    steepness = 0.06 * rng.random()  # of a line, where it is steepest, about
    lift = distort.rolling(rng, height, width, rng.choice((2, 3, 4)), rng.choice((2, 3, 4))) * (steepness * width)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent: Any = cv2.remap(grey, x, y + lift, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    columns, rows = (np.clip(np.rint(characters.place[:, axis]), 0, grey.shape[1 - axis] - 1) for axis in (0, 1))
    place = characters.place.copy()
    place[:, 1] -= lift[rows.astype(np.int64), columns.astype(np.int64)]
    return bent, attrs.evolve(characters, place=place)


def _moved(grey: Grey, characters: Characters, matrix: npt.NDArray[np.float64], ground: int) -> tuple[Grey, Characters]:
    size = grey.shape[1], grey.shape[0]
    moved: Any = cv2.warpPerspective(grey, matrix, size, borderValue=ground, flags=cv2.INTER_LINEAR)
    place = cv2.perspectiveTransform(characters.place.reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return moved, attrs.evolve(characters, place=place.astype(np.float64))
