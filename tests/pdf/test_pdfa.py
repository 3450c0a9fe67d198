import io
import re
from datetime import datetime, timezone

import numpy as np
import pymupdf
import pytest
from pikepdf.pdfa import validate_written
from PIL import Image, ImageCms

from ocrkit import InputError, PdfaError, make_searchable
from ocrkit.pdf import WriteSettings
from ocrkit.pdf.icc import srgb_profile
from ocrkit.testing import FakeEngine
from tests.conftest import encoded, pdf_of
from tests.wild import (
    CATALOG,
    FONT,
    GREY,
    PAGES,
    PDFS,
    PICTURES,
    SCAN,
    image_pdf,
    page_pdf,
    pdfa,
    raw_pdf,
    saved,
    size,
    stream,
)

ARCHIVE = WriteSettings(pdfa=True)
LEFT_OUT = {
    "calls itself PDF/A",
    "form that draws itself",  # which is not looked for
    "forms in forms",  # too deep for pikepdf
    "page tree a thousand levels deep",
    "JPEG 2000",  # unknown to pikepdf
    "too many pages",  # with the usual limits not so many
}


def archived(source, writing=ARCHIVE, engine=None):
    out = io.BytesIO()
    report = make_searchable(source, out, engine or FakeEngine(), writing=writing)
    assert report.pdfa
    assert report.rewritten
    return out.getvalue()


def complaints(result):
    """Ask pikepdf, which lets nothing pass that it does not know; of our layer's own key it knows nothing."""
    plain = re.sub(rb"/OcrkitLayer/OcrT\d*", lambda match: b" " * len(match[0]), result)
    report = validate_written(io.BytesIO(plain), "2b")
    return [str(finding) for finding in report.findings]


def test_what_becomes_pdfa_is_valid_and_the_rest_is_refused():
    made, refused = set(), set()
    for trait, (make, _) in {**PDFS, **{f"picture: {name}": case for name, case in PICTURES.items()}}.items():
        if trait in LEFT_OUT:
            continue
        try:
            result = archived(make())
        except PdfaError:
            refused.add(trait)
        except InputError:  # is no PDF/A since it is nothing at all
            pass
        else:
            made.add(trait)
            assert not complaints(result), trait
    assert len(made) > 35
    assert {"CMYK", "separation", "optional content", "portfolio", "PDF 2.0", "Type 3 font"} <= refused


def test_pikepdf_does_complain():
    assert complaints(archived(encoded(SCAN, "PNG")).replace(b"/S/GTS_PDFA1", b"/S/GTS_PDFX1"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (pdf_of("words of others"), "text in fonts of its own"),
        (PDFS["separation"][0](), "spot colours"),
        (PDFS["script on opening"][0](), "scripts, or actions that only some viewers take"),
        (PDFS["portfolio"][0](), "attached files"),
        (PDFS["form with a field"][0](), "form fields or notes"),
        (PDFS["bookmarks, links and notes"][0](), "form fields or notes"),
        (PDFS["encrypted, with all rights"][0](), "encryption"),
        (page_pdf("/Contents 4 0 R", stream("0 0 0 1 k 0 0 9 9 re f")), "colours for print (CMYK)"),
        (page_pdf("/Contents 4 0 R", stream("q " * 30 + "Q " * 30)), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("1 2 3 fly")), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("/Sharp ri")), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("/None gs")), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("/Device#43MYK cs")), "colours for print (CMYK)"),
        (page_pdf("/Contents 4 0 R", stream("99999999999 0 0 0 re")), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("/T <414> DP")), "contents that the standard does not know"),
        (
            page_pdf("/Contents 4 0 R", stream("0 0 9 9 re", "/Filter[/AHx/Fl]")),
            "contents that the standard does not know",
        ),
        (page_pdf("/Resources<</ExtGState<</G<</RI/Sharp>>>>>>"), "contents that the standard does not know"),
        (page_pdf("/Contents 4 0 R", stream("BI /W 1/H 1/BPC 8/CS/G/I true ID a EI")), "contents that the"),
        (image_pdf(f"{size(GREY)}/BitsPerComponent 8", GREY.tobytes()), "contents that the standard does not know"),
        (page_pdf("/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/F 2>>]"), "hidden or painted links"),
        (
            page_pdf("/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>", stream("BT /F 9 Tf 3 Tr (x) Tj ET"), FONT),
            "which --redo replaces",
        ),
        (page_pdf("/CropBox[0 0 2 2]"), "pages too small or too large"),
        (
            page_pdf("/Contents 4 0 R", stream("BI /W 1/H 1/BPC 8/CS/CMYK ID \1\2\3\4 EI")),
            "colours for print (CMYK)",
        ),
        (page_pdf("/Resources<</ColorSpace<</C[/ICCBased 4 0 R]>>>>", stream("no profile", "/N 3")), "a damaged or"),
        (page_pdf("/Resources<</ExtGState<</G<</TR/Other>>>>>>"), "halftones or transfer curves"),
        (page_pdf("/Resources<</ExtGState<</G<</BM/Odd>>>>>>"), "contents that the standard does not know"),
        (page_pdf("/Resources<</XObject<</F 4 0 R>>>>", stream("", "/F(elsewhere)")), "streams that lie outside"),
        (
            page_pdf("/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(cmd.exe)>>>>]"),
            "scripts, or actions that only some viewers take",
        ),
        (image_pdf(f"{size(GREY)}/Filter/JPXDecode", b"no ihdr"), "JPEG 2000 pictures of a kind"),
        (
            page_pdf(
                "/Resources<</XObject<</F 4 0 R>>>>/Contents 5 0 R",
                stream("/G gs", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
                stream("/F Do"),
            ),
            "contents that the standard does not know",
        ),
    ],
)
def test_what_cannot_be_mended_is_refused_before_anything_is_read(source, reason, tmp_path):
    class Reader(FakeEngine):
        def read(self, image):
            raise AssertionError("read")

    (tmp_path / "out.pdf").write_bytes(b"untouched")
    with pytest.raises(PdfaError) as raised:
        make_searchable(source, tmp_path / "out.pdf", Reader(), writing=ARCHIVE)
    assert any(reason in one for one in raised.value.reasons)
    assert "ocrmypdf --plugin ocrkit.contrib.ocrmypdf" in str(raised.value)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"untouched"]


