"""Scans into PDF/A-2b, the form for archives: a file that explains itself and needs nothing from outside.

This is for pages that are pictures and drawings, whose only text is ours. What others have written in fonts of their
own would have to be checked glyph by glyph, so such files are refused, as is everything that this part of the standard
forbids and that cannot be mended without losing something. What can is mended: colours get a meaning, metadata
are stated in XMP, LZW is packed anew, pictures are no longer smoothed by viewers.

References
----------
ISO 19005-2:2011; numbers in brackets below are its clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast
from xml.sax.saxutils import escape

import pymupdf
from pymupdf import mupdf

from ocrkit.pdf.content import INVISIBLE, SHOWING, operations_with_modes
from ocrkit.pdf.icc import srgb_profile
from ocrkit.pdf.objects import new_object, new_stream, own_dictionary, pages_of, streams_of, trailer_of

_CLAIM = re.compile(r"pdfaid:part\s*(=|>)")
_LATEST = 1.7
_SIDES = 3.0, 14_400.0  # points (6.1.13)
_LONGEST = 16_000_000  # bytes of a content stream: some ten seconds
_DEEPEST = 28  # levels of q (6.1.13)

_ATTACHED = "attached files"
_CMYK = "colours for print (CMYK)"
_FORMS = "form fields or notes"
_MOVING = "scripts, or actions that only some viewers take"
_OTHERS_TEXT = "text in fonts of its own"
_OUTSIDE = "streams that lie outside the file, or are encrypted"
_PROFILE = "a damaged or newer colour profile"
_SPOT = "spot colours"
_UNKNOWN = "contents that the standard does not know"

_FORBIDDEN_KEYS = {
    "AA": _MOVING,  # (6.5.2)
    "JS": _MOVING,
    "JavaScript": _MOVING,
    "Alternates": "pictures with other versions of themselves",  # (6.2.8)
    "OPI": "pictures with other versions of themselves",
    "AlternatePresentations": "slide shows",  # (6.10)
    "PresSteps": "slide shows",
    "Collection": _ATTACHED,
    "EF": _ATTACHED,  # (6.8)
    "EmbeddedFiles": _ATTACHED,
    "Encrypt": "encryption",  # (6.1.3)
    "FDecodeParms": _OUTSIDE,  # (6.1.7)
    "FFilter": _OUTSIDE,
    "OCProperties": "layers that can be switched off",  # (6.9)
    "OutputIntents": "a colour profile for print",  # (6.2.3)
    "HTP": "halftones and transfer curves",  # (6.2.5)
    "TR": "halftones and transfer curves",
    "TR2": "halftones and transfer curves",
    "Requirements": "demands on viewers",  # (6.12)
    "XFA": _FORMS,  # (6.4.2)
}
_ACTIONS = {"GoTo", "GoToR", "GoToE", "Thread", "URI", "SubmitForm", "Named"}  # (6.5.1)
_MOVES = {"NextPage", "PrevPage", "FirstPage", "LastPage"}
_BLEND_MODE = re.compile(
    "Normal|Compatible|Multiply|Screen|Overlay|Darken|Lighten|Color(Dodge|Burn)?|(Hard|Soft)Light|Difference|Exclusion"
    "|Hue|Saturation|Luminosity"
)
_INTENTS = {b"/RelativeColorimetric", b"/AbsoluteColorimetric", b"/Perceptual", b"/Saturation"}  # (6.2.6)
_OPERATORS = set(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EMC ET EX f F f* G g gs h i j J K k l M m MP n q Q re RG "
    b"rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)
_NAMING = {b"Do", b"gs", b"sh", b"cs", b"CS", b"scn", b"SCN", b"Tf"}  # operators that need resources
_INLINE_CMYK = re.compile(rb"/(CMYK|DeviceCMYK)\b")
_INLINE_ODD = re.compile(rb"/(LZW|LZWDecode|Crypt)\b|/(I|Interpolate)\s*true")
_LZW = "LZWDecode"
_WRAPPED = {"ASCII85Decode", "ASCIIHexDecode", _LZW}
_PRINTED = 4  # flag of links and notes (6.3.2)
_DATE = re.compile(
    r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(Z)(?:00'?00'?)?|([+-]\d\d)'?(\d\d)'?)"  # as ISO 32000-1, 7.9.4
)
_NO_XML = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_declared(document: pymupdf.Document) -> bool:
    """Tell whether a file calls itself PDF/A, of whatever part."""
    return bool(_CLAIM.search(document.get_xml_metadata()))


def hindrances(document: pymupdf.Document, layer_mark: str, *, redo: bool = False) -> tuple[str, ...]:
    """Say what keeps a file from becoming PDF/A, and cannot be mended.

    Parameters
    ----------
    document : pymupdf.Document
    layer_mark : str
        Key of the streams that are layers of ours.
    redo : bool
        Invisible text of others is going to be replaced, so it does not count.

    Returns
    -------
    tuple of str
        Each once, in the order of the file.
    """
    found = dict.fromkeys(_of_file(document))
    for item in _reachable(document):
        found.update(dict.fromkeys(_of_object(item)))
    for content, has_resources in _contents(document, layer_mark):
        found.update(dict.fromkeys(_of_content(content, has_resources, redo)))
    return tuple(found)


def make_pdfa(document: pymupdf.Document) -> None:
    """Mend what can be, and declare the file to be PDF/A-2b; it must then be saved anew, not incrementally."""
    for page in pages_of(document):
        own_dictionary(document, page.xref, "Resources", inherited=True)  # (6.2.2)
    catalog = document.pdf_catalog()
    for item in list(_reachable(document)):
        _mend(document, item)
    profile = new_stream(document, srgb_profile(), "/N 3")
    document.xref_set_key(
        catalog,
        "OutputIntents",
        "[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)"
        f"/RegistryName(http://www.color.org)/DestOutputProfile {profile} 0 R>>]",
    )
    mupdf.pdf_dict_dels(
        mupdf.pdf_dict_gets(trailer_of(document), "Root"), "Info"
    )  # PyMuPDF's, in new files, out of place
    stated = _stated(document)
    document.set_metadata({key: stated.get(key) for key in _PROPERTIES})
    xmp = new_object(document, "<</Type/Metadata/Subtype/XML>>")
    document.update_stream(xmp, _xmp(stated).encode(), new=True, compress=False)  # for programs that know no PDF
    document.xref_set_key(catalog, "Metadata", f"{xmp} 0 R")


# What is looked at.


def _reachable(document: pymupdf.Document) -> Iterator[Any]:
    """Walk all dictionaries and arrays that the file's trailer leads to; those of streams too."""
    waiting = [trailer_of(document)]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        number = mupdf.pdf_to_num(item)
        if number in seen:
            continue
        if number:
            seen.add(number)
        if mupdf.pdf_is_dict(item):
            yield item
            waiting += [value for _, value in _entries(item)]
        elif mupdf.pdf_is_array(item):
            yield item
            waiting += _elements(item)


