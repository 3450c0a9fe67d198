"""LiteRT models, ready to run from any thread and in forked children."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, Any

_NOTICE = b"Created TensorFlow Lite XNNPACK delegate"


class Interpreters:
    """One model, and as many interpreters of it as threads have wanted at once.

    Each runs in one thread: several side by side are faster than one with several, and leave nothing behind in a fork.

    Parameters
    ----------
    model : bytes
        A LiteRT model file.
    shape : tuple of int, optional
        To begin with, of the input of a model that takes any, if one pixel is too little for it.
    """

    def __init__(self, model: bytes, shape: tuple[int, ...] | None = None) -> None:
        self._model = model
        self._shape = shape
        self._idle: list[Any] = []

    @contextlib.contextmanager
    def borrowed(self) -> Iterator[Any]:
        """Lend an interpreter with its tensors allocated."""
        try:
            interpreter = self._idle.pop()
        except IndexError:
            interpreter = self._made()
        try:
            yield interpreter
        finally:
            self._idle.append(interpreter)

    def _made(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        with _without_notice():
            interpreter = Interpreter(model_content=self._model, num_threads=1)
            if self._shape:
                interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], self._shape)
            interpreter.allocate_tensors()
        return interpreter


@contextlib.contextmanager
def _without_notice() -> Iterator[None]:
    """Keep back the line that LiteRT writes to standard error when it is first used; it has no switch for that.

    What this process writes there meanwhile comes a moment later. What a process writes that another thread starts in
    that moment (about a tenth of a second, once) is lost.
    """
    if _state.told:
        yield
        return
    with _state.lock:
        try:
            sys.stderr.flush()
            _state.kept = os.dup(2)
            caught = _nameless_file()
        except (OSError, AttributeError, ValueError):  # no standard error, or nowhere to keep what it says
            _restore()
            yield
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            _state.told = True
            _restore()
            with contextlib.suppress(OSError), caught:
                caught.seek(0)
                said = b"".join(line for line in caught if _NOTICE not in line)
                if said:
                    os.write(2, said)


def _nameless_file() -> IO[bytes]:
    """Make a file that needs no folder that can be written to, where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("ocrkit-stderr"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


class _State:
    """Of the redirection, in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.told = False
        self.kept: int | None = None


_state = _State()


def _restore() -> None:
    if _state.kept is not None:
        os.dup2(_state.kept, 2)
        os.close(_state.kept)
        _state.kept = None


def _after_fork() -> None:
    """Give a child its own standard error and a lock that nobody holds, whatever other threads were doing."""
    _restore()
    _state.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
