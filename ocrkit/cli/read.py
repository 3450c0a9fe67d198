"""``ocrkit read``: pictures and PDFs into text or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ocrkit.api import ReadSettings, read_iter
from ocrkit.cli.batch import Batch, Input, find_inputs, pages_at_most, places_of, say_failures, standard_input
from ocrkit.cli.options import Shared, shared_options
from ocrkit.document import Document, PageStatus
from ocrkit.export import json as as_json
from ocrkit.export import text as as_text
from ocrkit.files import write_whole
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.spec import OcrEngine

_FORMATS = {"text": (as_text.dumps, ".txt"), "json": (as_json.dumps, ".json")}


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(list(_FORMATS)),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="File to write, or a folder for a file each; standard output if not given.",
)
@shared_options
def read(sources: tuple[str, ...], form: str, output: str | None, **options: Any) -> int:
    """Read pictures and PDFs and print their text.

    SOURCE is a file, a folder, or - for standard input. Several sources follow each other on standard
    output: text with a form feed between, JSON with one document a line.
    """
    shared = Shared(**options)
    shared.set_up_logging()
    settings = shared.read_settings()
    inputs = find_inputs(sources)
    targets = places_of(output or "-", inputs, _FORMATS[form][1])
    for item, target in zip(inputs, targets, strict=True):
        if target and item.path and target.exists() and item.path.exists() and target.samefile(item.path):
            raise click.UsageError(f"The text of {item.path} would replace it; name another --output.")
    batch = Batch(inputs=inputs, targets=targets, report=shared.report, quiet=shared.quiet, verbose=shared.verbose)
    engine = load_engine(shared.engine, settings.for_engine(pages_at_most(inputs)))
    return batch.run(lambda item, target: _read_one(batch, item, target, form, engine, shared, settings))


def _read_one(
    batch: Batch, item: Input, target: Path | None, form: str, engine: OcrEngine, shared: Shared, settings: ReadSettings
) -> tuple[int, dict[str, Any]]:
    source = item.path if item.path is not None else standard_input()
    with batch.progress(item) as advance:
        pages = list(read_iter(source, engine, shared.pages, settings=settings, on_page=lambda _, n: advance(n)))
    document = Document(pages=pages, engine=shared.engine or DEFAULT_ENGINE)
    _write(_FORMATS[form][0](document), form, target, first=not batch.any_done)
    failures = ((page.index, page.error) for page in pages if page.status is not PageStatus.OK)
    return say_failures(item.name, failures), {
        "pages": [
            {"page": p.index + 1, "status": p.status.value, "words": sum(1 for _ in p.words), "error": p.error}
            for p in pages
        ],
    }


def _write(content: str, form: str, target: Path | None, first: bool) -> None:
    if target is not None:
        write_whole(target, (content + "\n" * (form == "json")).encode())
        return
    between = "" if first or form == "json" else "\f"
    sys.stdout.write(between + content + "\n" * (form == "json"))
    sys.stdout.flush()
