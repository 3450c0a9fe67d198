"""Memory that the C library keeps after it was freed."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def give_back() -> None:
    """Give freed memory back to the system, where the C library is glibc.

    Pictures of a page are large, and threads free them in pieces between what stays: glibc would keep a process a
    quarter larger than it needs to be between pages. Takes some milliseconds.
    """
    if _trim is not None:
        _trim(0)


def _found() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    except (OSError, AttributeError):  # another C library
        return None


_trim = _found()
