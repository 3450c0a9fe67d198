import gzip
import random

import numpy as np
import pytest

from ocrkit.errors import ModelError
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train import fonts
from ocrkit.train.audit import _examine, audit
from ocrkit.train.faces import BitmapFace, Dots, DriverFace, OutlineFace, RaisedFace, draw_run, read_psf
from ocrkit.train.fonts import MANIFEST, Face, FaceStock, Family, read_faces, read_manifest, write_faces
from tests.train.conftest import FONTS, psf_of


def inked(face, text, size=60):
    placed, width = face.run(text)
    return draw_run(placed, 2 * size, round(width) + size, 1.4 * size, size / 2)


def test_an_outline_run_advances_with_its_text():
    face = OutlineFace(FONTS / "DejaVuSans.ttf", 40)
    (_, short), (_, long) = face.run("mm"), face.run("mmmm")
    assert long == pytest.approx(2 * short)
    assert face.ascent > face.descent > 0


def test_kerning_and_ligatures_keep_the_characters_count():
    placed, _ = OutlineFace(FONTS / "DejaVuSerif.ttf", 40).run("office AV")
    assert [p.character for p in placed] == sorted(p.character for p in placed)
    assert placed[0].character == 0
    assert placed[-1].character == 8


def test_a_driver_draws_ink_or_none_in_dots_of_two_pixels():
    face = DriverFace(OutlineFace(FONTS / "DejaVuSans.ttf", 20, bilevel=True))
    ink = inked(face, "Total", 40)
    assert set(np.unique(ink)) == {0, 255}
    (glyph,) = {p.glyph for p in face.run("T")[0]}
    np.testing.assert_array_equal(glyph.ink[::2], glyph.ink[1::2])
    assert face.run("Total")[1] == pytest.approx(2 * OutlineFace(FONTS / "DejaVuSans.ttf", 20).run("Total")[1], rel=0.1)


def test_no_text_gives_an_empty_run():
    assert OutlineFace(FONTS / "DejaVuSans.ttf", 40).run("") == ([], 0.0)


def test_a_space_has_no_ink():
    assert not inked(OutlineFace(FONTS / "DejaVuSans.ttf", 40), "  ").any()


def test_what_falls_off_the_canvas_is_cut():
    placed, _ = OutlineFace(FONTS / "DejaVuSans.ttf", 40).run("WWW")
    assert draw_run(placed, 20, 20, 15, -10).shape == (20, 20)


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_console_fonts_are_read(tmp_path, packed):
    path = tmp_path / "font.psf"
    path.write_bytes(packed(psf_of("HA é")))
    font = read_psf(path)
    assert set(font.glyphs) == set("HA é")
    assert font.rows == 8
    assert font.baseline == 7
    assert font.glyphs["A"][0].tolist() == [False] * 6 + [True, False]


def test_what_is_no_console_font_is_refused(tmp_path):
    path = tmp_path / "font.psf"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="no PSF"):
        read_psf(path)


@pytest.mark.parametrize("dots", [Dots((3, 3)), Dots((3, 4), 0.6), Dots((2.5, 3), 1.4, (2, 1))])
def test_dots_are_drawn_apart_or_running_together(tmp_path, dots):
    path = tmp_path / "font.psf"
    path.write_bytes(psf_of("HA "))
    face = BitmapFace(read_psf(path), dots)
    placed, width = face.run("HAH")
    assert width == pytest.approx(3 * 8 * dots.pitch[0] * dots.doubled[0])
    assert inked(face, "A").any()
    assert len(placed) == 3


def test_faces_survive_being_written_down(tmp_path):
    faces = [Face("/f/a.ttf", 0, "A", "sans", 3.0, "€"), Face("/f/b.psf", 0, "B", "bitmap")]
    write_faces(tmp_path / "faces.json", faces)
    assert read_faces(tmp_path / "faces.json") == faces


