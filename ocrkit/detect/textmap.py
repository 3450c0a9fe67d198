"""A coarse map of where text is, and of which polarity: what a small net sees of the page as a whole.

Takes a grey picture whose letters have the working image's height, gives the probability of text for cells of a few
pixels. Regions tell to the pixel where letters end, but not whether they are letters; the map knows that, and no more.
"""

from __future__ import annotations

import itertools
import threading
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrkit.detect.tree import Grey

CELL = 4
"""Pixels of a cell's sides."""
TILE = 512
"""Pixels of the net's picture, each way."""
CORE = 0.64
"""Of a line's height, in its middle, counts as text; so lines keep apart."""
_SHARED = 32  # pixels at a tile's edges for which the net sees too little; the next tile has them too
_SHIPPED = "text.tflite"


class TextMap:
    """The net, ready to run. May be called from several threads, and used in forked children."""

    def __init__(self) -> None:
        self._model = resources.files("ocrkit.detect").joinpath(_SHIPPED).read_bytes()
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    def __call__(self, grey: Grey) -> npt.NDArray[np.float32]:
        """Map a picture.

        Parameters
        ----------
        grey : ndarray of uint8, shape (H, W)

        Returns
        -------
        ndarray of float32, shape (2, ceil(H / CELL), ceil(W / CELL))
            Probabilities of text that is darker than its paper, and of text that is lighter.
        """
        height, width = grey.shape
        inner, margin = TILE - 2 * _SHARED, _SHARED // CELL
        padding = [(_SHARED, _SHARED + -size % inner) for size in (height, width)]
        padded = np.pad(grey, padding, "edge")
        text = np.empty((2, (height + -height % inner) // CELL, (width + -width % inner) // CELL), np.float32)
        with self._lock:
            interpreter = self._idle.pop() if self._idle else _load(self._model)
        try:
            for top, left in itertools.product(range(0, height, inner), range(0, width, inner)):
                tile = self._map(interpreter, padded[top : top + TILE, left : left + TILE])
                y, x, size = top // CELL, left // CELL, inner // CELL
                kept = tile[margin:-margin, margin:-margin]
                text[:, y : y + size, x : x + size] = np.moveaxis(kept, 2, 0)
        finally:
            self._idle.append(interpreter)
        return text[:, : -(-height // CELL), : -(-width // CELL)]

    @staticmethod
    def _map(interpreter: Any, tile: Grey) -> npt.NDArray[np.float32]:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tile[None, :, :, None])
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]  # type: ignore[no-any-return]


def _load(model: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter
