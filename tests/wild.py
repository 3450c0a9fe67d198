"""Files as they are met with in the wild, one for each trait, drawn here.

`PDFS` and `PICTURES` map a trait to what makes the file and to what must come of it: how many pages get a text layer,
or the error that refuses it.
"""

from __future__ import annotations

import io
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image

from ocrkit import EncryptedPdfError, LimitExceededError, SignedPdfError, UnreadableImageError, UnreadablePdfError
from ocrkit.testing import draw_page
from tests.conftest import encoded, pdf_of
from tests.pdf.test_writer import encrypted, signed_pdf
from tests.test_hostile import CATALOG, PAGES, page_pdf, png, raw_pdf, shared_forms, stream, tiff

Made = Callable[[], bytes]
Expected = "int | type[Exception] | tuple[type[Exception] | int, ...]"
EITHER = (UnreadablePdfError, 1)
"""Repaired or refused: both are right, and which it is depends on MuPDF's version."""

SCAN = draw_page("Invoice 2048").pixels
GREY = SCAN[..., 0] if SCAN.ndim == 3 else SCAN
BILEVEL = GREY > 128
FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SHOW_IMAGE = "q 280 0 0 90 10 50 cm /I Do Q"


def image_pdf(entries: str, data: bytes, resources: str = "") -> bytes:
    """Write a page with one image: its dictionary's entries, and its encoded data."""
    text = data.decode("latin-1")
    return page_pdf(
        f"/Resources<</XObject<</I 5 0 R>>{resources}>>/Contents 4 0 R",
        stream(SHOW_IMAGE),
        stream(text, f"/Type/XObject/Subtype/Image{entries}"),
    )


def size(pixels: np.ndarray) -> str:
    return f"/Width {pixels.shape[1]}/Height {pixels.shape[0]}"


def deflated(pixels: np.ndarray, more: str) -> bytes:
    return image_pdf(f"{size(pixels)}/Filter/FlateDecode{more}", zlib.compress(pixels.tobytes()))


def group4() -> bytes:
    """Encode the scan as CCITT T.6, 0 being black."""
    data = encoded(BILEVEL, "TIFF", compression="group4")
    with Image.open(io.BytesIO(data)) as picture:
        starts, lengths = picture.tag_v2[273], picture.tag_v2[279]
    assert len(starts) == 1
    return data[starts[0] : starts[0] + lengths[0]]


def jbig2() -> bytes:
    """Wrap the T.6 data into a JBIG2 page of one generic region, as PDF embeds it."""
    height, width = BILEVEL.shape
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + group4()  # 1: coded by T.6
    segments = ((0, 48, page), (1, 38, region), (2, 49, b""))
    return b"".join(struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body for number, kind, body in segments)


def saved(change: Callable[[pymupdf.Document], object], *texts: str, **options: object) -> bytes:
    """Change a small PDF and save it."""
    with pymupdf.open(stream=pdf_of(*(texts or ("",)))) as document:
        change(document)
        return document.tobytes(**options)


