"""Options that the commands share, and the settings that they make."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from ocrkit.api import ReadSettings
from ocrkit.image import Limits
from ocrkit.inputs import check_pages

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _pages(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        check_pages(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


_LIMITS = Limits()

_SHARED = (
    click.option("-e", "--engine", metavar="NAME", help="Engine to read with; see 'ocrkit engines'."),
    click.option(
        "-l",
        "--language",
        "languages",
        metavar="CODE[+CODE]",
        default="eng",
        show_default=True,
        help="Languages as Tesseract writes them, the main one first.",
    ),
    click.option("--pages", metavar="RANGE", callback=_pages, help="Which pages, such as 1,3-end."),
    click.option("--password", metavar="TEXT", help="Password of encrypted PDFs."),
    click.option(
        "--password-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File whose first line is the password: others on this machine can see arguments.",
    ),
    click.option(
        "--dpi", type=click.FloatRange(10, 2400), help="Resolution to draw PDF pages at; their scans' own, or 300."
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1),
        help="Pages to read at the same time; as many as there are processors if not given.",
    ),
    click.option(
        "--page-timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Give up on a page after."
    ),
    click.option(
        "--max-pixels", type=click.IntRange(1), default=_LIMITS.pixels, show_default=True, help="Refuse larger pages."
    ),
    click.option(
        "--max-pages", type=click.IntRange(1), default=_LIMITS.pages, show_default=True, help="Refuse longer files."
    ),
    click.option(
        "--max-bytes", type=click.IntRange(1), default=_LIMITS.bytes, show_default=True, help="Refuse larger files."
    ),
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.json",
        help="Write what was done with each file and page.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress bar and no warnings."),
    click.option("-v", "--verbose", is_flag=True, help="Say more, and show where an error came from."),
)


def shared_options(command: _Command) -> _Command:
    """Add the options that every reading command has."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


@attrs.frozen(kw_only=True)
class Shared:
    """What the shared options say."""

    engine: str | None
    languages: str
    pages: str | None
    password: str | None
    password_file: Path | None
    dpi: float | None
    jobs: int | None
    page_timeout: float | None
    max_pixels: int
    max_pages: int
    max_bytes: int
    report: Path | None
    quiet: bool
    verbose: bool

    def read_settings(self) -> ReadSettings:
        """Return the settings of the library."""
        if self.password is not None and self.password_file is not None:
            raise click.UsageError("Give --password or --password-file, not both.")
        password = self.password
        if self.password_file is not None:
            password = self.password_file.read_text("utf-8").partition("\n")[0].rstrip("\r")
        return ReadSettings(
            languages=tuple(code for code in self.languages.replace(",", "+").split("+") if code) or ("eng",),
            password=password,
            dpi=self.dpi,
            page_timeout=self.page_timeout,
            jobs=self.jobs,
            keep_going=True,
            limits=Limits(pixels=self.max_pixels, pages=self.max_pages, bytes=self.max_bytes),
        )

    def set_up_logging(self) -> None:
        """Send the library's messages to standard error, as many as were asked for."""
        level = logging.DEBUG if self.verbose else logging.ERROR if self.quiet else logging.WARNING
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("ocrkit: %(message)s"))
        logger = logging.getLogger("ocrkit")
        logger.handlers[:] = [handler]
        logger.setLevel(level)
