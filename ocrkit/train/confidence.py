"""Fit how sure words are, and below which confidence they are dropped, on whole pages whose text is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.engines.crnn import CrnnEngine, CrnnSettings
from ocrkit.evaluate import expected_calibration_error, load_truth, rightness, rules_of
from ocrkit.image import decode
from ocrkit.odds import chance_of
from ocrkit.train.weights import write_fitted
from ocrkit.wordinate import Lexicon, WordinatorSettings, weighing
from ocrkit.wordinate.weighing import Weights

_LOWS: tuple[float, ...] = tuple(np.round(np.arange(0.05, 0.61, 0.05), 2).tolist())
_LOST = 0.0025  # share of the right words that may be dropped
_AS_GOOD = 0.0005  # of F1
_RIDGE = 1.0


def fit_confidence(folder: Path, out: Path, tell: Callable[[str], None]) -> Weights:
    """Fit the weights of the hints and `low`, leave the others as they are, and write them all down.

    Parameters
    ----------
    folder : Path
        Holds sets of pages (`ocrkit.evaluate.load_truth`) that no net has learnt from. All words count alike.
        Which words lie on each other, and go, still depends on the confidences before.
    out : Path
        Of ``fitted.json``.
    tell : callable
        Takes lines of progress.

    Returns
    -------
    Weights

    Raises
    ------
    ValueError
        If there are no pages, or no words on them.
    """
    engine = CrnnEngine(CrnnSettings(wordinator=WordinatorSettings(low=0.0)))
    sets = {path.parent: _seen(path.parent, engine) for path in sorted(folder.glob("[!.]*/pages.jsonl"))}
    table = np.concatenate([hints for hints, _ in sets.values()] or [np.zeros((0, 0))])
    right = np.concatenate([verdicts for _, verdicts in sets.values()] or [np.zeros(0, bool)])
    if not len(right):
        raise ValueError(f"{folder}: no words were read; make pages there with `python -m benchmarks.development`")
    best = attrs.evolve(weighing.fitted(), confidence=_logistic(table, right))
    judged = [(weighing.confidences(hints, best), verdicts) for hints, verdicts in sets.values()]
    best = attrs.evolve(best, low=_best_low(judged))
    for path, (chances, verdicts) in zip(sets, judged, strict=True):
        kept = chances >= best.low
        error = expected_calibration_error(chances[kept], verdicts[kept]) if kept.any() else 0.0
        tell(f"{path.name}: {len(kept)} words, {kept.sum()} kept; calibration error {error:.4f}")
    write_fitted(best, out)
    return best


def _seen(folder: Path, engine: CrnnEngine) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Read a set's pages; give the hints of all words that its rule judges, and whether they are right."""
    lexicon, rule = Lexicon(), rules_of(folder.name)[0]
    rows, right = [weighing.hints((), np.zeros(0), lexicon, 0.0)], []
    for true in load_truth(folder):
        page = engine.read(attrs.evolve(decode(true.image.read_bytes(), source=str(true.image)), dpi=None))
        words = list(page.words)
        raw = np.array([word.raw_confidence or 0.0 for word in words], np.float64)
        # the legibility of what is left; when a page is read, words that lie on others count too, which is hardly less
        verdicts = rightness(page, true.items, rule)
        judged = [verdict is not None for verdict in verdicts]
        rows.append(weighing.hints(words, raw, lexicon, weighing.legibility(raw))[judged])
        right += [verdict for verdict in verdicts if verdict is not None]
    return np.concatenate(rows), np.array(right, bool)


def _best_low(sets: Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]]) -> float:
    """Find the lowest threshold that is as good as any that costs hardly any right word.

    What is dropped is lost without a trace, and F1 hardly depends on where between .2 and .4 the threshold is.

    Parameters
    ----------
    sets : sequence of (ndarray of float64, ndarray of bool)
        Confidences of each set's words, and whether they are right. F1 is the mean of those sets that have right ones.
    """
    with_text = [(chances, right) for chances, right in sets if right.any()]

    def f1(low: float) -> float:
        each = [2 * (r & (c >= low)).sum() / ((c >= low).sum() + r.sum()) for c, r in with_text]
        return float(np.mean(each or [0.0]))

    def lost(low: float) -> int:
        return sum(int((right & (chances < low)).sum()) for chances, right in sets)

    cheap = [low for low in _LOWS if lost(low) <= _LOST * sum(right.sum() for _, right in sets)] or [_LOWS[0]]
    best = max(map(f1, cheap))
    return next(low for low in cheap if f1(low) >= best - _AS_GOOD)


def _logistic(table: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """Fit a logistic regression by Newton's method."""
    weights = np.zeros(table.shape[1])
    for _ in range(30):
        chance = chance_of(table @ weights)
        curvature = (table * (chance * (1 - chance))[:, None]).T @ table + _RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, table.T @ (right - chance) - _RIDGE * weights)
    return tuple(np.round(weights, 4).tolist())
