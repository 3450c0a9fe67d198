import numpy as np
import pytest
from click.testing import CliRunner

from ocrkit.cli.debug import debug
from ocrkit.debug import _read, draw
from ocrkit.detect import MserDetector
from ocrkit.document import Rotation
from ocrkit.image import PageImage
from ocrkit.orient import TileOrienter
from ocrkit.spec import Reading
from tests.conftest import encoded
from tests.detect import drawn

STAGES = {"regions", "text", "characters", "lines", "windows", "crops", "words"}


@pytest.mark.parametrize("inverted", [False, True])
def test_every_stage_is_drawn(inverted):
    grey, _ = drawn.page(inverted=inverted)
    pictures = draw(PageImage(pixels=grey))
    assert set(pictures) == STAGES
    assert all(p.dtype == np.uint8 and p.ndim == 3 for p in pictures.values())
    assert pictures["windows"].shape[:2] == grey.shape
    colours = {tuple(c) for c in pictures["lines"].reshape(-1, 3).tolist()}
    assert ((230, 110, 0) in colours) == inverted


def test_a_page_that_lies_on_its_side_is_drawn_upright():
    grey, _ = drawn.page()
    pictures = draw(PageImage(pixels=np.ascontiguousarray(np.rot90(grey))))
    assert pictures["windows"].shape[:2] == grey.shape


def test_a_page_is_drawn_as_the_engine_turns_it_whatever_the_orienter_says(monkeypatch):
    monkeypatch.setattr(TileOrienter, "orient", lambda self, image: Rotation(degrees=90))
    grey, _ = drawn.page()
    assert draw(PageImage(pixels=grey))["windows"].shape[:2] == grey.shape


def test_a_page_without_text_is_drawn_too():
    assert set(draw(PageImage(pixels=np.full((50, 60, 3), 255, np.uint8)))) == STAGES


def test_a_window_that_says_nothing_is_drawn_too():
    grey, _ = drawn.page()
    image = PageImage(pixels=grey)
    detection = MserDetector().detect(image)
    empty = [Reading("", (), (), 0.0)] * len(detection.regions)
    assert _read(image, detection, empty).shape == (*grey.shape, 3)


def test_the_command_writes_a_picture_of_each(tmp_path):
    page = tmp_path / "page.png"
    page.write_bytes(encoded(drawn.page()[0], "PNG"))
    result = CliRunner().invoke(debug, [str(page), "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert result.exit_code == 0
    assert {p.stem for p in (tmp_path / "out").iterdir()} == STAGES


def test_a_page_that_is_not_there_is_refused(tmp_path):
    page = tmp_path / "page.png"
    page.write_bytes(encoded(drawn.page()[0], "PNG"))
    result = CliRunner().invoke(debug, [str(page), "-o", str(tmp_path / "out"), "--page", "2"])
    assert result.exit_code != 0
    assert "has 1 page; leave --page out" in result.output
    assert not (tmp_path / "out").exists()


def test_the_command_knows_limits_and_words(tmp_path):
    picture, words = tmp_path / "page.png", tmp_path / "words.txt"
    picture.write_bytes(encoded(drawn.page()[0], "PNG"))
    words.write_text("Invoice\n")
    invoked = CliRunner().invoke(debug, [str(picture), "-o", str(tmp_path / "d"), "--user-words", str(words)])
    assert invoked.exit_code == 0
    assert (tmp_path / "d" / "words.png").exists()
    refused = CliRunner().invoke(debug, [str(picture), "-o", str(tmp_path / "d"), "--max-pixels", "10"])
    assert "--max-pixels" in str(refused.exception)
