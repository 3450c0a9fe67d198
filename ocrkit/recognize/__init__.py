"""Windows in, readings out: the Word Deep Net."""

from ocrkit.recognize.crnn import CrnnRecognizer, RecognizerSettings

__all__ = ["CrnnRecognizer", "RecognizerSettings"]
