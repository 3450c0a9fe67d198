"""Generated texts: what people and machines fill forms, invoices and receipts with.

Every function takes a random generator and gives one text. `FIELDS` lists those that all documents have, `TILL` those
of receipts.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path

_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))
_MONTHS = _WORDS["months"]
_DAYS = _WORDS["days"]
_FIRST = _WORDS["first"]
_LAST = _WORDS["last"]
_STREETS = _WORDS["streets"]
_WAYS = _WORDS["ways"]
_CITIES = _WORDS["cities"]
_LABELS = _WORDS["labels"]
_COMPANY = _WORDS["company"]
_SITES = _WORDS["sites"]
_TOPS = _WORDS["tops"]
_UNITS = _WORDS["units"]
_MONEY = _WORDS["money"]
_STATES = _WORDS["states"]
_TILLS = _WORDS["tills"]
_IDENTIFIERS = _WORDS["identifiers"]
_TAGS = _WORDS["tags"]
_WEIGHTS = ("lb", "lb", "kg", "kg", "oz", "g", "LB", "KG")
_COMMAS = 0.3  # share of numbers with a decimal comma


def _digits(rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choices(string.digits, k=rng.randint(least, most)))


def number(rng: random.Random) -> str:
    """Draw a number with or without separators and sign."""
    value = rng.choice((rng.uniform(0, 10), rng.uniform(0, 100), rng.uniform(0, 1000), 10 ** rng.uniform(0, 7)))
    places = rng.choice((0, 0, 2, 2, 2, 2, 1, 3, 4))
    text = _as_written(f"{value:,.{places}f}" if rng.random() < 0.6 else f"{value:.{places}f}", rng)
    if rng.random() < 0.1:
        text = rng.choice(("-{}", "({})", "+{}", "{}-", "*{}", "{}*", "#{}", "~{}")).format(text)
    return text


def _as_written(amount: str, rng: random.Random) -> str:
    """Write a number with a decimal comma, as most of Europe does, or leave it.

    The receipts that nets learn from have points, which a net must not take for a law.
    """
    return amount.translate(str.maketrans(",.", ".,")) if rng.random() < _COMMAS else amount


def _amount(rng: random.Random) -> str:
    """Draw an amount of money as tills print it."""
    return _as_written(f"{rng.choice((1, 10, 10, 100)) * rng.random() * 10:,.2f}", rng)


def price(rng: random.Random) -> str:
    """Draw an amount of money, often with its currency."""
    money = rng.choice(_MONEY) if rng.random() < 0.6 else ""
    amount = number(rng) if rng.random() < 0.4 else _amount(rng)
    gap = " " if rng.random() < 0.3 else ""
    text = amount + gap + money if rng.random() < 0.12 else money + gap + amount
    return text + rng.choice(("", "", "", "", " SR", " S", " T", " Z", "-", " A", " GS", " *", "-A", "-F"))


def date(rng: random.Random) -> str:
    """Draw a date in one of the usual orders and separators."""
    day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1950, 2039)
    if rng.random() < 0.6:
        parts = [f"{day:02d}", f"{month:02d}", rng.choice((str(year), f"{year % 100:02d}"))]
        if rng.random() < 0.3:
            parts = [str(int(p)) if len(p) == 2 else p for p in parts]
        if rng.random() < 0.3:
            parts[0], parts[1] = parts[1], parts[0]
        if rng.random() < 0.25:
            parts.reverse()
        return rng.choice("///---...").join(parts)
    name = rng.choice(_MONTHS)
    name = name[:3] if rng.random() < 0.4 else name
    forms = (
        f"{name} {day}, {year}",
        f"{day} {name} {year}",
        f"{day}-{name}-{year}",
        f"{name} {year}",
        f"{day:02d}{name.upper()}{year % 100:02d}",
        f"{rng.choice(_DAYS)}, {name} {day}",
        f"{day}. {name}",
    )
    return rng.choice(forms)


def time(rng: random.Random) -> str:
    """Draw a time of day."""
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    text = f"{hour:02d}:{minute:02d}" if rng.random() < 0.7 else f"{hour % 12 + 1}:{minute:02d}"
    text += f":{rng.randint(0, 59):02d}" if rng.random() < 0.4 else ""
    return text + rng.choice(("", "", " AM", " PM", "AM", "PM", " am", "pm", " p.m.", " hrs"))


def moment(rng: random.Random) -> str:
    """Draw a date with a time."""
    return f"{date(rng)}{rng.choice((' ', ' ', ', ', '  '))}{time(rng)}"


def span(rng: random.Random) -> str:
    """Draw a stretch of hours or days, as schedules have it."""
    kind = rng.choice((time, _short_time, _short_time, date))
    return kind(rng) + rng.choice(("-", "-", " - ", "- ", "–", " – ", " to ")) + kind(rng)


def _short_time(rng: random.Random) -> str:
    hour, minute = rng.randint(1, 12), rng.choice(("", "30", ":00", ":30", f"{rng.randint(0, 59):02d}", ":58:46"))
    return f"{hour}{minute}{rng.choice(('a', 'A', 'am', 'p', 'P', 'pm'))}"


def ticks(rng: random.Random) -> str:
    """Draw a row of boxes that are ticked or not: the days of a week, places of a form."""
    days = rng.choice(("MTWTFSS", "SMTWTFS", ("M", "Tu", "W", "Th", "F", "Sa", "Su"), "1234567", "XXXXXXX", "YYNYNNY"))
    empty, likely = rng.choice("-------·."), rng.choice((0.15, 0.5, 0.85))
    ticked = rng.choice(("", "", "", str(rng.randint(1, 9)), "X"))
    # a day that two letters stand for leaves two places empty
    places = [(ticked or day) if rng.random() < likely else empty * len(day) for day in days]
    return rng.choice(("", "", "", " ")).join(places[: rng.choice((7, 7, 7, 5))])


def percentage(rng: random.Random) -> str:
    """Draw a share in percent."""
    share = rng.choice((rng.randint(0, 100), round(rng.uniform(0, 100), 1), round(rng.uniform(0, 10), 2)))
    return f"{share}{rng.choice(('%', '%', ' %'))}"


def phone(rng: random.Random) -> str:
    """Draw a telephone number."""
    pattern = rng.choice(
        (
            "(###) ###-####",
            "###-###-####",
            "##-########",
            "+## ## ########",
            "+1 ### ### ####",
            "03-########",
            "###.###.####",
            "01#-#######",
            "0#### ######",
            "1-800-###-####",
            "+44 (0)## #### ####",
            "## ## ## ## ##",
            "###-####",
            "##-#### ####",
        )
    )
    return "".join(rng.choice(string.digits) if c == "#" else c for c in pattern)


def email(rng: random.Random) -> str:
    """Draw an e-mail address."""
    who = rng.choice(
        (
            rng.choice(_FIRST),
            f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}",
            rng.choice(_SITES),
            f"{rng.choice(_LAST)}_{_digits(rng, 1, 3)}",
            f"{rng.choice(_LAST)}{_digits(rng, 1, 4)}",
        )
    )
    who = who.replace(" ", "").replace("'", "")
    return f"{who if rng.random() < 0.3 else who.lower()}@{rng.choice(_SITES)}.{rng.choice(_TOPS)}"


def url(rng: random.Random) -> str:
    """Draw a web address."""
    start = rng.choice(("www.", "www.", "http://", "https://", "http://www.", "https://www.", ""))
    path = rng.choice(
        (
            "",
            "",
            "",
            "/",
            f"/{rng.choice(_SITES)}",
            f"/{rng.choice(_SITES)}/{_digits(rng, 1, 5)}",
            f"/?id={_digits(rng, 2, 5)}&q={rng.choice(_SITES)}",
            "/index.html",
            f"/~{rng.choice(_SITES)}",
        )
    )
    return f"{start}{rng.choice(_SITES)}{rng.choice(('', '-', ''))}{rng.choice(_SITES)}.{rng.choice(_TOPS)}{path}"


def name(rng: random.Random) -> str:
    """Draw a person's name."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    forms = (
        f"{first} {last}",
        f"{first} {last}",
        f"{last}, {first}",
        f"{first[0]}. {last}",
        f"{rng.choice(('Mr', 'Mrs', 'Ms', 'Dr', 'Mr.', 'Dr.', 'Prof.'))} {last}",
        f"{first} {rng.choice(string.ascii_uppercase)}. {last}",
        f"{last} {first[0]}.",
    )
    return rng.choice(forms)


