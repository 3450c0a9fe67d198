"""Choose from a component tree the regions that may be characters or pieces of words, no two of them nested.

Cheap tests alone: the net throws out what is no text. A character is cut out of the tree at the step below two thirds
of its contrast, near its edge; where that region is no character, since it has run into a rule or a neighbour, the
regions within it are tried, one step after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.detect.tree import LADDER, ComponentTree

_EDGE = 0.65  # of the greatest contrast within: the highest step that is not above this is where a letter is cut out
_LEAST_AREA = 3
_LOWEST = 5  # pixels of the working image: lower ones are marks
_SMALL = 18  # pixels: lower words may have run together
_MERGED = 14  # pixels: where small print has run together, runs are as long as this; in paper they are longer
_CELL = 4  # pixels


@attrs.frozen(kw_only=True, eq=False)
class Characters:
    """Regions that may be characters, a row for each.

    Parameters
    ----------
    box : ndarray of float64, shape (N, 4)
        Left, top, right, bottom, pixels of the working image.
    contrast : ndarray of float64, shape (N,)
        Grey levels, at least.
    light : ndarray of bool, shape (N,)
    letter : ndarray of bool, shape (N,)
        Whether it may make a line with others; marks (stops, dashes, accents) join lines that letters make.
    """

    box: npt.NDArray[np.float64]
    contrast: npt.NDArray[np.float64]
    light: npt.NDArray[np.bool_]
    letter: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.box)

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Characters:
        """Give some of the rows."""
        return Characters(**{field.name: getattr(self, field.name)[rows] for field in attrs.fields(Characters)})

    @classmethod
    def joined(cls, parts: Sequence[Characters]) -> Characters:
        """Put several tables under one another."""
        names = [field.name for field in attrs.fields(Characters)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def choose(tree: ComponentTree, size: tuple[int, int], most: int = 20_000) -> Characters:
    """Choose characters.

    Parameters
    ----------
    tree : ComponentTree
    size : (int, int)
        Width and height of the picture that it is the tree of.
    most : int
        Regions at most; those of greatest contrast are kept.

    Returns
    -------
    Characters
    """
    rows = np.flatnonzero(_chosen(tree, _may_be_character(tree, size)))
    if len(rows) > most:
        # specks go first, then what is faint; among equals chance decides, or the foot of the page would be lost
        specks = (tree.box[rows, 3] - tree.box[rows, 1]) < _LOWEST
        rows = np.sort(rows[np.lexsort((tree.seed[rows] * 2654435761 % 2**32, -tree.peak[rows], specks))[:most]])
    box, light = tree.box[rows].astype(np.float64), tree.light[rows]
    stroke = tree.area[rows] / tree.runs[rows]
    width, height = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    # letters' rows are cut into strokes; those of low words run together, but dashes are lower still
    longest = np.where(height < _SMALL, np.minimum(2.5 * height, 4 * height - 18), 0.6 * height)
    letter = (height >= _LOWEST) & (width < 20 * height) & (height < 8 * width)
    letter &= stroke < np.maximum(longest, np.where(height < _SMALL, height, _MERGED))
    contrast = np.array(LADDER, np.float64)[tree.peak[rows]]
    frame = np.zeros(len(rows), np.bool_)
    for polarity in (False, True):
        own = light == polarity
        frame[own] = _frames(box[own], letter[own], size)
    return Characters(box=box, contrast=contrast, light=light, letter=letter).take(~frame)


def _frames(
    box: npt.NDArray[np.float64], letter: npt.NDArray[np.bool_], size: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Say which boxes have several letters in them: those are borders, and pictures."""
    cells = size[1] // _CELL + 2, size[0] // _CELL + 2
    centre = (box[letter, :2] + box[letter, 2:]) / (2 * _CELL)
    many = np.bincount(
        centre[:, 1].astype(np.int64) * cells[1] + centre[:, 0].astype(np.int64), minlength=cells[0] * cells[1]
    )
    sums = np.pad(many.reshape(cells).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    left, top = np.ceil(box[:, :2].T / _CELL).astype(np.int64)
    right, bottom = np.floor(box[:, 2:].T / _CELL).astype(np.int64)
    right, bottom = np.maximum(right, left), np.maximum(bottom, top)
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return np.asarray((inside - letter >= 3) & (box[:, 3] - box[:, 1] > 3 * _LOWEST))


def _may_be_character(tree: ComponentTree, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    width, height = (tree.box[:, 2:] - tree.box[:, :2]).T
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    fill = tree.fill
    return np.asarray(
        (tree.area >= _LEAST_AREA)
        & (height <= max(0.25 * max(size), 0.9 * min(size)))
        & (width <= 20 * height)
        & (height <= 12 * width)
        & (fill > 0.06)
        # a dash is short, a stroke full from end to end and long is a rule
        & ((longer < 8 * shorter) | (fill < 0.8))
    )


def _chosen(tree: ComponentTree, fit: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Go down from the roots and take the first that fits, none within one that was taken."""
    ladder = np.array(LADDER, np.float64)
    edge = np.searchsorted(ladder, _EDGE * ladder, side="right") - 1
    ready = fit & (tree.level >= np.maximum(edge, 0)[tree.peak])
    chosen, within = np.zeros(len(tree), np.bool_), np.zeros(len(tree), np.bool_)
    for level in range(len(LADDER)):
        rows = np.flatnonzero(tree.level == level)
        parents = tree.parent[rows]
        within[rows] = (parents >= 0) & (within[parents] | chosen[parents])
        chosen[rows] = ready[rows] & ~within[rows]
    return chosen
