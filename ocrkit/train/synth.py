"""Synthetic windows: corpus × faces × distortions, each drawn once from a seed and never again.

Windows come in *sets* of a few dozen that share a face, a size and a kind of document, because opening a face costs
more than drawing with it; a stream mixes many sets. Set ``n`` of a seed is always the same, on any machine, in any
process.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import attrs
import cv2
import numpy as np

from ocrkit.recognize.alphabet import ALPHABET, shortest_path
from ocrkit.recognize.window import HEIGHT, STRIDE, WIDTHS, Grey, to_height
from ocrkit.train import distort, negatives
from ocrkit.train.banks import Banks
from ocrkit.train.corpus import Corpus
from ocrkit.train.faces import Ink, Placed, SizedFace, draw_run
from ocrkit.train.fonts import FaceStock

SET_SIZE = 32
"""Windows that share a face and a size."""
KINDS = ("digital", "scan", "receipt", "photo")
"""Kinds of document that windows are cut from."""


@attrs.frozen
class Example:
    """A window and what it says.

    Parameters
    ----------
    window : ndarray of uint8, shape (HEIGHT, W)
        W <= the widest bucket.
    text : str
        Empty for a negative.
    origin : str
        Where it comes from: a kind of document and a face, or a page.
    folded : bool
        Whether the text's case is unknown.
    """

    window: Grey
    text: str
    origin: str = ""
    folded: bool = False


@attrs.frozen
class Recipe:
    """How windows are made; part of what a run is known by.

    Parameters
    ----------
    kinds : tuple of float
        How often each of `KINDS` is drawn.
    negatives : float
        Share of windows without text.
    severity : tuple of float
        Least and greatest distortion.
    cut : float
        Share of windows that a long line was cut into.
    light_on_dark : float
        Share of inverted windows.
    """

    kinds: tuple[float, float, float, float] = (0.24, 0.28, 0.25, 0.23)
    negatives: float = 0.05
    severity: tuple[float, float] = (0.05, 1.0)
    cut: float = 0.06
    light_on_dark: float = 0.08


HARD = Recipe(kinds=(0.0, 0.3, 0.3, 0.4), negatives=0.0, severity=(0.6, 1.0))
"""The settings that held-out faces are measured with."""


@attrs.frozen
class Source:
    """All that windows are made of.

    Parameters
    ----------
    corpus : Corpus
    faces : FaceStock
    banks : Banks
    recipe : Recipe
    """

    corpus: Corpus
    faces: FaceStock
    banks: Banks
    recipe: Recipe = attrs.field(factory=Recipe)

    def windows(self, seed: int, number: int) -> list[Example]:
        """Draw one set.

        Parameters
        ----------
        seed, number : int
            The same two give the same windows.
        """
        rng = random.Random(f"{seed}/{number}")
        kind = rng.choices(KINDS, self.recipe.kinds)[0]
        style = _Style.draw(self, kind, rng)
        examples: list[Example] = []
        for _ in range(SET_SIZE):
            if rng.random() < self.recipe.negatives:
                examples.append(Example(negatives.draw(rng, self.banks), "", "negative"))
            else:
                drawn = style.window(self, rng)
                if drawn is not None:
                    examples.append(Example(*drawn, f"{kind}/{style.name}"))
        return examples

    def stream(self, seed: int, start: int = 0, step: int = 1) -> Iterator[list[Example]]:
        """Draw sets ``start``, ``start + step``… without end."""
        number = start
        while True:
            yield self.windows(seed, number)
            number += step


@attrs.define
class _Style:
    """What the windows of one set have in common."""

    kind: str
    name: str
    face: SizedFace
    lacks: frozenset[str]
    em: float
    shrink: float  # drawn so much larger than the document has it
    tracking: float
    coarse: float  # severity's upper limit
    earlier: list[list[Placed]] = attrs.field(factory=list)

    @classmethod
    def draw(cls, source: Source, kind: str, rng: random.Random) -> _Style:
        low, high = source.recipe.severity
        # squared: most documents are fair, few are dreadful
        coarse = low + (high - low) * rng.random() ** (1.6 if source.recipe.severity[0] < 0.3 else 1.0)
        coarse *= 0.4 if kind == "digital" else 1.0
        # what draws pages places glyphs at fractions of pixels, which a finer drawing gives
        shrink = rng.uniform(1.3, 2.6) if kind != "digital" else rng.choice((1.0, 2.0, 3.0, 4.0))
        # pixels per em of the document: 8 is small print on a page at 80 dpi
        small = kind == "digital" and rng.random() < 0.4
        em = min(max(rng.lognormvariate(2.6, 0.3) if small else rng.lognormvariate(3.1, 0.38), 8.0), 48.0)
        shrink = max(min(shrink, 72 / em), 1.0)
        hinted = kind == "digital" and shrink == 1.0 and rng.random() < 0.7
        name, face, lacks = source.faces.draw(rng, kind, em * shrink, hinted=hinted)
        chance = rng.random()
        tracking = 0.0 if chance < 0.8 else rng.uniform(-0.03, 0.06) if chance < 0.95 else rng.uniform(0.06, 0.25)
        return cls(kind, name, face, frozenset(lacks), em * shrink, shrink, tracking * em * shrink, coarse)

    def window(self, source: Source, rng: random.Random) -> tuple[Grey, str] | None:
        for _ in range(4):
            strip = self._strip(source, rng)
            if strip is None:
                continue
            ink, text = strip
            window = _photograph(ink, self, source, rng)
            steps = shortest_path(ALPHABET.encode(text))
            if steps * STRIDE > window.shape[1]:
                if steps * STRIDE > 1.5 * window.shape[1]:
                    continue
                window = cv2.resize(window, (min(steps * STRIDE + 4, WIDTHS[-1]), HEIGHT))  # type: ignore[assignment]
            return window, text
        return None

    def _strip(self, source: Source, rng: random.Random) -> tuple[Ink, str] | None:
        """Draw the ink of a line and cut a frame out of it."""
        text = source.corpus.sample(rng)
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
        top, bottom = self._frame_rows(inked, rng)
        longest = (bottom - top) * rng.choice((WIDTHS[-2], WIDTHS[-2], WIDTHS[-2], WIDTHS[-1])) / HEIGHT * 0.97
        if right - left > longest or (rng.random() < source.recipe.cut and len(text) > 4):
            left, right, text = _cut(placed, advance, text, longest, rng)
        else:
            pad = height * rng.choice((0.0, 0.05, 0.1, 0.2, 0.4))
            left, right = left - rng.uniform(-0.02 * height, pad), right + rng.uniform(-0.02 * height, pad)
        # a full stop's frame may shrink to nothing
        if not text or text != text.strip() or min(right - left, bottom - top) < 3:
            return None
        ink = self._ink(placed, (left, top, right, bottom), source, rng)
        self.earlier = [placed, *self.earlier[:3]]
        return ink, text

    def _frame_rows(self, inked: Sequence[Placed], rng: random.Random) -> tuple[float, float]:
        """Choose the top and bottom of a window, relative to the baseline, downwards."""
        ascent, descent = self.face.ascent, self.face.descent
        height = ascent + descent
        chance = rng.random()
        if chance < 0.45:  # as tall as the face, as text layers and line finders have it
            top, bottom = -ascent * rng.uniform(0.8, 1.08), descent * rng.uniform(0.7, 1.25)
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
        self, placed: list[Placed], frame: tuple[float, float, float, float], source: Source, rng: random.Random
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
        ink = _worn(ink, self, source.banks, rng)
        if self.kind == "digital" or (self.kind != "photo" and rng.random() < 0.3):
            return ink[margin : height - margin, margin : width - margin]
        severity = self.coarse * rng.random() * (1.0 if self.kind == "photo" else 0.5)
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
    thick = max(round(em * rng.uniform(0.03, 0.1)), 1)
    dark = rng.randint(120, 255)
    what = rng.choices(("under", "strike", "above", "left", "right", "box"), (5, 0.6, 2, 2, 2, 2))[0]
    if what == "under":
        y = round(baseline + em * rng.uniform(0.06, 0.3))
        cv2.line(ink, (0, y), (width, y), dark, thick)
    elif what == "strike":
        y = round(baseline - em * rng.uniform(0.2, 0.35))
        cv2.line(ink, (0, y), (width, y), dark, max(thick // 2, 1))
    if what in ("above", "box"):
        y = round(margin * rng.uniform(0.6, 1.15))
        cv2.line(ink, (0, y), (width, y), dark, thick)
    if what in ("left", "box"):
        x = round(margin * rng.uniform(0.6, 1.0))
        cv2.line(ink, (x, 0), (x, height), dark, thick)
    if what in ("right", "box"):
        x = width - round(margin * rng.uniform(0.6, 1.0))
        cv2.line(ink, (x, 0), (x, height), dark, thick)


def _worn(ink: Ink, style: _Style, banks: Banks, rng: random.Random) -> Ink:
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


def _photograph(ink: Ink, style: _Style, source: Source, rng: random.Random) -> Grey:
    """Put ink on paper and take the picture that a detector would cut the window from."""
    height, width = max(round(ink.shape[0] / style.shrink), 6), max(round(ink.shape[1] / style.shrink), 4)
    if (height, width) != ink.shape:
        ink = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    severity, banks = style.coarse * rng.random(), source.banks
    bare = rng.uniform(150, 255) if rng.random() < 0.7 else 255.0
    dark = (
        bare * (1 - rng.uniform(0.35, 1.0) ** 0.6)
        if style.kind != "digital"
        else bare * rng.choice((0.0, rng.random() * 0.6))
    )
    cover = ink.astype(np.float32) * np.float32(1 / 255)
    picture = bare - (bare - dark) * cover
    # white on black is rare on paper
    if rng.random() < source.recipe.light_on_dark * (0.25 if style.kind in ("receipt", "scan") else 1):
        picture = 255 - picture
    if style.kind == "digital":
        pixels = np.clip(picture, 0, 255).astype(np.uint8)
    else:
        pixels = _seen(picture, cover, style.kind, severity, banks, rng)
    if rng.random() < (0.15 if style.kind == "digital" else 0.4):
        pixels = distort.compressed(pixels, rng, severity if style.kind != "digital" else 0.4)
    return to_height(pixels)


def _seen(
    picture: distort.Picture, cover: distort.Picture, kind: str, severity: float, banks: Banks, rng: random.Random
) -> Grey:
    height, width = picture.shape
    photo = kind == "photo"
    if rng.random() < 0.06:  # the other side of the page shines through
        picture = picture * (1 - rng.uniform(0.05, 0.3) * severity * cover[::-1, ::-1])
    if rng.random() < (0.5 if photo else 0.2):
        surface = banks.texture(rng, height, width)
        picture = picture + surface * (rng.uniform(1, 16) * severity)
    if rng.random() < (0.6 if photo else 0.2):
        picture = distort.lit(picture, rng, severity)
    if rng.random() < 0.05:
        picture = distort.creased(picture, rng, severity)
    if rng.random() < (0.6 if photo else 0.4):
        picture = distort.blurred(picture, rng, severity)
    if rng.random() < 0.12:
        picture = distort.sharpened(picture, rng)
    if rng.random() < 0.6:
        picture = distort.noisy(picture, rng, severity, banks)
    if not photo and picture.mean() > 100 and rng.random() < (0.25 if kind == "scan" else 0.5):
        picture = distort.whitened(picture, rng)
    if not photo and rng.random() < (0.12 if kind == "scan" else 0.04):
        picture = distort.photocopied(picture, rng, severity, banks)
    return np.clip(picture, 0, 255).astype(np.uint8)
