"""RapidOCR as an engine of ocrkit: the hook. RapidOCR itself is imported when an engine is made."""

from __future__ import annotations

from ocrkit import EngineEntry, EngineSettings, OcrEngine
from ocrkit.hookspecs import hookimpl


def _create(settings: EngineSettings) -> OcrEngine:
    from ocrkit_rapidocr.engine import RapidOcrEngine

    return RapidOcrEngine(settings)


def _create_with_boxes(settings: EngineSettings) -> OcrEngine:
    from ocrkit_rapidocr.engine import RapidOcrEngine

    return RapidOcrEngine(settings, own_boxes=True)


@hookimpl
def ocrkit_engines() -> list[EngineEntry]:
    """Name the two engines of this plugin."""
    return [
        EngineEntry("rapidocr", _create, "RapidOCR (PP-OCR on ONNX Runtime), lines split at spaces"),
        EngineEntry("rapidocr-boxes", _create_with_boxes, "RapidOCR with the word boxes it cuts itself"),
    ]