def test_what_can_be_mended_is(tmp_path):
    lzw = "800B6050220C0C8501>"  # the example of ISO 32000-1, 7.4.4.2
    source = raw_pdf(
        CATALOG,
        PAGES.replace("/Kids", "/Resources<</XObject<</I 4 0 R>>>>/Kids"),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 6 0 R"
        "/Metadata 5 0 R/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://example.org)>>>>]>>",
        stream(
            lzw,
            "/Subtype/Image/Width 5/Height 2/BitsPerComponent 8/ColorSpace/DeviceGray/Interpolate true"
            "/Filter[/ASCIIHexDecode/LZWDecode]",
        ),
        stream("<odd/>", "/Type/Metadata/Subtype/XML"),
        stream("q 50 0 0 50 20 20 cm /I Do Q"),
    )
    result = archived(source)
    assert not complaints(result)
    with pymupdf.open(stream=result) as document:
        assert [link["uri"] for link in document[0].get_links()] == ["https://example.org"]
        image = document.get_page_images(0)[0][0]
        assert "LZW" not in document.xref_object(image)
        assert document.xref_stream(image) == b"-----A---B"
        assert document.xref_get_key(image, "Interpolate")[0] == "null"


def test_pictures_packed_with_a_predictor_stay_as_they_are():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8)
    tiff = encoded(pixels, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    with Image.open(io.BytesIO(tiff)) as picture:
        (start,), (length,) = picture.tag_v2[273], picture.tag_v2[279]
    strip = tiff[start : start + length]
    coded = "/Filter/LZWDecode/DecodeParms<</Predictor 2/Columns 60>>"
    entries = f"{size(pixels)}/BitsPerComponent 8/ColorSpace/DeviceGray{coded}"
    result = archived(image_pdf(entries, strip))
    assert not complaints(result)
    with pymupdf.open(stream=result) as document:
        xref = document.get_page_images(0)[0][0]
        assert "LZW" not in document.xref_object(xref)
        assert pymupdf.Pixmap(document, xref).samples == pixels.tobytes()


@pytest.mark.parametrize(
    ("date", "iso"),
    [
        ("D:20240229123456+01'00'", "2024-02-29T12:34:56+01:00"),
        ("D:20240229123456Z", "2024-02-29T12:34:56Z"),
        ("D:20240229123456", "2024-02-29T12:34:56"),
        ("D:2024022912-05", "2024-02-29T12:00-05:00"),
        ("D:20240229", "2024-02-29"),
        ("D:2024", "2024"),
        ("D:20230229123456Z", None),
        ("D:00000000000000Z", None),
        ("D:20240229250000Z", None),
        ("yesterday", None),
    ],
)
def test_dates_are_kept_if_they_are_any(date, iso):
    result = archived(saved(lambda document: document.set_metadata({"creationDate": date})))
    assert not complaints(result)
    with pymupdf.open(stream=result) as document:
        assert document.metadata["creationDate"] == (date if iso else "")
        assert ("<xmp:CreateDate>" in document.get_xml_metadata()) == bool(iso)
        assert f">{iso}<" in document.get_xml_metadata() or not iso


def test_what_only_talks_of_pdfa_is_made_one():
    talk = stream("<!-- <pdfaid:part>2</pdfaid:part> -->", "/Type/Metadata/Subtype/XML")
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]>>"
    source = raw_pdf(CATALOG.replace(">>", "/Metadata 4 0 R>>"), PAGES, page, talk)
    assert not complaints(archived(source))


