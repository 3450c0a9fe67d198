import itertools

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrkit import Provenance
from ocrkit.spec import Detection
from ocrkit.wordinate import Lexicon, LexiconWordinator, WordinatorSettings
from ocrkit.wordinate.weighing import Weights, fitted, worth
from tests.wordinate.made import LETTER, page, reading, region, weigher, window

WEIGHTS = Weights(prior=0.3, unknown=-1.0, number=2.0, confidence=(0, 1, 0, 0, 0, 0, 0, 0, 0), low=0.3, high=0.9)


def wordinate(lines, doubts=None, weights=WEIGHTS, **options):
    detection, readings = page(lines)
    wordinator = LexiconWordinator(WordinatorSettings(**options), weights)
    return wordinator.wordinate(detection, readings, weigher(doubts))


words = st.text("abcdefghijkl0123456789$.-", min_size=1, max_size=8)


@settings(deadline=None)
@given(st.lists(st.lists(words, min_size=1, max_size=5), min_size=1, max_size=4))
def test_sure_words_come_out_as_they_were_read_each_with_its_own_box(lines):
    made = wordinate([" ".join(line) for line in lines])
    assert [[word.text for word in line.words] for line in made] == lines
    for number, line in enumerate(made):
        boxes = [word.quad.bounds for word in line.words]
        assert all(100 * number <= top < bottom <= 100 * number + 32 for _, top, _, bottom in boxes)
        assert all(one[2] <= two[0] for one, two in itertools.pairwise(boxes))
        assert all(word.provenance is Provenance.KEPT for word in line.words)


def test_a_box_is_as_wide_as_its_ink():
    ((line),) = wordinate(["two words"])
    left, _, right, _ = line.words[1].quad.bounds
    assert (left, right) == (10 + 4 * LETTER + 2, 10 + 8 * LETTER + 10)


def test_what_the_net_doubts_much_is_dropped():
    assert wordinate(["%;~"], {"%;~": -6.0}) == []
    ((line),) = wordinate(["%;~ total"], {"%;~": -6.0})
    assert line.text == "total"


def test_a_long_code_is_no_noise_though_all_of_it_is_hardly_right():
    code = "550e8400-e29b-41d4-a716"
    assert [line.text for line in wordinate([code, "e29b"], {code: -1.6, "e29b": -1.6})] == [code]
    assert wordinate([code], {code: -4.0}) == []


def test_a_dotted_rule_says_nothing():
    made = wordinate([". . . . . . . .", ". . .", "Total . . . . . . 5"])
    assert [line.text for line in made] == [". . .", "Total . . . . . . 5"]


def test_a_doubtful_word_gives_way_to_one_of_the_lexicon():
    doubts = {"managernent": -0.7, "management": -0.9}
    ((line),) = wordinate(["the managernent"], doubts)
    assert line.text == "the management"
    assert line.words[1].provenance is Provenance.CORRECTED
    assert wordinate(["the managernent"], doubts, correct=False)[0].text == "the managernent"


def test_what_the_net_is_sure_of_is_never_corrected():
    likelier = {"Srnith": -0.2, "Smith": -0.1}
    assert wordinate(["Srnith"], likelier, high=0.7)[0].text == "Srnith"
    assert wordinate(["Srnith"], likelier, high=0.9)[0].text == "Smith"


def test_codes_and_prices_survive_doubt_if_the_net_likes_nothing_better():
    for text in ("B8-l1O", "$1,204.50", "Zwqxl"):
        assert wordinate([text], {text: -0.5}, low=0.0)[0].text == text


@pytest.mark.parametrize(
    ("read", "other", "chance"), [("1ST", "IST", 0.12), ("B2B", "BOB", 0.12), ("McDonald", "Mcdonald", 0.32)]
)
def test_the_weights_that_ship_leave_codes_and_names_alone(read, other, chance):
    ((line),) = wordinate([read], {read: np.log(0.45), other: np.log(chance)}, fitted(), low=0.0)
    assert line.text == read


