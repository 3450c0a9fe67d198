"""What the synthetic windows say: prose, names, lines of real documents, and everything that forms are filled with.

Takes folders of text and a random generator, gives strings that the alphabet can spell. How they look is decided
elsewhere.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs

from ocrkit.recognize.alphabet import ALPHABET, Alphabet
from ocrkit.train.fields import FIELDS, TILL, article, codes

Sampler = Callable[[random.Random], str]

MOST_WORDS = 6
"""In one window."""
_SINGLE_SHARE = 0.05  # of windows with one character alone: columns of flags, counts, list marks
_RANDOM_SHARE = 0.02  # of windows without any sense, so that the net cannot only guess words
_CURLED_SHARE = 0.35  # of texts whose quotes and dashes are as word processors set them, where files have typewriters'
DICTIONARIES = Path("/usr/share/dict")
"""Where Debian's packages put word lists."""
LANGUAGES = {
    "american-english": 4,
    "british-english": 2,
    "french": 2,
    "ngerman": 2,
    "spanish": 2,
    "italian": 1,
    "portuguese": 1,
    "dutch": 1,
    "swedish": 1,
    "danish": 1,
    "bokmaal": 1,
}
"""Word lists that texts are drawn from, and how often."""
_SINGLES = string.digits * 3 + string.ascii_uppercase * 2 + string.ascii_lowercase + "-*/#$%&@+=:.,|•–—()XxIA"
_QUOTES = {"french": ("«»",), "ngerman": ("„“", "„“", "»«"), "spanish": ("¿?", "¡!", "«»"), "italian": ("«»",)}
_QUOTES |= {"portuguese": ("«»",), "danish": ("»«", "„“"), "bokmaal": ("«»",)}
_ELISIONS = {
    "french": ("aâeéèêiîïoôuœh", "l' l' l' d' d' qu' n' s' j' c' m' t' L' L' D' J' C' Qu'"),
    "italian": ("aeéèiou", "l' l' l' d' un' dell' all' nell' sull' dall' c' quest' quell' L' L' Un' Dell' All'"),
}
"""What words that begin with such letters are joined to; lists of French words hold none of it, of Italian ones few."""
_ELIDED_SHARE = 0.03  # more than print has of it, or a run of some 100,000 windows would show it too seldom
_QUOTED_SHARE = 0.3  # of texts of word lists of languages whose quotes, or signs before a question, are their own
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", "“": "”", "‘": "’", '"': '"', "'": "'", "*": "*", "|": "|", "`": "`"}
_PAIRS |= {"«": "»", "»": "«", "„": "“", "¿": "?", "¡": "!"}
_BEFORE = set("$€£¥#§•©°~+=<>-–—/\\@&*×^_|·±÷")
_AFTER = set("%®™°¢!?;:,.…©½¼*+=&/\\–—-^_|·×~¾²³¹ºª‰†‡÷")


