"""String characters into lines, and give these their marks.

Takes a table of characters, gives a table of lines and the line of each character.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from ocrkit.detect.bands import Bands, Floats, Rows, fit, tilted
from ocrkit.detect.characters import Characters
from ocrkit.detect.links import LinkSettings, chains, field, link, portions

GLYPHS = LinkSettings(gap=1.3, overlap=0.35, ratio=2.7, shared=0.5)
"""Letters of a word, and words of a line."""
PIECES = LinkSettings(gap=2.5, overlap=0.6, ratio=1.8, shared=0.6)
"""Pieces of a line."""
LEADERS = LinkSettings(gap=9.0, overlap=0.2, ratio=1.6, shared=0.6)
"""Dots and dashes of a row."""
_ROUNDS = 5
_LEVEL = 0.004  # slope that makes no difference
_FAINT = 0.25  # of the page's usual contrast: fainter lines are grain
_FAINTER = 0.2  # of a line's contrast: fainter marks are specks
_SPECK = 0.06  # heights of a line: smaller marks are specks
_TALL = 8  # pixels: lower letters alone have no marks
_FARTHEST = 0.55  # heights by which stems and accents reach over the middle of letters
_FAR = 1.6  # heights of a line, within which a mark belongs to it
_HIGHER = 2.2  # times as high, at least, is a line of which a letter alone is a dot
_OVER, _UNDER = 0.28, 0.30  # of a letter's height, room around a line


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """Lines, a row for each, and the line of each character.

    Parameters
    ----------
    bands : Bands
    letter : ndarray of float64, shape (N,)
        Usual height of the line's letters, pixels.
    light : ndarray of bool, shape (N,)
        Whether the text is lighter than its paper.
    line : ndarray of intp, shape (M,)
        Of each character; -1 for those of none.
    worth : ndarray of float64, shape (N,)
        About the length of text times its contrast.
    """

    bands: Bands
    letter: Floats
    light: npt.NDArray[np.bool_]
    line: Rows
    worth: Floats


def string(characters: Characters, size: tuple[int, int]) -> Lines:
    """Make lines of characters.

    Parameters
    ----------
    characters : Characters
    size : (int, int)
        Width and height of the picture.

    Returns
    -------
    Lines
    """
    if not characters.letter.any():
        return _none(len(characters))
    # light characters are moved out of the dark ones' reach, so that one pass strings both
    away = 4.0 * max(size)
    box = characters.box + np.where(characters.light, away, 0.0)[:, None] * (0, 1, 0, 1)
    slope, line = _first_chains(characters, box)
    many = int(line.max()) + 1
    dots = _dots(box, line, fit(box, line, many, slope))
    characters = attrs.evolve(characters, letter=characters.letter & ~dots)
    line, many = _only(line, ~np.isin(np.arange(many), line[dots]))
    rows = _rows_of_marks(box, line, slope)

    def fitted(farthest: float = np.inf) -> Bands:
        # dashes may be more than the letters beside them
        return fit(box, line, many, slope, farthest, characters.letter)

    for _ in range(_ROUNDS):
        line = _joined_marks(box, characters.contrast, line, fitted())
        line = _together(line, rows)
    line, many = _only(line, _credible(characters, line, fitted().height))
    if not many:
        return _none(len(characters))
    # what kept pieces apart is gone now
    after = link(fitted(), PIECES)
    line = np.where(line >= 0, chains(after)[line], -1)
    many = int(line.max()) + 1
    bands, letter = fitted(_FARTHEST), fitted(0.0).height
    owned = line >= 0
    light = np.zeros(len(bands), np.bool_)
    light[line[owned]] = characters.light[owned]
    back = np.where(light, away, 0.0)
    bands = attrs.evolve(bands, top=bands.top - back, bottom=bands.bottom - back)
    # a wide or a high piece of paper is worth no more than one letter
    share = np.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) * characters.contrast
    worth = np.bincount(line[owned], share[owned], len(bands)).astype(np.float64)
    return Lines(bands=bands, letter=letter, light=light, line=line, worth=worth)


def _none(characters: int) -> Lines:
    """Give no lines of so many characters."""
    light, line = np.zeros(0, np.bool_), np.full(characters, -1)
    return Lines(
        bands=tilted(np.zeros((0, 4)), np.zeros(0)), letter=np.zeros(0), light=light, line=line, worth=np.zeros(0)
    )


def _dots(box: Floats, line: Rows, bands: Bands) -> npt.NDArray[np.bool_]:
    """Say which letters that make no line with others are dots of a higher one: in large print they are as high.

    Nothing is a dot of a single shape that is higher than wide, which may be an edge beside small print.
    """
    letters = np.bincount(line[line >= 0], minlength=len(bands))
    rows = np.flatnonzero((line >= 0) & (letters[line] == 1))
    bands = bands.take(np.flatnonzero((letters > 1) | (bands.right - bands.left > bands.height)))
    found = np.zeros(len(box), np.bool_)
    for some in portions(rows, len(bands)):
        tall = box[some, 3] - box[some, 1]
        found[some] = (_lie_in(box[some], bands) & (bands.height[:, None] >= _HIGHER * tall)).any(0)
    return found


def _lie_in(box: Floats, bands: Bands) -> npt.NDArray[np.bool_]:
    """Say which boxes (columns) lie in lines (rows), or just before or behind them."""
    x, y = ((box[:, :2] + box[:, 2:]) / 2).T
    tall, middle = bands.height[:, None], y - bands.slope[:, None] * x
    beside = (bands.left[:, None] - _FAR * tall <= x) & (x <= bands.right[:, None] + _FAR * tall)
    return np.asarray(beside & (bands.top[:, None] <= middle) & (middle <= bands.bottom[:, None]))


def _rows_of_marks(box: Floats, line: Rows, slope: Floats) -> Rows:
    """Chain marks that follow each other, as leaders do: give the row of each, -1 for what is in none."""
    marks = np.flatnonzero(line < 0)
    rows = np.full(len(box), -1, np.intp)
    if len(marks):
        chain = chains(link(tilted(box[marks], slope[marks]), LEADERS))
        rows[marks] = np.where(np.bincount(chain)[chain] > 1, chain, -1)
    return rows


def _together(line: Rows, rows: Rows) -> Rows:
    """Give all marks of a row the line that one of them has joined."""
    joined = np.full(int(rows.max(initial=-1)) + 2, -1, np.intp)
    np.maximum.at(joined, rows, line)
    joined[-1] = -1  # of those in no row
    return np.where(line < 0, joined[rows], line)


def _only(line: Rows, kept: npt.NDArray[np.bool_]) -> tuple[Rows, int]:
    """Leave out lines; give the others' new numbers, and how many there are."""
    numbers = np.where(kept, np.cumsum(kept) - 1, -1)
    return np.where(line >= 0, numbers[line], -1), int(kept.sum())


