"""The real OCRmyPDF, reading with our plugin, on ten files; its results are checked by qpdf and read by poppler."""

import subprocess
import sys

import cv2
import numpy as np
import pymupdf
import pytest

from ocrkit.testing import draw_page
from tests.conftest import encoded

WORDS = "Which way is up is said by the letters on each sheet and never by its paper"


def sheet() -> np.ndarray:
    lines = ("Which way is up is said", "by the letters on each sheet", "and never by its paper")
    rows = np.vstack([draw_page(line, width=900, height=110).pixels for line in lines])
    return cv2.copyMakeBorder(rows, 200, 200, 100, 100, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def scan(*pictures: np.ndarray, form="PNG", rotate=0, **options) -> bytes:
    with pymupdf.open() as document:
        for pixels in pictures:
            page = document.new_page(width=pixels.shape[1] / 2, height=pixels.shape[0] / 2)
            page.insert_image(page.rect, stream=encoded(pixels, form, **options))
            page.set_rotation(rotate)
        return document.tobytes()


def askew(pixels: np.ndarray, degrees: float) -> np.ndarray:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(pixels, turn, (width, height), borderValue=(255, 255, 255))


def files() -> dict[str, bytes]:
    upright = sheet()
    return {
        "plain": scan(upright),
        "jpeg": scan(upright, form="JPEG", quality=80),
        "grey": scan(upright[..., 0] if upright.ndim == 3 else upright),
        "light on dark": scan(255 - upright),
        "two pages": scan(upright, upright),
        "rotated page": scan(np.rot90(upright).copy(), rotate=90),
        "on its side": scan(np.rot90(upright).copy()),
        "on its other side": scan(np.rot90(upright, 3).copy()),
        "on its head": scan(np.rot90(upright, 2).copy()),
        "askew": scan(askew(upright, 4)),
    }


@pytest.mark.parametrize("name", files())
def test_ocrmypdf_finds_the_text_with_our_plugin(name, tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(files()[name])
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocrkit.contrib.ocrmypdf", "--output-type", "pdf", "-j1"]
    if name.startswith("on its"):
        command.append("--rotate-pages")
    if name == "askew":
        command.append("--deskew")
    done = subprocess.run([*command, source, target], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    subprocess.run(["qpdf", "--check", target], check=True, capture_output=True, timeout=60)
    read = subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert read.split() == WORDS.split() * (2 if name == "two pages" else 1)
    if name.startswith("on its"):
        with pymupdf.open(target) as document:
            assert document[0].rect.width == pytest.approx(sheet().shape[1] / 2, abs=1)  # as it should be seen


def test_renderer_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "in.pdf").write_bytes(scan(sheet()))
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocrkit.contrib.ocrmypdf", "--output-type", "pdf", "-j1"]
    command += ["--pdf-renderer", "sandwich", tmp_path / "in.pdf", tmp_path / "out.pdf"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "leave that option out" in done.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_another_engine_of_ocrmypdf_can_still_be_chosen(tmp_path):
    (tmp_path / "in.pdf").write_bytes(scan(sheet()))
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocrkit.contrib.ocrmypdf", "--output-type", "pdf"]
    command += ["--ocr-engine", "tesseract", tmp_path / "in.pdf", tmp_path / "out.pdf"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with pymupdf.open(tmp_path / "out.pdf") as document:
        assert "Tesseract" in document.metadata["creator"]


def test_what_cannot_be_read_ends_ocrmypdf_with_an_exit_code(tmp_path):
    from ocrmypdf.exceptions import ExitCodeException

    from ocrkit.contrib.ocrmypdf import OcrkitEngine

    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    with pytest.raises(ExitCodeException, match=r"broken\.png"):
        OcrkitEngine.generate_ocr(tmp_path / "broken.png", None)


def test_hocr_for_older_ways(tmp_path):
    from ocrkit.contrib.ocrmypdf import OcrkitEngine
    from ocrkit.export import hocr

    (tmp_path / "page.png").write_bytes(encoded(sheet(), "PNG"))
    OcrkitEngine.generate_hocr(tmp_path / "page.png", tmp_path / "out.hocr", tmp_path / "out.txt", None)
    assert hocr.loads((tmp_path / "out.hocr").read_bytes()).text.split() == WORDS.split()
    assert (tmp_path / "out.txt").read_text().split() == WORDS.split()
