"""Take invisible text out of the form XObjects that a page shows.

Forms may be shared between pages, and forms may show forms. One that changes becomes a new object
that only this page uses; the others, and what other pages see, stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import pymupdf

from ocrkit.pdf.content import modes_of_forms, without_invisible_text
from ocrkit.pdf.objects import new_object, own_dictionary


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
        self._used: dict[int, list[tuple[str, int]]] = {}  # names and numbers, by the user's number; 0 is the page
        for form, name, user, *_ in document.get_page_xobjects(page.number):
            self._used.setdefault(user, []).append((name, form))
        self._copies: dict[tuple[int, int], int] = {}

    def strip(self, content: bytes) -> bool:
        """Strip the forms that the page's content shows; tell whether there was anything."""
        copies = self._copies_for(0, content, mode=0)
        self._point(self._page.xref, copies, inherited=True)
        return bool(copies)

    def _copies_for(self, user: int, content: bytes, mode: int) -> dict[str, int]:
        """Return, by name, the stripped copies of the forms that `user` shows with this content."""
        modes = modes_of_forms(content, mode)
        copies = {name: self._copy(form, modes[name]) for name, form in self._used.get(user, ()) if name in modes}
        return {name: copy for name, copy in copies.items() if copy}

    def _copy(self, form: int, mode: int) -> int:
        """Return the number of a copy of a form without invisible text, or 0 if it has none."""
        if (form, mode) not in self._copies:
            self._copies[form, mode] = 0  # a form that shows itself is broken, and ends here
            content = self._document.xref_stream(form) or b""
            stripped = without_invisible_text(content, mode)
            inner = self._copies_for(form, content, mode)
            if inner or stripped is not content:
                copy = new_object(self._document, self._document.xref_object(form))
                self._document.update_stream(copy, stripped, new=True, compress=True)
                self._point(copy, inner)
                self._copies[form, mode] = copy
        return self._copies[form, mode]

    def _point(self, owner: int, copies: Mapping[str, int], *, inherited: bool = False) -> None:
        """Make the names in the resources of an object mean the copies."""
        if copies:
            own_dictionary(self._document, owner, "Resources", inherited=inherited)
            own_dictionary(self._document, owner, "Resources/XObject")
        for name, copy in copies.items():
            self._document.xref_set_key(owner, f"Resources/XObject/{name}", f"{copy} 0 R")
