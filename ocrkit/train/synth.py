"""Synthetic windows: corpus × faces × distortions, each drawn once from a seed and never again.

Windows come in *sets* of a few dozen that share a face, a size and a kind of document, because opening a face costs
more than drawing with it; a stream mixes many sets. Set ``n`` of a seed is always the same, on any machine, in any
process.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import attrs
import cv2

from ocrkit.image import Grey
from ocrkit.recognize.alphabet import ALPHABET, shortest_path
from ocrkit.recognize.window import HEIGHT, STRIDE, WIDEST, to_height
from ocrkit.train import negatives
from ocrkit.train.banks import Banks
from ocrkit.train.corpus import Corpus
from ocrkit.train.fonts import FaceStock
from ocrkit.train.photograph import photograph
from ocrkit.train.typeset import Style

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
        W <= WIDEST.
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
        Share of inverted windows; of receipts and scans a quarter of it.
    snapshots : float
        Share of receipts that are photographed, and not laid on a scanner.
    rare : float
        Share of texts that are made around a character that texts seldom hold; more for a net that has new ones to
        learn.
    """

    kinds: tuple[float, float, float, float] = (0.24, 0.28, 0.25, 0.23)
    negatives: float = 0.09
    severity: tuple[float, float] = (0.05, 1.0)
    cut: float = 0.06
    light_on_dark: float = 0.08
    snapshots: float = 0.5
    rare: float = 0.08


HARD = Recipe(kinds=(0.0, 0.3, 0.3, 0.4), negatives=0.0, severity=(0.6, 1.0), snapshots=0.0)
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
        taken = kind == "photo" or (kind == "receipt" and rng.random() < self.recipe.snapshots)
        style = Style.draw(self.faces, kind, self.recipe.severity, rng, photographed=taken)
        examples: list[Example] = []
        for _ in range(SET_SIZE):
            if rng.random() < self.recipe.negatives:
                examples.append(Example(negatives.draw(rng, self.banks), "", "negative"))
            else:
                drawn = self._window(style, rng)
                if drawn is not None:
                    examples.append(Example(*drawn, f"{kind}/{style.name}"))
        return examples

    def _window(self, style: Style, rng: random.Random) -> tuple[Grey, str] | None:
        for _ in range(4):
            strip = style.strip(
                self.corpus.sample(rng, receipt=style.kind == "receipt"), self.recipe.cut, self.banks, rng
            )
            if strip is None:
                continue
            ink, text = strip
            window = to_height(photograph(ink, style, self.recipe.light_on_dark, self.banks, rng))
            steps = shortest_path(ALPHABET.encode(text))
            if steps * STRIDE > window.shape[1]:
                if steps * STRIDE > 1.5 * window.shape[1]:
                    continue
                window = cv2.resize(window, (min(steps * STRIDE + 4, WIDEST), HEIGHT))  # type: ignore[assignment]
            return window, text
        return None

    def stream(self, seed: int, start: int = 0, step: int = 1) -> Iterator[list[Example]]:
        """Draw sets ``start``, ``start + step``… without end."""
        number = start
        while True:
            yield self.windows(seed, number)
            number += step
