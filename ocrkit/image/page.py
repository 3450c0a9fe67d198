"""The page image: pixels, resolution, and the way back to the picture that the caller gave."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from attrs import validators

from ocrkit.errors import LimitExceededError
from ocrkit.geometry import Homography
from ocrkit.image.skew import Level, level
from ocrkit.image.working import Grey, as_grey, working_image

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SMALL = 256  # pixels: the shorter side of a picture that may be cut out of a page, close around its text,
_LONGEST = 20_000  # and its longer one: of more there is no need to make another
_FRAME = 48  # pixels of paper around it: more than what is taken for a shadow's edge


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

    @cached_property
    def grey(self) -> Grey:
        """Brightness of `pixels`, shape (H, W)."""
        return as_grey(self.pixels)

    @cached_property
    def working(self) -> Grey:
        """The page at the size at which most of its letters are some 13 pixels high."""
        return working_image(self.grey)

    @cached_property
    def level(self) -> Level:
        """The same with its lines level, and the way back to `pixels`."""
        return level(self.working, self.width, self.height)

    def framed(self) -> PageImage:
        """Put paper around a small picture, in which text may touch the edges: letters there look like shadows.

        Returns
        -------
        PageImage
            The page itself, if it is no small one.

        Examples
        --------
        >>> PageImage(pixels=np.zeros((20, 50), np.uint8)).framed().to_caller.map([(48, 48)]).tolist()
        [[0.0, 0.0]]
        """
        if min(self.width, self.height) > _SMALL or max(self.width, self.height) > _LONGEST:
            return self
        pixels = self.pixels
        edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        paper = np.median(edges, axis=0)  # most of the edges is paper, even where all letters touch them
        framed = np.empty((self.height + 2 * _FRAME, self.width + 2 * _FRAME, *pixels.shape[2:]), np.uint8)
        framed[:] = paper
        framed[_FRAME:-_FRAME, _FRAME:-_FRAME] = pixels
        return PageImage(
            pixels=framed,
            dpi=self.dpi,
            to_caller=self.to_caller @ Homography.translation(-_FRAME, -_FRAME),
            caller_size=self.caller_size,
            index=self.index,
        )

    def turned(self, degrees: int) -> PageImage:
        """Turn the page by quarters; the way back to the caller's picture turns with it.

        Parameters
        ----------
        degrees : int
            Clockwise, a multiple of 90.

        Raises
        ------
        ValueError
            If it is no multiple of 90.

        Examples
        --------
        >>> page = PageImage(pixels=np.zeros((20, 50), np.uint8)).turned(90)
        >>> page.width, page.height, page.caller_size
        (20, 50, (50, 20))
        >>> page.to_caller.map([(20, 0)]).tolist()  # the caller's top left is at the top right now
        [[0.0, 0.0]]
        """
        if degrees % 90:
            raise ValueError(f"pages are turned by quarters, not by {degrees} degrees")
        quarters = degrees // 90 % 4
        if not quarters:
            return self
        forth = Homography.quarter_turns(quarters, self.width, self.height)
        return PageImage(
            pixels=np.rot90(self.pixels, -quarters),
            dpi=self.dpi[::-1] if self.dpi and quarters % 2 else self.dpi,
            to_caller=self.to_caller @ forth.inverse(),
            caller_size=self.caller_size,
            index=self.index,
        )
