"""``ocrkit debug``: pictures of what each stage made of a page."""

from __future__ import annotations

from pathlib import Path

import click

from ocrkit.cli.exits import OK, say
from ocrkit.files import write_whole


@click.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="PAGE")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder to write to."
)
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of PAGE.")
def debug(source: Path, output: Path, page: int) -> int:
    """Draw what each stage made of a page: regions, text map, characters, lines, windows, what the net gets, and words.

    PAGE is a picture or a PDF. Dark text is blue, light text orange, what was dropped is pale; dark windows
    change colour from line to line. Words are blue as they were read, green if corrected, red if split or joined.
    """
    import cv2

    from ocrkit.debug import draw
    from ocrkit.inputs import open_pages

    with open_pages(source) as pages:
        if page > len(pages):
            raise click.UsageError(f"{source} has {len(pages)} pages; give a --page from 1 to {len(pages)}.")
        image = pages.load(page - 1)
    output.mkdir(parents=True, exist_ok=True)
    for name, picture in draw(image).items():
        _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        write_whole(output / f"{name}.png", data.tobytes())
        say(str(output / f"{name}.png"))
    return OK
