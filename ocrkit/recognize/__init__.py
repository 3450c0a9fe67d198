"""Windows in, readings out: the Word Deep Net."""

from ocrkit.recognize.crnn import LOW_CONFIDENCE, CrnnRecognizer, RecognizerSettings

__all__ = ["LOW_CONFIDENCE", "CrnnRecognizer", "RecognizerSettings"]
