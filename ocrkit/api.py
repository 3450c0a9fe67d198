"""The front door: `read`, `read_iter` and `make_searchable`."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import attrs
import numpy as np
from attrs import validators

from ocrkit.document import Document, Page, PageStatus, Rotation
from ocrkit.errors import EngineFailedError, EngineTimeoutError, InputError
from ocrkit.files import check_apart, describe, take
from ocrkit.image import Limits, PageImage, as_png
from ocrkit.inputs import LoadSettings, PageSource, Source, open_pages, parse_pages
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.spec import EngineSettings, OcrEngine, as_names, as_seconds

if TYPE_CHECKING:
    from ocrkit.pdf import Report, TextLayerWriter, WriteSettings


OnPage: TypeAlias = "Callable[[Page, int], object]"

_ENOUGH_TO_ORIENT = 150.0  # dpi
_MOST_THREADS = 4  # for a page: more hardly help, and each has memory of its own


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
    jobs : int, optional
        Pages read at the same time; as many as this process has processors if not given. Where there are at least
        twice as many jobs as pages, each page is read by several threads. Give 1 where you run several reads side by
        side.
    keep_going : bool
        Mark a page on which the engine failed (`Page.status`) and go on, instead of raising. If it
        fails on every page, the last error is raised all the same.
    limits : Limits
        How large an input may be.
    """

    languages: tuple[str, ...] = attrs.field(default=("eng",), converter=as_names, validator=validators.min_len(1))
    password: str | None = attrs.field(default=None, repr=False)
    dpi: float | None = attrs.field(
        default=None, validator=validators.optional(validators.and_(validators.ge(10), validators.le(2400)))
    )
    page_timeout: float | None = attrs.field(default=None, validator=as_seconds)
    jobs: int | None = attrs.field(default=None, validator=validators.optional(validators.ge(1)))
    keep_going: bool = False
    limits: Limits = attrs.field(factory=Limits)

    def for_engine(self, pages: int | None = None) -> EngineSettings:
        """Return the part that engines are told, for one that will read so many pages (many, if not known)."""
        jobs = self.jobs or available_processors()
        threads = min(max(jobs // pages, 1), _MOST_THREADS) if pages else 1
        return EngineSettings(languages=self.languages, page_timeout=self.page_timeout, threads=threads)

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
        JPEG, PNG, TIFF, WebP, BMP or PDF; arrays are (H, W) grey or (H, W, 3) RGB. A list is read as
        one document.
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
    settings = settings or ReadSettings()
    with open_pages(source, settings.for_loading()) as opened:
        wanted = parse_pages(pages, len(opened))
        reader = _as_engine(engine, settings, len(wanted))
        for page in _read_pages(opened, wanted, reader, settings):
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

    settings = settings or ReadSettings()
    writing = attrs.evolve(writing or WriteSettings(), limits=settings.limits)
    settings = attrs.evolve(settings, password=settings.password or writing.password)
    writing = attrs.evolve(writing, password=writing.password or settings.password)
    check_apart(source, destination)
    name = describe(source)
    content = _one_file(source, settings, writing)
    with TextLayerWriter.open(content, destination, writing, name=name) as writer:
        # Closed again before the result takes the source's place, if that is the destination.
        with open_pages(content, settings.for_loading(), name=name) as opened:
            asked = parse_pages(pages, len(opened))
            wanted = [index for index in asked if writer.wants(index)]
            reader = _as_engine(engine, settings, len(wanted))
            others = set(asked)
            for page in _read_pages(opened, wanted, reader, settings):
                writer.add(page)
                if page.status is not PageStatus.OK or page.rotation != Rotation():
                    others.discard(page.index)
                if on_page:
                    on_page(page, len(wanted))
        if writing.rotate_from is not None:
            _rotate(writer, sorted(others), content, settings, name)
        return writer.save()


def _rotate(
    writer: TextLayerWriter, indices: Iterable[int], content: bytes | Path, settings: ReadSettings, name: str
) -> None:
    """Show pages upright of which no engine has said which way is up: it cannot tell, or they have text already."""
    from ocrkit.orient import TileOrienter

    orienter = TileOrienter()
    coarse = attrs.evolve(settings.for_loading(), dpi=settings.dpi or _ENOUGH_TO_ORIENT)
    with open_pages(content, coarse, name=name) as source:
        for index in indices:
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
    return engine


def _name_of(engine: str | OcrEngine | None) -> str:
    if engine is None or isinstance(engine, str):
        return engine or DEFAULT_ENGINE
    return type(engine).__name__


def _read_pages(
    source: PageSource, indices: Iterable[int], engine: OcrEngine, settings: ReadSettings
) -> Iterator[Page]:
    """Read pages in order, a few at a time: loading stays in this thread, since MuPDF wants that."""
    jobs = settings.jobs or available_processors()
    waiting: deque[tuple[PageImage, Future[Page]]] = deque()
    outcome = _Outcome(settings.keep_going)
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="ocrkit-read")
    patient = True
    try:
        for index in indices:
            image = source.load(index)
            waiting.append((_without_pixels(image), pool.submit(engine.read, image)))
            if len(waiting) > jobs:
                yield outcome.of(*waiting.popleft())
        while waiting:
            yield outcome.of(*waiting.popleft())
    except (KeyboardInterrupt, SystemExit):
        patient = False  # pages in work may take minutes
        raise
    finally:
        pool.shutdown(wait=patient, cancel_futures=True)
    outcome.settle()


def _without_pixels(image: PageImage) -> PageImage:
    """Keep what is known of a page while its pixels can go."""
    return attrs.evolve(image, pixels=np.zeros((1, 1), np.uint8))


@attrs.define
class _Outcome:
    """Turns failures into marked pages, where that is wanted, as long as any page succeeds."""

    keep_going: bool
    successes: int = 0
    last_error: EngineFailedError | None = None

    def of(self, image: PageImage, reading: Future[Page]) -> Page:
        try:
            page = reading.result()
        except EngineFailedError as error:
            if not self.keep_going:
                raise
            self.last_error = error
            status = PageStatus.TIMEOUT if isinstance(error, EngineTimeoutError) else PageStatus.FAILED
            return Page(size=image.caller_size, dpi=image.dpi, index=image.index, status=status, error=str(error))
        if not isinstance(page, Page):
            raise TypeError(f"an engine's read gives a Page, not {type(page).__name__}")
        self.successes += 1
        return page

    def settle(self) -> None:
        if self.last_error and not self.successes:
            raise self.last_error


def available_processors() -> int:
    """Return how many processors this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
