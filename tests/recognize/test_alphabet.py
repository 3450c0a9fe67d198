import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.recognize.alphabet import ALPHABET, Alphabet, shortest_path


def test_holds_what_print_needs():
    assert set("€£¥¢©®™°•·–—‘’“”…§½¼×ßÿÆ ~!¡¿«»„±²³¹ºªµ÷¾†‡‰ŒœŠšŽžŸ") <= set(ALPHABET.characters)
    assert ALPHABET.classes == len(ALPHABET.characters) + 1


def test_a_character_named_twice_is_refused():
    with pytest.raises(ValueError, match="'a'"):
        Alphabet("abca")


@given(st.text(ALPHABET.characters))
def test_encoding_is_undone_by_decoding(text):
    assert ALPHABET.decode(ALPHABET.encode(text)) == text


def test_a_character_outside_is_named():
    with pytest.raises(ValueError, match="'Ω'"):
        ALPHABET.encode("5 Ω")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("e\u0301t\u00e9", "été"),
        ("ﬁn\u00a0de", "fin de"),
        ("−5", "-5"),
        ("5 \u03bcm", "5 \u00b5m"),
        ("  a \n b ", "a b"),
        ("中", None),
        ("", ""),
    ],
)
def test_spelling_folds_what_looks_the_same(text, spelt):
    assert ALPHABET.spell(text) == spelt


def test_twins_need_a_blank_between_them():
    assert shortest_path(ALPHABET.encode("hello")) == 6
    assert shortest_path([]) == 0
