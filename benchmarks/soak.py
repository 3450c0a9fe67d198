"""Many pages, of which every tenth goes wrong: whether all others come through, and what is left behind.

    python -m benchmarks.soak --pages 1000

Documents of ten pages are drawn (TIFFs and PDFs in turn, each page with a text of its own) and made searchable, or
read, by our engine, side by side on all processors. In each document one page goes wrong, in turn: the engine breaks,
or hangs beyond its deadline, or the page cannot be decoded, or the disk is full. Printed are the pages that came
through with their text, those that were marked, memory after each hundred pages, and what is left of threads,
processes and files.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import random
import resource
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import attrs
import cv2
import pymupdf

import ocrkit
from benchmarks.process import resident
from ocrkit import Page, PageImage, PageStatus, ReadSettings
from ocrkit.testing import draw_page

FAULTS = ("engine breaks", "engine hangs", "page is damaged", "disk is full")
PAGES = 10  # of a document
_DEADLINE = 4.0  # seconds for a page: none takes a tenth of it
_FULL = 20_000  # bytes that a file may have when the disk is full


@attrs.define
class FaultyEngine:
    """Our engine, but for one page of a document."""

    engine: ocrkit.OcrEngine
    fault: str = ""
    at: int = -1

    def read(self, image: PageImage, /) -> Page:
        """Read, break or hang."""
        if image.index == self.at and self.fault == "engine breaks":
            raise RuntimeError("as told")
        if image.index == self.at and self.fault == "engine hangs":
            time.sleep(_DEADLINE + 3.5)
        return self.engine.read(image)


@attrs.frozen
class Result:
    """What came of it.

    Parameters
    ----------
    right, marked, wrong, refused : int
        Pages with their text; pages that say that they failed; pages with another text, or none; documents that were
        refused as a whole for want of space.
    memory : list of float
        MB, after each hundred pages.
    threads : list of str
        Names of threads that are left.
    files : list of str
        Files that are left.
    """

    right: int
    marked: int
    wrong: int
    refused: int
    memory: list[float]
    threads: list[str]
    files: list[str]


def text_of(number: int) -> str:
    return f"Invoice {10_000 + 37 * number % 90_000}"


def tiff(numbers: range) -> bytes:
    pages = [draw_page(text_of(number), height=180, width=720).pixels for number in numbers]
    _, data = cv2.imencodemulti(".tiff", pages, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    return data.tobytes()


def pdf(numbers: range) -> bytes:
    with pymupdf.open() as document:
        for number in numbers:
            page = document.new_page(width=360, height=90)
            _, data = cv2.imencode(".png", draw_page(text_of(number), height=180, width=720).pixels)
            page.insert_image(page.rect, stream=data.tobytes())
        return bytes(document.tobytes())


def damaged(data: bytes, page: int) -> bytes:
    """Overwrite the pixels of a page of a TIFF."""
    from PIL import Image

    broken = bytearray(data)
    with Image.open(io.BytesIO(data)) as picture:
        picture.seek(page)
        for start, length in zip(picture.tag_v2[273], picture.tag_v2[279], strict=True):
            broken[start : start + length] = b"\xff" * length
    return bytes(broken)


@contextmanager
def full_disk(full: bool) -> Iterator[None]:
    """Let no file of this process grow, as if the disk were full."""
    if not full:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def soak(pages: int, folder: Path) -> Result:
    """Take so many pages through; `folder` is empty before, and for results alone."""
    engine = FaultyEngine(ocrkit.load_engine())
    settings = ReadSettings(page_timeout=_DEADLINE, keep_going=True, dpi=144)
    counts: Counter[str] = Counter()
    memory = []
    rng = random.Random(0)
    for document in range(-(-pages // PAGES)):
        numbers = range(document * PAGES, (document + 1) * PAGES)
        engine.fault, engine.at = FAULTS[document % len(FAULTS)], rng.randrange(PAGES)
        damages = engine.fault == "page is damaged"
        content = tiff(numbers) if document % 2 or damages else pdf(numbers)
        content = damaged(content, engine.at) if damages else content
        target = folder / "result.pdf"
        if document % 8 < len(FAULTS):
            with full_disk(engine.fault == "disk is full"):
                try:
                    ocrkit.make_searchable(content, target, engine, settings=settings)
                except (OSError, ocrkit.InputError):
                    counts["refused"] += 1
                    assert not target.exists()
            found = _texts(target) if target.exists() else [None] * PAGES
            target.unlink(missing_ok=True)
        else:
            read = ocrkit.read(content, engine, settings=settings).pages
            found = [page.text if page.status is PageStatus.OK else None for page in read]
        if engine.fault == "disk is full" and None in found:
            continue
        for number, text in zip(numbers, found, strict=True):
            counts["right" if text == text_of(number) else "wrong" if text else "marked"] += 1
        if numbers[-1] % 100 == 99:
            memory.append(resident())
    deadline = time.monotonic() + 2 * _DEADLINE  # what hangs comes back
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [str(path.relative_to(folder)) for path in folder.rglob("*")]
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    return Result(counts["right"], counts["marked"], counts["wrong"], counts["refused"], memory, names, left)


def _texts(path: Path) -> list[str | None]:
    with pymupdf.open(path) as document:
        return [" ".join(page.get_text().split()) or None for page in document]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    options = parser.parse_args()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    tempfile.tempdir = str(folder)  # whatever the library leaves behind is left there
    print(f"{date.today()}, {platform.machine()}")
    try:
        result = soak(options.pages, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{result.right} pages right, {result.marked} marked, {result.wrong} wrong")
    print(f"{result.refused} documents refused as a whole, for want of space")
    print("MB after each hundred pages: " + " ".join(f"{value:.0f}" for value in result.memory))
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    print(f"left: {len(result.threads)} threads, {len(children.read_text().split())} processes, {result.files} files")


if __name__ == "__main__":
    main()