def company(rng: random.Random) -> str:
    """Draw a firm's name."""
    first = rng.choice((rng.choice(_LAST), rng.choice(_CITIES), rng.choice(_SITES).title()))
    second = rng.choice((f" {rng.choice(_SITES).title()}", ""))
    return f"{first}{second} {rng.choice(_COMPANY)}"


def address(rng: random.Random) -> str:
    """Draw a line of a postal address."""
    house = rng.choice(
        (
            f"{rng.randint(1, 9999)}",
            f"No. {rng.randint(1, 99)}",
            f"No.{rng.randint(1, 99)}{rng.choice('ABG')},",
            f"{rng.randint(1, 99)}-{rng.randint(1, 9)},",
            f"Lot {rng.randint(1, 999)},",
            f"#{rng.randint(1, 30):02d}-{rng.randint(1, 99):02d}",
        )
    )
    forms = (
        f"{house} {rng.choice(_STREETS)} {rng.choice(_WAYS)}",
        f"{house} Jalan {rng.choice(_STREETS)} {rng.randint(1, 30)}/{rng.randint(1, 30)}",
        f"{rng.choice(_CITIES)}, {rng.choice(_STATES)} {_digits(rng, 5, 5)}",
        f"{_digits(rng, 5, 5)} {rng.choice(_CITIES)}",
        f"{rng.choice(_STREETS)} {rng.choice(_WAYS)} {rng.randint(1, 200)}, {rng.choice(_CITIES)}",
        f"P.O. Box {_digits(rng, 2, 5)}",
    )
    return rng.choice(forms)


