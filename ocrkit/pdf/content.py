"""Take invisible text out of a content stream, and leave every other byte as it is.

References
----------
ISO 32000-1, 7.2 (lexical conventions), 8.9.7 (inline images), 9.3.6 (text rendering mode).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    rb"""(?P<skip>[\0\t\n\f\r ]+|%[^\r\n]*)
       |(?P<string>\()
       |(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*>)
       |(?P<mark><<|>>|[\[\]{}])
       |(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)
       |(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)
       |(?P<junk>.)""",
    re.VERBOSE | re.DOTALL,
)
_STRING_END = re.compile(rb"\\.|[()]", re.DOTALL)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)")
_DEPTH = {b"[": 1, b"<<": 1, b"]": -1, b">>": -1}
SHOWING = {b"Tj", b"TJ", b"'", b'"'}
INVISIBLE = 3


def without_invisible_text(content: bytes, mode: int = 0) -> bytes:
    r"""Drop the operators that show text in rendering mode 3.

    Parameters
    ----------
    content : bytes
        A decoded content stream, or several joined by white space.
    mode : int
        Text rendering mode that is in force at the start.

    Returns
    -------
    bytes
        `content` itself if there is nothing to drop.

    Examples
    --------
    >>> without_invisible_text(b"BT 3 Tr (gone) Tj 0 Tr (stays) Tj ET")
    b'BT 3 Tr  0 Tr (stays) Tj ET'
    """
    kept: list[bytes] = []
    done = 0
    for name, _, start, end, in_force in operations_with_modes(content, mode):
        if name in SHOWING and in_force == INVISIBLE:
            kept.append(content[done:start])
            done = end
    if not done:
        return content
    return b"".join([*kept, content[done:]])


def modes_of_forms(content: bytes, mode: int = 0) -> dict[str, int]:
    """Return the text rendering mode in which each form is shown, by its name; a visible one counts first."""
    modes: dict[str, int] = {}
    for name, operands, *_, in_force in operations_with_modes(content, mode):
        if name == b"Do" and operands:
            form = name_of(operands[-1])
            modes[form] = in_force if modes.get(form, INVISIBLE) == INVISIBLE else modes[form]
    return modes


def name_of(operand: bytes) -> str:
    """Return a name as MuPDF gives it: without the slash, escapes resolved."""
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match[1].decode()), operand[1:])
    return plain.decode("utf-8", "surrogateescape")


def operations_with_modes(content: bytes, mode: int = 0) -> Iterator[tuple[bytes, list[bytes], int, int, int]]:
    """Walk the operators, each with the text rendering mode that is in force."""
    stack: list[int] = []
    for name, operands, start, end in operations(content):
        if name == b"q":
            stack.append(mode)
        elif name == b"Q" and stack:
            mode = stack.pop()
        elif name == b"Tr" and operands and _NUMBER.fullmatch(operands[-1]):
            mode = int(float(operands[-1]))
        yield name, operands, start, end, mode


def operations(content: bytes) -> Iterator[tuple[bytes, list[bytes], int, int]]:
    """Walk the operators of a content stream.

    Yields
    ------
    (bytes, list of bytes, int, int)
        Operator, its operands as written, and where the whole begins and ends.
    """
    operands: list[bytes] = []
    start = at = depth = 0
    while match := _TOKEN.match(content, at):
        token, kind = match[0], match.lastgroup
        begin, at = at, match.end()
        if kind == "skip":
            continue
        if kind == "string":
            at = _end_of_string(content, at)
            token = content[begin:at]
        if not operands:
            start = begin
        depth = max(0, depth + _DEPTH.get(token, 0)) if kind == "mark" else depth
        # Inside an array nothing is an operator, and what begins like a number is meant as one, however malformed.
        if kind != "word" or depth or token[:1] in b"+-.0123456789" or token in (b"true", b"false", b"null"):
            operands.append(token)
            continue
        if token == b"BI":
            at = _end_of_inline_image(content, at)
        yield token, operands, start, at
        operands = []


def _end_of_string(content: bytes, at: int) -> int:
    depth = 1
    while depth:
        match = _STRING_END.search(content, at)
        if not match:
            return len(content)
        at = match.end()
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
    return at


def _end_of_inline_image(content: bytes, at: int) -> int:
    """Return where the image's ``EI`` ends; binary data may hold those letters too."""
    for match in re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r /Q]|$)").finditer(content, at):
        after = content[match.end() : match.end() + 16]
        if all(byte in b"\t\n\f\r\0" or 32 <= byte < 127 for byte in after):
            return match.end()
    return len(content)
