"""Fit what the lexicon is worth, and when it is asked, on pages whose text is known and that no net has learnt from."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.detect import MserDetector
from ocrkit.geometry import Quad
from ocrkit.image import Grey, PageImage
from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.banks import Banks
from ocrkit.train.real import is_unseen
from ocrkit.train.recapture import Characters, characters_of, drawn, worsened, worsened_quads
from ocrkit.wordinate import LexiconWordinator, WordinatorSettings, weighing
from ocrkit.wordinate.drafts import Draft, quads_of
from ocrkit.wordinate.ink import Ink
from ocrkit.wordinate.variants import Variant
from ocrkit.wordinate.weighing import Weights
from ocrkit.wordinate.wordinator import Sheet, replaced

_PRIORS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)
_UNKNOWN = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
_NUMBERS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.5)
_HIGHS = (0.3, 0.4, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_NOTHING = 2e-4  # share of the words
_CORE = 0.35  # heights of a word around its middle, where its characters' middles lie
_TURNS = 20  # copies of a page at most
_WIDER = 0.3  # of a receipt's line's height: how far a word may reach out of it

FITTED = Path(weighing.__file__).with_name("fitted.json")
"""Where the Wordinator's weights lie."""
IsRight = Callable[[str, Quad], bool]


@attrs.frozen(eq=False)
class Choice:
    """A variant, the difference that it makes to the net and to how common the words are, and the least sure word."""

    line: int
    variant: Variant
    log: float
    commonness: npt.NDArray[np.float64]
    raw: float


@attrs.frozen(eq=False)
class Looked:
    """A page: its drafts, what may come in their place, and whether each is right (by its `id`)."""

    lines: Sequence[Sequence[Draft]]
    choices: Sequence[Choice]
    right: dict[int, bool]


def fit_lexicon(data: Path, banks: Banks, out: Path, tell: Callable[[str], None], most: int = 200) -> Weights:
    """Fit what the lexicon is worth and `high`, leave the other weights as they are, and write them all down.

    Parameters
    ----------
    data : Path
        Folder with ``receipts/`` and ``pdfs/``.
    banks : Banks
    out : Path
        Of ``fitted.json``.
    tell : callable
        Takes lines of progress.
    most : int
        Pages.

    Returns
    -------
    Weights
    """
    look = _Looker()
    pages = [look(grey, is_right) for grey, is_right in itertools.islice(_pages(data, banks), most)]
    best = _best_of_lexicon(pages, tell)
    write_fitted(best, out)
    return best


def write_fitted(weights: Weights, out: Path) -> None:
    """Write weights beside their place, and then into it."""
    beside = out.with_name(f".{out.name}")
    beside.write_text(json.dumps(attrs.asdict(weights), indent=1) + "\n")
    beside.replace(out)


def _best_of_lexicon(pages: Sequence[Looked], tell: Callable[[str], None]) -> Weights:
    """Find what the lexicon is worth, and when it is asked."""
    # what has digits in it must not be drawn to words more than an unknown word is: codes have to survive
    tried = [(p, u, n) for p, u, n in itertools.product(_PRIORS, _UNKNOWN, _NUMBERS) if n >= u]
    grid = [attrs.evolve(weighing.fitted(), prior=p, unknown=u, number=n, high=1.0) for p, u, n in tried]
    merits = [_words_right(pages, weights) for weights in grid]
    best = grid[int(np.argmax(merits))]
    tell(f"{len(pages)} pages; words right: {merits[0]} without a prior, {max(merits)} with the best")
    return attrs.evolve(best, high=_smallest_high(pages, best))


def _pages(data: Path, banks: Banks) -> Iterator[tuple[Grey, IsRight]]:
    """Give receipts and drawn PDFs in turn, as long as there are both; one copy in two is made worse."""
    for pair in zip(_pdf_pages(data / "pdfs", banks), _receipt_pages(data / "receipts", banks), strict=False):
        yield from pair


def _pdf_pages(folder: Path, banks: Banks) -> Iterator[tuple[Grey, IsRight]]:
    files = [path for path in sorted(folder.glob("*.pdf")) if is_unseen(path.name)]
    for turn, path in itertools.product(range(_TURNS), files):
        rng = random.Random(f"weights/{path.name}/{turn}")
        with pymupdf.open(path) as document:
            page = document[rng.randrange(len(document))]
            characters = None if page.rotation else characters_of(page)
            if characters is not None:
                picture = drawn(page, characters, rng.choice((90, 110, 150, 150, 200)))
                yield _judged(*(worsened(*picture, rng, banks) if turn % 2 else picture))


def _judged(grey: Grey, characters: Characters) -> tuple[Grey, IsRight]:
    def is_right(text: str, quad: Quad) -> bool:
        # along the word and across it, from its middle: on a page askew, upright bounds hold its neighbours' characters
        angle = np.radians(quad.angle)
        off = characters.place - quad.centre
        along = off @ (np.cos(angle), np.sin(angle))
        across = off @ (-np.sin(angle), np.cos(angle))
        inside = (np.abs(along) < quad.width / 2) & (np.abs(across) < _CORE * quad.height)
        numbers = np.unique(characters.word[inside]).tolist()
        return any(ALPHABET.spell(words[number]) == ALPHABET.spell(text) for number in numbers)

    words: dict[int, str] = defaultdict(str)
    for number, character in zip(characters.word.tolist(), characters.text, strict=True):
        words[number] += character
    return grey, is_right


