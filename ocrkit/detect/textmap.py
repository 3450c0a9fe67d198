"""A coarse map of where text is, and of which polarity: what a small net sees of the page as a whole.

Takes a grey picture whose letters have the working image's height, gives the probability of text for cells of a few
pixels. Regions tell to the pixel where letters end, but not whether they are letters; the map knows that, and no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from importlib import resources

import numpy as np
import numpy.typing as npt

from ocrkit.image import Grey
from ocrkit.litert import Interpreters
from ocrkit.threads import at_once

CELL = 4
"""Pixels of a cell's sides."""
TILE = 512
"""Pixels of the net's picture, each way, at most."""
GRAIN = 16
"""Pixels: tiles' sides are multiples of it, since the net halves its picture four times."""
CORE = 0.64
"""Of a line's height, in its middle, counts as text; so lines keep apart."""
_SHARED = 32  # pixels at a tile's edges for which the net sees too little; the next tile has them too
_FLAT = 8  # grey levels from the darkest to the lightest pixel of a tile: with less the net sees no text
_SHIPPED = "text.tflite"


class TextMap:
    """The net, ready to run. May be called from several threads, and used in forked children.

    Parameters
    ----------
    threads : int
        Tiles that are mapped at the same time.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        model = resources.files("ocrkit.detect").joinpath(_SHIPPED).read_bytes()
        self._interpreters = Interpreters(model, (1, GRAIN, GRAIN, 1))

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
        return self.of_all([grey])[0]

    def of_all(self, pictures: Sequence[Grey]) -> list[npt.NDArray[np.float32]]:
        """Map several pictures, whose tiles the threads share."""
        # all as large, since it takes a moment to get used to another size
        high, wide = (_core(max(grey.shape[axis] for grey in pictures)) for axis in (0, 1))
        margin = _SHARED // CELL
        texts, padded = [], []
        places: list[tuple[int, int, int]] = []
        for number, grey in enumerate(pictures):
            height, width = grey.shape
            below, behind = -height % high, -width % wide
            padded.append(np.pad(grey, ((_SHARED, _SHARED + below), (_SHARED, _SHARED + behind)), "edge"))
            texts.append(np.zeros((2, (height + below) // CELL, (width + behind) // CELL), np.float32))
            places += itertools.product([number], range(0, height, high), range(0, width, wide))

        def fill(place: tuple[int, int, int]) -> None:
            number, top, left = place
            picture = padded[number][top : top + high + 2 * _SHARED, left : left + wide + 2 * _SHARED]
            if np.ptp(picture) < _FLAT:
                return
            tile = self._map(picture)
            y, x = top // CELL, left // CELL
            core = np.moveaxis(tile[margin:-margin, margin:-margin], 2, 0)
            texts[number][:, y : y + core.shape[1], x : x + core.shape[2]] = core

        at_once(fill, places, self._threads)
        sizes = [[-(-side // CELL) for side in grey.shape] for grey in pictures]
        return [text[:, :rows, :columns] for text, (rows, columns) in zip(texts, sizes, strict=True)]

    def _map(self, tile: Grey) -> npt.NDArray[np.float32]:
        with self._interpreters.borrowed() as interpreter:
            mapped = interpreter.get_signature_runner("map")(grey=tile[None, :, :, None])["text"][0]
        return np.asarray(mapped, np.float32)


def _core(size: int) -> int:
    """Say how large the parts of a picture's side are, if they are as few as they may be, and all alike."""
    parts = -(-size // (TILE - 2 * _SHARED))
    return -(-size // (parts * GRAIN)) * GRAIN
