"""Which faces there are, how often each is met in print, and which are kept back for measuring.

The manifest (`MANIFEST`) names font families with their class, weight, package and licence; no font is part of
ocrkit. ``scripts/install_fonts.sh`` installs the packages. What an audit finds fit for use is written down in a file
that training reads.
"""

from __future__ import annotations

import csv
import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from ocrkit.errors import ModelError
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.faces import BitmapFace, Dots, DriverFace, OutlineFace, RaisedFace, SizedFace, read_psf

MANIFEST = Path(__file__).with_name("fonts.csv")
_LEFT_OUT = Path(__file__).with_name("fonts_left_out.tsv")
CLASSES = ("sans", "serif", "slab", "mono", "typewriter", "ocr", "dotmatrix", "bitmap", "screen", "display", "hand")

# How often each weight is met, by a part of the file's name; what is not named is regular.
_STYLES = {
    "thin": 0.2,
    "hairline": 0.2,
    "light": 0.8,
    "black": 0.5,
    "heavy": 0.5,
    "semi": 1.5,
    "medium": 1.5,
    "bold": 3.0,
}
# How often each class of CLASSES is met on a kind of document.
_MET: dict[str, tuple[float, ...]] = {
    "digital": (48, 22, 4, 16, 2, 1, 0, 1, 2, 2, 2),
    "scan": (30, 40, 5, 8, 10, 2, 1, 1, 0, 2, 1),
    "receipt": (32, 4, 1, 15, 5, 3, 2, 35, 2, 0.5, 0.5),
    "photo": (36, 30, 5, 10, 4, 2, 1, 6, 1, 3, 2),
}
# What printers with pins look like, and how many of them have none below the baseline.
_OF_PINS = ("mono", "dotmatrix", "bitmap", "screen")
_WITHOUT_DESCENDERS = 0.3


@attrs.frozen
class Face:
    """A face that passed the audit.

    Parameters
    ----------
    path : str
    index : int
        Within a collection.
    family : str
    kind : str
        One of `CLASSES`.
    weight : float
        How often its family is met among its class.
    lacks : str
        Characters of the alphabet that it cannot show.
    """

    path: str
    index: int
    family: str
    kind: str
    weight: float = 1.0
    lacks: str = ""

    @property
    def held_out(self) -> bool:
        """Whether no net is ever trained on it. Whole families are, never the commonest ones."""
        return self.kind != "bitmap" and self.weight < 40 and zlib.crc32(self.family.encode()) % 12 == 0

    @property
    def design(self) -> str:
        """What the families of one design have in common: the first word of their names."""
        return re.split(r"[ \d-]", self.family.casefold())[0]

    @property
    def commonness(self) -> float:
        """How often its style is met, among those of its family."""
        name = Path(self.path).stem.casefold()
        slope = 0.2 if re.search(r"ital|obli|[a-z]it$|slant", name) else 1.0
        return slope * next((weight for part, weight in _STYLES.items() if part in name), 5.0)

    def open(self, size: float, rng: random.Random, *, hinted: bool, driver: bool = False) -> SizedFace:
        """Make the face ready to draw with, at `size` pixels per em; with `driver`, as a printer's driver does."""
        if self.kind == "bitmap":
            return _by_dots(Path(self.path), size, rng)
        if driver:
            return DriverFace(OutlineFace(Path(self.path), max(round(size / 2), 8), self.index, bilevel=True))
        return OutlineFace(Path(self.path), max(round(size), 6), self.index, hinted=hinted)


def _by_dots(path: Path, size: float, rng: random.Random) -> SizedFace:
    font = read_psf(path)
    pitch = size * rng.uniform(1.0, 1.25) / font.rows
    doubled = rng.choices(((1, 1), (2, 1), (1, 2), (2, 2)), (70, 12, 14, 4))[0]
    apart = rng.random() < 0.08
    dot = rng.uniform(0.6, 0.95) if apart else rng.uniform(1.0, 1.7)
    # printers' cells are narrower than a screen's: 12 dots by 24, or less
    cell = next(iter(font.glyphs.values())).shape[1] / font.rows
    across = pitch * rng.uniform(0.38, 0.58) / cell
    small = 1 / max(doubled)  # doubled either way, a line is as tall as any other
    return BitmapFace(font, Dots((across * small, pitch * small), dot, doubled))


