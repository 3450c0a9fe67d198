"""What words there are, how common they are, and which are a slip of the eye away from a text.

References
----------
.. [1] R. Speer, wordfreq 3.1, 2023, https://doi.org/10.5281/zenodo.7199437: the frequencies, CC-BY-SA-4.0.
.. [2] K. Atkinson, SCOWL, http://wordlist.aspell.net: which rare words are spelt so.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources

from ocrkit.checks import as_names, compiled

_EDGES = ".,;:!?¿¡…()[]{}<>\"'“”‘’„«»*/|&#-–—·•†‡"  # what stands around a word
_JOINTS = re.compile(r"[-–/’']")
_PARTS = re.compile(r"[-–/’']|[^-–/’']+")
_SHORTEST = 3  # characters of a compound's part that is looked up
_ENDINGS = ("'s", "’s")
_OWN = 7.0  # Zipf frequency of a user's own word: one in 100, as of the commonest, and more than of any number

# What looks alike. Each is tried both ways.
_ALIKE = (
    *("rn m", "cl d", "vv w", "ri n", "ii n", "ii u", "li h", "nn m", "fi f", "fl f", "tt t", "ll l"),
    *("I l", "I 1", "l 1", "l i", "I i", "O 0", "o 0", "o c", "o e", "e c", "a o", "S 5", "s 5", "B 8", "Z 2", "G 6"),
    *("g 9", "g q", "u v", "v y", "h b", "f t", "l t", "i j", "T 1", "J ]", "D O", "E F", "P F", "n u", "r t", "a s"),
)
_CONFUSED = tuple((one, two) for pair in _ALIKE for one, two in (pair.split(), pair.split()[::-1]))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@cache
def _shipped() -> dict[str, float]:
    content = gzip.decompress(resources.files("ocrkit.wordinate").joinpath("words.gz").read_bytes()).decode()
    words: dict[str, float] = {}
    for line in content.split("\n"):
        level, _, known = line.partition(" ")
        words |= dict.fromkeys(known.split(" "), float(level))
    return words


class Lexicon:
    """The words of English, the common ones of other languages in Latin letters, and the user's own.

    Nothing is loaded before `load` or the first word that is looked up.

    Parameters
    ----------
    words : iterable of str
        More words: names, brands, terms, codes. Their case does not matter, but what is set right is written as they
        are; of several in one string each counts.
    patterns : iterable of str
        Regular expressions; a text that one of them matches as a whole is as good as a word. They are trusted: one that
        takes long on some text holds up the page, and no deadline can end it.

    Raises
    ------
    TypeError
        If given a single string instead of several.
    ValueError
        If a pattern is no regular expression.

    Examples
    --------
    >>> lexicon = Lexicon(["ocrkit"], [r"INV-[0-9]{4}"])
    >>> [lexicon.knows(text) for text in ("Invoice,", "lnvoice", "OcrKit", "INV-2041")]
    [True, False, True, True]
    >>> sorted(lexicon.near("lnvoice"))
    ['Invoice', 'invoice']
    """

    def __init__(self, words: Iterable[str] = (), patterns: Iterable[str] = ()) -> None:
        parts = [part for word in as_names(words) for part in unicodedata.normalize("NFC", word).split()]
        # as they are written, and as they are looked up: without what stands around them
        self._own = {_folded(form): form for part in parts for form in (part, part.strip(_EDGES)) if form}
        accented = {letter for word in self._own for letter in word if letter.isalpha() and not letter.isascii()}
        self._letters = _LETTERS + "".join(sorted(accented))
        self._patterns = [compiled(pattern) for pattern in as_names(patterns)]

    def load(self) -> None:
        """Load the words that come with the package, if they are not yet: all lexicons share them."""
        _shipped()

    def zipf(self, text: str) -> float:
        """Give a text's Zipf frequency: the base-10 logarithm of how often it comes in a billion words; 0 if unknown.

        What stands around a word does not matter; of a compound the rarest part counts. A word in a mixture of cases
        that nobody writes is unknown.
        """
        core = text.strip(_EDGES)
        found = self._of_core(core) if core else 0.0
        return _OWN if found < _OWN and self.owns(text) else found

    def owns(self, text: str) -> bool:
        """Say whether a text is one of the user's own words, or as one of the user's patterns says."""
        core = text.strip(_EDGES)
        return _folded(core) in self._own or self._fits(text) or self._fits(core)

    def _fits(self, text: str) -> bool:
        return any(pattern.fullmatch(text) for pattern in self._patterns)

    def knows(self, text: str) -> bool:
        """Say whether a text is a word."""
        return self.zipf(text) > 0

    def _of_core(self, core: str) -> float:
        if core.endswith(_ENDINGS) and _folded(core[:-2]) in self._own:
            core = core[:-2]
        if not _has_usual_case(core) and _folded(core) not in self._own:
            parts = _JOINTS.split(core)
            usual = len(parts) > 1 and all(_has_usual_case(part) or _folded(part) in self._own for part in parts)
            return min(map(self._plain, parts)) if usual and all(parts) else 0.0
        found = self._plain(core)
        if not found and core.endswith(_ENDINGS):
            found = self._plain(core[:-2])
        if not found:
            parts = _JOINTS.split(core)
            found = min(map(self._plain, parts)) if len(parts) > 1 and all(parts) else 0.0
        return found

    def _plain(self, word: str) -> float:
        folded = _folded(word)
        return max(_OWN if folded in self._own else 0.0, _shipped().get(folded, 0.0))

    def near(self, text: str) -> set[str]:
        """Give the words that one slip turns into a text: characters that look alike, one wrong, missing or too many.

        Parameters
        ----------
        text : str

        Returns
        -------
        set of str
            With the same marks around them; without the text itself.
        """
        core = text.strip(_EDGES)
        if not core:
            return set()
        before, behind = text.split(core, 1)
        parts = _PARTS.findall(core)
        found: set[str] = set()
        for at, part in enumerate(parts):
            # of a compound, only what is no word itself can be wrong
            if len(parts) > 1 and (len(part) < _SHORTEST or self._plain(part)):
                continue
            head, tail = before + "".join(parts[:at]), "".join(parts[at + 1 :]) + behind
            found |= {head + word + tail for word in self._known_slips(part)}
        if len(parts) > 1:  # but there are words with a joint, too
            found |= {before + word + behind for word in self._known_slips(core)}
        if self._patterns:
            likely = ((slip, before + slip + behind) for slip in _confusions(core))
            found |= {whole for slip, whole in likely if self._fits(slip) or self._fits(whole)}
        return found - {text}

    def _known_slips(self, part: str) -> Iterator[str]:
        # another case alone is no slip: names are written as they like
        slips = _slips(part, self._letters) - {_folded(part)}
        for slip in (slips & self._own.keys()) | (slips & _shipped().keys()):
            if slip in self._own:
                yield self._own[slip]
            written = slip.replace("'", "’") if "’" in part else slip
            yield from _cased(written, part)


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")


def _has_usual_case(word: str) -> bool:
    return word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())


def _cased(word: str, like: str) -> Iterator[str]:
    """Write a word in the case of a text that is much like it; both ways, where the first character differs."""
    if sum(map(str.isupper, like)) > max(len(like) / 2, 1):
        yield word.upper()
        return
    if like[:1].isupper() or not like.casefold().startswith(word[0]):
        yield word.capitalize()
    if not like[:1].isupper():
        yield word


def _confusions(text: str) -> Iterator[str]:
    """Give texts in which other characters stand for some that look like them."""
    for one, two in _CONFUSED:
        at = text.find(one)
        while at >= 0:
            yield text[:at] + two + text[at + len(one) :]
            at = text.find(one, at + 1)


def _slips(text: str, letters: str) -> set[str]:
    """Give texts one slip away, in small letters; letters are what may be wrong or missing."""
    word = _folded(text)
    slips = {*map(_folded, _confusions(text))}
    for at in range(len(word) + 1):
        head, tail, shorter = word[:at], word[at:], word[at + 1 :]
        slips.add(head + shorter)
        slips.update([head + letter + tail for letter in letters])
        slips.update([head + letter + shorter for letter in letters])
    return slips
