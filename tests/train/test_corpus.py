import random
import re

import pytest

from ocrkit.recognize.alphabet import ALPHABET
from ocrkit.train.corpus import MOST_WORDS, curled, histogram, quoted, read_corpus
from ocrkit.train.fields import FIELDS, TILL, article, number, price, weighed


@pytest.fixture(scope="module")
def corpus(data):
    return read_corpus([data / "text/novel.txt"], [data / "text/product_names.txt"], data / "no dictionaries")


def test_every_text_can_be_spelt(corpus):
    rng = random.Random(1)
    for _ in range(500):
        text = corpus.sample(rng)
        assert text
        assert ALPHABET.spell(text) == text


def test_the_same_seed_gives_the_same_texts(corpus):
    one, two = random.Random(5), random.Random(5)
    assert [corpus.sample(one) for _ in range(50)] == [corpus.sample(two) for _ in range(50)]


def test_rare_characters_are_made_frequent(corpus):
    rng = random.Random(2)
    plain = histogram(corpus.plain(rng) for _ in range(3000))
    balanced = histogram(corpus.sample(rng) for _ in range(3000))
    rare = [c for c in ALPHABET.characters if plain[c] == 0]
    assert rare
    assert sum(balanced[c] > 0 for c in rare) > 0.7 * len(rare)


def test_running_text_stays_in_order(corpus):
    texts = {text for text in (corpus.plain(random.Random(n)) for n in range(400)) if " " in text}
    assert any("best of" in text for text in texts)
    assert all(len(text.split()) <= 2 * MOST_WORDS for text in texts)


@pytest.mark.parametrize("field", dict.fromkeys(FIELDS + TILL), ids=lambda field: field.__name__)
def test_fields_are_short_and_not_empty(field):
    rng = random.Random(3)
    for _ in range(100):
        text = field(rng)
        assert text.strip()
        assert len(text) < 120


def test_receipts_have_texts_of_their_own(corpus):
    def capitals(*, receipt):
        rng = random.Random(4)
        texts = [corpus.sample(rng, receipt=receipt) for _ in range(1500)]
        return sum(text.isupper() for text in texts) / len(texts)

    assert capitals(receipt=True) > capitals(receipt=False) + 0.1


@pytest.mark.parametrize(
    ("signs", "forms"),
    [
        ("«»", {"«mot»", "« mot »", "« mot", "mot»."}),
        ("„“", {"„mot“", "„mot", "mot“,"}),
        ("¿?", {"¿Mot?", "¿Mot", "Mot?"}),
    ],
)
def test_texts_are_quoted_as_languages_do_and_cut_as_windows_are(signs, forms):
    rng = random.Random(6)
    assert forms <= {quoted("mot", signs, rng) for _ in range(300)}


def test_articles_are_abbreviated_as_tills_do():
    rng = random.Random(5)
    texts = [article(rng, ["Semi-Skimmed", "Milk", "Chocolate"]) for _ in range(200)]
    assert len(set(texts)) > 100
    assert sum("CHOCOLATE" in text for text in texts) > 20
    assert sum("CHC" in text for text in texts) > 5


def test_some_amounts_have_a_decimal_comma():
    rng = random.Random(1)
    drawn = [draw(rng) for draw in (price, weighed, number) for _ in range(1000)]
    commas, points = (sum(bool(re.search(rf"{mark}\d\d\b", text)) for text in drawn) for mark in (",", r"\."))
    assert 0.25 < commas / points < 0.6


def test_dashes_of_typewriters_stay_unless_quotes_are_set_too(tmp_path):
    novel = tmp_path / "novel.txt"
    novel.write_text("He--the man--said 'no'. " * 200, encoding="utf-8")
    drawn = read_corpus([novel], [], tmp_path / "no dictionaries", rare=0.0)
    rng = random.Random(3)
    texts = [text for text in (drawn.sample(rng) for _ in range(6000)) if "the man" in text and "no" in text]
    typed, printed = ([text for text in texts if dash in text] for dash in ("the man--said", "the man—said"))
    assert len(typed) > len(printed) > 0
    assert all("'no" in text for text in typed)
    assert all("‘no" in text for text in printed)
    assert curled("git log --stat -- x") == "git log --stat -- x"


def test_french_and_italian_words_are_joined_to_articles(tmp_path):
    lists = {"french": "heure œuvre eau chat aujourd'hui entr'acte", "italian": "acqua hotel casa un'ora"}
    for name, words in lists.items():
        (tmp_path / name).write_text("\n".join(words.split()), encoding="utf-8")
    drawn = read_corpus([], [], tmp_path)
    texts = " ".join(drawn.plain(random.Random(n)) for n in range(8000))
    joined = set(re.findall(r"\b(?:l|d|qu|dell|un)'[\w']+", texts))
    assert {"l'heure", "l'œuvre", "d'eau", "dell'acqua"} <= joined
    assert not [each for each in joined if each.endswith(("chat", "hotel", "casa")) or each.count("'") > 1]


def test_a_list_without_a_word_to_join_is_left_out(tmp_path):
    (tmp_path / "french").write_text("chat\nchien", encoding="utf-8")
    drawn = read_corpus([], [], tmp_path)
    assert not any("'chat" in drawn.plain(random.Random(n)) for n in range(500))
