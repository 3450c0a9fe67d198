"""The page image: pixels, resolution, and the way back to the picture that the caller gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from attrs import validators

from ocrkit.errors import LimitExceededError
from ocrkit.geometry import Homography

if TYPE_CHECKING:
    from numpy.typing import NDArray


@attrs.frozen(kw_only=True)
class Limits:
    """How large an input may be; all are checked before anything is decoded.

    Parameters
    ----------
    pixels : int
        Of one page. The default lets an A0 poster at 400 dpi through.
    pages : int
        Of one input.
    bytes : int
        Of one file.

    Examples
    --------
    >>> Limits(pixels=1000).check("scan.png", "pixels", 999)
    """

    pixels: int = attrs.field(default=250_000_000, validator=validators.gt(0))
    pages: int = attrs.field(default=10_000, validator=validators.gt(0))
    bytes: int = attrs.field(default=2_000_000_000, validator=validators.gt(0))

    def check(self, source: str, what: str, value: int) -> None:
        """Raise `.LimitExceededError` if `value` is over the limit called `what`."""
        limit = getattr(self, what)
        if value > limit:
            raise LimitExceededError(source, what, value, limit)


def _read_only(pixels: Any) -> NDArray[np.uint8]:
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        kind = pixels.dtype if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise TypeError(f"pixels are a numpy array of uint8, not {kind}")
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ValueError(f"pixels have shape (H, W) or (H, W, 3) in RGB order, not {pixels.shape}")
    view: NDArray[np.uint8] = np.ascontiguousarray(pixels).view()
    view.flags.writeable = False
    return view


@attrs.frozen(kw_only=True, eq=False)
class PageImage:
    """One page as pixels, as an engine gets it.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W) or (H, W, 3)
        Grey or RGB. Kept as a read-only view.
    dpi : (float, float), optional
        Horizontal and vertical resolution of `pixels`.
    to_caller : Homography
        From these pixels to those of the picture that the caller gave. Whoever turns, crops or
        scales a page composes this, so that the engine can map its result once, at the end.
    caller_size : (int, int)
        Width and height of the caller's picture; that of `pixels` if not given.
    index : int
        Place of the page in the input, from 0.
    """

    pixels: NDArray[np.uint8] = attrs.field(converter=_read_only)
    dpi: tuple[float, float] | None = None
    to_caller: Homography = attrs.field(factory=Homography.identity)
    caller_size: tuple[int, int] = attrs.field()
    index: int = attrs.field(default=0, validator=validators.ge(0))

    @caller_size.default
    def _own_size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def width(self) -> int:
        """Columns of `pixels`."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows of `pixels`."""
        return int(self.pixels.shape[0])
