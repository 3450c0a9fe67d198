import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit import Homography, Line, Page, Quad, Word
from ocrkit.pdf.content import operations
from ocrkit.pdf.font import LayerFont
from ocrkit.pdf.layer import content_stream, in_display_order

FLIP = Homography([[1, 0, 0], [0, -1, 100], [0, 0, 1]])  # a page of 100 points at 72 dpi


def line(*words, baseline=None):
    built = [Word(text=text, quad=Quad.from_bounds(*bounds), confidence=1) for text, bounds in words]
    return Line(words=built, baseline=baseline) if baseline else Line(words=built)


def stream(*lines, to_user_space=FLIP):
    return content_stream(Page(lines=lines, size=(100, 100)), to_user_space, LayerFont(), "F").decode()


def spans(content):
    """Return start, end and text of each word along the first line."""
    em, scale, at, found = 0.0, 1.0, 0.0, []
    font = LayerFont()
    for name, operands, *_ in operations(content.encode()):
        if name == b"Tf":
            em = float(operands[1])
        elif name == b"Tz":
            scale = float(operands[0]) / 100
        elif name == b"Td":
            at += float(operands[0])
        elif name == b"Tj":
            text = bytes.fromhex(operands[0][1:-1].decode()).decode("utf-16-be")
            if text.strip():
                found.append((at, at + font.advance(text) * em * scale, text))
    return found


def test_page_without_text_has_no_layer():
    assert stream() == ""


def test_form_of_the_stream():
    content = stream(line(("ab", (10, 10, 30, 20)), ("c", (40, 10, 50, 20))))
    assert content.startswith("q\nBT\n3 Tr\n/F 8.503 Tf 1 0 0 1 10 81.998 Tm\n/Span BMC ")
    assert content.endswith("EMC\nET\nQ\n")
    assert content.count("<0020> Tj") == 1
    assert "30 0 Td" in content


def test_word_fills_its_box_where_the_gap_is_wide():
    first, second = spans(stream(line(("wide", (10, 10, 40, 20)), ("gap", (60, 10, 80, 20)))))
    assert first == (0, pytest.approx(30, abs=0.01), "wide")
    assert second == (pytest.approx(50), pytest.approx(70, abs=0.01), "gap")


def test_close_words_are_trimmed_to_a_gap_that_viewers_see():
    (_, end, _), (start, _, _) = spans(stream(line(("longer", (10, 10, 50, 20)), ("word", (51, 10, 90, 20)))))
    assert start - end == pytest.approx(0.32 * 8.503, abs=0.01)


def test_words_are_trimmed_by_no_more_than_their_share():
    (begin, end, _), (start, stop, _) = spans(stream(line(("a", (10, 10, 14, 20)), ("b", (14, 10, 18, 20)))))
    assert end - begin == pytest.approx(4 * 0.85, abs=0.01)
    assert stop - start == pytest.approx(4 * 0.85, abs=0.01)


def test_words_that_overlap_carry_the_space_in_the_word():
    content = stream(line(("aaaa", (10, 10, 40, 20)), ("bbbb", (20, 10, 50, 20))))
    assert "<0020> Tj" not in content
    assert spans(content)[0][2] == "aaaa "


def test_words_come_from_left_to_right_whatever_their_order():
    assert [text for *_, text in spans(stream(line(("b", (60, 10, 70, 20)), ("a", (10, 10, 20, 20)))))] == ["a", "b"]


def test_small_rise_is_flattened_and_a_real_skew_kept():
    noisy = line(("a", (10, 10, 20, 20)), ("b", (60, 11, 70, 21)))
    assert " 1 0 0 1 " in stream(noisy).split("Tf")[1].split("Tm")[0]
    skewed = line(("a", (10, 10, 20, 20)), ("b", (60, 20, 70, 30)))
    assert " 1 0 0 1 " not in stream(skewed).split("Tf")[1].split("Tm")[0]


def test_baseline_that_the_engine_saw_gives_the_direction():
    words = (("a", (10, 10, 20, 20)), ("b", (60, 16, 70, 26)))
    assert " 1 0 0 1 " in stream(line(*words, baseline=[(10, 20), (70, 20)])).split("Tf")[1].split("Tm")[0]


@pytest.mark.parametrize(("turns", "matrix"), [(1, "0 -1 1 0"), (2, "-1 0 0 -1"), (3, "0 1 -1 0")])
def test_turned_line_has_a_turned_matrix(turns, matrix):
    turned = line(("word", (10, 10, 40, 20))).mapped(Homography.quarter_turns(turns, 100, 100))
    assert f"Tf {matrix} " in stream(turned)


def test_box_without_extent_keeps_its_text():
    content = stream(line(("dot", (10, 10, 10, 10))))
    assert spans(content)[0][2] == "dot"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ﬁne", "fine"),
        ("oﬃce", "office"),
        ("שלום", "םולש"),
        ("123", "123"),
        ("א12", "12א"),
        ("א12.50", "12.50א"),
        ("PDFים", "PDFםי"),
        ("ל-iPhone", "iPhone-ל"),
        ("בְּ", "בְּ"),
        ("مرحبا", "ابحرم"),
        ("a\u0007b", "ab"),
    ],
)
def test_words_are_written_as_they_are_displayed(text, shown):
    assert in_display_order(text) == shown


coordinate = st.floats(-1e5, 1e5)
texts = st.text(min_size=1, max_size=12).filter(lambda t: t.split() == [t])
words = st.builds(
    Word,
    text=texts,
    quad=st.builds(Quad, st.tuples(*[st.tuples(coordinate, coordinate)] * 4)),
    confidence=st.just(1.0),
)


@given(st.lists(words, min_size=1, max_size=5))
def test_any_words_give_numbers_that_pdf_can_read(some):
    content = stream(Line(words=some))
    assert not re.search(r"\de[+-]?\d|nan|inf", re.sub(r"<[0-9a-f]+>", "", content))
    for name, operands, *_ in operations(content.encode()):
        if name == b"Tz":
            assert 0 < float(operands[0]) < 2000