def test_faces_audited_for_another_alphabet_are_refused(tmp_path):
    write_faces(tmp_path / "faces.json", [Face("/f/a.ttf", 0, "A", "sans")])
    text = (tmp_path / "faces.json").read_text("utf-8")
    for other in (text.replace("abc", "ab"), "[]"):
        (tmp_path / "faces.json").write_text(other, encoding="utf-8")
        with pytest.raises(ModelError, match="another alphabet"):
            read_faces(tmp_path / "faces.json")


def test_an_empty_stock_says_how_to_fill_it():
    with pytest.raises(ValueError, match="install_fonts"):
        FaceStock([])


def test_the_manifest_names_licences_and_packages_for_hundreds_of_families():
    families = read_manifest(MANIFEST)
    assert len(families) > 400
    assert all(f.licence and f.package and f.weight > 0 for f in families)
    assert len({f.family for f in families}) == len(families)
    held = [f for f in families if Face("", 0, f.family, f.kind, f.weight).held_out]
    assert 0.03 < len(held) / len(families) < 0.15


def test_the_audit_keeps_text_faces_and_throws_out_symbols():
    manifest = [
        Family(name, "sans", 80 if name.startswith("DejaVu") else 1, "free", "some")
        for name in ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXSizeOneSym", "cmsy10", "cmex10")
    ]
    told: list[str] = []
    faces = audit(manifest, [FONTS], told.append)
    families = {face.family for face in faces}
    assert {"DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"} <= families
    assert not families & {"STIXSizeOneSym", "cmsy10", "cmex10"}
    assert told
    assert all("é" not in face.lacks for face in faces)
    assert np.all([face.index == 0 for face in faces])


def test_the_audit_says_which_characters_show_nothing_or_are_drawn_as_others(tmp_path):
    drawn = ALPHABET.characters.replace("µ", "")
    font = bytearray(psf_of(drawn))
    at = 32 + 8 * drawn.index("ê")
    font[at : at + 8] = bytes(8)
    path = tmp_path / "console.psf"
    path.write_bytes(bytes(font).replace(b"u\xff", "uµ".encode() + b"\xff"))
    _, lacks = _examine(Face(str(path), 0, "console", "bitmap"), {})
    assert set(lacks) == {"ê", "µ"}


def ink_of(face, text):
    return draw_run(face.run(text)[0], 60, 420, 40, 5)


def test_a_raised_face_has_nothing_below_the_baseline():
    face = OutlineFace(FONTS / "DejaVuSansMono.ttf", 40)
    text = "3,50 gjpqy; (Ç) _"
    below = [np.flatnonzero(ink_of(f, text).any(1))[-1] - 40 for f in (face, RaisedFace(face, 0.5), RaisedFace(face))]
    assert below[0] > 8
    assert below[0] > below[1] > below[2]
    assert below[2] <= 2  # round letters reach over
    # all else is as it was, and a comma keeps its shape
    assert np.array_equal(ink_of(RaisedFace(face), "3.50 Total"), ink_of(face, "3.50 Total"))
    (comma,), (lifted,) = (f.run(",")[0] for f in (face, RaisedFace(face)))
    assert np.array_equal(lifted.glyph.ink, comma.glyph.ink)


def test_dots_of_a_raised_face_are_there_or_not():
    face = RaisedFace(DriverFace(OutlineFace(FONTS / "DejaVuSansMono.ttf", 20, bilevel=True)))
    assert set(np.unique(ink_of(face, "gap")).tolist()) == {0, 255}


def test_receipts_are_drawn_without_descenders_too(monkeypatch):
    monkeypatch.setattr(fonts, "_WITHOUT_DESCENDERS", 1.0)
    stock = fonts.FaceStock([fonts.Face(str(FONTS / "DejaVuSansMono.ttf"), 0, "DejaVu Sans Mono", "mono", 60.0)])
    rng = random.Random(1)
    assert isinstance(stock.draw(rng, "receipt", 30, hinted=False)[1], RaisedFace)
    assert not isinstance(stock.draw(rng, "scan", 30, hinted=False)[1], RaisedFace)
