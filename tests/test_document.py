import attrs
import pytest

from ocrkit import Document, Homography, Line, Page, PageStatus, Quad, Rotation, Word

QUAD = Quad.from_bounds(0, 0, 10, 5)


def word(text="word", quad=QUAD, confidence=0.5):
    return Word(text=text, quad=quad, confidence=confidence)


def test_text_is_normalised_to_nfc():
    assert word("e\u0301").text == "\u00e9"


@pytest.mark.parametrize("text", ["", " ", "two words", "tab\t", "line\n"])
def test_word_with_white_space_or_without_text_is_refused(text):
    with pytest.raises(ValueError, match="white space"):
        word(text)


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_confidence_outside_the_unit_range_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence"):
        word(confidence=confidence)


def test_types_are_frozen():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        word().text = "other"


def test_line_without_words_is_refused():
    with pytest.raises(ValueError, match="words"):
        Line(words=[])


def test_baseline_is_the_bottom_of_the_words_unless_given():
    far = Quad.from_bounds(20, 1, 30, 6)
    assert Line(words=[word(), word(quad=far)]).baseline == ((0, 5), (30, 6))
    assert Line(words=[word()], baseline=[(0, 4), (10, 4)]).baseline == ((0, 4), (10, 4))


def test_line_is_mapped_with_its_words_and_baseline():
    line = Line(words=[word()]).mapped(Homography.scaling(2, 3))
    assert line.words[0].quad.bounds == (0, 0, 20, 15)
    assert line.baseline == ((0, 15), (20, 15))


def test_text_has_spaces_lines_and_empty_lines_between_pages():
    page = Page(lines=[Line(words=[word("a"), word("b")]), Line(words=[word("c")])], size=(10, 10))
    assert Document(pages=[page, page]).text == "a b\nc\n\na b\nc"
    assert [w.text for w in Document(pages=[page]).words] == ["a", "b", "c"]


@pytest.mark.parametrize("size", [(0, 10), (10, -1)])
def test_page_without_extent_is_refused(size):
    with pytest.raises(ValueError, match="at least one pixel"):
        Page(size=size)


def test_page_resolution_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        Page(size=(1, 1), dpi=(300, 0))


def test_rotation_is_a_right_angle():
    with pytest.raises(ValueError, match="degrees"):
        Rotation(degrees=45)


def test_status_may_be_given_by_name():
    assert Page(size=(1, 1), status="timeout").status is PageStatus.TIMEOUT


def test_characters_have_equal_shares_unless_cuts_say_more():
    quad = Quad.from_bounds(10, 0, 40, 9)
    plain, cut = Word(text="abc", quad=quad, confidence=1), Word(text="abc", quad=quad, confidence=1, cuts=[0.1, 0.9])
    assert [(c, q.bounds[0]) for c, q in plain.characters] == [("a", 10), ("b", 20), ("c", 30)]
    assert [(c, pytest.approx(q.bounds[0])) for c, q in cut.characters] == [("a", 10), ("b", 13), ("c", 37)]


@pytest.mark.parametrize("cuts", [(0.5,), (0.6, 0.4), (0.1, 1.1), (float("nan"), 0.5)])
def test_cuts_that_do_not_part_the_text_are_refused(cuts):
    with pytest.raises(ValueError, match="cuts"):
        Word(text="abc", quad=Quad.from_bounds(0, 0, 9, 9), confidence=1, cuts=cuts)
