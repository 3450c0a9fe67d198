"""ocrkit: photos and scans into text with a box for every word, and into searchable PDFs.

Importing this costs next to nothing: names are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocrkit.api import ReadSettings, make_searchable, read, read_iter
    from ocrkit.document import Document, Line, Page, PageStatus, Rotation, Word
    from ocrkit.errors import (
        DuplicateEngineError,
        EncryptedPdfError,
        EngineError,
        EngineFailedError,
        EngineTimeoutError,
        EngineUnavailableError,
        ExportError,
        InputError,
        LimitExceededError,
        ModelError,
        OcrKitError,
        SignedPdfError,
        UnknownEngineError,
        UnreadableImageError,
        UnreadablePdfError,
    )
    from ocrkit.geometry import Homography, Quad
    from ocrkit.image import Limits, PageImage
    from ocrkit.plugins import engines, load_engine
    from ocrkit.spec import EngineEntry, EngineSettings, OcrEngine

__version__ = "0.1.0"

_HOMES = {
    "ocrkit.api": ("ReadSettings", "make_searchable", "read", "read_iter"),
    "ocrkit.document": ("Document", "Line", "Page", "PageStatus", "Rotation", "Word"),
    "ocrkit.errors": (
        "DuplicateEngineError",
        "EncryptedPdfError",
        "EngineError",
        "EngineFailedError",
        "EngineTimeoutError",
        "EngineUnavailableError",
        "ExportError",
        "InputError",
        "LimitExceededError",
        "ModelError",
        "OcrKitError",
        "SignedPdfError",
        "UnknownEngineError",
        "UnreadableImageError",
        "UnreadablePdfError",
    ),
    "ocrkit.geometry": ("Homography", "Quad"),
    "ocrkit.image": ("Limits", "PageImage"),
    "ocrkit.plugins": ("load_engine",),
    "ocrkit.spec": ("EngineEntry", "EngineSettings", "OcrEngine"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 (built from the table, which a test holds to the imports above)
    "__version__",
    "engines",
    *_HOME_OF,
]


def __getattr__(name: str) -> Any:
    if name == "engines":  # the package, which can be called
        return import_module("ocrkit.engines")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'ocrkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
