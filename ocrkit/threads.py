"""Work on several things at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
_Other = TypeVar("_Other")


def at_once(function: Callable[[_Thing], _Result], things: Iterable[_Thing], threads: int) -> list[_Result]:
    """Call a function with each thing, with several at the same time.

    The calling thread works too. The C library gives every thread that allocates a heap of its own, so a thread that
    only waited would cost memory.

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
    if helpers < 1:
        work()
    else:
        with ThreadPoolExecutor(helpers) as pool:
            helping = [pool.submit(work) for _ in range(helpers)]
            work()
        for help_ in helping:
            help_.result()  # raises what was raised there
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
    if threads < 2:
        return one(), other()
    with ThreadPoolExecutor(1) as pool:
        helping = pool.submit(other)
        done = one()
    return done, helping.result()
