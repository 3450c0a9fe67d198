"""How the small nets learn that look at crops of pages: the text map and the orienter.

They see crops that are drawn afresh, the same at every run; the weights that are kept are a moving average.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.net import load_weights
from ocrkit.train.loop import write_weights
from ocrkit.train.notebook import Logger

Pictures = npt.NDArray[np.float32]
"""Grey levels from 0 to 1, shape (N, H, W, 1)."""
Logits = npt.NDArray[np.float32]
Crops = tuple[Pictures, npt.NDArray[Any]]
"""Pictures, and what is to be learnt about them."""


@attrs.frozen(kw_only=True)
class CropSettings:
    """How a net is taught.

    Parameters
    ----------
    steps : int
        Batches.
    batch : int
        Crops in a batch.
    rate : float
        Greatest learning rate; it falls along a cosine.
    warmup : int
        Steps until it is reached.
    every : int
        Steps between measurements.
    measured : int
        Held-out crops that are measured on.
    seed : int
    workers : int
        Threads that draw crops.
    """

    steps: int = 6000
    batch: int = 16
    rate: float = 4e-3
    warmup: int = 100
    every: int = 200
    measured: int = 256
    seed: int = 1
    workers: int = 2

    def rate_at(self, step: int) -> float:
        """Give the learning rate at a step."""
        fall = 0.01 + 0.99 * (1 + math.cos(math.pi * min(step / self.steps, 1.0))) / 2
        return self.rate * min((step + 1) / self.warmup, 1.0) * fall


@attrs.frozen(kw_only=True)
class Lesson:
    """What is taught.

    Parameters
    ----------
    net : keras.Model
    loss : keras.losses.Loss
    learnt, kept : callable
        Take a generator of chance and a number, give so many crops to learn from, and to measure on.
    judge : callable
        Takes logits and what was to be learnt, gives results by name.
    """

    net: keras.Model
    loss: keras.losses.Loss
    learnt: Callable[[random.Random, int], Crops]
    kept: Callable[[random.Random, int], Crops]
    judge: Callable[[Logits, npt.NDArray[Any]], Mapping[str, float]]


def teach(
    lesson: Lesson,
    settings: CropSettings,
    weights: Path,
    logger: Logger,
    tell: Callable[[str], None],
    start: Path | None = None,
) -> None:
    """Train a net, and leave it with the average of its weights.

    Parameters
    ----------
    lesson : Lesson
    settings : CropSettings
    weights : Path
        File that the averaged weights are written to.
    logger : Logger
        Closed at the end.
    tell : callable
        Takes lines of progress.
    start : Path, optional
        Weights to begin with.
    """
    net = lesson.net
    if start:
        load_weights(net, start)
    optimizer = keras.optimizers.AdamW(
        settings.rate, weight_decay=1e-4, global_clipnorm=2.0, use_ema=True, ema_momentum=0.99
    )
    net.compile(optimizer=optimizer, loss=lesson.loss, jit_compile=False)
    measure = lesson.kept(random.Random(f"{settings.seed}/held out"), settings.measured)
    follow = _Follow(lesson, settings, measure, weights, logger, tell)
    try:
        net.fit(_Batches(lesson.learnt, settings), epochs=1, shuffle=False, verbose=0, callbacks=[follow])
    except BaseException:
        logger.close("KILLED")
        raise
    logger.close()
    optimizer.finalize_variable_values(net.trainable_variables)
    write_weights(weights, net.get_weights())


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of crops, the same at every run."""

    def __init__(self, draw: Callable[[random.Random, int], Crops], settings: CropSettings) -> None:
        super().__init__(workers=settings.workers, max_queue_size=8)
        self._draw, self._settings = draw, settings

    def __len__(self) -> int:
        return self._settings.steps

    def __getitem__(self, number: int) -> Crops:
        return self._draw(random.Random(f"{self._settings.seed}/crops/{number}"), self._settings.batch)


class _Follow(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate, and measures and saves the averaged weights now and then."""

    def __init__(
        self,
        lesson: Lesson,
        settings: CropSettings,
        measure: Crops,
        weights: Path,
        logger: Logger,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._lesson, self._settings, self._measure = lesson, settings, measure
        self._weights, self._logger, self._tell = weights, logger, tell

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._lesson.net.optimizer.learning_rate = self._settings.rate_at(batch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if (batch + 1) % self._settings.every:
            return
        pictures, wanted = self._measure
        net = self._lesson.net
        own = net.get_weights()
        net.optimizer.finalize_variable_values(net.trainable_variables)
        logits = net.predict(pictures, batch_size=self._settings.batch, verbose=0)
        write_weights(self._weights, net.get_weights())
        net.set_weights(own)
        # Keras gives the mean since its metrics were reset
        results = {"loss": float((logs or {})["loss"]), **self._lesson.judge(logits, wanted)}
        net.reset_metrics()
        self._logger.log(results, (batch + 1) * self._settings.batch)
        self._tell(f"step {batch + 1}  " + "  ".join(f"{name} {value:.4f}" for name, value in results.items()))
