"""Read windows with the exported Word Deep Net.

Takes grey strips of any size, gives a `Reading` for each. Imports no training code: LiteRT runs the net.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import in_unit_range, settings_of
from ocrkit.errors import ModelError
from ocrkit.image import Grey
from ocrkit.litert import Interpreters
from ocrkit.odds import chance_of
from ocrkit.recognize import ctc
from ocrkit.recognize.exported import Padding, padding_of, run_all
from ocrkit.recognize.model import GLANCE, WORD, ModelFacts, read_model, shipped, unpack
from ocrkit.recognize.window import batches, moved, squeeze, to_height, widened
from ocrkit.spec import Claim, Reading
from ocrkit.threads import at_once

LOW_CONFIDENCE = 0.3
"""What reads with less than this is taken for noise."""
_MOST = 64  # texts that are weighed together
_AT_ONCE = 2048  # pixels of width that the net takes in one go: they decide how much memory it needs
_COLUMNS = 8192  # pixels of width of a thread's share
_TIMESTEPS = 8192  # padding and all, of windows that are decoded together
_WORTH_A_THREAD = 512  # pixels of width
_STRETCH = 1.1  # times wider than a strip's shape asks for: thin letters side by side need timesteps
_ONE_LOOK: tuple[int, ...] = (0,)
_TWO_LOOKS: tuple[int, ...] = (-1, 1)
_HOPELESS = 0.1  # confidence of what stays noise, however wide it is
_GLANCED = 0.5  # what the smaller model's look counts beside one of the larger
_UNREAD = Reading("", (), (), 0.0)
Evidence: TypeAlias = npt.NDArray[np.float32]
"""Log-probabilities of classes at the timesteps of a window, shape (T, C)."""


@attrs.frozen(kw_only=True)
class RecognizerSettings:
    """How windows are read.

    Parameters
    ----------
    threads : int
        Batches that are read at the same time.
    beam : int
        Prefixes that the beam search keeps for doubtful windows; 1 decodes greedily.
    doubt, doubt_text : float
        Windows whose characters are at most so likely to be right, in the geometric mean, and their text as a whole,
        are looked at again; of the others that gives the same text nearly always. What reads as empty is bare.
    shifts : tuple of int, optional
        How a doubtful window is looked at again: so many rows further down each time. What all looks give is averaged.
        If not given, once as it is where a smaller model took the first look (which counts half then), else a row
        higher and a row lower.
    wider : float
        Windows that are doubtful still are looked at once more so many times as wide. Of the two texts that is taken to
        which both looks together give more. 1 leaves this look out.
    unsure, unsure_text : float
        What `doubt` and `doubt_text` are for the second look, for this one.
    model : Path, optional
        Another model than those that come with the package.
    glance : Path, optional
        A smaller one for the first look, which must know the same characters. If only `model` is given, that takes all
        looks.
    """

    threads: int = attrs.field(default=1, validator=validators.ge(1))
    beam: int = attrs.field(default=4, validator=validators.ge(1))
    doubt: float = attrs.field(default=0.99, validator=in_unit_range)
    doubt_text: float = attrs.field(default=0.85, validator=in_unit_range)
    shifts: tuple[int, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(tuple))
    wider: float = attrs.field(default=1.2, validator=[validators.ge(1), validators.le(4)])
    unsure: float = attrs.field(default=0.97, validator=in_unit_range)
    unsure_text: float = attrs.field(default=0.6, validator=in_unit_range)
    model: Path | None = None
    glance: Path | None = None


class _Net:
    """An exported net, ready to run."""

    def __init__(self, model: bytes, name: str) -> None:
        self.facts: ModelFacts = unpack(model, name)
        self._interpreters = Interpreters(model)
        self._padding: Padding | None = None  # known once there is an interpreter

    def logs(self, windows: Sequence[Grey], shift: int = 0) -> list[Evidence]:
        """Give what the net makes of windows, all moved so many rows down; those of a width side by side."""
        pictures: Iterable[npt.NDArray[np.float32]] = batches(windows, self.facts.column, _AT_ONCE)
        if shift:
            pictures = (moved(batch, shift) for batch in pictures)
        with self._interpreters.borrowed() as interpreter:
            # two threads may both ask, and are told the same
            self._padding = self._padding or padding_of(interpreter, self.facts)
            logits = run_all(interpreter, self.facts, pictures, self._padding, _AT_ONCE)
        # what it makes of padding must not matter
        stride = self.facts.stride
        seen = [each[: math.ceil(w.shape[1] / stride)] for each, w in zip(logits, windows, strict=True)]
        ends = np.cumsum([len(each) for each in seen])[:-1]
        return np.split(ctc.log_softmax(np.concatenate(seen)), ends)

    def calibrated(self, logs: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Turn log-probabilities of texts into confidences."""
        slope, offset = self.facts.calibration
        return calibrate(logs, slope, offset)


