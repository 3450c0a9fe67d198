"""What keeps a PDF of scans from becoming PDF/A-2b, and cannot be mended.

Only what is known to be allowed passes, as far as the standard looks at it; what scans do not have, such as text in
fonts, is not looked into.

References
----------
ISO 19005-2:2011; numbers in brackets below are its clauses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pymupdf
from pymupdf import mupdf

from ocrkit.pdf.content import INVISIBLE, SHOWING, name_of, operations_with_modes
from ocrkit.pdf.objects import pages_of, streams_of
from ocrkit.pdf.walk import as_name, dicts, elements, entries, name_at, names, one_or_more, reachable

_LATEST = 1.7
_SIDES = 3.0, 14_400.0  # points (6.1.13)
_LONGEST = 8_000_000  # bytes of a content stream: some five seconds
_LONGEST_STRING, _LONGEST_NAME, _LARGEST, _DEEPEST = 32767, 127, 2**31 - 1, 28  # (6.1.13)

_ATTACHED = "attached files"
_CMYK = "colours for print (CMYK)"
_CURVES = "halftones or transfer curves"
_FORMS = "form fields or notes"
_MOVING = "scripts, or actions that only some viewers take"
_OTHERS_LAYER = "an invisible text layer of another program, which --redo replaces"
_OTHERS_TEXT = "text in fonts of its own"
_OUTSIDE = "streams that lie outside the file, or are encrypted"
_UNKNOWN = "contents that the standard does not know"
_VERSIONS = "pictures with other versions of themselves"

_FORBIDDEN_KEYS = {
    "AA": _MOVING,  # (6.5.2)
    "JS": _MOVING,
    "JavaScript": _MOVING,
    "Alternates": _VERSIONS,  # (6.2.8)
    "OPI": _VERSIONS,
    "AlternatePresentations": "slide shows",  # (6.10)
    "PresSteps": "slide shows",
    "Collection": _ATTACHED,
    "EF": _ATTACHED,  # (6.8)
    "EmbeddedFiles": _ATTACHED,
    "Encrypt": "encryption",  # (6.1.3)
    "FDecodeParms": _OUTSIDE,  # (6.1.7)
    "FFilter": _OUTSIDE,
    "HT": _CURVES,  # (6.2.5)
    "HTP": _CURVES,
    "NeedsRendering": _FORMS,  # (6.4.2)
    "XFA": _FORMS,
    "OCProperties": "layers that can be switched off",  # (6.9)
    "OutputIntents": "a colour profile for print",  # (6.2.3)
    "Perms": "rights that a signature gives",  # (6.1.12)
    "Requirements": "demands on viewers",  # (6.12)
}
_FILTERS = {
    *("ASCIIHexDecode", "ASCII85Decode", "FlateDecode", "RunLengthDecode"),
    *("CCITTFaxDecode", "JBIG2Decode", "DCTDecode", "JPXDecode"),
}  # (6.1.7)
_LZW = "LZWDecode"
_WRAPPED = {"ASCII85Decode", "ASCIIHexDecode", _LZW}
_ACTIONS = {"GoTo", "GoToR", "GoToE", "Thread", "URI", "SubmitForm", "Named"}  # (6.5.1)
_MOVES = {"NextPage", "PrevPage", "FirstPage", "LastPage"}
_BLEND_MODE = re.compile(
    "Normal|Compatible|Multiply|Screen|Overlay|Darken|Lighten|Color(Dodge|Burn)?|(Hard|Soft)Light|Difference|Exclusion"
    "|Hue|Saturation|Luminosity"
)
_INTENTS = {"RelativeColorimetric", "AbsoluteColorimetric", "Perceptual", "Saturation"}  # (6.2.6)
_HIDDEN = 1 | 2 | 32 | 256  # flags of links (6.3.2)
_OPERATORS = set(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EMC ET EX f F f* G g gs h i j J K k l M m MP n q Q re RG "
    b"rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)
_LOOKS_UP = {  # where operators look their names up
    "XObject": (b"Do",),
    "ExtGState": (b"gs",),
    "Shading": (b"sh",),
    "Font": (b"Tf",),
    "Properties": (b"BDC", b"DP"),
    "ColorSpace": (b"cs", b"CS"),
    "Pattern": (b"scn", b"SCN"),
}
_CATEGORIES = {operator: category for category, operators in _LOOKS_UP.items() for operator in operators}
_NEEDS_NO_RESOURCE = {"DeviceGray", "DeviceRGB", "DeviceCMYK", "Pattern"}
_INLINE_KEYS = (
    b"BPC BitsPerComponent CS ColorSpace D Decode DP DecodeParms F Filter H Height IM ImageMask I Interpolate W Width "
    b"L Length Intent K Columns Rows BlackIs1 EncodedByteAlign EndOfBlock EndOfLine DamagedRowsBeforeError Predictor "
    b"Colors ColorTransform"
)
_INLINE_VALUES = b"G DeviceGray RGB DeviceRGB Indexed AHx A85 Fl RL CCF DCT"
_INLINE = {*_INLINE_KEYS.decode().split(), *_INLINE_VALUES.decode().split(), *_FILTERS, *_INTENTS}
_INLINE_NAME = re.compile(rb"/[^\0\t\n\f\r ()<>\[\]{}/%]*")
_COMMENT = re.compile(rb"%[^\r\n]*")
_SMOOTHED = re.compile(rb"/I(nterpolate)?\s+true\b")


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
    for item, is_freely_named in reachable(document):
        found.update(dict.fromkeys(_of_object(item, is_freely_named)))
    pymupdf.TOOLS.reset_mupdf_warnings()
    for content, resources in _contents(document, layer_mark):
        if pymupdf.TOOLS.mupdf_warnings():  # which resets them
            found["damaged contents"] = None
        found.update(dict.fromkeys(_of_content(content, resources, redo)))
    return tuple(found)


def _of_file(document: pymupdf.Document) -> Iterator[str]:
    if float(str(document.metadata["format"]).removeprefix("PDF ") or 0) > _LATEST:
        yield "a version later than PDF 1.7"
    for page in pages_of(document):
        if not all(_SIDES[0] <= side <= _SIDES[1] for box in _boxes(page) for side in box):
            yield "pages too small or too large"


def _boxes(page: pymupdf.Page) -> Iterator[tuple[float, float]]:
    """Give width and height of each box of a page, as the file has it."""
    own = mupdf.pdf_page_from_fz_page(page.this).obj()
    for name in ("MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox"):
        box = mupdf.pdf_dict_get_inheritable(own, mupdf.pdf_new_name(name))
        if mupdf.pdf_is_array(box):
            rect = mupdf.pdf_to_rect(box)
            yield rect.x1 - rect.x0, rect.y1 - rect.y0


def _of_object(item: Any, is_freely_named: bool) -> Iterator[str]:
    if mupdf.pdf_is_array(item):
        yield from _of_array(item)
        return
    values = dict(entries(item))
    if not all(len(key.encode()) <= _LONGEST_NAME and _is_within_limits(value) for key, value in values.items()):
        yield _UNKNOWN
    if "DefaultCMYK" in values or any(
        mupdf.pdf_to_name(value) == "DeviceCMYK"
        for key, value in values.items()
        if key != "Alternate"  # of a profile
    ):
        yield _CMYK
    if is_freely_named:
        return
    yield from (saying for key, saying in _FORBIDDEN_KEYS.items() if key in values)
    actions = [action for key in ("A", "PA", "OpenAction", "Next") for action in dicts(values.get(key))]
    if not all(_is_plain_action(action) for action in actions):
        yield _MOVING
    if any(name_at(note, "Subtype") != "Link" for note in dicts(values.get("Annots"))):
        yield _FORMS
    if any(dicts(values.get("AcroForm"))) and not _is_bare_form(values["AcroForm"]):
        yield _FORMS
    subtype = name_at(item, "Subtype")
    if subtype == "Link" and (mupdf.pdf_to_int(mupdf.pdf_dict_gets(item, "F")) & _HIDDEN or "AP" in values):
        yield "hidden or painted links"
    if subtype == "PS" or (subtype == "Form" and values.keys() & {"Ref", "PS", "Subtype2"}):
        yield _UNKNOWN  # (6.2.9)
    if subtype == "Image" and not _is_plain_image(values):
        yield _UNKNOWN
    yield from _of_graphics_state(item, values)
    if mupdf.pdf_is_stream(item):
        yield from _of_stream(item, values)


def _is_within_limits(value: Any) -> bool:
    """Tell whether a name, number or string is as viewers must take it (6.1.13)."""
    if mupdf.pdf_is_int(value):
        return abs(int(mupdf.pdf_to_int64(value))) <= _LARGEST
    if mupdf.pdf_is_string(value):
        return int(mupdf.pdf_to_str_len(value)) <= _LONGEST_STRING
    return len(as_name(value).encode()) <= _LONGEST_NAME


def _of_graphics_state(item: Any, values: dict[str, Any]) -> Iterator[str]:
    modes = [as_name(mode) for mode in one_or_more(values.get("BM"))]
    intents = [as_name(values[key]) for key in ("RI", "Intent") if key in values]
    if not all(map(_BLEND_MODE.fullmatch, modes)) or not _INTENTS.issuperset(intents):
        yield _UNKNOWN
    is_mask = name_at(item, "S") in ("Alpha", "Luminosity")  # a soft mask may have a curve
    if "TR" in values and not is_mask and as_name(values["TR"]) != "Identity":  # which is mended
        yield _CURVES
    if "TR2" in values and as_name(values["TR2"]) != "Default":
        yield _CURVES
    if mupdf.pdf_to_int(mupdf.pdf_dict_gets(item, "OPM")):
        yield _CMYK  # (6.2.4.2)


def _of_stream(item: Any, values: dict[str, Any]) -> Iterator[str]:
    filters = [as_name(name) for name in one_or_more(values.get("Filter"))]
    if "F" in values or "Crypt" in filters:
        yield _OUTSIDE
    if not (_FILTERS.issuperset(filters) or _WRAPPED.issuperset(filters)):
        yield _UNKNOWN
    if "JPXDecode" in filters and not _is_plain_jpx(_raw(item)):
        yield "JPEG 2000 pictures of a kind that archives do not take"


def _is_plain_image(values: dict[str, Any]) -> bool:
    """Tell whether a picture says how its samples are coloured (6.2.8)."""
    if "JPXDecode" in names(values.get("Filter")):
        return True
    bits = mupdf.pdf_to_int(values["BitsPerComponent"]) if "BitsPerComponent" in values else 0
    if "ImageMask" in values and mupdf.pdf_to_bool(values["ImageMask"]):
        return bits in (0, 1)
    space = values.get("ColorSpace")
    is_known = space is not None and (mupdf.pdf_is_array(space) or as_name(space) in _NEEDS_NO_RESOURCE)
    return is_known and (bits in (1, 2, 4, 8, 16) or "JBIG2Decode" in names(values.get("Filter")))


def _is_bare_form(form: Any) -> bool:
    """Tell whether a form is there in name only, without a field."""
    wants_viewer = mupdf.pdf_to_bool(mupdf.pdf_dict_gets(form, "NeedAppearances"))
    return not wants_viewer and not mupdf.pdf_array_len(mupdf.pdf_dict_gets(form, "Fields"))


def _is_plain_action(action: Any) -> bool:
    """Tell whether an action only goes somewhere; what has no kind is none, but the next entry of an outline, say."""
    kind = name_at(action, "S")
    return not kind or (kind in _ACTIONS and (kind != "Named" or name_at(action, "N") in _MOVES))


def _of_array(array: Any) -> Iterator[str]:
    if not all(map(_is_within_limits, elements(array))):
        yield _UNKNOWN
    kinds = names(array)
    if "DeviceCMYK" in kinds:
        yield _CMYK
    if kinds[:1] in (["Separation"], ["DeviceN"]):
        yield "spot colours"
    if kinds == ["ICCBased"] and mupdf.pdf_array_len(array) == 2:
        stream = mupdf.pdf_array_get(array, 1)
        components = mupdf.pdf_to_int(mupdf.pdf_dict_gets(stream, "N"))
        if not mupdf.pdf_is_stream(stream) or not _is_plain_profile(_decoded(stream), components):
            yield "a damaged or newer colour profile"


def _raw(stream: Any) -> bytes:
    return bytes(mupdf.fz_buffer_extract(mupdf.pdf_load_raw_stream(stream)))


def _decoded(stream: Any) -> bytes:
    return bytes(mupdf.fz_buffer_extract(mupdf.pdf_load_stream(stream)))


def _is_plain_profile(profile: bytes, components: int) -> bool:
    """Tell whether a colour profile is one that PDF 1.7 knows, for so many components (6.2.4.2)."""
    spaces = {1: b"GRAY", 3: (b"RGB ", b"Lab "), 4: b"CMYK"}
    return (
        128 < int.from_bytes(profile[:4], "big") <= len(profile)
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


def _contents(document: pymupdf.Document, layer_mark: str) -> Iterator[tuple[bytes, Any]]:
    """Give the content streams of pages, forms and patterns, each with its resources; not layers of ours."""
    for page in pages_of(document):
        streams = [xref for xref in streams_of(page) if document.xref_get_key(xref, layer_mark)[0] == "null"]
        own = mupdf.pdf_page_from_fz_page(page.this).obj()
        resources = mupdf.pdf_dict_get_inheritable(own, mupdf.pdf_new_name("Resources"))
        yield b"\n".join(map(document.xref_stream, streams)), resources
    for item, _ in reachable(document):
        is_form = name_at(item, "Subtype") == "Form"
        is_pattern = mupdf.pdf_to_int(mupdf.pdf_dict_gets(item, "PatternType")) == 1
        if (is_form or is_pattern) and mupdf.pdf_is_stream(item):
            yield _decoded(item), mupdf.pdf_dict_gets(item, "Resources")


def _of_content(content: bytes, resources: Any, redo: bool) -> Iterator[str]:
    if len(content) > _LONGEST:
        yield "contents too long to look through"
        return
    depth = end = 0
    for operator, operands, start, end, mode in operations_with_modes(content):
        depth += (operator == b"q") - (operator == b"Q")
        name = name_of(operands[-1]) if operands and operands[-1][:1] == b"/" else None
        if operator not in _OPERATORS or not 0 <= depth <= _DEEPEST or not all(map(_is_in_bounds, operands)):
            yield _UNKNOWN
        if operator == b"ri" and name not in _INTENTS:
            yield _UNKNOWN
        if operator in SHOWING and mode != INVISIBLE:
            yield _OTHERS_TEXT
        if operator in SHOWING and mode == INVISIBLE and not redo:
            yield _OTHERS_LAYER
        if operator in (b"k", b"K") or (operator in (b"cs", b"CS") and name == "DeviceCMYK"):
            yield _CMYK
        if operator == b"Tf":
            name = name_of(operands[0]) if operands[:1] and operands[0][:1] == b"/" else None
        if operator in _CATEGORIES and name and not _is_resource(resources, _CATEGORIES[operator], name):
            yield _UNKNOWN
        if operator == b"BI":
            yield from _of_inline_image(content[start:end].partition(b"ID")[0], resources)
    if _COMMENT.sub(b"", content[end:]).strip():  # operands, or half a string, that no operator takes
        yield _UNKNOWN


def _is_resource(resources: Any, category: str, name: str) -> bool:
    if category == "ColorSpace" and name in _NEEDS_NO_RESOURCE:
        return True
    return bool(mupdf.pdf_dict_gets(mupdf.pdf_dict_gets(resources, category), name).m_internal)


def _is_in_bounds(operand: bytes) -> bool:
    """Tell whether an operand is as viewers must take it (6.1.13), and a hexadecimal string whole (6.1.6)."""
    if operand[:1] == b"/":
        return len(operand) <= _LONGEST_NAME + 1
    if operand[:1] == b"<" and operand != b"<<":
        return len(operand) <= 2 * _LONGEST_STRING and len(b"".join(operand[1:-1].split())) % 2 == 0
    if operand.lstrip(b"+-").isdigit():
        return len(operand) < 12 and abs(int(operand)) <= _LARGEST
    return len(operand) <= _LONGEST_STRING


def _of_inline_image(described: bytes, resources: Any) -> Iterator[str]:
    used = {name_of(name) for name in _INLINE_NAME.findall(described)}
    if used & {"CMYK", "DeviceCMYK"}:
        yield _CMYK
    elif _SMOOTHED.search(described) or not all(
        name in _INLINE or _is_resource(resources, "ColorSpace", name) for name in used
    ):
        yield _UNKNOWN
