"""Font faces as sets of glyph pictures: outlines through FreeType and HarfBuzz, bitmap fonts dot by dot.

A face at a size gives shaped runs of glyphs, each with a picture of its ink. Which faces there are, how often each is
met and what it may be used for is `ocrkit.train.fonts`' business.
"""

from __future__ import annotations

import ctypes
import functools
import gzip
import struct
from pathlib import Path
from typing import Protocol

import attrs
import cv2
import freetype
import numpy as np
import numpy.typing as npt
import uharfbuzz

Ink = npt.NDArray[np.uint8]
"""Coverage with ink, uint8 (H, W): 0 bare paper, 255 full ink."""


@attrs.frozen(eq=False)
class Glyph:
    """A character's picture.

    Parameters
    ----------
    ink : ndarray of uint8, shape (H, W)
    left, top : int
        From the pen to the picture's left edge, and from the baseline up to its top edge; pixels.
    """

    ink: Ink
    left: int
    top: int


@attrs.frozen
class Placed:
    """A glyph in a run.

    Parameters
    ----------
    glyph : Glyph
    x : float
        Pen position, pixels from the run's start.
    character : int
        Index into the text of the (first) character that it shows.
    """

    glyph: Glyph
    x: float
    character: int


class SizedFace(Protocol):
    """A face at one size."""

    ascent: float
    """Pixels above the baseline that a line takes."""
    descent: float
    """Pixels below the baseline that a line takes, positive."""

    def run(self, text: str) -> tuple[list[Placed], float]:
        """Set a text.

        Returns
        -------
        list of Placed
            From left to right.
        float
            Pixels that the pen moved.
        """
        ...


class OutlineFace:
    """A scalable face at one size.

    Parameters
    ----------
    path : Path
        TrueType, OpenType or Type 1.
    size : int
        Pixels per em.
    index : int
        Of the face in a collection.
    hinted : bool
        Fit stems to whole pixels, as a screen does; otherwise as paper has it.
    bilevel : bool
        Ink or none in each pixel, as for printers.
    """

    def __init__(self, path: Path, size: int, index: int = 0, *, hinted: bool = False, bilevel: bool = False) -> None:
        self._face = freetype.Face(str(path), index=index)
        self._face.set_pixel_sizes(0, size)
        self._font = _shaper(path, index)
        self._scale = size / self._font.face.upem
        hinting = freetype.FT_LOAD_TARGET_LIGHT if hinted else freetype.FT_LOAD_NO_HINTING
        self._flags = freetype.FT_LOAD_RENDER | (freetype.FT_LOAD_TARGET_MONO if bilevel else hinting)
        self._glyphs: dict[int, Glyph] = {}
        em = self._face.units_per_EM or 1000
        self.ascent = self._face.ascender / em * size
        self.descent = -self._face.descender / em * size

    def run(self, text: str) -> tuple[list[Placed], float]:
        """Set a text; see `SizedFace.run`."""
        if not text:
            return [], 0.0
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(self._font, buffer)
        placed, pen = [], 0.0
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x = pen + position.x_offset * self._scale
            placed.append(Placed(self._glyph(info.codepoint), x, info.cluster))
            pen += position.x_advance * self._scale
        return placed, pen

    def _glyph(self, number: int) -> Glyph:
        glyph = self._glyphs.get(number)
        if glyph is None:
            self._face.load_glyph(number, self._flags)
            slot = self._face.glyph
            ink = _pixels(slot.bitmap)
            glyph = self._glyphs[number] = Glyph(ink, slot.bitmap_left, slot.bitmap_top)
        return glyph


def _pixels(bitmap: freetype.Bitmap) -> Ink:
    size = bitmap.rows * bitmap.pitch
    if not size:
        return np.zeros((0, 0), np.uint8)
    # the wrapper's own `buffer` builds a list of numbers, a hundred times slower
    data = ctypes.string_at(bitmap._FT_Bitmap.buffer, size)
    rows = np.frombuffer(data, np.uint8).reshape(bitmap.rows, bitmap.pitch)
    if bitmap.pixel_mode == freetype.FT_PIXEL_MODE_MONO:
        rows = np.unpackbits(rows, axis=1) * np.uint8(255)
    return rows[:, : bitmap.width]


