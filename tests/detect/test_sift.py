import numpy as np

from ocrkit.detect.characters import Characters
from ocrkit.detect.sift import areas, sift
from ocrkit.detect.textmap import CELL

SIZE = 400, 200


def letters(*boxes, light=False):
    many = len(boxes)
    return Characters(
        box=np.array(boxes, np.float64).reshape(-1, 4),
        contrast=np.full(many, 80.0),
        light=np.full(many, light),
        letter=np.ones(many, np.bool_),
    )


def text_at(*boxes, light=False):
    planes = np.zeros((2, SIZE[1] // CELL, SIZE[0] // CELL), np.float32)
    for left, top, right, bottom in np.array(boxes).reshape(-1, 4) // CELL:
        planes[int(light), top:bottom, left:right] = 0.9
    return planes


def test_what_lies_on_text_is_kept_and_what_does_not_is_left_out():
    kept = sift(letters((40, 40, 50, 56), (200, 100, 210, 116)), text_at((36, 40, 52, 56)), SIZE)
    assert kept.box.tolist() == [[40, 40, 50, 56]]


def test_a_letter_of_the_other_polarity_is_left_out():
    counter = letters((40, 40, 50, 56), light=True)
    assert not sift(counter, text_at((36, 40, 52, 56)), SIZE).light.any()


def test_text_without_letters_gets_some_that_cover_it():
    word = 80, 80, 180, 96
    found = sift(letters((40, 40, 50, 56)), text_at((36, 40, 52, 56), word), SIZE)
    new = found.box[1:]
    assert len(new) > 1  # in pieces, since lines may slant
    assert new[:, 0].min() <= word[0] + CELL
    assert new[:, 2].max() >= word[2] - CELL
    assert (new[:, 1] == word[1]).all()
    assert (new[:, 3] == word[3]).all()
    assert found.letter.all()
    assert (found.contrast == 80).all()


def test_gaps_between_letters_get_none():
    row = [(x, 40, x + 10, 56) for x in range(40, 140, 20)]
    assert len(sift(letters(*row), text_at((36, 36, 140, 60)), SIZE)) == len(row)


def test_light_text_is_found_by_its_own_plane():
    found = sift(letters(), text_at((80, 80, 100, 96), light=True), SIZE)
    assert found.light.all()
    assert len(found)


def test_nothing_in_nothing_out():
    assert len(sift(letters(), text_at(), SIZE)) == 0


def test_areas_hold_what_each_polarity_shows_with_room_around():
    word = 200, 96, 280, 112
    dark, light = areas(text_at(word), SIZE)
    assert light is None
    assert dark[0] < word[0]
    assert dark[1] < word[1]
    assert dark[2] > word[2]
    assert dark[3] > word[3]
    assert all(0 <= side <= most for side, most in zip(dark, (*SIZE, *SIZE), strict=True))


def test_doubtful_strokes_in_a_row_are_within_the_areas():
    text = np.zeros((2, 60, 200), np.float32)
    text[0, 20:24, 100:120], text[0, 21:23, 10], text[0, 50, 50] = 0.9, 0.05, 0.05
    dark, light = areas(text, (800, 240))
    assert light is None
    assert dark[0] == 0  # as far as the stroke
    assert dark[3] < 200  # but not to another row
