"""Words in the making: characters between two gaps, with the windows that show them.

Takes stitched lines, gives drafts. A gap is where the net read a space, or a seam that no ink spans.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from unicodedata import normalize

import attrs
import numpy as np

from ocrkit.document import Provenance
from ocrkit.geometry import Quad
from ocrkit.spec import Region
from ocrkit.wordinate.ink import Ink
from ocrkit.wordinate.lexicon import Lexicon
from ocrkit.wordinate.stitching import Glyph

_THIN, _WIDE = 0.17, 0.25  # heights of a window: gaps between digits, and between words
_APART = frozenset("-–—&•+=")  # signs that stand by themselves
_CLEAR = 0.12  # how far apart they are at least
_ONE = 0.04  # likewise: more room beside a one, in faces whose figures are equally wide
# a space that was not read: how wide it must be, in heights of a window, and beside those that the line has;
_UNREAD, _USUAL_SHARE = 0.2, 0.8
_HINTED, _HINTED_SHARE = 0.1, 0.6  # between a comma and a letter;
_FIGURES = 0.45  # between figures, of which points may have faded;
_BEYOND = 0.3  # and by which share of it letters must be farther from each other than usual
_SOME = 2  # spaces that a line must have, to say how wide they are
# typewriters' faces, whose characters all have the same room: so many, in words of so many, are so far from there,
_TYPED, _TYPED_WORD, _EVEN = 10, 3, 0.135  # in rooms,
_TYPED_SHARE = 0.7  # and this as a share of what it is for the room that they have in print
_WIDTHS = dict.fromkeys("iljtfrI.,:;'’!|()[]-", 0.5) | dict.fromkeys("mwMW@%—", 1.5)
_NEXT = 1.4  # and over a seam within which there is room for none, a word goes on
_BAND = (5.4, 26.6)  # of 32 rows of a window, where letters usually lie
_SHARE, _SHARE_OF_MARKS = 0.5, 0.25  # how far a box's edges move from there to the ink
_LOW = 0.4  # share of the band: lower words are marks
_NARROWEST = 0.3  # heights of a window: no box is narrower
_FIGURE = 0.4  # likewise, of a one that stands alone: it has a figure's room, as all figures of nearly all faces


@attrs.frozen
class Part:
    """What one window shows of a word.

    Parameters
    ----------
    window : int
    text : str
    start, end : float
        Columns between which nothing else is written: what the net says about them is about this text.
    """

    window: int
    text: str
    start: float
    end: float


@attrs.frozen
class Draft:
    """A word that may still change.

    Parameters
    ----------
    text : str
    glyphs : tuple of Glyph
        Those it was read from, from left to right.
    parts : tuple of Part
        One for each window that shows some of it.
    left, right : float
        Columns where its ink begins (in the first part's window) and ends (in the last part's).
    provenance : Provenance
    support : float
        Logarithm of the factor by which other words of the page make it likelier than its own windows do.
    """

    text: str
    glyphs: tuple[Glyph, ...]
    parts: tuple[Part, ...]
    left: float
    right: float
    provenance: Provenance = Provenance.KEPT
    support: float = 0.0


def cut(runs: Sequence[Sequence[Glyph]], regions: Sequence[Region], ink: Ink, lexicon: Lexicon) -> list[Draft]:
    """Cut a line into words.

    Parameters
    ----------
    runs : sequence of sequence of Glyph
        Of one line.
    regions : sequence of Region
        All of the page.
    ink : Ink
    lexicon : Lexicon
        Asked where a gap at a seam is as narrow as between letters and as wide as between words.
    """
    drafts: list[Draft] = []
    missing = _spaces_unread(runs, regions, ink)
    pitch = _pitch(runs) if len(runs) > 1 else 0.0
    for number, run in enumerate(runs):
        found = [draft_of(run, start, end, ink) for start, end in _words(run, missing[number])]
        if drafts and found and _goes_on(drafts[-1], found[0], pitch, regions, lexicon):
            found[0] = glued(drafts.pop(), found[0])
        drafts += found
    return drafts


def _words(run: Sequence[Glyph], missing: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give where each word of a run starts and ends; before these characters, too."""
    for space, numbers in itertools.groupby(range(len(run)), key=lambda at: run[at].text.isspace()):
        if not space:
            word = list(numbers)
            ends = [word[0], *(at for at in missing if word[0] < at <= word[-1]), word[-1] + 1]
            yield from itertools.pairwise(ends)


