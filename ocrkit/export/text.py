"""Plain text in reading order."""

from __future__ import annotations

from ocrkit.document import Document


def dumps(document: Document) -> str:
    r"""Write a document as plain text.

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
        A line of the page on each line, a form feed between pages as `pdftotext` puts it, and a
        line feed at the end if there is any text.

    Examples
    --------
    >>> from ocrkit import Document, Page
    >>> dumps(Document(pages=[Page(size=(9, 9)), Page(size=(9, 9))]))
    '\x0c'
    """
    return "\f".join(page.text + "\n" if page.lines else "" for page in document.pages)
