"""A picture of a page with the boxes of its words drawn over it, whichever engine read them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.document import Page
from ocrkit.geometry import Homography
from ocrkit.image import PageImage

_SURE, _DOUBTFUL, _GUESSED = (0, 140, 60), (230, 130, 0), (210, 0, 40)
_BASELINE = (20, 70, 220)
_THICK = 1 / 700  # of the longer side: two pixels on a scan of 150 dpi


def draw(page: Page, image: PageImage) -> npt.NDArray[np.uint8]:
    """Draw the boxes of a page's words, and the baselines of its lines.

    Parameters
    ----------
    page : Page
    image : PageImage
        The picture that the page was read from.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        RGB, paler than the picture. Words are green from a confidence of .9, orange from .5, red below; baselines are
        blue.
    """
    canvas = (96 + image.grey // 8 * 5)[..., None].repeat(3, 2)
    thick = max(1, round(_THICK * max(image.width, image.height)))
    to_image = Homography.scaling(image.width / page.size[0], image.height / page.size[1])
    for line in page.lines:
        _stroke(canvas, to_image.map(line.baseline), _BASELINE, 1, closed=False)
        for word in line.words:
            colour = _SURE if word.confidence >= 0.9 else _DOUBTFUL if word.confidence >= 0.5 else _GUESSED
            _stroke(canvas, to_image.map(word.quad.points), colour, thick, closed=True)
    return canvas


def _stroke(
    canvas: npt.NDArray[np.uint8], points: object, colour: tuple[int, int, int], thick: int, closed: bool
) -> None:
    corners = np.clip(np.round(np.asarray(points)), -(2**20), 2**20).astype(np.int32)
    cv2.polylines(canvas, [corners], closed, colour, thick, cv2.LINE_AA)
