import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.detect.bands import fit, tilted
from ocrkit.detect.lines import GLYPHS
from ocrkit.detect.links import chains, field, link


def row(many, x=10.0, y=20.0, slope=0.0):
    lefts = x + 12 * np.arange(many)
    tops = y + slope * (lefts + 4)
    return np.stack([lefts, tops, lefts + 8, tops + 14], 1)


def test_neighbours_in_a_row_are_linked():
    box = row(6)
    assert link(tilted(box, np.zeros(6)), GLYPHS).tolist() == [1, 2, 3, 4, 5, -1]


def test_two_rows_stay_apart_in_any_order():
    box = np.concatenate([row(5), row(5, y=44)])
    order = np.random.default_rng(3).permutation(10)
    chain = chains(link(tilted(box[order], np.zeros(10)), GLYPHS))
    upper = order < 5
    assert len(set(chain[upper])) == len(set(chain[~upper])) == 1
    assert chain[upper][0] != chain[~upper][0]


def test_far_or_unlike_boxes_are_not_linked():
    box = np.array([[0, 0, 8, 14], [60, 0, 68, 14], [70, -30, 110, 40]], float)
    assert link(tilted(box, np.zeros(3)), GLYPHS).tolist() == [-1, -1, -1]


@given(st.lists(st.integers(1, 8), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_chains_are_the_connected_parts(lengths, rng):
    names = list(range(sum(lengths)))
    rng.shuffle(names)
    after, owner, start = np.full(len(names), -1), np.zeros(len(names), int), 0
    for number, length in enumerate(lengths):
        part = names[start : start + length]
        after[part[:-1]] = part[1:]
        owner[part] = number
        start += length
    chain = chains(after)
    assert len({(a, b) for a, b in zip(owner, chain, strict=True)}) == len(lengths) == chain.max() + 1


def test_direction_of_writing_is_told_from_neighbours():
    box = np.concatenate([row(12, y=20 + 30 * n, slope=0.1) for n in range(6)])
    plane = field(box, link(tilted(box, np.zeros(len(box))), GLYPHS))
    assert abs(plane @ (1, 80, 100) - 0.1) < 0.01


def test_too_few_neighbours_tell_no_direction():
    assert field(row(3), np.array([1, 2, -1])).tolist() == [0, 0, 0]


def test_a_band_holds_its_boxes():
    box = row(9, slope=-0.07)
    band = fit(box, np.zeros(9, np.intp), 1, prior=-0.07)
    assert abs(band.slope[0] + 0.07) < 0.005
    assert (band.left[0], band.right[0]) == (10, 10 + 12 * 8 + 8)
    assert abs(band.height[0] - 14) < 1.5


def test_an_outlier_does_not_turn_a_line():
    box = np.concatenate([row(9), [[120, 8, 128, 22]]])
    assert abs(fit(box, np.zeros(10, np.intp), 1).slope[0]) < 0.03
