"""Training and export of the orienter's net.

It learns from crops of marked pages and from tiles of synthetic lines, each turned by a quarter, a half, three quarters
or not at all. A tile without text has no way up: there the net learns to be undecided.
"""

from __future__ import annotations

import random
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import cv2
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.errors import ModelError
from ocrkit.files import write_whole
from ocrkit.image import Grey
from ocrkit.orient.net import TURNS, build_net
from ocrkit.orient.tiles import SIDE, choose
from ocrkit.train.crops import Crops, CropSettings, Lesson, teach
from ocrkit.train.mapping import marked_pages
from ocrkit.train.materials import Materials
from ocrkit.train.notebook import Logger
from ocrkit.train.pages import PageSource
from ocrkit.train.photograph import photograph_again
from ocrkit.train.synth import Source

Turns = npt.NDArray[np.float32]
"""Chances of the four turns, shape (TURNS,)."""

_SYNTHETIC = 0.25  # of the tiles
_FARTHEST = 0.05  # usual difference of logits between Keras and LiteRT, relative to the usual logit
_ASKEW = 22.0  # degrees, at most: photos of pages that are askew by half as much
_SHEET = round(1.31 * SIDE)  # pixels: as much as a tile needs to be turned by so much
_ENOUGH = 12  # cells of the text map: a word
_STOCK = 600  # sets of windows
_TILES = 8  # of a page
_MISUNDERSTOOD = 0.2  # of tiles, as far as the sum of votes is concerned
_SAMPLE = 200  # tiles, to export with
_WEIGHTS = np.geomspace(0.02, 5, 100)
_LETTER = 20.0  # pixels of a window of 32 rows


@attrs.frozen
class TileSource:
    """Draws turned tiles.

    Parameters
    ----------
    pages : PageSource
    stock : sequence of sequences of ndarray of uint8, shape (HEIGHT, W)
        Synthetic windows, those of a set in one style. They are drawn once, since that takes longest, and laid out
        afresh for every tile.
    """

    pages: PageSource
    stock: Sequence[Sequence[Grey]]

    def tile(self, rng: random.Random) -> tuple[Grey, Turns]:
        """Draw a tile, shape (SIDE, SIDE), and which turns make it upright."""
        grey, has_text = self._synthetic(rng) if rng.random() < _SYNTHETIC else self._of_page(rng)
        quarters = rng.randrange(TURNS)
        upright = np.full(TURNS, 1 / TURNS, np.float32)
        if has_text:
            upright[:] = 0
            upright[quarters] = 1
        return np.rot90(grey, quarters), upright  # which turns it the other way round

    def _of_page(self, rng: random.Random) -> tuple[Grey, bool]:
        while True:
            grey, labels = self.pages.crop(rng)
            cells = int(labels[..., :2].sum())
            if not 0 < cells < _ENOUGH:  # of a letter or two nobody could tell
                return grey, cells > 0

    def _synthetic(self, rng: random.Random) -> tuple[Grey, bool]:
        """Lay out windows of one kind as lines of a tile."""
        windows = rng.choice(self.stock)
        letter = min(max(rng.gauss(13, 4), 8), 30)
        height = round(32 * letter / _LETTER)
        paper = float(np.median([np.median(window) for window in windows]))
        sheet: Any = np.full((_SHEET, _SHEET), paper, np.uint8)
        top, any_text = rng.randint(-height, height), False
        columns = rng.random() < 0.3
        while top < _SHEET:
            left = rng.randint(-20, 60) if columns or rng.random() < 0.3 else rng.choice((-10, 4, 12))
            while left < _SHEET:
                window = _scaled(rng.choice(windows), height)
                any_text |= _pasted(sheet, window, left, top)
                left += window.shape[1] + (rng.randint(15, 80) if columns else rng.randint(3, 12))
                if not columns and rng.random() < 0.3:
                    break
            top += round(height * rng.uniform(0.85, 1.6))
        tile = _turned(sheet, far_askew(rng), (SIDE, SIDE))
        return photograph_again(tile, 0.5 * rng.random(), self.pages.banks, rng), any_text


