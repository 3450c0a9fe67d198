"""Windows as our own detector cuts them out of real pages, with what they say: what the net must read in the end.

A PDF's page knows where each of its characters stands, so a window's text is known exactly, also where the window cuts
a word, shows a rule, or shows nothing. A receipt's lines are known; which window shows which words of a line follows
from the net's own reading, where that is nearly right. Windows that the net reads rightly already are mostly left out.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

from ocrkit.detect import DetectorSettings, MserDetector, WindowSettings
from ocrkit.image import Grey, PageImage
from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.spec import Detection, Reading, Region
from ocrkit.train.banks import Banks
from ocrkit.train.real import MINED_HEIGHT, Strip, write_strips
from ocrkit.train.recapture import Characters, characters_of, drawn, worsened, worsened_quads

_KNOWN = 0.9  # share of a PDF's windows that must be read alike as it is drawn, or its text is not to be trusted
_ALIKE = 0.4  # similarity of a window's text with what the net reads, below which something is wrong
_RIGHT = 0.2  # share kept of the windows that are read rightly already
_SHORT = 0.5  # share kept of one or two characters that are read quite differently
_EMPTY = 0.5  # share kept of the windows without text
_RECEIPTS = 5  # times that a receipt is made worse
_MOST_WORDS = 40  # of a row of a receipt, whose parts are all compared
_INSIDE = 0.22, 0.85  # shares of a window's height between which the middle of its characters lies


def is_kept_back(name: str) -> bool:
    """Say whether a page is only for measuring, as it is for the text map; all unseen ones are among them."""
    return zlib.crc32(name.encode()) % 5 == 0


class Miner:
    """Cuts windows out of pages and labels them.

    Parameters
    ----------
    banks : Banks
        What pages are made worse with.
    """

    def __init__(self, banks: Banks) -> None:
        self._banks = banks
        self._detector = MserDetector(
            DetectorSettings(windows=WindowSettings(height=MINED_HEIGHT, widest=10 * MINED_HEIGHT))
        )
        self._recognizer = CrnnRecognizer()

    def pdf(self, path: Path, most: int, copies: int) -> Iterator[Strip]:
        """Mine pages of a PDF, each as it is drawn and in some worse copies.

        Parameters
        ----------
        path : Path
        most : int
            Pages.
        copies : int
            Of each page.
        """
        rng = random.Random(f"mine/{path.name}")
        with pymupdf.open(path) as document:
            if document.needs_pass:
                return
            for number in rng.sample(range(len(document)), min(most, len(document))):
                page = document[number]
                characters = characters_of(page)
                if characters is None or page.rotation:
                    continue
                if self._agreement(*drawn(page, characters, 150)) < _KNOWN:
                    continue
                for _ in range(copies):
                    dpi = rng.choice((75, 90, 110, 130, 150, 150, 170, 200, 250))
                    grey, own = worsened(*drawn(page, characters, dpi), rng, self._banks)
                    yield from self._strips(grey, own, path.name, rng)

    def receipt(self, path: Path, name: str, items: Sequence[Any]) -> Iterator[Strip]:
        """Mine a receipt, as it is and in some worse copies.

        Parameters
        ----------
        path : Path
        name : str
            That it is known by.
        items : sequence of mapping
            Its marked lines: ``quad`` and ``text``.
        """
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            return
        rng = random.Random(f"mine/{name}")
        quads = np.array([item["quad"] for item in items], np.float64)
        texts = [item["text"] for item in items]
        yield from self._marked(grey, quads, texts, name, rng)  # type: ignore[arg-type]
        for _ in range(_RECEIPTS):
            scale = min(rng.uniform(0.6, 1.2), 1.0)
            smaller: Any = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            worse, moved = worsened_quads(smaller, quads * scale, rng, self._banks)
            yield from self._marked(worse, moved, texts, name, rng)

    def _marked(
        self, grey: Grey, quads: npt.NDArray[np.float64], texts: Sequence[str], name: str, rng: random.Random
    ) -> Iterator[Strip]:
        detection, readings = self._read(grey)
        for region, window, reading in zip(detection.regions, detection.windows, readings, strict=True):
            text = _receipt_text(region, reading, quads, texts)
            if text and (text.casefold() != reading.text.casefold() or rng.random() < _RIGHT):
                yield _strip(window, text, name, folded=True)

    def _read(self, grey: Grey) -> tuple[Detection, list[Reading]]:
        detection = self._detector.detect(PageImage(pixels=grey))
        return detection, self._recognizer.read(detection.windows)

    def _agreement(self, grey: Grey, characters: Characters) -> float:
        detection, readings = self._read(grey)
        texts = [text_in(region, characters) for region in detection.regions]
        known = [(text, reading.text) for text, reading in zip(texts, readings, strict=True) if text or reading.text]
        return float(np.mean([_similarity(text or "", read) > 0.6 for text, read in known])) if known else 0.0

    def _strips(self, grey: Grey, characters: Characters, name: str, rng: random.Random) -> Iterator[Strip]:
        detection, readings = self._read(grey)
        for region, window, reading in zip(detection.regions, detection.windows, readings, strict=True):
            text = text_in(region, characters)
            if text is None:
                continue
            if not text:
                if rng.random() < (1 if reading.text else _EMPTY) and len(reading.text) < 4:
                    yield _strip(window, "", name)
            elif text == reading.text:
                if rng.random() < _RIGHT:
                    yield _strip(window, text, name)
            elif _similarity(text, reading.text) > _ALIKE or (len(text) < 3 and rng.random() < _SHORT):
                yield _strip(window, text, name)


def _strip(window: Grey, text: str, name: str, *, folded: bool = False) -> Strip:
    _, data = cv2.imencode(".jpg", window, (cv2.IMWRITE_JPEG_QUALITY, 92))
    return Strip(data.tobytes(), (0, 0, window.shape[1], window.shape[0]), text, folded, name)


def _similarity(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two, autojunk=False).ratio()


def text_in(region: Region, characters: Characters) -> str | None:
    """Say what a window shows; None if that is not clear.

    Parameters
    ----------
    region : Region
    characters : Characters
        Of the page.
    """
    width, height = region.size
    own = region.to_page.inverse().map(characters.place)
    rows = np.flatnonzero((own[:, 0] > 0) & (own[:, 0] < width) & (own[:, 1] > 0) & (own[:, 1] < height))
    if not len(rows):
        return ""
    inside = (own[rows, 1] > _INSIDE[0] * height) & (own[rows, 1] < _INSIDE[1] * height)
    rows = rows[inside]  # what reaches in from the lines above and below is not this window's
    if not len(rows):
        return None
    rows = rows[np.argsort(own[rows, 0], kind="stable")]
    steps = np.diff(own[rows, 0])
    if len(steps) and steps.min() < 0.02 * height:  # one upon the other
        return None
    edge = min(own[rows[0], 0], width - own[rows[-1], 0])
    if edge < 0.1 * height:  # half a character
        return None
    numbers: list[int] = rows.tolist()
    parts = [characters.text[numbers[0]]]
    for before, row in itertools.pairwise(numbers):
        parts.append(" " if characters.word[before] != characters.word[row] else "")
        parts.append(characters.text[row])
    return ALPHABET.spell("".join(parts))


def _receipt_text(region: Region, reading: Reading, quads: npt.NDArray[np.float64], texts: Sequence[str]) -> str | None:
    """Say which words of the marked lines a window shows, by the net's reading of it."""
    width, height = region.size
    matrix = region.to_page.inverse()
    own = matrix.map(quads.reshape(-1, 2)).reshape(-1, 4, 2)
    middle, left, right = own[:, :, 1].mean(1), own[:, :, 0].min(1), own[:, :, 0].max(1)
    near = (middle > 0.25 * height) & (middle < 0.75 * height) & (left < width) & (right > 0)
    rows: list[int] = np.flatnonzero(near)[np.argsort(left[near])].tolist()
    whole = bool((left[rows] > -0.6 * height).all() and (right[rows] < width + 0.6 * height).all())
    text = ALPHABET.spell(" ".join(texts[row] for row in rows))
    if not text or not reading.text:
        return None
    if whole:
        return text if _similarity(text.casefold(), reading.text.casefold()) > 0.5 else None
    words, read = text.split(), reading.text.casefold()
    if len(words) > _MOST_WORDS:
        return None
    ranges = [(a, b) for a in range(len(words)) for b in range(a + 1, len(words) + 1)]
    best = max(ranges, key=lambda ab: _similarity(" ".join(words[slice(*ab)]).casefold(), read), default=None)
    if best is None:
        return None
    found = " ".join(words[slice(*best)])
    sure = _similarity(found.casefold(), read) > 0.85 and found[0].casefold() == read[0]
    return found if sure and found[-1].casefold() == read[-1] else None


