"""Cut lines into windows of the net's height, and the windows out of the page.

A line is cut at its wide gaps. What is still longer than the widest window is cut at the likeliest gaps near the places
where it would be cut into equal parts; where there is no gap, neighbours overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import cv2
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.detect.bands import Bands, Floats, Rows
from ocrkit.image import Grey

_CLEAR = 0.22  # heights of the line: a gap of this width is cut without overlap
_CELLS = 0.2  # heights of the line: a gap of this width is cut where a rule goes through it
_OFF = 0.05  # of a gap's width is a place worth less for each pixel by which it is off
_LOOK = 16  # characters on both sides of where a line should be cut
_REACH = 4  # pixels from which the kernel makes one
_LONGEST = 32_000  # pixels of a side that OpenCV can remap


@attrs.frozen(kw_only=True)
class WindowSettings:
    """How lines are cut.

    Parameters
    ----------
    height : int
        Pixels of every window.
    widest : int
        Pixels that a window should not be longer than; at most half as long again, if the line's gaps lie so.
    gap : float
        Heights of the window: wider gaps are always cut.
    pad : float
        Heights of the window: paper left at both ends.
    overlap : float
        Heights of the window by which neighbours reach over a cut without a gap.
    stretch : float
        How many times wider a window is than its piece of line, both brought to one height: thin letters side by side
        need timesteps.
    """

    height: int = attrs.field(default=32, validator=validators.ge(8))
    widest: int = attrs.field(default=340, validator=validators.ge(64))
    gap: float = attrs.field(default=1.8, validator=validators.gt(0))
    pad: float = attrs.field(default=0.35, validator=[validators.ge(0), validators.le(0.5)])
    overlap: float = attrs.field(default=0.8, validator=[validators.ge(0), validators.le(1)])
    stretch: float = attrs.field(default=1.1, validator=[validators.ge(0.5), validators.le(2)])

    @widest.validator
    def _is_long(self, _: object, value: int) -> None:
        if value < 4 * self.height:
            raise ValueError(f"windows of height {self.height} must be at least {4 * self.height} wide, not {value}")


@attrs.frozen(kw_only=True, eq=False)
class Slices:
    """Pieces of lines, a row for each window, line by line and from left to right.

    Parameters
    ----------
    line : ndarray of intp, shape (N,)
        Row of its band.
    left, right : ndarray of float64, shape (N,)
        Ends, x on the working image.
    joined : ndarray of bool, shape (N,)
        Whether no gap parts it from the one before, so that both show what lies there.
    """

    line: Rows
    left: Floats
    right: Floats
    joined: npt.NDArray[np.bool_]

    def take(self, rows: Rows) -> Slices:
        """Return these rows; whole lines, so that none is joined to what is not there."""
        return Slices(line=self.line[rows], left=self.left[rows], right=self.right[rows], joined=self.joined[rows])


def cut(
    box: Floats, line: Rows, bands: Bands, settings: WindowSettings, rules: tuple[Floats, Floats] | None = None
) -> Slices:
    """Cut lines into slices.

    Parameters
    ----------
    box : ndarray of float64, shape (N, 4)
        Of all characters.
    line : ndarray of intp, shape (N,)
        Row of each character's band; -1 for those of none.
    bands : Bands
    settings : WindowSettings
    rules : (ndarray, ndarray) of float64, shape (N,), optional
        Pixels from each character to the next upright rule on its left, and on its right.
    """
    rows = np.flatnonzero(line >= 0)
    if not len(rows):
        return Slices(line=rows, left=np.zeros(0), right=np.zeros(0), joined=np.zeros(0, np.bool_))
    rows = rows[np.lexsort((box[rows, 0], line[rows]))]
    line, left, right = line[rows], box[rows, 0], box[rows, 2]
    tall = bands.height[line]
    first = np.diff(line, prepend=-1) != 0
    # the rightmost end so far, within the line
    far = (right.max(initial=0) - left.min(initial=0) + 1) * 2
    reached = np.maximum.accumulate(right + line * far) - line * far
    gap = left - np.concatenate([[0.0], reached[:-1]])
    before, behind = (own[rows] for own in rules or (np.full(len(box), np.inf),) * 2)
    starts = first | (gap > settings.gap * tall) | ((before < gap) & (gap > _CELLS * tall))
    last = np.append(np.flatnonzero(starts)[1:] - 1, len(rows) - 1)
    ends = left[starts], reached[last]
    pads = np.minimum(settings.pad * tall[starts], (before[starts], behind[last]))
    return _shorten(ends, (pads[0], pads[1]), line[starts], (left, np.where(first, 0, gap), line), bands, settings)


def _shorten(
    ends: tuple[Floats, Floats],
    pads: tuple[Floats, Floats],
    owner: Rows,
    gaps: tuple[Floats, Floats, Rows],
    bands: Bands,
    settings: WindowSettings,
) -> Slices:
    """Cut what is longer than the widest window, and leave paper at the ends."""
    begin, end = ends
    tall = bands.height[owner]
    longest = (settings.widest / (settings.height * settings.stretch) - 2 * settings.pad) * tall
    parts = np.maximum(np.ceil((end - begin) / np.maximum(longest - settings.overlap * tall, 1)), 1).astype(np.int64)
    parts[end - begin <= longest] = 1
    number = np.repeat(np.arange(len(begin)), parts)
    part = np.arange(len(number)) - np.repeat(np.cumsum(parts) - parts, parts)
    length = ((end - begin) / parts)[number]
    wanted = begin[number] + part * length
    at, gap = _likeliest(wanted, owner[number], 0.3 * length, gaps)
    tall, inner = tall[number], part > 0
    clear = gap > _CLEAR * tall
    pad, over = settings.pad * tall, settings.overlap / 2 * tall
    # a gap leaves each side as much paper as it has, no gap gives both sides what lies there
    left = np.where(inner, np.where(clear, np.maximum(at - pad, at - gap), at - over), (begin - pads[0])[number])
    before = np.where(clear, np.minimum(at - gap + pad, at), at + over)
    right = np.where(np.append(inner[1:], False), np.roll(before, -1), (end + pads[1])[number])
    return Slices(line=owner[number], left=left, right=right, joined=inner & ~clear)


def _likeliest(wanted: Floats, owner: Rows, within: Floats, gaps: tuple[Floats, Floats, Rows]) -> tuple[Floats, Floats]:
    """Find the widest gap near each place: where what follows it begins, and its width."""
    left, gap, line = gaps
    far = (left.max(initial=0) - left.min(initial=0) + 1) * 2
    keys = left + line * far
    middle = np.searchsorted(keys, wanted + owner * far)
    best, width = wanted.copy(), np.zeros(len(wanted))
    merit = np.full(len(wanted), -np.inf)
    for step in range(-_LOOK, _LOOK):
        at = np.clip(middle + step, 0, len(left) - 1)
        off = np.abs(left[at] - wanted)
        value = np.where((line[at] == owner) & (off < within), gap[at] - _OFF * off, -np.inf)
        better = value > merit
        merit[better], best[better], width[better] = value[better], left[at][better], gap[at][better]
    return best, np.maximum(width, 0)


def corners(slices: Slices, bands: Bands) -> Floats:
    """Give the quads of slices, shape (N, 4, 2): clockwise from the top left."""
    return attrs.evolve(bands.take(slices.line), left=slices.left, right=slices.right).corners()


def widths(quads: Floats, settings: WindowSettings) -> npt.NDArray[np.int64]:
    """Say how many pixels wide each window becomes."""
    long, tall = (np.linalg.norm(quads[:, corner] - quads[:, 0], axis=1) for corner in (1, 3))
    wide = np.round(long / tall * (settings.height * settings.stretch))
    return np.asarray(np.clip(wide, 8, settings.widest * 2), np.int64)


def crop(page: Grey, quads: Floats, widths: npt.NDArray[np.int64], height: int) -> list[Grey]:
    """Cut windows out of a page, all at once.

    Parameters
    ----------
    page : ndarray of uint8, shape (H, W)
    quads : ndarray of float64, shape (N, 4, 2)
        Pixels of the page; parallelograms.
    widths : ndarray of int64, shape (N,)
    height : int

    Returns
    -------
    list of ndarray of uint8, shape (height, width)
    """
    shrink = np.floor(np.log2(np.maximum((quads[:, 3, 1] - quads[:, 0, 1]) / height, 1)) + 0.3).astype(np.int64)
    windows: list[Any] = [None] * len(quads)
    level = page
    for number in range(int(shrink.max(initial=0)) + 1):
        if number:
            size = max(level.shape[1] // 2, 1), max(level.shape[0] // 2, 1)
            level = cv2.resize(level, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        rows = np.flatnonzero(shrink == number)
        scale = np.array(level.shape[::-1]) / page.shape[::-1]
        for some in np.split(rows, _breaks(widths[rows], level)):
            for row, window in zip(some, _remap(level, quads[some] * scale, widths[some], height), strict=True):
                windows[row] = window
    return windows


def _breaks(widths: npt.NDArray[np.int64], page: Grey) -> npt.NDArray[np.int64]:
    """Say where a row of windows must be parted: OpenCV can fill no picture that is longer than 32767 pixels."""
    if max(page.shape) >= _LONGEST:  # nor look at one, so each window gets a piece of the page
        return np.arange(1, len(widths))
    return np.flatnonzero(np.diff(np.cumsum(widths) // (_LONGEST - int(widths.max(initial=1))))) + 1


def _remap(page: Grey, quads: Floats, widths: npt.NDArray[np.int64], height: int) -> list[Grey]:
    if not len(quads):
        return []
    low = np.floor(quads.min((0, 1)) - _REACH).astype(int).clip(0)
    high = np.ceil(quads.max((0, 1)) + _REACH).astype(int)
    low = np.minimum(low, np.array(page.shape[::-1]) - 1)
    page = page[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    quads = quads - low
    owner = np.repeat(np.arange(len(quads)), widths)
    ends = np.cumsum(widths)
    share = (np.arange(len(owner)) - np.repeat(ends - widths, widths) + 0.5) / widths[owner]
    across = (quads[:, 1] - quads[:, 0])[owner] * share[:, None]
    down = (quads[:, 3] - quads[:, 0]).astype(np.float32)[owner]
    places = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None, None] * down
    places += (quads[:, 0][owner] + across - 0.5).astype(np.float32)
    # not of two neighbours alone: that blurs small print
    strip = cv2.remap(page, places, None, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    return np.split(strip, ends[:-1], axis=1)


def inside_out(
    pixels: Sequence[Grey], quads: Floats, line: Rows, light: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Find lines that are the paper between the letters of other lines: heavy letters leave figures between them.

    Parameters
    ----------
    pixels : sequence of ndarray of uint8, shape (H, W)
        Windows as the net gets them.
    quads : ndarray of float64, shape (N, 4, 2)
        Their corners.
    line : ndarray of intp, shape (N,)
        Their lines.
    light : ndarray of bool, shape (N,)
        Whether they were inverted.

    Returns
    -------
    ndarray of bool, shape (N,)
        Windows of lines most of which have more ink than paper, where a window of the other polarity has it right.
    """
    wrong = np.zeros(len(pixels), np.bool_)
    if not light.any() or light.all():
        return wrong
    for number, window in enumerate(pixels):
        some = np.sort(window[::2, ::2], axis=None)  # a twentieth of the time of np.percentile
        dark, usual, bright = (int(some[round(share * (some.size - 1))]) for share in (0.05, 0.5, 0.95))
        wrong[number] = usual < (dark + bright) / 2
    covered = np.zeros(len(pixels), np.bool_)
    for polarity in (False, True):
        doubtful, others = np.flatnonzero(wrong & (light == polarity)), np.flatnonzero(~wrong & (light != polarity))
        centre, least, most = quads[doubtful].mean(1), quads[others].min(1), quads[others].max(1)
        covered[doubtful] = np.any(np.all((centre[:, None] > least) & (centre[:, None] < most), 2), 1)
    votes = np.bincount(line, np.where(covered, 1.0, -1.0))
    return np.asarray(votes[line] > 0)
