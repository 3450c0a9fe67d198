"""Raw PDF objects: making them, giving a page dictionaries of its own, and guarding MuPDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EIO
from threading import RLock
from typing import Any

import pymupdf

from ocrkit.errors import UnreadablePdfError

_ONE_AT_A_TIME = RLock()
_CHECKED = "ocrkit_checked_after_repair"  # an attribute of documents


@contextmanager
def mupdf_at_work(source: str, what: str = "this PDF is damaged beyond repair") -> Iterator[None]:
    """Let one thread at a time use MuPDF, which wants that, and turn what it raises into `UnreadablePdfError`."""
    try:
        with _ONE_AT_A_TIME:
            try:
                yield
            finally:
                pymupdf.TOOLS.reset_mupdf_warnings()  # PyMuPDF keeps every one of a process's life
    except pymupdf.mupdf.FzErrorSystem as error:  # a full disk, say
        raise OSError(EIO, f"{what} ({_reason(error)})", source) from error
    # IndexError: of fewer pages than were promised before the file was repaired
    except (RuntimeError, ValueError, IndexError, ZeroDivisionError, pymupdf.mupdf.FzErrorBase) as error:
        raise UnreadablePdfError(source, f"{what} ({_reason(error)}); save it anew") from error


def trailer_of(document: pymupdf.Document) -> Any:
    """Return the trailer, MuPDF's object for it: from there all others can be reached."""
    return pymupdf.mupdf.pdf_trailer(pymupdf.mupdf.pdf_document_from_fz_document(document.this))


def check_page_tree(document: pymupdf.Document) -> None:
    """Refuse a file in which a branch of the page tree stands in another one's list, instead of being named there.

    None may (ISO 32000-1, 7.7.3.2), and MuPDF does not notice when it comes through such a branch again: it goes round
    until all memory is used up.
    """
    mupdf = pymupdf.mupdf
    root = mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(trailer_of(document), "Root"), "Pages")
    if not mupdf.pdf_to_num(root):
        raise ValueError("the page tree has no number")
    waiting, seen = [root], {mupdf.pdf_to_num(root)}
    while waiting:
        kids = mupdf.pdf_dict_gets(waiting.pop(), "Kids")
        for i in range(mupdf.pdf_array_len(kids)):
            kid = mupdf.pdf_array_get(kids, i)
            number = mupdf.pdf_to_num(kid)
            if number in seen or not mupdf.pdf_is_dict(kid):
                continue
            kind = mupdf.pdf_to_name(mupdf.pdf_dict_gets(kid, "Type"))
            if kind != "Pages" and not mupdf.pdf_is_array(mupdf.pdf_dict_gets(kid, "Kids")):
                continue  # a page
            if not number:
                raise ValueError("a branch of the page tree has no number")
            seen.add(number)
            waiting.append(kid)


def page_of(document: pymupdf.Document, index: int) -> pymupdf.Page:
    """Load a page, from 0."""
    pdf = pymupdf.mupdf.pdf_document_from_fz_document(document.this)
    if pymupdf.mupdf.pdf_was_repaired(pdf) and not getattr(document, _CHECKED, False):  # no file is repaired twice
        check_page_tree(document)  # it may be another tree than that of the file as it was opened
        setattr(document, _CHECKED, True)
    return document[index]


def pages_of(document: pymupdf.Document) -> Iterator[pymupdf.Page]:
    """Load all pages, one at a time."""
    return (page_of(document, index) for index in range(document.page_count))


def _reason(error: Exception) -> str:
    """Return what MuPDF said in one line, without the names of our own files."""
    return re.sub(r"'[^']*\.part'", "it", " ".join(str(error).split()))


def new_object(document: pymupdf.Document, text: str) -> int:
    """Add an object; return its number."""
    xref = int(document.get_new_xref())
    document.update_object(xref, text)
    return xref


def new_stream(document: pymupdf.Document, content: bytes, entries: str = "", *, compress: bool = True) -> int:
    """Add a stream with these dictionary entries; return its number."""
    xref = new_object(document, f"<<{entries}>>")
    document.update_stream(xref, content, new=True, compress=compress)
    return xref


def replace_stream(document: pymupdf.Document, xref: int, content: bytes) -> None:
    """Give a stream another content, packed by us: what said how the old one was packed goes."""
    for key in ("Filter", "DecodeParms"):
        document.xref_set_key(xref, key, "null")
    document.update_stream(xref, content, new=True, compress=True)


def streams_of(page: pymupdf.Page) -> list[int]:
    """Return the numbers of a page's content streams, without what is none."""
    document = page.parent
    return [xref for xref in page.get_contents() if 0 < xref < document.xref_length() and document.xref_is_stream(xref)]


def own_dictionary(document: pymupdf.Document, xref: int, key: str, *, inherited: bool = False) -> None:
    """Make a dictionary of an object direct, so that a change does not show in others that share it.

    Parameters
    ----------
    document : pymupdf.Document
    xref : int
        The object.
    key : str
        The dictionary's key, or path of keys. What is missing, or points nowhere, becomes empty.
    inherited : bool
        Look through the object's ancestors if it has none.
    """
    kind, value = document.xref_get_key(xref, key)
    at = xref
    seen = {xref}
    while kind == "null" and inherited:
        parent_kind, parent = document.xref_get_key(at, "Parent")
        at = int(parent.split()[0]) if parent_kind == "xref" else 0
        if not _is_there(document, at) or at in seen:
            break
        seen.add(at)
        kind, value = document.xref_get_key(at, key)
    if kind == "xref":
        number = int(value.split()[0])
        value = document.xref_object(number, compressed=True) if _is_there(document, number) else ""
    if not value.startswith("<<"):
        value = "<<>>"
    document.xref_set_key(xref, key, value)


def _is_there(document: pymupdf.Document, xref: int) -> bool:
    """Tell whether there is an object of this number; a reference to none counts as null (ISO 32000-1, 7.3.10)."""
    return 0 < xref < document.xref_length() and str(document.xref_object(xref, compressed=True)) != "null"
