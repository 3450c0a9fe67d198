"""Write synthetic windows down for others to use."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2

from ocrkit.errors import ExportError
from ocrkit.train.sheets import sheet
from ocrkit.train.synth import Example, Source

_SHOWN = 240  # windows of the preview


def write_dataset(source: Source, out: Path, count: int, seed: int, advance: Callable[[int], None]) -> None:
    """Draw windows into a folder.

    Parameters
    ----------
    source : Source
    out : Path
        Gets ``images/000/000000.png``, ``labels.jsonl`` (image, text and origin of each window) and
        ``sheet.png``.
    count, seed : int
    advance : callable
        Told how many windows have been written since the last time.

    Raises
    ------
    ExportError
        If `out` exists: nothing is mixed, nothing overwritten.
    """
    if out.exists():
        raise ExportError(f"{out} is there already; name a new folder")
    beside = out.with_name(f".{out.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    shown: list[Example] = []
    with (beside / "labels.jsonl").open("w", encoding="utf-8") as labels:
        written = 0
        for examples in source.stream(seed):
            examples = examples[: count - written]
            for example in examples:
                name = f"images/{written // 1000:03d}/{written:06d}.png"
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(beside / name), example.window)
                record = {"image": name, "text": example.text, "origin": example.origin}
                labels.write(json.dumps(record, ensure_ascii=False) + "\n")
                written += 1
            shown += examples[: max(3, _SHOWN * len(examples) // count)]  # of every set some
            advance(len(examples))
            if written == count:
                break
    cv2.imwrite(str(beside / "sheet.png"), sheet([(e.window, e.text) for e in shown[:_SHOWN]]))
    beside.rename(out)
