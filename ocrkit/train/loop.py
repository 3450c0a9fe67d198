"""The training loop: batches in, better weights out, every segment a checkpoint that a run can go on from.

Backend-neutral Keras: TensorFlow on a CPU, PyTorch on a GPU; the weights are the same file.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import keras
import numpy as np
import numpy.typing as npt

from ocrkit.recognize import ctc
from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.recognize.net import WORD, read_arrays, values_written
from ocrkit.train.loss import CtcLoss, TeacherLoss
from ocrkit.train.stream import Batch

_AVERAGED = 10  # steps between two updates of the average
_OF_A_LAYER = 6  # arrays of an LSTM: a kernel, a recurrent one and a bias in each direction
_Arrays: TypeAlias = list[npt.NDArray[np.float32]]
Evaluate = Callable[[], Mapping[str, float]]


@attrs.frozen
class LoopSettings:
    """How long and how fast a net learns.

    Parameters
    ----------
    segments : int
        Of the stream, in all; the learning rate follows from it.
    rate : float
        Greatest learning rate.
    warmup : int
        Steps until it is reached.
    decay : float
        Share of all steps, at the end, over which it falls to a hundredth.
    momentum : float
        Of the average of the weights, per step.
    weight_decay : float
    clip : float
        Greatest norm of a gradient.
    doubt : float
        Of labels: see `CtcLoss`.
    """

    segments: int = 40
    rate: float = 1.5e-3
    warmup: int = 800
    decay: float = 0.4
    momentum: float = 0.999
    weight_decay: float = 1e-4
    clip: float = 5.0
    doubt: float = 0.0

    def rate_at(self, step: int, steps: int) -> float:
        """Give the learning rate at a step of so many: a ramp, a plateau, half a cosine."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        late = (step / steps - (1 - self.decay)) / self.decay
        return self.rate * (0.505 + 0.495 * math.cos(math.pi * min(max(late, 0.0), 1.0)))


class Average:
    """A slowly moving average of a net's weights, which reads better than the weights themselves."""

    def __init__(self, net: keras.Model, momentum: float) -> None:
        self._net = net
        self._momentum = momentum
        self.values = [np.array(w, np.float32) for w in net.get_weights()]
        self._updates = 0

    def update(self, steps: int) -> None:
        """Take in the weights of now, `steps` after the last time."""
        self._updates += 1
        # young averages move faster, or the random start would stay in them for long
        kept = min(self._momentum**steps, (1 + self._updates) / (10 + self._updates))
        for mean, now in zip(self.values, self._net.get_weights(), strict=True):
            mean *= kept
            mean += (1 - kept) * now

    def resume(self, values: list[npt.NDArray[np.float32]], updates: int) -> None:
        """Go on from values that have taken in the weights so often."""
        self.values = values
        self._updates = updates

    def swap(self) -> None:
        """Exchange the net's weights and the average; twice is as never."""
        now = self._net.get_weights()
        self._net.set_weights(self.values)
        self.values = [np.array(w, np.float32) for w in now]