@attrs.frozen
class Corpus:
    """Texts to draw from.

    Parameters
    ----------
    sources : sequence of (float, callable)
        How often each is drawn from, and a function of a generator that gives one text.
    tills : sequence of (float, callable)
        The same for receipts; half of their texts are drawn from these.
    rare : float
        Share of texts made around a character that texts seldom hold.
    alphabet : Alphabet
        Texts that it cannot spell are drawn again.
    """

    sources: Sequence[tuple[float, Sampler]]
    tills: Sequence[tuple[float, Sampler]] = ()
    rare: float = 0.08
    alphabet: Alphabet = ALPHABET
    _rare: tuple[str, list[float]] = attrs.field(init=False, repr=False)

    @_rare.default
    def _find_rare(self) -> tuple[str, list[float]]:
        counts = Counter("".join(self._draw(random.Random(seed)) for seed in range(4000)))
        characters = [c for c in self.alphabet.characters if c != " "]
        return "".join(characters), [1 / (counts[c] + 5) for c in characters]

    def sample(self, rng: random.Random, *, receipt: bool = False) -> str:
        """Draw one text: one to six words, or a row of fields of up to ten, never empty, spelt with the alphabet."""
        capitals = 0.4 if receipt else 0.13
        while True:
            chance = rng.random()
            if chance > 1 - _SINGLE_SHARE:
                text = rng.choice(_SINGLES)
            elif chance < _RANDOM_SHARE:
                text = self._nonsense(rng)
            else:
                drawn = _draw(self.tills, rng) if receipt and self.tills and rng.random() < 0.5 else self._draw(rng)
                text = _recase(drawn, capitals, rng)
                if rng.random() < _CURLED_SHARE:
                    text = curled(text)
                if chance < _RANDOM_SHARE + self.rare:
                    text = self._with_rare(text, rng)
            spelt = self.alphabet.spell(text)
            if spelt:
                return spelt

    def plain(self, rng: random.Random) -> str:
        """Draw one text as its source has it, before rare characters are made more frequent."""
        return self.alphabet.spell(self._draw(rng)) or ""

    def _draw(self, rng: random.Random) -> str:
        return _draw(self.sources, rng)

    def _with_rare(self, text: str, rng: random.Random) -> str:
        characters, weights = self._rare
        (sign,) = rng.choices(characters, weights)
        word = " ".join(text.split()[: rng.choice((1, 1, 2, 3))])
        if sign in _PAIRS and rng.random() < 0.7:
            return f"{sign}{word}{_PAIRS[sign]}"
        gap = rng.choice(("", "", " "))
        if sign in _BEFORE and (sign not in _AFTER or rng.random() < 0.5):
            return sign + gap + word
        if sign in _AFTER:
            return word + gap + sign
        return _put_inside(word, sign, rng)

    def _nonsense(self, rng: random.Random) -> str:
        characters, weights = self._rare
        return "".join(rng.choices(characters, weights, k=rng.randint(1, 7)))


def _draw(sources: Sequence[tuple[float, Sampler]], rng: random.Random) -> str:
    return rng.choices(sources, [weight for weight, _ in sources])[0][1](rng)


def _put_inside(word: str, sign: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) + 1)
    if sign.isalpha() and len(word) > 2 and (word.isupper() or rng.random() < 0.5):
        sign = _capital(sign) if word.isupper() else sign
        return word[:at] + sign + word[min(at + 1, len(word)) :]
    return word[:at] + sign + word[at:]


def curled(text: str) -> str:
    """Turn typewriters' quotes and dashes into typographic ones, but for quotes behind figures, feet and inches.

    Examples
    --------
    >>> print(curled("It's--'late'"))
    It’s—‘late’
    """
    text = re.sub(r"(?<=[^\s-])--(?!-)", "—", text)  # not those before options of programs
    for straight, opening, closing in (("'", "‘", "’"), ('"', "“", "”")):
        text = re.sub(rf"(^|[\s(\[{{—–‘“-]){straight}", rf"\1{opening}", text)
        text = re.sub(rf"(?<!\d){straight}", closing, text)
    return text


def _capital(character: str) -> str:
    """Give the capital of a letter, if the alphabet has it: not those of the sharp s and of the micro sign."""
    return character.upper() if character.upper() in ALPHABET.characters else character


def _recase(text: str, capitals: float, rng: random.Random) -> str:
    chance = rng.random()
    if chance < capitals:
        return "".join(map(_capital, text))
    if chance < capitals + 0.07:
        return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    if chance < capitals + 0.10:
        return text.lower()
    return text


def count(rng: random.Random) -> int:
    """Draw how many words a window holds."""
    return rng.choices(range(1, MOST_WORDS + 1), (58, 22, 9, 5, 3, 3))[0]


def words_in_a_row(words: Sequence[str]) -> Sampler:
    """Sample from running text: neighbours as they stand there."""

    def sample(rng: random.Random) -> str:
        start = rng.randrange(len(words))
        return " ".join(words[start : start + count(rng)])

    return sample


def pieces_of(lines: Sequence[str]) -> Sampler:
    """Sample from lines that belong to no running text: some words of one of them."""

    def sample(rng: random.Random) -> str:
        words = rng.choice(lines).split()
        many = min(count(rng), len(words))
        start = rng.randrange(len(words) - many + 1)
        return " ".join(words[start : start + many])

    return sample


