"""From the net's timesteps to texts: greedy and prefix-beam decoding, alignment, and the probability of a text.

Everything works on whole batches of log-probabilities, float32 (N, T, C), where T may be longer than a window's own
timesteps: the rest is padding, blanks and nothing else. What only asks for the probability of a text takes windows as
they are.

References
----------
.. [1] A. Graves et al., "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent
   Neural Networks", ICML 2006: the forward recursion in `log_probability`.
.. [2] A. Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent
   DNNs", 2014: the beam search over prefixes. Ours keeps no language model, and tells prefixes apart by a rolling hash
   so that a step of all beams of all windows is a few array operations.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.recognize.alphabet import BLANK

Logs = npt.NDArray[np.float32]
"""Log-probabilities of classes at timesteps, float32 (N, T, C)."""

_NEVER = np.float32(-1e9)
_LEAST = 1e-300
_FAINTEST = np.float32(1e-30)  # above float32's smallest number
_HALF, _SURELY = float(np.log(0.5)), float(np.log(0.999))
_TOGETHER = 4  # timesteps


@attrs.frozen
class Path:
    """What one window says, and where.

    Parameters
    ----------
    classes : tuple of int
        Without blanks.
    spans : tuple of (int, int)
        First timestep of each character, and the one after its last.
    confidences : tuple of float
        Highest probability of each character within its span.
    """

    classes: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    confidences: tuple[float, ...]


def log_softmax(logits: npt.NDArray[np.float32]) -> Logs:
    """Turn logits into log-probabilities over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(-1, keepdims=True))
    return np.asarray(shifted, np.float32)


def mean(looks: Sequence[Logs], first: float = 1.0) -> Logs:
    """Average the probabilities that several looks at the same windows gave; the first may count more, or less."""
    chances = np.exp(looks[0]) * np.float32(first)
    for look in looks[1:]:
        chances += np.exp(look)
    chances /= np.float32(first + len(looks) - 1)
    return np.asarray(np.log(np.maximum(chances, _FAINTEST)), np.float32)


def silence(part: npt.NDArray[np.float32]) -> None:
    """Turn a part of a window into blanks.

    Parameters
    ----------
    part : ndarray of float32, shape (T, C)
        Log-probabilities; changed in place.
    """
    part[:] = _NEVER
    part[:, BLANK] = 0


def padded(parts: Sequence[npt.NDArray[np.float32]]) -> Logs:
    """Put parts of windows into one batch; what is missing at their ends are blanks.

    Parameters
    ----------
    parts : sequence of ndarray of float32, shape (T, C)
    """
    batch = np.full((len(parts), max(map(len, parts)), parts[0].shape[1]), _NEVER, np.float32)
    batch[:, :, BLANK] = 0
    for row, part in zip(batch, parts, strict=True):
        row[: len(part)] = part
    return batch


def decode_greedy(logs: Logs) -> list[Path]:
    """Take the likeliest class at every timestep, then collapse repeats and drop blanks."""
    count, steps, _ = logs.shape
    best = logs.argmax(2)
    chances = np.exp(np.take_along_axis(logs, best[:, :, None], 2)[:, :, 0])
    starts = np.ones(best.shape, bool)
    starts[:, 1:] = best[:, 1:] != best[:, :-1]
    # all windows end to end: a run never goes on into the next window, since that starts one
    begins = np.flatnonzero(starts)
    ends = np.append(begins[1:], best.size)
    shown = best.ravel()[begins] != BLANK
    peaks = np.maximum.reduceat(chances.ravel(), begins)[shown].tolist()
    begins, ends = begins[shown], ends[shown]
    classes, rows = best.ravel()[begins].tolist(), begins // steps
    spans = list(zip((begins - rows * steps).tolist(), (ends - rows * steps).tolist(), strict=True))
    cuts = np.searchsorted(rows, np.arange(count + 1)).tolist()
    return [Path(tuple(classes[a:b]), tuple(spans[a:b]), tuple(peaks[a:b])) for a, b in itertools.pairwise(cuts)]


