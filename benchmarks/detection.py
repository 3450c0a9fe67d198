"""How much of the text detectors find, how much else they take for text, and how fast.

    python benchmarks/detection.py ocrkit mser rapidocr --data ../shared/data/eval

*Recall*: an item (a word, or a receipt's line) is found when at least 80 % of its rectangle lies inside the windows of
one line that are no higher than 2.2 times the item, or the page's median item where that is more. *Area*: of all
windows over that of all true items. ``mser`` is the time of OpenCV's own MSERs alone, both polarities, on the same
working image, and finds nothing; RapidOCR's quads count as lines of one window. Times are seconds a page (median), one
thread a processor, all of a page done by one detector after the other.

``--turn`` turns pages by some degrees, ``--scale`` scales them, ``--invert`` inverts them, items and all.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.processors import available_processors

Picture = npt.NDArray[np.uint8]  # (H, W, 3), RGB
Quads = npt.NDArray[np.float64]  # (N, 4, 2), pixels

SETS = ("receipts", "receipt_photos", "scanned_docs", "documents", "document_photos")
_COVERED = 0.8
_HIGHEST = 2.2
_GRID = 24, 8  # points along and across an item, at which it is seen whether it is covered


@attrs.frozen
class Found:
    """What a detector makes of a page: quads of windows, and the line that each belongs to."""

    quads: Quads
    lines: npt.NDArray[np.intp]
    seconds: float | None = None
    """If not all of the time counts."""


Detect = Callable[[Picture], Found]


@attrs.frozen
class Page:
    """A picture and the quads of its items."""

    name: str
    picture: Picture
    items: Quads


@attrs.frozen(kw_only=True)
class Change:
    """What is done to a page before anything is looked for."""

    turn: float = 0.0
    scale: float = 1.0
    invert: bool = False

    def apply(self, page: Page) -> Page:
        """Give the changed page, its items moved with it."""
        picture, items = page.picture, page.items
        height, width = picture.shape[:2]
        if self.scale != 1:
            size = max(round(width * self.scale), 1), max(round(height * self.scale), 1)
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC)
            items = items * (np.array(size) / (width, height))
        if self.turn:
            picture, items = _turned(picture, items, self.turn)
        return Page(page.name, 255 - picture if self.invert else picture, items)


def _turned(picture: Picture, items: Quads, degrees: float) -> tuple[Picture, Quads]:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = round(width * cos + height * sin), round(width * sin + height * cos)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return turned, items @ matrix[:, :2].T + matrix[:, 2]


def pages_of(folder: Path, most: int) -> Iterator[Page]:
    """Read the pages of a set, `most` of them spread over all if it is not 0."""
    lines = (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = np.linspace(0, len(lines) - 1, min(most or len(lines), len(lines))).round().astype(int)
    for number in chosen:
        page = json.loads(lines[number])
        picture = cv2.cvtColor(cv2.imread(str(folder / page["image"])), cv2.COLOR_BGR2RGB)
        yield Page(
            page["image"], picture, np.array([item["quad"] for item in page["items"]], np.float64).reshape(-1, 4, 2)
        )


def areas(quads: Quads) -> npt.NDArray[np.float64]:
    """Areas of quads, pixels²."""
    x, y = quads[..., 0], quads[..., 1]
    return np.abs((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1)) / 2


def heights(quads: Quads) -> npt.NDArray[np.float64]:
    """Mean lengths of the left and right sides, pixels."""
    return (np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1) + np.linalg.norm(quads[:, 2] - quads[:, 1], axis=1)) / 2


def is_found(items: Quads, found: Found) -> npt.NDArray[np.bool_]:
    """Say of each item whether the windows of one line cover it, by the rule above."""
    if not len(found.quads) or not len(items):
        return np.zeros(len(items), np.bool_)
    own = heights(items)
    allowed = _HIGHEST * np.maximum(own, np.median(own))
    points = _grid(items)
    best = np.zeros(len(items))
    order = np.argsort(found.lines, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(found.lines[order])) + 1):
        covered = np.zeros(points.shape[:2], np.bool_)
        for quad, height in zip(found.quads[part], heights(found.quads[part]), strict=True):
            near = (
                (items.max(1) >= quad.min(0)).all(1) & (items.min(1) <= quad.max(0)).all(1) & (height <= allowed)
            ).nonzero()[0]
            covered[near] |= _inside(points[near], quad)
        best = np.maximum(best, covered.mean(1))
    return best >= _COVERED


def _grid(quads: Quads) -> npt.NDArray[np.float64]:
    """Give points spread evenly over each quad, shape (N, points, 2)."""
    across, down = ((np.arange(n) + 0.5) / n for n in _GRID)
    u, v = (a.ravel()[None, :, None] for a in np.meshgrid(across, down))
    a, b, c, d = (quads[:, None, i] for i in range(4))
    return np.asarray((1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c))


def _inside(points: npt.NDArray[np.float64], quad: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    sides = np.roll(quad, -1, 0) - quad
    away = points[..., None, :] - quad
    turns = sides[:, 0] * away[..., 1] - sides[:, 1] * away[..., 0]
    return np.asarray((turns >= -1e-9).all(-1) | (turns <= 1e-9).all(-1))


def ocrkit_detector(threads: int) -> Detect:
    """Our own, windows cropped."""
    from ocrkit.detect import DetectorSettings, MserDetector
    from ocrkit.image import PageImage

    detector = MserDetector(DetectorSettings(threads=threads))

    def detect(picture: Picture) -> Found:
        regions = detector.detect(PageImage(pixels=picture)).regions
        quads = np.array([region.quad.points for region in regions], np.float64).reshape(-1, 4, 2)
        return Found(quads, np.array([region.line for region in regions], np.intp))

    return detect


def mser_detector(_: int) -> Detect:
    """OpenCV's MSERs as they are, both polarities, on our working image."""
    from ocrkit.image.working import working_image

    regions = cv2.MSER_create(delta=5, min_area=10, max_area=20_000)  # type: ignore[attr-defined]

    def detect(picture: Picture) -> Found:
        grey = working_image(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        started = time.perf_counter()
        regions.detectRegions(grey)
        regions.detectRegions(255 - grey)
        return Found(np.zeros((0, 4, 2)), np.zeros(0, np.intp), time.perf_counter() - started)

    return detect


def rapidocr_detector(threads: int) -> Detect:
    """RapidOCR's detector alone, on pages scaled as RapidOCR scales them."""
    from rapidocr import RapidOCR

    reader = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    text_detector = reader._load_det_model()

    def detect(picture: Picture) -> Found:
        scaled, operations = reader.preprocess_img(np.ascontiguousarray(picture[..., ::-1]))
        boxes = text_detector(scaled).boxes
        quads = np.zeros((0, 4, 2)) if boxes is None else np.array(boxes, np.float64)
        if len(quads):
            done = operations["preprocess"]
            quads = quads * (done["ratio_w"], done["ratio_h"])
        return Found(quads, np.arange(len(quads)))

    return detect


DETECTORS = {"ocrkit": ocrkit_detector, "mser": mser_detector, "rapidocr": rapidocr_detector}


@attrs.define
class Tally:
    """Sums over the pages of a set."""

    items: int = 0
    found: int = 0
    true_area: float = 0.0
    area: float = 0.0
    windows: int = 0
    seconds: list[float] = attrs.field(factory=list)

    def add(self, page: Page, found: Found, seconds: float) -> npt.NDArray[np.bool_]:
        """Count a page; say which items were found."""
        right = is_found(page.items, found)
        self.items += len(right)
        self.found += int(right.sum())
        self.true_area += float(areas(page.items).sum())
        self.area += float(areas(found.quads).sum())
        self.windows += len(found.quads)
        self.seconds.append(seconds)
        return right

    def __str__(self) -> str:
        pages = len(self.seconds)
        recall, area = self.found / max(self.items, 1), self.area / max(self.true_area, 1)
        return f"{pages:5} {recall:7.4f} {area:6.2f} {self.windows / pages:8.0f} {np.median(self.seconds):8.3f}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("detectors", nargs="+", choices=tuple(DETECTORS))
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--most", type=int, default=0, help="pages of a set (default: all)")
    parser.add_argument("--turn", type=float, default=0.0, help="degrees, clockwise")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--invert", action="store_true")
    parser.add_argument("--missed", type=Path, help="write every item that was not found there, a JSON object a line")
    options = parser.parse_args(arguments)
    threads = available_processors()
    cv2.setNumThreads(threads)
    detectors = {name: DETECTORS[name](threads) for name in options.detectors}
    change = Change(turn=options.turn, scale=options.scale, invert=options.invert)
    print(f"{date.today()}, {platform.machine()}, {threads} processors, {change}")
    print(f"{'set':16} {'detector':9} pages  recall   area  windows  s/page")
    missed = []
    for name in options.sets:
        tallies = {detector: Tally() for detector in detectors}
        for original in pages_of(options.data / name, options.most):
            page = change.apply(original)
            for detector, detect in detectors.items():
                started = time.perf_counter()
                found = detect(page.picture)
                seconds = time.perf_counter() - started if found.seconds is None else found.seconds
                right = tallies[detector].add(page, found, seconds)
                missed += [
                    {"detector": detector, "set": name, "image": page.name, "quad": page.items[i].tolist()}
                    for i in np.flatnonzero(~right)
                ]
        for detector, tally in tallies.items():
            print(f"{name:16} {detector:9} {tally}", flush=True)
    if options.missed:
        options.missed.write_text("".join(json.dumps(item) + "\n" for item in missed), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
