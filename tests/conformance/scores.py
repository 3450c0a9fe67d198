"""How well a viewer's reading agrees with the truth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import attrs
import numpy as np

from tests.conformance.corpus import TrueWord
from tests.conformance.viewers import Box, ReadPage, bounds


@attrs.frozen
class Score:
    """Recall of words, share of true words glued to a neighbour, and overlap of boxes.

    `iou` is of rectangles, `along` (and `along_p5`, its 5th percentile) of extents along the line.
    """

    recall: float
    glued: float
    iou: float
    along: float
    along_p5: float


def score(pages: Sequence[ReadPage], truth: Sequence[Sequence[TrueWord]]) -> Score:
    """Pool the pages; every page has the same truth, and no word twice."""
    words = [word for line in truth for word in line]
    hits = glued = 0
    ious: list[float] = []
    alongs: list[float] = []
    for page in pages:
        at = {text: i for i, text in enumerate(page.words)}
        hits += sum(word.text in at for word in words)
        glued += sum(a.text + b.text in at for line in truth for a, b in pairwise(line))
        if page.boxes is not None:
            for word in words:
                if word.text in at:
                    true, read = bounds(word.corners), page.boxes[at[word.text]]
                    ious.append(iou(true, read))
                    alongs.append(_along(true, read, vertical=abs(word.angle) == 90))
    count = len(words) * len(pages)
    return Score(
        recall=hits / count,
        glued=glued / count,
        iou=float(np.mean(ious)) if ious else float("nan"),
        along=float(np.mean(alongs)) if alongs else float("nan"),
        along_p5=float(np.percentile(alongs, 5)) if alongs else float("nan"),
    )


def iou(one: Box, two: Box) -> float:
    across = max(0.0, min(one[2], two[2]) - max(one[0], two[0])) * max(0.0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, two))
    return across / (areas - across)


def _along(one: Box, two: Box, vertical: bool) -> float:
    i = 1 if vertical else 0
    common = max(0.0, min(one[i + 2], two[i + 2]) - max(one[i], two[i]))
    return common / (max(one[i + 2], two[i + 2]) - min(one[i], two[i]))