class DriverFace:
    """An outline face as a printer's driver draws it: ink or none in each dot, every dot two pixels wide.

    Parameters
    ----------
    face : OutlineFace
        At half the size, in ink or none.
    """

    def __init__(self, face: OutlineFace) -> None:
        self._face = face
        self._glyphs: dict[Glyph, Glyph] = {}
        self.ascent = 2 * face.ascent
        self.descent = 2 * face.descent

    def run(self, text: str) -> tuple[list[Placed], float]:
        """Set a text; see `SizedFace.run`."""
        placed, advance = self._face.run(text)
        return [Placed(self._doubled(p.glyph), 2 * round(p.x), p.character) for p in placed], 2 * advance

    def _doubled(self, glyph: Glyph) -> Glyph:
        double = self._glyphs.get(glyph)
        if double is None:
            ink = glyph.ink.repeat(2, 0).repeat(2, 1)
            double = self._glyphs[glyph] = Glyph(ink, 2 * glyph.left, 2 * glyph.top)
        return double


_MOVED = ",;_„"  # whole; what else hangs down is pressed together
_DOT = 80  # of 255: a third of a dot's height
_OVERHANG = 0.06  # of the ascent: round letters reach so far below the baseline, and stay


class RaisedFace:
    """A face as a head of seven or nine pins prints it, which has none below the baseline.

    Commas stand on the baseline then, hardly larger than points; letters with descenders are small ones above it.

    Parameters
    ----------
    face : SizedFace
    raised : float
        Share of what hangs below the baseline that is pulled up above it.
    """

    def __init__(self, face: SizedFace, raised: float = 1.0) -> None:
        self._face = face
        self._raised = raised
        self._glyphs: dict[tuple[Glyph, str], Glyph] = {}
        self.ascent = face.ascent
        self.descent = face.descent

    def run(self, text: str) -> tuple[list[Placed], float]:
        """Set a text; see `SizedFace.run`."""
        placed, advance = self._face.run(text)
        return [attrs.evolve(p, glyph=self._lifted(p.glyph, text[p.character])) for p in placed], advance

    def _lifted(self, glyph: Glyph, character: str) -> Glyph:
        lifted = self._glyphs.get((glyph, character))
        if lifted is None:
            lifted = self._glyphs[glyph, character] = self._lift(glyph, character)
        return lifted

    def _lift(self, glyph: Glyph, character: str) -> Glyph:
        rows = np.flatnonzero(glyph.ink.any(1))
        if not len(rows):
            return glyph
        ink, top = glyph.ink[rows[0] : rows[-1] + 1], glyph.top - int(rows[0])
        below = len(ink) - top
        if below <= _OVERHANG * self.ascent:
            return glyph
        up = round(self._raised * below)
        if character in _MOVED:
            return Glyph(ink, glyph.left, top + up)
        pressed: Ink = cv2.resize(ink, (ink.shape[1], max(len(ink) - up, 1)), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        if np.isin(ink, (0, 255)).all():  # dots are there or not, also where a stroke fell between two rows
            pressed = np.asarray(np.where(pressed > _DOT, 255, 0), np.uint8)
        return Glyph(pressed, glyph.left, top)


@functools.lru_cache(maxsize=256)
def _shaper(path: Path, index: int) -> uharfbuzz.Font:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), index))


@attrs.frozen
class BitmapFont:
    """A font of dots in a fixed grid.

    Parameters
    ----------
    glyphs : dict of str to ndarray of bool, shape (H, W)
        A picture for each character.
    baseline : int
        Rows of dots above the baseline.
    """

    glyphs: dict[str, npt.NDArray[np.bool_]]
    baseline: int

    @property
    def rows(self) -> int:
        """Height of the grid, dots."""
        return int(next(iter(self.glyphs.values())).shape[0])


@functools.lru_cache(maxsize=256)
def read_psf(path: Path) -> BitmapFont:
    """Read a console font, PSF 1 or 2, gzipped or not.

    Raises
    ------
    ValueError
        If it is none, or says not which characters its pictures show.

    References
    ----------
    The formats are described in the Linux kernel's font tools (kbd, ``psfgettable``).
    """
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if data[:4] == b"\x72\xb5\x4a\x86":
        _, start, flags, many, size, height, width = struct.unpack("<7I", data[4:32])
        table = _unicode_2(data[start + many * size :], many) if flags & 1 else []
    elif data[:2] == b"\x36\x04":
        mode, height = data[2], data[3]
        start, many, size, width = 4, 512 if mode & 1 else 256, height, 8
        table = _unicode_1(data[start + many * size :], many) if mode & 6 else []
    else:
        raise ValueError(f"{path} is no PSF console font")
    if not table:
        raise ValueError(f"{path} does not say which characters it shows")
    bits = np.unpackbits(np.frombuffer(data, np.uint8, many * size, start).reshape(many, height, -1), axis=2)
    glyphs = {c: bits[i, :, :width].astype(bool) for i, shown in enumerate(table) for c in shown}
    rows = np.flatnonzero(glyphs["H"].any(1)) if "H" in glyphs else np.array([height - 1])
    return BitmapFont(glyphs, int(rows[-1]) + 1)


