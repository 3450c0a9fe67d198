import cv2
import numpy as np
import pytest

from ocrkit.image.regions import regions_of


@pytest.mark.parametrize("shape", [(40, 60), (1, 50), (50, 1), (1, 1), (7, 7)])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.8, 1.0])
def test_the_table_says_what_opencv_s_says(shape, share):
    mask = (np.random.default_rng(7).random(shape) < share).astype(np.uint8) * 255
    many, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    left, top, width, height, area = stats[1:].T
    found = regions_of(mask)
    assert len(found) == many - 1
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_array_equal(found.area, area)
    np.testing.assert_array_equal(found.box, np.stack([left, top, left + width, top + height], 1))
    np.testing.assert_array_equal(labels.ravel()[found.seed], np.arange(1, many))


def test_runs_are_counted_row_by_row():
    mask = np.zeros((3, 8), np.uint8)
    mask[0, [0, 1, 6, 7]] = mask[1, 0:8] = mask[2, 7] = 255
    found = regions_of(mask)
    assert found.runs.tolist() == [4]
    assert found.area.tolist() == [13]
