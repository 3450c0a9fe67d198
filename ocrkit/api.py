"""The front door: `read`, `read_iter` and `make_searchable`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import attrs
import numpy as np
from attrs import validators

from ocrkit.checks import are_texts, as_names, as_seconds, can_be_compiled, settings_of
from ocrkit.document import Document, Page, PageStatus, Rotation
from ocrkit.errors import InputError
from ocrkit.files import check_apart, describe, take
from ocrkit.image import Limits, PageImage, as_png
from ocrkit.inputs import LoadSettings, PageSource, Source, open_pages, parse_pages
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.processors import available_processors
from ocrkit.reading import CancelToken, Terms, read_pages
from ocrkit.spec import EngineSettings, OcrEngine

if TYPE_CHECKING:
    from ocrkit.pdf import Report, TextLayerWriter, WriteSettings


OnPage: TypeAlias = "Callable[[Page, int], object]"

_ENOUGH_TO_ORIENT = 150.0  # dpi
_MOST_THREADS = 4  # for a page: more hardly help, and each has memory of its own


def _can_be_asked(_: object, __: object, value: Any) -> None:
    if value is not None and not callable(getattr(value, "is_set", None)):
        raise TypeError(f"cancel has a method is_set, as threading.Event() has, unlike {value!r}")


@attrs.frozen(kw_only=True)
class ReadSettings:
    """How to read.

    Parameters
    ----------
    languages : tuple of str
        Codes as Tesseract writes them, the main one first: ``("deu", "eng")``.
    password : str, optional
        For encrypted PDFs.
    dpi : float, optional
        Resolution at which PDF pages are drawn; that of the page's scan, or 300, if not given.
    page_timeout : float, optional
        Seconds that an engine may take for one page.
    cpus : int, optional
        Processors to use; those that this process may use if not given. So many pages are read at the same time; where
        there are at most half as many pages, each is read by several threads. Give 1 where you run several reads side
        by side. (What OpenCV does with threads of its own is the business of ``cv2.setNumThreads``.)
    keep_going : bool
        Mark a page that cannot be loaded, or on which the engine failed (`Page.status`), and go on, instead of
        raising. If that is all of them, the last error is raised all the same.
    cancel : CancelToken, optional
        Such as a ``threading.Event``: once it is set, from whichever thread, reading ends with a `.ReadCancelledError`.
    limits : Limits
        How large an input may be.
    words, patterns : tuple of str
        Words of your own, as they are written, and regular expressions of what else is as good as a word, such as
        ``"INV-[0-9]{4}"``; heeded by engines with a lexicon, as ours.
    """

    languages: tuple[str, ...] = attrs.field(default=("eng",), converter=as_names, validator=validators.min_len(1))
    password: str | None = attrs.field(default=None, repr=False)
    dpi: float | None = attrs.field(
        default=None, validator=validators.optional(validators.and_(validators.ge(10), validators.le(2400)))
    )
    page_timeout: float | None = attrs.field(default=None, validator=as_seconds)
    cpus: int | None = attrs.field(default=None, validator=validators.optional(validators.ge(1)))
    keep_going: bool = False
    cancel: CancelToken | None = attrs.field(default=None, eq=False, repr=False, validator=_can_be_asked)
    limits: Limits = attrs.field(factory=Limits)
    words: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=are_texts)
    patterns: tuple[str, ...] = attrs.field(default=(), converter=as_names, validator=can_be_compiled)

    @property
    def budget(self) -> int:
        """How many processors are used."""
        return self.cpus or available_processors()

    def for_engine(self, pages: int | None = None) -> EngineSettings:
        """Return the part that engines are told, for one that will read so many pages (many, if not known)."""
        threads = min(max(self.budget // pages, 1), _MOST_THREADS) if pages else 1
        return EngineSettings(
            languages=self.languages,
            page_timeout=self.page_timeout,
            threads=threads,
            words=self.words,
            patterns=self.patterns,
        )

    def for_reading(self) -> Terms:
        """Return the part that is about reading several pages."""
        return Terms(
            at_once=self.budget, page_timeout=self.page_timeout, keep_going=self.keep_going, cancel=self.cancel
        )

    def for_loading(self) -> LoadSettings:
        """Return the part that is about opening inputs."""
        return LoadSettings(password=self.password, dpi=self.dpi, limits=self.limits)


def read(
    source: Source,
    engine: str | OcrEngine | None = None,
    pages: str | None = None,
    *,
    settings: ReadSettings | None = None,
    on_page: OnPage | None = None,
) -> Document:
    """Read a picture or PDF.

    Parameters
    ----------
    source : path, bytes, binary file, ndarray of uint8, or list of these
        JPEG, PNG, TIFF, WebP, BMP, PDF, or HEIC with the extra ``heic``; arrays are (H, W) grey or
        (H, W, 3) RGB. A list is read as one document.
    engine : str or OcrEngine, optional
        Name of an installed engine, or one that you made; the default engine if not given.
    pages : str, optional
        Which pages, counted from 1: ``"1,3-end"``.
    settings : ReadSettings, optional
        Languages, password, limits and the rest.
    on_page : callable, optional
        ``on_page(page, count)`` is called with every page that was read, and with the number of pages
        that are to be read.

    Returns
    -------
    Document

    Raises
    ------
    InputError
        If the input cannot be read, wants a password, or is over a limit.
    EngineError
        If the engine is unknown, cannot run, or fails on a page.
    OSError
        If a file is not there or not readable.

    Examples
    --------
    >>> import numpy as np, ocrkit
    >>> ocrkit.read(np.full((40, 100), 255, np.uint8)).pages[0].lines
    ()
    """
    found = read_iter(source, engine, pages, settings=settings, on_page=on_page)
    return Document(pages=found, engine=_name_of(engine))


async def aread(
    source: Source,
    engine: str | OcrEngine | None = None,
    pages: str | None = None,
    *,
    settings: ReadSettings | None = None,
    on_page: OnPage | None = None,
) -> Document:
    """Read a picture or PDF in a thread, while the event loop goes on.

    The parameters, results and errors are those of `read`. If the task is cancelled, so is the reading. `on_page` is
    called in the loop's thread, soon after; what it raises goes to the loop's exception handler.

    Examples
    --------
    >>> import asyncio, numpy as np, ocrkit
    >>> asyncio.run(ocrkit.aread(np.full((40, 100), 255, np.uint8))).pages[0].lines
    ()
    """
    import asyncio  # 0.05 s, which who does not use it need not pay

    loop = asyncio.get_running_loop()
    settings = settings_of(settings, ReadSettings)
    token = _Either(settings.cancel)
    tell = None if on_page is None else lambda page, count: loop.call_soon_threadsafe(on_page, page, count)
    work = asyncio.to_thread(read, source, engine, pages, settings=attrs.evolve(settings, cancel=token), on_page=tell)
    try:
        return await work
    except asyncio.CancelledError:
        token.cancelled = True
        raise


@attrs.define
class _Either:
    """Set when the caller's token is, or when we say so."""

    other: CancelToken | None
    cancelled: bool = False

    def is_set(self) -> bool:
        return self.cancelled or (self.other is not None and self.other.is_set())