def decode(logs: Logs, width: int = 8, branches: int = 6) -> tuple[list[Path], npt.NDArray[np.float32]]:
    """Find the likeliest texts, summed over all their alignments.

    Greedily first. A text that has more than half of all probability is the likeliest; only where none has that much,
    prefixes are searched.

    Parameters
    ----------
    logs : ndarray of float32, shape (N, T, C)
    width : int
        Prefixes kept at every timestep; 1 only decodes greedily.
    branches : int
        Characters tried at every timestep, the likeliest ones.

    Returns
    -------
    list of Path
    ndarray of float32, shape (N,)
        Logarithm of each text's probability.
    """
    paths = decode_greedy(logs)
    weights = log_probability(logs, [path.classes for path in paths])
    if width == 1:
        return paths, weights
    open_ = np.flatnonzero(weights <= _HALF).tolist()
    if not open_:
        return paths, weights
    texts = _search(_without_runs(logs[open_]), width, min(branches, logs.shape[2] - 1))
    other = {row: text for row, text in zip(open_, texts, strict=True) if text != paths[row].classes}
    if other:
        rows = list(other)
        for row, path in zip(rows, align(logs[rows], list(other.values())), strict=True):
            paths[row] = path
        weights[rows] = log_probability(logs[rows], list(other.values()))
    return paths, weights


def _without_runs(logs: Logs) -> Logs:
    """Leave out timesteps that are blank for sure, as the one before is: what a search finds does not hang on them."""
    sure = logs[:, :, BLANK] > _SURELY
    kept = np.ones(sure.shape, bool)
    kept[:, 1:] = ~(sure[:, 1:] & sure[:, :-1])
    return padded([row[some] for row, some in zip(logs, kept, strict=True)])


