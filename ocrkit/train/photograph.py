"""Pictures of ink on paper: scanned, photographed, or drawn by a program; and pictures of pictures."""

from __future__ import annotations

import random

import cv2
import numpy as np

from ocrkit.image import Grey
from ocrkit.train import distort
from ocrkit.train.banks import Banks
from ocrkit.train.faces import Ink
from ocrkit.train.typeset import Style


def photograph(ink: Ink, style: Style, light_on_dark: float, banks: Banks, rng: random.Random) -> Grey:
    """Put ink on paper and take the picture that a detector would cut the window from.

    Parameters
    ----------
    ink : ndarray of uint8, shape (H, W)
    style : Style
    light_on_dark : float
        Chance that paper and ink change places; on receipts and scans a quarter of it.
    banks : Banks
    rng : random.Random

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    height, width = max(round(ink.shape[0] / style.shrink), 6), max(round(ink.shape[1] / style.shrink), 4)
    if (height, width) != ink.shape:
        ink = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    severity = style.coarse * rng.random()
    bare = rng.uniform(150, 255) if rng.random() < 0.7 else 255.0
    dark = (
        bare * (1 - rng.uniform(0.35, 1.0) ** 0.6)
        if style.kind != "digital"
        else bare * rng.choice((0.0, rng.random() * 0.6))
    )
    cover = ink.astype(np.float32) * np.float32(1 / 255)
    picture = bare - (bare - dark) * cover
    # white on black is rare on paper
    if rng.random() < light_on_dark * (0.25 if style.kind in ("receipt", "scan") else 1):
        picture = 255 - picture
    if style.kind == "digital":
        pixels = np.clip(picture, 0, 255).astype(np.uint8)
    else:
        pixels = _seen(picture, cover, style, severity, banks, rng)
    if rng.random() < (0.15 if style.kind == "digital" else 0.4):
        pixels = distort.compressed(pixels, rng, severity if style.kind != "digital" else 0.4)
    return pixels  # type: ignore[no-any-return]


def _seen(
    picture: distort.Picture, cover: distort.Picture, style: Style, severity: float, banks: Banks, rng: random.Random
) -> Grey:
    height, width = picture.shape
    photo, receipt = style.photographed, style.kind == "receipt"
    if rng.random() < 0.06:  # the other side of the page shines through
        picture = picture * (1 - rng.uniform(0.05, 0.3) * severity * cover[::-1, ::-1])
    if rng.random() < (0.5 if photo else 0.2):
        surface = banks.texture(rng, height, width)
        picture = picture + surface * (rng.uniform(1, 16) * severity)
    if rng.random() < (0.6 if photo else 0.2):
        picture = distort.lit(picture, rng, severity)
    if photo and rng.random() < (0.5 if receipt else 0.1):  # receipts come out of pockets
        picture = distort.crumpled(picture, rng, severity)
    if rng.random() < 0.05:
        picture = distort.creased(picture, rng, severity)
    if rng.random() < (0.6 if photo else 0.4):
        picture = distort.blurred(picture, rng, severity)
    if rng.random() < 0.12:
        picture = distort.sharpened(picture, rng)
    if rng.random() < 0.6:
        picture = distort.noisy(picture, rng, severity, banks)
    if not photo and picture.mean() > 100 and rng.random() < (0.5 if receipt else 0.25):
        picture = distort.whitened(picture, rng)
    if not photo and rng.random() < (0.04 if receipt else 0.12):
        picture = distort.photocopied(picture, rng, severity, banks)
    return np.clip(picture, 0, 255).astype(np.uint8)


def photograph_again(grey: Grey, severity: float, banks: Banks, rng: random.Random, *, receipt: bool = False) -> Grey:
    """Take a picture of what is a picture already.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    severity : float
    banks : Banks
    rng : random.Random
    receipt : bool
        Whether it may have been crumpled.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    if severity < 0.05:
        return grey
    picture = grey.astype(np.float32)
    if receipt and rng.random() < 0.5:
        picture = distort.crumpled(picture, rng, severity)
    if rng.random() < 0.4:
        picture = distort.lit(picture, rng, severity)
    if rng.random() < 0.4:
        picture = picture * (1 - rng.uniform(0, 0.5)) + rng.uniform(0, 60)
    if rng.random() < 0.4:
        picture = distort.blurred(picture, rng, severity)
    if rng.random() < 0.1:
        picture = distort.sharpened(picture, rng)
    if rng.random() < 0.5:
        picture = distort.noisy(picture, rng, severity, banks)
    if rng.random() < 0.05:
        picture = 255 - picture
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        pixels = distort.compressed(pixels, rng, severity)
    return pixels