def test_names_that_anybody_may_choose_are_no_hindrance():
    chosen = "/Resources<</XObject<</TR 4 0 R/AA 4 0 R>>/ExtGState<</JS<</TR2/Default/TR/Identity>>>>>>"
    picture = stream("a", "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray")
    assert not complaints(archived(page_pdf(chosen, picture)))


def test_pictures_stay_as_they_are_and_text_is_found():
    jpeg = encoded(SCAN, "JPEG")
    result = archived(jpeg)
    assert jpeg in result
    with pymupdf.open(stream=result) as document:
        assert document[0].get_text() == "fake text\n"


def test_picture_in_cmyk_is_shown_in_rgb(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(SCAN).convert("CMYK").save(buffer, "JPEG")
    assert not complaints(archived(buffer.getvalue()))


def test_what_the_file_says_of_itself_is_said_in_xmp_too(tmp_path):
    def described(document):
        document.set_metadata(
            {
                "title": "Öl & Gas <1>",
                "author": "A. Writer",
                "subject": "trade",
                "keywords": "oil, gas",
                "creator": "a scanner",
                "creationDate": "D:20240229123456+01'00'",
                "modDate": "yesterday",
            }
        )

    result = archived(saved(described))
    assert not complaints(result)
    with pymupdf.open(stream=result) as document:
        xmp = document.get_xml_metadata()
        assert document.metadata["title"] == "Öl & Gas <1>"
        assert document.metadata["modDate"] == ""  # is no date
        assert document.metadata["producer"]
    assert "Öl &amp; Gas &lt;1&gt;" in xmp
    assert datetime(2024, 2, 29, 11, 34, 56, tzinfo=timezone.utc).isoformat()[:10] in xmp
    assert "2024-02-29T12:34:56+01:00" in xmp


def test_what_calls_itself_pdfa_stays_what_it_is():
    source, out = pdfa(), io.BytesIO()
    report = make_searchable(source, out, FakeEngine(), writing=ARCHIVE)
    assert out.getvalue().startswith(source)
    assert not report.pdfa
    assert not report.rewritten


def test_invisible_text_of_others_must_be_replaced(tmp_path):
    source = page_pdf(
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>/Contents 4 0 R",
        stream("BT /F 9 Tf 3 Tr (hidden) Tj ET"),
    )
    with pytest.raises(PdfaError):
        archived(source)
    result = archived(source, WriteSettings(pdfa=True, mode="redo"))
    # of a font in which nothing is shown any more, which is allowed (6.2.11.4.1)
    assert all("is not embedded" in complaint for complaint in complaints(result))
    with pymupdf.open(stream=source) as two, pymupdf.open(stream=source) as again:
        two.insert_pdf(again)
        source = two.tobytes()
    with pytest.raises(PdfaError):  # a page that was not asked for keeps its text
        make_searchable(source, io.BytesIO(), FakeEngine(), "1", writing=WriteSettings(pdfa=True, mode="redo"))


def test_running_twice_changes_nothing(tmp_path):
    once, twice = archived(pdf_of("")), io.BytesIO()
    report = make_searchable(once, twice, FakeEngine(), writing=ARCHIVE)
    assert twice.getvalue() == once
    assert [page.action for page in report.pages] == ["skipped"]


def test_profile_means_srgb():
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    same = ImageCms.profileToProfile(Image.fromarray(pixels), profile, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(same).astype(int) - pixels).max() <= 1
