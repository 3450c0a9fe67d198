"""Draw pages to develop with, in the form that `benchmarks/accuracy.py` measures: so that nobody tunes to other pages.

    python -m benchmarks.development --data ../shared/data/train --out /tmp/development
    python benchmarks/accuracy.py ocrkit --data /tmp/development

DIR holds ``receipts/``, ``pdfs/``, ``text/`` and ``textures/``. Only receipts and PDFs that no net learns from are
taken (`ocrkit.train.real.is_unseen`): as they are, and in worse copies; PDFs are drawn at 150 dpi. Screenshots,
receipts with decimal commas or with columns of single characters, and the papers of ``scans`` (columns of prose,
hearings, tables, contents, forms, slides, charts) are pages that Chromium draws. ``europe`` is prose of
languages whose quotes and letters English lacks. ``pins`` are receipts without descenders, which windows to learn from
are drawn like, too: they show whether that was learnt. ``surfaces`` have no text on them.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.image import Grey
from ocrkit.train import fields
from ocrkit.train.banks import Banks, make_banks
from ocrkit.train.corpus import curled
from ocrkit.train.faces import OutlineFace, RaisedFace, SizedFace, draw_run
from ocrkit.train.materials import is_held_out
from ocrkit.train.pages import caption
from ocrkit.train.real import is_unseen
from ocrkit.train.recapture import worsened_quads

_PAGES = 4  # of a PDF
_COPIES = 2  # of each page or receipt
_SCREENSHOTS = 40
_TILLS = 40
_PINS = 32
_PAPERS = 5  # of each kind
_SURFACES = 240
_EUROPE = 24
_FONTS = ("DejaVu Sans", "Liberation Sans", "Liberation Serif", "Liberation Mono", "DejaVu Sans Mono", "DejaVu Serif")
_SERIFS = ("Liberation Serif", "DejaVu Serif", "TeX Gyre Schola", "C059", "P052", "EB Garamond")
_SANS = ("Liberation Sans", "DejaVu Sans", "TeX Gyre Heros", "URW Gothic", "Lato", "Liberation Sans Narrow")
_TYPEWRITERS = ("Liberation Mono", "Nimbus Mono PS", "Courier Prime", "TeX Gyre Cursor")
_TILL_FONTS = ("DejaVu Sans Mono", "Liberation Mono", "Terminus", "Unifont", "FreeMono")
_PIN_FONTS = ("Glass_TTY_VT220.ttf", "DejaVuSansMono.ttf", "LiberationMono-Bold.ttf", "TerminusTTF-*.ttf")
_BROWSER = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
)


@attrs.frozen(eq=False)
class Drawn:
    """A page, and the corners and text of what is on it."""

    name: str
    grey: Grey
    quads: npt.NDArray[np.float64]
    texts: Sequence[str]

    def worse(self, number: int, banks: Banks) -> Drawn:
        """Scan or photograph it again."""
        rng = random.Random(f"development/{self.name}/{number}")
        grey, quads = worsened_quads(self.grey, self.quads, rng, banks)
        return Drawn(f"{Path(self.name).stem}_{number}.jpg", grey, quads, self.texts)


def receipts(folder: Path) -> Iterator[Drawn]:
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        if is_unseen(page["image"]):
            grey: Any = cv2.imread(str(folder / page["image"]), cv2.IMREAD_GRAYSCALE)
            quads = np.array([item["quad"] for item in page["items"]], np.float64)
            yield Drawn(Path(page["image"]).name, grey, quads, [item["text"] for item in page["items"]])


def captions(folder: Path) -> Iterator[Drawn]:
    """Draw bar codes beside lines of receipts, three on each."""
    for page in receipts(folder):
        rng, grey, quads, texts = random.Random(f"development/{page.name}"), page.grey.copy(), page.quads, page.texts
        for _ in range(3):
            there = np.flatnonzero(caption(grey, quads, rng)).tolist()
            quads, texts = quads[there], [texts[row] for row in there]
        yield Drawn(page.name, grey, quads, texts)


def documents(folder: Path) -> Iterator[Drawn]:
    for path in sorted(folder.glob("*.pdf")):
        if not is_unseen(path.name):
            continue
        with pymupdf.open(path) as document:
            numbers = random.Random(path.name).sample(range(len(document)), min(_PAGES, len(document)))
            for number in numbers:
                page = _rendered(document[number], f"{path.stem}_{number}.png", 150)
                if len(page.texts) >= 20 and not document[number].rotation:
                    yield page


def _rendered(page: Any, name: str, dpi: int) -> Drawn:
    """Draw a page of a PDF, with the words that it states."""
    words = page.get_text("words")
    pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
    grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
    boxes = np.array([word[:4] for word in words]).reshape(-1, 4) * (dpi / 72)
    quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    return Drawn(name, grey, quads, [word[4] for word in words])


def screenshots(prose: Sequence[str], names: Sequence[str]) -> Iterator[Drawn]:
    """Draw what programs and browsers show: prose, lists, addresses, pieces of programs."""
    for number in range(_SCREENSHOTS):
        rng = random.Random(f"development/screenshot/{number}")
        lines = [_on_screen(rng, prose, names) for _ in range(rng.randint(2, 16))]
        size, face = rng.choice((11, 12, 13, 14, 16, 16, 18, 22)), rng.choice(_FONTS)
        dark, width = rng.random() < 0.25, rng.randint(420, 1100)
        style = (
            f"font: {size}px '{face}'; width: {width - 40}px; margin: 20px; white-space: pre-wrap;"
            f"text-align: {rng.choice(('left', 'left', 'justify'))}; line-height: {rng.uniform(1.15, 1.7):.2f};"
            f"color: {'#ddd' if dark else rng.choice(('#000', '#333', '#1a3a6b'))};"
            f"background: {'#1e1e1e' if dark else rng.choice(('#fff', '#fff', '#f6f6f6', '#fdf6e3'))}"
        )
        body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        yield from _shown(f"screenshot_{number}.png", f'<body style="{style}">{body}', width, lines)


def _on_screen(rng: random.Random, prose: Sequence[str], names: Sequence[str]) -> str:
    chance = rng.random()
    if chance < 0.45:
        start = rng.randrange(len(prose) - 60)
        text = " ".join(prose[start : start + rng.randint(4, 60)])
        return curled(text) if rng.random() < 0.5 else text
    if chance < 0.6:
        return rng.choice(names)
    drawers = (fields.url, fields.email, fields.labelled, fields.source, fields.moment, fields.address, fields.price)
    return rng.choice(drawers)(rng)


def commas(names: Sequence[str], banks: Banks) -> Iterator[Drawn]:
    """Set receipts of countries that write 3,50, and photograph them."""
    for number in range(16):
        rng = random.Random(f"development/commas/{number}")
        rows = [
            f"{rng.choice(names)[:18]:20}{rng.uniform(0.2, 10 ** rng.uniform(0.5, 2.5)):9.2f}".replace(".", ",")
            for _ in range(rng.randint(8, 22))
        ]
        rows += [f"{'TOTAL EUR':20}{rng.uniform(10, 300):9.2f}".replace(".", ","), fields.date(rng), fields.phone(rng)]
        style = (
            f"font: {rng.choice((14, 15, 16, 18, 20))}px '{rng.choice(_TILL_FONTS)}'; margin: 24px; white-space: pre"
        )
        body = "".join(f"<div>{html.escape(row)}</div>" for row in rows)
        for page in _shown(f"commas_{number}.png", f'<body style="{style}">{body}', 480, rows):
            yield page.worse(0, banks)


def columns(names: Sequence[str], banks: Banks) -> Iterator[Drawn]:
    """Set receipts with a column of quantities and one of letters for taxes, and photograph them askew."""
    for number in range(_TILLS):
        rng = random.Random(f"development/columns/{number}")
        before, between, letters = rng.randint(1, 7), rng.randint(1, 6), rng.choice(("AB", "E", "TF", "ST", ""))
        rows = []
        for _ in range(rng.randint(6, 20)):
            many = rng.choice("1111112345")
            price = f"{rng.uniform(0.2, 10 ** rng.uniform(0.5, 2.5)):8.2f}"
            tax = " " * between + rng.choice(letters) if letters and rng.random() < 0.8 else ""
            rows.append(f"{many}{' ' * before}{rng.choice(names)[:18]:20}{price}{tax}")
        rows += [f"{'TOTAL':20}{rng.uniform(10, 300):9.2f}", f"ITEMS: {len(rows)}", fields.date(rng)]
        size = rng.choice((14, 16, 18, 20, 24))
        style = f"font: {size}px '{rng.choice(_TILL_FONTS)}'; margin: {2 * size}px; white-space: pre"
        body = "".join(f"<div>{html.escape(row)}</div>" for row in rows)
        for page in _shown(f"columns_{number}.png", f'<body style="{style}">{body}', 32 * size, rows):
            yield _askew(page, rng).worse(0, banks)


def pins(names: Sequence[str], banks: Banks) -> Iterator[Drawn]:
    """Print receipts with a head of few pins, which has none below the baseline, and photograph them.

    Half of them write 3,50, of which the comma is then hardly more than a point.
    """
    files = [min(Path("/usr/share/fonts").rglob(name)) for name in _PIN_FONTS]
    for number in range(_PINS):
        rng = random.Random(f"development/pins/{number}")
        rows = [
            f"{rng.choice(names)[:18]:19}{rng.uniform(0.2, 10 ** rng.uniform(0.5, 2.5)):9.2f}"
            for _ in range(rng.randint(8, 22))
        ]
        rows += [f"{'Total':19}{rng.uniform(10, 300):9.2f}"]
        if number % 2:
            rows = [re.sub(r"(\d)\.(\d\d)$", r"\1,\2", row) for row in rows]
        rows += [fields.date(rng), fields.phone(rng), "Thank you for shopping"]
        face = RaisedFace(OutlineFace(rng.choice(files), rng.randint(11, 18), bilevel=True))
        yield _typed(f"pins_{number}.png", rows, face, rng.uniform(1.5, 3.0), rng).worse(0, banks)


def _typed(name: str, rows: Sequence[str], face: SizedFace, large: float, rng: random.Random) -> Drawn:
    """Set rows with a face of ours, and blow them up."""
    runs = [face.run(row) for row in rows]
    pitch = rng.uniform(1.0, 1.4) * (face.ascent + face.descent)
    width, height = round(max(advance for _, advance in runs)) + 40, round((len(rows) + 1) * pitch) + 20
    bare, dark = rng.randint(170, 255), rng.randint(20, 110)
    ink = np.zeros((height, width), np.uint8)
    quads = []
    for at, (placed, advance) in enumerate(runs):
        baseline = 10 + (at + 1) * pitch
        ink |= draw_run(placed, height, width, baseline, 20)
        top, bottom = baseline - face.ascent, baseline + face.descent
        quads.append([(20, top), (20 + advance, top), (20 + advance, bottom), (20, bottom)])
    soft: Any = cv2.resize(ink, (0, 0), fx=large, fy=large, interpolation=cv2.INTER_LINEAR)
    grey = bare - (bare - dark) * cv2.GaussianBlur(soft, (0, 0), 0.4 * large).astype(np.float32) / 255
    return Drawn(name, grey.astype(np.uint8), np.array(quads, np.float64) * large, rows)


def scans(prose: Sequence[str], names: Sequence[str], banks: Banks) -> Iterator[Drawn]:
    """Print papers of many kinds, and scan them."""
    kinds = (_prose, _hearing, _table, _contents, _form, _slide, _chart)
    for number, kind in itertools.product(range(_PAPERS), kinds):
        name = f"{kind.__name__.strip('_')}_{number}"
        rng = random.Random(f"development/scans/{name}")
        style, body = kind(rng, prose, names)
        size = "11in 8.5in" if kind is _slide else "letter"
        head = f"<style>@page {{size: {size}; margin: 0.8in}} body {{margin: 0; {style}}}</style>"
        for page in _printed(f"{name}.png", f"{head}<body>{body}", rng.choice((100, 150, 200, 200, 300))):
            yield page.worse(0, banks)


def europe(banks: Banks) -> Iterator[Drawn]:
    """Print what Western Europe writes, small and large; half of the pages are scanned or photographed."""
    sentences = Path(__file__).with_name("europe.txt").read_text("utf-8").splitlines()
    for number in range(_EUROPE):
        rng = random.Random(f"development/europe/{number}")
        style = f"font: {rng.choice((9, 10, 11, 12, 14))}pt {_face(rng, _SERIFS + _SANS)}; line-height: 1.4"
        body = "".join(f"<p>{html.escape(line)}</p>" for line in rng.sample(sentences, 15))
        head = f"<style>@page {{size: letter; margin: 0.8in}} body {{margin: 0; {style}}}</style>"
        for page in _printed(f"europe_{number}.png", f"{head}<body>{body}", rng.choice((100, 150, 200))):
            yield page.worse(0, banks) if number % 2 else page


def surfaces(banks: Banks) -> Iterator[Drawn]:
    """Draw paper, wood, cloth, with more or less noise on it."""
    for number in range(_SURFACES):
        rng = random.Random(f"development/surfaces/{number}")
        picture = rng.uniform(60, 220) + banks.texture(rng, 800, 600) * rng.uniform(10, 60)
        picture += np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.choice((0, 2, 10, 60)), picture.shape)
        grey = np.asarray(np.clip(picture, 0, 255), np.uint8)
        yield Drawn(f"{number:03}.jpg", grey, np.zeros((0, 4, 2)), ())


def _some(rng: random.Random, prose: Sequence[str], least: int, most: int) -> str:
    """Take some words that follow each other."""
    start = rng.randrange(len(prose) - most)
    return html.escape(" ".join(prose[start : start + rng.randint(least, most)]))


def _prose(rng: random.Random, prose: Sequence[str], _: Sequence[str]) -> tuple[str, str]:
    columns, size = rng.choice((1, 2, 2, 3)), rng.choice((8, 9, 10, 11, 12))
    title = f"<h2 style='column-span: all'>{_some(rng, prose, 3, 8)}</h2>"
    body = "".join(f"<p>{_some(rng, prose, 20, 120)}</p>" for _ in range(5 * columns))
    return (
        f"font: {size}px {_face(rng, _SERIFS)}; columns: {columns}; text-align: justify; line-height: 1.25",
        title + body,
    )


def _hearing(rng: random.Random, prose: Sequence[str], _: Sequence[str]) -> tuple[str, str]:
    lines = [" ".join([rng.choice(("Q.  ", "A.  ", "")), _some(rng, prose, 4, 9)]) for _ in range(25)]
    rows = "".join(f"<tr><td>{at}<td>{line}" for at, line in enumerate(lines, 1))
    style = f"font: 15px {_face(rng, _TYPEWRITERS)}; white-space: pre"
    frame = "border-left: 1px solid; border-right: 1px solid; border-spacing: 18px 9px"
    return style, f"<div style='text-align: right'>{rng.randint(2, 180)}</div><table style='{frame}'>{rows}</table>"


def _table(rng: random.Random, prose: Sequence[str], names: Sequence[str]) -> tuple[str, str]:
    columns = rng.randint(3, 9)
    head = "".join(f"<th>{_some(rng, prose, 1, 3)}" for _ in range(columns))
    cells = (fields.number, fields.date, fields.percentage, fields.price, fields.number)
    kinds = [rng.choice(cells) for _ in range(columns - 1)]
    rows = "".join(
        f"<tr><td>{html.escape(rng.choice(names)[:24])}" + "".join(f"<td>{html.escape(cell(rng))}" for cell in kinds)
        for _ in range(rng.randint(8, 40))
    )
    rules = rng.choice(("border: 1px solid", "border-bottom: 1px solid #666", "", ""))
    style = f"font: {rng.choice((9, 10, 11, 12))}px {_face(rng, _SANS + _SERIFS)}"
    return f"{style}}} td, th {{{rules}; padding: 2px 6px; text-align: right", f"<table>{head}{rows}</table>"


def _contents(rng: random.Random, prose: Sequence[str], _: Sequence[str]) -> tuple[str, str]:
    """Titles, rows of dots and numbers of pages; the dots are drawn, since nobody agrees on what they say."""
    dots = "<i style='flex: 1; border-bottom: 2px dotted; margin: 0 6px 4px'></i>"
    rows = [f"<div style='display: flex'>{_some(rng, prose, 1, 8)}{dots}{rng.randint(1, 400)}</div>" for _ in range(28)]
    return f"font: 13px {_face(rng, _SERIFS + _SANS)}; line-height: 1.7", "".join(rows)


def _form(rng: random.Random, prose: Sequence[str], _: Sequence[str]) -> tuple[str, str]:
    """Labels in small print, filled in with a typewriter, in boxes or over rules."""
    values = (fields.name, fields.address, fields.phone, fields.date, fields.codes, fields.company, fields.email)
    cells = [
        f"<td><small>{html.escape(fields.label(rng))}</small><br><tt>{html.escape(rng.choice(values)(rng))}</tt>"
        for _ in range(rng.randint(16, 36))
    ]
    rows = "".join("<tr>" + "".join(cells[at : at + 3]) for at in range(0, len(cells), 3))
    rule = rng.choice(("border: 1px solid", "border-bottom: 1px solid"))
    style = (
        f"font: 11px {_face(rng, _SANS)}}} tt {{font: 13px {_face(rng, _TYPEWRITERS)}}} td {{{rule}; padding: 3px 8px"
    )
    return style, f"<h3>{html.escape(fields.company(rng))}</h3>{_some(rng, prose, 10, 40)}<table>{rows}</table>"


def _slide(rng: random.Random, prose: Sequence[str], _: Sequence[str]) -> tuple[str, str]:
    ground = rng.choice(("background: #fff; color: #111", "background: #103a6b; color: #fff", "background: #e8eef5"))
    points = "".join(f"<li>{_some(rng, prose, 3, 14)}" for _ in range(rng.randint(3, 7)))
    title = f"<h1 style='color: {rng.choice(('inherit', '#b03020'))}'>{_some(rng, prose, 2, 6)}</h1>"
    return (
        f"font: {rng.choice((22, 26, 30))}px {_face(rng, _SANS)}; {ground}; padding: 20px",
        f"{title}<ul>{points}</ul>",
    )


def _chart(rng: random.Random, prose: Sequence[str], names: Sequence[str]) -> tuple[str, str]:
    """Bars with their names and values, a scale, a caption."""
    many, top = rng.randint(4, 12), rng.choice((10, 50, 100, 800))
    marks = [f"<text x=0 y={400 - 40 * at}>{top * at // 10}</text>" for at in range(0, 11, 2)]
    for at in range(many):
        height, left = rng.randint(10, 390), 50 + at * (560 // many)
        grey = rng.choice(("#333", "#888", "#c33", "#38c"))
        marks.append(f"<rect x={left} y={400 - height} width={360 // many} height={height} fill='{grey}'/>")
        marks.append(f"<text x={left} y={394 - height}>{height * top / 400:.1f}</text>")
        marks.append(f"<text x={left} y=416>{html.escape(rng.choice(names).split()[0][:8])}</text>")
    picture = f"<svg width=640 height=430 font-size={rng.choice((9, 11, 13))}>{''.join(marks)}</svg>"
    return (
        f"font: 13px {_face(rng, _SANS)}",
        f"<p>{_some(rng, prose, 5, 12)}</p>{picture}<p>{_some(rng, prose, 60, 200)}",
    )


def _face(rng: random.Random, faces: Sequence[str]) -> str:
    return f"'{rng.choice(faces)}'"


def _askew(page: Drawn, rng: random.Random) -> Drawn:
    """Turn a page by some degrees, with paper around it."""
    height, width = page.grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.gauss(0, 4), 1)
    size = width + height // 5, height + width // 5
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned: Any = cv2.warpAffine(page.grey, matrix, size, flags=cv2.INTER_CUBIC, borderValue=255)
    return Drawn(page.name, turned, page.quads @ matrix[:, :2].T + matrix[:, 2], page.texts)


def _shown(name: str, page: str, width: int, lines: Sequence[str]) -> Iterator[Drawn]:
    """Let Chromium draw a page; where its words are is not asked, since by the rules for these sets nobody does."""
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder, "shot.png")
        _browse(page, Path(folder), f"--screenshot={shot}", f"--window-size={width},1600")
        grey: Any = cv2.imread(str(shot), cv2.IMREAD_GRAYSCALE)
    rows = np.flatnonzero(np.ptp(grey, axis=1) > 20)
    grey = grey[: rows[-1] + 20]
    height = grey.shape[0]
    quad = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    yield Drawn(name, grey, quad, [" ".join(" ".join(lines).split())])


def _printed(name: str, page: str, dpi: int) -> Iterator[Drawn]:
    """Let Chromium print a page, of which the first sheet is taken."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder, "sheet.pdf")
        _browse(page, Path(folder), f"--print-to-pdf={sheet}", "--no-pdf-header-footer")
        with pymupdf.open(sheet) as document:
            yield _rendered(document[0], name, dpi)


