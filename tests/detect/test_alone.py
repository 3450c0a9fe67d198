import attrs
import numpy as np
import pytest

from ocrkit.detect.alone import mended, vouched_for
from ocrkit.detect.characters import Characters
from tests.detect.made import WORD, characters

TEXT = np.ones((2, 100, 200), np.float32)  # everywhere


def in_row(found: Characters, faint: np.ndarray) -> np.ndarray:
    return vouched_for(found, faint, np.zeros_like(faint), ~faint)


def beside_twins(found: Characters, likely: np.ndarray) -> np.ndarray:
    return vouched_for(found, np.zeros_like(likely), likely, ~likely)


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
    assert in_row(found, doubtful).tolist() == [False] * 4 + [taken]


@pytest.mark.parametrize(("rise", "taken"), [(40, True), (0, False)])
def test_a_row_follows_the_direction_of_writing(rise, taken):
    # 18 letters on a line that falls by one pixel in five
    line = [(100 + 12 * n, 50 + 2.4 * n, 108 + 12 * n, 63 + 2.4 * n) for n in range(18)]
    found = characters(*line, (500, 90 + rise, 503, 103 + rise))
    doubtful = np.arange(19) == 18
    assert in_row(found, doubtful)[-1] == taken


def test_what_is_faint_or_small_beside_its_row_is_dirt():
    doubtful = np.arange(6) == 5
    row = characters(*WORD, (300, 50, 308, 63), (350, 50, 358, 63))
    assert in_row(row, doubtful)[-1]
    assert not in_row(attrs.evolve(row, contrast=np.where(doubtful, 30.0, 80.0)), doubtful).any()
    # one as small vouches for it, but most letters are not
    small = characters(*WORD, (300, 53, 304, 60), (350, 53, 354, 60))
    assert not in_row(small, doubtful).any()


def test_a_row_is_of_one_polarity():
    found = Characters.joined([characters(*WORD), characters((300, 50, 303, 63), light=True)])
    doubtful = np.arange(5) == 4
    assert not in_row(found, doubtful).any()


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
    assert beside_twins(found, doubtful).tolist() == [False] * 4 + [taken]
    assert not beside_twins(attrs.evolve(found, light=doubtful), doubtful).any()


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
    assert not in_row(nothing, np.zeros(0, np.bool_)).any()


def test_noise_is_left_as_it_is():
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 200, (4000, 2))
    noise = characters(*np.column_stack([corner, corner + 3]).tolist())
    assert len(mended(noise, TEXT)) == len(noise)
