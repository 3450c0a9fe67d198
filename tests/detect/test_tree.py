import cv2
import numpy as np

from ocrkit.detect.tree import build_tree


def disc():
    grey = np.full((80, 120), 230, np.uint8)
    cv2.circle(grey, (40, 40), 12, 30, -1)
    cv2.circle(grey, (90, 40), 8, 170, -1)
    cv2.circle(grey, (40, 40), 4, 120, -1)
    return cv2.GaussianBlur(grey, (0, 0), 1)


def test_parents_hold_their_children():
    tree = build_tree(disc())
    rows = np.flatnonzero(tree.parent >= 0)
    assert len(rows)
    parents = tree.parent[rows]
    assert (tree.level[parents] == tree.level[rows] - 1).all()
    assert (tree.area[parents] >= tree.area[rows]).all()
    assert (tree.light[parents] == tree.light[rows]).all()
    assert (tree.box[parents, :2] <= tree.box[rows, :2]).all()
    assert (tree.box[parents, 2:] >= tree.box[rows, 2:]).all()
    assert (tree.peak[parents] >= tree.peak[rows]).all()


def test_columns_agree_with_the_picture():
    grey = disc()
    tree = build_tree(grey)
    largest = int(np.argmax(np.where(~tree.light, tree.area, 0)))
    assert tree.box[largest].tolist()[0] in range(26, 30)
    left, top, right, bottom = tree.box[largest]
    y, x = divmod(int(tree.seed[largest]), grey.shape[1])
    assert left <= x < right
    assert top <= y < bottom
    assert 1 <= tree.runs[largest] <= tree.area[largest]


def test_polarities_change_places_when_the_picture_is_inverted():
    grey = disc()
    tree, other = build_tree(grey), build_tree(255 - grey)
    assert sorted(tree.area[tree.light].tolist()) == sorted(other.area[~other.light].tolist())


def test_long_rules_are_no_regions():
    grey = np.full((100, 300), 255, np.uint8)
    grey[50:53] = 0
    assert len(build_tree(grey)) == 0


def test_a_part_of_the_picture_gives_the_regions_of_that_part():
    grey = np.full((100, 300), 230, np.uint8)
    for x in (40, 150, 260):
        cv2.circle(grey, (x, 50), 12, 30, -1)
    whole = build_tree(grey)
    part = build_tree(grey, [(100, 0, 200, 100), None])
    assert not part.light.any()

    def regions(tree, rows):
        # what one threshold after another cuts out of the middle disc: the picture's edge parts nothing
        return {(int(tree.area[row]), *tree.box[row].tolist(), int(tree.seed[row])) for row in rows}

    inside = (whole.box[:, 0] > 120) & (whole.box[:, 2] < 180) & ~whole.light
    assert inside.any()
    assert regions(part, np.flatnonzero(part.box[:, 0] > 120)) == regions(whole, np.flatnonzero(inside))


def test_both_polarities_at_once_give_what_one_after_the_other_gives():
    one, two = build_tree(disc()), build_tree(disc(), threads=2)
    assert all((getattr(one, name) == getattr(two, name)).all() for name in ("parent", "area", "box", "seed", "light"))