def _browse(page: str, folder: Path, *arguments: str) -> None:
    browser = which("chromium") or which("chromium-browser") or which("google-chrome")
    if browser is None:
        sys.exit("pages of a browser need Chromium: sudo apt-get install chromium")
    source = folder / "page.html"
    source.write_text(f"<!doctype html><meta charset=utf-8>{page}", encoding="utf-8")
    command = [browser, *_BROWSER, f"--user-data-dir={folder}/profile", *arguments, source.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def write(folder: Path, pages: Iterator[Drawn]) -> None:
    """Write a set, beside its place and then into it."""
    beside = folder.with_name(f".{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "images").mkdir(parents=True)
    with (beside / "pages.jsonl").open("w", encoding="utf-8") as file:
        for page in pages:
            quality = (cv2.IMWRITE_JPEG_QUALITY, 95)
            cv2.imwrite(str(beside / "images" / page.name), page.grey, quality if page.name.endswith("jpg") else ())
            items = [{"quad": q, "text": t} for q, t in zip(page.quads.tolist(), page.texts, strict=True)]
            file.write(json.dumps({"image": f"images/{page.name}", "items": items}, ensure_ascii=False) + "\n")
    beside.rename(folder)
    print(folder)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; sets that are there are left")
    options = parser.parse_args(arguments)
    data = options.data
    textures = sorted((data / "textures").iterdir())
    banks, unseen = make_banks(textures), make_banks(path for path in textures if is_held_out(path.name))
    texts = {path.name: path.read_text("utf-8") for path in sorted((data / "text").glob("*.txt"))}
    names = texts.pop("product_names.txt").splitlines()
    prose = " ".join(texts.values()).replace("_", "").split()
    sets = {
        "receipts": lambda: receipts(data / "receipts"),
        "receipt_photos": lambda: (p.worse(n, banks) for p in receipts(data / "receipts") for n in range(_COPIES)),
        "captions": lambda: captions(data / "receipts"),
        "documents": lambda: documents(data / "pdfs"),
        "document_photos": lambda: (p.worse(0, banks) for p in documents(data / "pdfs")),
        "screenshots": lambda: screenshots(prose, names),
        "commas": lambda: commas(names, banks),
        "columns": lambda: columns(names, banks),
        "pins": lambda: pins(names, banks),
        "scans": lambda: scans(prose, names, banks),
        "europe": lambda: europe(banks),
        "surfaces": lambda: surfaces(unseen),
    }
    for name, draw in sets.items():
        if not (options.out / name).exists():
            write(options.out / name, draw())
    return 0


if __name__ == "__main__":
    sys.exit(main())
