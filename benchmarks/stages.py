"""Where the time of a page goes.

    python benchmarks/stages.py --data ../shared/data/eval --most 8

Our engine reads the first pages of every set, warm and with one thread, so that parts add up, and is looked at every
millisecond. Printed are the functions of the package that take at least a fiftieth of the whole, below those that call
them; what they call in other packages is theirs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import CodeType, FrameType

import ocrkit
from ocrkit.engines.crnn import CrnnEngine
from ocrkit.evaluate import load_truth
from ocrkit.image import decode

_LEAST = 0.02  # share of the time
_PERIOD = 0.001  # seconds between two looks
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
        root = Node("", 0.0, {})
        with sampled(root):
            for image in images:
                engine.read(image)
        print(f"\n{folder.name}, {len(images)} pages\n")
        print(table(root, len(images)))


@dataclass
class Node:
    """A function as called by those above it."""

    name: str
    seconds: float
    called: dict[str, Node]


@contextlib.contextmanager
def sampled(root: Node) -> Iterator[None]:
    """Look at the stack again and again, and book the time since the last look to where it is."""
    last, looking = time.perf_counter(), False

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal last, looking
        if looking:  # on a busy machine a look may take longer than until the next
            return
        looking = True
        names: list[str] = []
        while frame:
            code, frame = frame.f_code, frame.f_back
            if code.co_filename.startswith(_PACKAGE + os.sep) and not code.co_name.startswith("<"):
                names.append(_name(code))
        now = time.perf_counter()
        node = root
        for name in reversed(names):
            node = node.called.setdefault(name, Node(name, 0.0, {}))
            node.seconds += now - last
        last, looking = now, False

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _PERIOD, _PERIOD)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _name(code: CodeType) -> str:
    module = ".".join(Path(code.co_filename).relative_to(_PACKAGE).with_suffix("").parts)
    return f"{module}.{code.co_name}"


def table(root: Node, pages: int) -> str:
    """Lay the calls out as a tree, in Markdown."""
    whole = sum(node.seconds for node in root.called.values())
    lines = ["| function | seconds a page | share |", "|---|---|---|"]

    def show(node: Node, depth: int) -> None:
        if node.seconds < _LEAST * whole:
            return
        lines.append(f"| {'· ' * depth}`{node.name}` | {node.seconds / pages:.3f} | {node.seconds / whole:.0%} |")
        for inner in sorted(node.called.values(), key=lambda node: -node.seconds):
            show(inner, depth + 1)

    for node in root.called.values():
        show(node, 0)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
