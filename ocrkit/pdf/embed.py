"""Pictures into a PDF, at their true size and without encoding them again.

A JPEG goes in byte for byte; the pixel data of a plain PNG too. Everything else is decoded and
packed without loss, at the depth it has.
"""

from __future__ import annotations

import pymupdf

from ocrkit.errors import UnreadableImageError
from ocrkit.image import Frame, ImageHeader, as_png
from ocrkit.image.decode import displayed_pixels
from ocrkit.image.header import png_chunks
from ocrkit.pdf.objects import mupdf_at_work, new_stream

_POINTS_PER_INCH = 72.0
_ASSUMED_LENGTH = 841.89
"""Points: the long side of A4, for pictures that state no resolution."""
_LONGEST_SIDE = 14_400.0
"""Points: the largest page that PDF viewers must take."""


def pictures_to_pdf(
    content: bytes, header: ImageHeader, source: str, dpi: float | None = None, *, in_rgb: bool = False
) -> bytes:
    """Wrap every page of a picture file into a page of a PDF.

    Parameters
    ----------
    content : bytes
        The picture file.
    header : ImageHeader
    source : str
        What to call it in an error.
    dpi : float, optional
        Resolution if the picture states none; its long side is taken to be that of A4 if neither
        says it.
    in_rgb : bool
        Decode pictures in CMYK, which are otherwise taken as they are.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    UnreadableImageError
        If the picture is damaged.
    """
    with mupdf_at_work(source, "this picture does not go into a PDF"), pymupdf.open() as document:
        for index, frame in enumerate(header.frames):
            width, height = page_size(frame, dpi)
            page = document.new_page(width=width, height=height)
            orientation = _place(page, content, index, header, source, in_rgb=in_rgb)
            matrix = _placement(orientation, width, height)
            paint = f"q {' '.join(f'{v:.4f}'.rstrip('0').rstrip('.') for v in matrix)} cm /Im Do Q"
            stream = new_stream(document, paint.encode("ascii"), compress=False)
            document.xref_set_key(page.xref, "Contents", f"{stream} 0 R")
        return bytes(document.tobytes(garbage=1))


def page_size(frame: Frame, dpi: float | None = None) -> tuple[float, float]:
    """Return width and height in points of a picture as displayed, at its true size where it states one."""
    width, height = frame.displayed_size
    longest = max(width, height)
    if stated := frame.displayed_dpi:
        x, y = stated
    else:
        x = y = dpi or longest * _POINTS_PER_INCH / _ASSUMED_LENGTH
    points = width * _POINTS_PER_INCH / x, height * _POINTS_PER_INCH / y
    shrink = min(1.0, _LONGEST_SIDE / max(points))
    return max(points[0] * shrink, 1.0), max(points[1] * shrink, 1.0)


def _place(page: pymupdf.Page, content: bytes, index: int, header: ImageHeader, source: str, *, in_rgb: bool) -> int:
    """Put the picture into the page's resources as ``/Im``; return the orientation in which it is stored there."""
    document, frame = page.parent, header.frames[index]
    if header.format == "jpeg" and not (in_rgb and frame.channels == 4):
        try:
            image = page.insert_image(page.rect, stream=content)  # knows CMYK, ICC profiles and the rest
        except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase) as error:
            raise UnreadableImageError(source, "this JPEG is damaged or cut short; save it again") from error
        orientation = frame.orientation
    else:
        png, orientation = (
            (content, frame.orientation)
            if header.format == "png" and _is_plain(content)
            else (as_png(displayed_pixels(content, index, header, source), bilevel=frame.bits == 1), 1)
        )
        image = _png_object(document, png)
    document.xref_set_key(page.xref, "Resources", f"<</XObject<</Im {image} 0 R>>>>")
    return orientation


def _placement(orientation: int, width: float, height: float) -> tuple[float, ...]:
    """Return the matrix that puts an image, stored in an EXIF orientation, upright on the page."""

    def displayed(x: float, y: float) -> tuple[float, float]:
        u, v = x, 1 - y  # stored, y downwards
        if orientation >= 5:
            u, v = v, u
        if orientation in (3, 4, 7, 8):
            v = 1 - v
        if orientation in (2, 3, 6, 7):
            u = 1 - u
        return u * width, (1 - v) * height

    origin, x, y = displayed(0, 0), displayed(1, 0), displayed(0, 1)
    return x[0] - origin[0], x[1] - origin[1], y[0] - origin[0], y[1] - origin[1], *origin


def _is_plain(png: bytes) -> bool:
    """Tell whether PDF's own filter can decode the pixel data: whole, not interlaced, no transparency."""
    names = {name for name, _ in png_chunks(png)}
    header = next(body for name, body in png_chunks(png) if name == b"IHDR")
    if len(header) != 13 or not {b"IDAT", b"IEND"} <= names or b"tRNS" in names:
        return False
    colour, interlace = header[9], header[12]
    return not interlace and (colour in (0, 2) or (colour == 3 and b"PLTE" in names))


def _png_object(document: pymupdf.Document, png: bytes) -> int:
    """Make an image of the compressed pixel data of a plain PNG, as it is."""
    chunks = {name: body for name, body in png_chunks(png) if name in (b"IHDR", b"PLTE")}
    data = b"".join(body for name, body in png_chunks(png) if name == b"IDAT")
    header = chunks[b"IHDR"]
    width, height = (int.from_bytes(header[i : i + 4], "big") for i in (0, 4))
    bits, colour = header[8], header[9]
    space = {0: "/DeviceGray", 2: "/DeviceRGB"}.get(colour) or _indexed(chunks[b"PLTE"])
    xref = new_stream(document, data, compress=False)
    entries = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": width,
        "Height": height,
        "ColorSpace": space,
        "BitsPerComponent": bits,
        "Filter": "/FlateDecode",
        "DecodeParms": f"<</Predictor 15/Colors {3 if colour == 2 else 1}/BitsPerComponent {bits}/Columns {width}>>",
    }
    for key, value in entries.items():
        document.xref_set_key(xref, key, str(value))
    return xref


def _indexed(palette: bytes) -> str:
    return f"[/Indexed/DeviceRGB {len(palette) // 3 - 1}<{palette.hex()}>]"