@attrs.frozen
class _Job:
    """A file to mine; a PDF's `pages`, each in so many copies."""

    path: Path
    name: str
    items: Sequence[Any] = ()
    pages: int = 0
    copies: int = 0


def mine(data: Path, manuals: Iterable[Path], banks: Banks, out: Path, processes: int) -> int:
    """Mine all pages that may be learnt from, and write their windows into one file.

    Parameters
    ----------
    data : Path
        Folder with ``receipts/`` and ``pdfs/``.
    manuals : iterable of Path
        More PDFs.
    banks : Banks
    out : Path
    processes : int

    Returns
    -------
    int
        Windows.
    """
    marks = [json.loads(line) for line in (data / "receipts" / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    jobs = [_Job(data / "receipts" / page["image"], page["image"], page["items"]) for page in marks]
    jobs += [_Job(path, path.name, pages=4, copies=3) for path in sorted((data / "pdfs").glob("*.pdf"))]
    jobs += [_Job(path, path.name, pages=1, copies=2) for path in manuals]
    jobs = [job for job in jobs if not is_kept_back(job.name)]
    # processes of their own: nothing that reads may be forked while other threads run
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin, (banks,)) as pool:
        return write_strips(out, itertools.chain.from_iterable(pool.map(_mined, jobs)))


_miner: Miner | None = None  # of this process


def _begin(banks: Banks) -> None:
    global _miner
    cv2.setNumThreads(1)
    _miner = Miner(banks)


def _mined(job: _Job) -> list[Strip]:
    assert _miner is not None
    if not job.pages:
        return list(_miner.receipt(job.path, job.name, job.items))
    try:
        return list(_miner.pdf(job.path, job.pages, job.copies))
    except (pymupdf.FileDataError, pymupdf.mupdf.FzErrorBase):  # the file is damaged
        return []
