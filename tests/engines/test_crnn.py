import pickle
import subprocess
import sys

import attrs
import numpy as np
import pytest

import ocrkit
from ocrkit import EngineTimeoutError, EngineUnavailableError, Line, PageImage, Quad, Rotation, Word
from ocrkit.engines.crnn import CrnnEngine, CrnnSettings
from ocrkit.geometry import Homography
from ocrkit.spec import Detection, EngineSettings, Reading
from ocrkit.testing import EngineContract, draw_page
from tests.detect import drawn


class TestCrnnEngine(EngineContract):
    def make_engine(self):
        return ocrkit.load_engine("ocrkit")


ENGINE = CrnnEngine.create(EngineSettings())


@pytest.mark.parametrize("language", ["jpn", "rus", "en"])
def test_a_language_that_it_cannot_write_is_refused(language):
    with pytest.raises(EngineUnavailableError, match=f"'{language}'. It reads afr, .* deu, .* choose the engine tess"):
        ocrkit.load_engine("ocrkit", EngineSettings(languages=["eng", language]))


def test_a_page_is_read_word_for_word_in_order():
    grey, boxes = drawn.page()
    page = ENGINE.read(PageImage(pixels=grey))
    assert page.text.split("\n") == list(drawn.LINES * 2)
    for word, box in zip(page.words, boxes, strict=True):
        left, top, right, bottom = word.quad.bounds
        assert abs(left - box[0]) < 4
        assert abs(right - box[2]) < 4
        assert box[1] - 3 < (top + bottom) / 2 < box[3] + 3


def test_a_program_in_which_underflow_raises_reads_all_the_same():
    with np.errstate(under="raise"):
        assert ENGINE.read(PageImage(pixels=drawn.page()[0])).lines


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_read_alike_and_words_lie_where_they_are(quarters):
    upright = ENGINE.read(PageImage(pixels=drawn.page()[0]))
    pixels = np.ascontiguousarray(np.rot90(drawn.page()[0], quarters))
    page = ENGINE.read(PageImage(pixels=pixels))
    assert page.rotation.degrees == 90 * quarters
    assert page.rotation.confidence > 0.9  # the orienter's, or `--rotate-pages` would not show it so
    assert page.size == pixels.shape[::-1]
    assert page.text == upright.text
    back = Homography.quarter_turns(quarters, *page.size)
    for word, same in zip(page.words, upright.words, strict=True):
        assert np.allclose(word.quad.mapped(back).points, same.quad.points, atol=1e-6)


def test_light_on_dark_is_read_alike():
    grey, _ = drawn.page(inverted=True)
    assert ENGINE.read(PageImage(pixels=grey)).text.split("\n") == list(drawn.LINES * 2)


def test_an_upright_page_stays_upright_whatever_the_orienter_says():
    class OnItsHead:
        def orient(self, image):
            return Rotation(degrees=180, confidence=1)

    page = CrnnEngine(orienter=OnItsHead()).read(draw_page("Invoice 2048"))
    assert page.rotation.degrees == 0
    assert page.rotation.confidence > 0.5  # so that nobody looks again and turns it after all
    assert page.text == "Invoice 2048"


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_of_few_letters_is_put_upright(quarters):
    pixels = draw_page("not a url, sorry").pixels  # too few tiles for the orienter
    page = ENGINE.read(PageImage(pixels=np.ascontiguousarray(np.rot90(pixels, quarters))))
    assert (page.rotation.degrees, page.text) == (90 * quarters, "not a url, sorry")


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_reads_badly_is_read_all_ways_whatever_the_orienter_says(quarters):
    class Upright:
        def orient(self, image):
            return Rotation(degrees=0, confidence=1)

    pixels = np.ascontiguousarray(np.rot90(drawn.page()[0], quarters))
    page = CrnnEngine(orienter=Upright()).read(PageImage(pixels=pixels))
    assert page.rotation.degrees == 90 * quarters
    assert page.text.split("\n") == list(drawn.LINES * 2)


def test_to_find_out_that_a_page_stood_on_its_head_it_is_searched_once():
    class Counting:
        searched = 0

        def detect(self, image):
            self.searched += 1
            return ENGINE.pipeline.detector.detect(image)

    detector = Counting()
    page = CrnnEngine(detector=detector).read(PageImage(pixels=np.ascontiguousarray(drawn.page()[0][::-1, ::-1])))
    assert (page.rotation.degrees, detector.searched) == (180, 1)
    assert page.text.split("\n") == list(drawn.LINES * 2)


