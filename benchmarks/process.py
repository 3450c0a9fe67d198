"""What a process that reads costs: seconds from a cold start, and memory over many pages.

    python benchmarks/process.py --data ../shared/data/eval --pages 1000
    python benchmarks/process.py --cold PICTURE --rounds 10

The first reads the pages of all sets again and again with one engine that may use all processors, and prints the
resident memory as it goes. The second runs ``ocrkit read PICTURE`` in fresh processes, beside one that only imports
NumPy and OpenCV, in turn.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ocrkit.evaluate import load_truth
from ocrkit.image import decode
from ocrkit.plugins import load_engine
from ocrkit.processors import available_processors
from ocrkit.spec import EngineSettings

_STEP = 100  # pages between two prints


def resident() -> float:
    """Give the resident memory of this process, MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1e3


def pictures(data: Path) -> Iterator[Path]:
    """Give the pictures of all sets in turn, for ever: first the first of each set."""
    folders = [[page.image for page in load_truth(path.parent)] for path in sorted(data.glob("*/pages.jsonl"))]
    folders = [folder for folder in folders if folder]
    if not folders:
        raise SystemExit(f"no pages below {data}")
    for number in itertools.count():
        for folder in folders:
            yield folder[number % len(folder)]


def over_pages(data: Path, pages: int) -> None:
    """Read many pages, and print the memory."""
    engine = load_engine(None, EngineSettings(threads=available_processors()))
    print(f"before the first page: {resident():.0f} MB")
    for number, path in enumerate(itertools.islice(pictures(data), pages), 1):
        engine.read(decode(path.read_bytes(), source=str(path)))
        if number % _STEP == 0 or number == pages:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            print(f"{number} pages: {resident():.0f} MB, at most {peak:.0f} MB", flush=True)


def cold(picture: Path, rounds: int) -> None:
    """Time fresh processes."""
    commands = {
        f"ocrkit read {picture.name}": [sys.executable, "-m", "ocrkit", "read", str(picture)],
        "import numpy, cv2": [sys.executable, "-c", "import numpy, cv2"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - started)
    for name, own in seconds.items():
        print(f"{name}: {min(own):.2f} s at best, {statistics.median(own):.2f} s in the median of {rounds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--cold", type=Path, metavar="PICTURE")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    if not (options.data or options.cold):
        parser.error("give --data, --cold, or both")
    print(f"{date.today()}, {platform.machine()}, {available_processors()} processors")
    if options.cold:
        cold(options.cold, options.rounds)
    if options.data:
        over_pages(options.data, options.pages)


if __name__ == "__main__":
    main()
