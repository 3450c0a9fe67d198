import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit import Homography, Line, Quad, Word
from ocrkit.wordinate.order import arranged

PITCH = 20


def line(text, x, y, size=12.0):
    """Set a line of words, each character 7 pixels wide."""
    words, at = [], x
    for word in text.split():
        words.append(Word(text=word, quad=Quad.from_bounds(at, y, at + 7 * len(word), y + size), confidence=1))
        at += 7 * (len(word) + 1)
    return Line(words=words)


def texts(lines):
    return [made.text for made in arranged(lines)]


PROSE = [
    "the quick brown fox jumps",
    "over the lazy dog and then",
    "runs away from all the men",
    "who packed five dozen jugs",
]
OTHER = [
    "of liquor into one large box",
    "for the judge of my country",
    "who vexed the boxing wizards",
    "and sphinx of black quartz",
]


@pytest.mark.parametrize("seed", range(5))
def test_two_columns_are_read_one_after_the_other(seed):
    lines = [line(text, 0, PITCH * row) for row, text in enumerate(PROSE)]
    lines += [line(text, 230, PITCH * row + 3) for row, text in enumerate(OTHER)]
    np.random.default_rng(seed).shuffle(lines)
    assert texts(lines) == PROSE + OTHER


def test_a_heading_over_two_columns_comes_first_and_one_between_parts_them():
    lines = [line("a heading that stands over all of both the columns here", 0, -PITCH)]
    lines += [line(text, x, PITCH * row) for x, column in ((0, PROSE), (230, OTHER)) for row, text in enumerate(column)]
    lines += [line("another heading which goes over the whole of the page now", 0, 4 * PITCH)]
    lines += [
        line(text, x, PITCH * (row + 5)) for x, column in ((0, OTHER), (230, PROSE)) for row, text in enumerate(column)
    ]
    got = texts(lines)
    assert got[0].startswith("a heading")
    assert got[1:9] == PROSE + OTHER
    assert got[9].startswith("another heading")
    assert got[10:] == OTHER + PROSE


def test_a_receipt_is_read_row_by_row_a_line_each():
    items = [("1 MUTTON SLICE", "15.00"), ("SOUP OF THE DAY", "3.20"), ("TOM YUM", "0.00"), ("NO. OF HEAD", "60.00")]
    lines = [line(price, 300, PITCH * row) for row, (_, price) in enumerate(items)]
    lines += [line(name, 0, PITCH * row + 2) for row, (name, _) in enumerate(items)]
    assert texts(lines) == [f"{name} {price}" for name, price in items]


def test_a_table_is_read_row_by_row():
    cells = [
        ["Spots", "Day", "Air Date", "Rate"],
        ["1", "Mo", "03/02/20", "$400.00"],
        ["2", "Tu", "03/03/20", "$90.00"],
    ] * 3
    lines = [line(cell, 120 * column, PITCH * row) for row, own in enumerate(cells) for column, cell in enumerate(own)]
    assert texts(lines[::-1]) == [" ".join(row) for row in cells]


@given(st.floats(-10, 10))
def test_a_turned_page_is_read_alike(degrees):
    lines = [line(text, x, PITCH * row) for x, column in ((0, PROSE), (230, OTHER)) for row, text in enumerate(column)]
    angle = np.radians(degrees)
    turn = Homography([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    assert texts([own.mapped(turn) for own in lines]) == PROSE + OTHER


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500), st.sampled_from(PROSE)), max_size=12))
def test_no_word_is_lost(places):
    lines = [line(text, x, y) for x, y, text in places]
    words = sorted(word.text for own in arranged(lines) for word in own.words)
    assert words == sorted(word.text for own in lines for word in own.words)


def two_columns():
    return [line(text, x, PITCH * row) for x, column in ((0, PROSE), (230, OTHER)) for row, text in enumerate(column)]


@pytest.mark.parametrize("row", [-5, 6])
def test_a_table_above_or_below_columns_is_read_row_by_row(row):
    cells = [("Name", "Count", "Price"), ("Apples", "12", "3.50"), ("Pears", "7", "2.10")]
    lines = [
        line(cell, 120 * column, PITCH * (row + at)) for at, own in enumerate(cells) for column, cell in enumerate(own)
    ]
    table = [" ".join(own) for own in cells]
    columns = PROSE + OTHER
    assert texts(two_columns() + lines) == (table + columns if row < 0 else columns + table)


def test_short_last_lines_of_columns_belong_to_them():
    ends = [line("the end", 0, 4 * PITCH), line("so it goes", 230, 4 * PITCH)]
    assert texts(two_columns() + ends) == [*PROSE, "the end", *OTHER, "so it goes"]


def test_titles_of_two_columns_belong_to_them():
    titles = [line("One", 0, -2 * PITCH), line("Two", 230, -2 * PITCH)]
    assert texts(two_columns() + titles) == ["One", *PROSE, "Two", *OTHER]


def test_a_heading_over_columns_has_beside_it_what_stands_there():
    heading = [line("a heading in the middle of all", 80, -2 * PITCH), line("page 7", 400, -2 * PITCH)]
    assert texts(two_columns() + heading) == ["a heading in the middle of all page 7", *PROSE, *OTHER]


def test_rows_of_goods_with_long_names_and_long_prices_are_no_columns():
    goods = ["Fresh milk full cream", "Brown bread with seeds", "Ripe bananas by weight", "Roasted coffee beans whole"]
    prices = ["RM 3.50 SR", "2 x 3.50 = 7.00", "RM 12.00 SR", "1 x 9.00 = 9.00"]
    lines = [line(good, 0, PITCH * row) for row, good in enumerate(goods)]
    lines += [line(price, 230, PITCH * row) for row, price in enumerate(prices)]
    assert texts(lines) == [f"{good} {price}" for good, price in zip(goods, prices, strict=True)]
