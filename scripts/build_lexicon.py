"""Build the lexicon that the Wordinator looks words up in: ocrkit/wordinate/words.gz.

    pip install wordfreq==3.1.1 && apt-get install wamerican wbritish
    python scripts/build_lexicon.py

English words that are not rare are taken as `wordfreq` has them; rare ones only if a spelling dictionary (SCOWL) knows
them too, since a large corpus has every misspelling. Of other languages that are written with our alphabet only the
common words are taken. A line of the file is a Zipf frequency (base-10 logarithm of the uses in a billion words), and
all words that have it.
"""

from __future__ import annotations

import gzip
import unicodedata
from collections import defaultdict
from pathlib import Path

import wordfreq

DICTIONARIES = Path("/usr/share/dict")
SPELLING = ("american-english", "british-english")
OUT = Path(__file__).parent.parent / "ocrkit" / "wordinate" / "words.gz"
COMMON, RAREST = 3.4, 1.8  # Zipf frequencies
OTHERS = {"de": 4.0, "fr": 4.0, "es": 4.0, "it": 4.0, "pt": 4.0, "nl": 4.0, "sv": 4.1, "da": 4.1, "nb": 4.1, "fi": 4.2}
OTHERS |= {"ca": 4.4, "fil": 4.6, "id": 4.4, "is": 4.6, "ms": 4.4}
ALLOWED = set("abcdefghijklmnopqrstuvwxyz'" + "".join(map(chr, range(0xDF, 0x100))).replace("÷", "") + "œšž")


def spelling() -> set[str]:
    listed = (word.casefold() for name in SPELLING for word in (DICTIONARIES / name).read_text("utf-8").split())
    return {word for word in listed if not word.endswith("'s")}  # the reader knows how to make those


def bare(word: str) -> str:
    """Leave accents out, as dictionaries of English often do: naïve is there as naive."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def words() -> dict[str, float]:
    known = spelling()
    found: dict[str, float] = {}
    for word, frequency in wordfreq.get_frequency_dict("en", "large").items():
        zipf = wordfreq.zipf_frequency(word, "en") if frequency else 0.0
        if set(word) <= ALLOWED and zipf >= RAREST and (zipf >= COMMON or not known.isdisjoint({word, bare(word)})):
            found[word] = zipf
    for language, least in OTHERS.items():
        for word in wordfreq.get_frequency_dict(language, "small"):
            zipf = wordfreq.zipf_frequency(word, language)
            # a page is more often English than any of these
            if set(word) <= ALLOWED and zipf >= least and len(word) > 1:
                found[word] = max(found.get(word, 0.0), zipf - 1)
    return found


def main() -> None:
    levels: dict[str, list[str]] = defaultdict(list)
    for word, zipf in words().items():
        levels[f"{round(zipf * 4) / 4:.2f}"].append(word)
    text = "\n".join(f"{level} {' '.join(sorted(levels[level]))}" for level in sorted(levels, key=float, reverse=True))
    OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{sum(map(len, levels.values()))} words, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