def test_what_a_pattern_says_is_set_right_and_surer():
    doubts = {"INV-2O41": -1.2, "INV-2041": -1.4, "B2B": -0.3}
    ((bare),) = wordinate(["INV-2O41 B2B"], doubts, fitted(), low=0.0)
    ((line),) = wordinate(["INV-2O41 B2B"], doubts, fitted(), low=0.0, words=["B2B"], patterns=["INV-[0-9]{4}"])
    assert (bare.text, line.text) == ("INV-2O41 B2B", "INV-2041 B2B")
    assert line.words[0].provenance is Provenance.CORRECTED
    assert line.words[1].confidence > bare.words[1].confidence


@pytest.mark.parametrize(
    ("others", "made"),
    [
        ("3,20 15,99", "1,50"),  # as the page has it
        ("3.20 15.99", "1.50"),
        ("3,20 15.99", "1.50"),  # as the net has it
    ],
)
def test_a_page_has_one_decimal_mark(others, made):
    ((line),) = wordinate([f"{others} 1.50"], {"1.50": -0.4, "1,50": -1.2})
    assert line.text == f"{others} {made}"


def test_what_the_other_amounts_add_counts_for_the_word_too():
    ((line),) = wordinate(["3,20 15,99 1.50"], {"1.50": -0.4, "1,50": -1.2})
    assert line.words[2].raw_confidence == pytest.approx(np.exp(-0.4) + np.exp(-1.2), abs=0.05)


@pytest.mark.parametrize("text", ["12.10 15.20 17.40 4,50", "07.15 4,50", "12,10 15,20 4.50"])
def test_an_amount_that_the_net_does_not_doubt_stays_whatever_the_others_are(text):
    amount = text.split()[-1]
    other = amount.translate(str.maketrans(",.", ".,"))
    assert wordinate([text], {amount: -0.08, other: -2.6})[0].text == text


def test_times_have_no_say_on_decimal_marks():
    text = "07.15 08.40 4,50"
    assert wordinate([text], {"4,50": -0.4, "4.50": -1.2})[0].text == text


def test_a_decimal_mark_that_the_net_is_sure_of_stays():
    text = "3,20 15,99 4,00 2.7182 3.11 v2.10.1 24.12"
    assert wordinate([text])[0].text == text


UNITS = [("0.281b", "0.28lb"), ("$.62/tb", "$.62/lb"), ("1.150ks", "1.150kg"), ("2k9", "2kg"), ("140Z", "14OZ")]


@pytest.mark.parametrize(("read", "made"), [*UNITS[:3], ("3kq", "3kg"), ("1.5|b", "1.5lb"), ("140z", "14oz"), UNITS[4]])
def test_what_looks_like_a_unit_behind_a_weight_is_one(read, made):
    ((line),) = wordinate([read], {read: -0.7, made: -2.0}, low=0.0)
    (word,) = line.words
    assert (word.text, word.provenance) == (made, Provenance.CORRECTED)
    assert word.raw_confidence == pytest.approx((np.exp(-2.0) + np.exp(-0.7)) / (1 + np.exp(-3.0 + 1.3)), abs=0.02)


@pytest.mark.parametrize(
    ("read", "other"),
    [
        ("21b", "2lb"),
        ("X4T7K9", "X4T7Kg"),
        ("401ks", "401kg"),
        UNITS[3],
        ("2.5tb", "2.5lb"),
        ("src/1b", "src/lb"),
        ("v2.11b", "v2.1lb"),
        ("12:30Z", "12:3OZ"),
        ("1200Z", "120OZ"),
    ],
)
def test_what_is_no_weight_gets_no_unit(read, other):
    assert wordinate([read], {read: -0.3, other: -1.9}, low=0.0)[0].text == read


def test_units_are_left_where_all_else_speaks_for_what_was_read():
    read, made = UNITS[0]
    assert wordinate([read], {read: -0.3, made: -6.0}, low=0.0)[0].text == read
    assert wordinate([read], {read: -0.06, made: -2.9}, low=0.0)[0].text == read  # not doubtful
    assert wordinate([read], {read: -0.7, made: -2.0}, low=0.0, words=[read])[0].text == read
    assert wordinate([read], {read: -0.7, made: -2.0}, low=0.0, correct=False)[0].text == read


