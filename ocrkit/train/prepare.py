"""Get a work folder ready for training: audit the faces, cut the strips, write down the lines that real pages say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ocrkit.train.audit import audit
from ocrkit.train.fonts import read_manifest, write_faces
from ocrkit.train.materials import FACES, STRIPS
from ocrkit.train.real import Strip, pdf_strips, read_strips, receipt_strips, write_strips


def prepare(work: Path, data: Path | None, fonts: Iterable[Path], tell: Callable[[str], None]) -> None:
    """Fill a work folder; what is there already is left as it is.

    Parameters
    ----------
    work : Path
    data : Path, optional
        Folder with ``receipts/`` and ``pdfs/``; without it only the faces are prepared.
    fonts : iterable of Path
        Folders to look for faces in.
    tell : callable
        Takes lines of progress.
    """
    work.mkdir(parents=True, exist_ok=True)
    if not (work / FACES).exists():
        faces = audit(read_manifest(), fonts, tell)
        write_faces(work / FACES, faces)
        tell(f"{len(faces)} faces, {sum(face.held_out for face in faces)} of them held out")
    if data is None:
        return
    cutters: dict[str, Callable[[], Iterable[Strip]]] = {
        "receipts": lambda: receipt_strips(data / "receipts"),
        "pdfs": lambda: pdf_strips(sorted((data / "pdfs").glob("*.pdf"))),
    }
    for name in STRIPS:
        if not (data / name).is_dir():
            continue
        if not (work / f"{name}.zip").exists():
            tell(f"{write_strips(work / f'{name}.zip', cutters[name]())} strips of {name}")
        strips = read_strips(work / f"{name}.zip")
        lines = dict.fromkeys(strip.text for strip in strips if not strip.held_out)
        (work / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