def read_iter(
    source: Source,
    engine: str | OcrEngine | None = None,
    pages: str | None = None,
    *,
    settings: ReadSettings | None = None,
    on_page: OnPage | None = None,
) -> Iterator[Page]:
    """Read a picture or PDF page by page.

    Pages come in order, as soon as they are read; only a few are in memory at any time. The
    parameters and errors are those of `read`. A wrong engine or page selection is raised before
    the first page.

    Yields
    ------
    Page
    """
    settings = settings_of(settings, ReadSettings)
    with open_pages(source, settings.for_loading()) as opened:
        wanted = parse_pages(pages, len(opened))
        reader = _as_engine(engine, settings, len(wanted))
        for page in read_pages(opened, wanted, reader, settings.for_reading(), _name_of(engine)):
            if on_page:
                on_page(page, len(wanted))
            yield page


def make_searchable(
    source: Source,
    destination: str | os.PathLike[str] | BinaryIO,
    engine: str | OcrEngine | None = None,
    pages: str | None = None,
    *,
    settings: ReadSettings | None = None,
    writing: WriteSettings | None = None,
    on_page: OnPage | None = None,
) -> Report:
    """Turn a picture or PDF into a PDF whose text can be selected, copied and searched.

    The original pages stay as they are: an invisible text layer is added to the original file, whose
    bytes are a prefix of the result. A picture is wrapped into a PDF without being encoded again.

    Parameters
    ----------
    source : path, bytes, binary file, ndarray of uint8, or list of these
        As for `read`. A list becomes one new PDF, which is not encrypted: only of a single PDF do the
        original bytes stay.
    destination : path or binary file
        Written beside and then renamed, so that it is whole or not there. A path may be that of `source`.
    engine, pages, settings
        As for `read`. Pages that are not read keep what they have.
    writing : WriteSettings, optional
        What to do with text that is there already, with signatures, and so on.
    on_page : callable, optional
        ``on_page(page, count)`` is called with every page that was read, and with the number of pages
        that are to be read.

    Returns
    -------
    Report
        What was done to each page.

    Raises
    ------
    InputError, EngineError, OSError
        As for `read`; the destination is then untouched.
    """
    from ocrkit.pdf import TextLayerWriter, WriteSettings  # 0.15 s, which reading a picture need not pay

    settings = settings_of(settings, ReadSettings)
    writing = attrs.evolve(settings_of(writing, WriteSettings), limits=settings.limits)
    settings = attrs.evolve(settings, password=settings.password or writing.password)
    writing = attrs.evolve(writing, password=writing.password or settings.password)
    check_apart(source, destination)
    name = describe(source)
    content = _one_file(source, settings, writing)
    with TextLayerWriter.open(content, destination, writing, name=name) as writer:
        # Closed again before the result takes the source's place, if that is the destination.
        with open_pages(content, settings.for_loading(), name=name) as opened:
            asked = parse_pages(pages, len(opened))
            wanted = _wanted(writer, asked, settings)
            reader = _as_engine(engine, settings, len(wanted))
            others = set(asked)
            readable = _Through(opened, writer.to_read)
            for page in read_pages(readable, wanted, reader, settings.for_reading(), _name_of(engine)):
                writer.add(page)
                seen = page.rotation != Rotation() and not writer.is_mixed(page.index)
                if page.status is not PageStatus.OK or seen:
                    others.discard(page.index)
                if on_page:
                    on_page(page, len(wanted))
        if writing.rotate_from is not None:
            _rotate(writer, sorted(others), content, settings, name)
        return writer.save()


