import io
import subprocess
import zlib

import attrs
import numpy as np
import pymupdf
import pytest

from ocrkit import (
    Document,
    EncryptedPdfError,
    Page,
    PageStatus,
    Rotation,
    SignedPdfError,
    UnreadableImageError,
    UnreadablePdfError,
    make_searchable,
)
from ocrkit.pdf import LayerMode, TextLayerWriter, WriteSettings, add_text_layer
from ocrkit.pdf.objects import new_stream
from ocrkit.testing import FakeEngine, draw_page
from tests.conftest import encoded, pdf_of


def reading(*lines, pages=(0,)):
    page = FakeEngine(lines).read(draw_page("", 200, 300))
    return Document(pages=[Page(lines=page.lines, size=page.size, index=i) for i in pages])


def write(source, document, **settings):
    out = io.BytesIO()
    report = add_text_layer(source, document, out, settings=WriteSettings(**settings))
    return out.getvalue(), report


def text_of(data, page=0):
    with pymupdf.open(stream=data) as document:
        return document[page].get_text().split()


def drawing(data, page=0):
    with pymupdf.open(stream=data) as document:
        return document[page].get_pixmap(dpi=100).samples


def qpdf_is_content(data, tmp_path):
    path = tmp_path / "checked.pdf"
    path.write_bytes(data)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    return done.returncode == 0 and "WARNING" not in done.stdout + done.stderr, done.stdout + done.stderr


def test_original_bytes_are_a_prefix_and_nothing_changes_on_the_page(tmp_path):
    source = pdf_of("")
    data, report = write(source, reading("hello there"))
    assert data.startswith(source)
    assert drawing(data) == drawing(source)
    assert text_of(data) == ["hello", "there"]
    assert (report.size_before, report.size_after) == (len(source), len(data))
    assert not report.rewritten
    good, said = qpdf_is_content(data, tmp_path)
    assert good, said


def test_pages_with_text_are_skipped_by_default():
    source = pdf_of("visible", "")
    data, report = write(source, reading("new", pages=(0, 1)))
    assert [page.action for page in report.pages] == ["skipped", "added"]
    assert (text_of(data, 0), text_of(data, 1)) == (["visible"], ["new"])


def test_nothing_to_do_gives_the_file_back():
    source = pdf_of("visible")
    assert write(source, reading("new"))[0] == source


def test_running_twice_never_stacks_layers():
    once, _ = write(pdf_of(""), reading("one two"))
    for mode in (LayerMode.SKIP, LayerMode.REDO, LayerMode.FORCE):
        twice, report = write(once, reading("one two"), mode=mode)
        assert text_of(twice) == ["one", "two"]
        assert report.pages[0].action == ("skipped" if mode is LayerMode.SKIP else "replaced")
    assert write(once, reading("one two"))[0] == once


@pytest.mark.parametrize("mode", ["redo", "force"])
def test_our_layer_is_replaced_and_its_font_leaves_the_page(mode):
    once, _ = write(pdf_of(""), reading("old words"))
    twice, _ = write(once, reading("new words"), mode=mode)
    assert text_of(twice) == ["new", "words"]
    with pymupdf.open(stream=twice) as document:
        assert len(document[0].get_fonts()) == 1
        assert len(document[0].get_contents()) == 2


@pytest.mark.parametrize("mode", ["redo", "force"])
def test_layer_of_a_page_that_now_has_no_text_is_removed(mode):
    once, _ = write(pdf_of(""), reading("old"))
    twice, report = write(once, reading(), mode=mode)
    assert text_of(twice) == []
    assert report.pages[0].action == "removed"


def invisible_pdf(form=False):
    """Return a page with another program's invisible text, straight on the page or in a form."""
    with pymupdf.open(stream=pdf_of("")) as document:
        page = document[0]
        page.insert_text((30, 100), "theirs", render_mode=3)
        if form:
            with pymupdf.open() as outer:
                outer.new_page(width=300, height=200).show_pdf_page(pymupdf.Rect(0, 0, 300, 200), document, 0)
                return outer.tobytes()
        return document.tobytes()