def by_qpdf(source: bytes, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.pdf"), Path(folder, "two.pdf")
        one.write_bytes(source)
        subprocess.run(["qpdf", *options, one, two], check=True, timeout=60)
        return two.read_bytes()


def incremental(times: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "it.pdf")
        path.write_bytes(pdf_of(""))
        for number in range(times):
            with pymupdf.open(path) as document:
                document[0].draw_rect((number, 1, 9, 9))
                document.saveIncr()
        return path.read_bytes()


def set_key(key: str, value: str) -> Callable[[pymupdf.Document], object]:
    return lambda document: document.xref_set_key(document.pdf_catalog(), key, value)


def portfolio(document: pymupdf.Document) -> None:
    document.embfile_add("inside.pdf", pdf_of("inside"))
    document.xref_set_key(document.pdf_catalog(), "Collection", "<</Type/Collection/View/T>>")


def bookmarked(document: pymupdf.Document) -> None:
    document.set_toc([[1, "First", 1]])
    document[0].insert_link(
        {"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(0, 0, 50, 50), "uri": "https://example.org"}
    )
    document[0].add_text_annot((100, 100), "a note")


def with_field(document: pymupdf.Document) -> None:
    widget = pymupdf.Widget()
    widget.field_name, widget.field_type = "name", pymupdf.PDF_WIDGET_TYPE_TEXT
    widget.rect = pymupdf.Rect(50, 50, 150, 70)
    document[0].add_widget(widget)


def deep_tree(levels: int) -> bytes:
    nodes = [f"<</Type/Pages/Kids[{number + 3} 0 R]/Count 1>>" for number in range(levels)]
    return raw_pdf(CATALOG, *nodes, f"<</Type/Page/Parent {levels + 1} 0 R/MediaBox[0 0 300 200]>>")


def many_pages(count: int) -> bytes:
    kids = " ".join(f"{number + 3} 0 R" for number in range(count))
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 30 20]>>"
    return raw_pdf(CATALOG, f"<</Type/Pages/Kids[{kids}]/Count {count}>>", *[page] * count)


def cut(data: bytes, share: float) -> bytes:
    return data[: int(share * len(data))]


PDFA_XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part>'
    "<pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def pdfa() -> bytes:
    """A PDF that calls itself PDF/A-2b: metadata, output intent, no fonts."""
    return raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1"
        "/OutputConditionIdentifier(sRGB)/DestOutputProfile 5 0 R>>]>>",
        PAGES,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Resources<<>>>>",
        stream(PDFA_XMP, "/Type/Metadata/Subtype/XML"),
        stream("no profile", "/N 3"),
    )


INLINE = f"q 100 0 0 50 20 20 cm BI {size(GREY[:20, :20])}/BPC 8/CS/G/F/AHx ID {GREY[:20, :20].tobytes().hex()}> EI Q"
FORM = "/Type/XObject/Subtype/Form/BBox[0 0 300 200]"


