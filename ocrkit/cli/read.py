"""``ocrkit read``: pictures and PDFs into text or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from ocrkit.api import ReadSettings, count_pages, read_iter
from ocrkit.cli.batch import Batch, Input, below, find_inputs, say_failures
from ocrkit.cli.options import Shared, shared_options
from ocrkit.document import Document, Page, PageStatus
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
    targets = _targets(output, inputs, _FORMATS[form][1])
    engine = load_engine(shared.engine, settings.for_engine())
    batch = Batch(shared.report, shared.quiet, shared.verbose)
    for item, target in zip(inputs, targets, strict=True):
        batch.run(item, lambda i=item, t=target: _read_one(batch, i, t, form, engine, shared, settings))  # type: ignore[misc]
    return batch.finish()


def _targets(output: str | None, inputs: list[Input], suffix: str) -> list[Path | None]:
    if output is None or output == "-":
        return [None] * len(inputs)
    folder = Path(output)
    if len(inputs) == 1 and not folder.is_dir():
        return [folder]
    places = below(folder, inputs, suffix)
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    return [*places]


def _read_one(
    batch: Batch, item: Input, target: Path | None, form: str, engine: OcrEngine, shared: Shared, settings: ReadSettings
) -> tuple[int, dict[str, Any]]:
    source = item.path if item.path is not None else sys.stdin.buffer.read(settings.limits.bytes + 1)
    pages: list[Page] = []
    with batch.progress(item) as advance:
        count = count_pages(source, shared.pages, settings=settings)
        for page in read_iter(source, engine, shared.pages, settings=settings):
            pages.append(page)
            advance(count)
    document = Document(pages=pages, engine=shared.engine or DEFAULT_ENGINE)
    _write(_FORMATS[form][0](document), form, target, first=not batch.records)
    failures = ((page.index, page.error) for page in pages if page.status is not PageStatus.OK)
    return say_failures(item.name, failures), {
        "destination": str(target or "-"),
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