def _entries(item: Any) -> Iterator[tuple[str, Any]]:
    for i in range(mupdf.pdf_dict_len(item)):
        yield mupdf.pdf_to_name(mupdf.pdf_dict_get_key(item, i)), mupdf.pdf_dict_get_val(item, i)


def _elements(item: Any) -> list[Any]:
    return [mupdf.pdf_array_get(item, i) for i in range(mupdf.pdf_array_len(item))]


def _name(item: Any, key: str) -> str:
    return str(mupdf.pdf_to_name(mupdf.pdf_dict_gets(item, key)))


def _names(item: Any) -> list[str]:
    """Return a name, or the names of an array, or nothing."""
    return [mupdf.pdf_to_name(one) for one in _one_or_more(item) if mupdf.pdf_is_name(one)]


def _dicts(item: Any) -> list[Any]:
    """Return a dictionary, or the dictionaries of an array, or nothing."""
    return [one for one in _one_or_more(item) if mupdf.pdf_is_dict(one)]


def _one_or_more(item: Any) -> list[Any]:
    if item is None:
        return []
    return _elements(item) if mupdf.pdf_is_array(item) else [item]


def _of_file(document: pymupdf.Document) -> Iterator[str]:
    if float(str(document.metadata["format"]).removeprefix("PDF ") or 0) > _LATEST:
        yield "PDF 2.0"
    for page in pages_of(document):
        if not all(_SIDES[0] <= side <= _SIDES[1] for box in _boxes(page) for side in box):
            yield "pages too small or too large"