PDFS: dict[str, tuple[Made, object]] = {
    # the file
    "plain": (lambda: pdf_of("", ""), 2),
    "wrong startxref": (lambda: pdf_of("").replace(b"startxref\n", b"startxref\n9"), 1),
    "no xref at all": (lambda: pdf_of("")[: pdf_of("").rindex(b"xref\n")].replace(b"xref\n", b"xxxx\n"), EITHER),
    "tail cut off": (lambda: cut(pdf_of("", ""), 0.97), (UnreadablePdfError, 2)),
    "half cut off": (lambda: cut(pdf_of("", ""), 0.5), (UnreadablePdfError, 1, 2)),
    "header alone": (lambda: b"%PDF-1.7\n", UnreadablePdfError),
    "nothing but a header and junk": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 20, UnreadablePdfError),
    "junk before the header": (lambda: b"HTTP/1.1 200 OK\r\n\r\n" + pdf_of(""), 1),
    "junk behind the end": (lambda: pdf_of("") + bytes(3000), 1),
    "lines end in CR": (lambda: page_pdf("").replace(b"\n", b"\r"), EITHER),
    "PDF 2.0": (lambda: page_pdf("").replace(b"%PDF-1.7", b"%PDF-2.0"), 1),
    "strange version": (lambda: page_pdf("").replace(b"%PDF-1.7", b"%PDF-9.9"), 1),
    "object streams": (lambda: by_qpdf(pdf_of("", ""), "--object-streams=generate"), 2),
    "linearized": (lambda: by_qpdf(pdf_of("", ""), "--linearize"), 2),
    "linearized and cut": (lambda: cut(by_qpdf(pdf_of("", ""), "--linearize"), 0.9), (UnreadablePdfError, 1, 2)),
    "updated three times": (lambda: incremental(3), 1),
    # pages
    "no pages": (lambda: raw_pdf(CATALOG, "<</Type/Pages/Kids[]/Count 0>>"), UnreadablePdfError),
    "no page tree": (lambda: raw_pdf("<</Type/Catalog>>"), UnreadablePdfError),
    "page tree leads nowhere": (lambda: raw_pdf(CATALOG), UnreadablePdfError),
    "missing page": (
        lambda: raw_pdf(
            CATALOG, "<</Type/Pages/Kids[9 0 R 3 0 R]/Count 2>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"
        ),
        (UnreadablePdfError, 1, 2),
    ),
    "null among pages": (
        lambda: raw_pdf(
            CATALOG, "<</Type/Pages/Kids[null 3 0 R]/Count 2>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"
        ),
        (UnreadablePdfError, 1, 2),
    ),
    "page tree in a circle": (lambda: raw_pdf(CATALOG, "<</Type/Pages/Kids[2 0 R]/Count 1>>"), EITHER),
    "wrong count": (
        lambda: raw_pdf(
            CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 7>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>"
        ),
        (UnreadablePdfError, 1),
    ),
    "branch of the page tree within another": (
        lambda: raw_pdf(CATALOG, "<</Type/Pages/Kids[<</Type/Pages/Kids[null]/Count 1>>]/Count 1>>"),
        UnreadablePdfError,
    ),
    "page tree inside the catalog": (
        lambda: raw_pdf("<</Type/Catalog/Pages<</Type/Pages/Kids[null]/Count 1>>>>"),
        UnreadablePdfError,
    ),
    "page tree a thousand levels deep": (lambda: deep_tree(1000), EITHER),
    "too many pages": (lambda: many_pages(300), LimitExceededError),
    "a page a million points wide": (lambda: page_pdf("").replace(b"0 0 300 200", b"0 0 1e6 1e6"), EITHER),
    "a page of half a point": (lambda: page_pdf("").replace(b"0 0 300 200", b"0 0 .5 .5"), (UnreadablePdfError, 0, 1)),
    "page far from the origin": (lambda: page_pdf("").replace(b"0 0 300 200", b"90000 90000 90300 90200"), 1),
    "box with its corners swapped": (lambda: page_pdf("").replace(b"0 0 300 200", b"300 200 0 0"), 1),
    "crop box beside the page": (lambda: page_pdf("/CropBox[900 900 950 950]"), EITHER),
    "empty crop box": (lambda: page_pdf("/CropBox[0 0 0 0]"), EITHER),
    "inherited rotation": (
        lambda: raw_pdf(
            CATALOG,
            "<</Type/Pages/Kids[3 0 R]/Count 1/Rotate 270/MediaBox[0 0 300 200]>>",
            "<</Type/Page/Parent 2 0 R>>",
        ),
        1,
    ),
    "user unit": (lambda: page_pdf("/UserUnit 10"), 1),
    "no resources and no contents": (lambda: page_pdf(""), 1),
    "null among contents": (lambda: page_pdf("/Contents[null 4 0 R]", stream("0 0 9 9 re f")), 1),
    # contents
    "syntax errors": (lambda: page_pdf("/Contents 4 0 R", stream("q ((( 1 2 >> ]] BT << /X Do ET")), 1),
    "more Q than q": (lambda: page_pdf("/Contents 4 0 R", stream("Q Q Q 5 0 0 5 9 9 cm")), 1),
    "unknown filter": (lambda: page_pdf("/Contents 4 0 R", stream("nothing", "/Filter/NoSuchDecode")), EITHER),
    "broken compression": (lambda: page_pdf("/Contents 4 0 R", stream("nothing", "/Filter/FlateDecode")), EITHER),
    "wrong length": (lambda: page_pdf("/Contents 4 0 R", stream("0 0 9 9 re f").replace("12", "9999")), EITHER),
    "form that draws itself": (
        lambda: page_pdf(
            "/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R",
            stream("/F Do"),
            stream("/F Do", f"{FORM}/Resources<</XObject<</F 5 0 R>>>>"),
        ),
        1,
    ),
    "forms in forms": (
        lambda: page_pdf(
            "/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R",
            stream("/F Do"),
            *(stream("/F Do", f"{FORM}/Resources<</XObject<</F {n} 0 R>>>>") for n in range(6, 40)),
            stream("0 0 9 9 re f", FORM),
        ),
        1,
    ),
    "shared forms with hidden text": (shared_forms, 0),
    "deflated bomb": (
        lambda: page_pdf(
            "/Contents 4 0 R", stream(zlib.compress(b"0 0 m " * 5_000_000, 9).decode("latin-1"), "/Filter/FlateDecode")
        ),
        EITHER,
    ),
    "arrays a hundred thousand deep": (lambda: page_pdf("/Contents 4 0 R", stream("[" * 100_000)), EITHER),
    # pictures
    "inline image": (lambda: page_pdf("/Contents 4 0 R", stream(INLINE)), 1),
    "image in a form": (
        lambda: page_pdf(
            "/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R",
            stream("/F Do"),
            stream(SHOW_IMAGE, f"{FORM}/Resources<</XObject<</I 6 0 R>>>>"),
            stream(
                GREY.tobytes().decode("latin-1"),
                f"/Type/XObject/Subtype/Image{size(GREY)}/BitsPerComponent 8/ColorSpace/DeviceGray",
            ),
        ),
        1,
    ),
    "JPEG": (
        lambda: image_pdf(
            f"{size(GREY)}/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode", encoded(GREY, "JPEG")
        ),
        1,
    ),
    "JPEG 2000": (lambda: image_pdf(f"{size(GREY)}/Filter/JPXDecode", encoded(GREY, "JPEG2000")), 1),
    "CCITT": (
        lambda: image_pdf(
            f"{size(GREY)}/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/CCITTFaxDecode"
            f"/DecodeParms<</K -1/Columns {GREY.shape[1]}/Rows {GREY.shape[0]}>>",
            group4(),
        ),
        1,
    ),
    "JBIG2": (
        lambda: image_pdf(f"{size(GREY)}/BitsPerComponent 1/ColorSpace/DeviceGray/Filter/JBIG2Decode", jbig2()),
        1,
    ),
    "stencil mask": (
        lambda: deflated(np.packbits(BILEVEL, axis=1), "/ImageMask true/BitsPerComponent 1").replace(
            f"/Width {-(-GREY.shape[1] // 8)}/".encode(), f"/Width {GREY.shape[1]}/".encode()
        ),
        1,
    ),
    "CMYK": (lambda: deflated(np.dstack([GREY] * 4), "/BitsPerComponent 8/ColorSpace/DeviceCMYK"), 1),
    "indexed": (lambda: deflated(GREY // 255, "/BitsPerComponent 8/ColorSpace[/Indexed/DeviceRGB 1<000000FFFFFF>]"), 1),
    "separation": (
        lambda: deflated(
            GREY,
            "/BitsPerComponent 8/ColorSpace"
            "[/Separation/Spot/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[0]/N 1>>]",
        ),
        1,
    ),
    "sixteen bits": (lambda: deflated(GREY.astype(">u2") * 257, "/BitsPerComponent 16/ColorSpace/DeviceGray"), 1),
    "less data than the image wants": (
        lambda: deflated(GREY[:9], "/BitsPerComponent 8/ColorSpace/DeviceGray").replace(b"/Height 9", b"/Height 99"),
        1,
    ),
    "image that states a billion pixels": (
        lambda: deflated(GREY, "/BitsPerComponent 8/ColorSpace/DeviceGray").replace(
            size(GREY).encode(), b"/Width 99999/Height 99999"
        ),
        EITHER,
    ),
    "scan of 2400 dpi": (
        lambda: deflated(np.kron(GREY, np.ones((8, 8), np.uint8)), "/BitsPerComponent 8/ColorSpace/DeviceGray"),
        1,
    ),
    # text that is there
    "text and scan on pages of their own": (lambda: pdf_of("text", "", "text"), 1),
    "Type 3 font": (
        lambda: page_pdf(
            "/Resources<</Font<</T<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 65"
            "/LastChar 65/Widths[9]/Encoding<</Differences[65/a]>>/CharProcs<</a 5 0 R>>>>>>>>/Contents 4 0 R",
            stream("BT /T 20 Tf 20 20 Td (A) Tj ET"),
            stream("9 0 d0 0 0 9 9 re f"),
        ),
        (0, 1),
    ),
    "optional content": (
        lambda: saved(lambda document: document.add_ocg("layer", on=False)),
        1,
    ),
    # what must stay, and what must not be touched
    "portfolio": (lambda: saved(portfolio), 1),
    "XFA form": (lambda: saved(set_key("AcroForm", "<</Fields[]/XFA(<xdp/>)>>")), 1),
    "form with a field": (lambda: saved(with_field), 1),
    "bookmarks, links and notes": (lambda: saved(bookmarked), 1),
    "tagged": (lambda: saved(set_key("MarkInfo", "<</Marked true>>")), 1),
    "script on opening": (lambda: saved(set_key("OpenAction", "<</S/JavaScript/JS(app.alert\\(1\\))>>")), 1),
    "calls itself PDF/A": (pdfa, 1),
    "signed": (lambda: signed_pdf(filled=True), SignedPdfError),
    "field for a signature": (lambda: signed_pdf(filled=False), 1),
    "encrypted for readers": (lambda: encrypted(user_pw="user", owner_pw="owner"), EncryptedPdfError),
    "encrypted against changes": (
        lambda: encrypted(owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT),
        EncryptedPdfError,
    ),
    "encrypted, with all rights": (lambda: encrypted(owner_pw="owner", permissions=-1), 1),
}


def huge_png() -> bytes:
    return png((b"IHDR", struct.pack(">IIBBBBB", 2**30, 2**30, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(9))))


def huge_jpeg() -> bytes:
    data = bytearray(encoded(GREY, "JPEG"))
    at = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, at + 5, 65500, 65500)
    return bytes(data)


