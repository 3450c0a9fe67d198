"""What is worth more: the net's reading, or another one in the light of the lexicon; and how sure that is.

The numbers lie in ``fitted.json`` beside this module. Confidences and `low` are fitted to pages whose text is known by
``ocrkit train confidence``; ``ocrkit train wordinator`` fits what the lexicon is worth, but the numbers that ship were
chosen by what variants did on pages drawn for development, as was `high`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import in_unit_range
from ocrkit.document import Provenance, Word
from ocrkit.odds import chance_of
from ocrkit.wordinate.drafts import Draft
from ocrkit.wordinate.lexicon import Lexicon

_LEAST = 1e-9
_BILLION = 9.0
_HINTS = 9
_EVENS = 0.5  # probability
_LONG = 5  # letters: of shorter words the lexicon knows the less, since anything may be an abbreviation,
_SHORTER = 1.5  # by so much (a base-10 logarithm) for each letter
_SUPPOSED = 10  # words that every page is supposed to have besides its own,
_MIDDLING = 0.8  # and the probability that the net would give them


def _numbers(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


@attrs.frozen(kw_only=True)
class Weights:
    """How much each hint counts.

    Parameters
    ----------
    prior : float
        Weight of a word's frequency (its logarithm) against that of the net's probability.
    unknown, number : float
        Zipf frequencies of long words that the lexicon lacks, and of those with digits in them.
    confidence : tuple of float
        Of the hints that `hints` gives, on the log-odds of being right.
    low : float
        Confidence below which words are dropped.
    high : float
        Probability above which the net's reading is kept as it is; what the lexicon knows, from one half on.
    """

    prior: float = attrs.field(validator=validators.ge(0))
    unknown: float
    number: float
    confidence: tuple[float, ...] = attrs.field(
        converter=_numbers, validator=[validators.min_len(_HINTS), validators.max_len(_HINTS)]
    )
    low: float = attrs.field(validator=in_unit_range)
    high: float = attrs.field(validator=in_unit_range)


@cache
def fitted() -> Weights:
    """Return the weights that come with the package."""
    return Weights(**json.loads(resources.files("ocrkit.wordinate").joinpath("fitted.json").read_text("utf-8")))


def worth(text: str, log_probability: float, lexicon: Lexicon, weights: Weights) -> float:
    """Weigh a text of one or more words: what the net gives it, and how common its words are."""
    known, unknown, numbers = commonness(text, lexicon)
    zipf = known + unknown * (weights.unknown - _BILLION) + numbers * (weights.number - _BILLION)
    return log_probability + weights.prior * math.log(10) * zipf


def decisive(text: str, chance: float, lexicon: Lexicon) -> float:
    """Give the probability that decides whether a reading is doubtful.

    What looks like a word and is likelier one than not hardly ever is another.
    """
    return 1.0 if chance >= _EVENS and lexicon.knows(text) else chance


def commonness(text: str, lexicon: Lexicon) -> tuple[float, int, int]:
    """Say how common words are.

    Returns
    -------
    float
        Sum of the base-10 logarithms of the frequencies of those that the lexicon knows, and of how much commoner than
        long ones are those that it does not.
    int
        How many it does not know.
    int
        How many have digits in them, and are none of the user's own.
    """
    known, unknown, numbers = 0.0, 0, 0
    for word in text.split():
        if _is_number(word, lexicon):
            numbers += 1
        elif zipf := lexicon.zipf(word):
            known += zipf - _BILLION
        else:
            unknown += 1
            letters = max(sum(map(str.isalpha, word)), 1)
            known += _SHORTER * max(_LONG - letters, 0)
    return known, unknown, numbers


def _is_number(word: str, lexicon: Lexicon) -> bool:
    return any(map(str.isdecimal, word)) and not lexicon.owns(word)


def legibility(raw: npt.NDArray[np.float64]) -> float:
    """Say how surely a page's words were read altogether: log-odds of the mean of their probabilities.

    Pages of few words count as middling ones for a part.

    Parameters
    ----------
    raw : ndarray of float64, shape (N,)
        Probabilities that the net gives to all words of the page.
    """
    chance = (float(raw.sum()) + _SUPPOSED * _MIDDLING) / (len(raw) + _SUPPOSED)
    return math.log(chance / (1 - chance))


def hints(
    words: Sequence[Draft | Word], raw: npt.NDArray[np.float64], lexicon: Lexicon, page: float
) -> npt.NDArray[np.float64]:
    """Say what speaks for and against words.

    Parameters
    ----------
    words : sequence of Draft or Word
    raw : ndarray of float64, shape (N,)
        Probability that the net gives to each.
    lexicon : Lexicon
    page : float
        `legibility` of the page.

    Returns
    -------
    ndarray of float64, shape (N, 9)
        1; log-odds of the net's probability; whether the lexicon knows it, whether it has digits, whether it was
        changed, whether it is a single character; logarithm of its length; the page's legibility; and how far the
        log-odds are below evens, since what the net itself thinks wrong is far surer to be.
    """
    chance = np.clip(raw, _LEAST, 1 - 1e-6)
    table = np.ones((len(words), _HINTS))
    table[:, 1] = np.log(chance) - np.log1p(-chance)
    for row, word in zip(table, words, strict=True):
        row[3] = _is_number(word.text, lexicon)
        row[2] = not row[3] and lexicon.knows(word.text)
        row[4] = word.provenance is not Provenance.KEPT
        row[5] = len(word.text) == 1
        row[6] = math.log(len(word.text))
        row[7] = page
    table[:, 8] = np.maximum(-table[:, 1], 0)
    return table


def confidences(table: npt.NDArray[np.float64], weights: Weights) -> npt.NDArray[np.float64]:
    """Turn hints into the probability that words are right."""
    return chance_of(table @ np.array(weights.confidence))
