"""The Wordinator: from what the net read in windows to the words of a page.

Takes windows and their readings, gives lines of words: stitched where a line was cut, cut where a space was read, set
right by the lexicon where the net was in doubt, each with a calibrated confidence, and none where there was only noise.

References
----------
.. [1] B. Neuberg, "Creating a Modern OCR Pipeline Using Computer Vision and Deep Learning", Dropbox, 2017: the
   Wordinator and its three buckets of confidence.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import are_texts, as_names, can_be_compiled, in_unit_range, settings_of
from ocrkit.document import Line, Word
from ocrkit.spec import Claim, Detection, Reading, Weigh
from ocrkit.wordinate import variants, weighing
from ocrkit.wordinate.drafts import Draft, Part, cut, cuts_of, quads_of
from ocrkit.wordinate.ink import Ink
from ocrkit.wordinate.lexicon import Lexicon
from ocrkit.wordinate.order import arranged
from ocrkit.wordinate.stitching import stitch
from ocrkit.wordinate.suppress import covered
from ocrkit.wordinate.variants import Variant

_HEARD = 4.0  # log-odds: no amount, nor all others together, say more of a decimal mark
_SURE = 0.9  # probability of words that tell whether a page has accents
_EACH = 0.02  # log-odds that each of their letters says it has none: one in fifty has, where any has
_FOREIGN = 3.0  # log-odds that each letter that English lacks says it has
_LONG = 10  # characters
_DOTS = 6  # words: a line that says less may be a spaced ellipsis


@attrs.frozen(kw_only=True)
class WordinatorSettings:
    """How words are made.

    Parameters
    ----------
    low : float, optional
        Words with less confidence are dropped; less than what was fitted, if not given. Of long ones each ten
        characters are held to it, so twenty to its square.
    high : float, optional
        Readings to which the net gives more are kept as they are; likewise. What the lexicon knows is kept from .5 on.
    words, patterns : tuple of str
        The user's own words and regular expressions, which count as common words.
    correct, split, join, suppress, order : bool
        Steps that can be left out: words of the lexicon for what looks like them, one decimal mark for all amounts of
        a page, units behind weights, and no accents on pages that have none; parting what was run together; joining
        what was torn apart; dropping words that lie on surer ones; reading order.
    """

    low: float | None = attrs.field(default=None, validator=validators.optional(in_unit_range))
    high: float | None = attrs.field(default=None, validator=validators.optional(in_unit_range))
    words: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=are_texts)
    patterns: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=can_be_compiled)
    correct: bool = attrs.field(default=True, validator=validators.instance_of(bool))
    split: bool = attrs.field(default=True, validator=validators.instance_of(bool))
    join: bool = attrs.field(default=True, validator=validators.instance_of(bool))
    suppress: bool = attrs.field(default=True, validator=validators.instance_of(bool))
    order: bool = attrs.field(default=True, validator=validators.instance_of(bool))


@attrs.frozen(eq=False)
class Sheet:
    """What is known of a page while its words are made.

    Parameters
    ----------
    detection : Detection
    readings : sequence of Reading
        One for each window.
    weigh : callable
        The recognizer's.
    ink : Ink
    """

    detection: Detection
    readings: Sequence[Reading]
    weigh: Weigh
    ink: Ink
    _known: dict[Part, float] = attrs.field(factory=dict)

    def log_probabilities(self, parts: Sequence[Part]) -> npt.NDArray[np.float64]:
        """Ask the net how well the texts of parts of windows fit; nothing is asked twice."""
        asked = list(dict.fromkeys(part for part in parts if part not in self._known))
        said = self.weigh([self._claim(part) for part in asked]).tolist()
        if len(said) != len(asked):
            raise ValueError(f"the recognizer weighed {len(said)} of {len(asked)} claims; it must weigh each")
        self._known.update(zip(asked, said, strict=True))
        return np.array([self._known[part] for part in parts])

    def _claim(self, part: Part) -> Claim:
        width = self.detection.regions[part.window].size[0]
        return Claim(self.readings[part.window], part.start / width, part.end / width, part.text)

    def raw(self, drafts: Sequence[Draft]) -> npt.NDArray[np.float64]:
        """Give the net's probability of each draft's text, and what other words add to it."""
        parts = [part for draft in drafts for part in draft.parts]
        owner = np.repeat(np.arange(len(drafts)), [len(draft.parts) for draft in drafts])
        logs = np.bincount(owner, self.log_probabilities(parts), len(drafts)) if parts else np.zeros(0)
        logs += [draft.support for draft in drafts]
        return np.asarray(np.exp(np.minimum(logs, 0.0)))


class LexiconWordinator:
    """Makes words of windows. May be called from several threads.

    Parameters
    ----------
    settings : WordinatorSettings
    weights : Weights, optional
        Other ones than come with the package.
    """

    def __init__(self, settings: WordinatorSettings | None = None, weights: weighing.Weights | None = None) -> None:
        self._settings = settings_of(settings, WordinatorSettings)
        self._weights = weights or weighing.fitted()
        self._low = self._weights.low if self._settings.low is None else self._settings.low
        self._high = self._weights.high if self._settings.high is None else self._settings.high
        self.lexicon = Lexicon(self._settings.words, self._settings.patterns)

    def wordinate(self, detection: Detection, readings: Sequence[Reading], weigh: Weigh, /) -> list[Line]:
        """Make lines of words.

        Parameters
        ----------
        detection : Detection
        readings : sequence of Reading
            One for each of its windows.
        weigh : callable
            The recognizer's `~ocrkit.spec.Recognizer.weigh`.

        Returns
        -------
        list of Line
            In pixels of the page image that was searched.
        """
        sheet = Sheet(detection, readings, weigh, Ink(detection.windows))
        lines = self.drafted(sheet)
        lines = self.revised(lines, sheet)
        drafts = [draft for line in lines for draft in line]
        if not drafts:
            return []
        raw = sheet.raw(drafts)
        hints = weighing.hints(drafts, raw, self.lexicon, weighing.legibility(raw))
        chances = weighing.confidences(hints, self._weights)
        kept = chances >= _least(self._low, drafts)
        quads = quads_of(drafts, detection.regions, sheet.ink)
        owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        if self._settings.suppress:  # what is dropped as noise covers nothing
            rows = np.flatnonzero(kept)
            kept[rows] = ~covered([quads[row] for row in rows.tolist()], owner[rows], chances[rows])
        made: dict[int, list[Word]] = defaultdict(list)
        for at in np.flatnonzero(kept).tolist():
            draft = drafts[at]
            word = Word(
                text=draft.text,
                quad=quads[at],
                confidence=chances[at],
                provenance=draft.provenance,
                raw_confidence=float(raw[at]),
                cuts=cuts_of(draft),
            )
            made[int(owner[at])].append(word)
        found = [Line(words=words) for words in made.values() if not _is_dotted_rule(words)]
        return arranged(found) if self._settings.order else found

    def drafted(self, sheet: Sheet) -> list[list[Draft]]:
        """Stitch lines and cut them into words."""
        regions = sheet.detection.regions
        return [cut(runs, regions, sheet.ink, self.lexicon) for runs in stitch(regions, sheet.readings)]

    def revised(self, lines: Sequence[list[Draft]], sheet: Sheet) -> list[list[Draft]]:
        """Put better texts in the place of doubtful ones."""
        found = self.variants(lines, sheet)
        if not found:
            return list(lines)
        logs = sheet.log_probabilities([part for _, variant in found for part in (variant.part, variant.base)])
        best: dict[int, list[tuple[float, Variant]]] = defaultdict(list)
        votes = _votes([variant.comma for _, variant in found], logs[::2] - logs[1::2])
        votes += [variant.prior for _, variant in found]
        for (number, variant), new, old, vote in zip(
            found, logs[::2].tolist(), logs[1::2].tolist(), votes.tolist(), strict=True
        ):
            gain = (
                new - old if variant.seen else self._worth(variant.part.text, new) - self._worth(variant.base.text, old)
            )
            if gain + vote > 0 and not variant.firm:
                best[number].append((gain + vote, _supported(variant, gain, vote) if vote else variant))
        return [replaced(line, best[number]) if number in best else line for number, line in enumerate(lines)]

    def variants(self, lines: Sequence[Sequence[Draft]], sheet: Sheet) -> list[tuple[int, Variant]]:
        """Give all variants of the words of lines that are doubtful or amounts, each with the number of its line."""
        use = self._settings
        drafts = [draft for line in lines for draft in line]
        raw = sheet.raw(drafts)
        without_accents = _without_accents([d.text for d, chance in zip(drafts, raw, strict=True) if chance >= _SURE])
        chances = iter(raw.tolist())
        heights = [region.size[1] for region in sheet.detection.regions]
        found: list[tuple[int, Variant]] = []
        for number, line in enumerate(lines):
            doubtful = [self._is_doubtful(draft.text, next(chances)) for draft in line]
            own: Iterable[Variant] = ()
            if use.correct:
                own = itertools.chain(own, variants.corrections(line, doubtful, self.lexicon))
                own = itertools.chain(own, variants.marks(line, doubtful), variants.units(line, doubtful, self.lexicon))
                if without_accents:
                    own = itertools.chain(own, variants.plain(line, doubtful, self.lexicon, without_accents))
            if use.split:
                own = itertools.chain(own, variants.splits(line, doubtful, self.lexicon, sheet.ink))
                own = itertools.chain(own, variants.gaps(line, doubtful, sheet.ink, heights))
            if use.join:
                own = itertools.chain(own, variants.joins(line, doubtful, self.lexicon, sheet.ink, heights))
            found += [(number, variant) for variant in own]
        return found

    def _is_doubtful(self, text: str, chance: float) -> bool:
        return chance < self._high and weighing.decisive(text, chance, self.lexicon) < self._high

    def _worth(self, text: str, log_probability: float) -> float:
        return weighing.worth(text, log_probability, self.lexicon, self._weights)


def _least(low: float, drafts: Sequence[Draft]) -> npt.NDArray[np.float64]:
    """Give the confidence below which each is noise: a long code of which every character is likely is none."""
    return np.asarray(low ** np.maximum(np.array([len(draft.text) for draft in drafts]) / _LONG, 1.0))


def _votes(commas: Sequence[bool | None], gains: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Say what the other amounts of a page speak for a variant's decimal mark: nearly all pages have one for all.

    Parameters
    ----------
    commas : sequence of bool, optional
        `Variant.comma` of each.
    gains : ndarray of float64, shape (N,)
        Log-odds that the net gives to each, against what was read.

    Returns
    -------
    ndarray of float64, shape (N,)
        Log-odds; 0 for variants of another kind.
    """
    towards = np.array([0.0 if comma is None else 1.0 if comma else -1.0 for comma in commas])
    own = towards * np.clip(gains, -_HEARD, _HEARD)
    return np.asarray(towards * np.clip(own.sum() - own, -_HEARD, _HEARD))


