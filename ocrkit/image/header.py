"""What a picture's header says, read without decoding a pixel.

Takes the bytes of a JPEG, PNG, TIFF (classic and BigTIFF, any number of pages), WebP, BMP or
(with the extra ``heic``) HEIC file; gives size, resolution, depth and EXIF orientation of every
page. Limits are checked on these numbers, so nothing here trusts a length or offset that the file
states.

References
----------
JPEG: ITU-T T.81 annex B; JFIF 1.02; EXIF 2.3 (CIPA DC-008), section 4.6. PNG: W3C PNG (third edition).
TIFF 6.0. WebP: RFC 9649.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain, islice

import attrs

from ocrkit.errors import UnreadableImageError
from ocrkit.image import heic
from ocrkit.image.page import Limits

_CM_PER_INCH = 2.54
_MAX_ENTRIES = 500_000


@attrs.frozen(kw_only=True)
class Frame:
    """One picture of a file, as stored (before any EXIF turn).

    Parameters
    ----------
    width, height : int
        Pixels.
    channels : int
        Samples a pixel, as far as the header says (a palette counts as one).
    bits : int
        Bits a sample.
    dpi : (float, float), optional
        Resolution along the stored rows and columns.
    orientation : int
        EXIF value from 1 to 8.
    number : int
        Place in the file, from 0, thumbnails counted too.
    """

    width: int
    height: int
    channels: int = 3
    bits: int = 8
    dpi: tuple[float, float] | None = None
    orientation: int = 1
    number: int = 0

    @property
    def displayed_size(self) -> tuple[int, int]:
        """Width and height after the EXIF turn."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)

    @property
    def displayed_dpi(self) -> tuple[float, float] | None:
        """Resolution after the EXIF turn."""
        return self.dpi[::-1] if self.dpi and self.orientation >= 5 else self.dpi


@attrs.frozen(kw_only=True)
class ImageHeader:
    """Format and pages of a picture file.

    Parameters
    ----------
    format : {'jpeg', 'png', 'tiff', 'webp', 'bmp', 'heic'}
    frames : tuple of Frame
        One a page.
    """

    format: str
    frames: tuple[Frame, ...]


def read_header(data: bytes, source: str = "image", limits: Limits | None = None) -> ImageHeader:
    """Read the header of a picture.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        What to call it in an error.
    limits : Limits, optional
        How many pixels a page and pages there may be.

    Returns
    -------
    ImageHeader

    Raises
    ------
    UnreadableImageError
        If it is none of the formats named above, or its header is damaged.
    LimitExceededError
        If it states more than the limits allow.
    """
    kind = sniff(data)
    if kind is None:
        raise UnreadableImageError(source, _what_else(data))
    limits = limits or Limits()
    try:
        frames = tuple(islice(_READERS[kind](data), limits.pages + 1))
    except (struct.error, LookupError, ValueError, OverflowError) as error:
        raise UnreadableImageError(
            source, f"this {kind.upper()} is damaged or cut short; save the picture again"
        ) from error
    if not frames or any(frame.width < 1 or frame.height < 1 for frame in frames):
        raise UnreadableImageError(source, f"its {kind.upper()} header states no size; save the picture again")
    limits.check(source, "pages", len(frames))
    limits.check(source, "pixels", max(frame.width * frame.height for frame in frames))
    return ImageHeader(format=kind, frames=frames)


def sniff(data: bytes) -> str | None:
    """Name the format by its first bytes; the file's suffix is never asked."""
    for kind, marks in _MAGIC.items():
        if data.startswith(marks):
            return kind
    if heic.is_heic(data):
        return "heic"
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


_MAGIC: dict[str, tuple[bytes, ...]] = {
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "bmp": (b"BM",),
}