def codes(rng: random.Random) -> str:
    """Draw numbers of documents, articles, cards and accounts."""
    upper, digits = string.ascii_uppercase, string.digits
    forms = (
        lambda: _digits(rng, 1, 13),
        lambda: "".join(rng.choices(upper + digits, k=rng.randint(3, 10))),
        lambda: (
            "".join(rng.choices(upper, k=rng.randint(1, 4))) + rng.choice(("", "-", "/", " ", "#")) + _digits(rng, 2, 8)
        ),
        lambda: f"{_digits(rng, 4, 7)}-{rng.choice(upper)}",
        lambda: f"({_digits(rng, 5, 7)}-{rng.choice(upper)})",
        lambda: "-".join(_digits(rng, 2, 5) for _ in range(rng.randint(2, 4))),
        lambda: "/".join(_digits(rng, 1, 4) for _ in range(rng.randint(2, 3))),
        lambda: " ".join(_digits(rng, 4, 4) for _ in range(rng.randint(2, 4))),
        lambda: rng.choice(("XXXX", "****", "xxxx", "############", "XXXX XXXX ", "**** ")) + _digits(rng, 4, 4),
        lambda: rng.choice("***Xx#.") * rng.randint(4, 12) + _digits(rng, 4, 4) + rng.choice(("", "", " C", "-S")),
        lambda: "".join(rng.choices("0123456789abcdef", k=rng.randint(4, 10))),
        lambda: "".join(rng.choices(string.ascii_letters + digits, k=rng.randint(3, 9))),
        lambda: rng.choice("/+-&").join(rng.sample(_SITES, 2)).upper() + rng.choice(("", f"-{rng.choice(upper)}")),
        lambda: f"{rng.choice(_TILLS)}{rng.choice(('', ' '))}{_digits(rng, 1, 8)}",
        lambda: f"v{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}",
        lambda: (
            rng.choice(("ISBN", "SKU", "ID:", "S/N: ", "No", "Ref", "P/N#"))
            + rng.choice((":", " ", ""))
            + _digits(rng, 3, 10)
        ),
    )
    return rng.choice(forms)()


