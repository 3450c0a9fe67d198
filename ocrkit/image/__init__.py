"""Pictures: what a header says, how bytes become pixels, and the page image that engines read."""

from ocrkit.image.decode import decode
from ocrkit.image.header import Frame, ImageHeader, read_header
from ocrkit.image.page import Limits, PageImage

__all__ = ["Frame", "ImageHeader", "Limits", "PageImage", "decode", "read_header"]
