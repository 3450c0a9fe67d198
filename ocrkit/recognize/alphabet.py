"""The characters that the net can write, and their numbers.

Class 0 is CTC's blank; character ``i`` of the alphabet is class ``i + 1``. The alphabet travels inside every model
file, so that a model and the code that reads it cannot drift apart.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Sequence

import attrs

BLANK = 0
"""CTC's class for "no character here"."""

_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_PRINT = "€£¥¢©®™°•·–—‘’“”…§½¼×"
_LETTERS = "".join(chr(c) for c in range(0xC0, 0x100) if chr(c) not in "×÷")
_MORE = "¡¿«»„±²³¹ºªµ÷¾†‡‰ŒœŠšŽžŸ"  # what else Western Europe writes

# What means the same in print, and what a page's text layer or a typist may hold instead.
_SAME = str.maketrans(
    {
        "\u00a0": " ",
        "\u00ad": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "–",
        "\u2015": "—",
        "\u2212": "-",
        "\u2032": "'",
        "\u2033": '"',
        "\u03bc": "µ",
        "\u201a": ",",
        "\u25cf": "•",
        "\u2219": "·",
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
)


@attrs.frozen
class Alphabet:
    """A set of characters in the order of the net's classes.

    Parameters
    ----------
    characters : str
        Each once, the space among them.

    Raises
    ------
    ValueError
        If a character comes twice.
    """

    characters: str = attrs.field()
    _numbers: dict[str, int] = attrs.field(init=False, repr=False, eq=False)

    @characters.validator
    def _each_once(self, _: object, value: str) -> None:
        twice = sorted({c for c in value if value.count(c) > 1})
        if twice:
            raise ValueError(f"an alphabet names each character once, this one repeats {''.join(twice)!r}")

    @_numbers.default
    def _number_them(self) -> dict[str, int]:
        return {c: i + 1 for i, c in enumerate(self.characters)}

    @property
    def classes(self) -> int:
        """Number of classes, the blank included."""
        return len(self.characters) + 1

    def spell(self, text: str) -> str | None:
        """Write a text with this alphabet only.

        Parameters
        ----------
        text : str

        Returns
        -------
        str or None
            NFC, white space as single spaces, typographic twins folded; None if a character is left
            that the alphabet lacks.
        """
        spelt = " ".join(unicodedata.normalize("NFC", text).translate(_SAME).split())
        return spelt if all(c in self._numbers for c in spelt) else None

    def encode(self, text: str) -> list[int]:
        """Give the classes of a text.

        Raises
        ------
        ValueError
            If the alphabet lacks one of its characters.
        """
        try:
            return [self._numbers[c] for c in text]
        except KeyError as missing:
            raise ValueError(f"{missing.args[0]!r} of {text!r} is not in the alphabet") from None

    def decode(self, classes: Iterable[int]) -> str:
        """Give the text of classes that hold no blank."""
        return "".join(self.characters[c - 1] for c in classes)


ALPHABET = Alphabet(_ASCII + _PRINT + _LETTERS + _MORE)
"""Printable ASCII, print's commonest signs, and the letters of Western Europe.

It grows at its end alone: weights of a net that knew fewer characters are those of the first (`~.net.load_weights`).
"""


def shortest_path(classes: Sequence[int]) -> int:
    """Count the timesteps that CTC needs at least: one a character, one blank between twins."""
    return len(classes) + sum(a == b for a, b in itertools.pairwise(classes))
