"""Which faces there are, how often each is met in print, and which are kept back for measuring.

The manifest (`MANIFEST`) names font families with their class, weight, package and licence; no font is part of
ocrkit. ``scripts/install_fonts.sh`` installs the packages. What an audit finds fit for use is written down in a file
that training reads.
"""

from __future__ import annotations

import csv
import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from ocrkit.train.faces import BitmapFace, Dots, OutlineFace, SizedFace, read_psf

MANIFEST = Path(__file__).with_name("fonts.csv")
CLASSES = ("sans", "serif", "slab", "mono", "typewriter", "ocr", "dotmatrix", "bitmap", "display", "hand")

# How often each class of CLASSES is met on a kind of document.
_MET: dict[str, tuple[float, ...]] = {
    "digital": (46, 20, 4, 18, 2, 1, 0, 3, 4, 2),
    "scan": (30, 40, 5, 8, 10, 2, 1, 1, 2, 1),
    "receipt": (22, 3, 1, 16, 6, 4, 5, 41, 1, 1),
    "photo": (36, 28, 5, 10, 4, 2, 2, 6, 5, 2),
}


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
        return self.weight < 40 and zlib.crc32(self.family.encode()) % 12 == 0

    def open(self, size: float, rng: random.Random, *, hinted: bool) -> SizedFace:
        """Make the face ready to draw with, at `size` pixels per em."""
        if self.kind == "bitmap":
            return _by_dots(Path(self.path), size, rng)
        return OutlineFace(Path(self.path), max(round(size), 6), self.index, hinted=hinted)


def _by_dots(path: Path, size: float, rng: random.Random) -> SizedFace:
    font = read_psf(path)
    pitch = size * rng.uniform(1.0, 1.25) / font.rows
    doubled = rng.choices(((1, 1), (2, 1), (1, 2), (2, 2)), (80, 6, 10, 4))[0]
    apart = rng.random() < 0.3
    dot = rng.uniform(0.6, 0.95) if apart else rng.uniform(1.0, 1.7)
    across = pitch * rng.uniform(0.8, 1.25)
    return BitmapFace(font, Dots((across / max(doubled), pitch / max(doubled)), dot, doubled))


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
            raise ValueError("no font face to draw with: run scripts/install_fonts.sh, then `ocrkit train fonts`")
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
        face = rng.choice(rng.choices(self._families[chosen], self._weights[chosen])[0])
        return Path(face.path).name, face.open(size, rng, hinted=hinted), face.lacks


def read_faces(path: Path) -> list[Face]:
    """Read the audited faces.

    Raises
    ------
    FileNotFoundError
        If no audit has been made.
    """
    return [Face(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def write_faces(path: Path, faces: Sequence[Face]) -> None:
    """Write audited faces down."""
    path.write_text(json.dumps([attrs.asdict(f) for f in faces], indent=0), encoding="utf-8")


@attrs.frozen
class Family:
    """A line of the manifest."""

    family: str
    kind: str
    weight: float
    licence: str
    package: str


def read_manifest(path: Path = MANIFEST) -> list[Family]:
    """Read the manifest of font families."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Family(r["family"], r["class"], float(r["weight"]), r["licence"], r["package"])
            for r in csv.DictReader(file)
        ]