def articles_of(names: Sequence[str]) -> Sampler:
    """Sample from names of products, as tills print them; lines with figures are none."""
    plain = [name for name in names if not any(character.isdigit() for character in name)] or names

    def sample(rng: random.Random) -> str:
        words = rng.choice(plain).split()[: rng.choice((1, 2, 2, 3, 3, 4))]
        return article(rng, words)

    return sample


def single_words(words: Sequence[str], quotes: Sequence[str] = ()) -> Sampler:
    """Sample from a word list: some words that do not belong together, now and then between two signs."""

    def sample(rng: random.Random) -> str:
        text = " ".join(rng.choice(words) for _ in range(min(count(rng), 3)))
        return quoted(text, rng.choice(quotes), rng) if quotes and rng.random() < _QUOTED_SHARE else text

    return sample


def elided(words: Sequence[str], joined: Sequence[str]) -> Sampler:
    """Sample from words of a language that articles and the like may be joined to: one that is, and others."""

    def sample(rng: random.Random) -> str:
        text = rng.choice(joined) + rng.choice(words)
        return " ".join([text, *(rng.choice(words) for _ in range(min(count(rng), 3) - 1))])

    return sample


def quoted(text: str, signs: str, rng: random.Random) -> str:
    """Put a text between two signs, or behind or before one, as windows of long quotations show; « may stand apart."""
    opening, closing = signs[0], signs[1]
    gap = " " if opening == "«" and rng.random() < 0.5 else ""
    if closing in "?!":
        text = text[:1].upper() + text[1:]
    end = rng.choice(("", "", ".", ",", ":"))
    forms = (f"{opening}{gap}{text}{gap}{closing}{end}", f"{opening}{gap}{text}", f"{text}{gap}{closing}{end}")
    return rng.choice(forms)


def read_corpus(
    texts: Iterable[Path] = (), lines: Iterable[Path] = (), dictionaries: Path = DICTIONARIES, rare: float = 0.08
) -> Corpus:
    """Build a corpus from files.

    Parameters
    ----------
    texts : iterable of Path
        Files of running text, UTF-8; Project Gutenberg's frame around a book is left out.
    lines : iterable of Path
        Files with a name or line of a document on each line, UTF-8.
    dictionaries : Path
        Folder of word lists, as Debian's packages fill it; languages that are missing are left out.
    rare : float
        See `Corpus`.

    Returns
    -------
    Corpus
        With the generated fields of forms always among its sources.
    """
    sources: list[tuple[float, Sampler]] = [(0.30 / len(FIELDS), field) for field in FIELDS]
    sources.append((0.05, codes))
    prose = [word for path in texts for word in _prose(path)]
    if prose:
        sources.append((0.22, words_in_a_row(prose)))
    listed = [_lines(path) for path in lines]
    sources += [(0.28 / len(listed), pieces_of(names)) for names in listed if names]
    lists = {name: _lines(dictionaries / name) for name in LANGUAGES if (dictionaries / name).is_file()}
    total = sum(LANGUAGES[name] for name in lists)
    sources += [
        (0.15 * LANGUAGES[name] / total, single_words(words, _QUOTES.get(name, ()))) for name, words in lists.items()
    ]
    elisions = {
        name: (_open_words(lists[name], vowels), joined)
        for name, (vowels, joined) in _ELISIONS.items()
        if name in lists
    }
    joinable = [elided(words, joined.split()) for words, joined in elisions.values() if words]
    sources += [(_ELIDED_SHARE / len(joinable), sampler) for sampler in joinable]
    tills: list[tuple[float, Sampler]] = [(0.6 / len(TILL), field) for field in TILL]
    tills += [(0.4 / len(listed), articles_of(names)) for names in listed if names]
    return Corpus(sources, tills, rare)


def _open_words(words: Sequence[str], vowels: str) -> list[str]:
    """List the words that begin with one of these letters, and are not joined to anything yet."""
    return [word for word in words if word[0] in vowels and "'" not in word]


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in (line.strip() for line in lines) if line and "\ufffd" not in line]


def _prose(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    body = re.split(r"\*\*\* ?(?:START|END) OF TH[^\n]*\*\*\*", text)
    return max(body, key=len).replace("_", "").split()


def histogram(texts: Iterable[str]) -> Counter[str]:
    """Count characters."""
    return Counter("".join(texts))
