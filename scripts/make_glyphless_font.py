"""Make ``ocrkit/pdf/glyphless.ttf``: one inkless glyph for each width of `ocrkit.pdf.font.WIDTHS`.

    python scripts/make_glyphless_font.py

Every glyph is one contour without area, from the descent to the ascent: pdfium skips characters
whose box is empty, so the box must be there, and nothing may be painted. No advance but that of
combining marks is zero, since Preview and Kindle cannot search zero-width text.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

from ocrkit.pdf.font import ASCENT, DESCENT, WIDTHS

TARGET = Path(__file__).parent.parent / "ocrkit" / "pdf" / "glyphless.ttf"


def inkless(width: int) -> Glyph:
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((width, ASCENT))
    pen.lineTo((width, ASCENT))
    pen.closePath()
    return pen.glyph()


def build() -> bytes:
    names = [".notdef", *(f"w{width}" for width in WIDTHS)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "w417", 0x41: "w1000"})
    advances = dict(zip(names, (500, *WIDTHS), strict=True))
    builder.setupGlyf({name: inkless(width) for name, width in advances.items()})
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in advances.items()})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": "OcrkitGlyphless", "styleName": "Regular", "psName": "OcrkitGlyphless"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = 3_850_000_000
    builder.font.recalcTimestamp = False
    out = BytesIO()
    builder.save(out)
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(build())
    print(TARGET, TARGET.stat().st_size, "bytes")
