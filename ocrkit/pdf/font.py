"""The glyphless font: widths like print, boxes that viewers can hit, and no ink.

One Type 0 font a document. Its TrueType file (``glyphless.ttf``, made by
``scripts/make_glyphless_font.py``) has one glyph for each class of widths; a code is the UTF-16
unit of the character, so that text reads back even where a viewer ignores ToUnicode. Characters
beyond the Basic Multilingual Plane get codes of the private use area.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import pymupdf

from ocrkit.pdf.objects import new_object, new_stream

ASCENT, DESCENT = 941, -235
"""Thousandths of the em, above and below the baseline; together the height of a line's box."""

# Helvetica's widths in thousandths of the em, one glyph each from 1 on; 0 is for combining marks.
_HELVETICA = (0, 191, 222, 260, 278, 333, 350, 400, 500, 556, 584, 611, 667, 722, 778, 833, 889, 944, 1000)
# Wider than print, so that the horizontal scale of a word comes out near 70 %: viewers that scale
# the em by it when they look for gaps then find all of them.
_WIDENING = 1.5
WIDTHS = tuple(round(width * _WIDENING) for width in _HELVETICA)
"""Advance of glyph 1, 2, ... in thousandths of the em."""

_ORDINARY = 556
_PRIVATE_USE = range(0xE000, 0xF900)
_NO_WIDTH = {"Mn", "Me", "Cf"}


@cache
def glyph_of(character: str) -> int:
    """Return the number of the glyph whose width suits a character best."""
    if unicodedata.category(character) in _NO_WIDTH:
        return 1
    if unicodedata.east_asian_width(character) in "WF":
        return len(WIDTHS)
    helvetica = _helvetica()
    code = ord(character)
    width = round(helvetica.glyph_advance(code) * 1000) if helvetica.has_glyph(code) else _ORDINARY
    at = bisect_left(_HELVETICA, width)
    near = [i for i in (at - 1, at) if 0 < i < len(_HELVETICA)]
    return 1 + min(near, key=lambda i: abs(_HELVETICA[i] - width))


@cache
def _helvetica() -> pymupdf.Font:
    return pymupdf.Font("helv")


class LayerFont:
    """Codes and widths of the characters that one document's layers use, and the PDF objects.

    Examples
    --------
    >>> font = LayerFont()
    >>> font.encode("Aé").hex()
    '004100e9'
    >>> font.advance("i") < font.advance("m")
    True
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._free = iter(_PRIVATE_USE)

    def encode(self, text: str) -> bytes:
        """Return the codes of a text, two bytes each, and remember them for the tables."""
        return b"".join(self._code(character).to_bytes(2, "big") for character in text)

    def advance(self, text: str) -> float:
        """Return the width of a text, in ems, before any scaling."""
        return sum(WIDTHS[glyph_of(character) - 1] for character in text) / 1000

    def _code(self, character: str) -> int:
        code = self._codes.get(character)
        if code is None:
            astral = ord(character) > 0xFFFF or ord(character) in _PRIVATE_USE
            code = next(self._free) if astral else ord(character)
            self._codes[character] = code
        return code

    def write(self, document: pymupdf.Document, xref: int) -> None:
        """Write the font's objects; the Type 0 dictionary goes to the number reserved for it."""
        coded = sorted((code, character) for character, code in self._codes.items())
        program = new_stream(document, _font_program(), f"/Length1 {len(_font_program())}")
        descriptor = new_object(
            document,
            f"<</Type/FontDescriptor/FontName/OcrkitGlyphless/Flags 4/Ascent {ASCENT}/Descent {DESCENT}/CapHeight 700"
            f"/StemV 80/ItalicAngle 0/FontBBox[0 {DESCENT} {WIDTHS[-1]} {ASCENT}]/FontFile2 {program} 0 R>>",
        )
        glyphs = new_stream(document, _code_to_glyph(coded))
        widths = " ".join(f"{code}[{' '.join(map(str, run))}]" for code, run in _width_runs(coded))
        descendant = new_object(
            document,
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/OcrkitGlyphless/DW 500"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/W[{widths}]/CIDToGIDMap {glyphs} 0 R/FontDescriptor {descriptor} 0 R>>",
        )
        to_unicode = new_stream(document, _to_unicode(coded))
        document.update_object(
            xref,
            "<</Type/Font/Subtype/Type0/BaseFont/OcrkitGlyphless/Encoding/Identity-H"
            f"/ToUnicode {to_unicode} 0 R/DescendantFonts[{descendant} 0 R]>>",
        )


def _font_program() -> bytes:
    return files("ocrkit.pdf").joinpath("glyphless.ttf").read_bytes()


def _code_to_glyph(coded: list[tuple[int, str]]) -> bytes:
    table = bytearray(2 * (coded[-1][0] + 1)) if coded else bytearray(2)
    for code, character in coded:
        table[2 * code : 2 * code + 2] = glyph_of(character).to_bytes(2, "big")
    return bytes(table)


def _width_runs(coded: list[tuple[int, str]]) -> Iterator[tuple[int, list[int]]]:
    run: list[int] = []
    start = 0
    for code, character in coded:
        if run and code != start + len(run):
            yield start, run
            run = []
        start = start if run else code
        run.append(WIDTHS[glyph_of(character) - 1])
    if run:
        yield start, run


def _to_unicode(coded: list[tuple[int, str]]) -> bytes:
    lines = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>" for code, character in coded]
    blocks = (lines[i : i + 100] for i in range(0, len(lines), 100))
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
