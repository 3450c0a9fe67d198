import io
import sys

import numpy as np
import pytest
from PIL import Image, ImageOps

from ocrkit import UnreadableImageError
from ocrkit.image import decode, read_header
from tests.conftest import encoded

BLOCKS = (np.random.default_rng(3).integers(0, 2, (4, 6, 3)) * 255).astype(np.uint8).repeat(16, 0).repeat(16, 1)
GREY = BLOCKS[..., 0]


def near(got: np.ndarray, wanted: np.ndarray) -> bool:
    return got.shape == wanted.shape and np.abs(got.astype(int) - wanted).mean() < 12


def with_orientation(form: str, orientation: int, pixels: np.ndarray = BLOCKS, **options) -> bytes:
    if form == "TIFF":
        return encoded(pixels, form, tiffinfo={274: orientation}, **options)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(pixels, form, exif=exif, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "lzw"}),
    ],
)
def test_exif_turns_the_picture_as_viewers_show_it(form, options, orientation):
    options = {"compression": "tiff_lzw"} if "compression" in options else options
    data = with_orientation(form, orientation, **options)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    image = decode(data)
    assert near(image.pixels, shown)
    assert (image.width, image.height) == read_header(data).frames[0].displayed_size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_of_sixteen_bits_and_of_one_bit_is_turned_too(orientation):
    deep = with_orientation("TIFF", orientation, GREY.astype(np.uint16) * 257)
    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(deep)))) >> 8
    assert near(decode(deep).pixels, shown)
    out = io.BytesIO()
    Image.fromarray(GREY).convert("1").save(out, "TIFF", compression="group4", tiffinfo={274: orientation})
    assert near(decode(out.getvalue()).pixels, shown)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_modes_of_png(mode):
    out = io.BytesIO()
    picture = Image.fromarray(BLOCKS).convert(mode)
    picture.save(out, "PNG")
    pixels = decode(out.getvalue()).pixels
    wanted = np.asarray(picture.convert("L" if pixels.ndim == 2 else "RGB"))
    assert near(pixels, wanted)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(form):
    out = io.BytesIO()
    Image.fromarray(BLOCKS).convert("CMYK").save(out, form)
    assert near(decode(out.getvalue()).pixels, BLOCKS)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight(form):
    assert near(decode(encoded(GREY.astype(np.uint16) * 257, form)).pixels, GREY)


def test_float_tiff_is_stretched_and_survives_nan():
    values = GREY.astype(np.float32) / 255
    values[0, 0] = np.nan
    assert near(decode(encoded(values, "TIFF")).pixels, GREY)


def test_what_is_transparent_is_white():
    rgba = np.dstack([BLOCKS, np.zeros(GREY.shape, np.uint8)])
    assert decode(encoded(rgba, "PNG")).pixels.min() == 255
    half = np.dstack([np.zeros_like(BLOCKS), np.full(GREY.shape, 128, np.uint8)])
    assert abs(int(decode(encoded(half, "PNG")).pixels[0, 0, 0]) - 127) <= 1


def test_any_page_of_a_tiff_is_decoded():
    more = [Image.fromarray(BLOCKS[:, ::-1]), Image.fromarray(GREY)]
    data = encoded(BLOCKS, "TIFF", save_all=True, append_images=more)
    assert near(decode(data, 1).pixels, BLOCKS[:, ::-1])
    assert near(decode(data, 2).pixels, GREY)
    assert decode(data, 2).index == 2


def heic(orientation: int = 1) -> bytes:
    import pillow_heif  # encodes, which the library's own decoder cannot

    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(BLOCKS)).save(out, quality=95, exif=exif.tobytes())
    return out.getvalue()


@pytest.mark.parametrize(("orientation", "shown"), [(1, BLOCKS), (3, BLOCKS[::-1, ::-1]), (6, np.rot90(BLOCKS, -1))])
def test_heic_is_decoded_as_displayed(orientation, shown):
    data = heic(orientation)
    assert read_header(data).frames[0].displayed_size == shown.shape[1::-1]
    assert near(decode(data).pixels, shown)


def test_damaged_heic_is_refused():
    with pytest.raises(UnreadableImageError, match="damaged"):
        decode(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", source="photo.heic")
    with pytest.raises(UnreadableImageError, match="damaged"):
        decode(heic()[:-300], source="photo.heic")


def test_heic_without_its_package_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(UnreadableImageError, match="pip install pi-heif"):
        decode(heic(), source="photo.heic")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_cut_short_are_refused(form):
    data = encoded(np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8), form)
    # A TIFF may keep its directory at the end: then the header itself is gone.
    with pytest.raises(UnreadableImageError, match=r"cut short|damaged"):
        decode(data[: len(data) // 2], source="cut")


def test_wrong_suffix_does_not_matter(tmp_path, sample):
    import ocrkit
    from ocrkit.testing import FakeEngine

    path = tmp_path / "photo.tiff"
    path.write_bytes(encoded(sample, "PNG"))
    assert ocrkit.read(path, FakeEngine()).pages[0].size == (900, 300)
