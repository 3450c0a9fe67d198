"""Pages read side by side: in order, each to its deadline, and none takes the others with it.

Takes a source of pages and an engine, gives pages. Loading stays in the caller's thread, since MuPDF wants that.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import Protocol

import attrs
from attrs import validators

from ocrkit.document import Page, PageStatus
from ocrkit.errors import EngineFailedError, EngineTimeoutError, InputError, OcrKitError, ReadCancelledError
from ocrkit.image import PageImage
from ocrkit.inputs import PageSource
from ocrkit.spec import OcrEngine

_log = logging.getLogger(__name__)
_LOOK = 0.05  # seconds between two looks at the clock and at the token
_GRACE = 2.0  # seconds, or half the deadline, that an engine has to notice by itself that its time is over


class CancelToken(Protocol):
    """What says that the work is no longer wanted, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Tell whether to stop."""
        ...


@attrs.frozen(kw_only=True)
class Terms:
    """On which terms pages are read.

    Parameters
    ----------
    at_once : int
        Pages in work at the same time.
    page_timeout : float, optional
        Seconds for a page. Engines keep it themselves; one that does not is left to itself soon after.
    keep_going : bool
        Mark pages that cannot be loaded or read, and go on. If that is all of them, the last error is raised.
    cancel : CancelToken, optional
    """

    at_once: int = attrs.field(validator=validators.ge(1))
    page_timeout: float | None = None
    keep_going: bool = False
    cancel: CancelToken | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the work is no longer wanted."""
        return self.cancel is not None and self.cancel.is_set()

    def look(self) -> None:
        """Raise `.ReadCancelledError` if the work is no longer wanted."""
        if self.cancelled:
            raise ReadCancelledError


def read_pages(
    source: PageSource, indices: Iterable[int], engine: OcrEngine, terms: Terms, name: str = "engine"
) -> Iterator[Page]:
    """Read pages in order; as many as are read at once, and one more, are in memory.

    Parameters
    ----------
    source : PageSource
    indices : iterable of int
    engine : OcrEngine
    terms : Terms
    name : str
        What to call the engine in an error.

    Yields
    ------
    Page

    Raises
    ------
    ReadCancelledError
        If the token is set; pages in work are left to themselves.
    InputError, EngineFailedError
        If a page cannot be loaded or read, and that is not to be marked.
    """
    outcome = _Outcome(terms.keep_going, name)
    crew = _Crew(engine, terms, name)
    waiting: deque[_Task | Page] = deque()
    patient = True
    try:
        for index in indices:
            terms.look()
            try:
                image = source.load(index)
            except InputError as error:
                waiting.append(outcome.failed(Page(size=(1, 1), index=index), error))
            else:
                waiting.append(crew.submit(image))
                del image
            if len(waiting) > terms.at_once:
                yield outcome.of(waiting.popleft(), crew)
        while waiting:
            yield outcome.of(waiting.popleft(), crew)
    except (KeyboardInterrupt, SystemExit, ReadCancelledError):
        patient = False  # pages in work may take minutes
        raise
    finally:
        crew.dismiss(wait=patient)
    outcome.settle()


@attrs.define(eq=False)
class _Task:
    """A page that is read, or waits for it."""

    image: PageImage | None
    blank: Page
    done: threading.Event = attrs.field(factory=threading.Event)
    started: float | None = None
    dropped: bool = False
    page: Page | None = None
    error: BaseException | None = None

    @classmethod
    def of(cls, image: PageImage) -> _Task:
        return cls(image, Page(size=image.caller_size, dpi=image.dpi, index=image.index))

    def run(self, engine: OcrEngine) -> None:
        image, self.image = self.image, None
        if image is None or self.dropped:
            return
        self.started = time.monotonic()
        done = self.done
        try:
            self.page = engine.read(image)
        except BaseException as error:
            self.error = error
        finally:
            done.set()
            del self, image  # which the error's traceback would keep, and be kept by