def _receipt_pages(folder: Path, banks: Banks) -> Iterator[tuple[Grey, IsRight]]:
    marks = [json.loads(line) for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    unseen = [page for page in marks if is_unseen(page["image"])]
    for turn, page in itertools.product(range(_TURNS), unseen):
        grey: Any = cv2.imread(str(folder / page["image"]), cv2.IMREAD_GRAYSCALE)
        quads = np.array([item["quad"] for item in page["items"]], np.float64)
        rng = random.Random(f"weights/{page['image']}/{turn}")
        if turn % 2:
            grey, quads = worsened_quads(grey, quads, rng, banks)
        elif turn:  # first as they are
            scale = rng.uniform(0.7, 1.1)
            grey, quads = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), quads * scale
        boxes = np.concatenate([quads.min(1), quads.max(1)], 1)
        texts = [set(item["text"].casefold().split()) for item in page["items"]]
        yield grey, partial(_on_receipt, boxes, texts)


def _on_receipt(boxes: npt.NDArray[np.float64], texts: Sequence[set[str]], text: str, quad: Quad) -> bool:
    x, y = quad.centre
    reach = _WIDER * (boxes[:, 3] - boxes[:, 1])
    near = (boxes[:, 0] - reach < x) & (x < boxes[:, 2] + reach) & (boxes[:, 1] - reach < y) & (y < boxes[:, 3] + reach)
    return any(text.casefold() in texts[row] for row in np.flatnonzero(near).tolist())


class _Looker:
    """Reads pages up to where the weights begin to matter."""

    def __init__(self) -> None:
        self._detector, self._recognizer = MserDetector(), CrnnRecognizer()
        self._wordinator = LexiconWordinator(WordinatorSettings(high=1.0))

    def __call__(self, grey: Grey, is_right: IsRight) -> Looked:
        detection = self._detector.detect(PageImage(pixels=grey))
        readings = self._recognizer.read(detection.windows)
        sheet = Sheet(detection, readings, self._recognizer.weigh, Ink(detection.windows))
        lines, lexicon = self._wordinator.drafted(sheet), self._wordinator.lexicon
        found = self._wordinator.variants(lines, sheet)
        asked = [part for _, variant in found for part in (variant.part, variant.base)]
        logs = sheet.log_probabilities(asked) if asked else np.zeros(0)
        common = np.array([weighing.commonness(part.text, lexicon) for part in asked]).reshape(-1, 2, 3)
        read = [draft for line in lines for draft in line]
        raw = sheet.raw(read)
        pairs = zip(read, raw.tolist(), strict=True)
        doubt = np.array([weighing.decisive(draft.text, chance, lexicon) for draft, chance in pairs])
        starts = np.cumsum([0, *map(len, lines)])
        choices = [
            Choice(number, variant, log, more, _least_sure(variant, doubt[starts[number] + variant.at :]))
            for (number, variant), log, more in zip(
                found, (logs[::2] - logs[1::2]).tolist(), common[:, 0] - common[:, 1], strict=True
            )
        ]
        drafts = read + [d for _, variant in found for d in variant.drafts]
        quads = quads_of(drafts, detection.regions, sheet.ink)
        right = {id(draft): is_right(draft.text, quad) for draft, quad in zip(drafts, quads, strict=True)}
        return Looked(lines, choices, right)


def _least_sure(variant: Variant, doubt: npt.NDArray[np.float64]) -> float:
    """Give the probability that decides whether a variant is tried; numbers side by side always are."""
    if re.search(r"\d \d", variant.base.text):
        return 0.0
    return float(doubt[: variant.replaces].min())


def _words_right(pages: Sequence[Looked], weights: Weights) -> int:
    """Count the words that come out right with these weights."""
    count = 0
    scale = weights.prior * math.log(10)
    each = np.array([1, weights.unknown - 9, weights.number - 9]) * scale
    for page in pages:
        better: dict[int, list[tuple[float, Variant]]] = defaultdict(list)
        for choice in page.choices:
            if choice.raw >= weights.high:
                continue
            more = choice.variant.prior if choice.variant.seen else float(choice.commonness @ each)
            gain = choice.log + more
            if gain > 0:
                better[choice.line].append((gain, choice.variant))
        for number, line in enumerate(page.lines):
            made = replaced(line, better[number]) if number in better else line
            count += sum(page.right[id(draft)] for draft in made)
    return count


def _smallest_high(pages: Sequence[Looked], weights: Weights) -> float:
    """Find how sure the net must be that nothing is lost by not trying anything else."""
    merits = {high: _words_right(pages, attrs.evolve(weights, high=high)) for high in _HIGHS}
    return min(high for high, merit in merits.items() if merit >= max(merits.values()) * (1 - _NOTHING))
