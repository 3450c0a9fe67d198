import io

import numpy as np
import pymupdf
import pytest
from PIL import Image

from ocrkit import UnreadableImageError
from ocrkit.image import decode, read_header
from ocrkit.pdf.embed import page_size, pictures_to_pdf
from tests.conftest import encoded
from tests.image.test_decode import BLOCKS, GREY, with_orientation


def wrap(data, dpi=None):
    return pymupdf.open(stream=pictures_to_pdf(data, read_header(data), "picture", dpi))


def images(document):
    return [xref for page in range(document.page_count) for xref, *_ in document.get_page_images(page)]


def drawn(document, size, page=0):
    rect = document[page].rect
    pixmap = document[page].get_pixmap(matrix=pymupdf.Matrix(size[0] / rect.width, size[1] / rect.height), alpha=False)
    return np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)


def test_jpeg_goes_in_byte_for_byte():
    for mode in ("L", "RGB", "CMYK"):
        out = io.BytesIO()
        Image.fromarray(BLOCKS).convert(mode).save(out, "JPEG", quality=90)
        document = wrap(out.getvalue())
        assert document.xref_stream_raw(images(document)[0]) == out.getvalue()
        pixels = decode(out.getvalue()).pixels
        same = np.broadcast_to(pixels if pixels.ndim == 3 else pixels[..., None], (64, 96, 3))
        # Colours of CMYK differ by the profile, but must not be negative.
        assert np.corrcoef(drawn(document, (96, 64)).ravel(), same.ravel())[0, 1] > 0.8


def test_pixel_data_of_a_plain_png_is_not_encoded_again():
    data = encoded(BLOCKS, "PNG")
    document = wrap(data)
    assert document.xref_stream_raw(images(document)[0]) in data


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 95}), ("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]
)
def test_exif_turn_is_kept_without_touching_the_pixels(form, options, orientation):
    data = with_orientation(form, orientation, **options)
    shown = decode(data)
    document = wrap(data)
    assert np.abs(drawn(document, (shown.width, shown.height)).astype(int) - shown.pixels).mean() < 6


def pictures():
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
    out = {
        "png rgb": encoded(noise, "PNG"),
        "png grey": encoded(noise[..., 0], "PNG"),
        "tiff rgb": encoded(noise, "TIFF", compression="tiff_lzw"),
        "webp": encoded(noise, "WEBP", lossless=True),
        "bmp": encoded(noise, "BMP"),
        "png alpha": encoded(np.dstack([noise, noise[..., 0]]), "PNG"),
    }
    for name, mode, form, options in (
        ("png palette", "P", "PNG", {}),
        ("png 1 bit", "1", "PNG", {}),
        ("tiff 1 bit", "1", "TIFF", {"compression": "group4"}),
        ("png transparent palette", "P", "PNG", {"transparency": 3}),
    ):
        file = io.BytesIO()
        Image.fromarray(noise).convert(mode).save(file, form, **options)
        out[name] = file.getvalue()
    return out


@pytest.mark.parametrize("name", pictures())
def test_other_pictures_are_packed_without_loss(name):
    data = pictures()[name]
    document = wrap(data)
    pixels = decode(data).pixels
    wanted = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    np.testing.assert_array_equal(drawn(document, (40, 30)), wanted)


def test_depth_of_sixteen_bits_and_of_one_bit_is_kept():
    deep = wrap(encoded(GREY.astype(np.uint16) * 257, "TIFF"))
    assert deep.xref_get_key(images(deep)[0], "BitsPerComponent") == ("int", "16")
    file = io.BytesIO()
    Image.fromarray(GREY).convert("1").save(file, "TIFF", compression="group4")
    flat = wrap(file.getvalue())
    assert flat.xref_get_key(images(flat)[0], "BitsPerComponent") == ("int", "1")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_page_has_the_true_size(form):
    document = wrap(encoded(BLOCKS, form, dpi=(200, 100)))
    assert document[0].rect.width == pytest.approx(96 / 200 * 72, abs=0.1)
    assert document[0].rect.height == pytest.approx(64 / 100 * 72, abs=0.1)


def test_page_without_stated_resolution_is_as_long_as_a4_or_as_told():
    data = encoded(BLOCKS, "PNG")
    assert max(wrap(data)[0].rect[2:]) == pytest.approx(841.89, abs=0.1)
    assert wrap(data, dpi=96)[0].rect.width == pytest.approx(72, abs=0.1)
    stated = encoded(BLOCKS, "PNG", dpi=(192, 192))
    assert wrap(stated, dpi=96)[0].rect.width == pytest.approx(36, abs=0.1)


def test_page_is_never_larger_than_viewers_take():
    frame = read_header(encoded(np.zeros((1, 9000), np.uint8), "PNG", dpi=(40, 40))).frames[0]
    assert max(page_size(frame)) == 14_400


def test_every_page_of_a_tiff_becomes_a_page():
    document = wrap(encoded(BLOCKS, "TIFF", save_all=True, append_images=[Image.fromarray(GREY)]))
    assert document.page_count == 2
    np.testing.assert_array_equal(drawn(document, (96, 64), 1)[..., 0], GREY)


def test_damaged_picture_is_our_error():
    data = encoded(np.random.default_rng(0).integers(0, 255, (90, 90), dtype=np.uint8), "PNG")
    with pytest.raises(UnreadableImageError, match="cut short"):
        wrap(data[:3000])
