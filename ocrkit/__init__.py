"""ocrkit: photos and scans into text with a box for every word, and into searchable PDFs.

Importing this costs next to nothing: names are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocrkit import errors as errors
    from ocrkit import evaluate as evaluate
    from ocrkit import export as export
    from ocrkit import pdf as pdf
    from ocrkit import testing as testing
    from ocrkit.api import ReadSettings as ReadSettings
    from ocrkit.api import aread as aread
    from ocrkit.api import make_searchable as make_searchable
    from ocrkit.api import read as read
    from ocrkit.api import read_iter as read_iter
    from ocrkit.document import Document as Document
    from ocrkit.document import Line as Line
    from ocrkit.document import Page as Page
    from ocrkit.document import PageStatus as PageStatus
    from ocrkit.document import Provenance as Provenance
    from ocrkit.document import Rotation as Rotation
    from ocrkit.document import Word as Word
    from ocrkit.errors import DuplicateEngineError as DuplicateEngineError
    from ocrkit.errors import EncryptedPdfError as EncryptedPdfError
    from ocrkit.errors import EngineError as EngineError
    from ocrkit.errors import EngineFailedError as EngineFailedError
    from ocrkit.errors import EngineTimeoutError as EngineTimeoutError
    from ocrkit.errors import EngineUnavailableError as EngineUnavailableError
    from ocrkit.errors import ExportError as ExportError
    from ocrkit.errors import InputError as InputError
    from ocrkit.errors import LimitExceededError as LimitExceededError
    from ocrkit.errors import ModelError as ModelError
    from ocrkit.errors import OcrKitError as OcrKitError
    from ocrkit.errors import PdfaError as PdfaError
    from ocrkit.errors import ReadCancelledError as ReadCancelledError
    from ocrkit.errors import SignedPdfError as SignedPdfError
    from ocrkit.errors import UnknownEngineError as UnknownEngineError
    from ocrkit.errors import UnreadableImageError as UnreadableImageError
    from ocrkit.errors import UnreadablePdfError as UnreadablePdfError
    from ocrkit.geometry import Homography as Homography
    from ocrkit.geometry import Quad as Quad
    from ocrkit.image import Limits as Limits
    from ocrkit.image import PageImage as PageImage
    from ocrkit.plugins import engines as engines
    from ocrkit.plugins import load_engine as load_engine
    from ocrkit.spec import EngineEntry as EngineEntry
    from ocrkit.spec import EngineSettings as EngineSettings
    from ocrkit.spec import OcrEngine as OcrEngine
    from ocrkit.spec import Reading as Reading

__version__ = "0.1.0"

_HOMES = {
    "ocrkit.api": ("ReadSettings", "aread", "make_searchable", "read", "read_iter"),
    "ocrkit.document": ("Document", "Line", "Page", "PageStatus", "Provenance", "Rotation", "Word"),
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
        "PdfaError",
        "ReadCancelledError",
        "SignedPdfError",
        "UnknownEngineError",
        "UnreadableImageError",
        "UnreadablePdfError",
    ),
    "ocrkit.geometry": ("Homography", "Quad"),
    "ocrkit.image": ("Limits", "PageImage"),
    "ocrkit.plugins": ("load_engine",),
    "ocrkit.spec": ("EngineEntry", "EngineSettings", "OcrEngine", "Reading"),
}
_MODULES = (
    "engines",
    "errors",
    "evaluate",
    "export",
    "pdf",
    "recognize",
    "testing",
)  # ocrkit.engines can be called, too
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "__version__",
    "engines",
    *_HOME_OF,
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"ocrkit.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'ocrkit' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
