import attrs
import numpy as np
import pytest

from ocrkit.detect.alone import beside_twins, colons, dashes, in_row, mended
from ocrkit.detect.characters import Characters

TEXT = np.ones((2, 100, 200), np.float32)  # everywhere


def characters(*boxes, light=False):
    many = len(boxes)
    return Characters(
        box=np.array(boxes, np.float64),
        contrast=np.full(many, 80.0),
        light=np.full(many, light),
        letter=np.array([bottom - top >= 5 for _, top, _, bottom in boxes]),
    )


WORD = [(100 + 12 * n, 50, 108 + 12 * n, 63) for n in range(4)]


@pytest.mark.parametrize(
    ("box", "taken"),
    [
        ((300, 50, 303, 63), True),  # a digit in the next cell
        ((300, 60, 303, 73), False),  # of another row
        ((300, 40, 303, 73), False),  # a rule
        ((150, 50, 153, 63), False),  # beside letters, which make the line without it
        ((780, 50, 783, 63), False),  # far off
    ],
)
def test_a_doubtful_stroke_counts_alone_in_a_row_with_letters(box, taken):
    found = characters(*WORD, box)
    doubtful = np.arange(5) == 4
    assert in_row(found, doubtful, ~doubtful).tolist() == [False] * 4 + [taken]


def test_a_row_is_of_one_polarity():
    found = Characters.joined([characters(*WORD), characters((300, 50, 303, 63), light=True)])
    doubtful = np.arange(5) == 4
    assert not in_row(found, doubtful, ~doubtful).any()


@pytest.mark.parametrize(
    ("box", "taken"),
    [
        ((148, 50, 156, 63), True),  # the word's last letter
        ((150, 50, 153, 63), False),  # farther off than a letter
        ((148, 52, 156, 65), False),  # not level with it
        ((148, 45, 156, 68), False),  # taller
    ],
)
def test_a_doubtful_letter_counts_close_by_one_as_tall(box, taken):
    found = characters(*WORD, box)
    doubtful = np.arange(5) == 4
    assert beside_twins(found, doubtful, ~doubtful).tolist() == [False] * 4 + [taken]
    assert not beside_twins(attrs.evolve(found, light=doubtful), doubtful, ~doubtful).any()


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


def test_pieces_of_a_digit_are_put_together():
    found = mended(characters(*WORD, (300, 50, 308, 57), (301, 60, 309, 64)), TEXT)
    assert len(found) == 5
    assert found.box[-1].tolist() == [300, 50, 309, 64]
    assert found.letter.all()


def test_three_pieces_too():
    found = mended(characters((300, 50, 308, 56), (301, 57, 309, 59), (300, 62, 308, 66)), TEXT)
    assert found.box.tolist() == [[300, 50, 309, 66]]


@pytest.mark.parametrize(
    "boxes",
    [
        [(300, 50, 302, 52), (299, 54, 303, 66)],  # an i
        [(300, 50, 303, 53), (300, 60, 303, 63)],  # a colon
        [(300, 50, 308, 57), (310, 60, 318, 64)],  # side by side
        [(300, 50, 308, 57), (300, 70, 308, 77)],  # far from one another
        [(300, 50, 308, 57), (300, 60, 308, 64), (312, 50, 320, 57)],  # beside another
    ],
)
def test_what_is_whole_or_has_neighbours_stays_as_it_is(boxes):
    before = characters(*boxes)
    assert np.array_equal(mended(before, TEXT).box, before.box)


def test_lines_over_one_another_stay_apart():
    text = TEXT.copy()
    text[:, 14, :] = 0  # between them
    before = characters((300, 50, 308, 56), (300, 60, 308, 66))
    assert np.array_equal(mended(before, text).box, before.box)


def test_nothing_in_nothing_out():
    nothing = characters((0, 0, 9, 9)).take(np.zeros(1, np.bool_))
    assert len(mended(nothing, TEXT)) == 0
    assert not in_row(nothing, np.zeros(0, np.bool_), np.zeros(0, np.bool_)).any()
    assert not colons(nothing, np.zeros(0, np.bool_)).any()


def test_noise_is_left_as_it_is():
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 200, (4000, 2))
    noise = characters(*np.column_stack([corner, corner + 3]).tolist())
    assert len(mended(noise, TEXT)) == len(noise)


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
