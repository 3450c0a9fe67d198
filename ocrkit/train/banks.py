"""Stocks of texture and noise that windows take random crops of: making noise anew costs more than all else."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
import cv2
import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]
"""A plane of numbers around 0, float32 (H, W)."""

_SIDE = 1024
TEXTURE_SIDE = 640
"""Pixels that the shorter side of a surface is brought to."""


@attrs.frozen
class Banks:
    """What windows crop their paper and grain from.

    Parameters
    ----------
    grains : sequence of ndarray of float32
        Noise of deviation 1, from fine to coarse.
    textures : sequence of ndarray of float32
        Surfaces (paper, wood, fabric, stone), mean 0 and deviation 1.
    """

    grains: Sequence[Field]
    textures: Sequence[Field]

    def grain(self, rng: random.Random, height: int, width: int, coarse: int = 0) -> Field:
        """Crop a piece of noise; `coarse` counts from 0."""
        return _crop(self.grains[coarse], rng, height, width)

    def texture(self, rng: random.Random, height: int, width: int) -> Field:
        """Crop a piece of a surface, in any of its four directions."""
        plane = rng.choice(self.textures)
        piece = _crop(plane, rng, height, width)
        return piece[:: rng.choice((1, -1)), :: rng.choice((1, -1))]


def _crop(plane: Field, rng: random.Random, height: int, width: int) -> Field:
    rows, columns = plane.shape
    if height > rows or width > columns:
        plane = cv2.copyMakeBorder(plane, 0, max(height - rows, 0), 0, max(width - columns, 0), cv2.BORDER_REFLECT)  # type: ignore[assignment]
        rows, columns = plane.shape
    top, left = int(rng.random() * (rows - height + 1)), int(rng.random() * (columns - width + 1))
    return plane[top : top + height, left : left + width]


def make_banks(textures: Iterable[Path] = ()) -> Banks:
    """Fill the stocks.

    Parameters
    ----------
    textures : iterable of Path
        Pictures of surfaces; a few are drawn besides, so that there are always some.
    """
    generator = np.random.default_rng(2017)
    white = generator.standard_normal((_SIDE, _SIDE), np.float32)
    grains = [white, *(_standard(cv2.GaussianBlur(white, (0, 0), sigma)) for sigma in (0.8, 1.6, 4.0))]
    drawn = [_fibres(generator, stretch) for stretch in (1, 4, 20)] + [_halftone(generator, pitch) for pitch in (5, 8)]
    surfaces = [_read(path) for path in textures]
    return Banks(tuple(grains), tuple(drawn + [plane for plane in surfaces if plane is not None]))


def _read(path: Path) -> Field | None:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        return None
    scale = TEXTURE_SIDE / min(picture.shape)
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[: 2 * TEXTURE_SIDE, : 2 * TEXTURE_SIDE]
    return _standard(small.astype(np.float32))


def _fibres(generator: np.random.Generator, stretch: int) -> Field:
    noise = generator.standard_normal((TEXTURE_SIDE, TEXTURE_SIDE), np.float32)
    return _standard(cv2.GaussianBlur(noise, (0, 0), sigmaX=float(stretch), sigmaY=1.2))


def _halftone(generator: np.random.Generator, pitch: int) -> Field:
    y, x = np.mgrid[:TEXTURE_SIDE, :TEXTURE_SIDE].astype(np.float32)
    angle = generator.uniform(0, np.pi / 2)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    waves = np.cos(u * 2 * np.pi / pitch) + np.cos(v * 2 * np.pi / pitch)
    return _standard(waves.astype(np.float32))


def _standard(plane: npt.ArrayLike) -> Field:
    values = np.asarray(plane, np.float32)
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-3), np.float32)
