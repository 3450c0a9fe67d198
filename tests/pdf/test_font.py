import io
import runpy
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from ocrkit.pdf.font import ASCENT, DESCENT, WIDTHS, LayerFont, _font_program, glyph_of

ROOT = Path(__file__).parents[2]


def test_shipped_font_is_what_the_script_makes():
    assert runpy.run_path(str(ROOT / "scripts" / "make_glyphless_font.py"))["build"]() == _font_program()


def test_every_glyph_has_a_box_and_no_area_and_no_advance_is_zero_but_that_of_marks():
    font = TTFont(io.BytesIO(_font_program()))
    for glyph, width in zip(font.getGlyphOrder()[1:], WIDTHS, strict=True):
        outline, advance = font["glyf"][glyph], font["hmtx"][glyph][0]
        assert advance == width
        assert (outline.yMin, outline.yMax) == (DESCENT, ASCENT)
        assert outline.xMax - outline.xMin == width
        (ax, ay), (bx, by), (cx, cy) = outline.coordinates
        assert (bx - ax) * (cy - ay) == (cx - ax) * (by - ay)
    assert [width for width in WIDTHS if not width] == [0]


@pytest.mark.parametrize("table", ["glyf", "loca", "hmtx", "hhea", "maxp", "head", "cmap", "name", "post", "OS/2"])
def test_font_has_the_tables_that_strict_viewers_want(table):
    assert table in TTFont(io.BytesIO(_font_program()))


@pytest.mark.parametrize(
    ("character", "width"),
    [("i", 333), ("m", 1250), (" ", 417), ("é", 834), ("\u0301", 0), ("漢", 1500), ("한", 1500), ("\u00ad", 0)],
)
def test_widths_are_helveticas_half_as_wide_again(character, width):
    assert WIDTHS[glyph_of(character) - 1] == pytest.approx(width, abs=25)


def test_code_is_the_utf16_unit_and_private_beyond_the_plane():
    font = LayerFont()
    assert font.encode("Aé漢").hex() == "004100e96f22"
    assert font.encode("😀\ue000😀").hex() == "e000e001e000"
