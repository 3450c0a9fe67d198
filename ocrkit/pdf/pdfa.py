"""Scans into PDF/A-2b, the form for archives: a file that explains itself and needs nothing from outside.

This is for pages that are pictures and drawings, whose only text is ours. What others have written in fonts of their
own would have to be checked glyph by glyph, so such files are refused, as is everything that this part of the standard
forbids and that cannot be mended without losing something (`ocrkit.pdf.archivable`). What can is mended: colours get a
meaning, metadata are stated in XMP, LZW is packed anew, pictures are no longer smoothed by viewers.

References
----------
ISO 19005-2:2011; numbers in brackets below are its clauses.
"""

from __future__ import annotations

import re
import time
from typing import Any
from xml.sax.saxutils import escape

import pymupdf
from pymupdf import mupdf

from ocrkit.pdf.icc import srgb_profile
from ocrkit.pdf.objects import new_object, new_stream, own_dictionary, pages_of, replace_stream, trailer_of
from ocrkit.pdf.walk import name_at, names, reachable

_CLAIM = re.compile(r"""pdfaid:part\s*(=\s*["']|>)\s*\d""")
_COMMENT = re.compile("<!--.*?-->", re.DOTALL)
_PRINTED = 4  # flag of links (6.3.2)
_DATE = re.compile(  # ISO 32000-1, 7.9.4
    r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)(?:00'?(?:00'?)?)?|([+-]\d\d)'?(?:(\d\d)'?)?)?"
)
_NO_XML = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_declared(document: pymupdf.Document) -> bool:
    """Tell whether a file calls itself PDF/A, of whatever part."""
    kind, value = document.xref_get_key(document.pdf_catalog(), "Metadata")
    if kind != "xref" or not document.xref_is_stream(int(value.split()[0])):
        return False
    return bool(_CLAIM.search(_COMMENT.sub("", document.get_xml_metadata())))


def make_pdfa(document: pymupdf.Document) -> None:
    """Mend what can be, and declare the file to be PDF/A-2b; it must then be saved anew, not incrementally."""
    for page in pages_of(document):
        own_dictionary(document, page.xref, "Resources", inherited=True)  # (6.2.2)
    for item, is_freely_named in list(reachable(document)):
        if mupdf.pdf_is_dict(item) and not is_freely_named:
            _mend(document, item)
    trailer, catalog = trailer_of(document), document.pdf_catalog()
    if not mupdf.pdf_is_array(mupdf.pdf_dict_gets(trailer, "ID")):
        mupdf.pdf_dict_dels(trailer, "ID")  # and MuPDF makes one (6.1.3)
    profile = new_stream(document, srgb_profile(), "/N 3")
    document.xref_set_key(
        catalog,
        "OutputIntents",
        "[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)"
        f"/RegistryName(http://www.color.org)/DestOutputProfile {profile} 0 R>>]",
    )
    mupdf.pdf_dict_dels(mupdf.pdf_dict_gets(trailer, "Root"), "Info")  # PyMuPDF's, in new files, out of place
    stated = _stated(document)
    document.set_metadata({key: stated.get(key) for key in _PROPERTIES})
    xmp = new_object(document, "<</Type/Metadata/Subtype/XML>>")
    document.update_stream(xmp, _xmp(stated).encode(), new=True, compress=False)  # for programs that know no PDF
    document.xref_set_key(catalog, "Metadata", f"{xmp} 0 R")


def _mend(document: pymupdf.Document, item: Any) -> None:
    subtype = name_at(item, "Subtype")
    if subtype == "Image":
        mupdf.pdf_dict_dels(item, "Interpolate")  # (6.2.8)
    if subtype == "Link":
        mupdf.pdf_dict_puts(item, "F", mupdf.pdf_new_int(mupdf.pdf_to_int(mupdf.pdf_dict_gets(item, "F")) | _PRINTED))
    if name_at(item, "TR") == "Identity" and not name_at(item, "S"):
        mupdf.pdf_dict_dels(item, "TR")
    if mupdf.pdf_is_stream(item) and "LZWDecode" in names(mupdf.pdf_dict_gets(item, "Filter")):
        number = mupdf.pdf_to_num(item)
        replace_stream(document, number, document.xref_stream(number))
    mupdf.pdf_dict_dels(item, "Metadata")  # of pages and pictures, by whoever made them; the file's own comes anew


_PROPERTIES = {
    "title": "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{}</rdf:li></rdf:Alt></dc:title>",
    "author": "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>",
    "subject": "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>{}</rdf:li></rdf:Alt></dc:description>",
    "keywords": "<pdf:Keywords>{}</pdf:Keywords>",
    "creator": "<xmp:CreatorTool>{}</xmp:CreatorTool>",
    "producer": "<pdf:Producer>{}</pdf:Producer>",
    "creationDate": "<xmp:CreateDate>{}</xmp:CreateDate>",
    "modDate": "<xmp:ModifyDate>{}</xmp:ModifyDate>",
}
_DATES = "creationDate", "modDate"


def _stated(document: pymupdf.Document) -> dict[str, str]:
    """Return what the file says about itself, as far as XMP can say it too."""
    stated = {key: _NO_XML.sub(" ", document.metadata.get(key) or "").strip() for key in _PROPERTIES}
    stated["producer"] = stated["producer"] or "ocrkit"
    return {key: text for key, text in stated.items() if text and (key not in _DATES or _iso(text))}


def _xmp(stated: dict[str, str]) -> str:
    lines = "\n".join(
        _PROPERTIES[key].format(_iso(text) if key in _DATES else escape(text)) for key, text in stated.items()
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
        f"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n{lines}\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    )


def _iso(text: str) -> str:
    """Return a date of PDF as XMP writes it; nothing for what is none."""
    found = _DATE.fullmatch(text)
    if not found:
        return ""
    *parts, utc, hours, minutes = found.groups()
    given = [part for part in parts if part]
    try:
        time.strptime("".join([*given, *("01",) * (3 - len(given))]), "%Y%m%d%H%M%S"[: 2 * max(len(given), 3)])
    except ValueError:
        return ""
    day, clock = "-".join(given[:3]), ":".join([*given[3:], "00"][:3] if len(given) == 4 else given[3:])
    zone = "Z" if utc else f"{hours}:{minutes or '00'}" if hours else ""
    return f"{day}T{clock}{zone}" if clock else day
