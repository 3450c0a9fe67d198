"""Windows as our own detector cuts them out of real pages, with what they say: what the net must read in the end.

A PDF's page knows where each of its characters stands, so a window's text is known exactly, also where the window cuts
a word, shows a rule, or shows nothing. A receipt's lines are known; which window shows which words of a line follows
from the net's own reading, where that is nearly right. Windows that the net reads rightly already are mostly left out.
"""

from __future__ import annotations

import itertools
import json
import math
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
from ocrkit.detect.tree import Grey
from ocrkit.image import PageImage
from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.alphabet import ALPHABET, shortest_path
from ocrkit.recognize.window import STRIDE, to_height
from ocrkit.spec import Detection, Reading, Region
from ocrkit.train import distort
from ocrkit.train.banks import Banks
from ocrkit.train.photograph import photograph_again
from ocrkit.train.real import Strip, write_strips
from ocrkit.train.synth import SET_SIZE, Example

_HEIGHT = 48  # pixels of a mined window: more than the net's, so that there is something to change
_KNOWN = 0.9  # share of a PDF's windows that must be read alike as it is drawn, or its text is not to be trusted
_ALIKE = 0.4  # similarity of a window's text with what the net reads, below which something is wrong
_RIGHT = 0.2  # share kept of the windows that are read rightly already
_SHORT = 0.5  # share kept of one or two characters that are read quite differently
_EMPTY = 0.5  # share kept of the windows without text
_MOST_WORDS = 40  # of a row of a receipt, whose parts are all compared
_INSIDE = 0.22, 0.85  # shares of a window's height between which the middle of its characters lies


@attrs.frozen(eq=False)
class Characters:
    """The characters of a page.

    Parameters
    ----------
    text : sequence of str
    place : ndarray of float64, shape (N, 2)
        Their middles, pixels.
    word : ndarray of int64, shape (N,)
        Number of each one's word; those of a line follow each other.
    line : ndarray of int64, shape (N,)
        Number of each one's line.
    """

    text: Sequence[str]
    place: npt.NDArray[np.float64]
    word: npt.NDArray[np.int64]
    line: npt.NDArray[np.int64]


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
        self._detector = MserDetector(DetectorSettings(windows=WindowSettings(height=_HEIGHT, widest=10 * _HEIGHT)))
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
        """Mine a receipt, as it is and made worse.

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
        none = np.zeros(0, np.int64)
        worse, moved = worsened(grey, Characters((), quads.reshape(-1, 2), none, none), rng, self._banks)  # type: ignore[arg-type]
        yield from self._marked(worse, moved.place.reshape(-1, 4, 2), texts, name, rng)

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


def characters_of(page: Any) -> Characters | None:
    """Take the characters of a PDF's page; None if some are hidden, or stand across."""
    text: list[str] = []
    place, words, lines = [], [], []
    word = line = 0
    for block in page.get_text("rawdict")["blocks"]:
        for own in block.get("lines", ()):
            if own["dir"][0] < 0.99:
                return None
            line += 1
            word += 1
            for span in own["spans"]:
                for character in span["chars"]:
                    if character["c"].isspace():
                        word += 1
                        continue
                    x0, y0, x1, y1 = character["bbox"]
                    text.append(character["c"])
                    place.append(((x0 + x1) / 2, y0 + 0.55 * (y1 - y0)))
                    words.append(word)
                    lines.append(line)
    if len(text) < 100:
        return None
    return Characters(text, np.array(place), np.array(words), np.array(lines))


def drawn(page: Any, characters: Characters, dpi: int) -> tuple[Grey, Characters]:
    """Draw a PDF's page; give its characters in pixels."""
    pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
    grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
    return grey, attrs.evolve(characters, place=characters.place * (dpi / 72))


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
        return text if _similarity(text.casefold(), reading.text.casefold()) > 0.6 else None
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


