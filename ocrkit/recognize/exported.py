"""Run the exported net on a batch: the signatures of its model, one after the other.

``convolve_<width>`` gives the features of windows, step by step; ``lstm<layer>_<steps>`` takes both directions of a
layer so many steps further; ``classify_<steps>`` gives logits. Laid out step by step an LSTM runs several times faster
than as a loop, but each step costs memory: so a part of it is laid out, and called as often as windows are long. Its
state is of shape (rows, 4, units): what it shows and what it carries forward, then both backward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrkit.recognize.model import ModelFacts

_Floats = npt.NDArray[np.float32]


def run(interpreter: Any, facts: ModelFacts, windows: _Floats) -> _Floats:
    """Read one batch.

    Parameters
    ----------
    interpreter : ai_edge_litert.interpreter.Interpreter
        Of the model.
    facts : ModelFacts
        What the model says of itself.
    windows : ndarray of float32, shape (rows, HEIGHT, W, 1)
        W one of the buckets.

    Returns
    -------
    ndarray of float32, shape (rows, W / STRIDE, classes)
        Logits.

    Raises
    ------
    ValueError
        If the model has no such bucket.
    """
    x = interpreter.get_signature_runner(f"convolve_{windows.shape[2]}")(windows=windows)["features"]
    parts = parts_of(x.shape[1], facts.parts)
    for layer, units in enumerate(facts.units):
        state = np.zeros((facts.rows, 4, units), np.float32)
        forward, backward = [], []
        for start, end in parts:  # one direction goes from the first step on, the other from the last
            lstm = interpreter.get_signature_runner(f"lstm{layer}_{end - start}")
            behind = x[:, x.shape[1] - end : x.shape[1] - start]
            done = lstm(forward=x[:, start:end], backward=behind, state=state)
            state = done["state"]
            forward.append(done["forward"])
            backward.append(done["backward"])
        x = np.concatenate([np.concatenate(forward, 1), np.concatenate(backward[::-1], 1)], 2)
    logits = []
    for start, end in parts:
        classify = interpreter.get_signature_runner(f"classify_{end - start}")
        logits.append(classify(features=x[:, start:end])["logits"])
    return np.concatenate(logits, 1)


def parts_of(total: int, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Cut so many steps into parts of known lengths, the longest first.

    Raises
    ------
    ValueError
        If the lengths do not make them up.
    """
    parts, start = [], 0
    while start < total:
        fitting = [length for length in lengths if start + length <= total]
        if not fitting:
            raise ValueError(f"parts of {lengths} do not make up {total} steps")
        parts.append((start, start + max(fitting)))
        start += max(fitting)
    return parts
