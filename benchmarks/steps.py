"""What each step of the Wordinator earns, and how far the confidence of its words can be trusted.

    python -m benchmarks.steps --data ../shared/data/eval

Pages are found and read once; their words are made again with each step switched off. A set is scored by the first of
its rules (`ocrkit.evaluate.rules_of`). The calibration error (15 bins) is that of the words as users get them; the
last columns tell what dropping words below the low threshold does to precision and recall.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np

from ocrkit.document import Page
from ocrkit.engines.crnn import CrnnEngine
from ocrkit.evaluate import RULES, Counts, expected_calibration_error, load_truth, rightness, rules_of
from ocrkit.image import decode
from ocrkit.processors import available_processors
from ocrkit.spec import EngineSettings
from ocrkit.wordinate import LexiconWordinator, WordinatorSettings

STEPS: Mapping[str, Mapping[str, object]] = {
    "all steps": {},
    "no correction": {"correct": False},
    "no splits": {"split": False},
    "no joins": {"join": False},
    "no suppression": {"suppress": False},
    "nothing dropped": {"low": 0.0},
    "none of these": {"correct": False, "split": False, "join": False, "suppress": False, "low": 0.0},
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sets", nargs="*", help="only these folders")
    parser.add_argument("--most", type=int, help="only the first pages of each set")
    options = parser.parse_args(arguments)
    engine = CrnnEngine.create(EngineSettings(threads=available_processors()))
    makers = {name: LexiconWordinator(WordinatorSettings(**off)) for name, off in STEPS.items()}  # type: ignore[arg-type]
    print(f"{date.today()}, {platform.machine()}, {engine.version}; F1 by set")
    print(f"{'set':16}" + "".join(f"{name:>17}" for name in STEPS) + f"{'ECE':>8}{'dropped: precision, recall':>30}")
    for folder in sorted(path.parent for path in options.data.glob("*/pages.jsonl")):
        if options.sets and folder.name not in options.sets:
            continue
        totals, chances, right = measured(engine, makers, folder, options.most)
        error = expected_calibration_error(np.array(chances), np.array(right))
        all_of, none_of = totals["all steps"], totals["nothing dropped"]
        gains = f"{all_of.precision - none_of.precision:+.4f}, {all_of.recall - none_of.recall:+.4f}"
        print(f"{folder.name:16}" + "".join(f"{totals[name].f1:17.4f}" for name in STEPS) + f"{error:8.4f}{gains:>30}")
    return 0


def measured(
    engine: CrnnEngine, makers: Mapping[str, LexiconWordinator], folder: Path, most: int | None
) -> tuple[dict[str, Counts], list[float], list[bool]]:
    """Score a folder with each maker of words; also give the first one's confidences, and whether they are right."""
    rule = rules_of(folder.name)[0]
    totals = dict.fromkeys(makers, Counts())
    chances: list[float] = []
    right: list[bool] = []
    for number, page in enumerate(load_truth(folder)):
        if number == most:
            break
        image = decode(page.image.read_bytes(), source=str(page.image))
        passage = engine.pipeline(image)
        for name, maker in makers.items():
            lines = maker.wordinate(passage.detection, passage.readings, engine.pipeline.recognizer.weigh)
            made = Page(lines=[line.mapped(passage.image.to_caller) for line in lines], size=image.caller_size)
            totals[name] += RULES[rule](made, page.items)
            if name == "all steps":
                judged = zip(made.words, rightness(made, page.items, rule), strict=True)
                known = [(word.confidence, verdict) for word, verdict in judged if verdict is not None]
                chances += [chance for chance, _ in known]
                right += [verdict for _, verdict in known]
    return totals, chances, right


if __name__ == "__main__":
    sys.exit(main())
