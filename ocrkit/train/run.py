"""A whole run: materials, stream, net, loop and notebook put together."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import keras

from ocrkit.errors import ModelError
from ocrkit.recognize.net import NetSettings, build_net, grow, load_weights
from ocrkit.train import notebook
from ocrkit.train.loop import LoopSettings, Training, word_accuracy
from ocrkit.train.materials import STRIPS, Materials
from ocrkit.train.real import RealSource
from ocrkit.train.stream import WIDTHS, Batch, Stream, StreamSettings, to_batch
from ocrkit.train.synth import SET_SIZE, Example, Source

_SEED_OF_MEASURES = 990_000  # no stream gets there
_BATCH = 128


@attrs.frozen(kw_only=True)
class RunSettings:
    """All that a run is made of; written to its folder, so that it can be resumed.

    Parameters
    ----------
    goal : str
        What it is to find out.
    materials : Materials
    net : NetSettings
    loop : LoopSettings
    stream : StreamSettings
    start : str, optional
        File of weights to begin with.
    seen_before : int
        Windows that those weights have seen.
    measured : int
        Windows of each kind that accuracy is measured on after every segment.
    """

    goal: str
    materials: Materials
    net: NetSettings = attrs.field(factory=NetSettings)
    loop: LoopSettings = attrs.field(factory=LoopSettings)
    stream: StreamSettings = attrs.field(factory=StreamSettings)
    start: str | None = None
    seen_before: int = 0
    measured: int = 1000

    def describe(self) -> dict[str, Any]:
        """Say it all, for the notebook."""
        return {
            "net": attrs.asdict(self.net),
            "loop": attrs.asdict(self.loop),
            "stream": attrs.asdict(self.stream),
            "data": self.materials.describe(),
            "start": self.start or "random weights",
            "seen_before": self.seen_before,
        }


def train(settings: RunSettings, folder: Path, tell: Callable[[str], None], pages: Path = notebook.PAGES) -> int:
    """Train from the start, or go on where a run in this folder stopped.

    Parameters
    ----------
    settings : RunSettings
    folder : Path
        Of the run; with a checkpoint in it, the run goes on.
    tell : callable
        Takes lines of progress.
    pages : Path
        Of the notebook.

    Returns
    -------
    int
        The run's number in the notebook.
    """
    folder.mkdir(parents=True, exist_ok=True)
    net = begun(settings.net, Path(settings.start) if settings.start else None)
    training = Training(net, settings.loop, folder, settings.stream.segment)
    training.seen = settings.seen_before
    logger = _logger(settings, folder, training, pages)
    measures = measures_of(settings.materials, settings.measured)

    def evaluate() -> dict[str, float]:
        return {f"accuracy/{name}": word_accuracy(net, batches) for name, batches in measures.items()}

    try:
        with Stream(settings.materials, settings.stream, training.done) as batches:
            training.run(batches, evaluate, tell, lambda results: logger.log(results, training.seen))
    except BaseException:
        logger.close("KILLED")
        raise
    logger.close()
    return logger.number


def begun(settings: NetSettings, start: Path | None) -> keras.Model:
    """Build a net, with the weights of a like one if a file is given, or of one without its residual convolutions."""
    net = build_net(settings)
    if start is None:
        return net
    try:
        load_weights(net, start)
    except ModelError:
        smaller = build_net(attrs.evolve(settings, residual=()))
        load_weights(smaller, start)
        grow(net, smaller)
    return net


def _logger(settings: RunSettings, folder: Path, training: Training, pages: Path) -> notebook.Logger:
    known = folder / "run.json"
    if (folder / "checkpoint.npz").exists():
        training.load()
        try:
            return notebook.resume(json.loads(known.read_text())["number"])
        except (LookupError, FileNotFoundError):
            pass  # the store was left on another machine: the rest of the run gets a number of its own
    logger = notebook.Logger(settings.goal, settings.describe(), pages)
    known.write_text(json.dumps({"number": logger.number, "goal": settings.goal}, indent=1))
    return logger


def measures_of(materials: Materials, many: int) -> dict[str, list[Batch]]:
    """Draw the windows that accuracy is measured on: synthetic ones, held-out faces, held-out real pages."""
    measures = {
        "synthetic": _drawn(materials.synthetic(), many),
        "held-out faces": _drawn(materials.synthetic(held_out=True), many),
    }
    for name, share in zip(STRIPS, (materials.receipts, materials.pdfs), strict=True):
        if share:
            measures[name] = to_batches(held_out_windows(materials, name, many))
    return {name: batches for name, batches in measures.items() if batches}


def held_out_windows(materials: Materials, name: str, many: int) -> list[Example]:
    """Cut windows out of real pages that no net was trained on, as they are."""
    strips = materials.strips(name, held_out=True)
    chosen = random.Random(1).sample(strips, min(many, len(strips)))
    source = RealSource(chosen, materials.banks(), severity=0.0)
    windows = (source.window(strip, random.Random(2)) for strip in chosen)
    return [window for window in windows if window is not None]


def _drawn(source: Source, many: int) -> list[Batch]:
    examples: list[Example] = []
    number = 0
    while len(examples) < many:  # a few of each set, so that many faces are among them
        examples += source.windows(_SEED_OF_MEASURES, number)[: SET_SIZE // 2]
        number += 1
    return to_batches(examples[:many])


def to_batches(examples: Sequence[Example]) -> list[Batch]:
    """Put windows of like width together."""
    batches = []
    for narrower, width in itertools.pairwise((0, *WIDTHS)):
        fitting = [example for example in examples if narrower < example.window.shape[1] <= width]
        batches += [to_batch(fitting[at : at + _BATCH], width) for at in range(0, len(fitting), _BATCH)]
    return batches
