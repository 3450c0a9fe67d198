import numpy as np
import pytest

from ocrkit import Homography, Quad
from ocrkit.wordinate.suppress import covered

LINES, WORDS, HEIGHT, LENGTH = 4, 3, 20, 300


def words(degrees):
    """Give the words of four close lines on a page that lies askew, and the line of each."""
    turn = np.eye(3)
    angle = np.radians(degrees)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    places = [(word * (LENGTH + 10), line * (HEIGHT + 2)) for line in range(LINES) for word in range(WORDS)]
    quads = [Quad.from_bounds(x, y, x + LENGTH, y + HEIGHT).mapped(Homography(turn)) for x, y in places]
    return quads, np.repeat(np.arange(LINES), WORDS)


@pytest.mark.parametrize("degrees", [0, 10, -10, 90, 180])
def test_words_of_lines_beside_each_other_hide_none(degrees):
    quads, line = words(degrees)
    assert not covered(quads, line, np.linspace(0.5, 0.9, len(quads))).any()


@pytest.mark.parametrize("degrees", [0, 10, -10, 90, 180])
def test_a_line_that_was_found_twice_is_kept_once(degrees):
    quads, line = words(degrees)
    twice = [*quads, *(quad.mapped(Homography.translation(2, 1)) for quad in quads[:WORDS])]
    lines = np.concatenate([line, np.full(WORDS, LINES)])
    chances = np.concatenate([np.full(len(quads), 0.9), np.full(WORDS, 0.8)])
    assert covered(twice, lines, chances).tolist() == [False] * len(quads) + [True] * WORDS


def test_a_figure_tells_no_direction():
    quads = [Quad.from_bounds(0, 0, 9, 20), Quad.from_bounds(0, 30, 9, 50)]
    assert not covered(quads, np.array([0, 1]), np.array([0.9, 0.9])).any()
