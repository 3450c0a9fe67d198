import json
import multiprocessing
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import attrs
import cv2
import numpy as np
import pytest

from ocrkit.errors import ModelError
from ocrkit.recognize import CrnnRecognizer, RecognizerSettings, ctc
from ocrkit.recognize.crnn import _of_like_length, _shares, _stripped, calibrate
from ocrkit.recognize.model import GLANCE, WORD, pack, shipped, unpack
from ocrkit.spec import Claim
from ocrkit.testing import draw_page


def window_of(text):
    """Draw print and cut it as tightly as a detector does."""
    page = draw_page(text).pixels
    grey = page[..., 0] if page.ndim == 3 else page
    rows, columns = np.flatnonzero((grey < 128).any(1)), np.flatnonzero((grey < 128).any(0))
    return np.ascontiguousarray(grey[rows[0] - 4 : rows[-1] + 5, columns[0] - 4 : columns[-1] + 5])


@pytest.fixture(scope="module")
def recognizer():
    return CrnnRecognizer()


def test_print_is_read_with_its_spaces(recognizer):
    texts = ["Invoice", "Invoice 2048", "Total due"]
    assert [r.text for r in recognizer.read([window_of(t) for t in texts])] == texts


def test_many_windows_come_back_in_their_order(recognizer):
    texts = [f"{number} items {'sold ' * (number % 3)}".strip() for number in range(11, 40)]
    windows = [window_of(text) for text in texts]
    together = [reading.text for reading in recognizer.read(windows)]
    assert together == [recognizer.read([window])[0].text for window in windows]
    assert len(set(together)) == len(texts)


@pytest.mark.parametrize("settings", [{"threads": 2}, {"beam": 8, "doubt": 1.0, "doubt_text": 1.0}])
def test_threads_and_beam_read_the_same_of_clear_print(recognizer, settings):
    windows = [window_of(f"Order {number}") for number in range(100, 170)]
    other = CrnnRecognizer(RecognizerSettings(**settings))
    assert [r.text for r in other.read(windows)] == [r.text for r in recognizer.read(windows)]


def test_a_reading_places_its_characters(recognizer):
    (reading,) = recognizer.read([window_of("Total due")])
    assert len(reading.spans) == len(reading.confidences) == len(reading.text)
    assert all(0 <= a <= b <= 1 for a, b in reading.spans)
    space = reading.spans[reading.text.index(" ")]
    assert 0.45 < sum(space) / 2 < 0.75
    assert 0.5 < reading.confidence <= 1


def test_noise_and_bare_paper_have_no_text_or_no_confidence(recognizer):
    noise = np.random.default_rng(0).integers(0, 255, (32, 120), dtype=np.uint8)
    for reading in recognizer.read([np.full((32, 120), 240, np.uint8), noise]):
        assert not reading.text or reading.confidence < 0.5


def test_no_windows_give_no_readings(recognizer):
    assert recognizer.read([]) == []


@pytest.mark.parametrize("window", [np.zeros((3, 9, 3), np.uint8), np.zeros((9, 9)), np.zeros((0, 9), np.uint8)])
def test_what_is_no_window_is_refused(recognizer, window):
    with pytest.raises(ValueError, match="give uint8 arrays"):
        recognizer.read([window])


def test_several_threads_may_share_a_recognizer(recognizer):
    windows = [window_of(f"Page {number}") for number in range(10, 18)]
    expected = [r.text for r in recognizer.read(windows)]
    with ThreadPoolExecutor(4) as pool:
        for read in pool.map(lambda _: recognizer.read(windows), range(8)):
            assert [r.text for r in read] == expected


def test_several_threads_may_begin_at_once():
    window = window_of("Page 12")
    fresh = CrnnRecognizer()
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(lambda _: fresh.read([window])[0], range(8)))
    assert {reading.text for reading in readings} == {"Page 12"}
    assert len({reading.confidence for reading in readings}) == 1


