"""The text map's net, its training and its export.

A plain net of few channels that halves its picture four times and comes back half of that way, to cells. It learns from
crops of marked pages (`ocrkit.train.pages`).
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import attrs
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.detect.textmap import GRAIN
from ocrkit.errors import ModelError
from ocrkit.files import write_whole
from ocrkit.image import Grey
from ocrkit.train.banks import make_banks
from ocrkit.train.crops import Crops, CropSettings, Lesson, teach
from ocrkit.train.materials import is_held_out
from ocrkit.train.notebook import Logger
from ocrkit.train.pages import SIDE, Labels, MarkedPage, PageSource, pdfs, receipts

_FARTHEST = 1e-3  # greatest difference of probabilities between Keras and LiteRT


def build_map(side: int | None = None, doubled: Callable[[Any], Any] | None = None) -> keras.Model:
    """Build the net, with random weights.

    Parameters
    ----------
    side : int, optional
        Pixels of its picture's sides, a multiple of `GRAIN`; any if it is not given.
    doubled : callable, optional
        What makes a picture twice as high and wide, each of its pixels four times, if not a layer of Keras.

    Returns
    -------
    keras.Model
        Takes grey levels from 0 to 1, shape (N, side, side, 1), gives the logits of dark and of light text, shape
        (N, side / CELL, side / CELL, 2).
    """
    layers = keras.layers
    doubled = doubled or layers.UpSampling2D(2)
    picture = layers.Input((side, side, 1))
    fine = _convolved(_convolved(picture, 8, 5, 2), 16, 3, 2)
    middle = _convolved(_convolved(fine, 24, 3, 2), 24)
    x = _convolved(_convolved(_convolved(middle, 32, 3, 2), 32), 24)
    x = layers.Concatenate()([doubled(x), middle])
    x = _convolved(_convolved(x, 24), 16, 1)
    x = layers.Concatenate()([doubled(x), fine])
    x = _convolved(_convolved(x, 16, 1), 16)
    return keras.Model(picture, layers.Conv2D(2, 1)(x), name="text_map")


def _convolved(x: Any, channels: int, kernel: int = 3, stride: int = 1) -> Any:
    layers = keras.layers
    x = layers.Conv2D(channels, kernel, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


class MapLoss(keras.losses.Loss):  # type: ignore[misc]
    """Cross entropy of the cells that count, and the Dice loss of all of them together."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compare labels, shape (N, rows, columns, 3), with logits, shape (N, rows, columns, 2)."""
        ops = keras.ops
        text, counts = ops.cast(y_true[..., :2], "float32"), ops.cast(y_true[..., 2:], "float32")
        entropy = ops.maximum(y_pred, 0) - y_pred * text + ops.log1p(ops.exp(-ops.abs(y_pred)))
        chance = ops.sigmoid(y_pred)
        dice = 1 - (2 * ops.sum(chance * text * counts) + 1) / (ops.sum((chance + text) * counts) + 1)
        return 2 * ops.sum(entropy * counts) / ops.sum(counts) + dice


def _drawn(source: PageSource) -> Callable[[random.Random, int], Crops]:
    return lambda rng, many: as_batch([source.crop(rng) for _ in range(many)])


def as_batch(crops: Sequence[tuple[Grey, Labels]]) -> tuple[npt.NDArray[np.float32], Labels]:
    """Give crops and their labels as the net takes them."""
    pictures = np.stack([grey for grey, _ in crops]).astype(np.float32)[..., None] / np.float32(255)
    return pictures, np.stack([labels for _, labels in crops])


def marked_pages(data: Path, manuals: Path | None = None) -> list[MarkedPage]:
    """Read the receipts and draw the PDFs of a folder of training data, and a page of each manual of another."""
    pages = [*receipts(data / "receipts"), *pdfs(sorted((data / "pdfs").rglob("*.pdf")))]
    if manuals:
        pages += pdfs(sorted(manuals.rglob("*.pdf")), most=1)
    return pages


