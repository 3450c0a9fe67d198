"""The synthetic pages of the conformance matrix: 275 words on each of 16 page geometries.

Everything is laid out on a canvas as displayed (x to the right, y down, 640 x 800 units), so that
the same words lie at the same fractions of every page, whatever its boxes, unit and rotation.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from math import cos, radians, sin

import attrs
import pymupdf

from ocrkit import Document, Line, Page, Quad, Word

CANVAS = 640, 800
SCALE = 150 / 72  # pixels of the page image for a canvas unit
KINDS = ("plain", "crop", "unit", "dirty")
ROTATIONS = (0, 90, 180, 270)
GEOMETRIES = [(kind, rotation) for kind in KINDS for rotation in ROTATIONS]
_GAPS = (0.02, 0.10, 0.15, 0.20, 0.25, 0.33)


@attrs.frozen
class TrueWord:
    """A word, its corners as fractions of the displayed page, and the angle of its line."""

    text: str
    corners: tuple[tuple[float, float], ...]
    angle: float


@cache
def _font(name: str) -> pymupdf.Font:
    return pymupdf.Font(name)


@attrs.define
class _Layout:
    rng: random.Random
    crowded: bool = False
    lines: list[list[TrueWord]] = attrs.field(factory=list)
    used: set[str] = attrs.field(factory=set)

    def line(
        self, x: float, y: float, count: int, size: float, gap: float, font: str = "helv", angle: float = 0.0
    ) -> None:
        """Add a line of words from (x, y), the start of its baseline; the gap is in ems.

        Below a gap of 0.2 words have six letters or more, unless crowded: trimming 15 % of shorter
        ones does not make room for every viewer's idea of a space.
        """
        face = _font(font)
        along, at = (cos(radians(angle)), sin(radians(angle))), 0.0
        words = []
        for _ in range(count):
            text = self.word(least=6 if gap < 0.2 and not self.crowded else 1)
            width = face.text_length(text, size)
            box = [(at, -0.9 * size), (at + width, -0.9 * size), (at + width, 0.25 * size), (at, 0.25 * size)]
            corners = [(x + a * along[0] - b * along[1], y + a * along[1] + b * along[0]) for a, b in box]
            words.append(TrueWord(text, tuple((px / CANVAS[0], py / CANVAS[1]) for px, py in corners), angle))
            at += width + gap * size
        self.lines.append(words)

    def word(self, least: int) -> str:
        while True:
            length = max(least, self.rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9)))
            text = "".join(self.rng.choices("etaoinshrdlucmfwypvbgkqjxz", k=length))
            text = text.capitalize() if self.rng.random() < 0.2 else text
            if text not in self.used:
                self.used.add(text)
                return text


def lines(crowded: bool = False) -> list[list[TrueWord]]:
    """Lay out one page: tight and wide gaps, small and large, tables, skewed, vertical, upside down.

    The mix decides the numbers: `crowded` has twice as many words in tight lines, of any length,
    and ordinary gaps of 0.28 em instead of 0.33.
    """
    page = _Layout(random.Random(7), crowded)
    ordinary = 0.28 if crowded else 0.33
    y = 30.0
    for i, gap in enumerate(_GAPS):
        page.line(30, y, 14 if crowded else 7, (8, 10)[i // 3], gap, ("helv", "tiro")[i % 2])
        y += 18
    page.line(30, y + 4, 12, 6, ordinary, "tiro")
    page.line(30, y + 40, 4, 34, ordinary)
    page.line(30, y + 75, 6, 18, ordinary, "tiro")
    y += 100
    for _ in range(4):  # rows of a table
        page.line(30, y, 5, 9, 5.0)
        y += 15
    for angle, rise in ((0.3, 0), (1.5, 0), (-3.0, 18)):
        page.line(30, y + rise + 8, 9, 10, ordinary, angle=angle)
        y += 26
    page.line(585, 100, 10, 10, ordinary, angle=90)
    page.line(620, 700, 10, 10, ordinary, angle=-90)
    page.line(500, y + 20, 10, 11, ordinary, angle=180)
    missing = 275 - sum(map(len, page.lines))
    for start in range(0, missing, 10):
        y += 18
        page.line(30, y + 24, min(10, missing - start), 11, ordinary)
    return page.lines


def document(scale: float = SCALE, crowded: bool = False) -> Document:
    """Return the truth as an engine would have read it, on 16 pages."""
    size = tuple(round(side * scale) for side in CANVAS)
    read = [
        Line(words=[Word(text=w.text, quad=_pixels(w.corners, size), confidence=1.0) for w in words])
        for words in lines(crowded)
    ]
    return Document(pages=[Page(lines=read, size=size, index=i) for i in range(len(GEOMETRIES))])


def _pixels(corners: Sequence[tuple[float, float]], size: Sequence[int]) -> Quad:
    return Quad([(x * size[0], y * size[1]) for x, y in corners])


def blank_pdf() -> bytes:
    """Return the 16 pages without text, each with a drawing on it."""
    with pymupdf.open() as pdf:
        for kind, rotation in GEOMETRIES:
            _add_page(pdf, kind, rotation)
        return pdf.tobytes()


def _add_page(pdf: pymupdf.Document, kind: str, rotation: int) -> None:
    unit = 2 if kind == "unit" else 1
    width, height = (side / unit for side in (CANVAS if rotation in (0, 180) else CANVAS[::-1]))
    page = pdf.new_page(width=width, height=height)
    drawing = b"0.8 0.9 1 rg 40 50 120 90 re f 0.2 0.2 0.2 RG 3 w 20 20 m 300 310 l S"
    if kind == "dirty":
        drawing = b"q 0.5 0.1 0 0.7 90 -40 cm q 2 0 0 2 7 9 cm " + drawing
    stream = pdf.get_new_xref()
    pdf.update_object(stream, "<<>>")
    pdf.update_stream(stream, drawing, new=True)
    keys = {"Contents": f"{stream} 0 R", "Rotate": rotation}
    if kind == "crop":
        keys["MediaBox"] = f"[-50 100 {width} {height + 200}]"
        keys["CropBox"] = f"[{width - 20} {height + 120} -20 120]"  # corners swapped: allowed
    if kind == "unit":
        keys["UserUnit"] = 2
    for key, value in keys.items():
        pdf.xref_set_key(page.xref, key, str(value))