ENGLISH = "the receipt of " * 15
FRENCH = "le reçu était réglé à Besançon " * 6
DANISH = "rødgrød med fløde " * 12


@pytest.mark.parametrize(
    ("others", "read", "made"),
    [
        (ENGLISH, "pïstachïo", "pistachio"),
        (ENGLISH, "2ÿ.46", "27.46"),
        (ENGLISH, "1õ0g", "100g"),
        (FRENCH, "pïstachïo", "pïstachïo"),
        (DANISH, "pïstachïo", "pïstachïo"),
        ("", "pïstachïo", "pïstachïo"),  # nothing is known of the page
        (ENGLISH, "café", "café"),  # the lexicon's
        (ENGLISH, "30µl", "30µl"),
        (ENGLISH, "5–10oz", "5–10oz"),
    ],
)
def test_specks_are_no_accents_on_a_page_that_has_none(others, read, made):
    likely = dict.fromkeys(("pistachio", "27.46", "100g", "cafe", "30µ1", "5–100z"), -3.0)
    ((line),) = wordinate([others + read], {**likely, read: -0.4}, low=0.0)
    assert line.text.split()[-1] == made
    assert line.words[-1].provenance is (Provenance.KEPT if made == read else Provenance.CORRECTED)


def test_accents_stay_where_they_are_not_doubted_or_nothing_is_to_be_corrected():
    sure, doubtful = {"Motörhead": -0.06, "Motorhead": -3.0}, {"Motörhead": -0.4, "Motorhead": -3.0}
    assert wordinate([ENGLISH + "Motörhead"], sure)[0].text.split()[-1] == "Motörhead"
    for high in (0.9, 1.0):  # what is tried does not change what the page tells
        ((line),) = wordinate([ENGLISH + "Motörhead"], doubtful, low=0.0, high=high)
        assert line.text.split()[-1] == "Motorhead"
    assert wordinate([ENGLISH + "Motörhead"], doubtful, low=0.0, correct=False)[0].text.split()[-1] == "Motörhead"


def test_words_run_together_are_parted():
    ((line),) = wordinate(["ofthe"], {"ofthe": -0.7, "of the": -0.8, "of": -0.1, "the": -0.1})
    assert line.text == "of the"
    assert {word.provenance for word in line.words} == {Provenance.SPLIT}
    one, two = (word.quad.bounds for word in line.words)
    # the bars of ink, drawn from 10 pixels on, leave room at both ends
    assert one[2] == pytest.approx(10 + 2 * LETTER - 2, abs=1)
    assert two[0] == pytest.approx(10 + 2 * LETTER + 2, abs=1)


@pytest.mark.parametrize(
    ("read", "other", "chance", "text"),
    [
        ("etemal", "eternal", 0.8, "eternal"),  # unknown, so that it is tried
        ("hall", "hail", 0.6, "hall"),  # known and likelier than not
        ("hall", "hail", 0.2, "hail"),
    ],
)
def test_what_the_lexicon_knows_is_tried_if_it_is_likelier_wrong(read, other, chance, text):
    doubts = {read: np.log(chance), other: np.log(chance) + (-1.0 if read == "etemal" else 1.2)}
    wordinator = LexiconWordinator(WordinatorSettings(low=0.0))
    ((line),) = wordinator.wordinate(*page([read]), weigher(doubts))
    assert line.text == text


@pytest.mark.parametrize("text", ["Total :", "/ US", "TIP #"])
def test_marks_are_joined_to_no_word(text):
    whole, mark = text.replace(" ", ""), next(part for part in text.split() if not part.isalpha())
    doubts = {text: -0.5, whole: -0.5, mark: -1.5}
    ((line),) = LexiconWordinator(WordinatorSettings(low=0.0)).wordinate(*page([text]), weigher(doubts))
    assert line.text == text


