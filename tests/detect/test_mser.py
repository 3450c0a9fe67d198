import cv2
import numpy as np
import pytest

from ocrkit.detect import DetectorSettings, MserDetector
from ocrkit.geometry import Homography
from ocrkit.image import PageImage
from tests.detect import drawn


def detect(pixels, **settings):
    return MserDetector(DetectorSettings(**settings)).detect(PageImage(pixels=pixels))


def as_quads(boxes):
    return boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


@pytest.mark.parametrize("dpi", [75, 100, 150, 300])
@pytest.mark.parametrize("inverted", [False, True])
def test_every_word_lies_in_windows(dpi, inverted):
    grey, boxes = drawn.page(dpi=dpi, inverted=inverted)
    assert drawn.covered(as_quads(boxes), detect(grey)) > 0.97


@pytest.mark.parametrize("degrees", [-12, -5, 5, 12])
def test_slanting_lines_are_found_along_their_slant(degrees):
    grey, quads = drawn.turned(*drawn.page(), degrees)
    found = detect(grey)
    assert drawn.covered(quads, found) > 0.95
    long = [region.quad.angle for region in found.regions if region.size[0] > 128]
    assert np.median(long) == pytest.approx(degrees, abs=1.5)


def test_windows_are_of_one_height_and_dark_on_light():
    for inverted in (False, True):
        found = detect(drawn.page(inverted=inverted)[0])
        wide = [(r, w) for r, w in zip(found.regions, found.windows, strict=True) if r.size[0] > 100]
        assert wide
        for region, window in wide:
            assert window.shape == (32, region.size[0])
            assert region.light == inverted
            assert np.median(window) > 200


def test_a_window_shows_what_lies_in_its_quad():
    grey, _ = drawn.page(dpi=144)
    found = detect(grey)
    region, window = max(zip(found.regions, found.windows, strict=True), key=lambda pair: pair[0].size[0])
    corners = np.array(region.quad.points, np.float32)
    width, height = region.size
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])  # OpenCV counts from the middle of the first pixel
    matrix = shift @ cv2.getPerspectiveTransform(corners, target) @ np.linalg.inv(shift)
    straight = cv2.warpPerspective(grey, matrix, (width, height))
    assert np.corrcoef(straight.ravel(), window.ravel())[0, 1] > 0.97


def test_parts_of_a_line_are_numbered_from_the_left():
    found = detect(drawn.page()[0])
    lines = {}
    for region in found.regions:
        lines.setdefault(region.line, []).append(region)
    for parts in lines.values():
        assert [p.part for p in parts] == list(range(len(parts)))
        assert {p.parts for p in parts} == {len(parts)}
        assert [p.quad.points[0][0] for p in parts] == sorted(p.quad.points[0][0] for p in parts)


def test_homography_there_and_back_is_the_identity():
    for region in detect(drawn.turned(*drawn.page(), 4)[0]).regions:
        assert (region.to_page.inverse() @ region.to_page).is_identity


def test_larger_picture_gives_larger_quads():
    grey, boxes = drawn.page(dpi=150)
    larger = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert drawn.covered(as_quads(boxes) * 2, detect(larger)) > 0.97


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quads_turn_with_the_page(quarters):
    grey, _ = drawn.page()
    page = PageImage(pixels=np.rot90(grey, -quarters)).turned(
        -90 * quarters
    )  # turned back, as the orienter has it done
    found = MserDetector().detect(page)
    forth = Homography.quarter_turns(quarters, grey.shape[1], grey.shape[0])
    mapped = [region.quad.mapped(page.to_caller) for region in found.regions]
    upright = MserDetector().detect(PageImage(pixels=grey)).regions
    assert len(mapped) == len(upright)
    for quad, region in zip(mapped, upright, strict=True):
        assert np.allclose(quad.points, forth.map(region.quad.points))


def test_rules_and_boxes_do_not_hide_text():
    grey, boxes = drawn.page()
    for y in range(60, grey.shape[0], 92):
        cv2.line(grey, (20, y), (grey.shape[1] - 20, y), 0, 2)
    cv2.rectangle(grey, (40, 40), (grey.shape[1] - 40, grey.shape[0] - 20), 0, 3)
    assert drawn.covered(as_quads(boxes), detect(grey)) > 0.93


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((400, 300), 255, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((1, 2000), np.uint8),
        np.zeros((2000, 1), np.uint8),
        np.full((5, 5, 3), 100, np.uint8),
        np.tile(np.arange(256, dtype=np.uint8), (300, 4)),
    ],
    ids=["blank", "1x1", "row", "column", "5x5", "ramp"],
)
def test_bare_pages_have_no_text(pixels):
    assert detect(pixels).regions == ()


def test_noise_gives_a_bounded_number_of_windows():
    noise = np.random.default_rng(1).integers(0, 256, (1200, 900)).astype(np.uint8)
    found = detect(noise, most_lines=50)
    assert len({region.line for region in found.regions}) <= 50
    assert len(found.regions) == len(found.windows)


def test_a_hundred_megapixels_are_searched_at_the_working_size():
    picture = np.full((10_000, 10_000), 240, np.uint8)
    for top in range(400, 9_800, 400):
        cv2.putText(picture, "Total due within 14 days", (600, top), cv2.FONT_HERSHEY_SIMPLEX, 5, 20, 9, cv2.LINE_AA)
    trace = MserDetector().trace(PageImage(pixels=picture))
    assert trace.working.size <= 4_100_000
    assert len({region.line for region in trace.detection.regions}) == len(range(400, 9_800, 400))


def test_one_word_alone_is_found():
    picture = np.full((40, 200, 3), 240, np.uint8)
    cv2.putText(picture, "ocrkit", (20, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2, cv2.LINE_AA)
    quad = np.array([[(22, 10), (91, 10), (91, 28), (22, 28)]], float)
    assert drawn.covered(quad, detect(picture)) == 1
