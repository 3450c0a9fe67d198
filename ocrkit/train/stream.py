"""Batches for the net, drawn on all cores by worker processes, the same ones in the same order at every run.

A run is cut into *segments* of a fixed number of batches. Every segment starts afresh from the seed and its number,
so a run that was interrupted goes on at the start of its segment exactly as it would have.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Empty, Full
from typing import Protocol

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.window import STRIDE, WIDEST, stack
from ocrkit.train.synth import Example

WIDTHS = (48, 64, 96, 128, 160, 208, 256, 352, WIDEST)
"""Pixels that batches are padded to: many, since padding costs a third of the time."""
_POOL = 2048  # windows from which a worker picks, so that a batch mixes many faces
_AHEAD = 12  # batches that a worker may be ahead


class Drawer(Protocol):
    """Something that draws sets of windows, as `ocrkit.train.synth.Source` does."""

    def windows(self, seed: int, number: int) -> Sequence[Example]:
        """Draw one set; the same numbers give the same windows."""
        ...


@attrs.frozen
class Mixture:
    """Several drawers, each set from one of them.

    Parameters
    ----------
    drawers : sequence of (float, Drawer)
        How often each is drawn from.
    """

    drawers: Sequence[tuple[float, Drawer]]

    def windows(self, seed: int, number: int) -> Sequence[Example]:
        """Draw one set; the same numbers give the same windows."""
        rng = random.Random(f"{seed}/mixture/{number}")
        (drawer,) = rng.choices([d for _, d in self.drawers], [weight for weight, _ in self.drawers])
        return drawer.windows(seed, number)


@attrs.frozen
class Batch:
    """Windows padded to one width, ready for the net.

    Parameters
    ----------
    windows : ndarray of float16, shape (N, HEIGHT, W, 1)
    labels : ndarray of int32, shape (N, W / STRIDE + 1)
        Classes, padded with the blank; the last column says whether the text's case is unknown.
    """

    windows: npt.NDArray[np.float16]
    labels: npt.NDArray[np.int32]


@attrs.frozen
class StreamSettings:
    """What the order of batches depends on.

    Parameters
    ----------
    seed : int
    workers : int
        Processes; more of them draw other batches.
    segment : int
        Batches in a segment, over all workers, of which each draws as many.
    area : int
        Batches have about this many columns of pixels, whatever their width.
    widths : tuple of int
        Pixels that batches are padded to.
    """

    seed: int = 1
    workers: int = 2
    segment: int = attrs.field(default=1000)
    area: int = 128 * 128
    widths: tuple[int, ...] = WIDTHS

    @segment.validator
    def _is_shared_out(self, _: object, value: int) -> None:
        if value < 1 or value % self.workers:
            raise ValueError(f"a segment of {value} batches cannot be shared by {self.workers} workers")


def to_batch(examples: Sequence[Example], width: int) -> Batch:
    """Make a batch of windows of at most this width."""
    labels = np.zeros((len(examples), width // STRIDE + 1), np.int32)
    for row, example in zip(labels, examples, strict=True):
        classes = ALPHABET.encode(example.text)
        row[: len(classes)] = classes
        row[-1] = example.folded
    return Batch(stack([e.window for e in examples], width).astype(np.float16), labels)


def mixed(drawer: Drawer, settings: StreamSettings, segment: int, worker: int) -> Iterator[Batch]:
    """Draw one worker's batches of one segment."""
    rng = random.Random(f"{settings.seed}/{segment}/{worker}")
    pools: dict[int, list[Example]] = {width: [] for width in settings.widths}
    number = segment * 1_000_000 + worker
    for _ in range(settings.segment // settings.workers):
        while sum(map(len, pools.values())) < _POOL:
            for example in drawer.windows(settings.seed, number):
                fitting = next(w for w in settings.widths if example.window.shape[1] <= w)
                pools[fitting].append(example)
            number += settings.workers
        # by columns of pixels, so that no width's pool grows without end
        width = rng.choices(settings.widths, [len(pools[w]) * w for w in settings.widths])[0]
        pool, size = pools[width], settings.area // width
        rng.shuffle(pool)
        yield to_batch(pool[-size:], width)
        del pool[-size:]


def _work(
    build: Callable[[], Drawer], settings: StreamSettings, start: int, worker: int, queue: Queue[Batch], stop: Event
) -> None:
    cv2.setNumThreads(1)
    drawer = build()
    segment = start
    while True:
        for batch in mixed(drawer, settings, segment, worker):
            while True:
                parent = multiprocessing.parent_process()
                if stop.is_set() or (parent and not parent.is_alive()):
                    queue.cancel_join_thread()
                    return
                try:
                    queue.put(batch, timeout=1)
                    break
                except Full:
                    continue
        segment += 1


class Stream:
    """Batches from worker processes, in the order that the settings fix; a context manager.

    Parameters
    ----------
    build : callable
        Makes the drawer inside a worker; must pickle.
    settings : StreamSettings
    start : int
        Segment to begin with.
    """

    def __init__(self, build: Callable[[], Drawer], settings: StreamSettings, start: int = 0) -> None:
        # never fork: TensorFlow may be running here already
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._queues: list[Queue[Batch]] = [context.Queue(_AHEAD) for _ in range(settings.workers)]
        self._processes = [
            context.Process(target=_work, args=(build, settings, start, worker, queue, self._stop), daemon=True)
            for worker, queue in enumerate(self._queues)
        ]

    def __enter__(self) -> Iterator[Batch]:
        for process in self._processes:
            process.start()
        return self._batches()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for process in self._processes:
            process.join(timeout=10)
            if process.is_alive():
                process.terminate()

    def _batches(self) -> Iterator[Batch]:
        while True:
            for queue, process in zip(self._queues, self._processes, strict=True):
                while True:
                    try:
                        yield queue.get(timeout=5)
                        break
                    except Empty:
                        if not process.is_alive():
                            raise RuntimeError(f"a worker process ended with code {process.exitcode}") from None
