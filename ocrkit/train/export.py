"""Turn a trained net into the LiteRT model that ships: int8 weights, facts inside.

`ocrkit.recognize.exported` says which signatures it has, and why. In the file all share one copy of the weights.
"""

from __future__ import annotations

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
from ocrkit.recognize.exported import run
from ocrkit.recognize.model import ModelFacts, pack, unpack

STEPS = 8
"""Of the LSTM, laid out: one call takes it so much further."""
_COLUMNS = 2048  # pixels of width of windows that are compared at once
_UNDECIDED = 0.1  # difference in probability below which either choice is as good
_FARTHEST = 0.05  # mean difference of probabilities between Keras and LiteRT that int8 weights may cause


def export(net: keras.Model, sample: Sequence[Grey], **facts: Any) -> bytes:
    """Export a net.

    Parameters
    ----------
    net : keras.Model
        As `ocrkit.recognize.net.build_net` makes it, with trained weights.
    sample : sequence of ndarray of uint8, shape (HEIGHT, W)
        Windows on which Keras and LiteRT must agree.
    **facts
        Further fields of `ModelFacts`.

    Returns
    -------
    bytes
        The model file.

    Raises
    ------
    ModelError
        If LiteRT reads the sample otherwise than Keras, or there is no sample.
    """
    convolutions = keras.Model(net.input, net.get_layer("column_relu").output)
    step = window.WIDEST // convolutions.compute_output_shape((1, window.HEIGHT, window.WIDEST, 1))[2]
    known = ModelFacts(
        characters=ALPHABET.characters,
        window_version=window.VERSION,
        height=window.HEIGHT,
        stride=window.STRIDE,
        widest=window.WIDEST,
        grain=STEPS * step,
        steps=STEPS,
        units=[layer.forward_layer.units for layer in _lstms(net)],
        **facts,
    )
    model = pack(_convert(net, convolutions), known)
    check(net, model, sample)
    return model


def check(net: keras.Model, model: bytes, sample: Sequence[Grey]) -> float:
    """Compare Keras and LiteRT on a fixed sample; give the share of windows that both read alike.

    Raises
    ------
    ModelError
        If their probabilities differ by more than int8 weights explain, more than 1 window in 10 reads otherwise, or
        the sample is empty.
    """
    from ai_edge_litert.interpreter import Interpreter

    if not sample:
        raise ModelError("export", "there is no window to hold LiteRT against Keras with; give a sample")
    facts = unpack(model, "export")
    interpreter = Interpreter(model_content=model, num_threads=1)
    alike, apart = 0, 0.0
    for batch in window.batches(sorted(sample, key=lambda w: w.shape[1]), facts.grain, _COLUMNS):
        ours = _softmax(np.asarray(keras.ops.convert_to_numpy(net(batch, training=False))))
        theirs = _softmax(run(interpreter, facts, batch))
        alike += int(_same_choice(ours, theirs).all(1).sum())
        apart += float(np.abs(ours - theirs).sum(2).mean()) * len(batch)
    total = len(sample)
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


def _convert(net: keras.Model, convolutions: keras.Model) -> bytes:
    """Make a model with the signatures that `ocrkit.recognize.exported.run` calls."""
    import tensorflow as tf

    module = tf.Module()
    module.variables_ = [variable.value for variable in net.variables]
    signatures: dict[str, Any] = {}

    def add(name: str, function: Callable[..., dict[str, Any]], **shapes: tuple[int | None, ...]) -> None:
        specs = {key: tf.TensorSpec((None, *shape), tf.float32, name=key) for key, shape in shapes.items()}
        signatures[name] = tf.function(function, autograph=False).get_concrete_function(**specs)

    add("convolve", _convolve(convolutions), windows=(window.HEIGHT, None, 1))
    channels = convolutions.output.shape[-1]
    for number, layer in enumerate(_lstms(net)):
        part, units = (STEPS, channels), layer.forward_layer.units
        add(f"lstm{number}", _lstm_part(layer), forward=part, backward=part, state=(4, units))
        channels = 2 * units
    add("classify", _classify(net), features=(channels,))
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(signatures))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        model: bytes = converter.convert()
    return model


def _lstms(net: keras.Model) -> list[keras.layers.Bidirectional]:
    return [layer for layer in net.layers if isinstance(layer, keras.layers.Bidirectional)]


def _convolve(convolutions: keras.Model) -> Callable[..., dict[str, Any]]:
    def convolve(windows: Any) -> dict[str, Any]:
        # no reshaping: what it makes of a shape that is not known beforehand LiteRT works out at every call
        return {"features": keras.ops.squeeze(convolutions(windows, training=False), axis=1)}

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
    steps = x.shape[1]
    inputs = ops.unstack(ops.matmul(x, cell.kernel) + cell.bias, axis=1)
    outputs = [None] * steps
    for step in reversed(range(steps)) if backwards else range(steps):
        gates = inputs[step] + ops.matmul(hidden, cell.recurrent_kernel)
        write, keep, value, show = ops.split(gates, 4, axis=-1)
        carried = ops.sigmoid(keep) * carried + ops.sigmoid(write) * ops.tanh(value)
        hidden = ops.sigmoid(show) * ops.tanh(carried)
        outputs[step] = hidden
    return ops.stack(outputs, axis=1), hidden, carried


def _classify(net: keras.Model) -> Callable[..., dict[str, Any]]:
    dense = net.get_layer("logits")

    def classify(features: Any) -> dict[str, Any]:
        return {"logits": dense(features)}

    return classify
