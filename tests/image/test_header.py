import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocrkit import LimitExceededError, Limits, UnreadableImageError
from ocrkit.image import read_header
from tests.conftest import encoded

RGB = np.zeros((40, 60, 3), np.uint8)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_size_is_read_from_the_header(form):
    header = read_header(encoded(RGB, form))
    assert header.format == form.lower()
    assert [(f.width, f.height) for f in header.frames] == [(60, 40)]


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}])
def test_all_kinds_of_webp_state_their_size(options):
    frame = read_header(encoded(RGB, "WEBP", **options)).frames[0]
    assert (frame.width, frame.height) == (60, 40)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP"])
def test_stated_resolution_is_read(form):
    dpi = read_header(encoded(RGB, form, dpi=(300, 150))).frames[0].dpi
    assert dpi == pytest.approx((300, 150), abs=0.2)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "BMP"])
def test_no_stated_resolution_is_none(form):
    options = {"dpi": (0, 0)} if form == "BMP" else {}
    assert read_header(encoded(RGB, form, **options)).frames[0].dpi in (None, (96.01, 96.01))


def test_resolution_that_only_means_unknown_is_none():
    assert read_header(encoded(RGB, "JPEG", dpi=(72, 72))).frames[0].dpi is None
    assert read_header(encoded(RGB, "JPEG", dpi=(1, 1))).frames[0].dpi is None


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_classic_and_big_tiff_in_both_byte_orders(order, big):
    tags = [(256, 60), (257, 40), (274, 6), (277, 3)]
    mark = {"<": b"II", ">": b"MM"}[order]
    if big:
        data = mark + struct.pack(order + "HHHQ", 43, 8, 0, 16) + struct.pack(order + "Q", len(tags))
        entry, end = "HHQHxxxxxx", "Q"
    else:
        data = mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", len(tags))
        entry, end = "HHIHxx", "I"
    data += b"".join(struct.pack(order + entry, tag, 3, 1, value) for tag, value in tags) + struct.pack(order + end, 0)
    (frame,) = read_header(data).frames
    assert (frame.width, frame.height, frame.orientation, frame.displayed_size) == (60, 40, 6, (40, 60))


def test_pages_of_a_tiff_are_counted():
    pages = [Image.fromarray(RGB[: 10 * n]) for n in (1, 2, 3)]
    header = read_header(encoded(RGB, "TIFF", save_all=True, append_images=pages))
    assert [frame.height for frame in header.frames] == [40, 10, 20, 30]


def test_tiff_whose_directories_run_in_a_circle_ends():
    data = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2)
    data += struct.pack("<HHIHxx", 256, 3, 1, 5) + struct.pack("<HHIHxx", 257, 3, 1, 5) + struct.pack("<I", 8)
    assert len(read_header(data).frames) == 1


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", b"PK\3\4" + bytes(50)])
def test_other_files_are_refused_with_the_formats_we_read(data):
    with pytest.raises(UnreadableImageError, match=r"empty|convert it to JPEG"):
        read_header(data, "file")


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff\xe0\0", b"\x89PNG\r\n\x1a\n\0\0", b"II*\0\xff\xff\xff\0", b"BM", b"II*\0"]
)
def test_cut_headers_are_refused(data):
    with pytest.raises(UnreadableImageError, match="save the picture again"):
        read_header(data, "file")


def test_limits_are_checked_on_the_header_alone():
    bomb = bytearray(encoded(RGB, "PNG"))
    bomb[16:24] = struct.pack(">II", 100_000, 100_000)
    with pytest.raises(LimitExceededError, match="10,000,000,000 pixels"):
        read_header(bytes(bomb), "bomb.png")
    pages = encoded(RGB, "TIFF", save_all=True, append_images=[Image.fromarray(RGB)] * 3)
    with pytest.raises(LimitExceededError, match="4 pages"):
        read_header(pages, limits=Limits(pages=3))


@settings(max_examples=300)
@given(
    st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP", "BMP"]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
)
def test_damage_gives_our_error_or_a_header(form, changes, cut):
    data = bytearray(encoded(RGB, form))
    for at, value in changes:
        data[at % len(data)] = value
    with contextlib.suppress(UnreadableImageError, LimitExceededError):
        assert read_header(bytes(data[: max(4, len(data) - cut)])).frames
