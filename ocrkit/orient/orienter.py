"""The orienter: a small net looks at squares of the page, and their votes are added up.

Whether a page lies on its side is a matter of its layout, too; whether it stands on its head only its letters tell, so
the net sees pieces of the page at full size instead of all of it in small.
"""

from __future__ import annotations

from importlib import resources

import attrs
import numpy as np
import numpy.typing as npt
from attrs import validators

from ocrkit.checks import settings_of
from ocrkit.document import Rotation
from ocrkit.image import PageImage
from ocrkit.litert import Interpreters
from ocrkit.orient import tiles

_SHIPPED = "upright.tflite"
_ENOUGH = 3  # tiles
_SURE = 0.99  # confidence


@attrs.frozen(kw_only=True)
class OrienterSettings:
    """When a page is turned.

    Parameters
    ----------
    tiles : int
        Squares of a page that vote, at most.
    threshold : float
        Confidence from which a page is turned; above 1 no page ever is. The engine tries pages that would be turned
        both ways, so it may be low; whoever turns pages without reading them wants more.
    """

    tiles: int = attrs.field(default=8, validator=validators.ge(1))
    threshold: float = attrs.field(default=0.5, validator=validators.ge(0))


class TileOrienter:
    """Says which way is up. May be called from several threads, and used in forked children.

    Parameters
    ----------
    settings : OrienterSettings

    Examples
    --------
    >>> import numpy as np
    >>> from ocrkit.image import PageImage
    >>> TileOrienter().orient(PageImage(pixels=np.full((400, 300), 255, np.uint8)))  # bare paper
    Rotation(degrees=0, confidence=0.0)
    """

    def __init__(self, settings: OrienterSettings | None = None) -> None:
        self._settings = settings_of(settings, OrienterSettings)
        self._interpreters = Interpreters(resources.files("ocrkit.orient").joinpath(_SHIPPED).read_bytes())

    def orient(self, image: PageImage, /) -> Rotation:
        """Say by how much a page must be turned to be upright.

        Parameters
        ----------
        image : PageImage

        Returns
        -------
        Rotation
            0 degrees where the net is not sure of anything else; the confidence is that of the degrees.
        """
        chosen = tiles.choose(image.level.grey, self._settings.tiles)
        votes, confidences = np.zeros(4, np.float32), np.zeros(4)
        with self._interpreters.borrowed() as interpreter:
            runner = interpreter.get_signature_runner("vote")
            for number, tile in enumerate(chosen, 1):
                votes += runner(tile=np.ascontiguousarray(tile)[None, :, :, None])["turns"][0]
                confidences = _confidences(votes)
                # nearly all pages are upright, and show it soon
                if number >= _ENOUGH and confidences[0] >= _SURE:
                    break
        quarters = int(confidences.argmax())
        if confidences[quarters] < self._settings.threshold:
            quarters = 0
        return Rotation(degrees=90 * quarters, confidence=float(confidences[quarters]))


def _confidences(votes: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Give the probability of each turn, stretched so that a guess is no confidence at all."""
    chances = np.exp(votes.astype(np.float64) - votes.max())
    chances /= chances.sum()
    return np.asarray(np.maximum((len(chances) * chances - 1) / (len(chances) - 1), 0))
