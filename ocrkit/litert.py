"""LiteRT models, ready to run from any thread and in forked children."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

_NOTICE = b"Created TensorFlow Lite XNNPACK delegate"
_first = threading.Lock()
_told = False


class Interpreters:
    """One model, and as many interpreters of it as threads have wanted at once.

    Each runs in one thread: several side by side are faster than one with several, and leave nothing behind in a fork.

    Parameters
    ----------
    model : bytes
        A LiteRT model file.
    """

    def __init__(self, model: bytes) -> None:
        self._model = model
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
            interpreter.allocate_tensors()
        return interpreter


@contextlib.contextmanager
def _without_notice() -> Iterator[None]:
    """Keep back the line that LiteRT writes to standard error when it is first used; it has no switch for that.

    What others write there meanwhile comes a moment later.
    """
    global _told
    with _first:
        if _told:
            yield
            return
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, AttributeError, ValueError):  # there is no standard error
            yield
            return
        with tempfile.TemporaryFile() as caught:
            os.dup2(caught.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                caught.seek(0)
                said = b"".join(line for line in caught if _NOTICE not in line)
                if said:
                    os.write(2, said)
        _told = True
