"""Run the exported net on a batch: the signatures of its model, one after the other.

``convolve`` gives the features of windows, step by step; ``lstm<layer>`` takes both directions of a layer some
steps further; ``classify`` gives a step's logits. All take as many windows as they are given, ``convolve`` of any
width. Laid out step by step an LSTM runs several times faster than as a loop, but each step costs memory: so a part of
it is laid out, and called as often as windows are long. Windows are of shape (N, height, W, 1), features (N, steps,
channels), with a step for every ``grain / steps`` pixels, and the LSTM's state is of shape (N, 4, units): what it shows
and what it carries forward, then both backward.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.model import ModelFacts

_Floats = npt.NDArray[np.float32]
_PADDING = 4  # grains, about as much as training shows; with a lot more the net reads worse


@attrs.frozen(eq=False)
class Padding:
    """What padding on the right of windows would come to, so that it need not be computed.

    Parameters
    ----------
    features : ndarray of float32, shape (channels,)
        Of a step far from any edge.
    states : tuple of ndarray of float32, shape (1, 4, units)
        Of each layer of the LSTM, when its backward half has come through some of it.
    """

    features: _Floats
    states: tuple[_Floats, ...]


def run(interpreter: Any, facts: ModelFacts, windows: _Floats, padding: Padding | None = None) -> _Floats:
    """Read one batch.

    Parameters
    ----------
    interpreter : ai_edge_litert.interpreter.Interpreter
        Of the model.
    facts : ModelFacts
        What the model says of itself.
    windows : ndarray of float32, shape (N, HEIGHT, W, 1)
        W a multiple of the model's column, and without `padding` of its grain.
    padding : Padding, optional
        What `padding_of` gives: windows are read as if more padding followed. Their last column is taken for padding
        that only the convolutions must see.

    Returns
    -------
    ndarray of float32, shape (N, W / STRIDE, classes)
        Logits; with `padding`, of so many grains as hold all columns but the last.

    Raises
    ------
    ValueError
        If W is no such multiple, or nothing but the column of padding, or there are no windows.
    """
    unit = facts.grain if padding is None else facts.column
    least = unit if padding is None else 2 * unit
    if not len(windows) or windows.shape[2] % unit or windows.shape[2] < least:
        raise ValueError(
            f"windows of shape {windows.shape}; give some, as wide as a multiple of {unit} pixels, {least} at least"
        )
    features = _convolved(interpreter, windows)
    if padding is None:
        return _classified(interpreter, facts, features, ())
    return _classified(interpreter, facts, _to_grains(features, facts.steps, padding.features), padding.states)


def run_all(
    interpreter: Any, facts: ModelFacts, batches: Iterable[_Floats], padding: Padding, columns: int
) -> list[_Floats]:
    """Read batches one after the other, each as `run` does; the LSTM takes what is as long in one go.

    Widths differ by a column, lengths by a grain, and few large batches take it less time than many small ones.

    Parameters
    ----------
    interpreter : ai_edge_litert.interpreter.Interpreter
    facts : ModelFacts
    batches : iterable of ndarray of float32
        Each as for `run`; from the widest to the narrowest, or the other way round.
    padding : Padding
    columns : int
        Pixels of width that the LSTM takes at once at most, all windows together, unless a window alone has more.

    Returns
    -------
    list of ndarray of float32, shape (timesteps, classes)
        Of each window, of so many grains as hold all its columns but the last.
    """
    features: list[_Floats] = []
    for batch in batches:
        features.extend(_to_grains(_convolved(interpreter, batch), facts.steps, padding.features))
    logits: list[_Floats] = []
    for steps, alike in itertools.groupby(features, len):
        group = list(alike)
        most = max(columns // (steps * facts.column), 1)
        for start in range(0, len(group), most):
            some = np.stack(group[start : start + most])
            logits.extend(_classified(interpreter, facts, some, padding.states))
    return logits


def _classified(interpreter: Any, facts: ModelFacts, features: _Floats, begin: Sequence[_Floats]) -> _Floats:
    """Turn features of windows into logits, shape (N, timesteps, classes)."""
    features, _ = _remember(interpreter, facts, features, begin)
    logits = interpreter.get_signature_runner("classify")(features=features.reshape(-1, features.shape[2]))["logits"]
    return np.asarray(logits).reshape(len(features), features.shape[1] * facts.column // facts.stride, -1)


def _to_grains(features: _Floats, steps: int, padding: _Floats) -> _Floats:
    """Leave the last step out, and go on with padding up to a multiple of what one call of the LSTM takes."""
    many, kept, channels = features.shape
    kept -= 1
    whole = np.empty((many, -(-kept // steps) * steps, channels), np.float32)
    whole[:, :kept] = features[:, :kept]
    whole[:, kept:] = padding
    return whole


def padding_of(interpreter: Any, facts: ModelFacts) -> Padding:
    """Find out what padding comes to.

    In training there was some to the right of nearly every window, and the net reads a little better with it.

    Returns
    -------
    Padding
    """
    edges = _convolved(interpreter, np.zeros((1, facts.height, 3 * facts.grain, 1), np.float32))
    inner = edges[:, facts.steps : 2 * facts.steps]
    _, states = _remember(interpreter, facts, np.tile(inner, (1, _PADDING, 1)), ())
    for state in states:
        state[:, :2] = 0  # what goes forward begins with the window
    return Padding(inner[0, facts.steps // 2].copy(), tuple(states))


def _convolved(interpreter: Any, windows: _Floats) -> _Floats:
    features: _Floats = interpreter.get_signature_runner("convolve")(windows=windows)["features"]
    return features


def _remember(
    interpreter: Any, facts: ModelFacts, x: _Floats, begin: Sequence[_Floats]
) -> tuple[_Floats, list[_Floats]]:
    """Take features through the LSTM; give those of its last layer, and the state in which each layer ends."""
    total, part = x.shape[1], facts.steps
    states = list(begin) or [np.zeros((1, 4, units), np.float32) for units in facts.units]
    for layer, state in enumerate(states):
        lstm = interpreter.get_signature_runner(f"lstm{layer}")
        state = np.repeat(state, len(x), 0)
        forward, backward = [], []
        for end in range(part, total + 1, part):  # one direction goes from the first step on, the other from the last
            behind = x[:, total - end : total - end + part]
            done = lstm(forward=x[:, end - part : end], backward=behind, state=state)
            state = done["state"]
            forward.append(done["forward"])
            backward.append(done["backward"])
        more = np.concatenate([np.concatenate(forward, 1), np.concatenate(backward[::-1], 1)], 2)
        x = x + more if layer else more  # as `ocrkit.recognize.net.NetSettings.layers` says
        states[layer] = state
    return x, states
