"""Lines of ink: a face, a size and a style, set as documents set them, and a frame cut out as a detector cuts it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import attrs
import cv2
import numpy as np

from ocrkit.recognize.window import HEIGHT
from ocrkit.train import distort
from ocrkit.train.banks import Banks
from ocrkit.train.faces import Ink, Placed, SizedFace, draw_run
from ocrkit.train.fonts import FaceStock

_LONGEST = (256, 256, 256, 512)  # pixels of a window, at which long lines are cut


@attrs.define
class Style:
    """What the windows of one set have in common, and the ink of lines that look so.

    Parameters
    ----------
    kind : str
        Of document.
    photographed : bool
        Whether by hand, not laid on a scanner.
    name : str
        Of the face.
    face : SizedFace
    lacks : frozenset of str
        Characters that the face has not.
    em : float
        Pixels, as drawn.
    shrink : float
        How many times larger than in the document everything is drawn.
    tracking : float
        Pixels between letters, beyond the face's own.
    coarse : float
        Greatest severity of distortions.
    earlier : list of list of Placed
        Lines drawn before, for neighbours.
    """

    kind: str
    photographed: bool
    name: str
    face: SizedFace
    lacks: frozenset[str]
    em: float
    shrink: float
    tracking: float
    coarse: float
    earlier: list[list[Placed]] = attrs.field(factory=list)

    @classmethod
    def draw(
        cls, faces: FaceStock, kind: str, severity: tuple[float, float], rng: random.Random, *, photographed: bool
    ) -> Style:
        """Draw a style for a kind of document, its distortions within these limits."""
        low, high = severity
        # squared: most documents are fair, few are dreadful
        coarse = low + (high - low) * rng.random() ** (1.6 if low < 0.3 else 1.0)
        coarse *= 0.4 if kind == "digital" else 1.0
        # what draws pages places glyphs at fractions of pixels, which a finer drawing gives
        shrink = rng.uniform(1.3, 2.6) if kind != "digital" else rng.choice((1.0, 2.0, 3.0, 4.0))
        # pixels per em of the document: 8 is small print on a page at 80 dpi
        small = kind == "digital" and rng.random() < 0.4
        em = min(max(rng.lognormvariate(2.6, 0.3) if small else rng.lognormvariate(3.1, 0.38), 8.0), 48.0)
        shrink = max(min(shrink, 72 / em), 1.0)
        hinted = kind == "digital" and shrink == 1.0 and rng.random() < 0.7
        name, face, lacks = faces.draw(rng, kind, em * shrink, hinted=hinted)
        chance = rng.random()
        tracking = 0.0 if chance < 0.8 else rng.uniform(-0.03, 0.06) if chance < 0.95 else rng.uniform(0.06, 0.25)
        drawn = em * shrink
        return cls(kind, photographed, name, face, frozenset(lacks), drawn, shrink, tracking * drawn, coarse)

    def strip(self, text: str, cut: float, banks: Banks, rng: random.Random) -> tuple[Ink, str] | None:
        """Draw the ink of a line and cut a frame out of it.

        Parameters
        ----------
        text : str
        cut : float
            Chance that the line is cut though it need not be.
        banks : Banks
        rng : random.Random

        Returns
        -------
        ndarray of uint8, shape (H, W)
        str
            What is left of the text.
        """
        if not self.lacks.isdisjoint(text):
            return None
        placed, advance = self.face.run(text)
        if " " in text and rng.random() < 0.1:
            placed, advance = _widened(placed, advance, text, self.em * rng.uniform(0.4, 2.5), rng)
        if self.tracking:
            placed = [attrs.evolve(p, x=p.x + self.tracking * p.character) for p in placed]
            advance += self.tracking * len(text)
        inked = [p for p in placed if p.glyph.ink.size]
        if not inked:
            return None
        height = self.face.ascent + self.face.descent
        left = min(p.x + p.glyph.left for p in inked)
        right = max(p.x + p.glyph.left + p.glyph.ink.shape[1] for p in inked)
        top, bottom = self._frame_rows(inked, text, rng)
        longest = (bottom - top) * rng.choice(_LONGEST) / HEIGHT * 0.97
        if right - left > longest or (rng.random() < cut and len(text) > 4):
            left, right, text = _cut(placed, advance, text, longest, rng)
        else:
            pad = height * rng.choice((0.0, 0.05, 0.1, 0.2, 0.4))
            left, right = left - rng.uniform(-0.02 * height, pad), right + rng.uniform(-0.02 * height, pad)
        # a full stop's frame may shrink to nothing
        if not text or text != text.strip() or min(right - left, bottom - top) < 3:
            return None
        ink = self._ink(placed, (left, top, right, bottom), banks, rng)
        self.earlier = [placed, *self.earlier[:3]]
        return ink, text

    def _frame_rows(self, inked: Sequence[Placed], text: str, rng: random.Random) -> tuple[float, float]:
        """Choose the top and bottom of a window, relative to the baseline, downwards."""
        ascent, descent = self.face.ascent, self.face.descent
        height = ascent + descent
        chance = rng.random()
        if chance < 0.45:  # as tall as the face, as text layers and line finders have it
            top, bottom = -ascent * rng.uniform(0.8, 1.08), descent * rng.uniform(0.7, 1.25)
            # whose accents the face's own height leaves out, or it would say something else
            accented = [p for p in inked if not text[p.character].isascii()]
            top = min([top, *(-p.glyph.top for p in accented)])
            bottom = max([bottom, *(p.glyph.ink.shape[0] - p.glyph.top for p in accented)])
        else:  # as tall as this text's ink
            top = -max(p.glyph.top for p in inked) - height * rng.uniform(-0.03, 0.14)
            bottom = max(p.glyph.ink.shape[0] - p.glyph.top for p in inked) + height * rng.uniform(-0.03, 0.14)
        if chance > 0.85:
            top, bottom = top - height * rng.uniform(0, 0.3), bottom + height * rng.uniform(0, 0.3)
        least = 0.34 * self.em  # a dash alone is not blown up to the window's height
        if bottom - top < least:
            middle = (top + bottom) / 2
            top, bottom = middle - least * rng.uniform(0.5, 0.9), middle + least * rng.uniform(0.5, 0.9)
        return top, bottom

    def _ink(
        self, placed: list[Placed], frame: tuple[float, float, float, float], banks: Banks, rng: random.Random
    ) -> Ink:
        left, top, right, bottom = frame
        margin = round(0.3 * (bottom - top)) + 3
        height, width = round(bottom - top) + 2 * margin, round(right - left) + 2 * margin
        baseline, start = margin - top, margin - left
        ink = draw_run(placed, height, width, baseline, start)
        if self.earlier and rng.random() < 0.35:
            pitch = (self.face.ascent + self.face.descent) * rng.uniform(0.95, 1.5)
            for side in (-1, 1):
                other = rng.choice(self.earlier)
                ink |= draw_run(other, height, width, baseline + side * pitch, start - rng.uniform(-3, 3) * self.em)
        if rng.random() < (0.2 if self.kind in ("digital", "scan") else 0.1):
            _rule(ink, baseline, margin, self.em, rng)
        ink = _worn(ink, self, banks, rng)
        if self.kind == "digital" or (not self.photographed and rng.random() < 0.3):
            return ink[margin : height - margin, margin : width - margin]
        severity = self.coarse * rng.random() * (1.0 if self.photographed else 0.5)
        return distort.warped(ink, (margin, margin, width - margin, height - margin), rng, severity)


def _cut(
    placed: Sequence[Placed], advance: float, text: str, longest: float, rng: random.Random
) -> tuple[float, float, str]:
    """Cut a line as a detector must that knows nothing of characters; what is half visible counts."""
    starts = [p.x for p in placed] + [advance]
    centres = [(a + b) / 2 for a, b in itertools.pairwise(starts)]
    wanted = min(longest, advance * rng.uniform(0.4, 0.95))
    left = rng.choice((rng.uniform(0, advance - wanted), 0.0, advance - wanted))
    right = left + wanted
    seen = [p.character for p, centre in zip(placed, centres, strict=True) if left <= centre <= right]
    if not seen:
        return left, right, ""
    last = next((p.character for p in placed if p.character > seen[-1]), len(text))
    return left, right, text[seen[0] : last].strip()


def _widened(
    placed: Sequence[Placed], advance: float, text: str, gap: float, rng: random.Random
) -> tuple[list[Placed], float]:
    """Move what follows one of the spaces to the right, as columns and justified lines do."""
    space = rng.choice([at for at, character in enumerate(text) if character == " "])
    return [attrs.evolve(p, x=p.x + gap * (p.character > space)) for p in placed], advance + gap


def _rule(ink: Ink, baseline: float, margin: int, em: float, rng: random.Random) -> None:
    """Underline, strike through, or put a table's rules and a box's borders beside the text."""
    height, width = ink.shape
    rules = np.zeros_like(ink)
    thick = max(round(em * rng.uniform(0.03, 0.1)), 1)
    dark = rng.randint(120, 255)
    what = rng.choices(("under", "strike", "above", "left", "right", "box"), (5, 0.6, 2, 2, 2, 2))[0]
    if what == "under":
        y = round(baseline + em * rng.uniform(0.06, 0.3))
        cv2.line(rules, (0, y), (width, y), dark, thick)
    elif what == "strike":
        y = round(baseline - em * rng.uniform(0.2, 0.35))
        cv2.line(rules, (0, y), (width, y), dark, max(thick // 2, 1))
    if what in ("above", "box"):
        y = round(margin * rng.uniform(0.6, 1.15))
        cv2.line(rules, (0, y), (width, y), dark, thick)
    if what in ("left", "box"):
        x = round(margin * rng.uniform(0.6, 1.0))
        cv2.line(rules, (x, 0), (x, height), dark, thick)
    if what in ("right", "box"):
        x = width - round(margin * rng.uniform(0.6, 1.0))
        cv2.line(rules, (x, 0), (x, height), dark, thick)
    np.maximum(ink, rules, out=ink)


def _worn(ink: Ink, style: Style, banks: Banks, rng: random.Random) -> Ink:
    """Wear the ink as this kind of document does."""
    severity = style.coarse
    if style.kind == "digital":
        return ink
    if rng.random() < 0.45 * severity + 0.1:
        ink = distort.spread(ink, rng, severity)
    if style.kind == "receipt":
        if rng.random() < 0.4:
            ink = distort.starve(ink, rng, severity, style.em)
        if rng.random() < 0.15:
            ink = distort.stipple(ink, rng, severity * 0.6, banks)
        elif rng.random() < 0.35:
            ink = distort.fade(ink, rng, severity * 0.8)
        if rng.random() < 0.08:
            ink = distort.dead_dots(ink, rng)
    elif rng.random() < 0.35 * severity:
        ink = distort.ragged(ink, rng, severity, banks)
    elif rng.random() < 0.15 * severity:
        ink = distort.stipple(ink, rng, severity * 0.5, banks)
    elif rng.random() < 0.15:
        ink = distort.starve(ink, rng, severity, style.em)
    return ink
