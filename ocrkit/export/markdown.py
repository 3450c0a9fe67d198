"""Markdown: paragraphs, with their lines run on, and a rule between pages."""

from __future__ import annotations

import re

from ocrkit.document import Document, Line
from ocrkit.export.blocks import blocks_of

# what would mean something inside a line, and at the beginning of one
_INSIDE = re.compile(r"([\\`*_\[\]<>|~&])")
_FIRST = re.compile(r"^([#+\-=]|\d+(?=[.)](?:\s|$)))")


def dumps(document: Document) -> str:
    r"""Write a document as Markdown (CommonMark).

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
        A paragraph for each block; lines keep their breaks; what Markdown would take for its own signs is escaped.

    Examples
    --------
    >>> from ocrkit import Document, Line, Page, Quad, Word
    >>> word = Word(text="#1*", quad=Quad.from_bounds(0, 0, 9, 9), confidence=1)
    >>> print(dumps(Document(pages=[Page(size=(9, 9), lines=[Line(words=[word])])])))
    \#1\*
    <BLANKLINE>
    """
    pages = ("\n\n".join(_paragraph(lines) for lines in blocks_of(page)) for page in document.pages)
    return "\n\n---\n\n".join(pages) + "\n"


def _paragraph(lines: list[Line]) -> str:
    return "  \n".join(_escaped(line.text) for line in lines)  # two spaces keep the break


def _escaped(text: str) -> str:
    text = _INSIDE.sub(r"\\\1", text)
    first = _FIRST.match(text)
    if not first:
        return text
    end = first.end()
    return f"{text[:end]}\\{text[end:]}" if first[1].isdigit() else f"\\{text}"
