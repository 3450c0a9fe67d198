import numpy as np

from ocrkit.detect.characters import Characters
from ocrkit.detect.lines import string


def characters(boxes, contrast, letter):
    many = len(boxes)
    return Characters(
        box=np.array(boxes, np.float64),
        contrast=np.array(contrast, np.float64),
        light=np.zeros(many, np.bool_),
        letter=np.array(letter),
    )


def test_where_no_line_is_credible_there_are_none():
    # a small strong speck, and a large faint stain far from it: neither looks like the page's usual letter
    found = string(characters([(10, 10, 14, 15), (300, 300, 340, 360)], [110, 12], [True, True]), (400, 400))
    assert len(found.bands) == 0
    assert found.line.tolist() == [-1, -1]


def test_leaders_belong_to_the_line_that_they_begin_at():
    word = [(x, 40, x + 8, 54) for x in range(20, 80, 10)]
    dots = [(x, 52, x + 2, 54) for x in range(90, 300, 8)]
    found = string(
        characters(word + dots, [80] * (len(word) + len(dots)), [True] * len(word) + [False] * len(dots)), (400, 100)
    )
    assert set(found.line.tolist()) == {0}


def test_dashes_beside_a_figure_do_not_make_its_line_low():
    dashes = [(x, 52, x + 9, 55) for x in range(36, 110, 12)]
    found = string(
        characters([(20, 46, 28, 60), *dashes], [80] * (1 + len(dashes)), [True] + [False] * len(dashes)), (400, 100)
    )
    assert set(found.line.tolist()) == {0}
    assert found.bands.height[0] > 13
    assert found.bands.right[0] == dashes[-1][2]


def test_dots_of_a_colon_in_large_print_belong_to_their_line():
    word = [(x, 40, x + 16, 64) for x in range(20, 120, 20)]
    colon = [(132, 47, 138, 53), (132, 58, 138, 64)]  # as high as letters may be
    found = string(characters(word + colon, [80] * 7, [True] * 7), (400, 100))
    assert set(found.line.tolist()) == {0}
    assert found.bands.right[0] == 138


def test_small_print_beside_large_print_is_a_line_of_its_own():
    word = [(x, 40, x + 16, 64) for x in range(20, 120, 20)]
    small = [(x, 50, x + 6, 58) for x in range(150, 190, 8)]
    found = string(
        characters(word + small, [80] * (len(word) + len(small)), [True] * (len(word) + len(small))), (400, 100)
    )
    assert len(found.bands) == 2
