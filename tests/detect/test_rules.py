import cv2
import numpy as np
import pytest

from ocrkit.detect.bands import Bands
from ocrkit.detect.rules import distance, upright_rules


def band(top, bottom):
    return Bands(
        slope=np.zeros(1), left=np.zeros(1), right=np.full(1, 200.0), top=np.full(1, top), bottom=np.full(1, bottom)
    )


def away(rules, x, leftwards):
    return distance(rules, np.array([x]), band(50.0, 70.0), np.zeros(1, np.intp), leftwards=leftwards)[0]


def ruled(slant=0, length=100, level=60):
    grey = np.full((120, 200), 230, np.uint8)
    cv2.line(grey, (100, 10), (100 + slant, 10 + length), level, 2)
    return grey


@pytest.mark.parametrize("slant", [0, 1])
def test_the_next_rule_on_either_side_is_found(slant):
    rules = upright_rules(ruled(slant), light=False)
    assert away(rules, 90.0, False) == pytest.approx(10, abs=2)
    assert away(rules, 110.0, True) == pytest.approx(8, abs=2)
    assert away(rules, 110.0, False) == np.inf


def test_light_rules_are_found_on_dark():
    rules = upright_rules(255 - ruled(), light=True)
    assert away(rules, 90.0, False) < 12
    assert not upright_rules(255 - ruled(), light=False).any()


@pytest.mark.parametrize(
    "grey",
    [
        ruled(length=30),  # a stem
        ruled(length=50),  # what ends within the line
        ruled(level=222),  # grain
        np.rot90(ruled()).copy(),
        cv2.rectangle(np.full((120, 200), 230, np.uint8), (100, 0), (140, 119), 60, -1),  # a dark field
    ],
)
def test_what_is_no_upright_rule_parts_nothing(grey):
    assert away(upright_rules(grey, light=False), 90.0, False) == np.inf


def test_places_at_the_page_s_edge_are_looked_at_too():
    rules = upright_rules(ruled(), light=False)
    assert away(rules, 0.0, True) == np.inf
    assert away(rules, 200.0, False) == np.inf
