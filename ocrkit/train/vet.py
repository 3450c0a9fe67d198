"""Leave out strips whose text cannot be what they show: the net that ships reads them first.

A PDF's text layer has words that no eye sees (under a picture, in white, turned on their side), receipts were marked by
people, and a window may be cut shorter than its label. A net is right to doubt such labels, so they are few, yet hold
much of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from ocrkit.image import Grey
from ocrkit.recognize import CrnnRecognizer
from ocrkit.recognize.window import to_height
from ocrkit.spec import Reading
from ocrkit.train.materials import MINED, STRIPS
from ocrkit.train.real import Strip, grown, read_strips, write_strips

_ALIKE = 0.3  # similarity of a text with what the net reads, above which it may be right
_SURE = 0.7  # confidence of a reading at which a window that should be empty is not
_CUT = 2  # characters: a reading that is shorter by so many, and ends in another one, was cut off


def vet(work: Path, tell: Callable[[str], None]) -> None:
    """Leave incredible strips out of a work folder's files; those that nets are measured with stay.

    Parameters
    ----------
    work : Path
    tell : callable
        Takes lines of progress.
    """
    recognizer = CrnnRecognizer()
    for name in (*STRIPS, MINED):
        path = work / f"{name}.zip"
        if path.exists():
            strips = read_strips(path)
            kept = vetted(strips, recognizer)
            write_strips(path, kept)
            tell(f"{path}: {len(kept)} strips of {len(strips)}")


def vetted(strips: Sequence[Strip], recognizer: CrnnRecognizer) -> list[Strip]:
    """Give the strips that are credible, or held out."""
    asked = [strip for strip in strips if not strip.held_out]
    readings = recognizer.read([_as_it_is(strip) for strip in asked])
    refused = {
        id(strip)
        for strip, reading in zip(asked, readings, strict=True)
        if not is_credible(strip.text, reading, folded=strip.folded)
    }
    return [strip for strip in strips if id(strip) not in refused]


def is_credible(text: str, reading: Reading, *, folded: bool = False) -> bool:
    """Say whether a window may show a text, though the net reads it otherwise.

    Parameters
    ----------
    text : str
        Its label.
    reading : Reading
    folded : bool
        Whether people marked it: then the text's case is unknown, and its ends are not certain.
    """
    read = reading.text
    if not text:
        return not (any(c.isalnum() for c in read) and reading.confidence > _SURE)
    if folded:
        text, read = text.casefold(), read.casefold()
        if read and len(text) - len(read) >= _CUT and (text[0] != read[0] or text[-1] != read[-1]):
            return False
    return SequenceMatcher(None, text, read, autojunk=False).ratio() > _ALIKE


def _as_it_is(strip: Strip) -> Grey:
    picture = strip.grey()
    left, top, right, bottom = (round(v) for v in grown(picture, strip.frame))
    return to_height(picture[top:bottom, left:right])
