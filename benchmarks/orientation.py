"""Which way is up: how many pages are put right, and how many upright ones are left alone.

    python benchmarks/orientation.py orienter ocrkit tesseract --data ../shared/data/eval

Every page is turned by 0, 90, 180 and 270 degrees, and each of these is also put askew by 3 and 10 degrees, either way.
``upright`` is the share of pages that were upright (askew or not) and are left so, ``turned`` that of the others that
are put right. ``orienter`` is our net alone, ``ocrkit`` the engine, which tries pages both ways that the orienter would
turn, and all ways what reads badly. Times are milliseconds a page (median) that finding out takes, ours without the
level working image, which the detector needs as well. Tesseract is called with ``--psm 0``; where it says nothing the
page counts as left alone.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import attrs
import cv2
import numpy as np

from ocrkit.engines.crnn import CrnnEngine, CrnnSettings
from ocrkit.evaluate import load_truth, posed
from ocrkit.image import PageImage, decode
from ocrkit.orient import OrienterSettings, TileOrienter

Orient = Callable[[PageImage], tuple[int, float]]
"""Takes a page, gives degrees and seconds."""

SKEWS = (0, -3, 3, -10, 10)


def _settings(options: argparse.Namespace) -> OrienterSettings:
    return OrienterSettings() if options.threshold is None else OrienterSettings(threshold=options.threshold)


def net(options: argparse.Namespace) -> Orient:
    orienter = TileOrienter(_settings(options))

    def orient(image: PageImage) -> tuple[int, float]:
        image.level  # noqa: B018  the detector's share
        started = time.perf_counter()
        rotation = orienter.orient(image)
        return rotation.degrees, time.perf_counter() - started

    return orient


def engine(options: argparse.Namespace) -> Orient:
    pipeline = CrnnEngine(CrnnSettings(orienter=_settings(options))).pipeline

    def orient(image: PageImage) -> tuple[int, float]:
        image.level  # noqa: B018  the detector's share
        passage = pipeline(image)
        return passage.rotation.degrees, dict(passage.timings)["orient"]

    return orient


def tesseract(_: argparse.Namespace) -> Orient:
    def orient(image: PageImage) -> tuple[int, float]:
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            dpi = image.dpi or (300, 300)
            cv2.imwrite(file.name, image.grey)
            command = ["tesseract", file.name, "-", "--psm", "0", "--dpi", str(round(dpi[0]))]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - started
        said = [line for line in done.stdout.splitlines() if line.startswith("Rotate:")]
        return int(said[0].split()[1]) if said else 0, seconds

    return orient


ORIENTERS = {"orienter": net, "ocrkit": engine, "tesseract": tesseract}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("orienters", nargs="+", choices=tuple(ORIENTERS))
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="+")
    parser.add_argument("--most", type=int, help="pages of a set (default: all)")
    parser.add_argument("--skews", type=float, nargs="+", default=SKEWS, help="degrees")
    parser.add_argument("--threshold", type=float, help="of our orienter's confidence (default: as shipped)")
    options = parser.parse_args()
    orienters = {name: ORIENTERS[name](options) for name in options.orienters}
    print(f"{date.today()}, {platform.machine()}")
    print(f"{'set':16} {'orienter':9} {'skew':>9} poses upright turned  ms/page")
    for name in options.sets or sorted(path.parent.name for path in options.data.glob("*/pages.jsonl")):
        pages = list(load_truth(options.data / name))[: options.most]
        results: dict[tuple[str, float], list[tuple[bool, bool, float]]] = {}
        for page in pages:
            image = decode(page.image.read_bytes(), source=str(page.image))
            for skew, wanted in itertools.product(options.skews, (0, 90, 180, 270)):
                pose = posed(image, skew - wanted)
                for orienter, orient in orienters.items():
                    degrees, seconds = orient(attrs.evolve(pose))  # which has no working image yet
                    results.setdefault((orienter, abs(skew)), []).append((wanted == 0, degrees == wanted, seconds))
        for (orienter, skew), outcome in sorted(results.items()):
            print(f"{name:16} {orienter:9} {skew:8g}° {_summary(outcome)}", flush=True)
    return 0


def _summary(outcome: list[tuple[bool, bool, float]]) -> str:
    upright, right, seconds = (np.array(column) for column in zip(*outcome, strict=True))
    return f"{len(right):5} {right[upright].mean():7.4f} {right[~upright].mean():6.4f} {1e3 * np.median(seconds):8.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