def _spaces_unread(runs: Sequence[Sequence[Glyph]], regions: Sequence[Region], ink: Ink) -> list[list[int]]:
    """Find the spaces that the net did not read though they are as wide as those that it read in the same line.

    So it is behind a list's mark, which is far from its text. Behind a comma that letters follow less will do: where a
    line was cut there, two windows show the comma, and neither the space.

    Returns
    -------
    list of list of int
        For each run, the characters before which there is one.
    """
    near = [(one, two) for run in runs for one, two in itertools.pairwise(run) if not _spaced(one, two)]
    missing: list[list[int]] = [[] for _ in runs]
    if not near:
        return missing
    advance = median(two.place - one.place for one, two in near)
    suspects = []
    for number, run in enumerate(runs):
        for at, (one, two) in enumerate(itertools.pairwise(run), 1):
            hinted = one.text in ",;" and two.text.isalpha()
            beyond = (two.place - one.place - advance) / regions[two.window].size[1]
            if not _spaced(one, two) and (hinted or beyond > _BEYOND * _UNREAD):
                suspects.append((number, at, one, two, hinted, beyond))
    if not suspects:  # as mostly: nobody has to measure the line's spaces
        return missing
    spaces = [
        _room(one, two, regions, ink)
        for run in runs
        for one, space, two in zip(run, run[1:], run[2:], strict=False)
        if space.text.isspace()
    ]
    if len(spaces) < _SOME:
        return missing
    usual = median(spaces)
    for number, at, one, two, hinted, beyond in suspects:
        room = _room(one, two, regions, ink)
        if hinted:
            unread = room >= max(_HINTED, _HINTED_SHARE * usual)
        else:
            least = _FIGURES if one.text.isdecimal() and two.text.isdecimal() else _UNREAD
            unread = room >= max(least, _USUAL_SHARE * usual) and beyond >= _BEYOND * room
        if unread:
            missing[number].append(at)
    return missing


def _spaced(one: Glyph, two: Glyph) -> bool:
    return one.text.isspace() or two.text.isspace()


def _room(one: Glyph, two: Glyph, regions: Sequence[Region], ink: Ink) -> float:
    """Measure the widest gap between two characters, in heights of the window that shows the second."""
    end = middle(two)
    start = max(end - (two.place - one.place), 0.0) if one.window != two.window else middle(one)
    gap = ink.gap(two.window, start, end)
    return (gap[1] - gap[0]) / regions[two.window].size[1] if gap else 0.0


def draft_of(run: Sequence[Glyph], start: int, end: int, ink: Ink) -> Draft:
    """Make a draft of the characters of a run from `start` to before `end`."""
    word = tuple(run[start:end])
    first, last = word[0], word[-1]
    parts = []
    for window, glyphs in itertools.groupby(word, key=lambda glyph: glyph.window):
        own = list(glyphs)
        parts.append(Part(window, "".join(glyph.text for glyph in own), own[0].free[0], own[-1].free[1]))
    # between its neighbours' middles and its own, but only as far as its own windows show
    before = next((glyph for glyph in reversed(run[:start]) if not glyph.text.isspace()), None)
    behind = next((glyph for glyph in run[end:] if not glyph.text.isspace()), None)
    far_left = middle(before) if before and before.window == first.window else first.free[0]
    far_right = middle(behind) if behind and behind.window == last.window else last.free[1]
    left = ink.left(first.window, far_left, middle(first))
    right = ink.right(last.window, middle(last), far_right)
    return Draft("".join(glyph.text for glyph in word), word, tuple(parts), left, right)


def middle(glyph: Glyph) -> float:
    """Give the column in the middle of where the net read a character."""
    return (glyph.start + glyph.end) / 2


def _pitch(runs: Sequence[Sequence[Glyph]]) -> float:
    """Give the step from character to character in a line of a typewriter's face; 0 if it is in another one.

    Within its words characters then stand evenly, as nearly as the net's timesteps say, and much less so if narrow and
    wide ones had the room that they have in print.
    """
    words = [run[start:end] for run in runs for start, end in _words(run, ()) if end - start >= _TYPED_WORD]
    if sum(map(len, words)) < _TYPED:
        return 0.0
    step, uneven = _step(words, {})
    typed = uneven <= _EVEN and uneven < _TYPED_SHARE * _step(words, _WIDTHS)[1]
    return step if typed else 0.0


def _step(words: Sequence[Sequence[Glyph]], widths: Mapping[str, float]) -> tuple[float, float]:
    """Fit to where words' characters are how much room one has; some have a share of it, the others all of it.

    Returns
    -------
    float
        Pixels.
    float
        How far characters are from where they then should be, as a share of it.
    """
    expected, places = [], []
    for word in words:
        rooms = np.array([widths.get(glyph.text, 1.0) for glyph in word])
        middles, place = np.cumsum(rooms) - rooms / 2, np.array([glyph.place for glyph in word])
        expected.append(middles - middles.mean())
        places.append(place - place.mean())
    x, y = np.concatenate(expected), np.concatenate(places)
    step = max(float(x @ y / (x @ x)), 1.0)
    return step, float(np.std(y - step * x)) / step