def _unicode_2(data: bytes, many: int) -> list[str]:
    # 0xFF ends a glyph's list, 0xFE starts sequences of combining characters, which we have no use for
    return [entry.split(b"\xfe")[0].decode("utf-8", "ignore") for entry in data.split(b"\xff")[:many]]


def _unicode_1(data: bytes, many: int) -> list[str]:
    codes = np.frombuffer(data[: len(data) // 2 * 2], "<u2")
    ends = np.flatnonzero(codes == 0xFFFF)[:many]
    starts = np.concatenate([[0], ends[:-1] + 1])
    shown = []
    for start, end in zip(starts, ends, strict=True):
        entry = codes[start:end]
        sequences = np.flatnonzero(entry == 0xFFFE)
        shown.append("".join(map(chr, entry[: sequences[0]] if len(sequences) else entry)))
    return shown


@attrs.frozen
class Dots:
    """How a printer's head draws the dots of a bitmap font.

    Parameters
    ----------
    pitch : tuple of float
        Pixels from dot to dot, across and down.
    size : float
        Of a dot, in pitches: below 1 they stand apart, above 1 they run together.
    doubled : tuple of int
        Dots that each of the font's takes, across and down: 2 for double width or height.
    """

    pitch: tuple[float, float]
    size: float = 1.0
    doubled: tuple[int, int] = (1, 1)


class BitmapFace:
    """A bitmap font drawn dot by dot.

    Parameters
    ----------
    font : BitmapFont
    dots : Dots
    """

    def __init__(self, font: BitmapFont, dots: Dots) -> None:
        self._font = font
        self._dots = dots
        self._step = dots.pitch[0] * dots.doubled[0], dots.pitch[1] * dots.doubled[1]
        self._glyphs: dict[str, Glyph] = {}
        self.ascent = font.baseline * self._step[1]
        self.descent = (font.rows - font.baseline) * self._step[1]

    def run(self, text: str) -> tuple[list[Placed], float]:
        """Set a text; see `SizedFace.run`."""
        placed, pen = [], 0.0
        blank = self._font.glyphs[" "]
        for index, character in enumerate(text):
            picture = self._font.glyphs.get(character, blank)
            placed.append(Placed(self._glyph(character, picture), pen, index))
            pen += picture.shape[1] * self._step[0]
        return placed, pen

    def _glyph(self, character: str, picture: npt.NDArray[np.bool_]) -> Glyph:
        glyph = self._glyphs.get(character)
        if glyph is None:
            glyph = self._glyphs[character] = Glyph(self._draw(picture), 0, round(self.ascent))
        return glyph

    def _draw(self, picture: npt.NDArray[np.bool_]) -> Ink:
        dots = np.kron(picture, np.ones(self._dots.doubled[::-1], bool))
        height, width = dots.shape
        across, down = self._dots.pitch
        fine = 6  # sub-dots, to give a dot its round shape
        grid: Ink = np.kron(dots.astype(np.uint8), _dot(fine, min(self._dots.size, 1.0)))
        if self._dots.size > 1:
            spread = 2 * round((self._dots.size - 1) * fine / 2) + 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (spread, spread))
            grid = np.asarray(cv2.dilate(grid, kernel), np.uint8)
        size = max(round(width * across), 1), max(round(height * down), 1)
        return cv2.resize(grid * 255, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _dot(fine: int, size: float) -> Ink:
    if size >= 0.95:
        return np.ones((fine, fine), np.uint8)
    y, x = np.mgrid[:fine, :fine] - (fine - 1) / 2
    return np.asarray(np.hypot(x, y) <= size * fine * 0.56, np.uint8)


def draw_run(placed: list[Placed], height: int, width: int, baseline: float, left: float) -> Ink:
    """Draw a run on bare paper.

    Parameters
    ----------
    placed : list of Placed
    height, width : int
        Pixels of the picture; what falls outside is cut off.
    baseline, left : float
        Of the run in the picture, pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width)
    """
    canvas = np.zeros((height, width), np.uint8)
    for item in placed:
        ink = item.glyph.ink
        rows, columns = ink.shape
        top, x = round(baseline) - item.glyph.top, round(left + item.x) + item.glyph.left
        y0, x0 = max(top, 0), max(x, 0)
        y1, x1 = min(top + rows, height), min(x + columns, width)
        if y0 < y1 and x0 < x1:
            target = canvas[y0:y1, x0:x1]
            np.maximum(target, ink[y0 - top : y1 - top, x0 - x : x1 - x], out=target)
    return canvas