def _boxes(page: pymupdf.Page) -> Iterator[tuple[float, float]]:
    """Give width and height of each box of a page, as the file has it."""
    entries = mupdf.pdf_page_from_fz_page(page.this).obj()
    for name in ("MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox"):
        box = mupdf.pdf_dict_get_inheritable(entries, mupdf.pdf_new_name(name))
        if mupdf.pdf_is_array(box):
            rect = mupdf.pdf_to_rect(box)
            yield rect.x1 - rect.x0, rect.y1 - rect.y0


def _of_object(item: Any) -> Iterator[str]:
    if mupdf.pdf_is_array(item):
        yield from _of_array(item)
        return
    values = dict(_entries(item))
    yield from (saying for key, saying in _FORBIDDEN_KEYS.items() if key in values)
    if not all(_is_plain_action(action) for key in ("A", "OpenAction", "Next") for action in _dicts(values.get(key))):
        yield _MOVING
    if any(_name(note, "Subtype") != "Link" for note in _dicts(values.get("Annots"))):
        yield _FORMS
    if any(mupdf.pdf_dict_len(form) for form in _dicts(values.get("AcroForm"))):
        yield _FORMS
    subtype = _name(item, "Subtype")
    if subtype == "PS" or (subtype == "Form" and values.keys() & {"Ref", "PS", "Subtype2"}):
        yield _UNKNOWN  # (6.2.9)
    if not all(_BLEND_MODE.fullmatch(mode) for mode in _names(values.get("BM"))):
        yield _UNKNOWN
    if "DefaultCMYK" in values or any(mupdf.pdf_to_name(value) == "DeviceCMYK" for value in values.values()):
        yield _CMYK
    if mupdf.pdf_is_stream(item):
        filters = _names(values.get("Filter"))
        if "F" in values or "Crypt" in filters:
            yield _OUTSIDE
        if _LZW in filters and not _WRAPPED.issuperset(filters):
            yield _UNKNOWN
        if "JPXDecode" in filters and not _is_plain_jpx(_raw(item)):
            yield "JPEG 2000 pictures of a kind that archives do not take"


def _is_plain_action(action: Any) -> bool:
    """Tell whether an action only goes somewhere; what has no kind is none, but the next entry of an outline, say."""
    kind = _name(action, "S")
    return not kind or (kind in _ACTIONS and (kind != "Named" or _name(action, "N") in _MOVES))


def _of_array(array: Any) -> Iterator[str]:
    names = _names(array)
    if "DeviceCMYK" in names:
        yield _CMYK
    if names[:1] in (["Separation"], ["DeviceN"]):
        yield _SPOT
    if names == ["ICCBased"] and mupdf.pdf_array_len(array) == 2:
        stream = mupdf.pdf_array_get(array, 1)
        components = mupdf.pdf_to_int(mupdf.pdf_dict_gets(stream, "N"))
        if not mupdf.pdf_is_stream(stream) or not _is_plain_profile(_decoded(stream), components):
            yield _PROFILE


def _raw(stream: Any) -> bytes:
    return bytes(mupdf.fz_buffer_extract(mupdf.pdf_load_raw_stream(stream)))


def _decoded(stream: Any) -> bytes:
    return bytes(mupdf.fz_buffer_extract(mupdf.pdf_load_stream(stream)))


