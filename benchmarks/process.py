"""What a process that reads costs: seconds from a cold start, and memory over many pages.

    python benchmarks/process.py --data ../shared/data/eval --pages 1000
    python benchmarks/process.py --cold PICTURE --rounds 10
    python benchmarks/process.py --scans PICTURE --counts 5 50 500

The first reads the pages of all sets again and again with one engine that may use all processors, and prints the
resident memory as it goes. The second runs ``ocrkit read PICTURE`` in fresh processes, beside one that only imports
NumPy and OpenCV, in turn. The third runs ``ocrkit pdf`` over PDFs of so many pages, each showing PICTURE at .6 of its
size, and prints how much memory each took at most.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import cv2
import pymupdf

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


def scans(picture: Path, counts: list[int]) -> None:
    """Make PDFs of a picture searchable, and print the memory that each took at most."""
    pixels = decode(picture.read_bytes(), source=str(picture)).grey
    pixels = cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    # a process's children have one height in common, so each gets a parent of its own
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            source, target = Path(folder, "in.pdf"), Path(folder, "out.pdf")
            with pymupdf.open() as document:
                for number in range(count):
                    pixels[0] = number % 256  # no page is like another
                    page = document.new_page(width=pixels.shape[1] * 72 / 150, height=pixels.shape[0] * 72 / 150)
                    page.insert_image(page.rect, stream=cv2.imencode(".jpg", pixels)[1].tobytes())
                document.save(source)
            command = [sys.executable, "-m", "ocrkit", "pdf", "-q", str(source), str(target)]
            done = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
            print(f"PDF of {count} scans: at most {int(done.stdout) / 1e3:.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--cold", type=Path, metavar="PICTURE")
    parser.add_argument("--scans", type=Path, metavar="PICTURE")
    parser.add_argument("--counts", type=int, nargs="+", default=[5, 50, 500])
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    if not (options.data or options.cold or options.scans):
        parser.error("give --data, --cold or --scans")
    print(f"{date.today()}, {platform.machine()}, {available_processors()} processors")
    if options.cold:
        cold(options.cold, options.rounds)
    if options.data:
        over_pages(options.data, options.pages)
    if options.scans:
        scans(options.scans, options.counts)


if __name__ == "__main__":
    main()
