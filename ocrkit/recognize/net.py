"""The Word Deep Net in Keras 3: convolutions with batch norm, a bidirectional LSTM, CTC.

Takes batches of normalised windows, gives logits for each timestep. Used to train, measure and export; reading uses
the exported model and never imports this module.

References
----------
.. [1] B. Shi, X. Bai, C. Yao, "An End-to-End Trainable Neural Network for Image-based Sequence Recognition and Its
   Application to Scene Text Recognition" (CRNN), IEEE TPAMI 39(11), 2017. We shrink the picture by strided
   convolutions instead of pooling.
.. [2] A. Graves et al., "Connectionist Temporal Classification", ICML 2006.
.. [3] M. Jaderberg, A. Vedaldi, A. Zisserman, "Speeding up Convolutional Neural Networks with Low Rank Expansions",
   BMVC 2014.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import attrs
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.errors import ModelError
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.window import HEIGHT


@attrs.frozen
class NetSettings:
    """The shape of a net.

    Parameters
    ----------
    convolutions : tuple of (int, int, int)
        Filters, stride down and stride across of each 3 x 3 convolution.
    ranks : tuple of int
        Of each convolution and the one behind it: one 3 down, into so many channels, and then one 3 across come in
        their place, at 2/3 of rank/filters of the multiplications [3]_. 0 leaves them whole.
    residual : tuple of int
        Places among the convolutions, from 0, behind which another of the same filters adds to what it gets.
    column : int
        Channels of a timestep, from all the rows that are left.
    units : int
        Of the LSTM, in each direction.
    layers : int
        LSTM layers, one on the other; each behind the first adds to what it gets, and begins as nothing.
    steps : int
        Timesteps that each step of the LSTM gives: strides across multiply to `STRIDE` times this. CTC needs three
        timesteps for ``ll``, which are less than 12 pixels wide in many faces; the LSTM knows both halves.
    dropout : float
        Before the last layer.
    classes : int
        Characters of the alphabet, and the blank.
    """

    convolutions: tuple[tuple[int, int, int], ...] = (
        (32, 2, 2),
        (64, 2, 2),
        (64, 1, 1),
        (128, 2, 1),
        (128, 1, 1),
        (192, 2, 1),
    )
    ranks: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
    residual: tuple[int, ...] = (4, 5)
    column: int = 192
    units: int = 128
    layers: int = 1
    steps: int = 2
    dropout: float = 0.1
    classes: int = ALPHABET.classes


WORD = NetSettings()
"""The Word Deep Net, for windows that are looked at closely."""
GLANCE = attrs.evolve(WORD, ranks=(0, 32, 32, 40, 48, 72))
"""Its smaller sister with two fifths of the multiplications, for the first look at all of them."""
TINY = NetSettings(((8, 2, 2), (16, 2, 2), (16, 4, 1)), ranks=(0, 0, 8), residual=(), column=16, units=16)
"""For tests."""
DEEP = attrs.evolve(WORD, layers=2)
"""The large net with a second LSTM, which earned nothing yet (docs/decisions/0028)."""
NETS = {"word": WORD, "glance": GLANCE, "deep": DEEP, "tiny": TINY}

_UNLIKELY = -3.0  # logit of a character that a net has not met


def build_net(settings: NetSettings = WORD) -> keras.Model:
    """Build a net with random weights.

    Returns
    -------
    keras.Model
        From float (N, HEIGHT, W, 1), any W that the strides across divide, to float32 logits (N, W / STRIDE, classes).
    """
    windows = keras.Input((HEIGHT, None, 1), name="windows")
    x = windows
    rows = HEIGHT
    for number, (filters, down, across) in enumerate(settings.convolutions):
        rank = settings.ranks[number]
        x = _convolution(x, filters, (3, 3), (down, across), f"conv{number}", rank=rank)
        rows //= down
        if number in settings.residual:
            x = _residual(x, f"more{number}", rank)
    # the rows that are left become channels
    x = _convolution(x, settings.column, (rows, 1), (1, 1), "column", padding="valid")
    x = keras.layers.Reshape((-1, x.shape[-1]), name="timesteps")(x)
    for number in range(settings.layers):
        lstm = keras.layers.LSTM(settings.units, return_sequences=True)
        more = keras.layers.Bidirectional(lstm, name=f"lstm{number}")(x)
        x = keras.layers.Add(name=f"lstm{number}_sum")([x, more]) if number else more
    x = keras.layers.Dropout(settings.dropout, name="dropout")(x)
    x = keras.layers.Dense(settings.steps * settings.classes, dtype="float32", name="logits")(x)
    logits = keras.layers.Reshape((-1, settings.classes), dtype="float32", name="halves")(x)
    net = keras.Model(windows, logits, name="word_deep_net")
    for number in range(1, settings.layers):
        _hush(net.get_layer(f"lstm{number}"))
    return net


def _convolution(
    x: Any,
    filters: int,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    name: str,
    padding: str = "same",
    rank: int = 0,
) -> Any:
    x = _weighted(x, filters, kernel, strides, name, padding, rank)
    x = keras.layers.BatchNormalization(momentum=0.98, epsilon=1e-3, name=f"{name}_norm")(x)
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)


def _residual(x: Any, name: str, rank: int) -> Any:
    """Add a convolution to what it gets. It begins as nothing."""
    more = _weighted(x, x.shape[-1], (3, 3), (1, 1), name, "same", rank)
    more = keras.layers.BatchNormalization(momentum=0.98, epsilon=1e-3, gamma_initializer="zeros", name=f"{name}_norm")(
        more
    )
    x = keras.layers.Add(name=f"{name}_sum")([x, more])
    return keras.layers.Activation("relu", name=f"{name}_relu")(x)


def _weighted(
    x: Any, filters: int, kernel: tuple[int, int], strides: tuple[int, int], name: str, padding: str, rank: int
) -> Any:
    """Convolve, whole or down and then across."""
    if rank:
        x = keras.layers.Conv2D(rank, (kernel[0], 1), (strides[0], 1), padding, use_bias=False, name=f"{name}_down")(x)
        kernel, strides = (1, kernel[1]), (1, strides[1])
    return keras.layers.Conv2D(filters, kernel, strides, padding, use_bias=False, name=name)(x)


def values_written(array: npt.NDArray[np.float32]) -> slice:
    """Say which columns of an LSTM's kernel or bias make the values that its cells write: the third of four parts."""
    units = array.shape[-1] // 4
    return slice(2 * units, 3 * units)