def source(rng: random.Random) -> str:
    """Draw a piece of a program, of a terminal's line or of a page's source."""
    a, b, c = (_identifier(rng) for _ in range(3))
    operator = rng.choice(("==", "!=", "=", "+=", "->", "=>", "<", ">=", "&&", "||", "+", ":=", "|", "&", "<<", "%"))
    number = rng.choice((_digits(rng, 1, 3), f'"{b}"', "0", "1", "0x" + _digits(rng, 1, 4), "''", "[]", "{}"))
    forms = (
        f"{a}::{b}",
        f"{a}::{b}::{c};",
        f"use {a}::{b};",
        f"{a}.{b}({rng.choice(('', c, number))}){rng.choice(('', ';', '?;', ':'))}",
        f"{a}({b}, {c});",
        f"let {rng.choice(('', 'mut '))}{a} = {number};",
        f"{a} {operator} {rng.choice((b, number))}",
        f"if {a} {operator} {b} {{",
        f"fn {a}({b}: &{c}) -> {a} {{",
        f"def {a}({b}, {c}=None):",
        rng.choice(
            ("}", "{", "});", "};", "})", "{}", "} else {", "()", "[]", "{{", "}}", "];", "/*", "*/", "```", "...")
        ),
        f"|{a}| {a}.{b}()",
        f'{a}!("{{}} {b}", {c});',
        f"#[{a}({b})]",
        f"#![{a}]",
        f"{rng.choice(('//', '///', '#', '--', '/*', '%', ';'))} {a} {b}",
        f"{a}<{b}>",
        f"{a}[{number}]",
        f"{a}: {b},",
        f"self.{a} = {b}",
        f"Some({a}) => {b},",
        f'<{rng.choice(_TAGS)} {a}="{b}">',
        f"</{rng.choice(_TAGS)}>",
        f"$ {a} --{b}{rng.choice(('', f'={c}', f' {c}'))}",
        f"{rng.choice('$>%#')} {a} -{rng.choice(string.ascii_letters)} {b}",
        f"{rng.choice(('~', '.', '..', ''))}/{a}/{b}.{rng.choice(('py', 'rs', 'txt', 'md', 'c', 'js', 'json'))}",
        f"{a}.{rng.choice(('py', 'rs', 'h', 'toml', 'log'))}:{_digits(rng, 1, 3)}:",
        f"${{{a}}}",
        f"*{a}",
        f"&{a}",
        f"!{a}",
        f"_{a}",
        f"{a}_{b}_{c}",
    )
    return rng.choice(forms)


def _identifier(rng: random.Random) -> str:
    parts = rng.sample(_IDENTIFIERS, rng.choice((1, 1, 1, 2)))
    text = rng.choice(("_".join(parts), "".join(part[:1].upper() + part[1:] for part in parts), "_".join(parts)))
    return text.upper() if rng.random() < 0.06 else text


def label(rng: random.Random) -> str:
    """Draw what stands beside a field, as print has it."""
    text = rng.choice(_LABELS)
    text = rng.choice((text, text, text.upper(), text.lower()))
    return text + rng.choice(("", "", ":", ":", " :", ".", "*", " #"))


def labelled(rng: random.Random) -> str:
    """Draw a label with its value."""
    value = rng.choice((number, price, date, codes, name, time, percentage))(rng)
    return f"{label(rng)} {value}"


