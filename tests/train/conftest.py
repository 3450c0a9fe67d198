"""A tiny world to train in: the fonts that matplotlib brings, a bitmap font drawn here, a page of each kind."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pymupdf
import pytest

from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.fonts import Face, write_faces
from ocrkit.train.materials import FACES, Materials
from ocrkit.train.prepare import prepare

FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
LINES = ("Grand total 12.50", "Thank you", "Table 7", "VISA 1234", "Tax 0.75")


def psf_of(characters: str, rows: int = 8, columns: int = 8) -> bytes:
    """Make a console font: each character is its number in bits, three times over, above an empty row."""
    pictures = b""
    for number in range(len(characters)):
        row = bytes([(number + 1) % 256]) if characters[number] != " " else b"\0"
        pictures += row * (rows - 1) + b"\0"
    table = b"".join(c.encode() + b"\xff" for c in characters)
    header = struct.pack("<4s7I", b"\x72\xb5\x4a\x86", 0, 32, 1, len(characters), rows, rows, columns)
    return header + pictures + table


def faces_in(folder: Path) -> list[Face]:
    """List four outline faces and one of dots."""
    psf = folder / "dots.psf"
    psf.write_bytes(psf_of(ALPHABET.characters))
    named = (
        ("DejaVuSans", "sans"),
        ("DejaVuSerif", "serif"),
        ("DejaVuSansMono", "mono"),
        ("DejaVuSerif-Bold", "serif"),
    )
    outlines = [Face(str(FONTS / f"{name}.ttf"), 0, name, kind) for name, kind in named]
    return [*outlines, Face(str(psf), 0, "dots", "bitmap")]


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """Make a data folder as ``--data`` takes it: one receipt, one PDF, a text, a surface."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("text", "textures", "receipts/images", "pdfs"):
        (folder / name).mkdir(parents=True)
    (folder / "text/novel.txt").write_text("It was the best of times, it was the worst of times--so it seemed.\n")
    (folder / "text/product_names.txt").write_text("Oat Milk\nDark Chocolate 70%\nRye Bread, sliced\n")
    grain = np.random.default_rng(1).integers(90, 160, (80, 80), dtype=np.uint8)
    cv2.imwrite(str(folder / "textures/cloth.png"), grain)
    with pymupdf.open() as document:
        page = document.new_page(width=300, height=200)
        for number, line in enumerate(LINES):
            page.insert_text((20, 30 + 30 * number), line, fontsize=14)
        items = [{"quad": _corners(w[:4], 2), "text": w[4].upper()} for w in page.get_text("words")]
        pixels = page.get_pixmap(dpi=144, colorspace=pymupdf.csGRAY)
        pixels.save(folder / "receipts/images/1.png")
        for name in ("one", "two", "three"):
            document.save(folder / f"pdfs/{name}.pdf")
    pages = [{"image": "images/1.png", "items": items}]
    (folder / "receipts/pages.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pages))
    return folder


def _corners(box, scale: float) -> list[list[float]]:
    x0, y0, x1, y1 = (v * scale for v in box)
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


@pytest.fixture(scope="session")
def materials(data, tmp_path_factory) -> Materials:
    """Make a work folder as ``ocrkit train prepare`` does, but for the faces, which are few."""
    work = tmp_path_factory.mktemp("work")
    write_faces(work / FACES, faces_in(work))
    prepare(work, data, [], lambda _: None)
    return Materials(work=work, data=data, receipts=0.2, pdfs=0.2)