def _wanted(writer: TextLayerWriter, indices: list[int], settings: ReadSettings) -> list[int]:
    """Give the pages that get a layer; those that cannot be looked at are marked, where that is wanted."""
    found = []
    for index in indices:
        settings.for_reading().look()
        try:
            if writer.wants(index):
                found.append(index)
        except InputError as error:
            if not settings.keep_going:
                raise
            writer.add(Page(size=(1, 1), index=index, status=PageStatus.FAILED, error=str(error)))
    return found


@attrs.frozen
class _Through:
    """Pages as something makes them of what was loaded."""

    source: PageSource
    make: Callable[[PageImage], PageImage]

    def __len__(self) -> int:
        return len(self.source)

    def load(self, index: int) -> PageImage:
        return self.make(self.source.load(index))


def _rotate(
    writer: TextLayerWriter, indices: Iterable[int], content: bytes | Path, settings: ReadSettings, name: str
) -> None:
    """Show pages upright of which no engine has said which way is up: it cannot tell, or they have text already."""
    from ocrkit.orient import TileOrienter

    orienter = TileOrienter()
    coarse = attrs.evolve(settings.for_loading(), dpi=settings.dpi or _ENOUGH_TO_ORIENT)
    with open_pages(content, coarse, name=name) as source:
        for index in indices:
            settings.for_reading().look()
            # nobody has asked for the text of these, so one that cannot be drawn is left as it is
            with contextlib.suppress(InputError):
                writer.rotate(index, orienter.orient(source.load(index)))


def _one_file(source: Source, settings: ReadSettings, writing: WriteSettings) -> bytes | Path:
    """Return the file that gets the layer; arrays and lists become one."""
    if isinstance(source, (list, tuple)):
        from ocrkit.pdf.writer import merged

        if not source:
            raise ValueError("the list of inputs is empty; give at least one")
        if any(isinstance(part, (list, tuple)) for part in source):
            raise TypeError("a list of inputs has no lists in it; give one flat list")
        return merged([(_one_file(part, settings, writing), describe(part)) for part in source], writing)
    if isinstance(source, np.ndarray):
        return as_png(PageImage(pixels=source).pixels)
    return take(source, settings.limits.bytes)  # type: ignore[arg-type]


def _as_engine(engine: str | OcrEngine | None, settings: ReadSettings, pages: int) -> OcrEngine:
    if engine is None or isinstance(engine, str):
        return load_engine(engine, settings.for_engine(pages))
    if not isinstance(engine, OcrEngine):
        raise TypeError(f"an engine is a name or has a method read(image), unlike {type(engine).__name__}")
    if isinstance(engine, type):
        raise TypeError(f"an engine is an object; give {engine.__name__}(), not the class")
    return engine


def _name_of(engine: str | OcrEngine | None) -> str:
    if engine is None or isinstance(engine, str):
        return engine or DEFAULT_ENGINE
    return type(engine).__name__
