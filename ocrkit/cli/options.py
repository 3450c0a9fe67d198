"""Options that the commands share, and the settings that they make."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from ocrkit.api import ReadSettings
from ocrkit.checks import LONGEST_TIMEOUT
from ocrkit.files import is_unicode
from ocrkit.image import Limits
from ocrkit.inputs import check_pages

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _pages(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        check_pages(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return value


class FiniteRange(click.FloatRange):
    """A range of numbers without "nan", which slips through the comparisons of others."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Convert, and refuse what is no number."""
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


_LIMITS = Limits()
_MOST = click.IntRange(1, 2**50)
_TEXT = click.Path(exists=True, dir_okay=False, path_type=Path)

_WORDS = (
    click.option("--user-words", type=_TEXT, help="File with a word of your own on each line, for our engine."),
    click.option("--user-patterns", type=_TEXT, help="The same of regular expressions, of what is as good as a word."),
)
_INPUTS = (
    click.option("--password", metavar="TEXT", help="Password of encrypted PDFs."),
    click.option(
        "--password-file",
        type=_TEXT,
        help="File whose first line is the password: others on this machine can see arguments.",
    ),
    click.option(
        "--dpi", type=FiniteRange(10, 2400), help="Resolution to draw PDF pages at; their scans' own, or 300."
    ),
)
_LARGEST = (
    click.option("--max-pixels", type=_MOST, default=_LIMITS.pixels, show_default=True, help="Refuse larger pages."),
    click.option("--max-pages", type=_MOST, default=_LIMITS.pages, show_default=True, help="Refuse longer files."),
    click.option("--max-bytes", type=_MOST, default=_LIMITS.bytes, show_default=True, help="Refuse larger files."),
)
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
    *_WORDS,
    click.option("--pages", metavar="RANGE", callback=_pages, help="Which pages, such as 1,3-end."),
    *_INPUTS,
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1),
        help="Pages to read at the same time, or threads for a picture; as many as there are processors if not given.",
    ),
    click.option(
        "--page-timeout",
        type=FiniteRange(0, LONGEST_TIMEOUT, min_open=True),
        metavar="SECONDS",
        help="Give up on a page after.",
    ),
    *_LARGEST,
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.json",
        help="Write what was done with each file and page.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress bar and no warnings."),
    click.option("-v", "--verbose", is_flag=True, help="Say more, and show where an error came from."),
)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not UTF-8 text; save it as that.") from error


def shared_options(command: _Command) -> _Command:
    """Add the options that every reading command has."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def page_options(command: _Command) -> _Command:
    """Add those of them that a command has which looks at a single page with our engine."""
    for option in reversed((*_WORDS, *_INPUTS, *_LARGEST)):
        command = option(command)
    return command


@attrs.frozen(kw_only=True)
class Shared:
    """What the shared options say."""

    user_words: Path | None
    user_patterns: Path | None
    password: str | None
    password_file: Path | None
    dpi: float | None
    max_pixels: int
    max_pages: int
    max_bytes: int
    engine: str | None = None
    languages: str = "eng"
    pages: str | None = None
    jobs: int | None = None
    page_timeout: float | None = None
    report: Path | None = None
    quiet: bool = False
    verbose: bool = False

    def read_settings(self) -> ReadSettings:
        """Return the settings of the library."""
        if self.password is not None and self.password_file is not None:
            raise click.UsageError("Give --password or --password-file, not both.")
        password = self.password
        if password is not None and not is_unicode(password):
            raise click.UsageError("The password is not UTF-8 text; write it in a --password-file that is.")
        if self.password_file is not None:
            password = _text_of(self.password_file).partition("\n")[0].rstrip("\r")
        words, patterns = (
            [line.strip() for line in _text_of(file).splitlines() if line.strip()] if file else []
            for file in (self.user_words, self.user_patterns)
        )
        try:
            return ReadSettings(
                languages=tuple(code for code in self.languages.replace(",", "+").split("+") if code) or ("eng",),
                password=password,
                dpi=self.dpi,
                page_timeout=self.page_timeout,
                cpus=self.jobs,
                keep_going=True,
                words=words,
                patterns=patterns,
                limits=Limits(pixels=self.max_pixels, pages=self.max_pages, bytes=self.max_bytes),
            )
        except ValueError as error:  # a pattern's; the rest has been looked at by now
            raise click.UsageError(f"{error}.") from error

    def set_up(self) -> None:
        """Send the library's messages to standard error, as many as were asked for; hold OpenCV to the budget."""
        if self.jobs:
            import cv2

            cv2.setNumThreads(self.jobs)
        level = logging.DEBUG if self.verbose else logging.ERROR if self.quiet else logging.WARNING
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("ocrkit: %(message)s"))
        logger = logging.getLogger("ocrkit")
        logger.handlers[:] = [handler]
        logger.setLevel(level)
