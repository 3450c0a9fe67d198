"""``ocrkit pdf``: pictures and PDFs into searchable PDFs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import click

from ocrkit.api import ReadSettings, make_searchable
from ocrkit.cli.batch import Batch, Input, find_inputs, pages_at_most, places_of, say_failures, standard_input
from ocrkit.cli.exits import say
from ocrkit.cli.options import FiniteRange, Shared, shared_options
from ocrkit.pdf import LayerMode, Report, WriteSettings
from ocrkit.plugins import load_engine
from ocrkit.spec import OcrEngine


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="SOURCE... DESTINATION")
@click.option("--redo", is_flag=True, help="Replace an invisible text layer that is there already.")
@click.option("--mixed", is_flag=True, help="Of pages that have text already read the pictures.")
@click.option("--force", is_flag=True, help="Add a layer to every page, also beside text that is there.")
@click.option(
    "--invalidate-digital-signatures",
    "allow_signed",
    is_flag=True,
    help="Change signed PDFs too; viewers will then doubt the signature.",
)
@click.option(
    "--image-dpi",
    type=FiniteRange(1, 100_000),
    help="Resolution of pictures that state none; A4's length if not given.",
)
@click.option(
    "--output-type",
    type=click.Choice(["pdf", "pdfa"]),
    default="pdf",
    show_default=True,
    help="pdfa: PDF/A-2b, for archives, of pictures and scans.",
)
@click.option("-r", "--rotate-pages", is_flag=True, help="Also show pages upright that were scanned otherwise.")
@click.option(
    "--rotate-pages-threshold",
    type=FiniteRange(0, 1),
    default=0.8,
    show_default=True,
    help="Confidence from which --rotate-pages does so. 0.8 and more is sure.",
)
@shared_options
def pdf(
    paths: tuple[str, ...],
    redo: bool,
    mixed: bool,
    force: bool,
    allow_signed: bool,
    image_dpi: float | None,
    output_type: str,
    rotate_pages: bool,
    rotate_pages_threshold: float,
    **options: Any,
) -> int:
    """Add an invisible text layer, so that a PDF's text can be selected, copied and searched.

    SOURCE is a picture, a PDF, a folder, or - for standard input; DESTINATION a file, - for standard
    output, or a folder if there are several sources. Source and destination may be the same file. Pages
    that have text already are left alone.
    """
    if len(paths) < 2:
        raise click.UsageError("Give at least one source and then the destination, such as: ocrkit pdf in.jpg out.pdf.")
    if redo + mixed + force > 1:
        raise click.UsageError("Choose one of --redo, --mixed and --force.")
    shared = Shared(**options)
    shared.set_up()
    settings = shared.read_settings()
    modes = {LayerMode.REDO: redo, LayerMode.MIXED: mixed, LayerMode.FORCE: force}
    mode = next((mode for mode, chosen in modes.items() if chosen), LayerMode.SKIP)
    writing = WriteSettings(
        mode=mode,
        allow_signed=allow_signed,
        image_dpi=image_dpi,
        rotate_from=rotate_pages_threshold if rotate_pages else None,
        pdfa=output_type == "pdfa",
    )
    if not paths[-1]:
        raise click.UsageError("The destination is an empty name.")
    inputs = find_inputs(paths[:-1])
    if paths[-1] == "-" and len(inputs) > 1:
        raise click.UsageError("Several PDFs cannot go to standard output; name a folder.")
    targets = places_of(paths[-1], inputs, ".pdf")
    batch = Batch(
        inputs=inputs,
        targets=[[target] for target in targets],
        report=shared.report,
        quiet=shared.quiet,
        verbose=shared.verbose,
    )
    engine = load_engine(shared.engine, settings.for_engine(pages_at_most(inputs)))
    return batch.run(lambda item, places: _write_one(batch, item, places[0], engine, shared, settings, writing))


def _write_one(
    batch: Batch,
    item: Input,
    target: Path | None,
    engine: OcrEngine,
    shared: Shared,
    settings: ReadSettings,
    writing: WriteSettings,
) -> tuple[int, dict[str, Any]]:
    source: Path | BinaryIO = item.path if item.path is not None else standard_input()
    with batch.progress(item) as advance:
        done = make_searchable(
            source,
            target if target is not None else sys.stdout.buffer,
            engine,
            shared.pages,
            settings=settings,
            writing=writing,
            on_page=lambda _, count: advance(count),
        )
    _explain(done, item, shared)
    failures = ((page.index, page.error) for page in done.pages if page.action == "failed")
    facts = attrs.asdict(done) | {
        "pages": [
            {"page": p.index + 1, "action": p.action, "words": p.words, "rotated": p.rotated, "error": p.error}
            for p in done.pages
        ],
    }
    return say_failures(item.name, failures), facts


def _explain(done: Report, item: Input, shared: Shared) -> None:
    if shared.quiet:
        return
    if done.rewritten and not done.pdfa:
        say(f"{item.name}: the file was damaged and has been written anew")
    if not done.pdfa and all(page.action == "skipped" for page in done.pages) and not shared.pages:
        say(f"{item.name}: every page has text already, so nothing was added; --redo replaces an invisible layer")
