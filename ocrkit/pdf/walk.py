"""Walking through the objects of a file, as MuPDF has them: dictionaries, arrays, names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymupdf
from pymupdf import mupdf

from ocrkit.pdf.objects import trailer_of

_RESOURCES = "Resources", "DR"  # their values, and those of what follows, go by names that anybody may choose
_FREELY_NAMED = {"Dests", "RoleMap", "ClassMap", "CharProcs"}


def reachable(document: pymupdf.Document) -> Iterator[tuple[Any, bool]]:
    """Walk all dictionaries and arrays that the file's trailer leads to, those of streams too.

    Yields
    ------
    (dictionary or array, bool)
        With whether its keys are names that anybody may choose.
    """
    waiting = [(trailer_of(document), "", False)]
    seen: set[int] = set()
    while waiting:
        item, key, is_freely_named = waiting.pop()
        number = mupdf.pdf_to_num(item)
        if number in seen:
            continue
        if number:
            seen.add(number)
        if mupdf.pdf_is_dict(item):
            yield item, is_freely_named
            for name, value in entries(item):
                meant = "" if is_freely_named else name
                waiting.append((value, meant, key in _RESOURCES or meant in _FREELY_NAMED))
        elif mupdf.pdf_is_array(item):
            yield item, False
            waiting += [(value, "", False) for value in elements(item)]


def entries(item: Any) -> Iterator[tuple[str, Any]]:
    """Give the keys and values of a dictionary."""
    for i in range(mupdf.pdf_dict_len(item)):
        yield mupdf.pdf_to_name(mupdf.pdf_dict_get_key(item, i)), mupdf.pdf_dict_get_val(item, i)


def elements(item: Any) -> list[Any]:
    """Return what an array holds."""
    return [mupdf.pdf_array_get(item, i) for i in range(mupdf.pdf_array_len(item))]


def name_at(item: Any, key: str) -> str:
    """Return the name that a dictionary has for a key, or an empty one."""
    return str(mupdf.pdf_to_name(mupdf.pdf_dict_gets(item, key)))


def as_name(name: Any) -> str:
    """Return a name, or an empty one for what is none."""
    return str(mupdf.pdf_to_name(name))


def names(item: Any) -> list[str]:
    """Return a name, or the names of an array, or nothing."""
    return [mupdf.pdf_to_name(one) for one in one_or_more(item) if mupdf.pdf_is_name(one)]


def dicts(item: Any) -> list[Any]:
    """Return a dictionary, or the dictionaries of an array, or nothing."""
    return [one for one in one_or_more(item) if mupdf.pdf_is_dict(one)]


def one_or_more(item: Any) -> list[Any]:
    """Return what an array holds, or the thing itself, or nothing for None."""
    if item is None:
        return []
    return elements(item) if mupdf.pdf_is_array(item) else [item]
