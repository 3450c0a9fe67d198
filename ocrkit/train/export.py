"""Turn a trained net into the LiteRT model that ships: int8 weights, facts inside.

`ocrkit.recognize.exported` says which signatures it has, and why. In the file all share one copy of the weights.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ocrkit.errors import ModelError
from ocrkit.image import Grey
from ocrkit.recognize import window
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.ctc import log_softmax
from ocrkit.recognize.exported import parts_of, run
from ocrkit.recognize.model import ModelFacts, pack, unpack

ROWS = 8
"""Windows in a batch of the exported model."""
PARTS = (16, 32)
"""Steps of the LSTM that one call takes further. The narrowest bucket has 16; with 32 calls cost little."""
_UNDECIDED = 0.1  # difference in probability below which either choice is as good
_FARTHEST = 0.05  # mean difference of probabilities between Keras and LiteRT that int8 weights may cause


def export(net: keras.Model, sample: Sequence[Grey], widths: Sequence[int] = window.WIDTHS, **facts: Any) -> bytes:
    """Export a net.

    Parameters
    ----------
    net : keras.Model
        As `ocrkit.recognize.net.build_net` makes it, with trained weights.
    sample : sequence of ndarray of uint8, shape (HEIGHT, W)
        Windows on which Keras and LiteRT must agree.
    widths : sequence of int
        Buckets, the narrowest first, multiples of 64 pixels.
    **facts
        Further fields of `ModelFacts`.

    Returns
    -------
    bytes
        The model file.

    Raises
    ------
    ModelError
        If LiteRT reads the sample otherwise than Keras, the sample leaves a bucket empty, or there is no laying out a
        bucket of such a width.
    """
    model = _convert(net, widths)
    units = [layer.forward_layer.units for layer in _lstms(net)]
    preprocessing = window.VERSION, window.HEIGHT, window.STRIDE
    known = ModelFacts(ALPHABET.characters, *preprocessing, widths, ROWS, PARTS, units, **facts)
    model = pack(model, known)
    check(net, model, sample)
    return model


def check(net: keras.Model, model: bytes, sample: Sequence[Grey]) -> float:
    """Compare Keras and LiteRT on a fixed batch; give the share of windows that both read alike.

    Raises
    ------
    ModelError
        If their probabilities differ by more than int8 weights explain, more than 1 window in 10 reads otherwise, or
        the sample has nothing for one of the buckets.
    """
    from ai_edge_litert.interpreter import Interpreter

    facts = unpack(model, "export")
    interpreter = Interpreter(model_content=model, num_threads=1)
    alike, apart, total = 0, 0.0, 0
    for narrower, width in itertools.pairwise((0, *facts.widths)):
        fitting = [w for w in sample if narrower < w.shape[1] <= width]
        if not fitting:
            raise ModelError("export", f"the sample has no window for the bucket of {width} pixels; give more of them")
        fitting += itertools.islice(itertools.cycle(fitting), -len(fitting) % ROWS)
        for start in range(0, len(fitting), ROWS):
            batch = window.stack(fitting[start : start + ROWS], width)
            ours = _softmax(np.asarray(keras.ops.convert_to_numpy(net(batch, training=False))))
            theirs = _softmax(run(interpreter, facts, batch))
            alike += int(_same_choice(ours, theirs).all(1).sum())
            apart += float(np.abs(ours - theirs).sum(2).mean()) * ROWS
            total += ROWS
    if apart / total > _FARTHEST or alike < 0.9 * total:
        raise ModelError(
            "export",
            f"LiteRT does not agree with Keras (timesteps differ by {apart / total:.3f}, {alike} of {total} alike); "
            "export from float weights, or find the layer that does not convert",
        )
    return alike / total


def _same_choice(ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Say for each timestep whether both choose one class, or Keras was as good as undecided."""
    chosen = np.take_along_axis(ours, theirs.argmax(2)[:, :, None], 2)[:, :, 0]
    return np.asarray(ours.max(2) - chosen < _UNDECIDED)


def _softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(np.exp(log_softmax(logits)))


