import numpy as np
import pytest

from ocrkit import ReadSettings, read
from ocrkit.detect import DetectorSettings
from ocrkit.engines.crnn import CrnnEngine, CrnnSettings
from ocrkit.spec import Reading
from ocrkit.wordinate import LexiconWordinator, WordinatorSettings

PAPER = np.full((32, 64), 255, np.uint8)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: CrnnEngine(detector="x"), "detector has the method detect .*unlike 'x'"),
        (lambda: CrnnEngine(wordinator=LexiconWordinator), r"give LexiconWordinator\(\), not the class"),
        (lambda: CrnnEngine(recognizer=object()), "recognizer has the method read"),
        (lambda: CrnnEngine(WordinatorSettings()), r"settings are CrnnSettings\(...\), not WordinatorSettings"),
        (lambda: CrnnSettings(detector=WordinatorSettings()), "'detector' must be .*DetectorSettings"),
        (lambda: CrnnEngine().read(PAPER), "reads a PageImage, not ndarray"),
        (lambda: LexiconWordinator("x"), r"settings are WordinatorSettings\(...\), not 'x'"),
        (lambda: read(PAPER, settings=CrnnSettings()), r"settings are ReadSettings\(...\), not CrnnSettings"),
        (lambda: read(PAPER, CrnnEngine), r"give CrnnEngine\(\), not the class"),
        (lambda: WordinatorSettings(words=[1]), "words are strings, unlike 1"),
        (lambda: WordinatorSettings(correct="no"), "'correct' must be .*bool"),
        (lambda: WordinatorSettings(low="a"), "low is a number, unlike 'a'"),
        (lambda: ReadSettings(page_timeout="x"), "page_timeout is a number, unlike 'x'"),
    ],
)
def test_what_is_of_a_wrong_kind_is_refused_where_it_is_given(wrong, said):
    with pytest.raises(TypeError, match=said):
        wrong()


def test_settings_of_the_right_kind_are_taken():
    settings = CrnnSettings(detector=DetectorSettings(threads=2))
    assert CrnnEngine(settings).settings is settings


def test_a_reading_has_a_span_and_a_probability_for_every_character():
    with pytest.raises(ValueError, match="a reading of 11 characters has 2 spans and 11 confidences"):
        Reading("hello world", ((0, 0.1), (0.1, 0.2)), (1.0,) * 11, 1.0)
