"""What the caller gave, as a row of pages that are loaded one at a time.

Takes a path, bytes, a binary file object, a uint8 array, or a list of these; gives a
`PageSource` that knows how many pages there are before it has decoded any.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

import attrs
import numpy as np

from ocrkit.checks import settings_of
from ocrkit.files import describe, is_pdf, take
from ocrkit.image import Limits, PageImage, decode, read_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

OneSource: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | NDArray[np.uint8]"
Source: TypeAlias = "OneSource | Sequence[OneSource]"


class PageSource(Protocol):
    """Pages that can be loaded by number."""

    def __len__(self) -> int:
        """Return the number of pages."""
        ...

    def load(self, index: int, /) -> PageImage:
        """Load one page, from 0."""
        ...


@attrs.frozen(kw_only=True)
class LoadSettings:
    """How inputs are opened.

    Parameters
    ----------
    password : str, optional
        For encrypted PDFs.
    dpi : float, optional
        Resolution at which PDF pages are drawn; that of the page's scan, or 300, if not given.
    limits : Limits
        How large an input may be.
    """

    password: str | None = attrs.field(default=None, repr=False)
    dpi: float | None = None
    limits: Limits = attrs.field(factory=Limits)


@contextmanager
def open_pages(
    source: Source, settings: LoadSettings | None = None, *, name: str | None = None
) -> Iterator[PageSource]:
    """Open an input for reading pages.

    Parameters
    ----------
    source : path, bytes, binary file, ndarray of uint8, or list of these
        Arrays are (H, W) grey or (H, W, 3) RGB. A list is read as one document.
    settings : LoadSettings, optional
    name : str, optional
        What to call it in an error, if not by its path.

    Yields
    ------
    PageSource

    Raises
    ------
    InputError
        If it cannot be read, wants a password, or is over a limit.
    OSError
        If a file is not there or not readable.
    TypeError
        If it is none of the kinds named above.
    """
    settings = settings_of(settings, LoadSettings)
    with ExitStack() as stack:
        if isinstance(source, (list, tuple)):
            pages: PageSource = _Chain([_open_one(part, settings, stack, describe(part)) for part in source])
        else:
            pages = _open_one(source, settings, stack, name or describe(source))  # type: ignore[arg-type]
        settings.limits.check(name or describe(source), "pages", len(pages))
        yield pages


def _open_one(source: OneSource, settings: LoadSettings, stack: ExitStack, name: str) -> PageSource:
    if isinstance(source, np.ndarray):
        return _Pictures(1, lambda _: PageImage(pixels=_checked(source, settings.limits)))
    content = take(source, settings.limits.bytes)
    if is_pdf(content):
        from ocrkit.pdf.pages import PdfPages  # 0.15 s, which a picture need not pay

        return stack.enter_context(
            PdfPages.open(content, name, settings.password, dpi=settings.dpi, limits=settings.limits)
        )
    assert isinstance(content, bytes)
    header = read_header(content, name, settings.limits)
    return _Pictures(len(header.frames), lambda index: decode(content, index, header=header, source=name))


def _checked(pixels: NDArray[np.uint8], limits: Limits) -> NDArray[np.uint8]:
    if pixels.ndim >= 2:
        limits.check("array", "pixels", pixels.shape[0] * pixels.shape[1])
    return pixels


@attrs.frozen
class _Pictures:
    """Pages of one picture file, or an array."""

    count: int
    load: Callable[[int], PageImage]

    def __len__(self) -> int:
        return self.count


@attrs.frozen
class _Chain:
    """Several inputs as one."""

    parts: list[PageSource]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def load(self, index: int) -> PageImage:
        at = index
        for part in self.parts:
            if at < len(part):
                return attrs.evolve(part.load(at), index=index)
            at -= len(part)
        raise IndexError(index)


_RANGE = re.compile(r"(?P<first>\d{1,9}|end)?(?P<to>-(?P<last>\d{1,9}|end)?)?")
_HOW = "write them like 1,3-5,8-end"


class PageSelectionError(ValueError):
    """A page selection that is not written as one, or names a page that does not exist."""


def check_pages(pages: str | None) -> None:
    """Raise the error of `parse_pages` for a selection that is wrong whatever the number of pages."""
    for part in ("1" if pages is None else pages).split(","):
        match = _RANGE.fullmatch("".join(part.split()))
        if not match or not (match["first"] or match["last"]):
            raise PageSelectionError(f"pages {pages!r} cannot be understood; {_HOW}")
        first, last = match["first"] or "1", match["last"] or "end"
        if first == "0" or (first.isdigit() and last.isdigit() and int(first) > int(last)):
            raise PageSelectionError(f"pages {pages!r} start before page 1 or run backwards; {_HOW}")


def parse_pages(pages: str | None, count: int) -> list[int]:
    """Read a page selection as people write it.

    Parameters
    ----------
    pages : str or None
        Numbers from 1 and ranges with commas between, ``end`` for the last: ``"1,3-end"``.
        None means all.
    count : int
        How many pages there are.

    Returns
    -------
    list of int
        Places from 0, each once, in the order written.

    Raises
    ------
    PageSelectionError
        If it is not written like this, or names a page that does not exist.

    Examples
    --------
    >>> parse_pages("1,3-end", 5)
    [0, 2, 3, 4]
    """
    if pages is None:
        return list(range(count))
    if not isinstance(pages, str):
        raise TypeError(f"pages are written as a string such as '1,3-end', not as {type(pages).__name__}")
    check_pages(pages)
    chosen: dict[int, None] = {}
    for part in pages.split(","):
        match = _RANGE.fullmatch("".join(part.split()))
        assert match
        first = _number(match["first"] or "1", count)
        last = _number(match["last"] or "end", count) if match["to"] else first
        if max(first, last) > count:
            raise PageSelectionError(f"page {max(first, last)} was asked for, but the last is {count}; {_HOW}")
        chosen.update(dict.fromkeys(range(first - 1, last)))
    return list(chosen)


def _number(text: str, count: int) -> int:
    return count if text == "end" else int(text)
