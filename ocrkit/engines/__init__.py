"""The engines that come with ocrkit, registered as any plugin's are.

This package is also the public function `ocrkit.engines`: one name cannot be a package and a
function, so the package can be called (decision 0006).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from ocrkit.hookspecs import hookimpl
from ocrkit.spec import EngineEntry, EngineSettings, OcrEngine


def _tesseract(settings: EngineSettings) -> OcrEngine:
    from ocrkit.engines.tesseract import TesseractEngine

    return TesseractEngine.create(settings)


def _crnn(settings: EngineSettings) -> OcrEngine:
    from ocrkit.engines.crnn import CrnnEngine

    return CrnnEngine.create(settings)


@hookimpl
def ocrkit_engines() -> list[EngineEntry]:
    """Name our engines."""
    return [
        EngineEntry("ocrkit", _crnn, "our own: extremal regions, the Word Deep Net, the Wordinator"),
        EngineEntry("tesseract", _tesseract, "the Tesseract binary, one process a page"),
    ]


class _CallablePackage(ModuleType):
    def __call__(self) -> Mapping[str, EngineEntry]:
        """List the installed engines; see `ocrkit.plugins.engines`."""
        found: Mapping[str, EngineEntry] = import_module("ocrkit.plugins").engines()
        return found


sys.modules[__name__].__class__ = _CallablePackage
