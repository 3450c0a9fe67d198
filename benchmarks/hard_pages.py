"""Pictures for the docs of what the detector finds on three hard pages.

    python benchmarks/hard_pages.py RECEIPT docs/explanation

A receipt, given as a picture, and two pages that are drawn here: a form with rules, light text in dark cells and small
print, and a photo of a page that lies askew under a lamp, with a shadow across. Windows are outlined as by
`ocrkit debug`: dark text in colours that change from line to line, light text in orange.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.debug import draw
from ocrkit.image import PageImage, decode

Picture = npt.NDArray[np.uint8]

WIDTH = 720  # pixels of a picture in the docs
_INK, _PALE, _WHITE = (0.1, 0.1, 0.15), (0.62, 0.64, 0.68), (1, 1, 1)
_ROWS = (
    ("Feuerwehrschlauch C-42, 15 m", "3", "48.20", "144.60"),
    ("Valve, brass, 1/2 in.", "12", "6.75", "81.00"),
    ("Gasket set (EPDM)", "40", "0.85", "34.00"),
    ("Delivery, by road", "1", "19.90", "19.90"),
)
_PROSE = (
    "The lamp on the quay was the only light for half a mile, and it burned with a sound like paper being torn slowly. "
    "Nobody had thought to tell the harbour master that the ferry would be late, so he had put on his coat and waited. "
    "At ten past nine a bell rang somewhere out on the water; at a quarter past it rang again, farther off. He wrote "
    "both times into his book, in the small square hand that had been taught to him by his father, and turned the page."
)
_SMALL = (
    "Goods remain ours until paid for in full. Claims within 14 days of delivery; see paragraphs 3, 7 and 12 overleaf."
)


def form() -> Picture:
    """Draw a form."""
    with pymupdf.open() as document:
        page = document.new_page(width=440, height=420)
        page.insert_text((30, 46), "DELIVERY NOTE", fontsize=20, fontname="hebo", color=_INK)
        page.draw_rect((270, 24, 410, 56), fill=_INK, color=_INK)
        page.insert_text((280, 45), "No. 2048-B / 7", fontsize=13, fontname="cobo", color=_WHITE)
        columns = (30, 230, 280, 345, 410)
        page.draw_rect((30, 80, 410, 100), fill=(0.25, 0.3, 0.45), color=_INK)
        for left, name in zip(columns, ("Article", "Pieces", "Price", "Sum"), strict=False):
            page.insert_text((left + 5, 94), name, fontsize=9.5, fontname="hebo", color=_WHITE)
        for number, row in enumerate(_ROWS):
            top = 100 + 22 * number
            paper = (0.93, 0.95, 1) if number % 2 else _WHITE
            page.draw_rect((30, top, 410, top + 22), fill=paper, color=_INK, width=0.7)
            for left, text in zip(columns, row, strict=False):
                page.insert_text((left + 4, top + 15), text, fontsize=10, fontname="tiro", color=_INK)
        for x in columns:
            page.draw_line((x, 80), (x, 188), color=_INK, width=0.7)
        page.insert_text((280, 208), "Total EUR", fontsize=10, fontname="hebo", color=_INK)
        page.insert_text((349, 208), "279.50", fontsize=10, fontname="hebo", color=_INK)
        page.draw_line((345, 212), (410, 212), color=_INK, width=1.5)
        for number, label in enumerate(("Name", "Date and place", "Signature")):
            left = 30 + 130 * number
            page.draw_rect((left, 240, left + 120, 276), color=_PALE, width=0.8)
            page.insert_text((left + 3, 248), label, fontsize=6, fontname="helv", color=_PALE)
        page.insert_text((36, 268), "M. Okonkwo-Reyes", fontsize=13, fontname="tiit", color=(0.1, 0.15, 0.5))
        page.insert_text((166, 268), "4 March, Ghent", fontsize=13, fontname="tiit", color=(0.1, 0.15, 0.5))
        page.insert_text((30, 300), _SMALL, fontsize=6.5, fontname="helv", color=_INK)
        page.draw_rect((30, 320, 410, 395), fill=(0.12, 0.35, 0.3), color=(0.12, 0.35, 0.3))
        page.insert_text((45, 352), "Paid on receipt: 2 % off", fontsize=17, fontname="hebo", color=(0.95, 0.95, 0.8))
        page.insert_text((45, 378), "until 31 May, on all orders above 250 euros", fontsize=9, color=(0.75, 0.9, 0.8))
        return _drawn(page, 150)


def photo() -> Picture:
    """Draw a page, and take a photo of it."""
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=400)
        page.insert_text((36, 50), "II. What the ferry brought", fontsize=16, fontname="tibo", color=_INK)
        page.insert_textbox((36, 66, 200, 380), _PROSE, fontsize=10.5, fontname="tiro", color=_INK)
        page.insert_textbox((222, 66, 386, 380), _PROSE, fontsize=8.5, fontname="tiit", color=_INK)
        flat = _drawn(page, 180)
    rng = np.random.default_rng(3)
    height, width = flat.shape[:2]
    table = cv2.GaussianBlur(rng.normal(0, 60, (1100, 1200)).astype(np.float32), (0, 0), sigmaX=40, sigmaY=1) * 6 + 70
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = np.array([(190, 60), (1120, 170), (1010, 1020), (60, 880)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    size = (1200, 1100)
    paper = cv2.warpPerspective(
        cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY).astype(np.float32), matrix, size, flags=cv2.INTER_AREA
    )
    inside = cv2.warpPerspective(np.ones((height, width), np.float32), matrix, size)
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    lamp = 1.05 - 0.75 * (np.hypot(x - 250, y - 200) / 1400)
    shadow = 1 - 0.55 / (1 + np.exp(-(x * 0.8 + y * 0.6 - 820) / 12))
    picture = (paper * inside + table * (1 - inside)) * lamp * shadow + rng.normal(0, 5, (size[1], size[0]))
    tint = np.clip(picture[..., None], 0, 255) * np.array((1.0, 0.96, 0.87))
    return np.asarray(cv2.GaussianBlur(tint, (0, 0), 0.8), np.uint8)


def _drawn(page: pymupdf.Page, dpi: int) -> Picture:
    pixels = page.get_pixmap(dpi=dpi)
    return np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width, 3).copy()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    pages = {"hard_receipt": decode(options.receipt.read_bytes()).pixels, "hard_form": form(), "hard_photo": photo()}
    for name, pixels in pages.items():
        windows = cv2.cvtColor(draw(PageImage(pixels=pixels))["windows"], cv2.COLOR_RGB2BGR)
        scale = WIDTH / windows.shape[1]
        windows = cv2.resize(windows, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        path = options.out / f"{name}.webp"
        cv2.imwrite(str(path), windows, [cv2.IMWRITE_WEBP_QUALITY, 55])
        print(f"{path}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
