"""What the formats in XML share: text that XML can hold, words with spaces taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from ocrkit.geometry import Quad

# not as all but what XML allows: classes of the whole of Unicode take long to compile
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_markup(text: str) -> str:
    """Escape a text for elements and attributes; what XML cannot hold becomes U+FFFD."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", escape(text))


def parted(text: str, quad: Quad | None) -> Iterator[tuple[str, Quad]]:
    """Part a text at its white space, each piece with its share of the quad; without a quad there is nothing."""
    if quad is None:
        return
    text = text.strip()
    for part in re.finditer(r"\S+", text):
        yield part[0], quad.part(part.start() / len(text), part.end() / len(text)) if part[0] != text else quad