def _opened(path: Path | None, name: str) -> _Net:
    """Load a model file, or the one of this name that comes with the package."""
    return _Net(shipped(name), name) if path is None else _Net(read_model(path), str(path))


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
        self._settings = settings_of(settings, RecognizerSettings)
        model, glance = self._settings.model, self._settings.glance
        self._word = _opened(model, WORD)
        alone = model is not None and glance is None
        self._glance = self._word if alone else _opened(glance, GLANCE)
        self.facts = self._word.facts
        if self._glance.facts.characters != self.facts.characters:
            raise ModelError(
                str(glance or GLANCE), "it knows other characters than the model for closer looks; export both anew"
            )
        usual, self._share = (_TWO_LOOKS, 1.0) if alone else (_ONE_LOOK, _GLANCED)  # of the first look
        self._shifts = usual if self._settings.shifts is None else self._settings.shifts
        self._alphabet = self.facts.alphabet

    def read(self, windows: Sequence[Grey]) -> list[Reading]:
        """Read windows.

        Parameters
        ----------
        windows : sequence of ndarray of uint8, shape (H, W)
            Each a strip with one line of text or a part of it, upright, of any size; W at most about 14 H, or the
            text is squeezed. Strips of the net's own height are read as they are, others are stretched a little.

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
        return self.read_scaled([to_height(w, self.facts.widest, _STRETCH) for w in windows])

    def read_scaled(self, windows: Sequence[Grey]) -> list[Reading]:
        """Read windows of the net's own height, as training draws them.

        Parameters
        ----------
        windows : sequence of ndarray of uint8, shape (HEIGHT, W)
            What is too wide for the net is squeezed.

        Returns
        -------
        list of Reading
            In the order of the windows.
        """
        narrow = [squeeze(w, self.facts.widest) for w in windows]
        readings = self._look(narrow)
        if self._shifts or self._settings.beam > 1:
            doubtful = _less_sure(readings, self._settings.doubt, self._settings.doubt_text)
            again = self._look_again([narrow[n] for n in doubtful], [readings[n] for n in doubtful])
            _put(readings, doubtful, again)
        stride = self.facts.stride
        readings = [_stripped(reading, w.shape[1] / stride) for reading, w in zip(readings, narrow, strict=True)]
        if self._settings.wider > 1:
            less_sure = _less_sure(readings, self._settings.unsure, self._settings.unsure_text)
            unsure = [n for n in less_sure if readings[n].confidence > _HOPELESS]
            wider = self._look_wider([narrow[n] for n in unsure], [readings[n] for n in unsure])
            _put(readings, unsure, wider)
        return readings

    def _look(self, windows: Sequence[Grey]) -> list[Reading]:
        """Read windows for the first time."""
        seen = self._spread(windows, lambda share: self._glance.logs([windows[n] for n in share]))
        return self._decoded(windows, seen, self._glance, 1)

    def _look_again(self, windows: Sequence[Grey], before: Sequence[Reading]) -> list[Reading]:
        """Read windows moved up and down, and average that with what they said before."""

        def look(share: Sequence[int]) -> list[Evidence]:
            looks = [self._word.logs([windows[n] for n in share], shift) for shift in self._shifts]
            return [ctc.mean([before[n].evidence, *each], self._share) for n, *each in zip(share, *looks, strict=True)]

        return self._decoded(windows, self._spread(windows, look), self._word, self._settings.beam)

    def _look_wider(self, windows: Sequence[Grey], before: Sequence[Reading]) -> list[Reading]:
        """Read windows made wider, and keep what they said before unless this fits both better."""
        wide = [widened(window, self._settings.wider, self.facts.widest) for window in windows]

        def look(share: Sequence[int]) -> list[Evidence]:
            some = [wide[n] for n in share]
            closely = self._word.logs(some)
            if self._glance is self._word:
                return closely
            both = zip(self._glance.logs(some), closely, strict=True)
            return [ctc.mean(each, self._share) for each in both]

        found = self._decoded(wide, self._spread(wide, look), self._word, 1)
        stride = self.facts.stride
        now = [_stripped(reading, w.shape[1] / stride) for reading, w in zip(found, wide, strict=True)]
        pairs = list(zip(before, now, strict=True))
        claims = [Claim(seen, 0.0, 1.0, says.text) for pair in pairs for says in pair for seen in pair]
        old, new = self.weigh(claims).reshape(-1, 2, 2).sum(2).T
        return [pair[int(better)] for pair, better in zip(pairs, new > old, strict=True)]

    def _spread(self, windows: Sequence[Grey], look: Callable[[Sequence[int]], list[Evidence]]) -> list[Evidence]:
        """Let all threads look at windows, which are given by their numbers."""
        threads = self._settings.threads
        shares = _shares([window.shape[1] for window in windows], threads)
        seen: list[Any] = [None] * len(windows)
        for share, found in zip(shares, at_once(look, shares, threads), strict=True):
            _put(seen, share, found)
        return seen

    def _decoded(self, windows: Sequence[Grey], seen: Sequence[Evidence], net: _Net, beam: int) -> list[Reading]:
        """Turn what was seen of windows into readings.

        By one thread, but many windows at once: the time goes into small steps of Python, which threads cannot share.
        """
        readings = [_UNREAD] * len(windows)
        for batch in _of_like_length(seen):
            logs = ctc.padded([seen[number] for number in batch])
            paths, weights = ctc.decode(logs, beam)
            chances = net.calibrated(weights).tolist()
            for number, path, chance in zip(batch, paths, chances, strict=True):
                steps = windows[number].shape[1] / self.facts.stride
                readings[number] = self._reading(path, chance, seen[number], steps)
        return readings

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
            found = ctc.log_probability([seen[at] for at in some], [texts[at] for at in some])
            weights[[numbers[at] for at in some]] = found
        return weights

    def _reading(self, path: ctc.Path, chance: float, evidence: Evidence, steps: float) -> Reading:
        spans = tuple((min(a / steps, 1.0), min(b / steps, 1.0)) for a, b in path.spans)
        return Reading(self._alphabet.decode(path.classes), spans, path.confidences, chance, evidence)


def _shares(widths: Sequence[int], threads: int) -> list[list[int]]:
    """Share windows out, those of like width together, so that every thread has as much to do."""
    order = sorted(range(len(widths)), key=lambda number: -widths[number])
    ends = np.cumsum([widths[number] for number in order])
    total = int(ends[-1]) if order else 0
    many = max(min(threads, total // _WORTH_A_THREAD), 1)
    many *= -(-total // (many * _COLUMNS)) or 1
    cuts = np.searchsorted(ends, total * np.arange(1, many) / many, "right")
    return [order[a:b] for a, b in itertools.pairwise([0, *cuts.tolist(), len(order)]) if a < b]


def _of_like_length(seen: Sequence[Evidence]) -> Iterator[list[int]]:
    """Share windows out for decoding, which pads them to the longest."""
    order = sorted(range(len(seen)), key=lambda number: -len(seen[number]))
    while order:
        most = max(_TIMESTEPS // len(seen[order[0]]), 1)
        yield order[:most]
        order = order[most:]


def _put(all_: list[Any], numbers: Sequence[int], some: Sequence[Any]) -> None:
    """Put things into their places."""
    for number, each in zip(numbers, some, strict=True):
        all_[number] = each


def _less_sure(readings: Sequence[Reading], of_character: float, of_text: float) -> list[int]:
    """List those whose characters are at most so likely to be right, in the geometric mean, and the text as a whole."""
    return [n for n, r in enumerate(readings) if r.text and r.confidence <= min(of_character ** len(r.text), of_text)]


def _stripped(reading: Reading, steps: float) -> Reading:
    """Leave spaces at the ends out, which are paper: the words beside them are weighed without."""
    text = reading.text
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    if (first, last) == (0, len(text)):
        return reading
    first = min(first, last)  # nothing but spaces
    if first:
        ctc.silence(reading.evidence[: round(reading.spans[first - 1][1] * steps)])
    if last < len(text):
        ctc.silence(reading.evidence[round(reading.spans[last][0] * steps) :])
    kept = slice(first, last)
    return attrs.evolve(reading, text=text[kept], spans=reading.spans[kept], confidences=reading.confidences[kept])


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
    return chance_of(slope * odds + offset)


def _part(logs: npt.NDArray[np.float32], start: float, end: float) -> npt.NDArray[np.float32]:
    """Give the timesteps of a part of a window, at least one."""
    first = min(max(round(start * len(logs)), 0), len(logs) - 1)
    return logs[first : max(round(end * len(logs)), first + 1)]
