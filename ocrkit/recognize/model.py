"""The exported net as a file: a LiteRT model with the facts that its readers need inside.

The facts are a small ZIP archive after the model proper, as TensorFlow's own metadata tools lay them down: the runtime
does not look past the model, and any unzip program shows them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import attrs

from ocrkit.errors import ModelError
from ocrkit.recognize import window
from ocrkit.recognize.alphabet import Alphabet

FACTS = "ocrkit.json"
WORD, GLANCE = "word.tflite", "glance.tflite"
"""The models that come with the package: for closer looks, and for the first."""


def _as_ints(values: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _as_pair(values: Sequence[float]) -> tuple[float, float]:
    slope, offset = values
    return float(slope), float(offset)


@attrs.frozen
class ModelFacts:
    """What is known of an exported net.

    Parameters
    ----------
    characters : str
        The alphabet, in the order of the classes.
    window_version : int
        Of the preprocessing that it was trained with.
    height, stride : int
        Pixels.
    widest : int
        Pixels of the widest window that it was trained with.
    grain : int
        Pixels of width that one call of the LSTM takes.
    steps : int
        Steps of the LSTM, by which one call takes it further; a grain has as many.
    units : tuple of int
        Of each layer of the LSTM, in each direction.
    calibration : tuple of float
        Slope and offset from the log-odds of the text's probability to those of its being right.
    experiment : str
        The run in the lab notebook that made it.
    """

    characters: str
    window_version: int
    height: int
    stride: int
    widest: int
    grain: int
    steps: int
    units: tuple[int, ...] = attrs.field(converter=_as_ints)
    calibration: tuple[float, float] = attrs.field(default=(1.0, 0.0), converter=_as_pair)
    experiment: str = ""

    @property
    def column(self) -> int:
        """Pixels of width for a step of the LSTM."""
        return self.grain // self.steps

    @property
    def alphabet(self) -> Alphabet:
        """The alphabet."""
        return Alphabet(self.characters)


def pack(model: bytes, facts: ModelFacts) -> bytes:
    """Put facts behind a model."""
    box = io.BytesIO()
    box.write(model)
    with zipfile.ZipFile(box, "a", zipfile.ZIP_DEFLATED) as archive:
        # a fixed date: the same net gives the same file
        entry = zipfile.ZipInfo(FACTS, (2017, 1, 1, 0, 0, 0))
        archive.writestr(entry, json.dumps(attrs.asdict(facts), ensure_ascii=False, indent=1))
    return box.getvalue()


def unpack(model: bytes, name: str) -> ModelFacts:
    """Read a model's facts.

    Raises
    ------
    ModelError
        If it has none, or was trained with another preprocessing than this version's.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(model)) as archive:
            entries: dict[str, Any] = json.loads(archive.read(FACTS))
        facts = ModelFacts(**entries)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise ModelError(
            name, "not a model that this version of ocrkit exported; make one with `ocrkit train export`"
        ) from error
    if (facts.window_version, facts.height, facts.stride) != (window.VERSION, window.HEIGHT, window.STRIDE):
        raise ModelError(
            name, f"made for windows of version {facts.window_version}, this is {window.VERSION}; export it again"
        )
    return facts


def shipped(name: str = WORD) -> bytes:
    """Read a model that comes with the package."""
    return resources.files("ocrkit.recognize").joinpath(name).read_bytes()


def read_model(path: Path) -> bytes:
    """Read a model file.

    Raises
    ------
    ModelError
        If there is no such file.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(str(path), "there is no such model file") from error