def _convert(net: keras.Model, widths: Sequence[int]) -> bytes:
    """Make a model with the signatures that `ocrkit.recognize.exported.run` calls."""
    import tensorflow as tf

    module = tf.Module()
    module.variables_ = [variable.value for variable in net.variables]
    signatures: dict[str, Any] = {}

    def add(name: str, function: Callable[..., dict[str, Any]], **shapes: tuple[int, ...]) -> None:
        specs = {key: tf.TensorSpec((ROWS, *shape), tf.float32, name=key) for key, shape in shapes.items()}
        signatures[name] = tf.function(function, autograph=False).get_concrete_function(**specs)

    convolutions = keras.Model(net.input, net.get_layer("column_relu").output)
    for width in widths:
        _check_width(convolutions.compute_output_shape((ROWS, window.HEIGHT, width, 1))[2], width)
        add(f"convolve_{width}", _convolve(convolutions), windows=(window.HEIGHT, width, 1))
    for steps in PARTS:
        channels = convolutions.output.shape[-1]
        for number, layer in enumerate(_lstms(net)):
            part, units = (steps, channels), layer.forward_layer.units
            add(f"lstm{number}_{steps}", _lstm_part(layer), forward=part, backward=part, state=(4, units))
            channels = 2 * units
        add(f"classify_{steps}", _classify(net), features=(steps, channels))
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(signatures))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        model: bytes = converter.convert()
    return model


def _check_width(steps: int, width: int) -> None:
    try:
        parts_of(steps, PARTS)
    except ValueError as error:
        raise ModelError("export", f"a bucket of {width} pixels: {error}; give multiples of 64") from error


def _lstms(net: keras.Model) -> list[keras.layers.Bidirectional]:
    return [layer for layer in net.layers if isinstance(layer, keras.layers.Bidirectional)]


def _convolve(convolutions: keras.Model) -> Callable[..., dict[str, Any]]:
    def convolve(windows: Any) -> dict[str, Any]:
        x = convolutions(windows, training=False)
        return {"features": keras.ops.reshape(x, (ROWS, -1, x.shape[-1]))}

    return convolve


def _lstm_part(layer: keras.layers.Bidirectional) -> Callable[..., dict[str, Any]]:
    ops = keras.ops

    def advance(forward: Any, backward: Any, state: Any) -> dict[str, Any]:
        hidden, carried, hidden_back, carried_back = ops.unstack(state, axis=1)
        forward, *kept = _one_way(layer.forward_layer.cell, forward, hidden, carried, False)
        backward, *kept_back = _one_way(layer.backward_layer.cell, backward, hidden_back, carried_back, True)
        return {"forward": forward, "backward": backward, "state": ops.stack([*kept, *kept_back], axis=1)}

    return advance


def _one_way(cell: Any, x: Any, hidden: Any, carried: Any, backwards: bool) -> tuple[Any, Any, Any]:
    ops = keras.ops
    rows, steps, channels = x.shape
    projected = ops.matmul(ops.reshape(x, (rows * steps, channels)), cell.kernel) + cell.bias
    inputs = ops.unstack(ops.reshape(projected, (rows, steps, 4 * cell.units)), axis=1)
    outputs = [None] * steps
    for step in reversed(range(steps)) if backwards else range(steps):
        gates = inputs[step] + ops.matmul(hidden, cell.recurrent_kernel)
        write, keep, value, show = ops.split(gates, 4, axis=-1)
        carried = ops.sigmoid(keep) * carried + ops.sigmoid(write) * ops.tanh(value)
        hidden = ops.sigmoid(show) * ops.tanh(carried)
        outputs[step] = hidden
    return ops.stack(outputs, axis=1), hidden, carried


def _classify(net: keras.Model) -> Callable[..., dict[str, Any]]:
    dense, halves = net.get_layer("logits"), net.get_layer("halves")

    def classify(features: Any) -> dict[str, Any]:
        return {"logits": keras.ops.reshape(dense(features), (ROWS, -1, halves.target_shape[-1]))}

    return classify