@pytest.mark.parametrize("form", [False, True])
def test_invisible_text_of_others_is_skipped_redone_or_kept(form):
    source = invisible_pdf(form)
    assert text_of(source) == ["theirs"]
    assert write(source, reading("ours"))[0] == source
    redone, report = write(source, reading("ours"), mode="redo")
    assert text_of(redone) == ["ours"]
    assert report.pages[0].action == "replaced"
    assert redone.startswith(source)
    assert drawing(redone) == drawing(source)
    forced, _ = write(source, reading("ours"), mode="force")
    assert sorted(text_of(forced)) == ["ours", "theirs"]


def test_form_that_was_packed_with_a_predictor_is_redone_and_still_drawn():
    content = b"BT /F 9 Tf 3 Tr (hidden) Tj ET " + 40 * b"10 10 50 50 re f "
    rows = b"".join(b"\0" + content[at : at + 8] for at in range(0, len(content), 8))
    with pymupdf.open(stream=pdf_of("")) as document:
        form = new_stream(document, b"", "/Type/XObject/Subtype/Form/BBox[0 0 300 200]", compress=False)
        document.update_stream(form, zlib.compress(rows), new=True, compress=False)
        document.xref_set_key(form, "Filter", "/FlateDecode")
        document.xref_set_key(form, "DecodeParms", "<</Predictor 12/Columns 8>>")
        document.xref_set_key(document[0].xref, "Resources", f"<</XObject<</Fm {form} 0 R>>>>")
        document.xref_set_key(document[0].xref, "Contents", f"{new_stream(document, b'/Fm Do')} 0 R")
        source = document.tobytes()
    out = io.BytesIO()
    make_searchable(source, out, FakeEngine(), writing=WriteSettings(mode="redo"))
    with pymupdf.open(stream=source) as before, pymupdf.open(stream=out.getvalue()) as after:
        assert "hidden" in before[0].get_text()
        assert "hidden" not in after[0].get_text()
        assert (
            [drawn["rect"] for drawn in after[0].get_drawings()] == [d["rect"] for d in before[0].get_drawings()] != []
        )


def test_redo_leaves_pages_with_visible_text_alone():
    source = pdf_of("visible")
    assert write(source, reading("ours"), mode="redo")[0] == source


def test_force_adds_beside_visible_text():
    data, _ = write(pdf_of("visible"), reading("ours"), mode="force")
    assert sorted(text_of(data)) == ["ours", "visible"]


def test_inherited_and_shared_resources_are_copied_first():
    with pymupdf.open(stream=pdf_of("", "")) as document:
        catalog = document.pdf_catalog()
        pages = int(document.xref_get_key(catalog, "Pages")[1].split()[0])
        shared = document.get_new_xref()
        document.update_object(shared, "<</Font<</OcrT<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>")
        document.xref_set_key(pages, "Resources", f"{shared} 0 R")
        for page in document:
            document.xref_set_key(page.xref, "Resources", "null")
        source = document.tobytes()
    data, _ = write(source, reading("only here"))
    assert text_of(data, 0) == ["only", "here"]
    with pymupdf.open(stream=data) as document:
        assert document.xref_get_key(document[1].xref, "Resources")[0] == "null"
        assert document.xref_get_key(shared, "Font/OcrT1")[0] == "null"
        assert document.xref_get_key(document[0].xref, "Resources/Font/OcrT1")[0] == "xref"
        assert document.xref_get_key(document[0].xref, "Resources/Font/OcrT")[0] == "dict"


def test_shared_content_stream_is_not_edited():
    with pymupdf.open(stream=pdf_of("", "")) as document:
        first = document.xref_get_key(document[0].xref, "Contents")[1]
        document.xref_set_key(document[1].xref, "Contents", first)
        source = document.tobytes()
    data, _ = write(source, reading("first alone"))
    assert text_of(data, 0) == ["first", "alone"]
    assert text_of(data, 1) == []
    assert drawing(data, 1) == drawing(source, 1)


@pytest.mark.parametrize("contents", ["null", "[]"])
def test_page_without_content_gets_a_layer(contents):
    with pymupdf.open() as document:
        page = document.new_page(width=300, height=200)
        document.xref_set_key(page.xref, "Contents", contents)
        source = document.tobytes()
    assert text_of(write(source, reading("text"))[0]) == ["text"]