def test_short_words_that_the_lexicon_lacks_are_the_commoner():
    words = ("#", "qzx", "qzxv", "qzxvk", "qzxvkw", "the")
    mark, three, four, five, six, known = (worth(word, -1.0, Lexicon(), fitted()) for word in words)
    assert known > mark > three > four > five == six


def test_words_torn_apart_are_joined():
    detection, readings = page(["busine ss"])
    pixels = detection.windows[0].copy()
    pixels[8:24, 80:96] = 20  # the gap is no wider than those between letters
    detection = Detection(regions=detection.regions, windows=(pixels,))
    doubts = {"ss": -0.7, "busine ss": -0.7, "business": -0.9}
    ((line),) = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher(doubts))
    assert (line.text, line.words[0].provenance) == ("business", Provenance.JOINED)


def test_a_word_goes_on_over_a_seam_without_a_gap():
    regions = (region(0, 0, 2, 0, 3 * LETTER), region(0, 1, 2, 3 * LETTER - 2, 3 * LETTER, 0.05))
    windows = window("qxj", 3 * LETTER), window("wvk", 3 * LETTER)
    readings = [reading("qxj", 3 * LETTER), reading("wvk", 3 * LETTER)]
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=windows), readings, weigher()
    )
    assert [line.text for line in made] == ["qxjwvk"]
    assert made[0].words[0].quad.bounds[::2] == (2, 6 * LETTER - 4)


def test_a_wide_gap_at_a_seam_parts_words():
    regions = (region(0, 0, 2, 0, 3 * LETTER), region(0, 1, 2, 4 * LETTER, 3 * LETTER))
    windows = window("abc", 3 * LETTER), window("def", 3 * LETTER)
    readings = [reading("abc", 3 * LETTER), reading("def", 3 * LETTER)]
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=windows), readings, weigher()
    )
    assert [line.text for line in made] == ["abc def"]


@pytest.mark.parametrize(("one", "text"), [("5/1", "5/18/2"), ("5/2", "5/2 8/2")])
def test_ones_stand_apart_so_figures_go_on_beside_them(one, text):
    regions = (region(0, 0, 2, 0, 3 * LETTER), region(0, 1, 2, 3 * LETTER + 2, 3 * LETTER))
    windows = window(one, 3 * LETTER), window("8/2", 3 * LETTER)
    readings = [reading(one, 3 * LETTER), reading("8/2", 3 * LETTER)]
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=windows), readings, weigher()
    )
    assert [line.text for line in made] == [text]


@pytest.mark.parametrize(
    ("one", "two", "behind", "late", "apart"),
    [
        ("https://", "example", 0, 0, False),
        ("7   A.  https://", "example", 0, 0, False),
        ("https://", "example", LETTER, 0, True),
        ("https://", "example", 0, 6, True),
        ("ORANGES", "BANANAS", 0, 0, True),
    ],
    ids=["next", "behind columns", "a character farther", "another face", "capitals are even in all faces"],
)
def test_typed_characters_go_on_over_a_gap_without_room_for_a_space(one, two, behind, late, apart):
    readings = [reading(word, len(word) * LETTER) for word in (one, two)]
    windows = [window(word, len(word) * LETTER) for word in (one, two)]
    for drawn in windows:  # print so thin that all gaps are as wide as between words
        drawn[:, np.arange(drawn.shape[1]) % LETTER != LETTER // 2] = 250
    # in another face characters are not equally far from each other
    off = [at % 2 * late / (len(one) * LETTER) for at in range(len(one))]
    spans = [(start - less, end - less) for (start, end), less in zip(readings[0].spans, off, strict=True)]
    readings[0] = attrs.evolve(readings[0], spans=tuple(spans))
    begin = len(one) * LETTER + behind
    regions = (region(0, 0, 2, 0, len(one) * LETTER), region(0, 1, 2, begin, len(two) * LETTER))
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=tuple(windows)), readings, weigher()
    )
    assert [line.text.split()[-1] for line in made] == [two if apart else one.split()[-1] + two]


