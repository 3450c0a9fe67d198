"""Where the time of a page goes.

    python benchmarks/stages.py --data ../shared/data/eval --most 8

Our engine reads the first pages of every set, warm and with one thread, so that the parts add up. Printed are the
functions of the package that take at least a fiftieth of the whole, with what they call, as they call each other; the
time that the profiler itself takes is among them, so that the shares count, not the seconds.
"""

from __future__ import annotations

import argparse
import cProfile
import platform
import pstats
from datetime import date
from pathlib import Path
from typing import Any

from ocrkit.engines.crnn import CrnnEngine
from ocrkit.evaluate import load_truth
from ocrkit.image import decode

_LEAST = 0.02  # share of the time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sets", nargs="*", help="only these folders")
    parser.add_argument("--most", type=int, help="only the first pages of each set")
    options = parser.parse_args()
    engine = CrnnEngine()
    print(f"{date.today()}, {platform.machine()}, {engine.version}, one thread")
    for folder in sorted(path.parent for path in options.data.glob("*/pages.jsonl")):
        if options.sets and folder.name not in options.sets:
            continue
        pages = list(load_truth(folder))[: options.most]
        images = [decode(page.image.read_bytes(), source=str(page.image)) for page in pages]
        engine.read(images[0])  # warm
        profiler = cProfile.Profile()
        for image in images:
            profiler.runcall(engine.read, image)
        print(f"\n{folder.name}, {len(images)} pages\n")
        print(table(pstats.Stats(profiler), len(images)))


def table(stats: pstats.Stats, pages: int) -> str:
    """Lay the calls out as a tree, in Markdown."""
    known: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]
    root = next(key for key in known if key[2] == "read" and key[0].endswith("engines/crnn.py"))
    whole = known[root][3]
    lines = ["| function | seconds a page | share |", "|---|---|---|"]
    shown: set[Any] = set()

    def show(key: Any, seconds: float, depth: int) -> None:
        if seconds < _LEAST * whole or key in shown:
            return
        shown.add(key)
        module = ".".join(Path(key[0]).with_suffix("").parts[-2:]).removeprefix("ocrkit.")
        lines.append(f"| {'· ' * depth}`{module}.{key[2]}` | {seconds / pages:.3f} | {seconds / whole:.0%} |")
        called = [(own[key][3], callee) for callee, (*_, own) in known.items() if key in own and callee != key]
        for part, callee in sorted(called, key=lambda pair: -pair[0]):
            if "ocrkit" in callee[0]:
                show(callee, part, depth + 1)

    show(root, whole, 0)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
