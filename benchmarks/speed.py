"""How fast engines are, side by side.

    python benchmarks/speed.py tesseract rapidocr --data ../shared/data/eval --most 10

Every page is read by each engine in turn, in an order that rotates, so that a busy moment of the
machine hits all alike. What counts are the ratios: the geometric mean over pages of each engine's
time over the first engine's. Engines are warm and may use all processors.

``tesseract`` is told how many processors there are. By itself, as its command line and its other wrappers run it, it
takes four threads, which hold each other up where there are fewer processors: ``tesseract-by-itself``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import time
from datetime import date
from pathlib import Path

import attrs

from ocrkit.engines.tesseract import TesseractEngine, TesseractSettings
from ocrkit.evaluate import load_truth
from ocrkit.image import PageImage, decode
from ocrkit.plugins import load_engine
from ocrkit.processors import available_processors
from ocrkit.spec import EngineSettings, OcrEngine


def made(name: str) -> OcrEngine:
    """Make an engine that may use all processors, if it is left to us."""
    if name == "tesseract-by-itself":
        os.environ.pop("OMP_THREAD_LIMIT", None)
        return TesseractEngine.create(TesseractSettings(threads=None))
    return load_engine(name, EngineSettings(threads=available_processors()))


def time_pages(engines: dict[str, OcrEngine], images: list[PageImage], rounds: int) -> dict[str, list[float]]:
    """Return the best seconds of each page by engine, all engines interleaved."""
    names = list(engines)
    for engine in engines.values():
        engine.read(images[0])  # warm
    best = {name: [math.inf] * len(images) for name in names}
    for turn in range(rounds):
        for at, image in enumerate(images):
            shift = (turn + at) % len(names)
            for name in names[shift:] + names[:shift]:
                started = time.perf_counter()
                engines[name].read(image)
                best[name][at] = min(best[name][at], time.perf_counter() - started)
    return best


def geometric_mean(values: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="+", metavar="ENGINE")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sets", nargs="*", help="only these folders")
    parser.add_argument("--most", type=int, help="only the first pages of each set")
    parser.add_argument("--rounds", type=int, default=1, help="read every page so often, and take the best")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    engines = {name: made(name) for name in options.engines}
    records = []
    ratios: dict[str, list[float]] = {name: [] for name in engines}
    for folder in sorted(path.parent for path in options.data.glob("*/pages.jsonl")):
        if options.sets and folder.name not in options.sets:
            continue
        pages = list(load_truth(folder))[: options.most]
        images = [attrs.evolve(decode(page.image.read_bytes()), dpi=None) for page in pages]
        seconds = time_pages(engines, images, options.rounds)
        first = seconds[options.engines[0]]
        for name in engines:
            own = [mine / base for mine, base in zip(seconds[name], first, strict=True)]
            ratios[name] += own
            record = {
                "set": folder.name,
                "engine": name,
                "pages": len(images),
                "seconds_median": round(statistics.median(seconds[name]), 3),
                "ratio": round(geometric_mean(own), 2),
            }
            records.append(record)
            print("{set:18} {engine:20} {pages:4} pages  {seconds_median:7.3f} s  x {ratio:.2f}".format(**record))
    for name in engines:
        print(f"all sets           {name:20} x {geometric_mean(ratios[name]):.2f}")
    if options.json:
        where = f"{platform.machine()}, {available_processors()} processors"
        result = {"date": date.today().isoformat(), "machine": where, "results": records}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