def test_bookmarks_links_forms_metadata_and_attachments_survive():
    with pymupdf.open(stream=pdf_of("", "")) as document:
        document.set_toc([[1, "Chapter", 2]])
        document.set_metadata({"title": "Kept", "author": "Me"})
        document.set_xml_metadata("<x>kept</x>")
        document.embfile_add("data.txt", b"attached")
        page = document[0]
        page.insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(10, 10, 50, 50), "uri": "https://example.org"})
        widget = pymupdf.Widget()
        widget.field_name, widget.field_type = "name", pymupdf.PDF_WIDGET_TYPE_TEXT
        widget.rect, widget.field_value = pymupdf.Rect(100, 10, 200, 30), "filled"
        page.add_widget(widget)
        source = document.tobytes()
    data, report = write(source, reading("layer", pages=(0, 1)))
    assert [page.action for page in report.pages] == ["added", "added"]  # a filled field is no text of the page
    with pymupdf.open(stream=data) as document:
        assert document.get_toc() == [[1, "Chapter", 2]]
        assert (document.metadata["title"], document.metadata["author"]) == ("Kept", "Me")
        assert document.get_xml_metadata() == "<x>kept</x>"
        assert document.embfile_get("data.txt") == b"attached"
        assert [link["uri"] for link in document[0].get_links()] == ["https://example.org"]
        assert [widget.field_value for widget in document[0].widgets()] == ["filled"]


def signed_pdf(filled):
    with pymupdf.open(stream=pdf_of("")) as document:
        field = document.get_new_xref()
        value = "/V<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>" if filled else ""
        document.update_object(
            field, f"<</Type/Annot/Subtype/Widget/FT/Sig/T(sig)/Rect[0 0 0 0]/P {document[0].xref} 0 R{value}>>"
        )
        document.xref_set_key(document[0].xref, "Annots", f"[{field} 0 R]")
        document.xref_set_key(document.pdf_catalog(), "AcroForm", f"<</SigFlags 3/Fields[{field} 0 R]>>")
        return document.tobytes()


def test_signed_file_is_refused_unless_asked():
    source = signed_pdf(filled=True)
    with pytest.raises(SignedPdfError, match="invalidate-digital-signatures"):
        write(source, reading("text"))
    data, _ = write(source, reading("text"), allow_signed=True)
    assert data.startswith(source)
    assert text_of(data) == ["text"]


def test_field_that_waits_for_a_signature_is_no_signature():
    assert text_of(write(signed_pdf(filled=False), reading("text"))[0]) == ["text"]


def test_certified_file_is_refused():
    with pymupdf.open(stream=pdf_of("")) as document:
        document.xref_set_key(document.pdf_catalog(), "Perms", "<</DocMDP<</Type/Sig>>>>")
        source = document.tobytes()
    with pytest.raises(SignedPdfError):
        write(source, reading("text"))


def encrypted(**options):
    with pymupdf.open(stream=pdf_of("")) as document:
        return document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, **options)


def test_encrypted_file_stays_encrypted_with_its_permissions():
    source = encrypted(user_pw="user", owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT)
    with pytest.raises(EncryptedPdfError, match="give its password"):
        write(source, reading("text"))
    with pytest.raises(EncryptedPdfError, match="owner's password"):
        write(source, reading("text"), password="user")
    data, _ = write(source, reading("text"), password="owner")
    assert data.startswith(source)
    with pymupdf.open(stream=data) as document:
        assert document.authenticate("user")
        assert not document.permissions & pymupdf.PDF_PERM_MODIFY
        assert document[0].get_text().split() == ["text"]


def test_file_that_opens_without_password_but_forbids_changes_is_refused():
    source = encrypted(user_pw="", owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT)
    with pytest.raises(EncryptedPdfError, match="owner's password"):
        write(source, reading("text"))
    assert text_of(write(source, reading("text"), password="owner")[0]) == ["text"]


def test_damaged_file_is_written_anew_and_said_so(tmp_path):
    source = pdf_of("")
    broken = source[: source.rindex(b"xref", 0, source.rindex(b"startxref"))] + b"startxref\n5\n%%EOF\n"
    data, report = write(broken, reading("text"))
    assert report.rewritten
    assert text_of(data) == ["text"]
    assert qpdf_is_content(data, tmp_path)[0]


