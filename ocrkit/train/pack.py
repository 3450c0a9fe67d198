"""Pack all that training needs into one small folder, for a machine that has nothing: a lent GPU, say.

Faces are cut down to the alphabet, surfaces to the size that they are used in, strips and texts come along; paths
become relative, so the folder may be moved.
"""

from __future__ import annotations

import io
import shutil
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import cv2
from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError

from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.banks import TEXTURE_SIDE
from ocrkit.train.corpus import DICTIONARIES, LANGUAGES
from ocrkit.train.fonts import Face, read_faces, write_faces
from ocrkit.train.materials import COMMAS, FACES, MINED, STRIPS, WORD_LISTS

_FEATURES = ("kern", "liga", "clig", "calt", "ccmp", "locl", "mark", "mkmk", "lnum", "zero")


def pack(work: Path, data: Path | None, out: Path, most: int, tell: Callable[[str], None]) -> None:
    """Write a folder that is a work folder and a data folder at once; it is there as a whole, or not at all.

    Parameters
    ----------
    work, data : Path
        As `ocrkit.train.materials.Materials` takes them.
    out : Path
        Folder to write.
    most : int
        Bytes that faces may take; the commonest styles of every family come first.
    tell : callable
        Takes lines of progress.

    Raises
    ------
    FileExistsError
        If the folder is there already.
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already; name a folder that is not")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
        _fill(work, data, Path(beside) / out.name, most, tell)
        (Path(beside) / out.name).rename(out)


def _fill(work: Path, data: Path | None, out: Path, most: int, tell: Callable[[str], None]) -> None:
    (out / "fonts").mkdir(parents=True)
    faces = list(_cut_down(_by_turns(read_faces(work / FACES)), work, out, most, tell))
    write_faces(out / FACES, faces)
    tell(f"{len(faces)} faces")
    for name in (*STRIPS, MINED, COMMAS):
        for path in (work / f"{name}.zip", work / f"{name}.txt"):
            if path.exists():
                shutil.copy(path, out / path.name)
    (out / WORD_LISTS).mkdir()
    for name in LANGUAGES:
        if (DICTIONARIES / name).is_file():
            shutil.copy(DICTIONARIES / name, out / WORD_LISTS / name)
    if data:
        shutil.copytree(data / "text", out / "text")
        _shrink(data / "textures", out / "textures")


def _by_turns(faces: Iterable[Face]) -> list[Face]:
    """Put the commonest style of every family first, then the second of each, and so on."""
    families: dict[str, list[Face]] = {}
    for face in sorted(faces, key=lambda face: -face.commonness):
        families.setdefault(face.family, []).append(face)
    turns = [(turn, -face.weight, face) for group in families.values() for turn, face in enumerate(group)]
    return [face for _, _, face in sorted(turns, key=lambda item: item[:2])]


def _cut_down(faces: Iterable[Face], work: Path, out: Path, most: int, tell: Callable[[str], None]) -> Iterable[Face]:
    taken = 0
    for number, face in enumerate(faces):
        path = work / face.path
        try:
            content = path.read_bytes() if face.kind == "bitmap" else _subset(path, face.index)
        except (TTLibError, subset.Subsetter.SubsettingError, struct.error, KeyError, AssertionError) as error:
            tell(f"{path.name}: left out, cannot be cut down ({error})")
            continue
        if taken + len(content) > most:
            tell(f"{number} of all faces fill what they may take")
            return
        taken += len(content)
        name = f"fonts/{number:04d}-{path.name}"
        (out / name).write_bytes(content)
        yield attrs.evolve(face, path=name, index=0)


def _subset(path: Path, index: int) -> bytes:
    options = subset.Options(layout_features=list(_FEATURES), hinting=False, notdef_outline=True, name_IDs=[1, 2])
    cutter = subset.Subsetter(options)
    cutter.populate(text=ALPHABET.characters)
    file = io.BytesIO()
    with TTFont(path, fontNumber=index, lazy=True) as font:
        cutter.subset(font)
        font.save(file)
    return file.getvalue()


def _shrink(folder: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    for path in sorted(folder.iterdir()):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        scale = min(TEXTURE_SIDE / min(picture.shape), 1.0)
        size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[: 2 * TEXTURE_SIDE, : 2 * TEXTURE_SIDE]
        # the name stays whole: it says what is held out
        cv2.imwrite(str(out / f"{path.name}.jpg"), small, (cv2.IMWRITE_JPEG_QUALITY, 80))