def huge_webp() -> bytes:
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6


def huge_bmp() -> bytes:
    data = bytearray(encoded(GREY, "BMP"))
    struct.pack_into("<ii", data, 18, 2**30, 2**30)
    return bytes(data)


def heif(pixels: np.ndarray) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return encoded(pixels, "HEIF", quality=60)


PICTURES: dict[str, tuple[Made, object]] = {
    "PNG": (lambda: encoded(SCAN, "PNG"), 1),
    "PNG of a gigapixel": (huge_png, LimitExceededError),
    "PNG cut short": (lambda: cut(encoded(SCAN, "PNG"), 0.6), UnreadableImageError),
    "PNG with a chunk of 4 GB": (
        lambda: encoded(SCAN, "PNG")[:33] + b"\xff\xff\xff\xf0IDAT" + bytes(99),
        UnreadableImageError,
    ),
    "JPEG": (lambda: encoded(SCAN, "JPEG"), 1),
    "JPEG of four gigapixels": (huge_jpeg, LimitExceededError),
    "JPEG cut short": (lambda: cut(encoded(SCAN, "JPEG"), 0.1), UnreadableImageError),
    "TIFF of four pages": (
        lambda: encoded(GREY, "TIFF", save_all=True, append_images=[Image.fromarray(GREY)] * 3),
        4,
    ),
    "TIFF of four gigapixels": (lambda: tiff([(256, 65000), (257, 65000), (258, 8)]), LimitExceededError),
    "TIFF cut short": (lambda: cut(encoded(SCAN, "TIFF"), 0.6), UnreadableImageError),
    "TIFF in a circle": (
        lambda: b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 8),
        UnreadableImageError,
    ),
    "WebP": (lambda: encoded(SCAN, "WEBP"), 1),
    "WebP of a hundred terapixels": (huge_webp, LimitExceededError),
    "WebP cut short": (lambda: cut(encoded(SCAN, "WEBP"), 0.6), UnreadableImageError),
    "BMP": (lambda: encoded(SCAN, "BMP"), 1),
    "BMP of an exapixel": (huge_bmp, LimitExceededError),
    "BMP cut short": (lambda: cut(encoded(SCAN, "BMP"), 0.6), (UnreadableImageError, 1)),
    "HEIC": (lambda: heif(SCAN), 1),
    "HEIC cut short": (lambda: cut(heif(SCAN), 0.6), UnreadableImageError),
    "GIF": (lambda: encoded(GREY, "GIF"), UnreadableImageError),
    "nothing": (lambda: b"", UnreadableImageError),
    "zeros": (lambda: bytes(5000), UnreadableImageError),
    "text": (lambda: b"Dear reader,\n", UnreadableImageError),
    "HTML": (lambda: b"<!DOCTYPE html><title>404</title>", UnreadableImageError),
    "an archive": (lambda: b"PK\3\4" + bytes(100), UnreadableImageError),
}