def _what_else(data: bytes) -> str:
    if not data:
        return "the file is empty"
    return "not a picture or PDF that can be read; convert it to JPEG, PNG, TIFF, WebP, BMP or PDF"


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk the marker segments of a JPEG file up to the first scan.

    Yields
    ------
    (int, bytes)
        Marker code (0xC0 to 0xFE) and the segment's content without its length.
    """
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError("no marker where one belongs")
        marker = data[at + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD7:  # fill byte, or without parameters
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xDA or length < 2:
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the chunks of a PNG file: name and content."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 8 + length > len(data):  # OpenCV would make room for it, which may be 4 GB
            raise ValueError(f"{name!r} ends behind the end of the file")
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _jpeg(data: bytes) -> Iterator[Frame]:
    exif: dict[int, tuple[float, ...]] = {}
    density: tuple[float, float] | None = None
    for marker, body in jpeg_segments(data):
        if marker == 0xE0 and body[:5] == b"JFIF\0":
            unit, x, y = struct.unpack_from(">BHH", body, 7)
            density = _density(unit, x, y, inch=1, centimetre=2)
        elif marker == 0xE1 and body[:6] == b"Exif\0\0":
            exif = _exif(body[6:])
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            bits, height, width, channels = struct.unpack_from(">BHHB", body)
            yield Frame(
                width=width,
                height=height,
                channels=channels,
                bits=bits,
                dpi=_tiff_dpi(exif) or density,
                orientation=_orientation(exif),
            )
            return


def _png(data: bytes) -> Iterator[Frame]:
    size: tuple[int, ...] = ()
    exif: dict[int, tuple[float, ...]] = {}
    density: tuple[float, float] | None = None
    in_pixels = False  # what stands behind them says nothing, but must end within the file
    for name, body in png_chunks(data):
        in_pixels |= name == b"IDAT"
        if name == b"IHDR" and not size:
            size = struct.unpack_from(">IIBB", body)
        elif name == b"pHYs" and not in_pixels:
            x, y, unit = struct.unpack_from(">IIB", body)
            density = _density(unit, x / 100, y / 100, inch=-1, centimetre=1)
        elif name == b"eXIf" and not in_pixels:
            exif = _exif(body)
        elif name == b"IEND":
            break
    width, height, bits, colour = size
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] if colour in (0, 2, 3, 4, 6) else 0
    yield Frame(width=width, height=height, channels=channels, bits=bits, dpi=density, orientation=_orientation(exif))


def _tiff(data: bytes) -> Iterator[Frame]:
    pages = ((n, tags) for n, tags in enumerate(_tiff_directories(data)) if not _is_thumbnail(tags))
    first = next(pages, None)
    # Some writers mark all pages as small ones.
    for number, tags in enumerate(_tiff_directories(data)) if first is None else chain([first], pages):
        yield Frame(
            number=number,
            width=int(tags[256][0]),
            height=int(tags[257][0]),
            channels=int(tags.get(277, (1,))[0]),
            bits=int(tags.get(258, (1,))[0]),
            dpi=_tiff_dpi(tags),
            orientation=_orientation(tags),
        )


def _is_thumbnail(tags: dict[int, tuple[float, ...]]) -> bool:
    """Tell whether a directory says that it is a small version of another page."""
    return bool(int(tags.get(254, (0,))[0]) & 1)


def _webp(data: bytes) -> Iterator[Frame]:
    width = height = 0
    exif: dict[int, tuple[float, ...]] = {}
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if name == b"VP8X":
            width = 1 + int.from_bytes(body[4:7], "little")
            height = 1 + int.from_bytes(body[7:10], "little")
        elif name == b"VP8 " and not width:
            width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", body, 6))
        elif name == b"VP8L" and not width:
            (packed,) = struct.unpack_from("<I", body, 1)
            width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        elif name == b"EXIF":
            exif = _exif(body.removeprefix(b"Exif\0\0"))
        at += 8 + length + length % 2
    yield Frame(width=width, height=height, dpi=_tiff_dpi(exif), orientation=_orientation(exif))


def _bmp(data: bytes) -> Iterator[Frame]:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:  # OS/2
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        yield Frame(width=width, height=height, bits=bits)
        return
    width, height, _, bits, _, _, x, y = struct.unpack_from("<iiHHIIii", data, 18)
    yield Frame(width=width, height=abs(height), bits=bits, dpi=_density(1, x / 100, y / 100, inch=-1, centimetre=1))


def _heic(data: bytes) -> Iterator[Frame]:
    width, height = heic.size(data)
    yield Frame(width=width, height=height)


_READERS = {"heic": _heic, "jpeg": _jpeg, "png": _png, "tiff": _tiff, "webp": _webp, "bmp": _bmp}


def _density(unit: int, x: float, y: float, *, inch: int, centimetre: int) -> tuple[float, float] | None:
    """Turn a stated density into dots an inch; None where the unit or a number makes no sense."""
    factor = {inch: 1.0, centimetre: _CM_PER_INCH}.get(unit)
    if factor is None:
        return None
    dpi = round(x * factor, 2), round(y * factor, 2)
    # Cameras and converters write 0, 1 or 72 to say that they do not know.
    return dpi if all(30 <= v <= 10_000 and v != 72 for v in dpi) else None


def _orientation(tags: dict[int, tuple[float, ...]]) -> int:
    value = int(tags.get(274, (1,))[0])
    return value if 1 <= value <= 8 else 1


def _tiff_dpi(tags: dict[int, tuple[float, ...]]) -> tuple[float, float] | None:
    if 282 not in tags or 283 not in tags:
        return None
    return _density(int(tags.get(296, (2,))[0]), tags[282][0], tags[283][0], inch=2, centimetre=3)


def _exif(body: bytes) -> dict[int, tuple[float, ...]]:
    """Read the first directory of an EXIF block; a damaged block counts as absent."""
    try:
        return next(_tiff_directories(body), {})
    except (struct.error, LookupError, ValueError, OverflowError):
        return {}


def _tiff_directories(data: bytes) -> Iterator[dict[int, tuple[float, ...]]]:
    """Walk the directories of a TIFF file: tag number to values, numbers only."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ValueError("no byte order")
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    offset_code, count_code, entry_size = ("Q", "Q", 20) if big else ("I", "H", 12)
    (at,) = struct.unpack_from(order + offset_code, data, 8 if big else 4)
    seen: set[int] = set()
    entries_left = _MAX_ENTRIES
    while at and at not in seen:
        seen.add(at)
        (count,) = struct.unpack_from(order + count_code, data, at)
        entries_left -= count + 1
        if entries_left < 0:  # directories may overlap, so that a small file holds millions
            raise ValueError("too many directory entries")
        at += struct.calcsize(order + count_code)
        if at + count * entry_size > len(data):
            raise ValueError("a directory runs past the end of the file")
        entries = (at + i * entry_size for i in range(count))
        yield dict(pair for e in entries if (pair := _tiff_entry(data, e, order, offset_code)))
        (at,) = struct.unpack_from(order + offset_code, data, at + count * entry_size)


_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 16: "Q", 17: "q"}
_TIFF_TAGS = {254, 256, 257, 258, 274, 277, 282, 283, 296}


def _tiff_entry(data: bytes, at: int, order: str, offset_code: str) -> tuple[int, tuple[float, ...]] | None:
    tag, kind, count = struct.unpack_from(order + "HH" + offset_code, data, at)
    code = _TIFF_TYPES.get(kind)
    if tag not in _TIFF_TAGS or code is None or not count:
        return None
    room = struct.calcsize(order + offset_code)
    value_at = at + 4 + room
    if struct.calcsize(order + code) * count > room:
        (value_at,) = struct.unpack_from(order + offset_code, data, value_at)
    values = struct.unpack_from(order + code, data, value_at)  # the first value is all we need
    if len(values) == 2:
        return tag, (values[0] / values[1] if values[1] else 0.0,)
    return tag, tuple(float(v) for v in values)
