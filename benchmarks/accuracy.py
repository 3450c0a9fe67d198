"""How many words engines read right, set by set.

    python benchmarks/accuracy.py ocrkit rapidocr tesseract --data ../shared/data/eval --page docs/reference/accuracy.md

DIR holds a folder a set, each with ``images/`` and ``pages.jsonl``. Which rules count for a set says
`ocrkit.evaluate.rules_of`.
``--turn`` turns pages before they are read, and also says which share of them was put right.
``--page`` writes it all down as Markdown, with a picture beside it of how often words of each confidence are right.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from datetime import date
from pathlib import Path
from typing import cast

import attrs

from ocrkit.evaluate import RULES, Counts, TruePage, load_truth, posed, rightness, rules_of
from ocrkit.image import decode
from ocrkit.plugins import engines, load_engine
from ocrkit.processors import available_processors
from ocrkit.spec import EngineSettings, OcrEngine

# RapidOCR's words are its lines split at spaces; its boxes of words come from another entry.
BOXES_FROM = {"rapidocr": "rapidocr-boxes"}


@attrs.define
class Scores:
    """What came of reading a set."""

    totals: dict[str, Counts]
    seconds: list[float] = attrs.field(factory=list)
    pages: list[tuple[float, str]] = attrs.field(factory=list)
    judged: list[tuple[float, bool]] = attrs.field(factory=list)
    put_right: list[bool] = attrs.field(factory=list)


def score(
    engine: OcrEngine, pages: list[TruePage], rules: tuple[str, ...], with_dpi: bool, turn: float = 0.0
) -> Scores:
    """Read pages; pool the counts by rule, time each page, and judge each word by the first rule that can."""
    scores = Scores(dict.fromkeys(rules, Counts()))
    for page in pages:
        image = decode(page.image.read_bytes(), source=str(page.image))
        image = image if with_dpi else attrs.evolve(image, dpi=None)
        image = posed(image, turn)
        started = time.perf_counter()
        reading = engine.read(image)
        scores.seconds.append(time.perf_counter() - started)
        scores.put_right.append((reading.rotation.degrees + 90 * round(turn / 90)) % 360 == 0)
        for rule in rules:
            counts = RULES[rule](reading, page.items)
            scores.totals[rule] += counts
            if rule == rules[0]:
                scores.pages.append((counts.f1, page.image.name))
        if rules[0] != "box":
            verdicts = zip(reading.words, rightness(reading, page.items, rules[0]), strict=True)
            scores.judged += [(word.confidence, right) for word, right in verdicts if right is not None]
    return scores


def readers_of(name: str, rules: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Say which engine answers for which rules, when the engine `name` is scored."""
    boxes = BOXES_FROM.get(name, name)
    if boxes == name:
        return {name: rules}
    by_reader = {
        name: tuple(rule for rule in rules if rule in ("exact", "fold")),
        boxes: tuple(rule for rule in rules if rule in ("box", "field")),
    }
    return {reader: its_rules for reader, its_rules in by_reader.items() if its_rules}


def score_set(name: str, folder: Path, most: int | None, with_dpi: bool, turn: float = 0.0) -> list[dict[str, object]]:
    """Score an engine on one folder; return one record a rule."""
    pages = list(load_truth(folder))[:most]
    records: list[dict[str, object]] = []
    for reader, rules in readers_of(name, rules_of(folder.name)).items():
        engine = load_engine(reader, EngineSettings(threads=available_processors()))
        score(engine, pages[:1], rules, with_dpi, turn)  # warm
        scores = score(engine, pages, rules, with_dpi, turn)
        for rule, counts in scores.totals.items():
            records.append(
                {
                    "set": folder.name,
                    "engine": name,
                    "rule": rule,
                    "pages": len(pages),
                    "precision": round(counts.precision, 4),
                    "recall": round(counts.recall, 4),
                    "f1": round(counts.f1, 4),
                    "put_right": round(statistics.fmean(scores.put_right), 4),
                    "seconds_median": round(statistics.median(scores.seconds), 3),
                    "worst": [f"{name} {f1:.3f}" for f1, name in sorted(scores.pages)[:3]],
                    "reliability": reliability(scores.judged) if rule == rules[0] else [],
                }
            )
    return records


