import json
from pathlib import Path

import numpy as np
import pytest

from ocrkit import Line, Page, Quad, Word
from ocrkit.evaluate import RULES, Counts, TrueItem, load_truth, posed, rightness
from ocrkit.testing import draw_page


def page(*words):
    lines = [Line(words=[Word(text=t, quad=Quad.from_bounds(*b), confidence=1)]) for t, b in words]
    return Page(lines=lines, size=(1000, 1000))


def test_exact_counts_words_as_bags_with_case_and_punctuation():
    read = page(("a", (0, 0, 1, 1)), ("a", (5, 5, 6, 6)), ("B.", (0, 0, 1, 1)))
    truth = [TrueItem("a b.", (0, 0, 9, 9)), TrueItem("B.", (0, 0, 9, 9))]
    assert RULES["exact"](read, truth) == Counts(2, 3, 3)
    assert RULES["fold"](read, truth) == Counts(2, 3, 3)
    assert RULES["fold"](page(("A", (0, 0, 1, 1))), truth) == Counts(1, 1, 3)


def test_box_wants_text_and_place():
    truth = [TrueItem("word", (0, 0, 10, 10)), TrueItem("word", (50, 0, 60, 10))]
    assert RULES["box"](page(("word", (1, 0, 10, 10))), truth) == Counts(1, 1, 2)
    assert RULES["box"](page(("word", (6, 0, 16, 10))), truth) == Counts(0, 1, 2)
    assert RULES["box"](page(("Word", (0, 0, 10, 10))), truth) == Counts(0, 1, 2)


@pytest.mark.parametrize("rule", ["box", "nonsense"])
def test_no_word_is_right_by_a_rule_that_says_nothing_of_words(rule):
    with pytest.raises(ValueError, match="give exact, fold or field"):
        rightness(page(("word", (0, 0, 10, 10))), [], rule)


@pytest.mark.parametrize("line", ['{"image": "a.png"}', "{", '{"image": "a.png", "items": [{"text": "a"}]}', "3"])
def test_labels_of_another_form_are_refused_with_their_line(tmp_path, line):
    (tmp_path / "pages.jsonl").write_text(f'{{"image": "b.png", "items": []}}\n\n{line}\n')
    labels = load_truth(tmp_path)
    assert next(labels).image == tmp_path / "b.png"
    with pytest.raises(ValueError, match=r"pages.jsonl, line 3, is not like \{"):
        next(labels)


def test_box_counts_a_true_word_once():
    truth = [TrueItem("word", (0, 0, 10, 10))]
    assert RULES["box"](page(("word", (0, 0, 10, 10)), ("word", (0, 0, 10, 9))), truth) == Counts(1, 2, 1)


def test_field_joins_what_lies_in_the_grown_box_from_left_to_right():
    truth = [TrueItem("TotalDue", (100, 100, 200, 120))]
    words = (("due", (150, 101, 199, 119)), ("TOTAL", (101, 101, 140, 119)), ("far", (500, 0, 510, 9)))
    assert RULES["field"](page(*words), truth) == Counts(1, 1, 1)
    # Its centre lies 2 pixels below the box, and 15 % of 20 are 3.
    assert RULES["field"](page(("totaldue", (100, 112, 200, 132))), truth) == Counts(1, 1, 1)
    assert RULES["field"](page(("totaldue", (100, 116, 200, 136))), truth) == Counts(0, 1, 1)


def test_nothing_read_and_nothing_there_is_perfect():
    assert Counts().f1 == Counts().precision == Counts().recall == 1.0


def test_truth_is_loaded_and_normalised(tmp_path):
    record = {"image": "images/a.png", "items": [{"quad": [[0, 0], [4, 0], [4, 2], [0, 2]], "text": "e\u0301"}]}
    (tmp_path / "pages.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    (only,) = load_truth(tmp_path)
    assert only.image == tmp_path / Path("images/a.png")
    assert only.items == (TrueItem("\u00e9", (0, 0, 4, 2)),)


def test_f1_is_the_harmonic_mean():
    counts = Counts(3, 4, 6)
    assert counts.f1 == pytest.approx(2 / (1 / counts.precision + 1 / counts.recall))


def test_each_word_is_judged_and_of_twins_the_surer_is_right():
    def word(text, confidence, x=0.0):
        return Word(text=text, quad=Quad.from_bounds(x, 0, x + 10, 10), confidence=confidence)

    page = Page(lines=[Line(words=[word("one", 0.4), word("ONE", 0.9, 20), word("two", 0.7, 40)])], size=(100, 20))
    truth = [TrueItem("one two", (0, 0, 100, 20))]
    assert rightness(page, truth, "exact") == [True, False, True]
    assert rightness(page, truth, "fold") == [False, True, True]


def test_a_word_alone_in_a_labelled_box_is_judged_by_field():
    words = [
        Word(text=t, quad=Quad.from_bounds(x, 0, x + 10, 10), confidence=1) for t, x in (("A", 0), ("b", 50), ("c", 70))
    ]
    page = Page(lines=[Line(words=words)], size=(100, 20))
    truth = [TrueItem("a", (0, 0, 10, 10)), TrueItem("bc", (45, 0, 85, 10))]
    assert rightness(page, truth, "field") == [True, None, None]


@pytest.mark.parametrize("degrees", [-100, -10, 3, 90, 183])
def test_what_lies_on_a_turned_page_keeps_its_place_in_the_callers_picture(degrees):
    image = draw_page("Invoice 2048")
    turned = posed(image, degrees)
    assert turned.caller_size == (image.width, image.height)
    ys, xs = np.nonzero(turned.grey < 100)
    back = np.round(turned.to_caller.map(np.stack([xs, ys], 1) + 0.5) - 0.5).astype(int)
    before = image.grey[back[:, 1].clip(0, image.height - 1), back[:, 0].clip(0, image.width - 1)]
    assert before.mean() < 90
