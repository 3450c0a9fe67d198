import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit.recognize import ctc


@st.composite
def small_logs(draw):
    steps, classes = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    seed = draw(st.integers(0, 2**32 - 1))
    return ctc.log_softmax(np.random.default_rng(seed).normal(0, 2, (2, steps, classes)).astype(np.float32))


def every_text(logs):
    """Sum the probability of every text over all paths, one by one."""
    steps, classes = logs.shape
    totals = {}
    for path in itertools.product(range(classes), repeat=steps):
        text = tuple(c for c, _ in itertools.groupby(path) if c)
        totals[text] = totals.get(text, 0.0) + np.exp(sum(logs[t, c] for t, c in enumerate(path)))
    return totals


@settings(max_examples=60, deadline=None)
@given(small_logs())
def test_probability_is_the_sum_over_all_paths(logs):
    for text, chance in every_text(logs[1]).items():
        assert np.exp(ctc.log_probability(logs, [(), text])[1]) == pytest.approx(chance, rel=1e-3, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(small_logs())
def test_a_wide_beam_finds_the_likeliest_text(logs):
    classes = logs.shape[2]
    for row, path in zip(logs, ctc.decode(logs, width=200, branches=classes - 1)[0], strict=True):
        totals = every_text(row)
        assert totals[path.classes] == pytest.approx(max(totals.values()), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(small_logs())
def test_greedy_reads_the_likeliest_path(logs):
    for row, path in zip(logs, ctc.decode_greedy(logs), strict=True):
        assert path.classes == tuple(c for c, _ in itertools.groupby(row.argmax(1)) if c)


@settings(max_examples=60, deadline=None)
@given(small_logs())
def test_spans_are_in_order_and_hold_their_character(logs):
    greedy = ctc.decode_greedy(logs)
    aligned = ctc.align(logs, [path.classes for path in greedy])
    for row, path in itertools.chain(zip(logs, greedy, strict=True), zip(logs, aligned, strict=True)):
        assert len(path.spans) == len(path.confidences) == len(path.classes)
        assert all(a < b for a, b in path.spans)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(path.spans))
        for (start, end), number, chance in zip(path.spans, path.classes, path.confidences, strict=True):
            assert chance == pytest.approx(np.exp(row[start:end, number].max()), rel=1e-4)


def test_a_text_longer_than_the_timesteps_is_impossible():
    logs = ctc.log_softmax(np.zeros((1, 2, 3), np.float32))
    assert ctc.log_probability(logs, [(1, 2, 1)])[0] < -1e6
    assert ctc.log_probability(logs, [(1, 1)])[0] < -1e6


def test_the_beam_adds_up_what_greedy_cannot_see():
    # "a" by three paths of 0.24 + 0.24 + 0.16, against the single best path "" with 0.36
    chances = np.array([[[0.6, 0.4], [0.6, 0.4]]], np.float32)
    assert ctc.decode_greedy(np.log(chances))[0].classes == ()
    assert ctc.decode(np.log(chances), width=4, branches=1)[0][0].classes == (1,)


def test_the_mean_of_looks_is_that_of_their_probabilities():
    looks = [np.log(np.array([[[0.2, 0.8]]], np.float32)), np.log(np.array([[[0.6, 0.4]]], np.float32))]
    assert np.exp(ctc.mean(looks)) == pytest.approx(np.array([[[0.4, 0.6]]]))


def test_what_is_impossible_to_all_looks_stays_finite():
    assert np.isfinite(ctc.mean([np.full((1, 1, 2), -1e9, np.float32)])).all()


def test_behind_the_end_of_a_part_there_are_only_blanks():
    long, short = ctc.log_softmax(np.random.default_rng(0).normal(0, 3, (2, 6, 4)).astype(np.float32))
    batch = ctc.padded([long, short[:2]])
    assert (batch[0] == long).all()
    assert (batch[1, :2] == short[:2]).all()
    assert all(end <= 2 for _, end in ctc.decode_greedy(batch)[1].spans)
    assert np.exp(batch[1, 2:]).sum(-1) == pytest.approx(1.0)


def test_the_beam_takes_an_alphabet_smaller_than_its_branches():
    logs = ctc.log_softmax(np.random.default_rng(0).normal(0, 3, (2, 6, 4)).astype(np.float32))
    assert len(ctc.decode(logs, 4)[0]) == 2


def test_long_blanks_do_not_change_what_the_beam_finds():
    rng = np.random.default_rng(3)
    dense = ctc.log_softmax(rng.normal(0, 1, (4, 6, 5)).astype(np.float32))
    blank = ctc.log_softmax(np.where(np.arange(5) == 0, 15, 0).astype(np.float32))
    spread = np.repeat(dense, 2, 1)
    spread[:, 1::2] = blank  # one blank between any two timesteps, and then many more
    longer = np.insert(spread, [4] * 20 + [8] * 20, blank, axis=1)
    few, weights = ctc.decode(spread, width=64)
    many, others = ctc.decode(longer, width=64)
    assert weights.max() < np.log(0.5)  # or nothing is searched
    assert [path.classes for path in few] == [path.classes for path in many]
    assert others == pytest.approx(weights, abs=1e-3)
    assert many[0].spans != few[0].spans  # they count the blanks that the search left out
