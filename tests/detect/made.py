"""Tables of characters, made by hand."""

import numpy as np

from ocrkit.detect.characters import Characters


def characters(*boxes, light=False):
    many = len(boxes)
    return Characters(
        box=np.array(boxes, np.float64),
        contrast=np.full(many, 80.0),
        light=np.full(many, light),
        letter=np.array([bottom - top >= 5 for _, top, _, bottom in boxes]),
    )


WORD = [(100 + 12 * n, 50, 108 + 12 * n, 63) for n in range(4)]
