"""``ocrkit read``: pictures and PDFs into text, and into the formats that hold places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

from ocrkit.api import ReadSettings, read_iter
from ocrkit.cli.batch import Batch, Input, find_inputs, pages_at_most, places_of, say_failures, standard_input
from ocrkit.cli.options import Shared, shared_options
from ocrkit.document import Document, PageStatus
from ocrkit.export import alto, hocr, markdown, pagexml, tsv
from ocrkit.export import json as as_json
from ocrkit.export import text as as_text
from ocrkit.files import take, write_whole
from ocrkit.image import as_png
from ocrkit.inputs import open_pages
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.spec import OcrEngine


@attrs.frozen
class _Format:
    """A format that can be written: how, the suffix of its files, and what parts documents that follow one another."""

    dumps: Callable[[Document, str | None], str]
    suffix: str
    between: str | None = None


_FORMATS = {
    "text": _Format(lambda document, _: as_text.dumps(document), ".txt", "\f"),
    "json": _Format(lambda document, _: as_json.dumps(document) + "\n", ".json", ""),
    "hocr": _Format(lambda document, image: hocr.dumps(document, image=image), ".hocr"),
    "alto": _Format(lambda document, image: alto.dumps(document, image=image), ".alto.xml"),
    "page": _Format(lambda document, image: pagexml.dumps(document, image=image), ".page.xml"),
    "tsv": _Format(lambda document, _: tsv.dumps(document), ".tsv"),
    "md": _Format(lambda document, _: markdown.dumps(document), ".md", "\n---\n\n"),
}


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
    "outputs",
    multiple=True,
    metavar="PATH",
    help="File to write, or a folder for a file each; standard output if not given. Several times for several formats.",
)
@click.option(
    "--debug-image",
    "pictures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder for a picture of each page with the boxes of its words.",
)
@shared_options
def read(
    sources: tuple[str, ...], form: str | None, outputs: tuple[str, ...], pictures: Path | None, **options: Any
) -> int:
    """Read pictures and PDFs and print their text.

    SOURCE is a file, a folder, or - for standard input. Several sources follow each other on standard
    output: text with a form feed between, JSON with one document a line, Markdown with a rule between. The other
    formats of several sources need an --output folder. PAGE holds one page a file, so longer documents become
    several files with the number of the page in their names.
    """
    shared = Shared(**options)
    shared.set_up()
    settings = shared.read_settings()
    inputs = find_inputs(sources)
    written = [_Output.of(output, form, inputs) for output in outputs or ("-",)]
    if sum(output.targets[0] is None for output in written) > 1:
        raise click.UsageError("Standard output holds one format; name files for the others.")
    # a row for each input
    targets = [list(row) for row in zip(*(output.targets for output in written), strict=True)]
    _check_apart(inputs, targets)
    batch = Batch(inputs=inputs, targets=targets, report=shared.report, quiet=shared.quiet, verbose=shared.verbose)
    engine = load_engine(shared.engine, settings.for_engine(pages_at_most(inputs)))
    forms = [output.form for output in written]
    return batch.run(
        lambda item, places: _read_one(batch, item, list(zip(forms, places, strict=True)), engine, shared, pictures)
    )


@attrs.frozen
class _Output:
    """One --output: in which format, and where for each input."""

    form: _Format
    targets: list[Path | None]

    @classmethod
    def of(cls, output: str, form: str | None, inputs: list[Input]) -> _Output:
        if not output:
            raise click.UsageError("The output is an empty name.")
        name = form or _by_suffix(output)
        chosen = _FORMATS[name]
        if len(inputs) > 1 and output == "-" and chosen.between is None:
            raise click.UsageError(
                f"A file of {name} holds one document; name a folder as --output for several sources."
            )
        return cls(chosen, places_of(output, inputs, chosen.suffix))


def _by_suffix(output: str) -> str:
    lower = output.lower()
    for name, form in _FORMATS.items():
        if lower.endswith(form.suffix):
            return name
    if lower.endswith(".xml"):
        raise click.UsageError(
            f"{output} may be ALTO or PAGE; say -f alto or -f page, or end it in .alto.xml or .page.xml."
        )
    return "text"


def _check_apart(inputs: list[Input], targets: list[list[Path | None]]) -> None:
    for item, row in zip(inputs, targets, strict=True):
        places = [target for target in row if target]
        if item.path and any(place.exists() and item.path.exists() and place.samefile(item.path) for place in places):
            raise click.UsageError(f"The text of {item.path} would replace it; name another --output.")
        if len(set(places)) < len(places):
            raise click.UsageError(f"Two outputs would both become {places[0]}; name each once.")


def _read_one(
    batch: Batch,
    item: Input,
    places: list[tuple[_Format, Path | None]],
    engine: OcrEngine,
    shared: Shared,
    pictures: Path | None,
) -> tuple[int, dict[str, Any]]:
    settings = shared.read_settings()
    source: Path | bytes = item.path if item.path is not None else take(standard_input(), settings.limits.bytes)
    with batch.progress(item) as advance:
        pages = list(read_iter(source, engine, shared.pages, settings=settings, on_page=lambda _, n: advance(n)))
    document = Document(pages=pages, engine=shared.engine or DEFAULT_ENGINE)
    for form, target in places:
        _write(document, item, form, target, batch)
    if pictures:
        _draw(document, source, settings, pictures / item.relative, batch)
    failures = ((page.index, page.error) for page in pages if page.status is not PageStatus.OK)
    return say_failures(item.name, failures), {
        "pages": [
            {"page": p.index + 1, "status": p.status.value, "words": sum(1 for _ in p.words), "error": p.error}
            for p in pages
        ],
    }


def _write(document: Document, item: Input, form: _Format, target: Path | None, batch: Batch) -> None:
    image = item.path.name if item.path else None
    if target is None:
        sys.stdout.write((form.between or "" if batch.any_done else "") + form.dumps(document, image))
        sys.stdout.flush()
    elif form is _FORMATS["page"] and len(document.pages) != 1:
        base = target.name.removesuffix(form.suffix)
        for page in document.pages:
            place = batch.claimed(target.with_name(f"{base}-{page.index + 1:04}{form.suffix}"))
            write_whole(place, form.dumps(Document(pages=[page], engine=document.engine), image).encode())
    else:
        write_whole(target, form.dumps(document, image).encode())


def _draw(document: Document, source: Path | bytes, settings: ReadSettings, base: Path, batch: Batch) -> None:
    from ocrkit.export import picture

    base.parent.mkdir(parents=True, exist_ok=True)
    with open_pages(source, settings.for_loading()) as images:
        for page in document.pages:
            if page.status is PageStatus.OK:
                drawn = picture.draw(page, images.load(page.index))
                place = batch.claimed(base.with_name(f"{base.name}-{page.index + 1:04}.boxes.png"))
                write_whole(place, as_png(drawn))
