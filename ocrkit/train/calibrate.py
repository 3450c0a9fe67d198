"""Measure how sure a model may be, and write that into the model."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.evaluate import expected_calibration_error
from ocrkit.odds import chance_of
from ocrkit.recognize import CrnnRecognizer, RecognizerSettings
from ocrkit.recognize.model import ModelFacts, pack, unpack
from ocrkit.train import negatives
from ocrkit.train.export import check, export
from ocrkit.train.materials import STRIPS, Materials
from ocrkit.train.synth import SET_SIZE, Example, Source

_SEED = 880_000  # no stream gets there
_MOST = 1500  # windows of each kind


def export_calibrated(net: keras.Model, materials: Materials, out: Path, experiment: str) -> dict[str, float]:
    """Export a net, fit its confidence on half of held-out windows, and measure it on the other half.

    Returns
    -------
    dict of str to float
        The report.

    Raises
    ------
    ModelError
        If LiteRT does not agree with Keras; nothing is written then.
    """
    examples = _examples(materials)
    half = len(examples) // 2
    sample = [example.window for example in examples[:400]]
    model = export(net, sample, experiment=experiment)
    odds, right = _odds(model, examples[:half])
    slope, offset = fit(odds, right)
    facts = attrs.evolve(unpack(model, str(out)), calibration=(slope, offset))
    model = pack(model[: _end(model)], facts)
    beside = out.with_name(f".{out.name}")
    beside.write_bytes(model)
    os.replace(beside, out)
    odds, right = _odds(model, examples[half:])
    chances = chance_of(slope * odds + offset)
    return {
        "size (MB)": len(model) / 1e6,
        "read as by Keras": check(net, model, sample),
        "windows": float(len(right)),
        "read without fault": float(right.mean()),
        "expected calibration error": expected_calibration_error(chances, right),
        "slope": slope,
        "offset": offset,
    }


def _end(model: bytes) -> int:
    """Find where the model proper ends and its facts begin."""
    return model.rindex(b"PK\x03\x04")


def _examples(materials: Materials) -> list[Example]:
    cut = [name for name in STRIPS if (materials.work / f"{name}.zip").exists()]
    examples = [example for name in cut for example in materials.unseen_windows(name, _MOST)]
    sources: list[Source] = [materials.synthetic(), materials.synthetic(held_out=True)]
    for source in sources:
        sets = _MOST // (SET_SIZE // 2)
        examples += [e for number in range(sets) for e in source.windows(_SEED, number)[: SET_SIZE // 2]]
    rng, banks = random.Random(_SEED), sources[0].banks
    examples += [Example(negatives.draw(rng, banks), "") for _ in range(_MOST // 5)]
    rng.shuffle(examples)
    return examples


def _odds(model: bytes, examples: Sequence[Example]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Give the log-odds of each reading before calibration, and whether it is right."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        facts: ModelFacts = attrs.evolve(unpack(model, "model"), calibration=(1.0, 0.0))
        path.write_bytes(pack(model[: _end(model)], facts))
        readings = CrnnRecognizer(RecognizerSettings(model=path)).read_scaled([e.window for e in examples])
    chances = np.clip([reading.confidence for reading in readings], 1e-9, 1 - 1e-6)
    right = [
        reading.text.upper() == e.text.upper() if e.folded else reading.text == e.text
        for reading, e in zip(readings, examples, strict=True)
    ]
    return np.log(chances / (1 - chances)), np.array(right)


def fit(odds: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit a line from log-odds to log-odds by logistic regression (Platt scaling), with Newton's method.

    References
    ----------
    .. [1] J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    design = np.stack([odds, np.ones_like(odds)], 1)
    line = np.array([1.0, 0.0])
    for _ in range(50):
        chance = chance_of(design @ line)
        weight = chance * (1 - chance) + 1e-9
        gradient = design.T @ (chance - right) + 1e-3 * (line - [1, 0])
        step = np.linalg.solve((design * weight[:, None]).T @ design + 1e-3 * np.eye(2), gradient)
        line -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])
