"""How far our recognizer's confidence can be trusted, and what it makes of windows without text.

    python -m benchmarks.confidence --data ../shared/data/eval --textures ../shared/data/train/textures

Expected calibration error (15 bins) of the windows of each set of ``benchmarks/words.py``, cut in the same way; case
folded for receipts. Then, of windows cut at random out of surfaces that no net was trained on, the share that gives
text with at least the confidence that counts as low (`ocrkit.recognize.LOW_CONFIDENCE`).
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from benchmarks.words import FOLDED, SETS, items_of, spell
from ocrkit.evaluate import expected_calibration_error
from ocrkit.recognize import LOW_CONFIDENCE, CrnnRecognizer, RecognizerSettings
from ocrkit.recognize.window import HEIGHT, Grey
from ocrkit.train.materials import is_held_out


def texture_windows(folder: Path, each: int = 100) -> Iterator[Grey]:
    """Cut windows of many sizes out of held-out surfaces."""
    rng = random.Random(2017)
    for path in sorted(folder.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None or not is_held_out(path.name):
            continue
        for _ in range(each):
            height = rng.choice((16, 32, 64, 128))
            width = round(height * rng.uniform(0.6, 8))
            height, width = min(height, picture.shape[0]), min(width, picture.shape[1])
            top, left = rng.randrange(picture.shape[0] - height + 1), rng.randrange(picture.shape[1] - width + 1)
            yield picture[top : top + height, left : left + width]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--textures", type=Path, help="folder of surfaces")
    parser.add_argument("--most", type=int, default=0, help="crops of a set, a fixed sample (default: all)")
    parser.add_argument("--model", type=Path, help="another model than the shipped one")
    options = parser.parse_args(arguments)
    recognizer = CrnnRecognizer(RecognizerSettings(model=options.model))
    print(f"{date.today()}, {platform.machine()}, model of {recognizer.facts.experiment}, windows {HEIGHT} pixels high")
    print(f"{'set':16} {'windows':>8} {'right':>6} {'conf.':>6} {'ECE':>6}")
    pooled = []
    for name in options.sets:
        items = items_of(options.data / name, options.most)
        readings = recognizer.read([cv2.cvtColor(i.crop, cv2.COLOR_RGB2GRAY) for i in items])
        fold = str.casefold if name in FOLDED else str
        right = np.array([fold(spell(r.text)) == fold(spell(i.text)) for r, i in zip(readings, items, strict=True)])
        chances = np.array([r.confidence for r in readings])
        pooled.append((chances, right))
        _print(name, chances, right)
    _print("all", np.concatenate([c for c, _ in pooled]), np.concatenate([r for _, r in pooled]))
    if options.textures:
        readings = recognizer.read(list(texture_windows(options.textures)))
        texts = sum(bool(r.text) and r.confidence >= LOW_CONFIDENCE for r in readings)
        print(f"surfaces: {texts} of {len(readings)} windows give text with a confidence of {LOW_CONFIDENCE} or more")
    return 0


def _print(name: str, chances: np.ndarray, right: np.ndarray) -> None:
    error = expected_calibration_error(chances, right)
    print(f"{name:16} {len(right):8} {right.mean():6.3f} {chances.mean():6.3f} {error:6.3f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
