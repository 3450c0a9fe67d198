"""Windows of real pages: lines of scanned receipts, and words of PDFs drawn as pictures.

Pages are cut once into *strips*, a little larger than what was marked, and kept in one file. A window is drawn from a
strip with a fresh jitter of the frame and fresh distortions every time, as a detector and a camera would.
"""

from __future__ import annotations

import json
import math
import random
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs
import cv2
import numpy as np
import pymupdf

from ocrkit.image import Grey
from ocrkit.recognize.alphabet import ALPHABET, shortest_path
from ocrkit.recognize.window import HEIGHT, STRIDE, WIDEST, to_height
from ocrkit.train import distort
from ocrkit.train.banks import Banks
from ocrkit.train.photograph import photograph_again
from ocrkit.train.synth import SET_SIZE, Example

MINED_HEIGHT = 48  # pixels of a mined window: more than the net's, so that there is something to change
_PdfWord = tuple[float, float, float, float, str, int, int, int]
_MARGIN = 0.35  # of a strip's marked height, kept around it on every side
_GROWTH = 0.1  # of the height, where a strip is read as it is
_FAINTEST = 12.0  # grey levels of deviation: below it a strip shows no text, whatever the file says
_FROM_RECEIPTS = 0.4  # share of mined windows
_FRAME = WIDEST / HEIGHT * 0.95  # of a marked frame, in heights


def is_unseen(page: str) -> bool:
    """Say whether nothing of a page is ever trained on."""
    return zlib.crc32(page.encode()) % 10 == 0


@attrs.frozen
class Strip:
    """A piece of a page with a line or a part of one.

    Parameters
    ----------
    picture : bytes
        JPEG, grey.
    frame : tuple of int
        Left, top, right, bottom of the marked part within it.
    text : str
    folded : bool
        Whether the text's case was lost by those who wrote it down.
    page : str
        Where it comes from.
    """

    picture: bytes
    frame: tuple[int, int, int, int]
    text: str
    folded: bool
    page: str

    @property
    def held_out(self) -> bool:
        """Whether it is never trained on. Whole pages are."""
        return is_unseen(self.page)

    def grey(self) -> Grey:
        """Decode the picture."""
        return cv2.imdecode(np.frombuffer(self.picture, np.uint8), cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]


def cut_strip(
    page: Grey, frame: tuple[float, float, float, float], text: str, name: str, *, folded: bool = False
) -> Strip | None:
    """Cut a strip out of a page; None if nothing can be learnt from it.

    Parameters
    ----------
    page : ndarray of uint8, shape (H, W)
    frame : tuple of float
        Left, top, right, bottom in pixels of the page.
    text : str
    name : str
        Of the page.
    folded : bool
    """
    spelt = ALPHABET.spell(text)
    left, top, right, bottom = (max(round(v), 0) for v in frame)
    height, width = bottom - top, right - left
    if not spelt or height < 6 or width < 3:
        return None
    margin = round(_MARGIN * height) + 2
    x0, y0 = max(left - margin, 0), max(top - margin, 0)
    picture = page[y0 : bottom + margin, x0 : right + margin]
    marked = page[top:bottom, left:right]
    if not marked.size or marked.std() < _FAINTEST:
        return None
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 90))
    return Strip(data.tobytes(), (left - x0, top - y0, right - x0, bottom - y0), spelt, folded, name)


def receipt_strips(folder: Path) -> Iterator[Strip]:
    """Cut the marked lines out of a folder of receipts (``pages.jsonl`` and its images), text without case.

    Lines much wider than the widest window are left out: where to cut their text is not marked.
    """
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        picture = cv2.imread(str(folder / page["image"]), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        for item in page["items"]:
            (x0, y0), _, (x1, y1), _ = item["quad"]
            if (x1 - x0) > _FRAME * 1.25 * (y1 - y0):
                continue
            strip = cut_strip(picture, (x0, y0, x1, y1), item["text"], page["image"], folded=True)  # type: ignore[arg-type]
            if strip is not None:
                yield strip


def pdf_strips(files: Iterable[Path], seed: int = 1, most: int = 120) -> Iterator[Strip]:
    """Draw the pages of PDFs at 80 to 300 dpi and cut up to `most` strips of one to six words out of each."""
    for path in files:
        rng = random.Random(f"{seed}/{path.name}")
        with pymupdf.open(path) as document:
            for page in document:
                if page.rotation:  # its text's boxes are those of the page before it was turned
                    continue
                dpi = round(np.exp(rng.uniform(np.log(80), np.log(300))))
                pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
                grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)[:, : pixels.width]
                groups = list(_groups(_apart(page.get_text("words")), rng))
                for frame, text in rng.sample(groups, min(most, len(groups))):
                    scaled = tuple(v * dpi / 72 for v in frame)
                    strip = cut_strip(grey, scaled, text, path.name)
                    if strip is not None:
                        yield strip


