"""Files that are damaged, odd or made to do harm: one clear error, or the right result."""

import contextlib
import io
import struct
import subprocess
import time
import zlib

import numpy as np
import pymupdf
import pytest
from PIL import Image

import ocrkit
from ocrkit import Limits, ReadSettings, SignedPdfError, UnreadableImageError, UnreadablePdfError
from ocrkit.image import decode, read_header
from ocrkit.pdf import WriteSettings, add_text_layer
from ocrkit.pdf.embed import pictures_to_pdf
from ocrkit.testing import FakeEngine
from tests.conftest import encoded, pdf_of
from tests.pdf.test_writer import drawing, encrypted, reading, text_of, write


def raw_pdf(*objects: str) -> bytes:
    """Write a PDF of these objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def stream(text: str, entries: str = "") -> str:
    return f"<<{entries}/Length {len(text)}>>stream\n{text}\nendstream"


CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
PAGES = "<</Type/Pages/Kids[3 0 R]/Count 1>>"


def page_pdf(entries: str, *more: str) -> bytes:
    return raw_pdf(CATALOG, PAGES, f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]{entries}>>", *more)


@pytest.mark.parametrize(
    "entries",
    [
        "/Resources 99 0 R",
        "/Resources<</Font 99 0 R>>",
        "/Contents 99 0 R",
        "/Contents[99 0 R 3 0 R]",
        "/Contents 3 0 R",
        "/Annots[99 0 R]",
        "/MediaBox[0 0 0 0]",
        "/Rotate 45",
        "/Rotate -90",
        "/UserUnit 0",
    ],
)
@pytest.mark.parametrize("mode", ["skip", "redo", "force"])
def test_odd_pages_get_their_layer_or_are_refused(entries, mode):
    source = page_pdf(entries)
    try:
        data, _ = write(source, reading("two words"), mode=mode)
    except UnreadablePdfError:
        return
    assert text_of(data) == ["two", "words"]
    again, _ = write(data, reading("new words"), mode="force")
    assert text_of(again) == ["new", "words"]


@pytest.mark.parametrize(
    "pages",
    [
        "<</Type/Pages/Kids[99 0 R]/Count 1>>",
        "<</Type/Pages/Kids[2 0 R]/Count 1>>",
        "<</Type/Pages/Kids[3 0 R]/Count 5>>",
        "<</Type/Pages/Kids(no)/Count 1>>",
        "<</Type/Pages/Kids[]/Count 0>>",
    ],
)
def test_broken_page_trees_are_our_error(pages):
    source = raw_pdf(CATALOG, pages, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>")
    for work in (
        lambda: ocrkit.make_searchable(source, io.BytesIO(), FakeEngine()),
        lambda: ocrkit.read(source, FakeEngine()),
    ):
        with contextlib.suppress(UnreadablePdfError):
            work()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_pdf_cut_short_is_repaired_or_refused(share):
    source = pdf_of("", "", "")
    with contextlib.suppress(UnreadablePdfError):
        ocrkit.make_searchable(source[: int(share * len(source))], io.BytesIO(), FakeEngine())


def test_page_that_stands_twice_in_the_tree_gets_one_layer():
    source = raw_pdf(
        CATALOG, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"
    )
    out = io.BytesIO()
    report = ocrkit.make_searchable(source, out, FakeEngine())
    assert [page.action for page in report.pages] == ["added", "skipped"]
    assert text_of(out.getvalue(), 0) == ["fake", "text"]


def shared_forms(second_page_text: str = "/F0 Do") -> bytes:
    """Two pages with one /Resources; each shows a form with invisible text."""
    form = "/Type/XObject/Subtype/Form/BBox[0 0 300 200]/Resources<</Font<</H 8 0 R>>>>"
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources 5 0 R/Contents {} 0 R>>"
    return raw_pdf(
        CATALOG,
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        page.format(9),
        page.format(10),
        "<</XObject<</F0 6 0 R/F1 7 0 R>>>>",
        stream("BT 3 Tr /H 12 Tf 20 100 Td (first) Tj ET", form),
        stream("BT 3 Tr /H 12 Tf 20 100 Td (second) Tj ET", form),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        stream("/F0 Do"),
        stream(second_page_text),
    )


@pytest.mark.parametrize(("shown", "text"), [("/F0 Do", ["first"]), ("/F1 Do", ["second"])])
def test_redo_of_one_page_leaves_the_forms_of_others_alone(shown, text):
    source = shared_forms(shown)
    data, _ = write(source, reading("ours"), mode="redo")
    assert (text_of(data, 0), text_of(data, 1)) == (["ours"], text)
    assert drawing(data, 1) == drawing(source, 1)


def test_redo_finds_text_that_the_page_makes_invisible_for_its_form():
    source = page_pdf(
        "/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R",
        stream("3 Tr /F Do"),
        stream(
            "BT /H 12 Tf 20 100 Td (theirs) Tj ET",
            "/Type/XObject/Subtype/Form/BBox[0 0 300 200]"
            "/Resources<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
        ),
    )
    assert text_of(source) == ["theirs"]
    assert text_of(write(source, reading("ours"), mode="redo")[0]) == ["ours"]


@pytest.mark.parametrize("flags", ["", "/SigFlags 0", "/SigFlags 3"])
@pytest.mark.parametrize("nested", [False, True])
def test_signature_is_found_whatever_the_flags_and_annotations_say(flags, nested):
    value = "/V<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>"
    field = "<</FT/Sig/T(a)/Kids[5 0 R]>>" if nested else f"<</FT/Sig/T(a){value}>>"
    source = raw_pdf(
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]{flags}>>>>",
        PAGES,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>",
        field,
        f"<</T(b)/Parent 4 0 R{value if nested else ''}>>",
    )
    with pytest.raises(SignedPdfError):
        write(source, reading("text"))


def test_mark_of_a_stranger_does_not_take_visible_streams_away():
    content = stream("0 0 1 rg 20 20 100 100 re f", "/OcrkitLayer(x)")
    source = page_pdf("/Contents 4 0 R", content)
    data, _ = write(source, reading("text"), mode="force")
    assert drawing(data) == drawing(source)


def test_scan_of_a_coarse_background_and_a_fine_mask_is_drawn_finely():
    with pymupdf.open() as document:
        page = document.new_page(width=612, height=792)
        page.insert_image(page.rect, stream=encoded(np.full((110, 85), 220, np.uint8), "PNG"))
        page.insert_image(page.rect, stream=encoded(np.full((3300, 2550), 9, np.uint8), "PNG"))
        source = document.tobytes()
    assert ocrkit.read(source, FakeEngine()).pages[0].size == (2550, 3300)


def tiff(*directories: list[tuple[int, int]]) -> bytes:
    """Write the directories of a TIFF, each a list of tag and SHORT value."""
    out = b"II*\0" + struct.pack("<I", 8)
    for i, tags in enumerate(directories):
        after = len(out) + 2 + 12 * len(tags) + 4 if i + 1 < len(directories) else 0
        entries = b"".join(struct.pack("<HHIHxx", tag, 3, 1, value) for tag, value in tags)
        out += struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)
    return out


def test_thumbnails_in_a_tiff_are_stepped_over():
    first, thumbnail, second = (
        np.full(shape, value, np.uint8) for shape, value in (((40, 60), 10), ((8, 6), 90), ((30, 50), 200))
    )
    data = encoded(
        first,
        "TIFF",
        save_all=True,
        append_images=[Image.fromarray(thumbnail), Image.fromarray(second)],
        tiffinfo={254: 0},
    )
    # Mark the second directory as a thumbnail.
    at = struct.unpack_from("<I", data, 4)[0]
    at = struct.unpack_from("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0])[0]
    marked = bytearray(data)
    assert struct.unpack_from("<H", marked, at + 2)[0] == 254
    struct.pack_into("<I", marked, at + 2 + 8, 1)
    header = read_header(bytes(marked))
    assert [(frame.width, frame.number) for frame in header.frames] == [(60, 0), (50, 2)]
    assert decode(bytes(marked), 1).pixels.shape == (30, 50)
    assert decode(bytes(marked), 1).pixels[0, 0] == 200


def test_tiff_with_endless_directories_ends_at_the_limit():
    started = time.monotonic()
    many = tiff(*[[(256, 5), (257, 5)]] * 5000)
    with pytest.raises(ocrkit.LimitExceededError):
        read_header(many, limits=Limits(pages=5))
    body = struct.pack("<HHIHxx", 256, 3, 1, 5) * 8000
    overlapping = b"II*\0" + struct.pack("<I", 8)
    overlapping += struct.pack("<H", 8000) + body
    overlapping += b"".join(struct.pack("<I", 8) for _ in range(9))
    with pytest.raises(UnreadableImageError):
        read_header(overlapping + bytes(50))
    assert time.monotonic() - started < 30


def test_jpeg_header_cannot_hide_the_size_behind_a_marker_without_length():
    real = encoded(np.zeros((400, 400), np.uint8), "JPEG")
    forged = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 5, 5, 1) + b"\x01\x11\x00"
    # 0xFF01 has no length; whoever reads one jumps into the comment, to a frame of 5 x 5.
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 300) + bytes(300 - len(forged)) + forged
    data = real[:2] + b"\xff\x01" + comment + real[2:]
    try:
        frame = read_header(data, limits=Limits(pixels=1000)).frames[0]
    except (ocrkit.LimitExceededError, UnreadableImageError):
        return
    with pytest.raises(UnreadableImageError):
        decode(data, header=None, source=str(frame))


def test_decoder_that_sees_another_size_than_the_header_is_not_believed():
    data = encoded(np.zeros((400, 400), np.uint8), "JPEG")
    small = read_header(encoded(np.zeros((5, 5), np.uint8), "JPEG"))
    with pytest.raises(UnreadableImageError):
        decode(data, header=small)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    out = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        out += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return out


IHDR = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
ROWS = zlib.compress(b"\0\0\0\0\0" * 4)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"IHDR", IHDR), (b"IDAT", ROWS), (b"IEND", b"")],  # no palette
        [(b"IHDR", IHDR), (b"PLTE", b"\1\2\3"), (b"IEND", b"")],  # no pixels
        [(b"IHDR", IHDR[:10]), (b"IDAT", ROWS), (b"IEND", b"")],
        [(b"IHDR", IHDR), (b"PLTE", b"\1\2\3"), (b"IDAT", ROWS)],  # no end
    ],
)
def test_broken_png_is_our_error(chunks):
    data = png(*chunks)
    with pytest.raises(UnreadableImageError):
        ocrkit.make_searchable(data, io.BytesIO(), FakeEngine())


def test_interlaced_png_is_packed_anew():
    # One pixel: the first of the seven passes has it all.
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)
    data = png((b"IHDR", header), (b"IDAT", zlib.compress(b"\0\x7f")), (b"IEND", b""))
    assert decode(data).pixels.tolist() == [[127]]
    with pymupdf.open(stream=pictures_to_pdf(data, read_header(data), "png")) as document:
        assert document[0].get_pixmap(colorspace=pymupdf.csGRAY).pixel(0, 0) == (127,)


@pytest.mark.parametrize("size", [100, 300, 1000])
def test_jpeg_cut_short_is_our_error(size):
    data = encoded(np.random.default_rng(0).integers(0, 255, (90, 90), dtype=np.uint8), "JPEG")
    with pytest.raises(UnreadableImageError):
        ocrkit.make_searchable(data[:size], io.BytesIO(), FakeEngine())


def test_names_that_are_no_unicode_work(tmp_path):
    folder = tmp_path / "n\udcff"
    folder.mkdir()
    source, target = folder / "s\udcfe.pdf", folder / "t.pdf"
    source.write_bytes(pdf_of(""))
    ocrkit.make_searchable(source, target, FakeEngine())
    assert target.read_bytes().startswith(source.read_bytes())
    assert len(ocrkit.read(source, FakeEngine()).pages) == 1
    assert len(list(folder.iterdir())) == 2


def test_longest_name_works(tmp_path):
    target = tmp_path / ("漢" * 80 + ".pdf")
    ocrkit.make_searchable(pdf_of(""), target, FakeEngine())
    assert target.exists()


def test_one_open_file_as_source_and_destination_is_refused(tmp_path):
    both = io.BytesIO(pdf_of(""))
    with pytest.raises(ValueError, match="give its path"):
        ocrkit.make_searchable(both, both, FakeEngine())
    with pytest.raises(ValueError, match="give its path"):
        add_text_layer(both, reading("x"), both)


@pytest.mark.parametrize("destination", [None, 5, io.StringIO()])
def test_wrong_destination_is_refused_before_the_work(destination):
    class Never:
        def read(self, image, /):
            raise AssertionError

    with pytest.raises(TypeError, match="destination"):
        ocrkit.make_searchable(pdf_of(""), destination, Never())


def test_endless_input_stops_at_the_limit():
    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def read(self, size=-1):
            return bytes(min(size, 1 << 20))

    with pytest.raises(ocrkit.LimitExceededError):
        ocrkit.read(Endless(), FakeEngine(), settings=ReadSettings(limits=Limits(bytes=5_000_000)))


def test_engine_that_gives_something_else_is_refused():
    class Odd:
        def read(self, image, /):
            return None

    with pytest.raises(TypeError, match="gives a Page"):
        ocrkit.read(pdf_of(""), Odd())


@pytest.mark.parametrize(
    "wrong", [{"page_timeout": float("inf")}, {"page_timeout": float("nan")}, {"dpi": float("nan")}]
)
def test_numbers_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReadSettings(**wrong)
    with pytest.raises(ValueError, match="image_dpi"):
        WriteSettings(image_dpi=float("inf"))


def poppler_drawing(data, tmp_path):
    path = tmp_path / "drawn.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdftoppm", "-r", "50", path], capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("number", ["--12", "-1-2", "1e3", "1.2.3", "12-", "-", "+"])
def test_redo_does_no_harm_where_numbers_are_malformed(number, tmp_path):
    text = f"BT 3 Tr /H 12 Tf 20 20 Td [(old) {number} (hid)] TJ ET 1 0 0 rg 50 50 200 100 re f"
    fonts = "/Resources<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    source = page_pdf(f"{fonts}/Contents 4 0 R", stream(text))
    data, _ = write(source, reading("ours"), mode="redo")
    assert text_of(data) == ["ours"]
    assert drawing(data) == drawing(source)
    assert poppler_drawing(data, tmp_path) == poppler_drawing(source, tmp_path)


@pytest.mark.parametrize("name", ["A#20b", "F#23", "\xc3\xa9", "a.b-c", "X"])
@pytest.mark.parametrize("own_resources", [True, False])
def test_redo_finds_forms_whatever_their_name_and_resources(name, own_resources):
    fonts = "/Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    source = page_pdf(
        f"/Resources<</XObject<</{name} 5 0 R>>{fonts}>>/Contents 4 0 R",
        stream(f"/{name} Do"),
        stream(
            "BT 3 Tr /H 12 Tf 20 100 Td (theirs) Tj ET",
            f"/Type/XObject/Subtype/Form/BBox[0 0 300 200]{f'/Resources<<{fonts}>>' if own_resources else ''}",
        ),
    )
    assert text_of(source) == ["theirs"]
    data, report = write(source, reading("ours"), mode="redo")
    assert text_of(data) == ["ours"]
    assert report.pages[0].action == "replaced"


def test_redo_copies_no_form_that_stays_as_it_is():
    source = page_pdf(
        "/Resources<</XObject<</Big 5 0 R>>>>/Contents 4 0 R",
        stream("/Big Do"),
        stream("0 0 1 rg 20 20 50 50 re f %" + "x" * 50_000, "/Type/XObject/Subtype/Form/BBox[0 0 300 200]"),
    )
    data, _ = write(source, reading("ours"), mode="redo")
    assert len(data) - len(source) < 5000


def test_signature_that_only_a_page_knows_is_found():
    source = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/SigFlags 3>>>>",
        PAGES,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[4 0 R]>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(s)/Rect[0 0 9 9]/V<</Type/Sig/Filter/X/Contents<00>>>>>",
    )
    with pytest.raises(SignedPdfError):
        write(source, reading("text"))


def test_empty_permissions_are_no_signature():
    source = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/Perms<<>>>>", PAGES, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"
    )
    assert text_of(write(source, reading("text"))[0]) == ["text"]


def test_tiff_whose_pages_all_call_themselves_small_is_read():
    data = bytearray(encoded(np.full((40, 60), 7, np.uint8), "TIFF", tiffinfo={254: 0}))
    at = struct.unpack_from("<I", data, 4)[0]
    struct.pack_into("<I", data, at + 2 + 8, 1)
    assert decode(bytes(data)).pixels.shape == (40, 60)


def test_lists_keep_to_the_rules_of_single_files(tmp_path, sample):
    out = io.BytesIO()
    ocrkit.make_searchable([sample], out, FakeEngine(), writing=WriteSettings(image_dpi=100))
    with pymupdf.open(stream=out.getvalue()) as document:
        assert document[0].rect.width == pytest.approx(648, abs=0.1)
    forbidden = encrypted(user_pw="", owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT)
    with pytest.raises(ocrkit.EncryptedPdfError):
        ocrkit.make_searchable([forbidden], io.BytesIO(), FakeEngine())
    with pytest.raises(ValueError, match="at least one"):
        ocrkit.make_searchable([], io.BytesIO(), FakeEngine())
    with pytest.raises(TypeError, match="flat list"):
        ocrkit.make_searchable([[sample]], io.BytesIO(), FakeEngine())
