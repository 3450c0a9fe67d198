"""Windows and readings made up for tests: the text says where everything lies."""

import numpy as np

from ocrkit.geometry import Homography
from ocrkit.spec import Detection, Reading, Region

HEIGHT = 32
LETTER = 12
"""Columns of a character."""


def region(line, part, parts, begin, width, overlap=0.0):
    """Make a window of line `line` that begins `begin` pixels along it; the page is as large as the windows."""
    return Region(
        line=line,
        part=part,
        parts=parts,
        overlap=overlap,
        light=False,
        size=(width, HEIGHT),
        to_page=Homography.translation(begin, 100 * line),
    )


def reading(text, width, start=0, confidence=1.0):
    """Read a text whose characters are `LETTER` columns wide and begin at column `start`."""
    spans = tuple(((start + LETTER * at + 4) / width, (start + LETTER * at + 8) / width) for at in range(len(text)))
    return Reading(text, spans, (confidence,) * len(text), confidence, evidence=text)


def window(text, width, start=0):
    """Draw bars of ink, 8 columns wide, where a text has characters."""
    pixels = np.full((HEIGHT, width), 250, np.uint8)
    for at, character in enumerate(text):
        if character != " ":
            pixels[8:24, max(start + LETTER * at + 2, 0) : start + LETTER * at + 10] = 20
    return pixels


def page(lines):
    """Make a detection and readings of one window a line."""
    widths = [LETTER * len(text) + 20 for text in lines]
    regions = [region(number, 0, 1, 0, width) for number, width in enumerate(widths)]
    windows = [window(text, width, 10) for text, width in zip(lines, widths, strict=True)]
    readings = [reading(text, width, 10) for text, width in zip(lines, widths, strict=True)]
    return Detection(regions=tuple(regions), windows=tuple(windows)), readings


def weigher(doubts=None):
    """Weigh claims by a table of texts; what was read is sure, and all else most unlikely."""

    def weigh(claims):
        known = doubts or {}
        own = [-0.001 if claim.text in claim.reading.text.split() else -15.0 for claim in claims]
        return np.array([known.get(claim.text, otherwise) for claim, otherwise in zip(claims, own, strict=True)])

    return weigh
