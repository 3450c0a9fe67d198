"""Bytes of a picture file to page images: upright by EXIF, grey or RGB, eight bits.

Decoding is OpenCV's (and libheif's for HEIC, in the extra ``heic``); what OpenCV leaves to
the caller, such as alpha, depth and orientation, is settled here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ocrkit.errors import UnreadableImageError
from ocrkit.image import heic
from ocrkit.image.header import ImageHeader, read_header
from ocrkit.image.page import PageImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decode(data: bytes, index: int = 0, *, header: ImageHeader | None = None, source: str = "image") -> PageImage:
    """Decode one page of a picture.

    Parameters
    ----------
    data : bytes
        The whole file.
    index : int
        Which page, from 0.
    header : ImageHeader, optional
        What `read_header` said of it, if that is known already.
    source : str
        What to call it in an error.

    Returns
    -------
    PageImage
        As displayed: turned and mirrored as EXIF says, alpha laid on white.

    Raises
    ------
    UnreadableImageError
        If the picture is damaged, cut short, or of a kind that no decoder here reads.
    """
    header = header or read_header(data, source)
    pixels = _eight_bits(displayed_pixels(data, index, header, source))
    return PageImage(pixels=pixels, dpi=header.frames[index].displayed_dpi, index=index)


def displayed_pixels(data: bytes, index: int, header: ImageHeader, source: str) -> NDArray[np.generic]:
    """Decode one page at the depth in which it is stored; parameters and errors as for `decode`.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, 3)
        Grey or RGB, as displayed, alpha laid on white. Mostly uint8 or uint16.
    """
    frame = header.frames[index]
    stored = _stored_pixels(data, frame.number, header.format)
    # A decoder that sees another size than the limits were checked on has been led astray.
    sizes = {(frame.width, frame.height), frame.displayed_size}
    if stored is None or stored.shape[1::-1] not in sizes:
        raise UnreadableImageError(
            source, f"this {header.format.upper()} is damaged, cut short, or of a rare kind; save it again as PNG"
        )
    # The decoders of these two have turned the picture already.
    orientation = 1 if header.format in ("tiff", "heic") else frame.orientation
    return oriented(_on_white(stored) if stored.ndim == 3 else stored, orientation)


def _stored_pixels(data: bytes, index: int, kind: str) -> NDArray[np.generic] | None:
    if kind == "heic":
        return heic.pixels(data)
    buffer = np.frombuffer(data, np.uint8)
    try:
        if kind != "tiff":
            return cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
        _, frames = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED, range=(index, index + 1))
    except cv2.error:
        return None
    return frames[0] if frames else None


def _eight_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return np.asarray(pixels >> 8, np.uint8)
    values = np.nan_to_num(pixels.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    # Numbers without a stated range: stretch what is there.
    return np.asarray((values - low) * (255.0 / max(high - low, 1e-6)), np.uint8)


def _on_white(pixels: NDArray[Any]) -> NDArray[np.generic]:
    """Turn BGR or BGRA into RGB, whatever is transparent into white."""
    rgb: NDArray[Any] = pixels[..., 2::-1]
    if pixels.shape[2] < 4:
        return rgb
    full = float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0
    alpha = pixels[..., 3:].astype(np.float32) / full
    return np.asarray(rgb * alpha + full * (1 - alpha) + 0.5 * (full > 1), pixels.dtype)


def oriented(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn and mirror pixels as an EXIF orientation (1 to 8) asks.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        As stored.
    orientation : int
        EXIF 2.3, tag 0x0112.

    Returns
    -------
    ndarray, contiguous
    """
    if orientation >= 5:  # stored rows are displayed columns
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def as_png(pixels: NDArray[Any], *, bilevel: bool = False) -> bytes:
    """Encode pixels without loss.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W) or (H, W, 3)
        Grey or RGB; other types are cut to uint8.
    bilevel : bool
        Store grey pixels as one bit each.

    Returns
    -------
    bytes
        A PNG file.
    """
    options = [cv2.IMWRITE_PNG_BILEVEL, 1] if bilevel and pixels.ndim == 2 else []
    if pixels.dtype.kind != "u":
        pixels = pixels.astype(np.uint8)
    _, encoded = cv2.imencode(".png", pixels[..., ::-1] if pixels.ndim == 3 else pixels, options)
    return encoded.tobytes()
