"""A whole run: materials, stream, net, loop and notebook put together."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import cv2
import keras
import numpy as np

from ocrkit.errors import ModelError
from ocrkit.files import write_whole
from ocrkit.recognize.net import NetSettings, build_net, load_weights, settings_in, take_weights
from ocrkit.train import notebook
from ocrkit.train.loop import Look, LoopSettings, Training, looks
from ocrkit.train.materials import STRIPS, Materials
from ocrkit.train.sheets import sheet
from ocrkit.train.stream import WIDTHS, Batch, Stream, StreamSettings, to_batch
from ocrkit.train.synth import SET_SIZE, Example, Source

_SEED_OF_MEASURES = 990_000  # no stream gets there
_BATCH = 128
_SHOWN = 200  # misread windows


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
    teacher : str, optional
        File of weights of a net to learn from beside the labels; convolutions of low rank are multiplied out.
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
    teacher: str | None = None
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
            "teacher": self.teacher or "none",
        }


def train(
    settings: RunSettings,
    folder: Path,
    tell: Callable[[str], None],
    pages: Path = notebook.PAGES,
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Train from the start, or go on where a run in this folder stopped.

    Parameters
    ----------
    settings : RunSettings
    folder : Path
        Of the run; with a checkpoint in it, the run goes on. After each segment, ``mistakes.png`` shows windows that
        were read wrongly.
    tell : callable
        Takes lines of progress.
    pages : Path
        Of the notebook.
    advance : callable
        Told how many batches have been learnt from since the last time.

    Returns
    -------
    int
        The run's number in the notebook.

    Raises
    ------
    ModelError
        If a run in this folder was begun with other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    net = begun(settings.net, Path(settings.start) if settings.start else None)
    teacher = teacher_of(settings.net, Path(settings.teacher)) if settings.teacher else None
    training = Training(net, settings.loop, folder, settings.stream.segment, teacher)
    training.seen = settings.seen_before
    logger = _logger(settings, folder, training, pages)

    def evaluate() -> dict[str, float]:
        seen = {name: list(looks(net, batches)) for name, batches in measures.items()}
        _show_mistakes([look for some in seen.values() for look in some if not look.right], folder / "mistakes.png")
        return {f"accuracy/{name}": sum(look.right for look in some) / len(some) for name, some in seen.items()}

    try:
        measures = measures_of(settings.materials, settings.measured)
        with Stream(settings.materials, settings.stream, training.done) as batches:
            training.run(batches, evaluate, tell, lambda results: logger.log(results, training.seen), advance)
    except BaseException:
        logger.close("KILLED")
        raise
    logger.close()
    return logger.number


def begun(settings: NetSettings, start: Path | None) -> keras.Model:
    """Build a net, with the weights of a file if one is given, of a net of the same ranks and layers or of others.

    Raises
    ------
    ModelError
        If they belong to a net that differs in more than ranks and layers, or has more layers.
    """
    net = build_net(settings)
    if start is None:
        return net
    there = settings_in(start, settings)
    if there == settings:
        load_weights(net, start)
        return net
    if there.layers > settings.layers:
        raise ModelError(
            str(start), f"it seems to hold {there.layers} layers of LSTM, not {settings.layers}: give its --net"
        )
    other = build_net(there)
    load_weights(other, start)
    take_weights(net, other)
    return net


def teacher_of(settings: NetSettings, weights: Path) -> keras.Model:
    """Build the net that weights belong to, whatever its layers; convolutions of low rank are multiplied out."""
    there = settings_in(weights, settings)
    return begun(attrs.evolve(there, ranks=(0,) * len(there.ranks)), weights)


def _show_mistakes(wrong: Sequence[Look], path: Path) -> None:
    """Draw a sheet of some windows with what they say and what was read."""
    some = random.Random(1).sample(wrong, min(_SHOWN, len(wrong)))
    shown = [np.clip(160 + 48 * look.window[:, :, 0].astype(np.float32), 0, 255).astype(np.uint8) for look in some]
    _, data = cv2.imencode(
        ".png", sheet([(grey, f"{look.truth}\n{look.reading}") for grey, look in zip(shown, some, strict=True)])
    )
    write_whole(path, data.tobytes())


def _logger(settings: RunSettings, folder: Path, training: Training, pages: Path) -> notebook.Logger:
    known, now = folder / "run.json", json.loads(json.dumps(settings.describe()))
    if (folder / "checkpoint.npz").exists():
        begun_as = json.loads(known.read_text()) if known.exists() else {}
        _check_same(begun_as.get("settings", now), now, folder)
        training.load()
        try:
            return notebook.resume(begun_as["number"], settings.loop.segments)
        except LookupError:
            pass  # the store was left on another machine: the rest of the run gets a number of its own
    logger = notebook.Logger(settings.goal, settings.describe(), pages)
    known.write_text(json.dumps({"number": logger.number, "goal": settings.goal, "settings": now}, indent=1))
    return logger


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], folder: Path) -> None:
    """Refuse to go on with other settings, of which the notebook would know nothing; a run may become longer."""
    old, new = _flat(before), _flat(now)
    for name in sorted(set(old) | set(new)):
        if old.get(name) != new.get(name) and name != "loop segments":
            raise ModelError(
                str(folder),
                f"the run was begun with {name} {old.get(name)}, not {new.get(name)}; give that, or another folder",
            )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{part} {name}" if name else part: value
        for part, whole in settings.items()
        for name, value in (whole.items() if isinstance(whole, dict) else [("", whole)])
    }


def measures_of(materials: Materials, many: int) -> dict[str, list[Batch]]:
    """Draw the windows that accuracy is measured on: synthetic ones, held-out faces, held-out real pages."""
    measures = {
        "synthetic": _drawn(materials.synthetic(), many),
        "held-out faces": _drawn(materials.synthetic(held_out=True), many),
    }
    for name, share in zip(STRIPS, (materials.receipts, materials.pdfs), strict=True):
        if share:
            measures[name] = to_batches(materials.unseen_windows(name, many))
    return {name: batches for name, batches in measures.items() if batches}


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
