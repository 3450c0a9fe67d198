"""Pictures to look at: faces, synthetic and real windows, and what a model reads worst."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ocrkit.image import Grey
from ocrkit.recognize import CrnnRecognizer, RecognizerSettings
from ocrkit.recognize.window import HEIGHT
from ocrkit.train.faces import OutlineFace, draw_run
from ocrkit.train.fonts import Face, read_faces
from ocrkit.train.materials import FACES, STRIPS, Materials
from ocrkit.train.synth import SET_SIZE

_WIDTH = 1480
_GAP = 6
_CAPTION = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
_CAPTION_SIZE = 11
_SAMPLE = "Hamburgefonstiv 0123456789 The QUICK brown fox, jumps! (£42.50) @ßéÜ"


def sheet(captioned: Sequence[tuple[Grey, str]]) -> Grey:
    """Lay windows out in rows, each with its caption below.

    Parameters
    ----------
    captioned : sequence of (ndarray of uint8 (H, W), str)
        A caption may have several lines.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    rows: list[list[Grey]] = [[]]
    for window, caption in captioned:
        cell = _cell(window[:, :_WIDTH], caption)
        if sum(c.shape[1] + _GAP for c in rows[-1]) + cell.shape[1] > _WIDTH:
            rows.append([])
        rows[-1].append(cell)
    return (
        np.vstack([_row(cells) for cells in rows if cells]) if captioned else np.full((HEIGHT, HEIGHT), 255, np.uint8)
    )


def _row(cells: Sequence[Grey]) -> Grey:
    height = max(cell.shape[0] for cell in cells) + _GAP
    row = np.full((height, _WIDTH), 255, np.uint8)
    at = 0
    for cell in cells:
        width = min(cell.shape[1], _WIDTH - at)
        row[: cell.shape[0], at : at + width] = cell[:, :width]
        at += cell.shape[1] + _GAP
    return row


def _cell(window: Grey, caption: str) -> Grey:
    lines = [_written(line) for line in caption.split("\n")]
    width = max([window.shape[1], *(line.shape[1] for line in lines)])
    parts = [np.pad(p, ((0, 0), (0, width - p.shape[1])), constant_values=255) for p in (window, *lines)]
    return np.vstack(parts)


def _written(text: str) -> Grey:
    """Write a caption."""
    if _CAPTION.exists():
        placed, width = OutlineFace(_CAPTION, _CAPTION_SIZE, hinted=True).run(text)
        return 255 - draw_run(placed, _CAPTION_SIZE + 4, max(round(width), 1), _CAPTION_SIZE, 0)
    canvas = np.full((_CAPTION_SIZE + 4, 7 * len(text) + 1), 255, np.uint8)
    cv2.putText(canvas, text, (0, _CAPTION_SIZE), cv2.FONT_HERSHEY_SIMPLEX, 0.35, 0, 1, cv2.LINE_AA)
    return canvas


def face_sheets(faces: Sequence[Face], most: int = 60) -> list[Grey]:
    """Draw contact sheets: a line for each face, so many on a sheet."""
    lines = []
    for face in faces:
        sized = face.open(26, random.Random(0), hinted=False)
        placed, _ = sized.run("".join(c for c in _SAMPLE if c not in face.lacks))
        name = Path(face.path).name.split(".")[0]
        lines.append((255 - draw_run(placed, 38, 1160, 27, 4), f"{name}, {face.kind}{', held out' * face.held_out}"))
    return [sheet(lines[at : at + most]) for at in range(0, len(lines), most)]


def write_sheets(materials: Materials, out: Path, model: Path | None) -> list[Path]:
    """Draw all sheets.

    Parameters
    ----------
    materials : Materials
    out : Path
        Folder; sheets of the same name are overwritten.
    model : Path, optional
        The shipped one if not given.

    Returns
    -------
    list of Path
    """
    out.mkdir(parents=True, exist_ok=True)
    sheets = {f"faces-{i:02d}": s for i, s in enumerate(face_sheets(read_faces(materials.work / FACES)))}
    source, rng = materials.synthetic(), random.Random(1)
    drawn = [example for number in range(40) for example in source.windows(77, number)[: SET_SIZE // 4]]
    rng.shuffle(drawn)
    sheets["synthetic"] = sheet([(e.window, e.text) for e in drawn[:260]])
    recognizer = CrnnRecognizer(RecognizerSettings(model=model))
    for name in STRIPS:
        if (materials.work / f"{name}.zip").exists():
            examples = materials.unseen_windows(name, 2000)
            sheets[name] = sheet([(e.window, e.text) for e in examples[:200]])
            sheets[f"mistakes-{name}"] = mistakes(recognizer, [(e.window, e.text, e.folded) for e in examples])
    for name, picture in sheets.items():
        cv2.imwrite(str(out / f"{name}.webp"), picture, (cv2.IMWRITE_WEBP_QUALITY, 85))
    return [out / f"{name}.webp" for name in sheets]


def mistakes(recognizer: CrnnRecognizer, truth: Sequence[tuple[Grey, str, bool]], most: int = 120) -> Grey:
    """Show what is misread with the greatest confidence: window, truth, reading, confidence."""
    readings = recognizer.read_scaled([window for window, _, _ in truth])
    wrong = [
        (reading.confidence, window, f"{text}\n{reading.text}\n{reading.confidence:.2f}")
        for (window, text, folded), reading in zip(truth, readings, strict=True)
        if (reading.text.upper() != text.upper() if folded else reading.text != text)
    ]
    wrong.sort(key=lambda item: -item[0])
    return sheet([(window, caption) for _, window, caption in wrong[:most]])