def _search(logs: Logs, width: int, branches: int) -> list[tuple[int, ...]]:
    count, steps, _ = logs.shape
    rows = np.arange(count)[:, None]
    ended_blank = np.full((count, width), _NEVER)  # log-probability of a prefix whose last timestep is a blank
    ended_other = np.full((count, width), _NEVER)
    ended_blank[:, 0] = 0
    last = np.zeros((count, width), np.int64)
    # beams that are not in use get hashes of their own, so that they never merge
    hashes = np.arange(width, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.zeros((count, 1), np.uint64)
    parents, letters = [], []
    others = logs.copy()
    others[:, :, BLANK] = _NEVER
    tried = np.argpartition(-others, branches, axis=2)[:, :, :branches]
    for step in range(steps):
        now, branch = logs[:, step], tried[:, step]
        total = np.logaddexp(ended_blank, ended_other)
        stays_blank = total + now[:, BLANK, None]
        stays_other = np.where(last > 0, ended_other + now[rows, last], _NEVER)
        # a repeated character needs a blank between, or it is the same one held longer
        base = np.where(branch[:, None, :] == last[:, :, None], ended_blank[:, :, None], total[:, :, None])
        grown = (base + now[rows, branch][:, None, :]).reshape(count, -1)
        grown_hash = _grow(hashes[:, :, None], branch[:, None, :]).reshape(count, -1)
        hits = grown_hash[:, :, None] == hashes[:, None, :]
        merged = np.where(hits, grown[:, :, None], _NEVER)
        stays_other = np.logaddexp(stays_other, merged.max(1))
        grown[hits.any(2)] = _NEVER
        scores = np.concatenate([np.logaddexp(stays_blank, stays_other), grown], 1)
        chosen = np.argpartition(-scores, width - 1, axis=1)[:, :width]
        is_new = chosen >= width
        parent = np.where(is_new, (chosen - width) // branches, chosen)
        letter = np.where(is_new, branch[rows, (chosen - width) % branches], 0)
        old = np.where(is_new, 0, chosen)
        ended_blank = np.where(is_new, _NEVER, stays_blank[rows, old])
        new = np.where(is_new, chosen - width, 0)
        ended_other = np.where(is_new, grown[rows, new], stays_other[rows, old])
        last = np.where(is_new, letter, last[rows, parent])
        hashes = np.where(is_new, grown_hash[rows, new], hashes[rows, parent])
        parents.append(parent)
        letters.append(letter)
    best = np.logaddexp(ended_blank, ended_other).argmax(1)
    return [_trace(parents, letters, row, int(beam)) for row, beam in enumerate(best)]


def _grow(hashes: npt.NDArray[np.uint64], letters: npt.NDArray[np.intp]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        grown: npt.NDArray[np.uint64] = (
            hashes * np.uint64(6364136223846793005) + letters.astype(np.uint64) + np.uint64(1)
        )
    return grown


def _trace(
    parents: Sequence[npt.NDArray[np.intp]], letters: Sequence[npt.NDArray[np.intp]], row: int, beam: int
) -> tuple[int, ...]:
    classes = []
    for parent, letter in zip(reversed(parents), reversed(letters), strict=True):
        if letter[row, beam]:
            classes.append(int(letter[row, beam]))
        beam = int(parent[row, beam])
    return tuple(reversed(classes))


def log_probability(
    logs: Sequence[npt.NDArray[np.float32]] | Logs, texts: Sequence[Sequence[int]]
) -> npt.NDArray[np.float32]:
    """Sum the probability of texts over all their alignments.

    Parameters
    ----------
    logs : sequence of ndarray of float32, shape (T, C)
        Of windows or parts of them, which may differ in T.
    texts : sequence of sequence of int
        Classes, one text for each.

    Returns
    -------
    ndarray of float32, shape (N,)
        Logarithms; about -1e9 for a text that does not fit into the timesteps.
    """
    lattice, ends, skips = _lattice(logs, texts)
    chances, skipped = np.exp(lattice, dtype=np.float64), skips[2:].astype(np.float64)
    state, after = np.zeros((2, *chances.shape[1:]))
    over = np.empty_like(skipped)
    state[:2] = chances[0][:2]
    scale = np.zeros(len(texts))
    for number, step in enumerate(chances[1:], 1):
        after[0] = state[0]
        np.add(state[1:], state[:-1], out=after[1:])
        after[2:] += np.multiply(state[:-2], skipped, out=over)
        after *= step
        state, after = after, state
        if number % _TOGETHER == 0:  # brought to a sum of 1 now and then, or long texts would underflow
            total = np.maximum(state.sum(0), _LEAST)
            state /= total
            scale += np.log(total)
    rows = np.arange(len(texts))
    end = state[ends, rows] + np.where(ends > 0, state[ends - 1, rows], 0.0)
    return np.asarray(np.where(end > 0, np.log(np.maximum(end, _LEAST)) + scale, _NEVER), np.float32)


def align(logs: Logs, texts: Sequence[Sequence[int]]) -> list[Path]:
    """Find the likeliest place of each character of given texts (Viterbi)."""
    lattice, ends, skips = _lattice(logs, texts)
    state = np.full(lattice.shape[1:], _NEVER)
    state[:2] = lattice[0][:2]
    moves = []
    for step in lattice[1:]:
        options = np.stack([state, _shift(state, 1), np.where(skips, _shift(state, 2), _NEVER)])
        moves.append(options.argmax(0))
        state = options.max(0) + step
    rows = np.arange(len(texts))
    at = np.where((ends > 0) & (state[ends - 1, rows] > state[ends, rows]), ends - 1, ends)
    track = [at]
    for move in reversed(moves):
        at = at - move[at, rows]
        track.append(at)
    states = np.stack(track[::-1], 1)
    return [_place(logs[row], states[row], text) for row, text in enumerate(texts)]


def _lattice(
    logs: Sequence[npt.NDArray[np.float32]] | Logs, texts: Sequence[Sequence[int]]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Spread texts with a blank around every character.

    Returns
    -------
    ndarray of float32, shape (T, 2 L + 1, N)
        Log-probability of each state at each timestep; behind a window's own timesteps, of nothing but blanks.
    ndarray of int, shape (N,)
        Each text's last state.
    ndarray of bool, shape (2 L + 1, N)
        Where the blank before a state may be left out.
    """
    longest = max(map(len, texts), default=0)
    # states after a text's end may be entered: they are blanks that nothing asks for
    spread = np.full((len(texts), 2 * longest + 1), BLANK, np.intp)
    for row, text in zip(spread, texts, strict=True):
        row[1 : 2 * len(text) : 2] = text
    skips = np.zeros(spread.shape, bool)
    skips[:, 3::2] = spread[:, 3::2] != spread[:, 1:-2:2]
    ends = np.array([2 * len(text) for text in texts], np.intp)
    lattice = np.full((max(map(len, logs), default=0), *spread.shape), _NEVER, np.float32)
    lattice[:, :, ::2] = 0
    for number, (own, classes) in enumerate(zip(logs, spread, strict=True)):
        lattice[: len(own), number] = own.take(classes, axis=1)
    # those of one state side by side: an operation for all then runs through memory from end to end
    return np.ascontiguousarray(lattice.transpose(0, 2, 1)), ends, np.ascontiguousarray(skips.T)


def _shift(state: npt.NDArray[np.float32], by: int) -> npt.NDArray[np.float32]:
    moved = np.full_like(state, _NEVER)
    moved[by:] = state[:-by]
    return moved


def _place(logs: npt.NDArray[np.float32], states: npt.NDArray[np.intp], text: Sequence[int]) -> Path:
    spans, confidences = [], []
    for index, number in enumerate(text):
        held = np.flatnonzero(states == 2 * index + 1)
        start, end = (int(held[0]), int(held[-1]) + 1) if len(held) else (0, 0)
        spans.append((start, end))
        confidences.append(float(np.exp(logs[start:end, number].max())) if len(held) else 0.0)
    return Path(tuple(text), tuple(spans), tuple(confidences))