def _apart(words: Sequence[_PdfWord]) -> list[_PdfWord]:
    """Leave out words that run into others: what a cell cuts off is in the text and not in the picture."""
    boxes = np.array([word[:4] for word in words], np.float64).reshape(-1, 4)
    # letters' boxes touch their neighbours', so each is made smaller first
    height = boxes[:, 3] - boxes[:, 1]
    left, right = boxes[:, 0] + 0.1 * height, boxes[:, 2] - 0.1 * height
    top, bottom = boxes[:, 1] + 0.25 * height, boxes[:, 3] - 0.25 * height
    meets = (left[:, None] < right) & (left < right[:, None]) & (top[:, None] < bottom) & (top < bottom[:, None])
    np.fill_diagonal(meets, False)
    return [words[int(number)] for number in np.flatnonzero(~meets.any(axis=1))]


def _groups(words: Sequence[_PdfWord], rng: random.Random) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """Join one to six neighbours of a line, as long as no gap between them is a column's."""
    at = 0
    while at < len(words):
        wanted = rng.choices((1, 2, 3, 4, 6), (48, 22, 14, 8, 8))[0]
        x0, y0, x1, y1, text, *line = words[at]
        at += 1
        for nx0, ny0, nx1, ny1, more, *its in words[at : at + wanted - 1]:
            height = y1 - y0
            gap = nx0 - x1
            level = abs(ny0 - y0) + abs(ny1 - y1) < 0.2 * height
            if its[:2] != line[:2] or not 0 < gap < 0.9 * height or not level or nx1 - x0 > _FRAME * height:
                break
            x1, y0, y1, text = nx1, min(y0, ny0), max(y1, ny1), f"{text} {more}"
            at += 1
        yield (x0, y0, x1, y1), text


def write_strips(path: Path, strips: Iterable[Strip]) -> int:
    """Write strips into one file; give their number."""
    index, offset = [], 0
    beside = path.with_name(f".{path.name}")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
        with archive.open("pictures", "w", force_zip64=True) as file:
            for strip in strips:
                file.write(strip.picture)
                index.append([offset, len(strip.picture), *strip.frame, strip.folded, strip.page, strip.text])
                offset += len(strip.picture)
        archive.writestr("index.json", json.dumps(index, ensure_ascii=False), zipfile.ZIP_DEFLATED)
    beside.replace(path)
    return len(index)


def read_strips(path: Path) -> list[Strip]:
    """Read a file of strips."""
    with zipfile.ZipFile(path) as archive:
        data, index = archive.read("pictures"), json.loads(archive.read("index.json"))
    return [
        Strip(data[start : start + size], (left, top, right, bottom), text, folded, page)
        for start, size, left, top, right, bottom, folded, page, text in index
    ]