class FaceStock:
    """Faces to draw from, by their frequency on a kind of document.

    Parameters
    ----------
    faces : iterable of Face
    """

    def __init__(self, faces: Iterable[Face]) -> None:
        families: dict[str, dict[str, list[Face]]] = defaultdict(lambda: defaultdict(list))
        for face in faces:
            families[face.kind][face.family].append(face)
        if not families:
            raise ValueError(
                "no font face to draw with: run scripts/install_fonts.sh, then `ocrkit train prepare` in a new folder"
            )
        self._families = {kind: list(groups.values()) for kind, groups in families.items()}
        self._weights = {kind: [g[0].weight for g in groups] for kind, groups in self._families.items()}

    def __len__(self) -> int:
        return sum(len(group) for groups in self._families.values() for group in groups)

    def draw(self, rng: random.Random, kind: str, size: float, *, hinted: bool) -> tuple[str, SizedFace, str]:
        """Draw a face for a kind of document.

        Parameters
        ----------
        rng : random.Random
        kind : str
            One of `ocrkit.train.synth.KINDS`.
        size : float
            Pixels per em.
        hinted : bool

        Returns
        -------
        str
            The face's name.
        SizedFace
        str
            Characters that it lacks.
        """
        here = [c for c in CLASSES if c in self._families]
        met = [_MET[kind][CLASSES.index(c)] + 1e-6 for c in here]
        chosen = rng.choices(here, met)[0]
        family = rng.choices(self._families[chosen], self._weights[chosen])[0]
        (face,) = rng.choices(family, [face.commonness for face in family])
        driver = kind == "receipt" and rng.random() < 0.4
        opened = face.open(size, rng, hinted=hinted, driver=driver)
        if kind == "receipt" and chosen in _OF_PINS and rng.random() < _WITHOUT_DESCENDERS:
            opened = RaisedFace(opened, rng.choice((1.0, 1.0, rng.uniform(0.5, 1.0))))
        return Path(face.path).name, opened, face.lacks


def read_faces(path: Path) -> list[Face]:
    """Read the audited faces.

    Raises
    ------
    ModelError
        If no audit has been made, or one for another alphabet.
    """
    try:
        audited = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(str(path), "there are no audited faces; `ocrkit train prepare` makes them") from error
    if not isinstance(audited, dict) or audited["alphabet"] != ALPHABET.characters:
        remedy = "its faces were audited for another alphabet; begin with an empty folder (`ocrkit train prepare`)"
        raise ModelError(str(path), remedy)
    return [Face(**entry) for entry in audited["faces"]]


def write_faces(path: Path, faces: Sequence[Face]) -> None:
    """Write audited faces down, and for which characters."""
    audited = {"alphabet": ALPHABET.characters, "faces": [attrs.asdict(face) for face in faces]}
    path.write_text(json.dumps(audited, indent=0), encoding="utf-8")


@attrs.frozen
class Family:
    """A line of the manifest."""

    family: str
    kind: str
    weight: float
    licence: str
    package: str


def read_left_out() -> dict[str, str]:
    """Read the files of faces that were looked at and ruled out, with the reasons."""
    lines = _LEFT_OUT.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if not line.startswith("#"))


def trained_on(faces: Iterable[Face]) -> list[Face]:
    """Choose the faces to train on: none that is held out, nor any of the same design."""
    faces = list(faces)
    designs = {face.design for face in faces if face.held_out}
    return [face for face in faces if face.kind == "bitmap" or face.weight >= 40 or face.design not in designs]


def read_manifest(path: Path = MANIFEST) -> list[Family]:
    """Read the manifest of font families."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Family(r["family"], r["class"], float(r["weight"]), r["licence"], r["package"])
            for r in csv.DictReader(file)
        ]