@pytest.mark.parametrize("width", [513, 2000])
def test_windows_wider_than_the_net_takes_are_squeezed(recognizer, width):
    text = "Invoice 2048 and total due"  # about 500 wide
    wide = cv2.resize(window_of(text), (width, 32), interpolation=cv2.INTER_AREA)
    (reading,) = recognizer.read_scaled([wide])
    assert reading.text == text
    assert len(reading.evidence) == recognizer.facts.widest // recognizer.facts.stride


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_child_reads_with_the_model_that_its_parent_loaded():
    # in a process of its own, so that the threads of other tests are not in the fork
    code = (
        "import json, multiprocessing, numpy\n"
        "from ocrkit.recognize import CrnnRecognizer\n"
        "from tests.recognize.test_crnn import window_of\n"
        "recognizer, window = CrnnRecognizer(), window_of('Invoice 2048')\n"
        "def read(_): return recognizer.read([window])[0].text\n"
        "before = read(0)\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(json.dumps([before, *pool.map(read, range(4)), read(0)]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"Invoice 2048"}


def test_loading_needs_no_training_code():
    code = (
        "import sys, json; from ocrkit.recognize import CrnnRecognizer; CrnnRecognizer(); "
        "print(json.dumps([m for m in ('tensorflow', 'keras', 'torch', 'mlflow') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_calibration_keeps_the_order():
    logs = np.log(np.array([0.001, 0.3, 0.9, 0.999999], np.float32))
    chances = calibrate(logs, 0.7, -0.4)
    assert (np.diff(chances) > 0).all()
    assert ((chances > 0) & (chances < 1)).all()
    np.testing.assert_allclose(calibrate(logs, 1.0, 0.0), np.exp(logs), rtol=1e-3)


def test_doubtful_windows_are_looked_at_again(recognizer):
    rng = np.random.default_rng(3)
    windows = [window_of(f"Item {number}") for number in range(6)]
    worn = [np.clip(w + rng.normal(0, 90, w.shape), 0, 255).astype(np.uint8) for w in windows]
    once = CrnnRecognizer(RecognizerSettings(shifts=(), beam=1, wider=1)).read(worn)
    again = CrnnRecognizer(RecognizerSettings(doubt=1.0, doubt_text=1.0, wider=1)).read(worn)
    never = CrnnRecognizer(RecognizerSettings(doubt=0.0, wider=1)).read(worn)
    assert [r.confidence for r in again] != [r.confidence for r in once]
    assert [(r.text, r.confidence) for r in never] == [(r.text, r.confidence) for r in once]
    assert all(r.evidence.shape == o.evidence.shape for r, o in zip(again, once, strict=True))


def test_texts_that_are_likely_as_a_whole_are_not_looked_at_again():
    windows = worn(3, many=8)
    once = CrnnRecognizer(RecognizerSettings(shifts=(), beam=1, wider=1)).read(windows)
    middle = float(np.median([reading.confidence for reading in once]))
    again = CrnnRecognizer(RecognizerSettings(doubt=1.0, doubt_text=middle, wider=1)).read(windows)
    changed = [before.confidence != after.confidence for before, after in zip(once, again, strict=True)]
    assert changed == [bool(reading.text) and reading.confidence <= middle for reading in once]


def test_one_model_alone_looks_again_from_other_rows(tmp_path):
    path = tmp_path / "word.tflite"
    path.write_bytes(shipped(WORD))
    windows = worn(4, many=6)
    alone, twice, same = (
        CrnnRecognizer(RecognizerSettings(model=path, doubt=1.0, doubt_text=1.0, **settings)).read(windows)
        for settings in ({}, {"shifts": (-1, 1)}, {"shifts": (0,)})
    )
    assert [(r.text, r.confidence) for r in alone] == [(r.text, r.confidence) for r in twice]
    assert [r.confidence for r in alone] != [r.confidence for r in same]


def test_what_reads_as_empty_is_not_looked_at_again():
    bare = [np.random.default_rng(1).normal(200, 8, (32, 200)).clip(0, 255).astype(np.uint8)]
    again, once = (
        CrnnRecognizer(RecognizerSettings(doubt=1.0, doubt_text=1.0, **settings)).read(bare)[0]
        for settings in ({}, {"shifts": (), "beam": 1})
    )
    assert again.text == once.text == ""
    assert again.confidence == once.confidence


def test_thin_letters_that_run_together_are_looked_at_wider():
    texts = ["illicit filling", "bill of lading", "Hill Hall 1111", "vanilla lily", "millilitre", "skillful"] * 3
    rng = np.random.default_rng(1)
    drawn = [window_of(text) for text in texts]
    narrow = [cv2.resize(w, (round(17.6 * w.shape[1] / len(w)), 32), interpolation=cv2.INTER_AREA) for w in drawn]
    worn = [np.clip(w + rng.normal(0, 60, w.shape), 0, 255).astype(np.uint8) for w in narrow]
    as_they_are, wider = (CrnnRecognizer(RecognizerSettings(wider=times)).read(worn) for times in (1.0, 1.2))
    right = [sum(r.text == text for r, text in zip(found, texts, strict=True)) for found in (as_they_are, wider)]
    assert right[1] > right[0]
    for reading in wider:
        assert len(reading.spans) == len(reading.confidences) == len(reading.text)
        assert all(0 <= a <= b <= 1 for a, b in reading.spans)


def test_a_glance_that_knows_other_characters_is_refused(tmp_path):
    model = shipped(GLANCE)
    facts = unpack(model, "shipped")
    other = tmp_path / "other.tflite"
    other.write_bytes(pack(model[: model.rindex(b"PK\x03\x04")], attrs.evolve(facts, characters="abc")))
    with pytest.raises(ModelError, match="other characters"):
        CrnnRecognizer(RecognizerSettings(glance=other))


def test_claims_are_weighed_by_the_part_of_the_window_that_they_are_about(recognizer):
    (reading,) = recognizer.read([window_of("Total due")])
    end, start = reading.spans[reading.text.index(" ")]  # of the space
    claims = [
        Claim(reading, 0.0, end, "Total"),
        Claim(reading, 0.0, end, "Tota1"),
        Claim(reading, 0.0, end, "due"),
        Claim(reading, start, 1.0, "due"),
        Claim(reading, 0.0, 1.0, "Total due"),
        Claim(reading, 0.0, 0.01, "Total"),
        Claim(reading, 0.0, end, "合計"),
    ]
    right, wrong, misplaced, other, whole, cramped, foreign = recognizer.weigh(claims)
    assert min(right, other, whole) > -1 > wrong > misplaced
    assert cramped <= -1e8
    assert foreign <= -1e8
    assert not len(recognizer.weigh([]))


def test_a_space_at_the_edge_does_not_count_against_the_word_beside_it(recognizer):
    classes = recognizer.facts.alphabet.encode(" Ab ")
    seen = np.full((1, 8, recognizer.facts.alphabet.classes), -20.0, np.float32)
    seen[0, np.arange(8), [0, classes[0], 0, classes[1], classes[2], 0, classes[3], 0]] = 0
    logs = ctc.log_softmax(seen)
    (path,) = ctc.decode_greedy(logs)
    whole = recognizer._reading(path, 0.9, logs[0].copy(), 8.0)
    assert (whole.evidence == logs[0]).all()  # which another look is averaged with
    reading = _stripped(whole, 8.0)
    assert (reading.text, len(reading.spans), len(reading.confidences)) == ("Ab", 2, 2)
    assert (reading.evidence[3:5] == logs[0, 3:5]).all()
    assert recognizer.weigh([Claim(reading, 0.0, 1.0, "Ab")]) > -0.01


def worn(seed, many=1, length=8):
    """Draw windows of any width that are hard to read."""
    rng = np.random.default_rng(seed)
    clear = [window_of(f"Item {number} {'sold ' * rng.integers(0, length)}") for number in range(many)]
    return [np.clip(w + rng.normal(0, 80, w.shape), 0, 255).astype(np.uint8) for w in clear]


def test_threads_share_a_crowd_of_doubtful_windows_of_any_width():
    windows = worn(5, many=200)
    one, three = (
        CrnnRecognizer(RecognizerSettings(doubt=1.0, doubt_text=1.0, threads=threads)).read(windows)
        for threads in (1, 3)
    )
    assert len({window.shape[1] for window in windows}) > 5
    assert [r.text for r in one] == [r.text for r in three]
    assert [r.confidence for r in one] == pytest.approx([r.confidence for r in three], abs=1e-3)


def test_a_narrow_window_reads_alike_beside_a_wide_one(recognizer):
    narrow, wide = worn(1, length=1)[0], worn(2, length=12)[0]
    alone, (beside, _) = recognizer.read([narrow])[0], recognizer.read([narrow, wide])
    assert beside.text == alone.text
    assert beside.confidence == pytest.approx(alone.confidence, abs=1e-3)
    assert all(end <= 1 for _, end in beside.spans)


@pytest.mark.parametrize("slope", [1e4, -1e4])
def test_the_steepest_calibration_stays_a_probability(slope):
    chances = calibrate(np.array([-1000.0, -0.5, -1e-9], np.float32), slope, 0.0)
    assert ((chances >= 0) & (chances <= 1)).all()


def test_threads_get_shares_of_about_as_many_pixels():
    widths = [*[8] * 900, 512, *range(20, 400, 10)]
    for threads in (1, 2, 3):
        shares = _shares(widths, threads)
        assert sorted(number for share in shares for number in share) == list(range(len(widths)))
        assert len(shares) % threads == 0
        pixels = [sum(widths[number] for number in share) for share in shares]
        assert max(pixels) - min(pixels) <= 2 * 512
        assert max(pixels) <= 8192 + 512
    assert _shares([], 2) == []
    assert len(_shares([300, 40], 2)) == 1  # a thread is not worth it


def test_a_wide_window_does_not_make_a_crowd_of_narrow_ones_dear():
    seen = [np.zeros((steps, 1), np.float32) for steps in [*[4] * 900, 256, *range(10, 200, 5)]]
    batches = list(_of_like_length(seen))
    assert sorted(number for batch in batches for number in batch) == list(range(len(seen)))
    assert all(max(len(seen[number]) for number in batch) * len(batch) <= 8192 for batch in batches)