def _hush(lstm: keras.layers.Bidirectional) -> None:
    """Let an LSTM give nothing yet: the values that it would write are all zero, until it has learnt some."""
    arrays = lstm.get_weights()
    for array in arrays:
        array[..., values_written(array)] = 0
    lstm.set_weights(arrays)


def take_weights(net: keras.Model, other: keras.Model) -> None:
    """Give a net the weights of one of other ranks or fewer layers, or else what is nearest to them of its own.

    Of lower rank it reads a little worse at first, and soon learns to read as well. No rank may be greater than the
    kernel's that comes in its place. Layers that the other lacks stay as they are.
    """
    names, others = ({layer.name for layer in each.layers} for each in (net, other))
    for name in sorted(names & others):
        down = f"{name}_down"
        if name.endswith("_down"):
            continue
        weights = other.get_layer(name).get_weights()
        if down in others:
            weights[0] = _multiplied(other.get_layer(down).get_weights()[0], weights[0])
        if down in names:
            first, *weights = _low_rank(weights[0], net.get_layer(down).filters)
            net.get_layer(down).set_weights([first])
        net.get_layer(name).set_weights(weights)


def _multiplied(down: npt.NDArray[np.float32], across: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give the kernel that does what two do, one behind the other."""
    return np.asarray(np.einsum("dir,arf->daif", down[:, 0], across[0]), np.float32)


def _low_rank(kernel: npt.NDArray[np.float32], rank: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Give the kernels down and across that together are the nearest to one of shape (down, across, in, out)."""
    rows, columns, channels, filters = kernel.shape
    table = kernel.transpose(0, 2, 1, 3).reshape(rows * channels, columns * filters)
    left, strengths, right = np.linalg.svd(table, full_matrices=False)
    each = np.sqrt(strengths[:rank])
    down = (left[:, :rank] * each).reshape(rows, 1, channels, rank)
    return down, (each[:, None] * right[:rank]).reshape(1, rank, columns, filters).swapaxes(1, 2)


def save_weights(net: keras.Model, path: Path) -> None:
    """Write a net's weights as plain arrays, in the order of its variables, readable by any Keras backend."""
    arrays: dict[str, Any] = {f"{i:03d}": np.asarray(w, np.float32) for i, w in enumerate(net.get_weights())}
    np.savez(path, **arrays)


def read_arrays(path: Path) -> list[npt.NDArray[Any]]:
    """Read the arrays of a file of weights, in the order of a net's variables.

    Raises
    ------
    ModelError
        If it is no such file.
    """
    try:
        with np.load(path) as arrays:
            return [arrays[name] for name in sorted(arrays.files)]
    except (ValueError, OSError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(str(path), "it holds no weights; give the average.npz of a run") from error


def settings_in(path: Path, settings: NetSettings) -> NetSettings:
    """Tell the ranks and layers (1 at least) of the net that a file of weights belongs to, else like `settings`."""
    arrays = read_arrays(path)
    kernels = [array.shape for array in arrays if array.ndim == 4]
    ranks = []
    for _ in settings.convolutions:
        down = len(kernels) > 1 and kernels[0][1] == 1
        ranks.append(kernels[0][3] if down else 0)
        convolutions = 2 if len(ranks) - 1 in settings.residual else 1
        del kernels[: convolutions * (2 if down else 1)]
    # each layer has a kernel and a recurrent one in each direction, and the last kernel is of the classes
    layers = max(sum(array.ndim == 2 for array in arrays) // 4, 1)
    return attrs.evolve(settings, ranks=tuple(ranks), layers=layers)


def _with_classes(array: npt.NDArray[np.float32], steps: int, classes: int, new: float) -> npt.NDArray[np.float32]:
    """Add classes behind those of each step of the last layer's kernel or bias, if it has fewer."""
    known = array.shape[-1] // steps
    if array.shape[-1] % steps or known >= classes:
        return array
    parts = array.reshape(*array.shape[:-1], steps, known)
    pads = [(0, 0)] * (parts.ndim - 1) + [(0, classes - known)]
    return np.pad(parts, pads, constant_values=new).reshape(*array.shape[:-1], steps * classes)


def load_weights(net: keras.Model, path: Path) -> None:
    """Read weights into a net of the same shape, or one that knows more characters, which begin as unlikely.

    Raises
    ------
    ModelError
        If they belong to a net of another shape.
    """
    weights = read_arrays(path)
    classes = net.output_shape[-1]
    steps = net.get_layer("logits").units // classes
    try:
        kernel, bias = weights[-2:]
        weights[-2:] = _with_classes(kernel, steps, classes, 0), _with_classes(bias, steps, classes, _UNLIKELY)
        net.set_weights(weights)
    except ValueError as error:
        raise ModelError(str(path), f"its weights belong to another net: give its --net ({error})") from error
