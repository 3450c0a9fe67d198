"""The Word Detector: extremal regions, strung into lines, cut into windows.

Takes a page image, gives windows of the recognizer's height with their places. Finds nearly all text, and much that is
none: a recognizer throws that out.

References
----------
.. [1] B. Neuberg, "Creating a Modern OCR Pipeline Using Computer Vision and Deep Learning", Dropbox, 2017: MSERs
   of both polarities, strung into lines.
"""

from __future__ import annotations

from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import settings_of
from ocrkit.detect import characters, lines, rules, windows
from ocrkit.detect.characters import Characters
from ocrkit.detect.lines import Lines
from ocrkit.detect.sift import areas, sift
from ocrkit.detect.textmap import CELL, TextMap
from ocrkit.detect.tree import ComponentTree, build_tree
from ocrkit.detect.windows import WindowSettings
from ocrkit.geometry import Homography
from ocrkit.image import Grey, PageImage
from ocrkit.image.skew import Level
from ocrkit.image.working import LETTER
from ocrkit.spec import Detection, Region
from ocrkit.threads import both

_SMALLER = 3.0  # times smaller the page is searched again, for large letters
_LARGE, _LETTERS = 11.0, 2  # pixels of their height there, and so many of a line, at least
_USUAL = 2.2  # times the usual height of letters: where lower ones are, there are no large ones,
_EDGE = 3  # cells: nor under so broad an outline of their lines
_NOTHING = Detection(regions=(), windows=())
_SURE, _CELLS = 0.5, 4  # probability of text, and so many cells of the map, that make it worth while


@attrs.frozen(kw_only=True)
class DetectorSettings:
    """How a page is searched.

    Parameters
    ----------
    windows : WindowSettings
    threads : int
        Threads for one page.
    most_letters : int
        Only so many of the regions that stand out most are strung, and what the text map sees between them: noise is
        what attackers send.
    most_lines : int
        Only so many lines of greatest worth are cut, in each of two searches.
    """

    windows: WindowSettings = attrs.field(factory=WindowSettings)
    threads: int = attrs.field(default=1, validator=validators.ge(1))
    most_letters: int = attrs.field(default=20_000, validator=validators.ge(1))
    most_lines: int = attrs.field(default=2_500, validator=validators.ge(1))


@attrs.frozen(kw_only=True, eq=False)
class Trace:
    """What each step of a search made of a picture.

    Parameters
    ----------
    working : ndarray of uint8, shape (H, W)
        The image that was searched; `tree`, `characters` and `lines` count its pixels.
    tree : ComponentTree
    text : ndarray of float32, shape (2, rows, columns)
        The text map: probabilities of dark and of light text.
    characters : Characters
    lines : Lines
    detection : Detection
        What all searches of the page found.
    """

    working: Grey
    tree: ComponentTree
    text: npt.NDArray[np.float32]
    characters: Characters
    lines: Lines
    detection: Detection


