"""Documents written out, one module a format: each has ``dumps(document)``, and ``loads`` where it reads back."""

from ocrkit.export import alto, hocr, json, markdown, pagexml, text, tsv

__all__ = ["alto", "hocr", "json", "markdown", "pagexml", "text", "tsv"]
