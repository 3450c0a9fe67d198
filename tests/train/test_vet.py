import attrs
import cv2
import numpy as np
import pytest

from ocrkit.recognize import CrnnRecognizer
from ocrkit.spec import Reading
from ocrkit.train.real import cut_strip, is_unseen, read_strips, write_strips
from ocrkit.train.vet import is_credible, vet, vetted


def name_of(unseen):
    return next(name for name in map(str, range(1000)) if is_unseen(name) == unseen)


def read_as(text, confidence=0.9):
    return Reading(text, ((0, 1),) * len(text), (confidence,) * len(text), confidence)


@pytest.fixture
def strip():
    page = np.full((100, 300), 245, np.uint8)
    cv2.putText(page, "Total 12.50", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 20, 2, cv2.LINE_AA)
    return cut_strip(page, (18, 32, 235, 66), "Total 12.50", name_of(False))


def test_a_label_that_is_not_what_a_strip_shows_is_left_out(strip):
    wrong = attrs.evolve(strip, text="Agency")
    kept = attrs.evolve(wrong, page=name_of(True))  # held out: what nets are measured with is nobody's choice
    assert vetted([strip, wrong, kept], CrnnRecognizer()) == [strip, kept]


def test_a_work_folder_is_vetted_in_place(strip, tmp_path):
    said = []
    write_strips(tmp_path / "pdfs.zip", [attrs.evolve(strip, text="Agency"), strip])
    vet(tmp_path, said.append)
    assert read_strips(tmp_path / "pdfs.zip") == [strip]
    assert said == [f"{tmp_path / 'pdfs.zip'}: 1 strips of 2"]


@pytest.mark.parametrize(
    ("text", "reading", "credible"),
    [
        ("Total", read_as("Tota1"), True),
        ("Total", read_as(""), False),
        ("", read_as("FOX"), False),
        ("", read_as("FOX", 0.2), True),
        ("", read_as("--"), True),
    ],
)
def test_what_the_net_reads_makes_a_label_credible(text, reading, credible):
    assert is_credible(text, reading) == credible


def test_a_label_without_case_may_be_longer_than_its_window():
    assert is_credible("TOTAL (RM)", read_as("Total (RM)"), folded=True)
    assert not is_credible("TOTAL (RM) 3.50", read_as("Total (RM)"), folded=True)
    assert is_credible("TOTAL (RM) 3.50", read_as("Ttal (R 3.50"), folded=True)  # cut nowhere, read badly
