"""Other texts that doubtful words may be: characters confused, words run together or torn apart, cuts misplaced.

Takes the drafts of a line, gives variants. None is better than another yet: what the net says of each, and how common
its words are, decides elsewhere.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import attrs

from ocrkit.document import Provenance
from ocrkit.wordinate.drafts import Draft, Part, glued, middle
from ocrkit.wordinate.ink import Ink
from ocrkit.wordinate.lexicon import Lexicon

_LEAST = 3  # characters of a word that is tried
_LONGEST = 24
_FEWEST = 2  # characters of a part of what was torn apart
_SPACE = 0.14  # heights of a window: a gap within a word that may be a space
_WITHIN_NUMBERS = ("", ".", ",", ":", "-")  # what may stand where a number was torn apart: faint marks look like gaps
_CENTS = 2  # digits
# an amount with two decimals, and its mark
_AMOUNT = re.compile(r"(?<![\d.,])(?:0|[1-9]\d{0,3})([.,])\d{2}(?!\d|[.,]\d)")
# weights, and prices for a weight, whose unit looks like figures or has lost a stroke: "1.5lb", "0.99/kg", "14oz"
_UNITS = (
    (re.compile(r"(\d*[.,]\d{1,3}|.?\d*[.,]\d+/)[1I|]b"), r"\1lb"),
    (re.compile(r"(.?\d*[.,]\d+/)tb"), r"\1lb"),
    (re.compile(r"(\d*[.,]\d+[kK]|.?\d*[.,]\d+/[kK])[sq9]"), r"\1g"),
    (re.compile(r"(\d{1,2}k)[sq]"), r"\1g"),
    (re.compile(r"(\d{1,2}|\d*[.,]\d+)0z"), r"\1oz"),
    (re.compile(r"(\d{1,2}|\d*[.,]\d+)0Z"), r"\1OZ"),
)
_OF_UNITS = 3.0  # log-odds for them
_FIGURES = str.maketrans("oOiIlyY", "0011177")  # what letters are in numbers
_NO_EVIDENCE = "ªºµ"  # of a language: numbers have them
_NEAR = 0.45  # heights of a window: a wider gap is one


@attrs.frozen
class Variant:
    """Another reading of one draft, or of two neighbours.

    Parameters
    ----------
    at : int
        Number of the draft, or of the first of two.
    drafts : tuple of Draft
        What comes in their place.
    part : Part
        What the net is asked about.
    base : Part
        The same, as it was read.
    seen : bool
        Whether pixels speak for it, so that the lexicon is not asked.
    comma : bool, optional
        Whether it has a decimal comma where a point was read, or a point for a comma: then all amounts of the page have
        a say.
    firm : bool
        Whether what was read stays, so that this only has a say about others.
    prior : float
        What speaks for it besides pixels and lexicon: log-odds.
    """

    at: int
    drafts: tuple[Draft, ...]
    part: Part
    base: Part
    seen: bool = False
    comma: bool | None = None
    firm: bool = False
    prior: float = 0.0

    @property
    def replaces(self) -> int:
        """How many drafts it stands for."""
        return 1 + (" " in self.base.text)


def corrections(drafts: Sequence[Draft], doubtful: Sequence[bool], lexicon: Lexicon) -> Iterator[Variant]:
    """Give words of the lexicon that look like doubtful drafts."""
    for at, draft in enumerate(drafts):
        if doubtful[at] and len(draft.parts) == 1 and _LEAST <= len(draft.text) <= _LONGEST:
            for text in lexicon.near(draft.text):
                yield _corrected(at, draft, text)


def marks(drafts: Sequence[Draft], doubtful: Sequence[bool]) -> Iterator[Variant]:
    """Give each amount with a decimal comma for its point, or the other way round; firm ones, too."""
    for at, draft in enumerate(drafts):
        found = _AMOUNT.search(draft.text) if len(draft.parts) == 1 else None
        if found:
            comma = found[1] == "."
            text = f"{draft.text[: found.start(1)]}{',' if comma else '.'}{draft.text[found.end(1) :]}"
            yield attrs.evolve(_corrected(at, draft, text, seen=True), comma=comma, firm=not doubtful[at])


def units(drafts: Sequence[Draft], doubtful: Sequence[bool], lexicon: Lexicon) -> Iterator[Variant]:
    """Give weights whose unit was read as other signs: in many faces one cannot tell 1.5lb from 1.51b."""
    for at, draft in enumerate(drafts):
        if doubtful[at] and len(draft.parts) == 1 and not lexicon.knows(draft.text):
            for wrong, right in _UNITS:
                if found := wrong.fullmatch(draft.text):
                    yield _corrected(at, draft, found.expand(right), seen=True, prior=_OF_UNITS)


def plain(drafts: Sequence[Draft], doubtful: Sequence[bool], lexicon: Lexicon, prior: float) -> Iterator[Variant]:
    """Give doubtful drafts without the accents that specks and blots make; in numbers also as figures.

    Parameters
    ----------
    drafts : sequence of Draft
    doubtful : sequence of bool
    lexicon : Lexicon
        Whose words keep theirs.
    prior : float
        Log-odds that the page has no accents.
    """
    for at, draft in enumerate(drafts):
        if doubtful[at] and len(draft.parts) == 1 and not lexicon.knows(draft.text):
            bases = [_base(character) for character in draft.text]
            texts = ["".join(bases)]
            if any(map(str.isdecimal, draft.text)):
                both = zip(draft.text, bases, strict=True)
                texts.append("".join(b if b == c else b.translate(_FIGURES) for c, b in both))
            for text in dict.fromkeys(texts):
                if text != draft.text:
                    yield _corrected(at, draft, text, seen=True, prior=prior)


def foreign_letters(text: str) -> int:
    """Count the letters that English lacks."""
    return sum(c.isalpha() and not c.isascii() and c not in _NO_EVIDENCE for c in text)


def _base(character: str) -> str:
    """Give a letter without its accents, and all else as it is."""
    parts = unicodedata.normalize("NFD", character)
    return parts[0] if len(parts) > 1 and parts[0].isascii() and parts[0].isalpha() else character


def _corrected(at: int, draft: Draft, text: str, *, seen: bool = False, prior: float = 0.0) -> Variant:
    part = attrs.evolve(draft.parts[0], text=text)
    changed = attrs.evolve(draft, text=text, parts=(part,), provenance=Provenance.CORRECTED)
    return Variant(at, (changed,), part, draft.parts[0], seen=seen, prior=prior)


def splits(drafts: Sequence[Draft], doubtful: Sequence[bool], lexicon: Lexicon, ink: Ink) -> Iterator[Variant]:
    """Give pairs of words of the lexicon that doubtful drafts may have run together."""
    for at, draft in enumerate(drafts):
        if not doubtful[at] or len(draft.parts) > 1 or len(draft.text) > _LONGEST or lexicon.knows(draft.text):
            continue
        for place in range(_FEWEST, len(draft.text) - _FEWEST + 1):
            if lexicon.knows(draft.text[:place]) and lexicon.knows(draft.text[place:]):
                yield _split(at, draft, place, ink)


def gaps(drafts: Sequence[Draft], doubtful: Sequence[bool], ink: Ink, heights: Sequence[int]) -> Iterator[Variant]:
    """Give doubtful drafts in two parts, where the widest gap within is as wide as a space may be."""
    for at, draft in enumerate(drafts):
        if not doubtful[at] or len(draft.parts) > 1 or len(draft.text) < 2 * _FEWEST:
            continue
        window = draft.parts[0].window
        widths = [
            end - start
            for one, two in itertools.pairwise(draft.glyphs)
            for start, end in [ink.gap(window, middle(one), middle(two)) or (0.0, 0.0)]
        ]
        place = max(range(len(widths)), key=widths.__getitem__) + 1
        # a lone mark at an end is no word
        if widths[place - 1] > _SPACE * heights[window] and _FEWEST <= place <= len(draft.text) - _FEWEST:
            yield attrs.evolve(_split(at, draft, place, ink), seen=True)


def _split(at: int, draft: Draft, place: int, ink: Ink) -> Variant:
    (part,) = draft.parts
    text = f"{draft.text[:place]} {draft.text[place:]}"
    return Variant(at, _parted(draft, place, ink), attrs.evolve(part, text=text), part)


def joins(
    drafts: Sequence[Draft], doubtful: Sequence[bool], lexicon: Lexicon, ink: Ink, heights: Sequence[int]
) -> Iterator[Variant]:
    """Give words that may have been torn into two neighbours, or of which one lost a character to the other."""
    for at, (one, two) in enumerate(itertools.pairwise(drafts)):
        if not _neighbours(one, two, heights):
            continue
        base, text = _both(one, two), one.text + two.text
        if one.text[-1].isdecimal() and two.text[0].isdecimal():
            for mark in _WITHIN_NUMBERS:
                # two numbers are as usual as one, but for prices
                price = mark == "." and len(two.text) == _CENTS
                yield attrs.evolve(_join(at, one, two, f"{one.text}{mark}{two.text}"), seen=not price)
            continue
        if not (doubtful[at] or doubtful[at + 1]) or len(text) > _LONGEST:
            continue
        if lexicon.knows(one.text) and lexicon.knows(two.text):
            continue
        if not (_says_something(one.text) and _says_something(two.text)):  # a mark between words belongs to neither
            continue
        if lexicon.knows(text):
            yield _join(at, one, two, text)
        for place in (len(one.text) - 1, len(one.text) + 1):
            parts = text[:place], text[place:]
            if all(len(part) >= _FEWEST and lexicon.knows(part) for part in parts):
                moved = _parted(glued(one, two), place, ink)
                yield Variant(at, moved, attrs.evolve(base, text=" ".join(parts)), base)


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


def _join(at: int, one: Draft, two: Draft, text: str) -> Variant:
    base = _both(one, two)
    part = attrs.evolve(base, text=text)
    whole = attrs.evolve(glued(one, two, Provenance.JOINED), text=text, parts=(part,))
    return Variant(at, (whole,), part, base)


def _neighbours(one: Draft, two: Draft, heights: Sequence[int]) -> bool:
    same = len(one.parts) == len(two.parts) == 1 and one.parts[0].window == two.parts[0].window
    return same and two.left - one.right < _NEAR * heights[one.parts[0].window]


def _both(one: Draft, two: Draft) -> Part:
    first, second = one.parts[0], two.parts[0]
    return Part(first.window, f"{first.text} {second.text}", first.start, second.end)


def _parted(draft: Draft, place: int, ink: Ink) -> tuple[Draft, Draft]:
    """Cut a draft of one part before its character `place`: what the net says between them, and the ink at the gap."""
    (part,) = draft.parts
    before, behind = draft.glyphs[place - 1], draft.glyphs[place]
    cut = (before.end + behind.start) / 2
    right, left = ink.gap(part.window, middle(before), middle(behind)) or (cut, cut)
    one = Part(part.window, part.text[:place], part.start, cut)
    two = Part(part.window, part.text[place:], cut, part.end)
    return (
        Draft(one.text, draft.glyphs[:place], (one,), draft.left, right, Provenance.SPLIT),
        Draft(two.text, draft.glyphs[place:], (two,), left, draft.right, Provenance.SPLIT),
    )
