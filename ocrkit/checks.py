"""What settings must be: validators and converters of attrs that the packages share.

Wrong values get one error, where they are given, that says what would be right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, TypeVar

from attrs import validators

_Settings = TypeVar("_Settings")
LONGEST_TIMEOUT = 1_000_000.0
"""Seconds: what operating systems still take."""


def _is_number(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, Real):
        raise TypeError(f"{attribute.name} is a number, unlike {value!r}")


in_unit_range = validators.and_(_is_number, validators.ge(0.0), validators.le(1.0))
"""Refuses what is no number from 0 to 1."""
as_seconds = validators.optional(validators.and_(_is_number, validators.gt(0), validators.le(LONGEST_TIMEOUT)))
"""Refuses what is no time to wait for; None is one without end."""


def as_names(names: Iterable[str]) -> tuple[str, ...]:
    """Turn names into a tuple; a single string would fall apart into letters, so it is refused.

    Raises
    ------
    TypeError
        If given a string.
    """
    if isinstance(names, str):
        raise TypeError(f"give a list of names, such as [{names!r}], not a string")
    return tuple(names)


def are_texts(_: object, attribute: Any, value: tuple[Any, ...]) -> None:
    """Refuse what is no string."""
    for each in value:
        if not isinstance(each, str):
            raise TypeError(f"{attribute.name} are strings, unlike {each!r}")


def settings_of(given: _Settings | None, kind: type[_Settings]) -> _Settings:
    """Return the settings that were given, or such as nobody asked for otherwise.

    Raises
    ------
    TypeError
        If they are of another kind.
    """
    if given is None:
        return kind()
    if not isinstance(given, kind):
        raise TypeError(f"settings are {kind.__name__}(...), not {given!r}")
    return given


def is_stage(*methods: str) -> Callable[[object, Any, Any], None]:
    """Make a validator of attrs that refuses what lacks methods of a stage."""

    def check(_: object, attribute: Any, value: Any) -> None:
        missing = [name for name in methods if not callable(getattr(value, name, None))]
        if missing:
            raise TypeError(f"{attribute.name} has the method {missing[0]} (see ocrkit.spec), unlike {value!r}")
        if isinstance(value, type):
            raise TypeError(f"{attribute.name} is an object; give {value.__name__}(), not the class")

    return check


def compiled(pattern: str) -> re.Pattern[str]:
    """Make a regular expression of a user's pattern.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return re.compile(unicodedata.normalize("NFC", pattern))
    except (re.error, OverflowError, RecursionError, TypeError) as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def can_be_compiled(_: object, __: object, patterns: tuple[str, ...]) -> None:
    """Refuse patterns that are no regular expressions; a validator of attrs."""
    for pattern in patterns:
        compiled(pattern)