def test_a_dash_between_words_is_joined_to_neither():
    doubts = {"–": -1.0, "– whether": -1.0, "–whether": -0.1}
    ((line),) = wordinate(["records – whether"], doubts)
    assert line.text == "records – whether"


@pytest.mark.parametrize(("sign", "text"), [("-", "- to"), ("&", "& to"), ("(", "(to")])
def test_signs_that_stand_by_themselves_are_not_joined_to_words(sign, text):
    regions = (region(0, 0, 2, 0, LETTER), region(0, 1, 2, LETTER, 3 * LETTER))
    windows = window(sign, LETTER), window("to", 3 * LETTER, 2)
    readings = [reading(sign, LETTER), reading("to", 3 * LETTER, 2)]
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=windows), readings, weigher()
    )
    assert [line.text for line in made] == [text]


def test_of_words_upon_each_other_the_larger_stays():
    detection, readings = page(["Type", "Ty"])
    moved = attrs.evolve(detection.regions[1], to_page=detection.regions[0].to_page)
    detection = Detection(regions=(detection.regions[0], moved), windows=detection.windows)
    for suppress, texts in ((True, ["Type"]), (False, ["Type", "Ty"])):
        wordinator = LexiconWordinator(WordinatorSettings(suppress=suppress), WEIGHTS)
        assert [line.text for line in wordinator.wordinate(detection, readings, weigher())] == texts


def test_a_page_without_windows_has_no_lines():
    wordinator = LexiconWordinator()
    assert wordinator.wordinate(Detection(regions=(), windows=()), [], weigher()) == []
    blank = Detection(regions=(region(0, 0, 1, 0, 50),), windows=(np.full((32, 50), 255, np.uint8),))
    assert wordinator.wordinate(blank, [reading("", 50)], weigher()) == []


def test_raw_confidence_is_the_nets():
    ((line),) = wordinate(["total"], {"total": np.log(0.95)})
    assert line.words[0].raw_confidence == pytest.approx(0.95)


def test_a_gap_as_wide_as_a_space_may_be_one_whatever_the_words():
    detection, readings = page(["00:30ABCQ"])
    pixels = detection.windows[0].copy()
    pixels[:, 10 + 5 * LETTER - 3 : 10 + 5 * LETTER + 5] = 250
    detection = Detection(regions=detection.regions, windows=(pixels,))
    for seen, text in ((-0.5, "00:30 ABCQ"), (-3.0, "00:30ABCQ")):
        doubts = {"00:30ABCQ": -1.5, "00:30 ABCQ": seen, "00:30": -0.2, "ABCQ": -0.2}
        ((line),) = LexiconWordinator(WordinatorSettings(low=0.0), WEIGHTS).wordinate(
            detection, readings, weigher(doubts)
        )
        assert line.text == text


def test_what_stands_behind_a_seam_is_not_taken_for_the_word_before_it():
    """The pad of a window shows where the next word begins."""
    regions = (region(0, 0, 2, 0, 3 * LETTER + 12), region(0, 1, 2, 3 * LETTER + 3, 3 * LETTER))
    one, two = window("qxj", 3 * LETTER + 12), window("wvk", 3 * LETTER)
    one[8:24, 3 * LETTER + 6 :] = 20
    readings = [reading("qxj", 3 * LETTER + 12), reading("wvk", 3 * LETTER)]
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=(one, two)), readings, weigher()
    )
    assert [line.text for line in made] == ["qxj wvk"]


def test_a_price_torn_apart_at_its_point_is_joined():
    detection, readings = page(["133 56"])
    detection = Detection(regions=detection.regions, windows=(window("133q56", 92, 10),))
    likelier = {"133 56": -0.7, "133.56": -0.9, "133": -0.05, "56": -0.05}
    ((line),) = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher(likelier))
    assert line.text == "133.56"
    unlikelier = likelier | {"133.56": -8.0}
    ((line),) = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher(unlikelier))
    assert line.text == "133 56"


def test_noise_takes_no_word_with_it():
    detection, readings = page(["total", "Wm#Wm#Wm#"])
    moved = attrs.evolve(detection.regions[1], to_page=detection.regions[0].to_page)
    detection = Detection(regions=(detection.regions[0], moved), windows=detection.windows)
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher({"Wm#Wm#Wm#": -2.0}))
    assert [line.text for line in made] == ["total"]


