"""Work on several things at once.

What is called at once may itself call things at once: all share the helpers of the outermost call, and helpers have
none, so that no more threads are at work than were asked for. The C library gives every thread that allocates a heap of
its own, of which it gives little back, so threads cost memory, too.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
_Other = TypeVar("_Other")


def at_once(function: Callable[[_Thing], _Result], things: Iterable[_Thing], threads: int) -> list[_Result]:
    """Call a function with each thing, with several at the same time.

    The calling thread works too.

    Parameters
    ----------
    function : callable
    things : iterable
    threads : int
        The calling one among them.

    Returns
    -------
    list
        What the function gave, in the order of the things.

    Raises
    ------
    Exception
        What the function raised, the calling thread's if several did; no thing is begun after that.

    Examples
    --------
    >>> at_once(abs, [-3, 2, -1], threads=2)
    [3, 2, 1]
    """
    waiting: SimpleQueue[tuple[int, _Thing]] = SimpleQueue()
    for numbered in enumerate(things):
        waiting.put(numbered)
    many = waiting.qsize()
    results: dict[int, _Result] = {}
    broken = Event()

    def work() -> None:
        while not broken.is_set():
            try:
                number, thing = waiting.get_nowait()
            except Empty:
                return
            try:
                results[number] = function(thing)
            except BaseException:
                broken.set()  # the others need not go on
                raise

    helpers = min(threads, many) - 1
    with _helping(threads if helpers > 0 else 1) as pool:
        helping = [pool.submit(work) for _ in range(helpers)] if pool else []
        try:
            work()
        finally:
            # a helper that is still busy with something else is not waited for: nothing is left for it
            begun = [each for each in helping if not each.cancel()]
            wait(begun)
        for each in begun:
            each.result()  # raises what was raised there
    return [results[number] for number in range(many)]


def both(one: Callable[[], _Result], other: Callable[[], _Other], threads: int) -> tuple[_Result, _Other]:
    """Do two things, at the same time if there are threads for it.

    Parameters
    ----------
    one : callable
        For the calling thread. What stays, and what takes most memory, is best done by it: what a thread leaves behind
        in a heap of its own keeps that from being given back.
    other : callable
    threads : int

    Returns
    -------
    tuple
        What they gave.

    Raises
    ------
    Exception
        What one of them raised, once both have ended; the calling thread's if both did.

    Examples
    --------
    >>> both(lambda: 1, lambda: "two", threads=2)
    (1, 'two')
    """
    with _helping(threads) as pool:
        if pool is None:
            return one(), other()
        helping = pool.submit(other)
        try:
            done = one()
        finally:
            waiting = helping.cancel()
            if not waiting:
                wait([helping])
        return done, other() if waiting else helping.result()


class _Own(threading.local):
    """Of each thread: its helpers, if it is calling things at once, and whether it is one."""

    pool: ThreadPoolExecutor | None = None
    helps: bool = False


_own = _Own()


def _helps() -> None:
    _own.helps = True


@contextlib.contextmanager
def _helping(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Lend the helpers of the calling thread, or new ones; none to a helper, or if one thread is to do all."""
    if threads < 2 or _own.helps:
        yield None
    elif _own.pool:
        yield _own.pool
    else:
        with ThreadPoolExecutor(threads - 1, initializer=_helps) as _own.pool:
            try:
                yield _own.pool
            finally:
                _own.pool = None
