"""Draw pages to develop with, in the form that `benchmarks/accuracy.py` measures: so that nobody tunes to other pages.

    python -m benchmarks.development --data ../shared/data/train --out /tmp/development
    python benchmarks/accuracy.py ocrkit --data /tmp/development

DIR holds ``receipts/``, ``pdfs/``, ``text/`` and ``textures/``. Only receipts and PDFs that no net learns from are
taken (`ocrkit.train.real.is_unseen`): as they are, and in worse copies; PDFs are drawn at 150 dpi. Screenshots, and
receipts with decimal commas or with columns of single characters, are pages that Chromium draws.
"""

from __future__ import annotations

import argparse
import html
import json
import random
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
from ocrkit.train.pages import caption
from ocrkit.train.real import is_unseen
from ocrkit.train.recapture import worsened_quads

_PAGES = 4  # of a PDF
_COPIES = 2  # of each page or receipt
_SCREENSHOTS = 40
_TILLS = 40
_FONTS = ("DejaVu Sans", "Liberation Sans", "Liberation Serif", "Liberation Mono", "DejaVu Sans Mono", "DejaVu Serif")
_TILL_FONTS = ("DejaVu Sans Mono", "Liberation Mono", "Terminus", "Unifont", "FreeMono")
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
                words = document[number].get_text("words")
                if len(words) < 20 or document[number].rotation:
                    continue
                pixels = document[number].get_pixmap(dpi=150, colorspace=pymupdf.csGRAY, alpha=False)
                grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
                boxes = np.array([word[:4] for word in words]) * (150 / 72)
                quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
                yield Drawn(f"{path.stem}_{number}.png", grey, quads, [word[4] for word in words])


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
    browser = which("chromium") or which("chromium-browser") or which("google-chrome")
    if browser is None:
        sys.exit("screenshots need Chromium: sudo apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        source.write_text(f"<!doctype html><meta charset=utf-8>{page}", encoding="utf-8")
        command = [browser, *_BROWSER, f"--user-data-dir={folder}/profile", f"--screenshot={shot}"]
        subprocess.run([*command, f"--window-size={width},1600", source.as_uri()], check=True, capture_output=True)
        grey: Any = cv2.imread(str(shot), cv2.IMREAD_GRAYSCALE)
    rows = np.flatnonzero(np.ptp(grey, axis=1) > 20)
    grey = grey[: rows[-1] + 20]
    height = grey.shape[0]
    quad = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    yield Drawn(name, grey, quad, [" ".join(" ".join(lines).split())])


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
    banks = make_banks(sorted((data / "textures").iterdir()))
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
    }
    for name, draw in sets.items():
        if not (options.out / name).exists():
            write(options.out / name, draw())
    return 0


if __name__ == "__main__":
    sys.exit(main())
