"""Pictures: what a header says, how bytes become pixels, and the page image that engines read."""

from ocrkit.image.decode import as_png, decode
from ocrkit.image.header import Frame, ImageHeader, read_header
from ocrkit.image.page import Limits, PageImage

__all__ = ["Frame", "ImageHeader", "Limits", "PageImage", "as_png", "decode", "read_header"]