def cells(rng: random.Random) -> str:
    """Draw neighbouring cells of a table."""
    return " ".join(rng.choice((number, price, percentage, codes, quantity))(rng) for _ in range(rng.randint(2, 4)))


def quantity(rng: random.Random) -> str:
    """Draw a count with its unit or price."""
    count = rng.choice(
        (str(rng.randint(1, 999)), f"{rng.uniform(0, 99):.2f}", f"{rng.uniform(0, 9):.3f}", "½", "¼", "1½", "2¼")
    )
    forms = (
        f"{count}{rng.choice(_UNITS)}",
        f"{count} {rng.choice(_UNITS)}",
        f"{count} {rng.choice('xX@×')} {rng.uniform(0, 99):.2f}",
        f"{count}{rng.choice('xX×')}",
        f"{count} @ {rng.choice(_MONEY)}{rng.uniform(0, 99):.2f}",
        f"{count} × {rng.randint(1, 99)}",
    )
    return rng.choice(forms)


def measurement(rng: random.Random) -> str:
    """Draw a quantity of a technical drawing, a data sheet or a formula."""
    value, off = number(rng), _as_written(f"{rng.uniform(0, 9):.{rng.choice((0, 1, 2))}f}", rng)
    gap = rng.choice(("", " "))
    unit = rng.choice(("m²", "m²", "m³", "cm²", "cm³", "km²", "mm²", "ft²", "g/m²", "µm", "µg", "µl", "µA", "‰", "°C"))
    forms = (
        f"{value}{gap}{unit}",
        f"{value}{gap}{unit}",
        f"±{gap}{off}{gap}{rng.choice(('%', 'mm', 'µm', '', unit))}",
        f"{value}{gap}±{gap}{off}",
        f"{value} ÷ {off}",
        f"10{rng.choice('²³')}",
        f"{rng.choice('abcxyr')}{rng.choice('²³')}",
        f"{rng.randint(1, 99)}{rng.choice('½¼¾')}{rng.choice(('', ' in', '″', '%'))}",
        f"({unit})",
    )
    return rng.choice(forms)


def noted(rng: random.Random) -> str:
    """Draw words with the sign of a footnote, and numbers of an order as Romance languages abbreviate them."""
    text, sign = rng.choice((label, name, number, company))(rng), rng.choice("¹¹²³†‡*")
    forms = (
        f"{text}{sign}",
        f"{sign}{rng.choice(('', ' '))}{text}",
        f"{rng.choice('nN')}º {rng.randint(1, 999)}",
        f"{rng.randint(1, 12)}{rng.choice('ªº')}",
        f"{rng.randint(1, 12)}{rng.choice('ªº')} {rng.choice(_STREETS)}",
        f"{rng.choice(('Mª', 'Sª', 'Dª', 'Sº', 'Fº'))} {rng.choice(_LAST)}",
    )
    return rng.choice(forms)


def beyond_latin(rng: random.Random) -> str:
    """Draw words of languages that Latin-1 serves but for a letter or two, most of them with š or ž."""
    words = rng.choices(_WORDS["beyond"], k=rng.choice((1, 1, 2)))
    return " ".join(rng.choice((word, word, word.title(), word.upper())) for word in words)


def weighed(rng: random.Random) -> str:
    """Draw what tills print below what was weighed, or bought by the dozen."""
    unit, count, gap = rng.choice(_WEIGHTS), rng.randint(1, 12), rng.choice(("", " "))
    weight = _as_written(f"{rng.uniform(0, 9):.{rng.choice((2, 3))}f}", rng)
    money = rng.choice(("", "", rng.choice(_MONEY)))
    forms = (
        f"{weight}{gap}{unit}",
        f"{weight}{gap}{unit} @ {money}{_amount(rng)}/{unit}",
        f"{money}{_amount(rng)}{gap}/{unit}",
        f"{rng.choice(('@', '@ ', '', 'x'))}{money}{_amount(rng).lstrip('0')}{gap}/{gap}{unit}",
        f"{count} @ {rng.randint(2, 10)}/{_amount(rng)}",
        f"{count}{gap}@",
        f"{count}{gap}{rng.choice('@xX')}{gap}{_amount(rng)}",
    )
    return rng.choice(forms)


