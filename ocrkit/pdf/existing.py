"""What a PDF has already: signatures, and text that can be seen or not."""

from __future__ import annotations

import pymupdf

_PAINTED = 1 << 4 | 1 << 5  # MuPDF's flags of characters that are filled or stroked


def is_signed(document: pymupdf.Document) -> bool:
    """Tell whether somebody has signed; an empty field waiting for a signature does not count."""
    catalog = document.pdf_catalog()
    if any(document.xref_get_key(catalog, f"Perms/{key}")[0] != "null" for key in ("DocMDP", "UR", "UR3")):
        return True
    return _field_is_signed(document) or _widget_is_signed(document)


def _field_is_signed(document: pymupdf.Document) -> bool:
    """Look through the tree of fields, whatever the form's flags say and whether a page shows the field or not."""
    mupdf = pymupdf.mupdf
    root = mupdf.pdf_dict_gets(mupdf.pdf_trailer(mupdf.pdf_document_from_fz_document(document.this)), "Root")
    waiting = [(mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(root, "AcroForm"), "Fields"), False)]
    seen: set[int] = set()
    while waiting:
        fields, inherited = waiting.pop()
        for i in range(mupdf.pdf_array_len(fields)):
            field = mupdf.pdf_array_get(fields, i)
            number = mupdf.pdf_to_num(field)
            if number and number in seen:
                continue
            seen.add(number)
            kind = mupdf.pdf_dict_gets(field, "FT")
            signature = mupdf.pdf_to_name(kind) == "Sig" if mupdf.pdf_is_name(kind) else inherited
            if signature and mupdf.pdf_is_dict(mupdf.pdf_dict_gets(field, "V")):
                return True
            waiting.append((mupdf.pdf_dict_gets(field, "Kids"), signature))
    return False


def _widget_is_signed(document: pymupdf.Document) -> bool:
    """Look at the pages, for signatures that the tree of fields has lost."""
    if document.get_sigflags() < 1:
        return False
    kinds = [pymupdf.PDF_WIDGET_TYPE_SIGNATURE]
    return any(widget.is_signed for page in document for widget in page.widgets(kinds))


def kinds_of_text(page: pymupdf.Page) -> tuple[bool, bool]:
    """Tell whether a page has visible and invisible text of its own; that of form fields and notes is not."""
    mupdf = pymupdf.mupdf
    found = mupdf.FzStextPage(mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE))
    device = mupdf.fz_new_stext_device(found, mupdf.FzStextOptions())
    mupdf.fz_run_page_contents(page.this, device, mupdf.FzMatrix(), mupdf.FzCookie())
    mupdf.fz_close_device(device)
    pymupdf.TOOLS.store_shrink(100)  # else the pictures of all pages pile up to 256 MB
    visible = {
        bool(span["char_flags"] & _PAINTED)
        for block in pymupdf.TextPage(found).extractDICT()["blocks"]
        for line in block["lines"]
        for span in line["spans"]
        if span["text"].strip()
    }
    return True in visible, False in visible
