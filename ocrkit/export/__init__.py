"""Documents written out, one module a format: each has ``dumps(document)``, and ``loads`` where it reads back."""

from ocrkit.export import json, text

__all__ = ["json", "text"]
