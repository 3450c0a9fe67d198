"""What a run learns from: the folders of texts, pages, surfaces and faces, and how much of each.

`Materials` is small and pickles; called in a worker process it reads everything and gives the drawer of windows.
"""

from __future__ import annotations

import functools
import hashlib
import json
import random
import zlib
from pathlib import Path
from typing import Any

import attrs

from ocrkit.train.banks import Banks, make_banks
from ocrkit.train.corpus import DICTIONARIES, LANGUAGES, Corpus, read_corpus
from ocrkit.train.fonts import FaceStock, read_faces, trained_on
from ocrkit.train.real import MinedSource, RealSource, Strip, read_strips
from ocrkit.train.stream import Drawer, Mixture
from ocrkit.train.synth import HARD, Example, Recipe, Source

FACES = "faces.json"
STRIPS = ("receipts", "pdfs")
MINED = "mined"
COMMAS = "commas"
WORD_LISTS = "dict"


def is_held_out(name: str) -> bool:
    """Say whether a surface is kept back for measuring."""
    # a packed surface has ".jpg" behind its name
    return zlib.crc32(".".join(name.split(".")[:2]).encode()) % 10 == 0


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)


@attrs.frozen(kw_only=True)
class Materials:
    """Where windows come from.

    Parameters
    ----------
    work : Path
        Folder that ``ocrkit train prepare`` filled: audited faces, strips of real pages, their lines of text.
    data : Path, optional
        Folder with ``text/`` and ``textures/``; without it only Debian's word lists, generated fields and drawn
        surfaces are used.
    recipe : Recipe
    receipts, pdfs : float
        Shares of windows that are cut from real receipts and from PDFs by their marks.
    mined : float
        Share of windows that our detector cut out of the same pages (``ocrkit train mine``), and of those with commas
        (``ocrkit train commas``), if there are any; the rest is synthetic.
    """

    work: Path = attrs.field(converter=Path)
    data: Path | None = attrs.field(default=None, converter=_path)
    recipe: Recipe = attrs.field(factory=Recipe)
    receipts: float = 0.10
    pdfs: float = 0.10
    mined: float = 0.0

    def check(self) -> None:
        """Look whether all is there that training needs.

        Raises
        ------
        ValueError
            If something is not; it says what makes it.
        """
        if self.receipts + self.pdfs + self.mined > 1:
            raise ValueError("the shares of receipts, pdfs and mined windows are more than 1 together")
        needed = [(FACES, 1.0), *zip((f"{name}.zip" for name in STRIPS), (self.receipts, self.pdfs), strict=True)]
        for name, share in needed:
            if share and not (self.work / name).is_file():
                raise ValueError(f"{self.work / name} is not there: `ocrkit train prepare` makes it")
        if self.mined and not (self.work / f"{MINED}.zip").is_file():
            raise ValueError(f"{self.work / MINED}.zip is not there: `ocrkit train mine` makes it")
        if not read_faces(self.work / FACES):
            raise ValueError(f"{self.work / FACES} lists no faces: install fonts, and run `ocrkit train prepare` again")

    def __call__(self) -> Drawer:
        """Read everything, for training."""
        synthetic = self.synthetic()
        drawers: list[tuple[float, Drawer]] = [(1 - self.receipts - self.pdfs - self.mined, synthetic)]
        for name, share in zip(STRIPS, (self.receipts, self.pdfs), strict=True):
            if share:
                drawers.append((share, RealSource(self.strips(name, held_out=False), synthetic.banks)))
        if self.mined:
            strips, commas = read_strips(self.work / f"{MINED}.zip"), self.work / f"{COMMAS}.zip"
            if commas.is_file():
                strips += read_strips(commas)
            drawers.append((self.mined, MinedSource(strips, synthetic.banks)))
        return Mixture(drawers)

    def synthetic(self, *, held_out: bool = False) -> Source:
        """Read what synthetic windows are made of; with the faces that are held out, under the hardest settings."""
        known = [attrs.evolve(face, path=str(self.work / face.path)) for face in read_faces(self.work / FACES)]
        faces = [face for face in known if face.held_out] if held_out else trained_on(known)
        return Source(self.corpus(), FaceStock(faces), self.banks(), HARD if held_out else self.recipe)

    def corpus(self) -> Corpus:
        """Read the texts."""
        texts = self._files("text", "*.txt")
        names = [path for path in texts if path.name == "product_names.txt"]
        lines = [path for path in (self.work / f"{name}.txt" for name in STRIPS) if path.is_file()]
        books = [path for path in texts if path not in names]
        return read_corpus(books, names + lines, self._dictionaries(), self.recipe.rare)

    def banks(self) -> Banks:
        """Read the surfaces."""
        return make_banks(path for path in self._files("textures", "*") if not is_held_out(path.name))

    def strips(self, name: str, *, held_out: bool) -> list[Strip]:
        """Read strips of real pages, those to learn from or those to measure with."""
        return [strip for strip in read_strips(self.work / f"{name}.zip") if strip.held_out == held_out]

    def unseen_windows(self, name: str, many: int) -> list[Example]:
        """Cut windows out of real pages that no net was trained on, as they are."""
        strips = self.strips(name, held_out=True)
        chosen = random.Random(1).sample(strips, min(many, len(strips)))
        source = RealSource(chosen, self.banks(), severity=0.0)
        windows = (source.window(strip, random.Random(2)) for strip in chosen)
        return [window for window in windows if window is not None]

    def describe(self) -> dict[str, Any]:
        """Say what goes in, for the lab notebook; the hash changes with any of it."""
        facts: dict[str, Any] = {
            "recipe": attrs.asdict(self.recipe),
            "receipts": self.receipts,
            "pdfs": self.pdfs,
            "mined": self.mined,
            "faces": len(read_faces(self.work / FACES)),
            "files": [(path.name, _checksum(path)) for path in self._all_files()],
        }
        text = json.dumps(facts, sort_keys=True)
        return facts | {"hash": hashlib.sha256(text.encode()).hexdigest()[:12], "files": len(facts["files"])}

    def _all_files(self) -> list[Path]:
        prepared = [path for path in sorted(self.work.iterdir()) if path.is_file()]
        words = [self._dictionaries() / name for name in LANGUAGES]
        words = [path for path in words if path.is_file()]
        return prepared + words + self._files("text", "*.txt") + self._files("textures", "*")

    def _dictionaries(self) -> Path:
        packed = self.work / WORD_LISTS
        return packed if packed.is_dir() else DICTIONARIES

    def _files(self, folder: str, pattern: str) -> list[Path]:
        return sorted(path for path in (self.data / folder).glob(pattern) if path.is_file()) if self.data else []


def _checksum(path: Path) -> int:
    with path.open("rb") as file:
        return functools.reduce(lambda sum_, block: zlib.crc32(block, sum_), iter(lambda: file.read(1 << 20), b""), 0)