def reliability(judged: list[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Give the mean confidence of each tenth, the share of its words that are right, and their number."""
    bins = [[(c, right) for c, right in judged if min(int(c * 10), 9) == tenth] for tenth in range(10)]
    return [
        (statistics.fmean(c for c, _ in own), statistics.fmean(right for _, right in own), len(own))
        for own in bins
        if own
    ]


COLUMNS = ("set", "engine", "rule", "pages", "precision", "recall", "f1", "seconds_median")


def table(records: list[dict[str, object]], columns: tuple[str, ...] = COLUMNS) -> str:
    rows = [columns, *(tuple(str(record[column]) for column in columns) for record in records)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def command_of(options: argparse.Namespace) -> str:
    """Give the command that was run, without where things are on this machine."""
    parts = ["python benchmarks/accuracy.py", *options.engines, "--data DIR"]
    if options.sets:
        parts += ["--sets", *options.sets]
    if options.most:
        parts.append(f"--most {options.most}")
    if options.with_dpi:
        parts.append("--with-dpi")
    if options.turn:
        parts.append(f"--turn {options.turn:g}")
    return " ".join([*parts, f"--page {options.page}"])


def write_page(path: Path, records: list[dict[str, object]], where: str, command: str) -> None:
    """Write the records down for readers, and draw how far confidences can be trusted."""
    picture = path.with_suffix(".svg")
    draw_reliability(picture, records)
    lines = [
        "# Accuracy",
        "",
        f"On {date.today()}, {where}. Made by `{command}`; the rules are those of",
        "[`ocrkit.evaluate`](api.md), pooled over all pages of a set. By `field`, all three numbers are the share of",
        "fields that were read. Seconds are the median page's, of one run on a shared machine: compare engines, not",
        "runs.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *("| " + " | ".join(str(record[column]) for column in COLUMNS) + " |" for record in records),
        "",
        "## Confidence",
        "",
        "Of words with a confidence within each tenth, the share that is right, by the first rule of each set; the",
        "diagonal is what it should be.",
        "",
        f"![reliability diagram]({picture.name})",
        "",
        "## Worst pages",
        "",
        *(
            f"- {record['set']}, {record['engine']}: " + ", ".join(map(str, cast("list[str]", record["worst"])))
            for record in records
            if record["reliability"]
        ),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_reliability(path: Path, records: list[dict[str, object]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "ocrkit"  # the same numbers give the same file
    from matplotlib import pyplot

    names = list(dict.fromkeys(str(record["engine"]) for record in records))
    figure, axes = pyplot.subplots(1, len(names), figsize=(3.6 * len(names), 3.6), sharey=True, squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        axis.plot((0, 1), (0, 1), color="0.8")
        for record in records:
            bins = cast("list[tuple[float, float, int]]", record["reliability"])
            if record["engine"] == name and bins:
                axis.plot([c for c, _, _ in bins], [right for _, right, _ in bins], marker=".", label=record["set"])
        axis.set(title=name, xlabel="confidence", xlim=(0, 1), ylim=(0, 1))
    axes[0][0].set_ylabel("right")
    axes[0][-1].legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="+", metavar="ENGINE")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sets", nargs="*", help="only these folders")
    parser.add_argument("--most", type=int, help="only the first pages of each set")
    parser.add_argument("--with-dpi", action="store_true", help="tell engines the resolution that files state")
    parser.add_argument(
        "--turn", type=float, default=0.0, metavar="DEGREES", help="turn pages clockwise before they are read"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--page", type=Path, metavar="FILE", help="Markdown to write; its picture goes beside it")
    options = parser.parse_args()
    unknown = set(options.engines) - set(engines())
    if unknown:
        sys.exit(f"no such engine: {', '.join(sorted(unknown))}; installed: {', '.join(engines())}")
    folders = {path.parent.name: path.parent for path in sorted(options.data.glob("*/pages.jsonl"))}
    chosen = options.sets or list(folders)
    if not chosen or set(chosen) - set(folders):
        sys.exit(f"{options.data} holds {', '.join(folders) or 'no folders with a pages.jsonl'}; name one that does")
    records: list[dict[str, object]] = []
    for folder in (folders[name] for name in sorted(chosen)):
        for name in options.engines:
            print(f"{folder.name}: {name} ...", file=sys.stderr)
            records += score_set(name, folder, options.most, options.with_dpi, options.turn)
    print(table(records, (*COLUMNS, "put_right") if options.turn else COLUMNS))
    where = f"{platform.machine()}, {available_processors()} processors"
    if options.page:
        write_page(options.page, records, where, command_of(options))
    if options.json:
        result = {"date": date.today().isoformat(), "machine": where, "results": records}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
