"""Read windows with the exported Word Deep Net.

Takes grey strips of any size, gives a `Reading` for each. Imports no training code: LiteRT runs the net.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.litert import Interpreters
from ocrkit.recognize import ctc
from ocrkit.recognize.model import ModelFacts, read_model, unpack
from ocrkit.recognize.window import Grey, squeeze, stack, to_height
from ocrkit.spec import Claim, Reading

LOW_CONFIDENCE = 0.3
"""What reads with less than this is taken for noise."""
_MOST = 64  # windows that are decoded together


@attrs.frozen
class _Batch:
    """Windows of one bucket, and their places among all."""

    numbers: list[int]
    windows: list[Grey]
    width: int


@attrs.frozen(kw_only=True)
class RecognizerSettings:
    """How windows are read.

    Parameters
    ----------
    threads : int
        Batches that are read at the same time.
    beam : int
        Prefixes that the beam search keeps; 1 decodes greedily.
    doubt : float
        Windows whose greedy reading has at most this confidence are searched with the beam; the others are read
        greedily, which gives the same text for nearly all of them.
    model : Path, optional
        Another model than the one that comes with the package.
    """

    threads: int = attrs.field(default=1, validator=validators.ge(1))
    beam: int = attrs.field(default=1, validator=validators.ge(1))
    doubt: float = attrs.field(default=0.9, validator=[validators.ge(0), validators.le(1)])
    model: Path | None = None


class CrnnRecognizer:
    """The Word Deep Net, ready to read. May be called from several threads, and used in forked children.

    Parameters
    ----------
    settings : RecognizerSettings

    Examples
    --------
    >>> import numpy as np
    >>> from ocrkit.recognize import CrnnRecognizer
    >>> CrnnRecognizer().read([np.full((32, 100), 255, np.uint8)])[0].text  # bare paper
    ''
    """

    def __init__(self, settings: RecognizerSettings | None = None) -> None:
        self._settings = settings or RecognizerSettings()
        model, name = read_model(self._settings.model)
        self.facts: ModelFacts = unpack(model, name)
        self._alphabet = self.facts.alphabet
        self._interpreters = Interpreters(model)

    def read(self, windows: Sequence[Grey]) -> list[Reading]:
        """Read windows.

        Parameters
        ----------
        windows : sequence of ndarray of uint8, shape (H, W)
            Each a strip with one line of text or a part of it, upright, of any size; W at most about 16 H, or the
            text is squeezed.

        Returns
        -------
        list of Reading
            In the order of the windows.

        Raises
        ------
        ValueError
            If a window is not a grey picture of bytes, or has no pixels.
        """
        for index, window in enumerate(windows):
            if window.ndim != 2 or window.dtype != np.uint8 or not window.size:
                raise ValueError(
                    f"window {index} has shape {window.shape} and type {window.dtype}; give uint8 arrays (H, W)"
                )
        return self.read_scaled([to_height(w, self.facts.widths[-1]) for w in windows])

    def read_scaled(self, windows: Sequence[Grey]) -> list[Reading]:
        """Read windows of the net's own height, as training draws them.

        Parameters
        ----------
        windows : sequence of ndarray of uint8, shape (HEIGHT, W)
        """
        batches = list(self._batches([squeeze(w, self.facts.widths[-1]) for w in windows]))
        readings: list[Reading | None] = [None] * len(windows)
        for batch, read in zip(batches, self._each(batches), strict=True):
            for number, reading in zip(batch.numbers, read, strict=True):
                readings[number] = reading
        return readings  # type: ignore[return-value]  # every window is in one batch

    def _batches(self, scaled: Sequence[Grey]) -> Iterator[_Batch]:
        """Group windows by bucket, so many at once that every thread has work and few rows stay empty."""
        buckets: dict[int, list[int]] = defaultdict(list)
        for number, window in enumerate(scaled):
            buckets[next(b for b in self.facts.widths if window.shape[1] <= b)].append(number)
        for width, numbers in sorted(buckets.items()):
            share = math.ceil(len(numbers) / self._settings.threads / self.facts.rows) * self.facts.rows
            for start in range(0, len(numbers), min(share, _MOST)):
                chosen = numbers[start : start + min(share, _MOST)]
                yield _Batch(chosen, [scaled[n] for n in chosen], width)

    def _each(self, batches: Sequence[_Batch]) -> Iterator[list[Reading]]:
        if self._settings.threads == 1 or len(batches) < 2:
            return map(self._read_batch, batches)
        with ThreadPoolExecutor(self._settings.threads) as pool:
            return iter(list(pool.map(self._read_batch, batches)))

    def _read_batch(self, batch: _Batch) -> list[Reading]:
        logs = ctc.log_softmax(self._run(stack(batch.windows, batch.width)))
        paths = ctc.decode_greedy(logs)
        chances = self._calibrated(ctc.log_probability(logs, [p.classes for p in paths]))
        if self._settings.beam > 1:
            doubtful = np.flatnonzero(chances <= self._settings.doubt)
            if len(doubtful):
                searched = ctc.decode_beam(logs[doubtful], self._settings.beam)
                better = ctc.log_probability(logs[doubtful], [p.classes for p in searched])
                chances[doubtful] = self._calibrated(better)
                for number, path in zip(doubtful, searched, strict=True):
                    paths[number] = path
        return [
            self._reading(path, chance, seen, window.shape[1] / self.facts.stride)
            for path, chance, seen, window in zip(paths, chances.tolist(), logs, batch.windows, strict=True)
        ]

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give the logits of a batch of any number of rows; the model takes so many at once."""
        rows, many = self.facts.rows, len(batch)
        if many % rows:
            batch = np.concatenate([batch, np.zeros((-many % rows, *batch.shape[1:]), np.float32)])
        with self._interpreters.borrowed() as interpreter:
            runner = interpreter.get_signature_runner(f"read_{batch.shape[2]}")
            parts = [runner(windows=batch[at : at + rows])["logits"] for at in range(0, len(batch), rows)]
        logits: npt.NDArray[np.float32] = np.concatenate(parts)[:many]
        return logits

    def _calibrated(self, logs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        slope, offset = self.facts.calibration
        return calibrate(logs, slope, offset)

    def weigh(self, claims: Sequence[Claim]) -> npt.NDArray[np.float64]:
        """Say how likely it is that parts of windows say given texts, by all ways to write them (CTC's forward sum).

        Parameters
        ----------
        claims : sequence of Claim
            About readings that this recognizer made.

        Returns
        -------
        ndarray of float64, shape (N,)
            Logarithms; about -1e9 where the alphabet lacks a character or the part is too short for the text.
        """
        weights = np.full(len(claims), -1e9)
        seen, texts, numbers = [], [], []
        for number, claim in enumerate(claims):
            text = self._alphabet.spell(claim.text)
            if text is not None:
                numbers.append(number)
                texts.append(self._alphabet.encode(text))
                seen.append(_part(claim.reading.evidence, claim.start, claim.end))
        # those of like length together, since all of a batch are as long as its longest
        order = sorted(range(len(seen)), key=lambda at: len(seen[at]))
        for start in range(0, len(order), _MOST):
            some = order[start : start + _MOST]
            logs = ctc.padded([seen[at] for at in some])
            weights[[numbers[at] for at in some]] = ctc.log_probability(logs, [texts[at] for at in some])
        return weights

    def _reading(self, path: ctc.Path, chance: float, logs: ctc.Logs, steps: float) -> Reading:
        text = self._alphabet.decode(path.classes)
        spans = tuple((min(a / steps, 1.0), min(b / steps, 1.0)) for a, b in path.spans)
        inner = len(text) - len(text.lstrip()), len(text.rstrip())
        kept = slice(*inner) if text.strip() else slice(0, 0)
        # a copy, or a page would hold on to all padding
        return Reading(text[kept], spans[kept], path.confidences[kept], chance, logs[: math.ceil(steps)].copy())


def calibrate(logs: npt.NDArray[np.float32], slope: float, offset: float) -> npt.NDArray[np.float64]:
    """Turn log-probabilities of texts into the probability that they are right.

    The net's log-odds are stretched and moved (Platt scaling), by what held-out windows showed.

    Parameters
    ----------
    logs : ndarray of float32, shape (N,)
    slope, offset : float
        Of the line from log-odds to log-odds.
    """
    chance = np.exp(np.minimum(logs.astype(np.float64), -1e-6))
    odds = np.log(chance + 1e-12) - np.log1p(-chance)
    return 1 / (1 + np.exp(-(slope * odds + offset)))


def _part(logs: npt.NDArray[np.float32], start: float, end: float) -> npt.NDArray[np.float32]:
    """Give the timesteps of a part of a window, at least one."""
    first = min(max(round(start * len(logs)), 0), len(logs) - 1)
    return logs[first : max(round(end * len(logs)), first + 1)]
