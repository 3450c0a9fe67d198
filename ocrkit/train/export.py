"""Turn a trained net into the LiteRT model that ships: int8 weights, one signature for each bucket, facts inside.

The LSTM is laid out step by step, with its input projection taken out of the recurrence: LiteRT runs that several
times faster than a loop. All signatures share one copy of the weights.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ocrkit.errors import ModelError
from ocrkit.image import Grey
from ocrkit.recognize import window
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.ctc import log_softmax
from ocrkit.recognize.model import ModelFacts, pack

ROWS = 8
"""Windows in a batch of the exported model."""
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
        Buckets, the narrowest first.
    **facts
        Further fields of `ModelFacts`.

    Returns
    -------
    bytes
        The model file.

    Raises
    ------
    ModelError
        If LiteRT reads the sample otherwise than Keras.
    """
    model = _convert(net, widths)
    known = ModelFacts(ALPHABET.characters, window.VERSION, window.HEIGHT, window.STRIDE, widths, ROWS, **facts)
    check(net, model, sample, widths)
    return pack(model, known)


def check(net: keras.Model, model: bytes, sample: Sequence[Grey], widths: Sequence[int] = window.WIDTHS) -> float:
    """Compare Keras and LiteRT on a fixed batch; give the share of windows that both read alike.

    Raises
    ------
    ModelError
        If their probabilities differ by more than int8 weights explain, or more than 1 window in 50 reads otherwise.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    alike, apart, total = 0, 0.0, 0
    for narrower, width in itertools.pairwise((0, *widths)):
        fitting = [w for w in sample if narrower < w.shape[1] <= width]
        runner = interpreter.get_signature_runner(f"read_{width}")
        for start in range(0, len(fitting) - ROWS + 1, ROWS):
            batch = window.stack(fitting[start : start + ROWS], width)
            ours = _softmax(np.asarray(keras.ops.convert_to_numpy(net(batch, training=False))))
            theirs = _softmax(runner(windows=batch)["logits"])
            alike += int(_same_choice(ours, theirs).all(1).sum())
            apart += float(np.abs(ours - theirs).sum(2).mean()) * ROWS
            total += ROWS
    if not total:
        raise ModelError("export", f"the sample fills no batch of {ROWS} windows; give more of them")
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
    import tensorflow as tf

    module = tf.Module()
    module.variables_ = [variable.value for variable in net.variables]
    signatures = {}
    for width in widths:
        spec = tf.TensorSpec((ROWS, window.HEIGHT, width, 1), tf.float32, name="windows")
        forward = tf.function(lambda windows: {"logits": _forward(net, windows)}, autograph=False)
        signatures[f"read_{width}"] = forward.get_concrete_function(spec)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(signatures))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        model: bytes = converter.convert()
    return model


def _forward(net: keras.Model, x: Any) -> Any:
    """Run a net at a fixed width, its recurrent layers unrolled."""
    seen = keras.Model(net.input, net.get_layer("column_relu").output)
    x = seen(x, training=False)
    for layer in net.layers[len(seen.layers) :]:
        if isinstance(layer, keras.layers.Bidirectional):
            x = _unrolled(layer, x)
        elif isinstance(layer, keras.layers.Reshape):
            x = keras.ops.reshape(x, (x.shape[0], -1, layer.target_shape[-1]))
        else:
            x = layer(x, training=False)
    return x


def _unrolled(layer: keras.layers.Bidirectional, x: Any) -> Any:
    halves = [_one_way(half.cell, x, half.go_backwards) for half in (layer.forward_layer, layer.backward_layer)]
    return keras.ops.concatenate(halves, -1)


def _one_way(cell: Any, x: Any, backwards: bool) -> Any:
    ops = keras.ops
    rows, steps, channels = x.shape
    projected = ops.matmul(ops.reshape(x, (rows * steps, channels)), cell.kernel) + cell.bias
    inputs = ops.unstack(ops.reshape(projected, (rows, steps, 4 * cell.units)), axis=1)
    hidden = carried = None
    outputs = [None] * steps
    for step in reversed(range(steps)) if backwards else range(steps):
        gates = inputs[step] if hidden is None else inputs[step] + ops.matmul(hidden, cell.recurrent_kernel)
        write, keep, value, show = ops.split(gates, 4, axis=-1)
        fresh = ops.sigmoid(write) * ops.tanh(value)
        carried = fresh if carried is None else ops.sigmoid(keep) * carried + fresh
        hidden = ops.sigmoid(show) * ops.tanh(carried)
        outputs[step] = hidden
    return ops.stack(outputs, axis=1)
