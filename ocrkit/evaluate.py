"""How well pages were read: four rules, always pooled over all pages of a set.

``exact``
    Bag of words: white-space separated tokens, case and punctuation count.
``fold``
    The same, both sides case-folded.
``box``
    A word counts if its rectangle overlaps a true one by IoU of at least 0.5 and the texts are equal.
``field``
    For each labelled box, the words whose centre lies in its rectangle (grown by 15 % of its height),
    left to right, without spaces, case-folded, must equal the label. Recall only.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.document import Page, Word
from ocrkit.geometry import Bounds, Homography, Quad
from ocrkit.image import PageImage

_LEAST_IOU = 0.5
_GROWTH = 0.15


@attrs.frozen
class TrueItem:
    """A labelled word, line or field of a page.

    Parameters
    ----------
    text : str
        NFC.
    bounds : (float, float, float, float)
        Left, top, right, bottom in pixels.
    """

    text: str
    bounds: Bounds


@attrs.frozen
class TruePage:
    """A picture with its labels.

    Parameters
    ----------
    image : Path
    items : tuple of TrueItem
    """

    image: Path
    items: tuple[TrueItem, ...]


@attrs.frozen
class Counts:
    """Matches out of what was read and what is there; add them up over pages.

    Examples
    --------
    >>> both = Counts(1, 2, 4) + Counts(2, 2, 2)
    >>> both.precision, both.recall, round(both.f1, 3)
    (0.75, 0.5, 0.6)
    """

    matched: int = 0
    read: int = 0
    true: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.matched + other.matched, self.read + other.read, self.true + other.true)

    @property
    def precision(self) -> float:
        """Share of what was read that is right; 1 if nothing was read."""
        return self.matched / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 1 if nothing is there."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.matched / (self.read + self.true) if self.read + self.true else 1.0


def load_truth(folder: Path) -> Iterator[TruePage]:
    """Read the labels of a folder with ``pages.jsonl`` and ``images/``.

    Each line of the file is ``{"image", "items": [{"quad": [[x, y] * 4], "text"}]}``.

    Raises
    ------
    ValueError
        If a line is not; it says which.
    """
    path = folder / "pages.jsonl"
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            image = folder / record["image"]
            items = tuple(
                TrueItem(unicodedata.normalize("NFC", item["text"]), Quad(item["quad"]).bounds)
                for item in record["items"]
            )
        except (ValueError, KeyError, TypeError) as error:
            form = '{"image", "items": [{"quad": [[x, y] * 4], "text"}]}'
            raise ValueError(f"{path}, line {number}, is not like {form}: {error!r}") from error
        yield TruePage(image, items)


def exact(page: Page, truth: Sequence[TrueItem]) -> Counts:
    """Count words as they are; see the module for the rule."""
    return _bags([word.text for word in page.words], [token for item in truth for token in item.text.split()])


def fold(page: Page, truth: Sequence[TrueItem]) -> Counts:
    """Count words without regard to case; see the module for the rule."""
    return _bags(
        [word.text.casefold() for word in page.words],
        [token.casefold() for item in truth for token in item.text.split()],
    )


def _bags(read: list[str], true: list[str]) -> Counts:
    return Counts((Counter(read) & Counter(true)).total(), len(read), len(true))


def rightness(page: Page, truth: Sequence[TrueItem], rule: str) -> list[bool | None]:
    """Say of each word of a page whether it is right by a rule, so that its confidence can be held against that.

    Parameters
    ----------
    page : Page
    truth : sequence of TrueItem
    rule : {"exact", "fold", "field"}

    Returns
    -------
    list of bool or None
        In the order of the words; None for those that a rule says nothing about: by ``field``, all that lie in no
        labelled box, or in one with other words.

    Raises
    ------
    ValueError
        If it is none of these rules.
    """
    if rule not in ("exact", "fold", "field"):
        raise ValueError(f"no word is right by the rule {rule!r}; give exact, fold or field")
    if rule == "field":
        return [_right_field(word, page, truth) for word in page.words]
    folded: Callable[[str], str] = str.casefold if rule == "fold" else str
    left = Counter(folded(token) for item in truth for token in item.text.split())
    # of equal words that are read too often, the least sure ones are wrong
    words = list(page.words)
    order = sorted(range(len(words)), key=lambda at: -words[at].confidence)
    right: list[bool | None] = [False] * len(words)
    for at in order:
        text = folded(words[at].text)
        right[at] = left[text] > 0
        left[text] -= 1
    return right


def _right_field(word: Word, page: Page, truth: Sequence[TrueItem]) -> bool | None:
    around = [item for item in truth if _inside([word], item.bounds)]
    if len(around) != 1 or len(_within(list(page.words), around[0].bounds)) != 1:
        return None
    return word.text.casefold() == "".join(around[0].text.split()).casefold()


def box(page: Page, truth: Sequence[TrueItem]) -> Counts:
    """Count words that are right and in place; see the module for the rule."""
    free: dict[str, list[Bounds]] = {}
    for item in truth:
        free.setdefault(item.text, []).append(item.bounds)
    words = list(page.words)
    matched = 0
    for word in words:
        candidates = free.get(word.text, [])
        best = max(candidates, key=lambda bounds: _iou(bounds, word.quad.bounds), default=None)
        if best is not None and _iou(best, word.quad.bounds) >= _LEAST_IOU:
            candidates.remove(best)
            matched += 1
    return Counts(matched, len(words), len(truth))


def _iou(one: Bounds, two: Bounds) -> float:
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, two))
    return across * down / (areas - across * down)


def field(page: Page, truth: Sequence[TrueItem]) -> Counts:
    """Count labelled fields that were read right; see the module for the rule."""
    words = list(page.words)
    found = sum(_inside(words, item.bounds) == "".join(item.text.split()).casefold() for item in truth)
    return Counts(found, len(truth), len(truth))


def _inside(words: Sequence[Word], bounds: Bounds) -> str:
    hits = _within(words, bounds)
    return "".join(word.text for word in sorted(hits, key=lambda word: word.quad.centre[0])).casefold()


def _within(words: Sequence[Word], bounds: Bounds) -> list[Word]:
    """Give the words whose centre lies in a box, grown by a little."""
    left, top, right, bottom = bounds
    margin = _GROWTH * (bottom - top)
    return [
        word
        for word in words
        if left - margin <= word.quad.centre[0] <= right + margin
        and top - margin <= word.quad.centre[1] <= bottom + margin
    ]


RULES: Mapping[str, Callable[[Page, Sequence[TrueItem]], Counts]] = MappingProxyType(
    {"exact": exact, "fold": fold, "box": box, "field": field}
)
"""The rules by name."""

_RULES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "receipts": ("fold",),
        "receipt_photos": ("field",),
        "scanned_docs": ("exact", "box"),
        "documents": ("exact", "box"),
        "document_photos": ("exact", "box"),
        "captions": ("fold",),  # of pages drawn for development
    }
)


def rules_of(name: str) -> tuple[str, ...]:
    """Give the names of the rules that count for a set of pages, the chief one first; ``exact`` if nothing else does.

    Examples
    --------
    >>> rules_of("receipts"), rules_of("screenshots")
    (('fold',), ('exact',))
    """
    return _RULES_OF.get(name, ("exact",))


def expected_calibration_error(chances: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = 15) -> float:
    """Average the distance between confidence and accuracy over equal bins of confidence, weighted by their windows.

    Parameters
    ----------
    chances : ndarray of float64, shape (N,)
        Confidences in [0, 1].
    right : ndarray of bool, shape (N,)
    bins : int

    Returns
    -------
    float
        0 if confidences can be taken at their word.

    References
    ----------
    .. [1] C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    numbers = np.minimum((chances * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        here = numbers == number
        if here.any():
            error += here.mean() * abs(chances[here].mean() - right[here].mean())
    return float(error)


def posed(image: PageImage, degrees: float) -> PageImage:
    """Turn a page by any angle, on a sheet that holds all of it, to see what an engine makes of it then.

    Coordinates that an engine gives are still those of the caller's picture, so the truth stays as it is.

    Parameters
    ----------
    image : PageImage
    degrees : float
        Clockwise. Quarters are turned without loss.
    """
    quarters = round(degrees / 90)
    image, skew = image.turned(90 * quarters), degrees - 90 * quarters
    if not skew:
        return image
    matrix = np.vstack([cv2.getRotationMatrix2D((image.width / 2, image.height / 2), -skew, 1.0), (0, 0, 1)])
    cos, sin = np.abs(matrix[0, :2])
    width, height = round(image.width * cos + image.height * sin), round(image.width * sin + image.height * cos)
    matrix[:2, 2] += (width - image.width) / 2, (height - image.height) / 2
    # lying askew blurs no page, so it must not here: means of neighbours would take faint letters away
    pixels = cv2.warpAffine(
        image.pixels, matrix[:2], (width, height), flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    back = image.to_caller @ Homography(matrix).inverse()
    return attrs.evolve(image, pixels=pixels.astype(np.uint8), to_caller=back)