def _goes_on(draft: Draft, behind: Draft, pitch: float, regions: Sequence[Region], lexicon: Lexicon) -> bool:
    """Say whether a word goes on over a seam."""
    one, two = draft.glyphs[-1], behind.glyphs[0]
    if two.place - one.place < _NEXT * pitch:
        return True
    begin = two.place - middle(two) - one.place + middle(one)
    gap = (begin + behind.left - draft.right) / regions[one.window].size[1]
    if gap > (_CLEAR if _APART.issuperset(draft.text) or _APART.issuperset(behind.text) else _WIDE):
        return False
    whole = lexicon.knows(draft.text + behind.text)
    if whole != (lexicon.knows(draft.text) and lexicon.knows(behind.text)):
        return whole
    if regions[two.window].overlap:  # the line was cut where there is no gap
        return True
    # the detector has seen a gap, which between words is usual, but ones are thin, and stand apart
    return one.text.isdecimal() and two.text.isdecimal() and gap < _THIN + _ONE * (one.text + two.text).count("1")


def glued(one: Draft, two: Draft, provenance: Provenance = Provenance.KEPT) -> Draft:
    """Make one draft of two neighbours."""
    parts = [*one.parts, *two.parts]
    if one.parts[-1].window == two.parts[0].window:
        whole = Part(
            one.parts[-1].window, one.parts[-1].text + two.parts[0].text, one.parts[-1].start, two.parts[0].end
        )
        parts = [*one.parts[:-1], whole, *two.parts[1:]]
    return Draft(one.text + two.text, one.glyphs + two.glyphs, tuple(parts), one.left, two.right, provenance)


def quads_of(drafts: Sequence[Draft], regions: Sequence[Region], ink: Ink) -> list[Quad]:
    """Put drafts' boxes on the page: as wide as their ink, as high as halfway between their ink and their line.

    Files and people disagree on whether a box ends with the ink or with the face's room around it; between the two it
    overlaps well with both. So ones and dashes get some room, too.
    """
    if not drafts:
        return []
    matrices = np.array([region.to_page.matrix for region in regions])
    first, last = ([draft.parts[at].window for draft in drafts] for at in (0, -1))
    top, bottom = np.array([_rows(draft, regions, ink) for draft in drafts]).T
    left, right = (np.array([getattr(draft, name) for draft in drafts]) for name in ("left", "right"))
    narrowest = np.array([_FIGURE if draft.text == "1" else _NARROWEST for draft in drafts])
    least = narrowest * np.array([regions[window].size[1] for window in first])
    missing = np.where(np.equal(first, last), np.maximum(least - (right - left), 0), 0) / 2
    left, right = left - missing, right + missing
    corners = (first, left, top), (last, right, top), (last, right, bottom), (first, left, bottom)
    places = [
        matrices[window, :2, 0] * x[:, None] + matrices[window, :2, 1] * y[:, None] + matrices[window, :2, 2]
        for window, x, y in corners
    ]
    return [Quad(points) for points in np.stack(places, 1).tolist()]


def cuts_of(draft: Draft) -> tuple[float, ...]:
    """Say where a draft's characters part, as shares of its width; nothing, if they are not those that were read."""
    glyphs = draft.glyphs
    if normalize("NFC", draft.text) != "".join(glyph.text for glyph in glyphs) or len(draft.text) != len(glyphs):
        return ()
    if len(glyphs) < 2:
        return ()
    places = [glyph.place for glyph in glyphs]
    left = draft.left + places[0] - middle(glyphs[0])
    right = draft.right + places[-1] - middle(glyphs[-1])
    edges = [(one + two) / 2 for one, two in itertools.pairwise(places)]
    # the net speaks up as soon as it is sure, left of the middle: so that the ends are as wide as they seem, all move
    before, behind = edges[0] - places[0], places[-1] - edges[-1]
    late = (left - places[0] + before + right - places[-1] - behind) / 2
    cuts = ((edge + late - left) / max(right - left, 1.0) for edge in edges)
    return tuple(round(cut, 4) for cut in itertools.accumulate((min(max(cut, 0.0), 1.0) for cut in cuts), max))


def _rows(draft: Draft, regions: Sequence[Region], ink: Ink) -> tuple[float, float]:
    """Say between which rows of its windows a draft lies."""
    window = draft.parts[0].window
    scale = regions[window].size[1] / 32
    top, bottom = (row * scale for row in _BAND)
    found = ink.rows(window, draft.left, draft.right) if len(draft.parts) == 1 else None
    if not found:
        return top, bottom
    share = _SHARE if found[1] - found[0] > _LOW * (bottom - top) else _SHARE_OF_MARKS
    return top + share * (found[0] - top), bottom + share * (found[1] - bottom)
