import numpy as np

from ocrkit.orient.tiles import SIDE, choose
from tests.detect import drawn


def test_tiles_show_text_and_do_not_overlap():
    page = np.full((1504, 1216), 255, np.uint8)
    grey, _ = drawn.page()
    page[800 : 800 + grey.shape[0], 300 : 300 + grey.shape[1]] = grey
    tiles = choose(page, 6)
    assert 1 < len(tiles) <= 6
    assert all(tile.shape == (SIDE, SIDE) and tile.min() < 100 for tile in tiles)
    places = {(tile.__array_interface__["data"][0] - page.__array_interface__["data"][0]) for tile in tiles}
    corners = [divmod(place, page.shape[1]) for place in places]
    apart = [max(abs(a - c), abs(b - d)) for a, b in corners for c, d in corners if (a, b) != (c, d)]
    assert min(apart) >= SIDE


def test_bare_paper_has_no_tiles():
    assert choose(np.full((400, 300), 200, np.uint8), 8) == []


def test_small_pages_get_paper_around_them():
    grey = np.full((40, 90), 255, np.uint8)
    grey[10:30, 20:70:4] = 0
    (tile,) = choose(grey, 8)
    assert tile.shape == (SIDE, SIDE)
    assert (tile < 128).sum() == (grey < 128).sum()
    assert choose(np.zeros((1, 1), np.uint8), 8) == []
