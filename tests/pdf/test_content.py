import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrkit.pdf.content import operations, without_invisible_text


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"BT (visible) Tj ET", None),
        (b"BT 3 Tr (gone) Tj ET", b"BT 3 Tr  ET"),
        (b"BT 3 Tr [(g) -20 (one)] TJ ET", b"BT 3 Tr  ET"),
        (b"BT 3 Tr (a) ' 1 2 (b) \" ET", b"BT 3 Tr   ET"),
        (b"q 3 Tr Q BT (visible) Tj ET", None),
        (b"3 Tr q BT 0 Tr (visible) Tj ET Q BT (gone) Tj ET", b"3 Tr q BT 0 Tr (visible) Tj ET Q BT  ET"),
        (rb"3 Tr (nested \) (Tj) paren) Tj 0 Tr (stays) Tj", b"3 Tr  0 Tr (stays) Tj"),
        (b"3 Tr <00 41> Tj % (comment) Tj\n0 Tr (stays) Tj", b"3 Tr  % (comment) Tj\n0 Tr (stays) Tj"),
        (b"/Span <</ActualText (x)>> BDC 3 Tr (gone) Tj EMC", b"/Span <</ActualText (x)>> BDC 3 Tr  EMC"),
        (b"BI /W 1 /H 1 ID \x00 3 Tr (no) Tj EI Q 3 Tr (gone) Tj", b"BI /W 1 /H 1 ID \x00 3 Tr (no) Tj EI Q 3 Tr "),
        (b"BI /W 9 ID ab EI\xff\x01\x02 EI Q (visible) Tj", None),
        (b"", None),
        (b"3 Tr (never closed", None),
        (b"Q Q Q 3.0 Tr (gone) Tj", b"Q Q Q 3.0 Tr "),
        (b"/F1 12 Tf 3 Tr(gone)Tj", b"/F1 12 Tf 3 Tr"),
    ],
)
def test_only_invisible_text_goes(content, wanted):
    result = without_invisible_text(content)
    assert result == (content if wanted is None else wanted)
    if wanted is None:
        assert result is content


def test_mode_in_force_at_the_start_counts():
    assert without_invisible_text(b"(gone) Tj", mode=3) == b""


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_to_the_end(content):
    spans = [(start, end) for _, _, start, end in operations(content)]
    assert all(a <= b for a, b in spans)
    assert spans == sorted(spans)
    without_invisible_text(b"3 Tr " + content)
