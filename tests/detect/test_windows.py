import numpy as np

from ocrkit.detect.bands import fit
from ocrkit.detect.windows import WindowSettings, corners, crop, cut, widths

SETTINGS = WindowSettings()


def words(*spans, height=20):
    """Boxes of letters 10 wide with 2 between them."""
    lefts = np.concatenate([np.arange(a, b, 12.0) for a, b in spans])
    return np.stack([lefts, np.zeros(len(lefts)), lefts + 10, np.full(len(lefts), height)], 1)


def sliced(box, settings=SETTINGS, rules=None):
    line = np.zeros(len(box), np.intp)
    bands = fit(box, line, min(len(box), 1))
    return cut(box, line, bands, settings, rules), bands


def test_wide_gaps_are_cut():
    slices, _ = sliced(words((0, 100), (160, 220)))
    assert len(slices.left) == 2
    assert slices.right[0] < slices.left[1]
    assert not slices.joined.any()


def test_long_lines_are_cut_between_words():
    slices, _ = sliced(words((0, 150), (160, 310), (320, 480)))
    assert len(slices.left) > 1
    assert not slices.joined.any()
    assert (slices.right - slices.left <= 20 * 10 + 1e-6).all()


def test_lines_without_gaps_are_cut_with_overlap():
    slices, _ = sliced(words((0, 600)))
    assert slices.joined[1:].all()
    assert (slices.right[:-1] - slices.left[1:] > 0.5 * 20).all()


def test_every_letter_lies_whole_in_some_window():
    rng = np.random.default_rng(5)
    for _ in range(50):
        starts = np.cumsum(rng.integers(20, 200, 8))
        box = words(*((a, a + int(rng.integers(12, 150))) for a in starts))
        slices, _ = sliced(box)
        assert all(((slices.left <= a) & (slices.right >= b)).any() for a, b in box[:, [0, 2]])


def test_windows_are_stretched_and_none_grows_too_wide():
    quads = np.array([[(0, 0), (100, 0), (100, 10), (0, 10)], [(0, 0), (200, 0), (200, 5), (0, 5)]], float)
    assert widths(quads, WindowSettings(stretch=1.0, widest=340)).tolist() == [320, 680]
    assert widths(quads, WindowSettings(stretch=1.25, widest=340)).tolist() == [400, 680]


def test_lines_are_cut_where_a_rule_goes_through_a_gap_and_rules_are_left_out():
    box = words((0, 60), (68, 120))
    before, behind = np.full(len(box), np.inf), np.full(len(box), np.inf)
    ruled = sliced(box, rules=(before, behind))[0]
    assert len(ruled.left) == 1
    at = int(np.searchsorted(box[:, 0], 68))
    before[at], behind[at - 1] = 3.0, 2.0
    ruled = sliced(box, rules=(before, behind))[0]
    assert ruled.left[1] == box[at, 0] - 3
    assert ruled.right[0] == box[at - 1, 2] + 2
    before[at - 1] = 1.0  # a stroke between the letters of a word
    assert len(sliced(box, rules=(before, behind))[0].left) == 2


def test_no_letters_give_no_windows():
    box = np.zeros((0, 4))
    slices, bands = sliced(box)
    assert corners(slices, bands).shape == (0, 4, 2)


def test_windows_of_several_sizes_come_out_of_one_page():
    page = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (300, 1))
    quads = np.array([[(x, 10), (x + s, 10), (x + s, 10 + s), (x, 10 + s)] for x, s in ((20, 32), (100, 150), (0, 10))])
    windows = crop(page, quads.astype(float), np.array([32, 32, 32]), 32)
    for quad, window in zip(quads, windows, strict=True):
        assert window.shape == (32, 32)
        assert abs(float(window.mean()) - quad[:, 0].mean() / 400 * 255) < 2


def test_a_window_shows_the_same_whatever_else_is_cut():
    page = np.random.default_rng(1).integers(0, 256, (300, 400)).astype(np.uint8)
    quads = np.array(
        [[(x, y), (x + 60, y), (x + 60, y + 20), (x, y + 20)] for x, y in ((0, 0), (150, 100), (340, 280))]
    )
    quads = quads + 0.3
    (alone,) = crop(page, quads[1:2], np.array([96]), 32)
    assert (crop(page, quads, np.array([96] * 3), 32)[1] == alone).all()
