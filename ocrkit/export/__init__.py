"""Documents written out, one module a format: each has ``dumps(document)``, and ``loads`` where it reads back."""

from ocrkit.export import hocr, json, markdown, text, tsv

__all__ = ["hocr", "json", "markdown", "text", "tsv"]
