"""How many words engines read right, set by set.

    python benchmarks/accuracy.py tesseract rapidocr --data ../shared/data/eval --json accuracy.json

DIR holds a folder a set, each with ``images/`` and ``pages.jsonl``. Which rules count for a set is
in `RULES_OF`; a set that is not named there is scored by ``exact``. The rules are in `ocrkit.evaluate`.
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

import attrs

from ocrkit.api import available_processors
from ocrkit.evaluate import RULES, Counts, TruePage, load_truth
from ocrkit.image import decode
from ocrkit.plugins import engines, load_engine
from ocrkit.spec import EngineSettings, OcrEngine

RULES_OF = {
    "receipts": ("fold",),
    "receipt_photos": ("field",),
    "scanned_docs": ("exact", "box"),
    "documents": ("exact", "box"),
    "document_photos": ("exact", "box"),
    "screenshots": ("exact",),
}
# RapidOCR's words are its lines split at spaces; its boxes of words come from another entry.
BOXES_FROM = {"rapidocr": "rapidocr-boxes"}


def score(
    engine: OcrEngine, pages: list[TruePage], rules: tuple[str, ...], with_dpi: bool
) -> tuple[dict[str, Counts], list[float]]:
    """Read pages; return the pooled counts by rule, and the seconds of each page."""
    totals = dict.fromkeys(rules, Counts())
    seconds = []
    for page in pages:
        image = decode(page.image.read_bytes(), source=str(page.image))
        image = image if with_dpi else attrs.evolve(image, dpi=None)
        started = time.perf_counter()
        reading = engine.read(image)
        seconds.append(time.perf_counter() - started)
        for rule in rules:
            totals[rule] += RULES[rule](reading, page.items)
    return totals, seconds


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


def score_set(name: str, folder: Path, most: int | None, with_dpi: bool) -> list[dict[str, object]]:
    """Score an engine on one folder; return one record a rule."""
    pages = list(load_truth(folder))[:most]
    records: list[dict[str, object]] = []
    for reader, rules in readers_of(name, RULES_OF.get(folder.name, ("exact",))).items():
        engine = load_engine(reader, EngineSettings(threads=available_processors()))
        score(engine, pages[:1], rules, with_dpi)  # warm
        totals, seconds = score(engine, pages, rules, with_dpi)
        for rule, counts in totals.items():
            records.append(
                {
                    "set": folder.name,
                    "engine": name,
                    "rule": rule,
                    "pages": len(pages),
                    "precision": round(counts.precision, 4),
                    "recall": round(counts.recall, 4),
                    "f1": round(counts.f1, 4),
                    "seconds_median": round(statistics.median(seconds), 3),
                }
            )
    return records


def table(records: list[dict[str, object]]) -> str:
    columns = ("set", "engine", "rule", "pages", "precision", "recall", "f1", "seconds_median")
    rows = [columns, *(tuple(str(record[column]) for column in columns) for record in records)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="+", metavar="ENGINE")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sets", nargs="*", help="only these folders")
    parser.add_argument("--most", type=int, help="only the first pages of each set")
    parser.add_argument("--with-dpi", action="store_true", help="tell engines the resolution that files state")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    unknown = set(options.engines) - set(engines())
    if unknown:
        sys.exit(f"no such engine: {', '.join(sorted(unknown))}; installed: {', '.join(engines())}")
    records: list[dict[str, object]] = []
    for folder in sorted(path.parent for path in options.data.glob("*/pages.jsonl")):
        if options.sets and folder.name not in options.sets:
            continue
        for name in options.engines:
            print(f"{folder.name}: {name} ...", file=sys.stderr)
            records += score_set(name, folder, options.most, options.with_dpi)
    print(table(records))
    if options.json:
        where = f"{platform.machine()}, {available_processors()} processors"
        result = {"date": date.today().isoformat(), "machine": where, "results": records}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
