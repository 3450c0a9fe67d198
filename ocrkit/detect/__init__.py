"""The Word Detector: find text on a page, and cut it into windows."""

from ocrkit.detect.mser import DetectorSettings, MserDetector, Trace
from ocrkit.detect.windows import WindowSettings

__all__ = ["DetectorSettings", "MserDetector", "Trace", "WindowSettings"]