class MserDetector:
    """Finds text by extremal regions. May be called from several threads.

    Parameters
    ----------
    settings : DetectorSettings

    Examples
    --------
    >>> import numpy as np
    >>> from ocrkit.detect import MserDetector
    >>> from ocrkit.image import PageImage
    >>> MserDetector().detect(PageImage(pixels=np.full((400, 300), 255, np.uint8))).regions  # bare paper
    ()
    """

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self._settings = settings_of(settings, DetectorSettings)
        self._map = TextMap(self._settings.threads)

    def detect(self, image: PageImage, /) -> Detection:
        """Find the text of a page.

        Parameters
        ----------
        image : PageImage
            Upright, or within some 20 degrees.

        Returns
        -------
        Detection
        """
        return self.trace(image).detection

    def trace(self, image: PageImage, /) -> Trace:
        """Find the text of a page, and keep what each step made of it.

        Parameters
        ----------
        image : PageImage

        Returns
        -------
        Trace
        """
        level, small = image.level, image.level.shrunk(_SMALLER)
        text, coarse = self._map.of_all([level.grey, small.grey])
        trace = self._searched(level, text)
        usual, large = both(
            lambda: self._cut(image, level, trace),
            lambda: self._large(image, small, coarse, trace.lines),
            self._settings.threads,
        )
        return attrs.evolve(trace, detection=_joined(usual, large))

    def _searched(self, level: Level, text: npt.NDArray[np.float32], least: float = 0.0) -> Trace:
        """Search a picture of which the text map is known for lines with letters of so many pixels at least."""
        working = level.grey
        size = working.shape[1], working.shape[0]
        # most pages have light text nowhere, which halves the work
        tree = build_tree(working, areas(text, size), self._settings.threads)
        found = sift(characters.choose(tree, size, self._settings.most_letters), text, size)
        strung = lines.string(found, size)
        if least:
            strung = lines.only(strung, (strung.letter >= least) & (lines.letters(strung, found) >= _LETTERS))
        strung = lines.worthiest(strung, self._settings.most_lines)
        return Trace(working=working, tree=tree, text=text, characters=found, lines=strung, detection=_NOTHING)

    def _large(self, image: PageImage, level: Level, text: npt.NDArray[np.float32], known: Lines) -> Detection:
        """Search for letters a lot higher than most of the page, as titles have, where there are no lower ones.

        A title that is not much higher may be found by both searches; one of its readings covers the other.
        """
        if min(level.grey.shape) < _LARGE:
            return _NOTHING
        corners = known.bands.take(known.letter <= _USUAL * LETTER).corners() / (_SMALLER * CELL)
        for outline in np.round(corners).astype(np.int32):
            for polarity in text:
                cv2.fillConvexPoly(polarity, outline, 0.0)
                cv2.polylines(polarity, [outline], True, 0.0, _EDGE)
        if np.count_nonzero(text >= _SURE) < _CELLS:
            return _NOTHING
        return self._cut(image, level, self._searched(level, text, _LARGE))

    def _cut(self, image: PageImage, level: Level, trace: Trace) -> Detection:
        """Cut windows out of the lines of a search."""
        settings, found, strung = self._settings.windows, trace.characters, trace.lines
        bands = lines.padded(strung)
        slices = windows.cut(found.box, strung.line, bands, settings, _rules(level.grey, found, strung))
        quads = windows.corners(slices, bands)
        # cut out of the page itself, so that no pixel is resampled twice
        quads = level.to_page.map(quads.reshape(-1, 2)).reshape(quads.shape)
        widths = windows.widths(quads, settings)
        light = strung.light[slices.line]
        crops = windows.crop(image.grey, quads, widths, settings.height)
        pixels = [255 - crop if inverted else crop for crop, inverted in zip(crops, light, strict=True)]
        kept = np.flatnonzero(~windows.inside_out(pixels, quads, slices.line, light))
        regions = _regions(slices.take(kept), quads[kept], widths[kept], light[kept], settings.height)
        return Detection(regions=regions, windows=tuple(pixels[row] for row in kept.tolist()))


def _joined(one: Detection, two: Detection) -> Detection:
    """Put the lines of two searches together."""
    many = 1 + max((region.line for region in one.regions), default=-1)
    others = tuple(attrs.evolve(region, line=region.line + many) for region in two.regions)
    return Detection(regions=one.regions + others, windows=(*one.windows, *two.windows))


def _rules(grey: Grey, found: Characters, strung: Lines) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Say how far from each character of a line the next rules of its polarity are, on its left and on its right."""
    left, right = np.full(len(found), np.inf), np.full(len(found), np.inf)
    for light in (False, True):
        rows = np.flatnonzero((strung.line >= 0) & (found.light == light))
        if len(rows):
            mask, line = rules.upright_rules(grey, light=light), strung.line[rows]
            left[rows] = rules.distance(mask, found.box[rows, 0], strung.bands, line, leftwards=True)
            right[rows] = rules.distance(mask, found.box[rows, 2], strung.bands, line, leftwards=False)
    return left, right


def _regions(
    slices: windows.Slices,
    quads: npt.NDArray[np.float64],
    widths: npt.NDArray[np.int64],
    light: npt.NDArray[np.bool_],
    height: int,
) -> tuple[Region, ...]:
    _, line, counts = np.unique(slices.line, return_inverse=True, return_counts=True)
    part = np.arange(len(line)) - (np.cumsum(counts) - counts)[line]
    length = slices.right - slices.left
    shared = np.where(slices.joined, (np.roll(slices.right, 1) - slices.left) / length, 0.0)
    matrices = np.zeros((len(quads), 3, 3))
    matrices[:, :2, 0] = (quads[:, 1] - quads[:, 0]) / widths[:, None]
    matrices[:, :2, 1] = (quads[:, 3] - quads[:, 0]) / height
    matrices[:, :2, 2] = quads[:, 0]
    matrices[:, 2, 2] = 1
    columns: Any = zip(
        line.tolist(), part.tolist(), counts[line].tolist(), shared.tolist(), light.tolist(), strict=True
    )
    return tuple(
        Region(
            line=number,
            part=which,
            parts=many,
            overlap=overlap,
            light=inverted,
            size=(width, height),
            to_page=Homography(m),
        )
        for (number, which, many, overlap, inverted), width, m in zip(columns, widths.tolist(), matrices, strict=True)
    )
