"""Take invisible text out of the form XObjects that a page shows.

Forms may be shared between pages, and forms may show forms. One that changes becomes a new object
that only this page uses; the others, and what other pages see, stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pymupdf

from ocrkit.pdf.content import modes_of_forms, without_invisible_text
from ocrkit.pdf.objects import new_object, own_dictionary, replace_stream

_mupdf = pymupdf.mupdf


class FormStripper:
    """Strips the forms of one page.

    Parameters
    ----------
    document : pymupdf.Document
    page : pymupdf.Page
    """

    def __init__(self, document: pymupdf.Document, page: pymupdf.Page) -> None:
        self._document = document
        self._page = page
        self._pdf = _mupdf.pdf_document_from_fz_document(document.this)
        self._copies: dict[tuple[int, int], int] = {}

    def strip(self, content: bytes) -> bool:
        """Strip the forms that the page's content shows; tell whether there was anything."""
        page = self._load(self._page.xref)
        resources = _mupdf.pdf_dict_get_inheritable(page, _mupdf.pdf_new_name("Resources"))
        copies = self._copies_for(resources, content, mode=0)
        self._point(self._page.xref, copies, inherited=True)
        return bool(copies)

    def _copies_for(self, resources: Any, content: bytes, mode: int) -> dict[str, int]:
        """Return, by name, the stripped copies of the forms among these resources that the content shows."""
        modes = modes_of_forms(content, mode)
        shown = _mupdf.pdf_dict_gets(resources, "XObject")
        copies: dict[str, int] = {}
        for i in range(_mupdf.pdf_dict_len(shown)):
            name = _mupdf.pdf_to_name(_mupdf.pdf_dict_get_key(shown, i))
            form = _mupdf.pdf_dict_get_val(shown, i)
            is_form = _mupdf.pdf_to_name(_mupdf.pdf_dict_gets(form, "Subtype")) == "Form"
            number = _mupdf.pdf_to_num(form)
            if name in modes and is_form and number and (copy := self._copy(number, resources, modes[name])):
                copies[name] = copy
        return copies

    def _copy(self, form: int, outer: Any, mode: int) -> int:
        """Return the number of a copy of a form without invisible text, or 0 if it has none."""
        if (form, mode) in self._copies:
            return self._copies[form, mode]
        self._copies[form, mode] = 0  # a form that shows itself is broken, and ends here
        content = self._document.xref_stream(form) or b""
        stripped = without_invisible_text(content, mode)
        own = _mupdf.pdf_dict_gets(self._load(form), "Resources")
        inner = self._copies_for(own if _mupdf.pdf_is_dict(own) else outer, content, mode)
        if inner or stripped is not content:
            copy = new_object(self._document, self._document.xref_object(form))
            replace_stream(self._document, copy, stripped)
            if inner and not _mupdf.pdf_is_dict(own):  # it lives on the resources of whoever shows it
                _mupdf.pdf_dict_puts(self._load(copy), "Resources", _mupdf.pdf_copy_dict(outer))
            self._point(copy, inner)
            self._copies[form, mode] = copy
        return self._copies[form, mode]

    def _point(self, owner: int, copies: Mapping[str, int], *, inherited: bool = False) -> None:
        """Make the names in the resources of an object mean the copies."""
        if not copies:
            return
        own_dictionary(self._document, owner, "Resources", inherited=inherited)
        own_dictionary(self._document, owner, "Resources/XObject")
        shown = _mupdf.pdf_dict_gets(_mupdf.pdf_dict_gets(self._load(owner), "Resources"), "XObject")
        for name, copy in copies.items():
            # Not by a path of names, which knows no escapes.
            _mupdf.pdf_dict_puts(shown, name, _mupdf.pdf_new_indirect(self._pdf, copy, 0))

    def _load(self, xref: int) -> Any:
        return _mupdf.pdf_load_object(self._pdf, xref)
