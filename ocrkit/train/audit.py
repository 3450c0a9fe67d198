"""Find the faces of the manifest on this machine and throw out those that would teach the net wrong characters.

A face goes out if an ASCII character is missing, shows nothing or a box, if its small letters are capitals, or if its
characters look like other ones (swapped cases, symbol fonts, ornaments). Of characters beyond ASCII it lacks those that
are not there, show nothing, or are drawn as another one is.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import freetype
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.faces import Ink, SizedFace, draw_run, read_psf
from ocrkit.train.fonts import Face, Family, read_left_out

_PSF = (".psf", ".psf.gz", ".psfu", ".psfu.gz")
_SIZE = 40  # pixels per em of audited glyphs
_SIDE = 20  # pixels of a glyph's picture when it is compared
_CASED = "abdefghijklmnqrty"  # small letters whose shape differs from their capital's
_SURE = string.digits.replace("0", "").replace("1", "") + "ABDEGHKMNQRWabdeghkmnqrwy"
_ALIKE = 0.9  # correlation at which a small letter is its capital
_WRONG = 0.45  # share of characters that may look more like others: displays have many
_LEANS = (0.0, 0.2, 0.35)  # italics are set upright before they are compared


def audit(manifest: Sequence[Family], folders: Iterable[Path], tell: Callable[[str], None]) -> list[Face]:
    """List the faces that are fit for training.

    Parameters
    ----------
    manifest : sequence of Family
    folders : iterable of Path
        Searched with all that is in them.
    tell : callable
        Takes a line for each face that goes out, with the reason.

    Returns
    -------
    list of Face
        Sorted by path, so that the list is the same wherever the same packages are installed.
    """
    families = {family.family: family for family in manifest}
    ruled_out = read_left_out()
    found = [face for folder in folders for path in sorted(folder.rglob("*")) for face in _faces_of(path, families)]
    consensus = _consensus([face for face in found if face.weight >= 60] or found)
    fit = []
    for face in found:
        reason, lacks = ruled_out.get(Path(face.path).name, ""), ""
        if not reason:
            reason, lacks = _examine(face, consensus)
        if reason:
            tell(f"{Path(face.path).name}: {reason}")
        else:
            fit.append(Face(face.path, face.index, face.family, face.kind, face.weight, lacks))
    return sorted(fit, key=lambda face: (face.path, face.index))


def _faces_of(path: Path, families: dict[str, Family]) -> list[Face]:
    if path.name.endswith(_PSF):
        known = families.get(psf_family(path))
        return [Face(str(path), 0, known.family, known.kind, known.weight)] if known else []
    if path.suffix.lower() not in {".ttf", ".otf", ".ttc", ".pfb"}:
        return []
    try:
        face = freetype.Face(str(path))
    except freetype.FT_Exception:
        return []
    known = families.get((face.family_name or b"").decode("latin-1"))
    if known is None or face.has_multiple_masters:
        return []
    return [Face(str(path), 0, known.family, known.kind, known.weight)]


def psf_family(path: Path) -> str:
    """Name the family of a console font: its name without encoding, size and weight, and its cell."""
    stem = path.name.split(".psf")[0].rstrip("-")
    name = stem.split("-", 1)[1] if stem.split("-")[0] in {"Lat15", "Lat2", "Lat7", "Uni1", "Uni2", "Uni3"} else stem
    name = name.replace("Bold", "").rstrip("0123456789x")
    try:
        font = read_psf(path)
    except (ValueError, OSError):
        return ""
    rows, columns = next(iter(font.glyphs.values())).shape
    return f"{name} {columns}x{rows}"


def _examine(face: Face, consensus: dict[str, npt.NDArray[np.float32]]) -> tuple[str, str]:
    """Give the reason to throw a face out, or nothing, and the characters that it lacks."""
    try:
        sized = face.open(_SIZE, random.Random(0), hinted=False)
        inks = {c: _ink(sized, c) for c in ALPHABET.characters if c != " "}
    except (freetype.FT_Exception, OSError, ValueError, KeyError) as error:
        return f"cannot be drawn ({error})", ""
    pictures = {c: _cropped(ink) for c, ink in inks.items()}
    if face.kind == "bitmap":
        known = read_psf(Path(face.path)).glyphs
        absent = {c for c in pictures if c not in known}
    else:
        missing = _picture(sized, "\U0010fffd")
        absent = {c for c in pictures if _same(pictures[c], missing)}
    absent |= {c for c in pictures if pictures[c] is None} | _twins(inks)
    lacks = "".join(c for c in pictures if c in absent)
    if any(c in lacks for c in string.printable if c in pictures):
        return f"lacks {''.join(c for c in lacks if c.isascii())!r}", lacks
    capital = [c for c in _CASED if _same(pictures[c], pictures[c.upper()], _ALIKE)]
    if len(capital) > len(_CASED) / 2:
        return "its small letters are capitals", lacks
    wrong = min((_mistaken(sized, lean, consensus) for lean in _LEANS), key=len)
    if len(wrong) > _WRONG * len(_SURE):
        return f"{''.join(wrong)!r} look like other characters", lacks
    return "", lacks


def _mistaken(face: SizedFace, lean: float, consensus: dict[str, npt.NDArray[np.float32]]) -> list[str]:
    """List the characters that look more like others."""
    return [c for c in _SURE if _nearest(_picture(face, c, lean), consensus).casefold() != c.casefold()]


def _twins(inks: Mapping[str, Ink]) -> set[str]:
    """List the characters beyond ASCII that are drawn as another one is: which of the two it is nobody can see."""
    same: dict[bytes, list[str]] = {}
    for character, ink in inks.items():
        same.setdefault(ink.tobytes(), []).append(character)
    return {c for group in same.values() if len(group) > 1 for c in group if not c.isascii()}


def _ink(face: SizedFace, character: str) -> Ink:
    placed, _ = face.run(character)
    return draw_run(placed, 3 * _SIZE, 3 * _SIZE, 2 * _SIZE, _SIZE)


def _picture(face: SizedFace, character: str, lean: float = 0.0) -> npt.NDArray[np.float32] | None:
    """Draw a character as large as a small square allows; None if there is no ink."""
    ink = _ink(face, character)
    if lean:
        upright = np.array([[1, lean, -lean * 2 * _SIZE], [0, 1, 0]], np.float64)
        ink = np.asarray(cv2.warpAffine(ink, upright, ink.shape), np.uint8)
    return _cropped(ink)


def _cropped(ink: Ink) -> npt.NDArray[np.float32] | None:
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return None
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = cv2.resize(cut, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - small.mean(), np.float32)


def _same(one: npt.NDArray[np.float32] | None, two: npt.NDArray[np.float32] | None, least: float = 0.999) -> bool:
    return one is not None and two is not None and _correlation(one, two) >= least


def _correlation(one: npt.NDArray[np.float32], two: npt.NDArray[np.float32]) -> float:
    norm = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float((one * two).sum()) / norm if norm else float(one.any() == two.any())


def _consensus(faces: Sequence[Face]) -> dict[str, npt.NDArray[np.float32]]:
    """Average the commonest faces' characters."""
    sums: dict[str, list[npt.NDArray[np.float32]]] = {c: [] for c in _SURE}
    for face in faces:
        if face.kind == "bitmap":
            continue
        sized = face.open(_SIZE, random.Random(0), hinted=False)
        for character, pictures in sums.items():
            picture = _picture(sized, character)
            if picture is not None:
                pictures.append(picture)
    return {character: np.mean(pictures, axis=0) for character, pictures in sums.items() if pictures}


def _nearest(picture: npt.NDArray[np.float32] | None, consensus: dict[str, npt.NDArray[np.float32]]) -> str:
    if picture is None:
        return ""
    return max(consensus, key=lambda c: _correlation(picture, consensus[c]), default="")