def _is_plain_profile(profile: bytes, components: int) -> bool:
    """Tell whether a colour profile is one that PDF 1.7 knows, for so many components (6.2.4.2)."""
    spaces = {1: b"GRAY", 3: (b"RGB ", b"Lab "), 4: b"CMYK"}
    return (
        len(profile) > 128
        and profile[36:40] == b"acsp"
        and profile[8] <= 4
        and profile[12:16] in (b"scnr", b"mntr", b"prtr", b"spac")
        and profile[16:20] in spaces.get(components, ())
    )


def _is_plain_jpx(picture: bytes) -> bool:
    """Tell whether a JPEG 2000 has one or three channels of one depth and a known colour space (6.2.8.3)."""
    header, colour = picture.find(b"ihdr"), picture.find(b"colr")
    if header < 0 or colour < 0 or picture.find(b"colr", colour + 4, header + 512) >= 0:
        return False
    channels, depth = int.from_bytes(picture[header + 12 : header + 14], "big"), picture[header + 14]
    return channels in (1, 3) and depth != 255 and picture[colour + 4 : colour + 5] in (b"\1", b"\2")


def _contents(document: pymupdf.Document, layer_mark: str) -> Iterator[tuple[bytes, bool]]:
    """Give the content streams of pages, forms and patterns, and whether each has resources; not layers of ours."""
    for page in pages_of(document):
        streams = [xref for xref in streams_of(page) if document.xref_get_key(xref, layer_mark)[0] == "null"]
        yield b"\n".join(document.xref_stream(xref) or b"" for xref in streams), True
    for item in _reachable(document):
        is_form = _name(item, "Subtype") == "Form"
        is_pattern = mupdf.pdf_to_int(mupdf.pdf_dict_gets(item, "PatternType")) == 1
        if (is_form or is_pattern) and mupdf.pdf_is_stream(item):
            yield _decoded(item), bool(mupdf.pdf_is_dict(mupdf.pdf_dict_gets(item, "Resources")))


def _of_content(content: bytes, has_resources: bool, redo: bool) -> Iterator[str]:
    if len(content) > _LONGEST:
        yield "contents too long to look through"
        return
    depth = 0
    for name, operands, start, end, mode in operations_with_modes(content):
        depth += (name == b"q") - (name == b"Q")
        if name not in _OPERATORS or depth > _DEEPEST or (name == b"ri" and not _INTENTS.issuperset(operands[-1:])):
            yield _UNKNOWN
        if name in SHOWING and not (redo and mode == INVISIBLE):
            yield _OTHERS_TEXT
        if name in (b"k", b"K") or (name in (b"cs", b"CS") and b"/DeviceCMYK" in operands):
            yield _CMYK
        if name in _NAMING and not has_resources:
            yield _UNKNOWN
        if name == b"BI":
            described = content[start:end].partition(b"ID")[0]
            if _INLINE_CMYK.search(described):
                yield _CMYK
            if _INLINE_ODD.search(described):
                yield _UNKNOWN


# What is changed.


def _mend(document: pymupdf.Document, item: Any) -> None:
    if not mupdf.pdf_is_dict(item):
        return
    subtype = _name(item, "Subtype")
    if subtype == "Image":
        mupdf.pdf_dict_dels(item, "Interpolate")  # (6.2.8)
    if subtype == "Link":
        mupdf.pdf_dict_puts(item, "F", mupdf.pdf_new_int(_PRINTED))  # (6.3.2)
    if mupdf.pdf_is_stream(item) and _LZW in _names(mupdf.pdf_dict_gets(item, "Filter")):  # (6.1.7)
        number = mupdf.pdf_to_num(item)
        document.update_stream(number, document.xref_stream(number), compress=True)
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
    for key in _DATES:
        if not _DATE.fullmatch(stated[key]):
            stated[key] = ""
    stated["producer"] = stated["producer"] or "ocrkit"
    return {key: text for key, text in stated.items() if text}


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
    """Return a date of PDF as XMP writes it."""
    year, month, day, hour, minute, second, _, hours, minutes = cast("re.Match[str]", _DATE.fullmatch(text)).groups()
    zone = f"{hours}:{minutes}" if hours else "Z"
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"
