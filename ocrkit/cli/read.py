"""``ocrkit read``: pictures and PDFs into text, and into the formats that hold places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ocrkit.api import ReadSettings, read_iter
from ocrkit.cli.batch import Batch, Input, find_inputs, pages_at_most, places_of, say_failures, standard_input
from ocrkit.cli.options import Shared, shared_options
from ocrkit.document import Document, PageStatus
from ocrkit.export import hocr, markdown, tsv
from ocrkit.export import json as as_json
from ocrkit.export import text as as_text
from ocrkit.files import write_whole
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.spec import OcrEngine

_FORMATS: dict[str, tuple[Callable[[Document], str], str]] = {
    "text": (as_text.dumps, ".txt"),
    "json": (lambda document: as_json.dumps(document) + "\n", ".json"),
    "hocr": (hocr.dumps, ".hocr"),
    "tsv": (tsv.dumps, ".tsv"),
    "md": (markdown.dumps, ".md"),
}
_BETWEEN = {"text": "\f", "json": "", "md": "\n---\n\n"}
"""What parts documents that follow one another; others hold one document a file."""


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(list(_FORMATS)),
    help="What to write; by the suffix of --output if not given, else text.",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="File to write, or a folder for a file each; standard output if not given.",
)
@shared_options
def read(sources: tuple[str, ...], form: str | None, output: str | None, **options: Any) -> int:
    """Read pictures and PDFs and print their text.

    SOURCE is a file, a folder, or - for standard input. Several sources follow each other on standard
    output: text with a form feed between, JSON with one document a line, Markdown with a rule between. hOCR and TSV
    of several sources need an --output folder.
    """
    form = form or _by_suffix(output)
    shared = Shared(**options)
    shared.set_up_logging()
    settings = shared.read_settings()
    inputs = find_inputs(sources)
    if len(inputs) > 1 and output in (None, "-") and form not in _BETWEEN:
        raise click.UsageError(f"A file of {form} holds one document; name a folder as --output for several sources.")
    targets = places_of(output or "-", inputs, _FORMATS[form][1])
    for item, target in zip(inputs, targets, strict=True):
        if target and item.path and target.exists() and item.path.exists() and target.samefile(item.path):
            raise click.UsageError(f"The text of {item.path} would replace it; name another --output.")
    batch = Batch(inputs=inputs, targets=targets, report=shared.report, quiet=shared.quiet, verbose=shared.verbose)
    engine = load_engine(shared.engine, settings.for_engine(pages_at_most(inputs)))
    return batch.run(lambda item, target: _read_one(batch, item, target, form, engine, shared, settings))


def _by_suffix(output: str | None) -> str:
    suffixes = {suffix: form for form, (_, suffix) in _FORMATS.items()}
    return suffixes.get(Path(output).suffix.lower(), "text") if output else "text"


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
        write_whole(target, content.encode())
        return
    sys.stdout.write(("" if first else _BETWEEN[form]) + content)
    sys.stdout.flush()
