"""PDFs: drawing their pages, and writing the invisible text layer into the original file.

MuPDF prints its complaints on standard output unless told otherwise; results belong there,
so it is silenced here. What matters of them is raised as an error.
"""

import pymupdf

from ocrkit.pdf.writer import LayerMode, PageReport, Report, TextLayerWriter, WriteSettings, add_text_layer

pymupdf.TOOLS.mupdf_display_errors(False)
pymupdf.TOOLS.mupdf_display_warnings(False)

__all__ = ["LayerMode", "PageReport", "Report", "TextLayerWriter", "WriteSettings", "add_text_layer"]
