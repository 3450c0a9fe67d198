import pickle
import subprocess
import sys

import attrs
import numpy as np
import pymupdf
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


def test_colons_and_quantities_that_stand_apart_are_read():
    page = drawn.table(
        [("Doc No.", ":", "CS00012345"), ("Date", ":", "03/04/2017"), ("Cashier", ":", "MANAGER")], (40, 110, 122)
    )
    assert ENGINE.read(PageImage(pixels=page)).text == "Doc No. : CS00012345\nDate : 03/04/2017\nCashier : MANAGER"
    rows = [("1", "Coffee", "2.40", "A"), ("1", "Croissant", "1.90", "B"), ("1", "Orange juice", "3.10", "A")]
    grey = drawn.turned(drawn.table(rows, (40, 110, 250, 330)), np.zeros((0, 4, 2)), 4)[0]
    assert ENGINE.read(PageImage(pixels=grey)).text == "\n".join(" ".join(row) for row in rows)


@pytest.mark.parametrize("times", [2.5, 4, 6])
@pytest.mark.parametrize("inverted", [False, True])
def test_titles_are_read_however_high_their_letters(times, inverted):
    grey = drawn.titled("Hill Bill", times)
    page = ENGINE.read(PageImage(pixels=255 - grey if inverted else grey))
    assert page.text.split("\n") == ["Hill Bill", *drawn.LINES]


@pytest.mark.parametrize("inverted", [False, True])
def test_words_cut_out_close_around_them_are_read(inverted):
    words, read = " ".join(drawn.LINES).split(), []
    grey, boxes = drawn.page()
    for left, top, right, bottom in np.round(boxes[: len(words)]).astype(int):
        crop = grey[top + 3 : bottom - 2, left:right]  # the face leaves some room above and below
        page = ENGINE.read(PageImage(pixels=255 - crop if inverted else crop))
        assert page.size == crop.shape[::-1]
        read.append(page.text)
        for word in page.words:
            x0, y0, x1, y1 = word.quad.bounds
            assert -2 < x0 < x1 < page.size[0] + 2
            assert -2 < y0 < y1 < page.size[1] + 2
    assert sum(map(str.__eq__, words, read)) >= len(words) - 2


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


@pytest.mark.parametrize("quarters", [0, 1, 2])
def test_two_threads_which_search_before_they_know_the_turn_read_as_one_does(quarters):
    image = PageImage(pixels=np.ascontiguousarray(np.rot90(drawn.page()[0], quarters)))
    one, two = (CrnnEngine.create(EngineSettings(threads=threads)).read(image) for threads in (1, 2))
    assert (two.rotation.degrees, two.text) == (one.rotation.degrees, one.text)
    for word, same in zip(two.words, one.words, strict=True):
        assert np.allclose(word.quad.points, same.quad.points, atol=1e-6)
        assert word.confidence == pytest.approx(same.confidence, abs=1e-3)
    assert all(seconds >= 0 for _, seconds in two.timings)


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


class Way:
    """All stages of an engine; whichever way a page is looked at later, it reads as the next of these chances say."""

    def __init__(self, *chances, windows=1, letters=60, first=0):
        self.chances, self.windows, self.letters, self.first = iter(chances), windows, letters, first
        self.searched = self.wordinated = 0

    def engine(self):
        return CrnnEngine(orienter=self, detector=self, recognizer=self, wordinator=self)

    def orient(self, image):
        return Rotation(degrees=self.first, confidence=1)

    def detect(self, image):
        self.searched += 1
        return Detection(regions=(), windows=(np.zeros((32, 64), np.uint8),) * self.windows)

    def read(self, windows):
        chance = next(self.chances)
        reading = Reading(text="x" * 20, spans=((0, 1),) * 20, confidences=(chance,) * 20, confidence=chance)
        return [reading] * len(windows)

    def weigh(self, claims):
        return np.zeros(len(claims))

    def wordinate(self, detection, readings, weigh):
        self.wordinated += 1
        word = Word(text="x" * self.letters, quad=Quad.from_bounds(0, 0, 9, 9), confidence=readings[0].confidence)
        return [Line(words=[word])]


@pytest.mark.parametrize(
    ("make", "degrees", "searched", "wordinated"),
    [
        # read, tried at 180, tried at 90, tried at 270: which all promise too little
        (lambda: Way(0.4, 0.1, 0.1, 0.1, windows=500), 0, 2, 1),
        # at 270 it promises more, and keeps it: that way it has to be searched
        (lambda: Way(0.1, 0.02, 0.02, 0.4, 0.4), 270, 3, 2),
        # a little more is not enough
        (lambda: Way(0.25, 0.3, 0.3, 0.3), 0, 2, 1),
        (lambda: Way(0.2, 0.3, 0.39, 0.1, 0.1), 0, 3, 2),
        # nor is a lot, of hardly anything
        (lambda: Way(0.1, 0.02, 0.02, 0.4, 0.4, letters=6), 0, 3, 2),
        # what reads well is tried no other way
        (lambda: Way(0.9), 0, 1, 1),
        # nor what is left, once a way reads well
        (lambda: Way(0.1, 0.9, 0.9), 180, 2, 2),
    ],
)
def test_ways_are_tried_with_some_windows_and_read_as_a_whole_if_they_promise_enough(
    make, degrees, searched, wordinated
):
    way = make()
    page = way.engine().read(draw_page("Invoice"))
    assert (page.rotation.degrees, way.searched, way.wordinated) == (degrees, searched, wordinated)
    assert page.rotation.confidence > 0.5
    assert dict(page.timings)["detect"] > 0