class _Crew:
    """Threads that read pages. Python does not wait for them at its end, since one may hang in an engine for ever."""

    def __init__(self, engine: OcrEngine, terms: Terms, name: str) -> None:
        self._engine, self._terms, self._name = engine, terms, name
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._tasks: list[_Task] = []
        self._abandoned: list[_Task] = []

    def submit(self, image: PageImage) -> _Task:
        task = _Task.of(image)
        self._tasks = [known for known in self._tasks if not (known.done.is_set() or known.dropped)] + [task]
        self._hire()
        self._queue.put(task)
        return task

    def _hire(self) -> bool:
        """Start another thread, if there are fewer than pages; tell whether there is any that does not hang."""
        self._abandoned = [task for task in self._abandoned if not task.done.is_set()]
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        at_work = len(self._threads) - len(self._abandoned)
        if at_work < min(self._terms.at_once, len(self._tasks)) and len(self._abandoned) <= self._terms.at_once:
            thread = threading.Thread(target=self._work, name="ocrkit-read", daemon=True)
            self._threads.append(thread)
            thread.start()
            return True
        return at_work > 0

    def _work(self) -> None:
        while task := self._queue.get():
            task.dropped |= self._terms.cancelled
            task.run(self._engine)
            if task.dropped:
                return  # its place has been taken long ago

    def wait(self, task: _Task) -> None:
        """Wait for a page, to its deadline."""
        limit = self._terms.page_timeout
        last = limit + max(_GRACE, limit / 2) if limit else None
        while not task.done.wait(_LOOK if last or self._terms.cancel else None):
            self._terms.look()
            if task.started is None and self._abandoned and not self._hire():
                task.dropped = True
                task.error = EngineFailedError(self._name, "not tried, since it hangs on the pages before")
                return
            if last and task.started and time.monotonic() - task.started > last:
                task.dropped = True
                task.error = EngineTimeoutError(self._name, limit or 0)
                self._abandoned.append(task)
                _log.warning("engine %s hangs on page %d and is left to itself", self._name, task.blank.index + 1)
                self._hire()
                return

    def dismiss(self, *, wait: bool) -> None:
        """End the threads; with `wait`, when they are done with what they have begun."""
        for task in self._tasks:
            if task.started is None:
                task.dropped = True
        for _ in self._threads:
            self._queue.put(None)
        begun = [task for task in self._tasks if task.started and not task.dropped]
        if not wait:
            return
        with contextlib.suppress(ReadCancelledError):
            for task in begun:
                self.wait(task)
            for thread in () if self._abandoned else self._threads:
                thread.join(_GRACE)  # idle by now, and gone at once


@attrs.define
class _Outcome:
    """Turns failures into marked pages, where that is wanted, as long as any page succeeds."""

    keep_going: bool
    name: str
    successes: int = 0
    last_error: OcrKitError | None = None

    def of(self, task: _Task | Page, crew: _Crew) -> Page:
        if isinstance(task, Page):
            return task
        crew.wait(task)
        page, error = task.page, task.error
        if error is None and isinstance(page, Page):
            self.successes += 1
            return page
        error = error or TypeError(f"an engine's read gives a Page, not {type(page).__name__}")
        if isinstance(error, Exception) and not isinstance(error, OcrKitError) and self.keep_going:
            _log.debug("engine %s broke on page %d", self.name, task.blank.index + 1, exc_info=error)
            reason = (
                f"it broke on this page ({type(error).__name__}: {error}); this is a mistake in the engine, report it"
            )
            failure = EngineFailedError(self.name, reason)
            failure.__cause__ = error
            error = failure
        if not isinstance(error, (EngineFailedError, InputError)):
            raise error
        return self.failed(task.blank, error)

    def failed(self, blank: Page, error: EngineFailedError | InputError) -> Page:
        """Mark a page, or raise."""
        if not self.keep_going:
            raise error
        self.last_error = error.with_traceback(None)  # whose frames hold pixels
        status = PageStatus.TIMEOUT if isinstance(error, EngineTimeoutError) else PageStatus.FAILED
        return attrs.evolve(blank, status=status, error=str(error))

    def settle(self) -> None:
        if self.last_error and not self.successes:
            raise self.last_error
