import numpy as np

from ocrkit.wordinate.ink import Ink
from tests.wordinate.made import window


def test_the_widest_gap_is_found():
    ink = Ink([window("ab cd", 90, 10)])
    assert ink.gap(0, 16, 66) == (32, 48)
    assert ink.gap(0, 0, 16) == (0, 12)


def test_where_ink_is_all_over_there_is_no_gap():
    pixels = window("ab cd", 90, 10)
    pixels[8:24, 10:70] = 20
    assert Ink([pixels]).gap(0, 28, 52) is None


def test_rows_leave_rules_out():
    pixels = window("ab", 44, 10)
    pixels[29:31] = 20
    top, bottom = Ink([pixels]).rows(0, 10, 34)
    assert abs(top - 8) <= 1
    assert abs(bottom - 24) <= 1


def test_bare_windows_have_no_ink():
    ink = Ink([np.full((32, 40), 200, np.uint8)])
    assert ink.rows(0, 0, 40) is None
    assert ink.gap(0, 5, 30) == (5, 30)


def test_edges_are_behind_the_nearest_gap_that_no_word_has():
    ink = Ink([window(" a bc d", 120, 10)])
    assert ink.left(0, 0, 52) == 48
    assert ink.right(0, 52, 120) == 68


def test_edges_of_letters_close_together_are_at_the_widest_gap():
    pixels = window("abcd", 64, 4)
    ink = Ink([pixels])
    assert ink.left(0, 0, 34) == 6
    assert ink.right(0, 20, 64) == 50


def test_a_rule_under_words_hides_no_gap_between_them():
    grey = window("ab  cd", 100)
    free = Ink([grey]).gap(0, 0, 70)
    ruled = grey.copy()
    ruled[28:30, 5:] = 20
    assert free is not None
    assert Ink([ruled]).gap(0, 0, 70) == free
    assert Ink([ruled]).rows(0, 0, 70) == Ink([grey]).rows(0, 0, 70)


def test_a_broken_rule_over_words_hides_no_gap_between_them():
    grey = window("ab  cd", 100)
    broken = grey.copy()
    for x in range(0, 100, 12):
        broken[:3, x : x + 7] = 20
    assert Ink([broken]).gap(0, 0, 70) == Ink([grey]).gap(0, 0, 70)