@pytest.mark.parametrize(("step", "text"), [("split", "ofthe"), ("correct", "ofthe"), ("join", "ofthe")])
def test_steps_can_be_switched_off(step, text):
    doubts = {"ofthe": -0.7, "of the": -0.8, "of": -0.1, "the": -0.1}
    ((line),) = wordinate(["ofthe"], doubts, **{step: False})
    assert line.text == (text if step == "split" else "of the")


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u2009"])
def test_any_white_space_parts_words(space):
    detection, (read,) = page(["Total due"])
    other = attrs.evolve(read, text=read.text.replace(" ", space))
    (line,) = LexiconWordinator().wordinate(detection, [other], weigher({"Total": -0.001, "due": -0.001}))
    assert [word.text for word in line.words] == ["Total", "due"]


def test_a_one_that_stands_alone_has_a_figure_s_room():
    widths = {}
    for text in ("1", "l"):
        detection, readings = page([text])
        windows = [np.full((32, 32), 250, np.uint8)]
        windows[0][8:24, 14:18] = 20
        (line,) = LexiconWordinator().wordinate(
            Detection(regions=detection.regions, windows=tuple(windows)), readings, weigher()
        )
        widths[text] = line.words[0].quad.width
    assert widths["1"] == pytest.approx(0.4 * 32)
    assert widths["l"] == pytest.approx(0.3 * 32)


def unread(text, *spaces):
    """Make a page with a line of whose spaces these were not read."""
    detection, (read,) = page([text])
    kept = [at for at in range(len(text)) if at not in spaces]
    reading = attrs.evolve(
        read,
        text="".join(text[at] for at in kept),
        spans=tuple(read.spans[at] for at in kept),
        confidences=tuple(read.confidences[at] for at in kept),
    )
    return detection, [reading]


@pytest.mark.parametrize(
    ("text", "spaces", "made"),
    [
        ("• The big wolf", [1], "• The big wolf"),
        ("a big bad,old wolf", [], "a big bad,old wolf"),
        ("one two three four", [3, 7], "onetwothree four"),  # one space alone tells nothing
        ("one two three four five", [3], "one two three four five"),
        ("12 50 net and tax", [2], "12 50 net and tax"),
    ],
)
def test_spaces_that_were_not_read_are_seen_if_they_are_as_wide_as_the_others(text, spaces, made):
    detection, readings = unread(text, *spaces)
    sure = dict.fromkeys([*text.split(), *made.split()], -0.001)
    ((line),) = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher(sure))
    assert line.text == made


def test_a_letter_without_ink_is_no_space():
    text = "a faded word of ink"
    detection, readings = page([text])
    pixels = detection.windows[0].copy()
    pixels[:, 10 + 4 * LETTER : 10 + 5 * LETTER] = 250  # the first d
    detection = Detection(regions=detection.regions, windows=(pixels,))
    ((line),) = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(detection, readings, weigher())
    assert line.text == text


def test_behind_a_comma_that_two_windows_show_a_space_is_seen():
    texts = "so it is, ", ", or not to be"
    regions = (region(0, 0, 2, 0, 10 * LETTER), region(0, 1, 2, 8 * LETTER, 15 * LETTER))
    windows = tuple(window(text, own.size[0]) for text, own in zip(texts, regions, strict=True))
    first = reading("so it is,", 10 * LETTER)
    second = reading(", or not to be", 15 * LETTER)
    second = attrs.evolve(
        second, text=",or not to be", spans=(second.spans[0], *second.spans[2:]), confidences=second.confidences[1:]
    )
    sure = dict.fromkeys(["is", ",", "or"], -0.001)
    made = LexiconWordinator(WordinatorSettings(), WEIGHTS).wordinate(
        Detection(regions=regions, windows=windows), [first, second], weigher(sure)
    )
    assert [line.text for line in made] == ["so it is, or not to be"]