def worsened(grey: Grey, characters: Characters, rng: random.Random, banks: Banks) -> tuple[Grey, Characters]:
    """Scan or photograph a page, and move its characters along.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    characters : Characters
    rng : random.Random
    banks : Banks
    """
    kind = rng.choices(("digital", "scan", "photo"), (3, 4, 4))[0]
    if kind == "digital":
        return (distort.compressed(grey, rng, 0.6) if rng.random() < 0.5 else grey), characters
    height, width = grey.shape
    severity = rng.random()
    if kind == "photo":
        grey, characters = _tilted(grey, characters, rng, banks)
    elif rng.random() < 0.5:
        degrees = rng.gauss(0, 0.8)
        matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (0, 0, 1)])
        grey, characters = _moved(grey, characters, matrix, 255)
    picture = grey.astype(np.float32)
    if rng.random() < 0.5:
        contrast = rng.uniform(0.4, 1)
        picture = picture * contrast + rng.uniform(0, 255 * (1 - contrast))
    if kind == "photo" or rng.random() < 0.2:
        picture = distort.lit(picture, rng, severity)
    if rng.random() < 0.7:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.3))  # type: ignore[assignment]
    if rng.random() < 0.2:
        picture = distort.sharpened(picture, rng)
    picture += np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0, 10), picture.shape)
    if kind == "scan" and rng.random() < 0.35:
        level = rng.uniform(0.45, 0.75) * 255
        picture = np.where(cv2.GaussianBlur(picture, (0, 0), 0.5) > level, np.float32(255), np.float32(0))
    worse = np.clip(picture, 0, 255).astype(np.uint8)
    if kind == "scan" and rng.random() < 0.4:
        for _ in range(rng.choice((30, 150, 500))):
            spot = rng.randrange(width), rng.randrange(height)
            cv2.circle(worse, spot, rng.choice((0, 1, 1, 2, 3)), rng.randint(0, 90), -1)
    return (distort.compressed(worse, rng, 0.8) if rng.random() < 0.7 else worse), characters


def _tilted(grey: Grey, characters: Characters, rng: random.Random, banks: Banks) -> tuple[Grey, Characters]:
    """Photograph a page from somewhere near its front."""
    height, width = grey.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + np.array([[rng.gauss(0, 0.02 * width) for _ in range(2)] for _ in range(4)], np.float32)
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), rng.gauss(0, 1.5), rng.uniform(0.85, 1.0))
    matrix = np.vstack([turned, (0, 0, 1)]) @ np.asarray(cv2.getPerspectiveTransform(corners, moved))
    grey, characters = _moved(grey, characters, matrix, rng.randint(20, 255))
    surface = banks.texture(rng, min(height, 400), min(width, 400))
    stretched = cv2.resize(surface, (width, height))
    strength = rng.uniform(0, 6)
    return np.clip(grey + stretched * strength, 0, 255).astype(np.uint8), characters


def _moved(grey: Grey, characters: Characters, matrix: npt.NDArray[np.float64], ground: int) -> tuple[Grey, Characters]:
    size = grey.shape[1], grey.shape[0]
    moved: Any = cv2.warpPerspective(grey, matrix, size, borderValue=ground, flags=cv2.INTER_LINEAR)
    place = cv2.perspectiveTransform(characters.place.reshape(-1, 1, 2), matrix).reshape(-1, 2)
    return moved, attrs.evolve(characters, place=place.astype(np.float64))


@attrs.frozen
class MinedSource:
    """Windows drawn from mined ones, each time a little moved and made a little worse.

    Parameters
    ----------
    strips : sequence of Strip
    banks : Banks
    """

    strips: Sequence[Strip]
    banks: Banks

    def windows(self, seed: int, number: int) -> list[Example]:
        """Draw one set; the same numbers give the same windows."""
        rng = random.Random(f"{seed}/mined/{number}")
        drawn = (self._window(rng.choice(self.strips), rng) for _ in range(SET_SIZE))
        return [example for example in drawn if example is not None]

    def _window(self, strip: Strip, rng: random.Random) -> Example | None:
        grey = strip.grey()
        cut = [max(round(rng.gauss(0, 0.015) * _HEIGHT), 0) for _ in range(2)]
        grey = grey[cut[0] : grey.shape[0] - cut[1]]
        stretch = math.exp(rng.gauss(0, 0.05))
        wide = max(round(grey.shape[1] * stretch), 8)
        grey = cv2.resize(grey, (wide, grey.shape[0]), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        severity = 0.5 * rng.random() ** 2
        window = to_height(photograph_again(grey, severity, self.banks, rng))
        if shortest_path(ALPHABET.encode(strip.text)) * STRIDE > window.shape[1]:
            return None
        return Example(window, strip.text, strip.page, strip.folded)


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
    except RuntimeError:  # MuPDF's, of a file that is damaged
        return []