def _first_chains(characters: Characters, box: Floats) -> tuple[Floats, Rows]:
    """Link letters, ever better along the direction of writing that the links show; give that, and the line of each."""
    rows = np.flatnonzero(characters.letter)
    centre = (characters.box[:, :2] + characters.box[:, 2:]) / 2
    slope = np.zeros(len(box))
    for _ in range(_ROUNDS):
        after = link(tilted(box[rows], slope[rows]), GLYPHS)
        plane = field(characters.box[rows], after)
        better = plane[0] + centre @ plane[1:]
        settled = np.abs(better - slope).max() < _LEVEL
        slope = better
        if settled:
            break
    chain = chains(after)
    pieces = fit(box[rows], chain, int(chain.max()) + 1, slope[rows])
    line = np.full(len(box), -1, np.intp)
    line[rows] = chains(link(pieces, PIECES))[chain]
    return slope, line


def _joined_marks(box: Floats, contrast: Floats, line: Rows, bands: Bands) -> Rows:
    """Give marks to the lines that they lie in, or just before or behind."""
    marks, solid = np.flatnonzero(line < 0), np.flatnonzero(bands.height >= _TALL)
    owned = line >= 0
    letters = np.bincount(line[owned], minlength=len(bands))
    usual = np.bincount(line[owned], contrast[owned], len(bands)) / np.maximum(letters, 1)
    size = (box[marks, 2:] - box[marks, :2]).max(1)
    joined: Rows = line.copy()
    for some in portions(solid, len(marks)):
        own = bands.take(some)
        tall = own.height[:, None]
        fits = (
            _lie_in(box[marks], own)
            & (size > _SPECK * tall)
            & (size < 1.5 * tall)
            & (contrast[marks] > _FAINTER * usual[some][:, None])
        )
        number, mark = np.nonzero(fits)
        joined[marks[mark]] = some[number]
    return joined


def _credible(characters: Characters, line: Rows, height: Floats) -> npt.NDArray[np.bool_]:
    """Say which lines look enough like the others of the page: a letter alone may be a speck, or a digit in a table."""
    rows = np.flatnonzero((line >= 0) & characters.letter)
    of, many = line[rows], len(height)
    box, contrast = characters.box[rows], characters.contrast[rows]
    tall = box[:, 3] - box[:, 1]
    letters = np.bincount(of, minlength=many)
    sure = (letters >= 4)[of]
    usual_height, usual_contrast = (np.median(v[sure]) if sure.any() else np.median(v) for v in (tall, contrast))
    mean_contrast = np.bincount(of, contrast, many) / np.maximum(letters, 1)
    alike = (height > 0.5 * usual_height) & (height < 2.2 * usual_height) & (mean_contrast > 0.4 * usual_contrast)
    return np.asarray((mean_contrast > _FAINT * usual_contrast) & ((letters >= 2) | alike))


def worthiest(lines: Lines, most: int) -> Lines:
    """Keep so many lines at most."""
    kept = np.zeros(len(lines.worth), np.bool_)
    kept[np.argsort(-lines.worth, kind="stable")[:most]] = True
    return only(lines, kept)


def only(lines: Lines, kept: npt.NDArray[np.bool_]) -> Lines:
    """Take the characters of all other lines out of them."""
    owned = lines.line >= 0
    line = lines.line.copy()
    line[owned] = np.where(kept[line[owned]], line[owned], -1)
    return attrs.evolve(lines, line=line)


def letters(lines: Lines, characters: Characters) -> Rows:
    """Count the letters of each line."""
    return np.bincount(lines.line[(lines.line >= 0) & characters.letter], minlength=len(lines.worth))


def padded(lines: Lines) -> Bands:
    """Leave room around lines for what no region shows: thin ends of letters, accents above, stems below."""
    bands = lines.bands
    return attrs.evolve(bands, top=bands.top - _OVER * lines.letter, bottom=bands.bottom + _UNDER * lines.letter)