@pytest.mark.parametrize(
    "source", [b"%PDF-1.7\nnothing", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>"]
)
def test_file_beyond_repair_is_refused(source):
    with pytest.raises(UnreadablePdfError):
        write(source, reading("text"))


def test_what_is_no_picture_or_pdf_is_refused():
    with pytest.raises(UnreadableImageError):
        write(b"plain text", reading("text"))


def test_page_that_the_file_lacks_is_refused():
    with pytest.raises(ValueError, match="page 5, but the file has only 1"):
        write(pdf_of(""), reading("text", pages=(4,)))


def test_destination_is_untouched_when_the_input_is_refused(tmp_path):
    target = tmp_path / "out.pdf"
    target.write_bytes(b"precious")
    with pytest.raises(SignedPdfError):
        add_text_layer(signed_pdf(filled=True), reading("text"), target)
    assert target.read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_failed_page_is_left_alone():
    page = Page(size=(300, 200), status=PageStatus.FAILED, error="why")
    data, report = write(pdf_of(""), Document(pages=[page]))
    assert (report.pages[0].action, report.pages[0].error) == ("failed", "why")
    assert text_of(data) == []


def test_picture_is_wrapped_and_gets_its_layer():
    pixels = np.full((200, 300), 200, np.uint8)
    data, report = write(encoded(pixels, "JPEG", dpi=(150, 150)), reading("on a picture"))
    assert text_of(data) == ["on", "a", "picture"]
    with pymupdf.open(stream=data) as document:
        assert document[0].rect.width == pytest.approx(144)
    assert report.pages[0].words == 3


def test_source_may_be_a_path_or_an_open_file(tmp_path):
    path = tmp_path / "in.pdf"
    path.write_bytes(pdf_of(""))
    add_text_layer(path, reading("text"), tmp_path / "one.pdf")
    with path.open("rb") as source:
        add_text_layer(source, reading("text"), tmp_path / "two.pdf")
    assert [text_of((tmp_path / name).read_bytes()) for name in ("one.pdf", "two.pdf")] == [["text"]] * 2


def test_writer_that_is_never_saved_leaves_nothing(tmp_path):
    with TextLayerWriter.open(pdf_of(""), tmp_path / "out.pdf") as writer:
        writer.add(reading("text").pages[0])
    assert list(tmp_path.iterdir()) == []


def test_characters_beyond_the_basic_plane_and_ligatures_can_be_searched():
    data, _ = write(pdf_of(""), reading("😀 ﬁne naïve €5 𝒜 漢字"))
    assert text_of(data) == ["😀", "fine", "naïve", "€5", "𝒜", "漢字"]


def test_mode_may_be_given_by_name_and_a_wrong_one_is_refused():
    assert WriteSettings(mode="redo").mode is LayerMode.REDO
    with pytest.raises(ValueError, match="stack"):
        WriteSettings(mode="stack")


def on_its_side(confidence):
    page = FakeEngine(("hello there",)).read(draw_page("", 200, 300))
    return Document(pages=[attrs.evolve(page, rotation=Rotation(degrees=90, confidence=confidence))])


@pytest.mark.parametrize("before", [0, 90, 180, 270])
def test_pages_are_shown_upright_only_if_that_is_asked_for_and_sure(before):
    with pymupdf.open() as document:
        document.new_page(width=200, height=300).set_rotation(before)
        source = document.tobytes()
    for settings, confidence, turned in (
        ({}, 0.99, 0),
        ({"rotate_from": 0.9}, 0.8, 0),
        ({"rotate_from": 0.9}, 0.99, 90),
    ):
        data, report = write(source, on_its_side(confidence), **settings)
        assert report.pages[0].rotated == turned
        with pymupdf.open(stream=data) as document:
            assert document[0].rotation == (before + turned) % 360
            assert document[0].get_text().split() == ["hello", "there"]


def test_pages_with_text_are_shown_upright_too():
    with pymupdf.open() as document:
        document.new_page(width=200, height=300).insert_text((20, 50), "is there")
        source = document.tobytes()
    data, report = write(source, on_its_side(0.99), rotate_from=0.9)
    assert (report.pages[0].action, report.pages[0].rotated) == ("skipped", 90)
    with pymupdf.open(stream=data) as document:
        assert document[0].rotation == 90


def test_complaints_of_damaged_files_do_not_pile_up():
    with pytest.raises(UnreadablePdfError):
        add_text_layer(b"%PDF-1.7\n1 0 obj\n<</Broken", Document(pages=[]), io.BytesIO())
    assert not pymupdf.TOOLS.mupdf_warnings()
