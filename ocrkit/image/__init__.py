"""Pictures: what a header says, how bytes become pixels, and the page image that engines read."""

from ocrkit.image.decode import as_png, decode
from ocrkit.image.header import Frame, ImageHeader, read_header
from ocrkit.image.page import Limits, PageImage
from ocrkit.image.skew import Level
from ocrkit.image.working import Grey

__all__ = ["Frame", "Grey", "ImageHeader", "Level", "Limits", "PageImage", "as_png", "decode", "read_header"]
