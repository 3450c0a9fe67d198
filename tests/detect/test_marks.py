import attrs
import numpy as np
import pytest

from ocrkit.detect.marks import colons, dashes
from tests.detect.made import WORD, characters

COLON = (152, 52, 154, 54), (152, 60, 154, 62)


@pytest.mark.parametrize(
    ("dots", "taken"),
    [
        (COLON, True),
        ([(143, 52, 145, 54), (143, 60, 145, 62)], True),  # close by
        ([(152, 52, 154, 54), (152, 60, 154, 63)], True),  # not quite alike, as in small print
        ([(172, 52, 174, 54), (172, 60, 174, 62)], False),  # far off
        ([(152, 42, 154, 44), (152, 50, 154, 52)], False),  # higher than the letters
        ([(152, 57, 154, 59), (152, 60, 154, 62)], False),  # close to each other
        ([(152, 52, 154, 54), (157, 60, 159, 62)], False),  # not one above the other
        ([(152, 51, 153, 52), (151, 59, 155, 63)], False),  # not alike
        ([*COLON, (156, 56, 158, 58)], False),  # among specks
        ([(152, 60, 154, 62)], False),  # a stop
    ],
)
def test_a_colon_counts_beside_letters_and_by_itself(dots, taken):
    found = characters(*WORD, *dots)
    sure = found.letter
    assert colons(found, sure).tolist() == [False] * 4 + [taken] * len(dots)
    assert not colons(attrs.evolve(found, light=~sure), sure).any()


def test_no_colon_among_nothing():
    nothing = characters((0, 0, 9, 9)).take(np.zeros(1, np.bool_))
    assert not colons(nothing, np.zeros(0, np.bool_)).any()


@pytest.mark.parametrize(
    ("first", "many", "taken"),
    [
        ((150, 55), 6, True),  # behind the last letter, at its middle
        ((39, 55), 5, True),  # before the first
        ((150, 62), 6, False),  # at the foot: a rule below the row
        ((180, 55), 6, False),  # far off
        ((150, 55), 30, False),  # a broken rule
    ],
)
def test_dashes_in_a_row_beside_a_letter_are_text(first, many, taken):
    left, top = first
    row = [(left + 12 * n, top, left + 12 * n + 9, top + 3) for n in range(many)]
    found = characters(*WORD, *row)
    assert dashes(found, np.arange(len(found)) < len(WORD)).tolist() == [False] * 4 + [taken] * many
