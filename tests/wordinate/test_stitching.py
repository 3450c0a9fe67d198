import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.geometry import Homography
from ocrkit.wordinate.stitching import _quads, stitch
from tests.wordinate.made import LETTER, reading, region


def texts(runs):
    return ["".join(glyph.text for glyph in run) for run in runs]


def cut_in_two(text, first, second):
    """Read characters up to `first` in one window, and from `second` on in the next one, which shares some with it."""
    one, two = text[:first], text[second:]
    widths = LETTER * len(one), LETTER * len(two)
    shared = (first - second) * LETTER / widths[1]
    regions = [region(0, 0, 2, 0, widths[0]), region(0, 1, 2, second * LETTER, widths[1], shared)]
    return regions, [reading(one, widths[0]), reading(two, widths[1])]


@given(st.text("abcdefgh ", min_size=8, max_size=40).filter(lambda t: t == t.strip()), st.data())
def test_what_two_windows_show_both_is_there_once(text, data):
    second = data.draw(st.integers(1, len(text) - 4))
    first = data.draw(st.integers(second + 2, len(text) - 1))
    regions, readings = cut_in_two(text, first, second)
    if not readings[0].text.strip() or text[second:first].isspace():
        return
    (runs,) = stitch(regions, readings)
    assert texts(runs) == [text]


def test_half_a_character_at_an_edge_is_left_out():
    regions, _ = cut_in_two("Wednesday", 6, 3)
    broken = [reading("Wedne5", regions[0].size[0]), reading("lesday", regions[1].size[0])]
    (runs,) = stitch(regions, broken)
    assert texts(runs) == ["Wednesday"]


@pytest.mark.parametrize(("first", "second", "window"), [(0.9, 0.5, 0), (0.5, 0.9, 1)])
def test_the_surer_reading_is_kept(first, second, window):
    regions, _ = cut_in_two("abcdef", 4, 2)
    one = reading("abcd", regions[0].size[0], confidence=first)
    two = reading("cdef", regions[1].size[0], confidence=second)
    (runs,) = stitch(regions, [one, two])
    assert texts(runs) == ["abcdef"]
    assert max(glyph.confidence for glyph in runs[0] if glyph.text in "cd") == 0.9
    assert any(glyph.window == window for glyph in runs[0] if glyph.text in "cd")


def test_pieces_of_a_line_that_agree_on_nothing_share_no_place():
    (one, two), _ = cut_in_two("abcdef", 4, 2)
    apart = attrs.evolve(two, line=7, part=0, parts=1, overlap=0.0)
    (runs,) = stitch([one, apart], [reading("abxy", one.size[0]), reading("uvef", two.size[0])])
    assert texts(runs) == ["abx", "vef"]


def test_windows_that_agree_on_nothing_have_a_seam():
    regions, _ = cut_in_two("abcdef", 4, 2)
    (runs,) = stitch(regions, [reading("abxy", regions[0].size[0]), reading("uvef", regions[1].size[0])])
    assert texts(runs) == ["abx", "vef"]


def test_windows_without_overlap_have_a_seam_and_lines_stay_apart():
    regions = [region(0, 0, 2, 0, 60), region(0, 1, 2, 80, 60), region(1, 0, 1, 0, 60)]
    readings = [reading("one", 60), reading("two", 60), reading("", 60)]
    assert [texts(runs) for runs in stitch(regions, readings)] == [["one", "two"]]


def test_a_line_found_in_two_pieces_that_overlap_is_one():
    (one, two), readings = cut_in_two("Wednesday", 6, 4)
    apart = attrs.evolve(two, line=7, part=0, parts=1, overlap=0.0, to_page=one.to_page @ two.to_page)
    (runs,) = stitch([one, apart], readings)
    assert texts(runs) == ["Wednesday"]


def test_lines_one_below_the_other_stay_two():
    (one, two), readings = cut_in_two("Wednesday", 6, 4)
    below = attrs.evolve(two, line=1, to_page=Homography.translation(4 * LETTER, 25))
    assert [texts(runs) for runs in stitch([one, below], readings)] == [["Wednes"], ["esday"]]


def test_no_windows_no_lines():
    assert list(stitch([], [])) == []


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.25])
def test_windows_of_pieces_of_other_heights_are_placed_in_the_first_ones_pixels(scale):
    # "abcdef" of a line found in two pieces, the second of which is taller or lower: its pixels are as much longer
    (one, two), _ = cut_in_two("abcdef", 4, 2)
    begin = 2 * LETTER
    stretched = Homography(((scale, 0.0, begin), (0.0, scale, 0.0), (0.0, 0.0, 1.0)))
    width = round(4 * LETTER / scale)
    other = attrs.evolve(two, line=7, part=0, parts=1, overlap=0.0, size=(width, 32), to_page=stretched)
    second = reading("cdef", 4 * LETTER)  # shares of the window, as long as its text is
    (runs,) = stitch([one, other], [reading("abcd", one.size[0]), second])
    assert texts(runs) == ["abcdef"]
    places = [glyph.place for glyph in runs[0]]
    assert places == pytest.approx([LETTER * (at + 0.5) for at in range(6)], abs=1.0)


def test_corners_of_all_windows_at_once_are_those_of_each():
    askew = Homography([[1, 0.1, 5], [-0.2, 1.3, 9], [1e-4, 2e-4, 1]])
    regions = [attrs.evolve(region(0, part, 2, 40 * part, 30 + part), to_page=askew) for part in range(2)]
    np.testing.assert_allclose(_quads(regions), [one.quad.points for one in regions])
