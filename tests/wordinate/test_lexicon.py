import subprocess
import sys

import pytest

from ocrkit.wordinate import Lexicon

LEXICON = Lexicon()


@pytest.mark.parametrize(
    "text",
    ["Invoice", "INVOICE:", "(invoice)", "don't", "customer’s", "well-known", "über", "a", "¿qué", "„Haus", "«cœur»"],
)
def test_words_are_known_with_what_stands_around_them(text):
    assert LEXICON.knows(text)


@pytest.mark.parametrize("text", ["lnvoice", "inVoice", "qzx", "", "...", "1234", "INV-2041"])
def test_other_texts_are_unknown(text):
    assert not LEXICON.knows(text)


def test_common_words_are_more_frequent_than_rare_ones():
    assert LEXICON.zipf("the") > LEXICON.zipf("invoice") > LEXICON.zipf("xylophone") > 0


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("lnvoice", "Invoice"),
        ("managernent", "management"),
        ("Tota1,", "Total,"),
        ("Weekiy/Monthly", "Weekly/Monthly"),
        ("l'm", "I'm"),
        ("didm't", "didn't"),
        ("couldn’l", "couldn’t"),
    ],
)
def test_a_slip_of_the_eye_leads_to_the_word(slip, word):
    assert word in LEXICON.near(slip)


def test_users_have_words_and_patterns_of_their_own():
    lexicon = Lexicon(["Qwxzy"], [r"INV-\d{4}"])
    assert lexicon.knows("QWXZY,")
    assert lexicon.knows("INV-2041")
    assert "Qwxzy" in lexicon.near("Qvvxzy")


def test_another_case_alone_is_no_slip():
    assert not {text.casefold() for text in LEXICON.near("McDonald")} & {"mcdonald"}
    assert "PHD" not in LEXICON.near("PhD")


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ("iPhonc", "iPhone"),
        ("McDonaid,", "McDonald,"),
        ("Rolls-Roycc", "Rolls-Royce"),
        ("82B", "B2B"),
        ("Brulee", "Brulée"),
    ],
)
def test_slips_lead_to_the_users_words_as_they_are_written(slip, word):
    assert word in Lexicon(["iPhone", "McDonald", "Rolls-Royce", "B2B", "Brulée"]).near(slip)


def test_users_words_count_in_compounds_and_with_endings():
    lexicon = Lexicon(["McDonald", "iPhone"])
    assert all(lexicon.knows(text) for text in ("McDonald's", "McDonald’s", "iPhone-Cover,", "MCDONALD"))


def test_slips_lead_to_what_a_pattern_says():
    lexicon = Lexicon(patterns=[r"INV-\d{4}", "cafe\u0301-[0-9]"])
    assert "(INV-2041)," in lexicon.near("(INV-2O41),")
    assert lexicon.owns("INV-2041.")
    assert lexicon.owns("caf\u00e9-1")


def test_a_users_word_is_no_rarer_than_it_was():
    assert Lexicon(["the"], [".*"]).zipf("the") == LEXICON.zipf("the")


@pytest.mark.parametrize("pattern", ["[", "a{4294967296}", "(" * 3000 + ")" * 3000, b"INV"])
def test_wrong_patterns_are_refused(pattern):
    with pytest.raises(ValueError, match="regular expression"):
        Lexicon(patterns=[pattern])


@pytest.mark.parametrize("word", ["jumlah", "també", "ekki", "salamat", "naïve", "harga"])
def test_common_words_of_other_alphabets_languages_are_known(word):
    assert LEXICON.knows(word)


def test_a_single_word_instead_of_several_is_refused():
    with pytest.raises(TypeError, match="list"):
        Lexicon("word")


def test_nothing_is_loaded_before_it_is_needed():
    code = "import ocrkit.wordinate.lexicon as l; l.Lexicon(['x']); assert not l._shipped.cache_info().currsize"
    subprocess.run([sys.executable, "-c", code], check=True)
    loaded = "import ocrkit.wordinate.lexicon as l; l.Lexicon().load(); assert l._shipped.cache_info().currsize"
    subprocess.run([sys.executable, "-c", loaded], check=True)


def test_words_are_known_as_users_write_them():
    lexicon = Lexicon(["", "Qwxz!", "cafe\u0301xx", "Qvvx Uwxq"])
    assert all(lexicon.knows(text) for text in ("Qwxz!", "qwxz", "caféxx", "Qvvx", "Uwxq,"))
    assert lexicon.near("(q).") is not None