def train_map(
    data: Path,
    out: Path,
    goal: str,
    settings: CropSettings,
    tell: Callable[[str], None],
    manuals: Path | None = None,
    start: Path | None = None,
) -> int:
    """Train a map on the pages of a folder; write ``map.npz`` and ``text.tflite``.

    Parameters
    ----------
    data : Path
        Folder with ``receipts/``, ``pdfs/`` and ``textures/``.
    out : Path
        Folder of the run.
    goal : str
        What the run is to find out, for the notebook.
    settings : CropSettings
    tell : callable
        Takes lines of progress.
    manuals : Path, optional
        Folder with more PDFs, of which one page each is drawn.
    start : Path, optional
        Weights to begin with.

    Returns
    -------
    int
        The run's number in the notebook.
    """
    out.mkdir(parents=True, exist_ok=True)
    pages = marked_pages(data, manuals)
    textures = sorted(path for path in (data / "textures").iterdir() if not is_held_out(path.name))
    banks = make_banks(textures)
    learnt, kept = (PageSource([p for p in pages if p.held_out == held], banks) for held in (False, True))
    facts = {"pages": len(learnt.pages), "held_out_pages": len(kept.pages), "textures": len(textures)}
    logger = Logger(goal, {"map": attrs.asdict(settings), "data": facts, "start": str(start)})
    net = build_map(SIDE)
    lesson = Lesson(net=net, loss=MapLoss(), learnt=_drawn(learnt), kept=_drawn(kept), judge=cell_accuracy)
    teach(lesson, settings, out / "map.npz", logger, tell, start)
    rng = random.Random(f"{settings.seed}/sample")
    write_whole(out / "text.tflite", export_map(net, [grey for grey, _ in (kept.crop(rng) for _ in range(4))]))
    return logger.number


def cell_accuracy(logits: npt.NDArray[np.float32], labels: Labels) -> dict[str, float]:
    """Say how many cells of text are found, and how many found ones are text."""
    text, counts = labels[..., :2] > 0, labels[..., 2:] > 0
    found = (logits > 0) & counts
    right = float((found & text).sum())
    return {
        "accuracy/cells found": right / max(float((text & counts).sum()), 1),
        "accuracy/cells that are text": right / max(float(found.sum()), 1),
    }


def export_map(net: keras.Model, sample: Iterable[Grey]) -> bytes:
    """Make a LiteRT model of a trained map, which takes tiles of bytes, of any size, and gives probabilities.

    Raises
    ------
    ModelError
        If LiteRT sees the sample otherwise than Keras.
    """
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    # what Keras doubles a picture with asks for its shape, which LiteRT takes long over whenever that changes
    whole = build_map(doubled=lambda x: keras.layers.Lambda(_doubled)(x))
    whole.set_weights(net.get_weights())
    module = tf.Module()
    module.variables_ = [variable.value for variable in whole.variables]

    def forward(grey: Any) -> Any:
        return {"text": keras.ops.sigmoid(whole(keras.ops.cast(grey, "float32") / 255, training=False))}

    spec = tf.TensorSpec((1, None, None, 1), tf.uint8, name="grey")
    signature = tf.function(forward, autograph=False).get_concrete_function(spec)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"map": signature})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        model: bytes = converter.convert()
    runner = Interpreter(model_content=model, num_threads=1).get_signature_runner("map")
    for grey in sample:
        tile = np.pad(grey, [(0, -size % GRAIN) for size in grey.shape], "edge")[None, :, :, None]
        apart = float(np.abs(runner(grey=tile)["text"] - forward(tile)["text"]).mean())
        if apart > _FARTHEST:
            raise ModelError("export", f"LiteRT does not agree with Keras: cells differ by {apart:.4f}")
    return model


def _doubled(x: Any) -> Any:
    import tensorflow as tf

    return tf.nn.depth_to_space(tf.concat([x] * 4, 3), 2)