def _without_accents(sure: Sequence[str]) -> float:
    """Say how likely it is that a page is in a language without accents, by its sure words: log-odds, 0 or more."""
    letters = "".join(sure)
    against = _FOREIGN * variants.foreign_letters(letters)
    return min(max(_EACH * sum(map(str.isalpha, letters)) - against, 0.0), _HEARD)


def _supported(variant: Variant, gain: float, vote: float) -> Variant:
    """Make a variant as likely as it is with the vote: of what it and the text that was read have together, its share.

    Parameters
    ----------
    variant : Variant
    gain, vote : float
        Log-odds against the text that was read: the net's, and what the vote adds.
    """
    support = float(np.logaddexp(0, -gain) - np.logaddexp(0, -gain - vote))
    return attrs.evolve(variant, drafts=tuple(attrs.evolve(draft, support=support) for draft in variant.drafts))


def _is_dotted_rule(words: Sequence[Word]) -> bool:
    """Say whether a line is dots and nothing else, as they rule tables and forms."""
    return len(words) >= _DOTS and all(set(word.text) == {"."} for word in words)


def replaced(line: Sequence[Draft], better: Sequence[tuple[float, Variant]]) -> list[Draft]:
    """Put variants into a line, those that gain most first, as long as none touches another.

    Parameters
    ----------
    line : sequence of Draft
    better : sequence of (float, Variant)
        Gains, and what makes them.
    """
    taken: dict[int, Variant] = {}
    free = [True] * len(line)
    for _, variant in sorted(better, key=lambda pair: -pair[0]):
        own = range(variant.at, variant.at + variant.replaces)
        if all(free[at] for at in own):
            taken[variant.at] = variant
            for at in own:
                free[at] = False
    made: list[Draft] = []
    for at, draft in enumerate(line):
        if at in taken:
            made += taken[at].drafts
        elif free[at]:
            made.append(draft)
    return made
