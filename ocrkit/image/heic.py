"""HEIC photos, through libheif, where the extra ``heic`` is installed.

libheif applies the turns that the file asks for, so a HEIC picture is always upright here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ocrkit.errors import UnreadableImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAMAGED = (ValueError, OSError, EOFError, RuntimeError, SyntaxError)
"""What pi-heif raises; a SyntaxError is one of the file's."""
_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def is_heic(data: bytes) -> bool:
    """Tell whether these are the bytes of a HEIC picture."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels, without decoding."""
    width, height = _open(data).size
    return int(width), int(height)


def pixels(data: bytes) -> NDArray[np.uint8] | None:
    """Decode to BGR or BGRA, as OpenCV would; None if the picture is damaged."""
    try:
        opened = _open(data)
        decoded = np.array(opened)  # a copy, since the pixels go with the file object
    except _DAMAGED:
        return None
    order = [2, 1, 0, 3][: decoded.shape[2]] if decoded.ndim == 3 else slice(None)
    return np.ascontiguousarray(decoded[..., order] if decoded.ndim == 3 else decoded)


def _open(data: bytes) -> Any:
    try:
        import pi_heif
    except ImportError as error:
        raise UnreadableImageError(
            "HEIC picture", "HEIC needs one more package; install it with: pip install pi-heif"
        ) from error
    try:
        return pi_heif.open_heif(data)
    except _DAMAGED as error:
        raise ValueError(str(error)) from error
