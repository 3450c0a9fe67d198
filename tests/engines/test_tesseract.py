import os
import stat
import time

import attrs
import cv2
import numpy as np
import pytest

import ocrkit
from ocrkit import EngineFailedError, EngineSettings, EngineTimeoutError, EngineUnavailableError, PageImage
from ocrkit.engines import tesseract
from ocrkit.engines.tesseract import TesseractEngine, TesseractSettings
from ocrkit.testing import EngineContract, draw_page


class TestTesseract(EngineContract):
    def make_engine(self):
        return ocrkit.load_engine("tesseract")


def program(folder, body):
    """Write a program that answers to --version and --list-langs, and does `body` when it is to read."""
    path = folder / "tesseract-double"
    path.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        "--version) echo 'tesseract 9.9'; exit;;\n"
        "--list-langs) printf 'List of available languages (1):\\neng\\n'; exit;;\n"
        f"esac\n{body}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def test_missing_binary_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(tesseract, "_PLATFORM", "linux")
    with pytest.raises(EngineUnavailableError, match=r"apt-get install tesseract-ocr$"):
        TesseractEngine.create(TesseractSettings(binary="no-such-tesseract"))


def test_missing_language_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(tesseract, "_PLATFORM", "linux")
    with pytest.raises(EngineUnavailableError, match=r"'chi_sim'.* apt-get install tesseract-ocr-chi-sim"):
        TesseractEngine.create(EngineSettings(languages=["eng", "chi_sim"]))


@pytest.mark.parametrize(("platform", "remedy"), [("darwin", "brew install"), ("win32", "UB-Mannheim")])
def test_remedy_suits_the_platform(monkeypatch, platform, remedy):
    monkeypatch.setattr(tesseract, "_PLATFORM", platform)
    with pytest.raises(EngineUnavailableError, match=remedy):
        TesseractEngine.create(TesseractSettings(binary="no-such-tesseract"))


def test_process_is_killed_at_its_deadline(tmp_path):
    mark = tmp_path / "pid"
    binary = program(tmp_path, f"echo $$ > {mark}; exec sleep 60")
    engine = TesseractEngine.create(TesseractSettings(binary=binary, page_timeout=0.5))
    started = time.monotonic()
    with pytest.raises(EngineTimeoutError, match="page_timeout"):
        engine.read(draw_page(""))
    assert time.monotonic() - started < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("cat > /dev/null; echo first >&2; echo 'out of luck' >&2; exit 1", "out of luck"),
        ("cat > /dev/null; exit 3", "status 3"),
        ("cat > /dev/null; echo '<html'", "cut short"),
        ("kill -9 $$", "status -9"),
    ],
)
def test_crash_is_our_error_with_what_it_said(tmp_path, body, reason):
    engine = TesseractEngine.create(TesseractSettings(binary=program(tmp_path, body)))
    with pytest.raises(EngineFailedError, match=reason):
        engine.read(draw_page(""))


def test_binary_that_vanishes_is_our_error(tmp_path):
    binary = program(tmp_path, "true")
    engine = TesseractEngine.create(TesseractSettings(binary=binary))
    os.unlink(binary)
    with pytest.raises(EngineFailedError, match="does not start"):
        engine.read(draw_page(""))


def test_one_thread_unless_told_otherwise(tmp_path, monkeypatch):
    binary = program(tmp_path, f"cat > /dev/null; echo $OMP_THREAD_LIMIT > {tmp_path}/limit; exit 1")

    def limit(**settings):
        with pytest.raises(EngineFailedError):
            TesseractEngine.create(TesseractSettings(binary=binary, **settings)).read(draw_page(""))
        return (tmp_path / "limit").read_text().strip()

    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    assert limit() == "1"
    assert limit(threads=3) == "3"
    assert limit(threads=None) == ""
    monkeypatch.setenv("OMP_THREAD_LIMIT", "2")
    assert limit() == "2"
    assert "OMP_THREAD_LIMIT" in os.environ


def test_settings_reach_the_binary(tmp_path):
    binary = program(tmp_path, f'cat > /dev/null; echo "$@" > {tmp_path}/arguments; exit 1')
    engine = TesseractEngine.create(TesseractSettings(binary=binary, segmentation=6))
    with pytest.raises(EngineFailedError):
        engine.read(draw_page(""))
    given = (tmp_path / "arguments").read_text()
    assert given == "stdin stdout -l eng --psm 6 --dpi 200 hocr\n"


def test_words_have_boxes_confidences_and_a_baseline():
    image = draw_page("Total sum 12.50")
    (line,) = ocrkit.load_engine("tesseract").read(image).lines
    assert [word.text for word in line.words] == ["Total", "sum", "12.50"]
    assert all(0.5 < word.confidence <= 1 for word in line.words)
    ink = np.nonzero(image.pixels.min(axis=(1, 2)) < 128)[0]
    assert all(abs(y - ink.max()) < 8 for _, y in line.baseline)
    lefts = [word.quad.bounds[0] for word in line.words]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_first_corner_of_turned_text_is_its_own_top_left(turns):
    lines = ["The quick brown fox jumps", "over the lazy dog and runs", "along the river bank today"] * 3
    pixels = np.full((700, 1100), 255, np.uint8)
    for row, line in enumerate(lines):
        cv2.putText(pixels, line, (40, 70 + 70 * row), cv2.FONT_HERSHEY_COMPLEX, 1.6, 0, 3, cv2.LINE_AA)
    page = ocrkit.load_engine("tesseract").read(PageImage(pixels=np.ascontiguousarray(np.rot90(pixels, -turns))))
    words = [word for word in page.words if len(word.text) > 3]
    if not words:
        pytest.skip("this Tesseract does not read turned text in this mode")
    angles = {round(word.quad.angle) for word in words}
    assert angles <= {0, 90 * turns, 90 * turns - 360}


def test_sides_beyond_sixteen_bits_are_scaled_and_mapped_back():
    tall = np.full((40_000, 600), 255, np.uint8)
    cv2.putText(tall, "Far down", (40, 39_900), cv2.FONT_HERSHEY_COMPLEX, 2.4, 0, 4, cv2.LINE_AA)
    page = ocrkit.load_engine("tesseract").read(PageImage(pixels=tall))
    assert page.size == (600, 40_000)
    assert "down" in page.text
    assert all(39_000 < word.quad.centre[1] < 40_000 for word in page.words if word.text == "down")


def test_wrong_settings_are_refused():
    for wrong in ({"segmentation": 14}, {"threads": 0}, {"page_timeout": -1}, {"languages": ()}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            TesseractSettings(**wrong)


def test_engine_says_its_version():
    engine = ocrkit.load_engine("tesseract")
    assert engine.version[0].isdigit()
    assert attrs.evolve(engine, version="other") == engine