@attrs.frozen
class RealSource:
    """Windows drawn from strips of real pages.

    Parameters
    ----------
    strips : sequence of Strip
    banks : Banks
    severity : float
        Of the distortions that are added; 0 leaves strips as they are, but for the frame's jitter.
    """

    strips: Sequence[Strip]
    banks: Banks
    severity: float = 0.7

    def windows(self, seed: int, number: int) -> list[Example]:
        """Draw one set; the same numbers give the same windows."""
        rng = random.Random(f"{seed}/real/{number}")
        drawn = (self.window(rng.choice(self.strips), rng) for _ in range(SET_SIZE))
        return [example for example in drawn if example is not None]

    def window(self, strip: Strip, rng: random.Random) -> Example | None:
        """Draw a window from a strip."""
        picture = strip.grey()
        frame = _jittered(picture, strip.frame, rng) if self.severity else grown(picture, strip.frame)
        # receipts have been through a printer and a scanner, and need little more, unless it is a telephone
        scanned = strip.folded and rng.random() < 0.5
        severity = self.severity * (0.5 * rng.random() ** 2 if scanned else rng.random())
        if severity and rng.random() < 0.6:
            cut = distort.warped(255 - picture, frame, rng, severity * 0.7)
            grey = (255 - cut).astype(np.uint8)
        else:
            left, top, right, bottom = (round(v) for v in frame)
            grey = picture[max(top, 0) : bottom, max(left, 0) : right]
        if grey.shape[0] < 4 or grey.shape[1] < 3:
            return None
        window = to_height(photograph_again(grey, severity, self.banks, rng, receipt=strip.folded))
        steps = shortest_path(ALPHABET.encode(strip.text))
        if steps * STRIDE > window.shape[1]:
            return None
        return Example(window, strip.text, strip.page, strip.folded)


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
    _kinds: tuple[Sequence[Strip], Sequence[Strip]] = attrs.field(init=False)

    @_kinds.default
    def _by_kind(self) -> tuple[Sequence[Strip], Sequence[Strip]]:
        receipts = [strip for strip in self.strips if strip.folded]
        others = [strip for strip in self.strips if not strip.folded]
        return receipts or others, others or receipts

    def windows(self, seed: int, number: int) -> list[Example]:
        """Draw one set; the same numbers give the same windows."""
        rng = random.Random(f"{seed}/mined/{number}")
        kinds = (self._kinds[rng.random() >= _FROM_RECEIPTS] for _ in range(SET_SIZE))
        drawn = (self._window(rng.choice(kind), rng) for kind in kinds)
        return [example for example in drawn if example is not None]

    def _window(self, strip: Strip, rng: random.Random) -> Example | None:
        grey = strip.grey()
        cut = [max(round(rng.gauss(0, 0.015) * MINED_HEIGHT), 0) for _ in range(2)]
        grey = grey[cut[0] : grey.shape[0] - cut[1]]
        stretch = math.exp(rng.gauss(0, 0.05))
        wide = max(round(grey.shape[1] * stretch), 8)
        grey = cv2.resize(grey, (wide, grey.shape[0]), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        severity = 0.5 * rng.random() ** 2
        if strip.folded and rng.random() < 0.3:
            severity = 0.8 * rng.random()
        window = to_height(photograph_again(grey, severity, self.banks, rng, receipt=strip.folded))
        if shortest_path(ALPHABET.encode(strip.text)) * STRIDE > window.shape[1]:
            return None
        return Example(window, strip.text, strip.page, strip.folded)


def _jittered(picture: Grey, frame: tuple[int, int, int, int], rng: random.Random) -> tuple[float, float, float, float]:
    """Move a frame's sides as a detector does that knows ink, not characters."""
    left, top, right, bottom = (float(v) for v in frame)
    if rng.random() < 0.4:
        rows = _inked_rows(picture[frame[1] : frame[3], frame[0] : frame[2]])
        top, bottom = top + rows[0], top + rows[1]
    height = bottom - top
    reach = _MARGIN * (frame[3] - frame[1])
    top -= min(rng.uniform(-0.03, 0.14) * height, reach)
    bottom += min(rng.uniform(-0.03, 0.14) * height, reach)
    left -= rng.uniform(-0.03, 0.3) * height
    right += rng.uniform(-0.03, 0.3) * height
    rows, columns = picture.shape
    return max(left, 0), max(top, 0), min(right, columns), min(bottom, rows)


def grown(picture: Grey, frame: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    """Grow a frame a little on all sides: marks are often so tight that they cut off full stops."""
    left, top, right, bottom = frame
    margin = _GROWTH * (bottom - top)
    rows, columns = picture.shape
    return max(left - margin, 0), max(top - margin, 0), min(right + margin, columns), min(bottom + margin, rows)


def _inked_rows(marked: Grey) -> tuple[int, int]:
    """Find the first and last row that differ from the paper."""
    paper = np.median(marked)
    away = np.abs(marked.astype(np.float32) - paper)
    strong = away.max() * 0.45
    rows = np.flatnonzero((away > strong).any(1))
    if len(rows) < 3:
        return 0, marked.shape[0]
    return int(rows[0]), int(rows[-1]) + 1