def article(rng: random.Random, words: Sequence[str]) -> str:
    """Draw a line of a receipt about an article of this name, abbreviated as tills do."""
    text = " ".join(_abbreviated(word, rng) for word in words)
    if rng.random() < 0.75:
        text = text.upper()
    amount = _amount(rng)
    forms = (text, text, text, f"{rng.randint(1, 12)} {text}", f"{text} {amount}", f"{_digits(rng, 5, 12)} {text}")
    return rng.choice(forms) + rng.choice(("", "", "", "", "", " T", " F", " N", "*"))


def _abbreviated(word: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.5 or len(word) < 5 or not word.isalpha():
        return word
    if chance < 0.75:  # without most of its vowels
        word = word[0] + "".join(c for c in word[1:] if c not in "aeiouAEIOU" or rng.random() < 0.2)
    return word[: rng.randint(3, 6)] + ("." if rng.random() < 0.1 else "")


def enumerated(rng: random.Random) -> str:
    """Draw the start of a list's item or a section."""
    mark = rng.choice(
        (
            "•",
            "·",
            "-",
            "–",
            "*",
            "1.",
            "2)",
            "(a)",
            "(iv)",
            "[1]",
            "A.",
            "§",
            "§§",
            "o",
            "—",
            "#1",
            "1.2.3",
            "I.",
            "Art.",
            "No.",
        )
    )
    return f"{mark} {rng.choice((label, name, number, company))(rng)}"


def punctuation(rng: random.Random) -> str:
    """Draw signs that stand alone: leaders, rules made of characters, arrows, brackets."""
    sign = rng.choice("-=*._~#+:/<>|")
    forms = (
        sign * rng.randint(1, 8),
        rng.choice("--=*.") * rng.randint(4, 30),
        ". " * rng.randint(2, 5),
        f"<{rng.choice(_SITES)}>",
        f"[{rng.choice(('x', 'X', ' ', '1'))}]",
        "->",
        "=>",
        ">>",
        "<<",
        "...",
        "…",
        "?!",
        "&",
        "|",
        "***",
        f"{{{rng.choice(_SITES)}}}",
        f"{rng.choice(_SITES)}_{rng.choice(_SITES)}",
        f"C:\\{rng.choice(_SITES)}\\{rng.choice(_SITES)}",
        f"{rng.choice(_SITES)}()",
        f"{rng.randint(1, 99)} = {rng.randint(1, 99)} + {rng.randint(1, 9)}",
        f"x^{rng.randint(2, 9)}",
        f"~{number(rng)}",
        rng.choice(("c/o", "w/o", "n/a", "N/A", "and/or", "a/c", "b/w", "km/h", "I/O", "24/7", "p/p")),
    )
    return rng.choice(forms)


FIELDS: tuple[Callable[[random.Random], str], ...] = (
    number,
    price,
    price,
    date,
    time,
    moment,
    span,
    ticks,
    percentage,
    phone,
    email,
    url,
    name,
    company,
    address,
    label,
    label,
    labelled,
    labelled,
    cells,
    quantity,
    enumerated,
    measurement,
    noted,
    beyond_latin,
    punctuation,
    source,
    source,
)
"""Those that all documents have, the commonest more than once."""

TILL: tuple[Callable[[random.Random], str], ...] = (
    label,
    label,
    labelled,
    price,
    date,
    time,
    moment,
    phone,
    address,
    company,
    name,
    codes,
    quantity,
    weighed,
    cells,
)
"""Those that receipts have most."""