def test_signs_of_western_europe_are_written():
    text = "«Le cœur de la ville», dit-elle. 2ª edición, 420 m², ±5 µm"
    with pymupdf.open() as document:
        page, writer = document.new_page(width=420, height=60), pymupdf.TextWriter((0, 0, 420, 60))
        writer.append((30, 36), text, font=pymupdf.Font("helv"), fontsize=13)
        writer.write_text(page)
        drawing = page.get_pixmap(dpi=200, colorspace="gray")
    pixels = np.frombuffer(drawing.samples, np.uint8).reshape(drawing.height, drawing.width)
    assert set("»ª²±µ") <= set(ENGINE.read(PageImage(pixels=pixels)).text)


def test_what_was_searched_once_is_not_searched_again():
    # at 180, as the orienter says, nothing is read, and no way promises more in the end: it stays as it was
    way = Way(0.1, 0.4, 0.1, 0.01, 0.01, 0.1, letters=6, first=180)
    page = way.engine().read(draw_page("Invoice"))
    assert (page.rotation.degrees, way.searched, way.wordinated) == (0, 3, 3)


def test_a_page_that_takes_too_long_is_given_up_while_ways_are_tried():
    way = Way(0.1, 0.1, 0.1, 0.1)

    def hurry():
        if way.searched == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        way.engine().pipeline(draw_page("Invoice"), between=hurry)
    assert way.wordinated == 1


def test_lone_digits_that_can_be_read_both_ways_stay_as_they_are():
    page = ENGINE.read(draw_page("\n".join([(8 * " ").join("680996")] * 3)))
    assert page.rotation.degrees == 0
    assert page.rotation.confidence == pytest.approx(0.5, abs=0.1)  # it was tried


def test_a_page_on_its_head_is_searched_once():
    class Counting:
        searched = 0

        def detect(self, image):
            self.searched += 1
            return ENGINE.pipeline.detector.detect(image)

    detector = Counting()
    page = CrnnEngine(detector=detector).read(PageImage(pixels=np.ascontiguousarray(drawn.page()[0][::-1, ::-1])))
    assert (page.rotation.degrees, detector.searched) == (180, 1)
    assert page.text.split("\n") == list(drawn.LINES * 2)


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

    page = CrnnEngine(orienter=OnItsHead(), detector=Nothing(), wordinator=One()).read(draw_page("Invoice"))
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


@pytest.mark.parametrize("degrees", [0, 90, 180])
def test_a_page_on_which_nothing_is_read_stays_as_it_is(degrees):
    class Sure:
        def orient(self, image):
            return Rotation(degrees=degrees, confidence=1)

    noise = np.random.default_rng(3).integers(0, 256, (300, 400)).astype(np.uint8)
    page = CrnnEngine(orienter=Sure()).read(PageImage(pixels=noise))
    assert (page.lines, page.rotation.degrees, page.size) == ((), 0, (400, 300))


@pytest.mark.parametrize(("confidence", "degrees"), [(0.1, 0), (0.9, 180)])
def test_a_page_of_a_few_doubtful_letters_stays_as_it_is(confidence, degrees):
    class OnItsHead:
        def orient(self, image):
            return Rotation(degrees=180, confidence=1)

    class Doubtful:
        def wordinate(self, detection, readings, weigh):
            return [Line(words=[Word(text="xq", quad=Quad.from_bounds(0, 0, 9, 9), confidence=0.4)])]

    class Some:
        def read(self, windows):
            return [Reading("xqxqxqxqxqxq", ((0, 1),) * 12, (confidence,) * 12, confidence) for _ in windows]

        def weigh(self, claims):
            return np.zeros(len(claims))

    page = CrnnEngine(orienter=OnItsHead(), recognizer=Some(), wordinator=Doubtful()).read(draw_page("Invoice 2048"))
    assert page.rotation.degrees == degrees


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


class Forgetful:
    """Reads and weighs less than it is given."""

    def __init__(self, read=0, weighed=0):
        self.reader, self.lost = ENGINE.pipeline.recognizer, (read, weighed)

    def read(self, windows):
        return self.reader.read(windows)[self.lost[0] :]

    def weigh(self, claims):
        return self.reader.weigh(claims)[self.lost[1] :]


@pytest.mark.parametrize(
    ("lost", "said"), [((1, 0), "readings of .* windows; give one"), ((0, 1), "weighed .* claims")]
)
def test_a_recognizer_that_leaves_something_out_is_told_so(lost, said):
    with pytest.raises(ValueError, match=said):
        CrnnEngine(recognizer=Forgetful(*lost)).read(PageImage(pixels=drawn.page()[0]))
