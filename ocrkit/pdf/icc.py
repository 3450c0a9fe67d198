"""The colour profile of sRGB, made of its published figures, which a PDF/A names as what its colours mean.

References
----------
IEC 61966-2-1 (curve and primaries); ICC.1:2001-04, the profile format of version 2 (these primaries, adapted to D50).
"""

from __future__ import annotations

from functools import cache

_WHITE = 0.96420, 1.00000, 0.82491  # D50, as all profiles have it
_PRIMARIES = {"r": (0.43607, 0.22249, 0.01392), "g": (0.38515, 0.71687, 0.09708), "b": (0.14307, 0.06061, 0.71410)}
_STEPS = 256  # of the curve, between which readers interpolate
_RIGHTS = b"No rights reserved."
_NAME = b"sRGB"


@cache
def srgb_profile() -> bytes:
    """Return the profile: for screens, from RGB to XYZ, by primaries and one curve.

    Examples
    --------
    >>> srgb_profile()[36:40], int.from_bytes(srgb_profile()[:4], "big") == len(srgb_profile())
    (b'acsp', True)
    """
    curve = b"curv" + bytes(4) + _STEPS.to_bytes(4, "big")
    curve += b"".join(round(_linear(step / (_STEPS - 1)) * 65535).to_bytes(2, "big") for step in range(_STEPS))
    named = len(_NAME) + 1
    tags = {
        b"desc": b"desc" + bytes(4) + named.to_bytes(4, "big") + _NAME + b"\0" + bytes(78),  # in no other script
        b"cprt": b"text" + bytes(4) + _RIGHTS + b"\0",
        b"wtpt": _xyz(_WHITE),
        **{f"{colour}XYZ".encode(): _xyz(primary) for colour, primary in _PRIMARIES.items()},
        **{f"{colour}TRC".encode(): curve for colour in _PRIMARIES},
    }
    table, body = len(tags).to_bytes(4, "big"), b""
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}  # the three curves are one
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += name + places[data].to_bytes(4, "big") + len(data).to_bytes(4, "big")
    return _header(start + len(body)) + table + body


def _header(length: int) -> bytes:
    return b"".join(
        (
            length.to_bytes(4, "big"),
            bytes(4),  # made by no particular program
            b"\2\x10\0\0mntrRGB XYZ ",
            b"".join(part.to_bytes(2, "big") for part in (2026, 1, 1, 0, 0, 0)),
            b"acsp",
            bytes(28),  # neither flags nor devices; rendered perceptually
            _fixed(_WHITE),
            bytes(48),
        )
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _xyz(colour: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(colour)


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(round(value * 65536).to_bytes(4, "big") for value in values)
