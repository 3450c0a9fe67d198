"""Pages drawn for tests, and where their words are."""

import cv2
import numpy as np
import pymupdf

LINES = (
    "Invoice number 20417 of 3 March",
    "The quick brown fox jumps over a lazy dog,",
    "packed with five dozen liquor jugs; what joy!",
    "Subtotal 1,204.50 plus 19 % tax 228.86",
    "Total due within 14 days: 1,433.36 EUR",
)


def page(size=11, dpi=150, inverted=False):
    """Draw text lines; give the picture (grey) and the words' rectangles in its pixels."""
    with pymupdf.open() as document:
        sheet = document.new_page(width=400, height=300)
        for number, line in enumerate(LINES * 2):
            sheet.insert_text((40, 50 + 2 * size * number), line, fontsize=size)
        pixels = sheet.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width).copy()
        boxes = np.array([word[:4] for word in sheet.get_text("words")]) * dpi / 72
    return (255 - grey if inverted else grey), boxes


def titled(title, times, size=11, dpi=150):
    """Draw a title in letters so many times as high as those of the lines below."""
    with pymupdf.open() as document:
        sheet = document.new_page(width=400, height=200 + 2 * size * times)
        sheet.insert_text((40, 20 + size * times), title, fontsize=size * times)
        for number, line in enumerate(LINES):
            sheet.insert_text((40, 50 + 1.5 * size * times + 2 * size * number), line, fontsize=size)
        pixels = sheet.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        return np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width).copy()


def table(rows, columns, size=11, dpi=150):
    """Draw rows whose cells begin at `columns` (points)."""
    with pymupdf.open() as document:
        sheet = document.new_page(width=400, height=200)
        for number, row in enumerate(rows):
            for x, cell in zip(columns, row, strict=True):
                sheet.insert_text((x, 60 + 3 * size * number), cell, fontsize=size)
        pixels = sheet.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        return np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.width).copy()


def turned(grey, boxes, degrees):
    """Turn a page about its middle; words become quads."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    quads = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    paper = float(np.median(grey))
    return cv2.warpAffine(grey, matrix, (width, height), borderValue=paper), quads @ matrix[:, :2].T + matrix[:, 2]


def covered(quads, detection):
    """Give the share of the quads whose middle and ends lie in windows."""
    windows = [np.array(region.quad.points, np.float32) for region in detection.regions]
    points = np.stack([quads.mean(1), quads[:, [0, 3]].mean(1), quads[:, [1, 2]].mean(1)], 1)
    points = points + (quads.mean(1)[:, None] - points) * 0.1
    inside = [
        all(any(cv2.pointPolygonTest(w, (float(x), float(y)), False) >= 0 for w in windows) for x, y in three)
        for three in points
    ]
    return float(np.mean(inside))