@pytest.mark.parametrize(("letters", "degrees"), [(6, 0), (60, 270)])
def test_a_page_is_turned_if_it_reads_better_but_not_if_it_is_illegible_all_ways(letters, degrees):
    """Whichever way it is read later reads a little better."""
    surer = iter(np.linspace(0.1, 0.4, 20))

    class Noise:
        def orient(self, image):
            return Rotation(degrees=0, confidence=1)

        def detect(self, image):
            return Detection(regions=(), windows=(np.zeros((32, 64), np.uint8),))

        def read(self, windows):
            chance = next(surer)
            return [Reading(text="x" * 20, spans=((0, 1),) * 20, confidences=(chance,) * 20, confidence=chance)]

        def weigh(self, claims):
            return np.zeros(len(claims))

        def wordinate(self, detection, readings, weigh):
            word = Word(text="x" * letters, quad=Quad.from_bounds(0, 0, 9, 9), confidence=readings[0].confidence)
            return [Line(words=[word])]

    noise = Noise()
    page = CrnnEngine(orienter=noise, detector=noise, recognizer=noise, wordinator=noise).read(draw_page("Invoice"))
    assert page.rotation.degrees == degrees


def test_stages_tell_their_time():
    timings = dict(ENGINE.read(draw_page("Invoice 2048")).timings)
    assert list(timings) == ["orient", "detect", "recognize", "wordinate"]
    assert all(seconds >= 0 for seconds in timings.values())


def test_a_page_that_takes_too_long_is_given_up():
    hurried = CrnnEngine.create(EngineSettings(page_timeout=1e-6))
    with pytest.raises(EngineTimeoutError):
        hurried.read(draw_page("Invoice 2048"))


def test_stages_can_be_replaced():
    class Nothing:
        def detect(self, image):
            return Detection(regions=(), windows=())

    class One:
        def wordinate(self, detection, readings, weigh):
            return [Line(words=[Word(text="mine", quad=Quad.from_bounds(0, 0, 9, 9), confidence=1)])]

    class OnItsHead:
        def orient(self, image):
            return Rotation(degrees=180, confidence=1)

    page = CrnnEngine(orienter=OnItsHead(), detector=Nothing()).read(draw_page("Invoice"))
    assert page.rotation.degrees == 180
    assert CrnnEngine(detector=Nothing()).read(draw_page("Invoice")).lines == ()
    assert CrnnEngine(wordinator=One()).read(draw_page("Invoice")).text == "mine"


def test_users_words_reach_the_lexicon():
    settings = CrnnSettings()
    own = attrs.evolve(settings, wordinator=attrs.evolve(settings.wordinator, words=("Qwxzy",)))
    assert CrnnEngine(own).pipeline.wordinator.lexicon.knows("Qwxzy")


def test_pages_travel_between_processes():
    page = ENGINE.read(draw_page("Invoice 2048"))
    assert pickle.loads(pickle.dumps(page)) == page


def test_our_engine_is_the_default_and_reads_without_the_training_stack():
    code = """
import sys, numpy as np, ocrkit
document = ocrkit.read(np.full((60, 200), 255, np.uint8))
assert document.engine == "ocrkit", document.engine
assert not {"tensorflow", "keras", "torch", "mlflow", "pymupdf"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_noise_has_no_words():
    noise = np.random.default_rng(1).integers(0, 255, (400, 600), dtype=np.uint8)
    assert len(list(ENGINE.read(PageImage(pixels=noise)).words)) <= 1


def test_light_words_have_the_boxes_of_dark_ones():
    pixels = draw_page("Which way is up is said", width=900, height=110).pixels  # heavy letters, with paper between
    dark, light = (list(CrnnEngine().read(PageImage(pixels=p)).words) for p in (pixels, 255 - pixels))
    assert [word.text for word in light] == [word.text for word in dark]
    for one, other in zip(dark, light, strict=True):
        assert other.quad.bounds == pytest.approx(one.quad.bounds, abs=3)


def test_characters_lie_side_by_side_over_their_words():
    (word,) = CrnnEngine().read(draw_page("wordinator", width=900, height=110)).words
    widths = [quad.width for _, quad in word.characters]
    assert len(word.cuts) == len("wordinator") - 1
    assert widths[0] > 1.5 * widths[4]  # a w and an i
    assert sum(widths) == pytest.approx(word.quad.width)
