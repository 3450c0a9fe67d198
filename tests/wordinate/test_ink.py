import numpy as np

from ocrkit.wordinate.ink import Ink
from tests.wordinate.made import window


def test_edges_are_where_ink_begins_and_ends():
    ink = Ink([window("abc", 60, 10)])
    assert ink.left(0, 14) == 12
    assert ink.right(0, 42) == 44


def test_edges_are_found_from_beside_the_ink():
    ink = Ink([window("abc", 60, 10)])
    assert ink.left(0, 10) == 12
    assert ink.right(0, 47) == 44


def test_the_widest_gap_parts_words():
    ink = Ink([window("ab cd", 90, 10)])
    assert ink.gap(0, 16, 66) == (32, 48)


def test_without_a_gap_the_middle_parts_words():
    pixels = window("ab cd", 90, 10)
    pixels[14:18, 10:70] = 20  # one stroke through all
    assert Ink([pixels]).gap(0, 28, 52) == (40, 40)


def test_rows_leave_rules_out():
    pixels = window("ab", 44, 10)
    pixels[29:31] = 20
    top, bottom = Ink([pixels]).rows(0, 10, 34)
    assert abs(top - 8) <= 1
    assert abs(bottom - 24) <= 1


def test_bare_windows_have_no_ink():
    ink = Ink([np.full((32, 40), 200, np.uint8)])
    assert ink.rows(0, 0, 40) is None
    assert ink.left(0, 10) == 10
    assert ink.right(0, 20) == 20
