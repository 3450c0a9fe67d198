"""Where the time of a page goes.

    python benchmarks/stages.py --data ../shared/data/eval --most 8

Our engine reads the first pages of every set, warm and with one thread, so that the parts add up. Printed are the
functions of the package that take at least a fiftieth of the whole, with what they call; what a function calls is
shared out among its callers by their own time in it. The profiler's time is among it all: the shares count, not the
seconds.
"""

from __future__ import annotations

import argparse
import cProfile
import platform
import pstats
from datetime import date
from pathlib import Path
from typing import Any

import ocrkit
from ocrkit.engines.crnn import CrnnEngine
from ocrkit.evaluate import load_truth
from ocrkit.image import decode

_LEAST = 0.02  # share of the time
_PACKAGE = str(Path(ocrkit.__file__).parent)


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
        if not pages:
            continue
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

    def show(key: Any, seconds: float, above: tuple[Any, ...]) -> None:
        if seconds < _LEAST * whole or key in above:
            return
        module = ".".join(Path(key[0]).with_suffix("").parts[-2:]).removeprefix("ocrkit.")
        lines.append(f"| {'· ' * len(above)}`{module}.{key[2]}` | {seconds / pages:.3f} | {seconds / whole:.0%} |")
        share = seconds / known[key][3]
        called = [(own[key][3] * share, callee) for callee, (*_, own) in known.items() if key in own]
        for part, callee in sorted(called, key=lambda pair: -pair[0]):
            if callee[0].startswith(_PACKAGE):
                show(callee, part, (*above, key))

    show(root, whole, ())
    return "\n".join(lines)


if __name__ == "__main__":
    main()
