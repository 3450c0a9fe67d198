import cv2
import numpy as np

from ocrkit.image.working import letter_height, relief, working_image


def table():
    """Cells of 30 x 60 pixels, in one of which a figure touches a rule."""
    grey = np.full((200, 300), 240, np.uint8)
    for y in range(10, 200, 30):
        cv2.line(grey, (0, y), (299, y), 20, 2)
    for x in range(10, 300, 60):
        cv2.line(grey, (x, 10), (x, 190), 20, 2)
    cv2.ellipse(grey, (123, 85), (5, 7), 0, 0, 360, 20, 2)
    return grey


def test_rules_that_cross_leave_no_pieces_between_letters():
    left = relief(table(), light=False, tables=True) > 100
    assert left[78:93, 117:129].sum() > 30
    left[70:100, 112:134] = False
    assert not left.any()


def test_a_page_of_no_pixels_has_no_relief():
    assert relief(np.zeros((0, 5), np.uint8), light=True, tables=True).size == 0


def test_specks_tell_nothing_of_the_height_of_letters():
    paper = np.full((600, 900), 240, np.uint8)
    for at in range(12):
        cv2.putText(paper, "The quick brown fox", (40, 60 + 45 * at), cv2.FONT_HERSHEY_SIMPLEX, 1, 20, 2)
    clean = letter_height(paper)
    rng = np.random.default_rng(3)
    for x, y in rng.integers((0, 0), (895, 595), (700, 2)):
        paper[y : y + 5, x : x + 4] = 20
    assert clean is not None
    assert letter_height(paper) > 0.7 * clean


def test_of_a_strip_that_is_too_long_to_be_searched_nothing_is_left():
    assert working_image(np.zeros((5, 4_000_000), np.uint8)).size == 1
