"""``ocrkit debug``: pictures of what each stage made of a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ocrkit.cli.exits import OK, say
from ocrkit.cli.options import Shared, page_options
from ocrkit.files import write_whole


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="PAGE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write to."
)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of PAGE.")
@page_options
def debug(source: Path, output: Path, page: int, **options: Any) -> int:
    """Draw what each stage made of a page: regions, text map, characters, lines, windows, what the net gets, and words.

    PAGE is a picture or a PDF. Dark text is blue, light text orange, what was dropped is pale; dark windows
    change colour from line to line. Words are blue as they were read, green if corrected, red if split or joined.
    """
    import cv2

    from ocrkit.debug import draw
    from ocrkit.engines.crnn import CrnnSettings
    from ocrkit.inputs import open_pages
    from ocrkit.wordinate import WordinatorSettings

    settings = Shared(**options).read_settings()
    with open_pages(source, settings.for_loading()) as pages:
        if page > len(pages):
            which = f"pages; give a --page from 1 to {len(pages)}" if len(pages) > 1 else "page; leave --page out"
            raise click.UsageError(f"{source} has {len(pages)} {which}.")
        image = pages.load(page - 1)
    output.mkdir(parents=True, exist_ok=True)
    own = WordinatorSettings(words=settings.words, patterns=settings.patterns)
    for name, picture in draw(image, CrnnSettings(wordinator=own)).items():
        _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        write_whole(output / f"{name}.png", data.tobytes())
        say(str(output / f"{name}.png"))
    return OK