def stock_of(source: Source, seed: int, sets: int) -> list[list[Grey]]:
    """Draw sets of synthetic windows that have text."""
    drawn = ([e.window for e in source.windows(seed, number) if e.text] for number in range(sets))
    return [windows for windows in drawn if windows]


def _scaled(window: Grey, height: int) -> Grey:
    size = max(round(window.shape[1] * height / window.shape[0]), 1), height
    return cv2.resize(window, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def far_askew(rng: random.Random) -> float:
    """Draw degrees."""
    return rng.uniform(-_ASKEW, _ASKEW) if rng.random() < 0.5 else rng.gauss(0, 3)


def _turned(grey: Grey, degrees: float, size: tuple[int, int]) -> Grey:
    """Turn a picture about its middle, and cut so much of it out, width and height."""
    height, width = grey.shape
    matrix: Any = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += np.subtract(size, (width, height)) / 2
    return cv2.warpAffine(grey, matrix, size, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _pasted(sheet: Grey, window: Grey, left: int, top: int) -> bool:
    """Put a window onto a tile; say whether much of it is there."""
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + window.shape[1], _SHEET), min(top + window.shape[0], _SHEET)
    if x1 <= x0 or y1 <= y0:
        return False
    sheet[y0:y1, x0:x1] = window[y0 - top : y1 - top, x0 - left : x1 - left]
    return bool(x1 - x0 > 30 and y1 - y0 > 0.9 * window.shape[0])


def train_orienter(
    materials: Materials,
    out: Path,
    goal: str,
    settings: CropSettings,
    tell: Callable[[str], None],
    manuals: Path | None = None,
    start: Path | None = None,
) -> int:
    """Train an orienter on the pages of a folder and on synthetic lines; write ``orienter.npz`` and ``upright.tflite``.

    Parameters
    ----------
    materials : Materials
        What `ocrkit train prepare` made; its folder of data has ``receipts/`` and ``pdfs/``.
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
    if materials.data is None:
        raise ModelError("orienter", "its pages come with the training data; give their folder")
    out.mkdir(parents=True, exist_ok=True)
    pages = marked_pages(Path(materials.data), manuals)
    banks = materials.banks()
    learnt, kept = (
        TileSource(
            PageSource([p for p in pages if p.held_out == held], banks, far_askew),
            stock_of(materials.synthetic(held_out=held), settings.seed, _STOCK),
        )
        for held in (False, True)
    )
    facts = {"pages": len(learnt.pages.pages), "held_out_pages": len(kept.pages.pages)}
    logger = Logger(goal, {"orienter": attrs.asdict(settings), "data": facts, "start": str(start)})
    net = build_net()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    lesson = Lesson(net=net, loss=loss, learnt=_drawn(learnt), kept=_drawn(kept), judge=turns_right)
    teach(lesson, settings, out / "orienter.npz", logger, tell, start)
    rng = random.Random(f"{settings.seed}/sample")
    weight = weight_of_votes(net, kept.pages, rng)
    tell(f"a page's votes count {weight:.3f} each")
    write_whole(out / "upright.tflite", export_orienter(net, weight, [kept.tile(rng)[0] for _ in range(_SAMPLE)]))
    return logger.number


def weight_of_votes(net: keras.Model, source: PageSource, rng: random.Random) -> float:
    """Find what the votes of a page's tiles must be multiplied with, so that their sum says how sure it is.

    Tiles of one page are alike, so their votes are worth less than those of strangers.
    """
    sums, turns = [], []
    for page in source.pages:
        quarters = rng.randrange(TURNS)
        height, width = page.grey.shape
        grey = _turned(page.grey, far_askew(rng), (width, height))
        tiles = choose(np.rot90(source.photographed(grey, rng), quarters), _TILES)
        if tiles:
            pictures = np.stack(tiles).astype(np.float32)[..., None]
            sums.append(keras.ops.convert_to_numpy(_votes(net, pictures)).sum(0))
            turns.append(quarters)
    votes = np.array(sums)[None] * _WEIGHTS[:, None, None]
    votes -= votes.max(2, keepdims=True)
    costs = np.log(np.exp(votes).sum(2)) - votes[:, np.arange(len(turns)), turns]
    return float(_WEIGHTS[costs.mean(1).argmin()])


def _votes(net: keras.Model, tiles: Any) -> Any:
    """Give logarithms of the chances of tiles' turns, shape (N, TURNS).

    Each is seen as it is and on its head: what both say is no prejudice. Any may be misunderstood, however sure the net
    is, so that no tile outvotes several others.
    """
    ops = keras.ops
    logits = net(ops.concatenate([tiles, ops.flip(tiles, (1, 2))]) / 255, training=False)
    as_is, on_its_head = ops.split(logits, 2)
    chances = ops.softmax((as_is + ops.roll(on_its_head, TURNS // 2, 1)) / 2)
    return ops.log((1 - _MISUNDERSTOOD) * chances + _MISUNDERSTOOD / TURNS)


def _drawn(source: TileSource) -> Callable[[random.Random, int], Crops]:
    def draw(rng: random.Random, many: int) -> Crops:
        tiles, turns = zip(*(source.tile(rng) for _ in range(many)), strict=True)
        return np.stack(tiles).astype(np.float32)[..., None] / np.float32(255), np.stack(turns)

    return draw


def turns_right(logits: npt.NDArray[np.float32], turns: Turns) -> dict[str, float]:
    """Say how many tiles with text are put upright, and how sure the net is of those without."""
    text = turns.max(1) == 1
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    right = (logits.argmax(1) == turns.argmax(1))[text].mean() if text.any() else 0.0
    sure = chances[~text].max(1).mean() if not text.all() else 0.0
    return {"accuracy/tiles put upright": float(right), "chance of bare tiles": float(sure)}


def export_orienter(net: keras.Model, weight: float, sample: Sequence[Grey]) -> bytes:
    """Make a LiteRT model of a trained net, in bytes, which takes a tile and gives logits that can be added up.

    Parameters
    ----------
    net : keras.Model
    weight : float
        What logits are multiplied with.
    sample : sequence of ndarray of uint8, shape (SIDE, SIDE)
        Tiles that show which values are to be expected within the net.

    Raises
    ------
    ModelError
        If LiteRT sees the sample otherwise than Keras.
    """
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    module = tf.Module()
    module.variables_ = [variable.value for variable in net.variables]

    def forward(tile: Any) -> Any:
        return {"turns": weight * _votes(net, tile)}

    spec = tf.TensorSpec((1, SIDE, SIDE, 1), tf.float32, name="tile")
    signature = tf.function(forward, autograph=False).get_concrete_function(spec)
    # one with all grey levels, so that a step of the model's input is one of them
    tiles = [np.tile(np.arange(SIDE, dtype=np.uint8), (SIDE, 1)), *sample]
    pictures = [np.ascontiguousarray(tile)[None, :, :, None] for tile in tiles]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"vote": signature})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ({"tile": picture.astype(np.float32)} for picture in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of TensorFlow, about an interpreter of its own
            model: bytes = converter.convert()
    runner = Interpreter(model_content=model, num_threads=1).get_signature_runner("vote")
    theirs = np.concatenate([runner(tile=picture)["turns"] for picture in pictures])
    ours = np.concatenate([forward(picture.astype(np.float32))["turns"] for picture in pictures])
    apart = float(np.abs(theirs - ours).mean() / max(np.abs(ours).mean(), 1))
    if apart > _FARTHEST:
        raise ModelError("export", f"LiteRT does not agree with Keras: votes differ by {apart:.4f}")
    return model