class Training:
    """A net, its optimizer and its average, on the way.

    Parameters
    ----------
    net : keras.Model
    settings : LoopSettings
    folder : Path
        Of the run: ``checkpoint.npz``, ``average.npz`` and ``curves.jsonl`` are kept there.
    segment : int
        Steps in a segment.
    teacher : keras.Model, optional
        A net that reads better: its logits are learnt as well as the labels.
    """

    def __init__(
        self, net: keras.Model, settings: LoopSettings, folder: Path, segment: int, teacher: keras.Model | None = None
    ) -> None:
        self.net = net
        self.settings = settings
        self.folder = folder
        self.segment = segment
        self.done = 0
        self.seen = 0
        optimizer = keras.optimizers.AdamW(
            settings.rate, weight_decay=settings.weight_decay, beta_2=0.98, global_clipnorm=settings.clip
        )
        self._teacher = teacher
        outputs: list[Any] = [net.output]
        losses: list[Any] = [CtcLoss(settings.doubt)]
        if teacher is not None:
            outputs.append(net.output)
            losses.append(TeacherLoss())
        self._learner = keras.Model(net.input, outputs)
        self._learner.compile(optimizer=optimizer, loss=losses, jit_compile=False)
        optimizer.build(net.trainable_variables)
        self.average = Average(net, settings.momentum)

    def run(
        self,
        batches: Iterator[Batch],
        evaluate: Evaluate,
        tell: Callable[[str], None],
        record: Callable[[Mapping[str, float]], None] = lambda _: None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Train to the end, segment by segment; each ends with a measurement and a checkpoint."""
        advance(self.done * self.segment)
        while self.done < self.settings.segments:
            started, losses = time.perf_counter(), self._segment(batches, tell, advance)
            self.done += 1
            seconds = time.perf_counter() - started
            self.average.swap()
            results = dict(evaluate())
            self.average.swap()
            results |= {"loss": float(np.mean(losses)), "seconds": seconds}
            self.save()
            record(results)
            self._write_down(results, tell)

    def _segment(
        self, batches: Iterator[Batch], tell: Callable[[str], None], advance: Callable[[int], None]
    ) -> list[float]:
        steps = self.settings.segments * self.segment
        losses: list[float] = []
        started, seen = time.perf_counter(), self.seen
        for at in range(self.segment):
            step = self.done * self.segment + at
            batch = next(batches)
            self._learner.optimizer.learning_rate = self.settings.rate_at(step, steps)
            losses.append(self._learn(batch))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"the loss is {losses[-1]} at step {step}: lower the learning rate")
            self.seen += len(batch.windows)
            advance(1)
            if step % _AVERAGED == _AVERAGED - 1:
                self.average.update(_AVERAGED)
            if at % 100 == 99:
                speed = (self.seen - seen) / (time.perf_counter() - started)
                tell(f"segment {self.done} step {at + 1}: loss {np.mean(losses[-100:]):.3f}, {speed:.0f} windows/s")
        return losses

    def _learn(self, batch: Batch) -> float:
        windows, truths = batch.windows.astype(np.float32), [batch.labels]
        if self._teacher is not None:
            truths.append(self._teacher.predict_on_batch(windows))
        return float(self._learner.train_on_batch(windows, truths, return_dict=True)["loss"])

    def _write_down(self, results: Mapping[str, float], tell: Callable[[str], None]) -> None:
        line = {"segment": self.done, "step": self.done * self.segment, "seen": self.seen, **results}
        with (self.folder / "curves.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        tell("  ".join(f"{k} {v:.4g}" for k, v in line.items()))

    def save(self) -> None:
        """Write the checkpoint beside the last one, then in its place."""
        state = {f"net{i:03d}": v.numpy() for i, v in enumerate(self.net.variables)}
        state |= {f"optimizer{i:03d}": v.numpy() for i, v in enumerate(self._learner.optimizer.variables)}
        state |= {f"average{i:03d}": v for i, v in enumerate(self.average.values)}
        state |= {"done": np.array(self.done), "seen": np.array(self.seen)}
        write_arrays(self.folder / "checkpoint.npz", state)
        write_weights(self.folder / "average.npz", self.average.values)

    def load(self) -> None:
        """Go on from the checkpoint."""
        with np.load(self.folder / "checkpoint.npz") as state:
            for prefix, variables in (("net", self.net.variables), ("optimizer", self._learner.optimizer.variables)):
                for i, variable in enumerate(variables):
                    variable.assign(state[f"{prefix}{i:03d}"])
            self.done, self.seen = int(state["done"]), int(state["seen"])
            values = [state[f"average{i:03d}"] for i in range(len(self.average.values))]
        self.average.resume(values, self.done * self.segment // _AVERAGED)


def write_weights(path: Path, values: Sequence[npt.NDArray[np.float32]]) -> None:
    """Write weights as `ocrkit.recognize.net.load_weights` reads them."""
    write_arrays(path, {f"{number:03d}": value for number, value in enumerate(values)})


def blend(files: Sequence[Path], shares: Sequence[float], out: Path, newest: int = 0) -> None:
    """Average the weights of several runs, of which each went on from one before: together they often read better [1]_.

    What the last layer knows of characters that only some of them have learnt is those' average. So is a layer of LSTM
    that only some of them have, but for the values that it writes: those of the others are nothing.

    Parameters
    ----------
    files : sequence of Path
        ``average.npz`` of each.
    shares : sequence of float
        How much each counts, in proportion.
    out : Path
        File to write; in half precision, which is more than the exported net keeps.
    newest : int
        Characters at the end of the alphabet of which the last file alone has learnt enough.

    Raises
    ------
    ValueError
        If the files are of different nets, or know no more characters than are the newest.

    References
    ----------
    .. [1] M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
       increasing inference time", ICML 2022.
    """
    nets: list[_Arrays] = []
    for file in files:
        own = [array.astype(np.float32) for array in read_arrays(file)]
        if nets and not _are_alike(own, nets[0]):
            raise ValueError(f"{file} holds the weights of another net than {files[0]}: blend runs of the same net")
        nets.append(own)
    if newest:
        for own in nets[:-1]:
            own[-2:] = [_without_newest(array, newest) for array in own[-2:]]
    mixed = []
    for some in itertools.zip_longest(*(own[:-2] for own in nets)):
        there = [(array, share) for array, share in zip(some, shares, strict=True) if array is not None]
        mean = np.average([array for array, _ in there], 0, [share for _, share in there])
        if len(there) < len(nets):
            mean[..., values_written(mean)] *= sum(share for _, share in there) / sum(shares)
        mixed.append(mean)
    for some in zip(*(own[-2:] for own in nets), strict=True):
        mixed.append(_blended_classes(some, shares))
    write_weights(out, [w.astype(np.float16) for w in mixed])


def _are_alike(one: _Arrays, other: _Arrays) -> bool:
    """Say whether weights are of the same net, but for its layers of LSTM and how many classes its last layer has."""
    if [w.shape for w in one] == [w.shape for w in other]:
        return True
    inner, others = sorted(([w.shape for w in net[:-2]] for net in (one, other)), key=len)
    more = others[len(inner) :]
    layer = inner[-_OF_A_LAYER:]
    shown = one[-2].shape[0]  # by an LSTM, in both directions
    begun = [(shown, shape[-1]) if number % 3 == 0 else shape for number, shape in enumerate(layer)]
    last = [*one[-2:], *other[-2:]]
    return (
        others[: len(inner)] == inner
        and more == begun * (len(more) // _OF_A_LAYER)
        and other[-2].shape[0] == shown
        and all(w.shape[-1] % WORD.steps == 0 for w in last)
    )


def _without_newest(array: npt.NDArray[np.float32], newest: int) -> npt.NDArray[np.float32]:
    """Leave the last classes of each step out of a last layer's kernel or bias."""
    parts = array.reshape(*array.shape[:-1], WORD.steps, -1)
    if parts.shape[-1] <= newest + 1:
        raise ValueError(f"{newest} characters are to be the newest of {parts.shape[-1] - 1}")
    return parts[..., :-newest].reshape(*array.shape[:-1], -1)


def _blended_classes(arrays: Sequence[npt.NDArray[np.float32]], shares: Sequence[float]) -> npt.NDArray[np.float32]:
    """Average kernels or biases of last layers, of which some may lack classes at the end of each step's."""
    if len({array.shape for array in arrays}) == 1:
        return np.asarray(np.average(arrays, 0, shares), np.float32)
    parts = [array.reshape(*array.shape[:-1], WORD.steps, -1) for array in arrays]
    total, weight = np.zeros(max(part.shape for part in parts)), np.zeros(max(part.shape[-1] for part in parts))
    for part, share in zip(parts, shares, strict=True):
        total[..., : part.shape[-1]] += share * part
        weight[: part.shape[-1]] += share
    return np.asarray((total / weight).reshape(*arrays[0].shape[:-1], -1), np.float32)


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays beside a file, then in its place."""
    beside = path.with_name(f".{path.name}")
    with beside.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(beside, path)


def read_greedily(logits: npt.NDArray[np.float32]) -> list[list[int]]:
    """Decode logits (N, T, classes) to classes, for looks along the way."""
    return [list(path.classes) for path in ctc.decode_greedy(ctc.log_softmax(logits))]


@attrs.frozen(eq=False)
class Look:
    """A window that was read along the way.

    Parameters
    ----------
    window : ndarray of float16, shape (HEIGHT, W, 1)
    truth, reading : str
    right : bool
        Whether they are the same (but for case, where it is unknown).
    """

    window: npt.NDArray[np.float16]
    truth: str
    reading: str
    right: bool


def looks(net: keras.Model, batches: Sequence[Batch]) -> Iterator[Look]:
    """Read windows with a net on its way."""
    for batch in batches:
        logits = np.asarray(keras.ops.convert_to_numpy(net.predict_on_batch(batch.windows.astype(np.float32))))
        for window, reading, label in zip(batch.windows, read_greedily(logits), batch.labels, strict=True):
            read, true = ALPHABET.decode(reading), ALPHABET.decode(int(c) for c in label[:-1] if c)
            yield Look(window, true, read, read.upper() == true.upper() if label[-1] else read == true)
