"""Write the text layer into the original file: incrementally, beside, then rename.

The original bytes are a prefix of the result. Of the objects that were there, only the page
dictionaries change: the layer's stream comes first in /Contents (nothing that the page's own
streams leave behind can move it), and the font joins /Resources.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import BinaryIO

import attrs
import pymupdf
from attrs import validators

from ocrkit.checks import settings_of
from ocrkit.document import Document, Page, PageStatus, Rotation
from ocrkit.errors import EncryptedPdfError, PdfaError, SignedPdfError
from ocrkit.files import PartFile, check_apart, describe, is_pdf, take
from ocrkit.geometry import Bounds
from ocrkit.image import Limits, PageImage, read_header
from ocrkit.pdf.archivable import hindrances
from ocrkit.pdf.content import without_invisible_text
from ocrkit.pdf.embed import pictures_to_pdf
from ocrkit.pdf.existing import is_signed, pictures_alone, pictures_of, texts_of
from ocrkit.pdf.font import LayerFont
from ocrkit.pdf.forms import FormStripper
from ocrkit.pdf.layer import content_stream, words_of
from ocrkit.pdf.objects import mupdf_at_work, new_object, new_stream, own_dictionary, page_of, streams_of
from ocrkit.pdf.pages import open_pdf, to_user_space
from ocrkit.pdf.pdfa import is_declared, make_pdfa

_MARK = "OcrkitLayer"
_FONT_NAME = "OcrT"
_FONT = re.compile(rf"/{_FONT_NAME}\d*")


class LayerMode(str, Enum):
    """What to do with a page that has text already.

    ``skip`` leaves it alone; ``redo`` replaces an invisible layer, ours or another's, and leaves
    pages with visible text alone; ``mixed`` is like ``skip``, but of pages with visible text the pictures
    are read, with that text covered; ``force`` adds a layer to every page, in place of ours if there is
    one, beside any other text.
    """

    SKIP = "skip"
    MIXED = "mixed"
    REDO = "redo"
    FORCE = "force"


@attrs.frozen(kw_only=True)
class WriteSettings:
    """How to write a text layer.

    Parameters
    ----------
    mode : LayerMode or str
        What to do with text that is there.
    allow_signed : bool
        Change a digitally signed file, which makes viewers doubt the signature.
    password : str, optional
        For encrypted PDFs; the owner's, if the file forbids changes.
    image_dpi : float, optional
        Resolution of a picture that states none.
    rotate_from : float, optional
        Confidence, from 0 to 1, from which a page that lies on its side or stands on its head is also shown upright, by
        its /Rotate. Otherwise pages look as they did; their text layer follows the writing in any case.
    pdfa : bool
        Make it PDF/A-2b, the form for archives, if it is no PDF/A of any kind yet. For pictures and scans: other text,
        forms, attachments and the like are refused. The file is then written anew, its pictures as they are.
    limits : Limits
        How large the input may be.
    """

    mode: LayerMode = attrs.field(default=LayerMode.SKIP, converter=LayerMode)
    allow_signed: bool = False
    password: str | None = attrs.field(default=None, repr=False)
    image_dpi: float | None = attrs.field(
        default=None, validator=validators.optional(validators.and_(validators.ge(1), validators.le(100_000)))
    )
    rotate_from: float | None = attrs.field(
        default=None, validator=validators.optional(validators.and_(validators.ge(0), validators.le(1)))
    )
    pdfa: bool = False
    limits: Limits = attrs.field(factory=Limits)


@attrs.frozen(kw_only=True)
class PageReport:
    """What was done to one page of the PDF.

    Parameters
    ----------
    index : int
        Place of the page, from 0.
    action : {'added', 'replaced', 'removed', 'skipped', 'empty', 'failed'}
        A layer was added, or put in place of an old one; an old one was removed and there was no text
        to put there; the page got no layer, because it was not asked for or has text, because
        no text was found, or because the engine failed.
    words : int
        Words in the new layer.
    rotated : int
        Degrees, clockwise, by which the page is shown otherwise than before.
    error : str, optional
        What the engine said.
    """

    index: int
    action: str
    words: int = 0
    rotated: int = 0
    error: str | None = None


@attrs.frozen(kw_only=True)
class Report:
    """What was done to a PDF.

    Parameters
    ----------
    pages : tuple of PageReport
        Every page of the file.
    size_before, size_after : int
        Bytes of the PDF without and with the layer.
    rewritten : bool
        The file was damaged, or was to become PDF/A, and had to be written anew: the original bytes are then no prefix.
    pdfa : bool
        The file was made PDF/A-2b; not so if it called itself PDF/A before.
    """

    pages: tuple[PageReport, ...]
    size_before: int
    size_after: int
    rewritten: bool = False
    pdfa: bool = False


def add_text_layer(
    source: str | os.PathLike[str] | bytes | BinaryIO,
    document: Document,
    destination: str | os.PathLike[str] | BinaryIO,
    *,
    settings: WriteSettings | None = None,
) -> Report:
    """Write the text of a document into the file it was read from.

    Parameters
    ----------
    source : path, bytes or binary file
        PDF or picture that `document` was read from.
    document : Document
        Pages are matched by `Page.index`; pages that it lacks stay as they are.
    destination : path or binary file
        Written beside and then renamed. A path may be that of `source`.
    settings : WriteSettings, optional

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If the source cannot be read or must not be changed; the destination is then untouched.
    ValueError
        If the document has a page that the source has not.

    Examples
    --------
    >>> import io
    >>> from ocrkit.testing import FakeEngine, draw_page
    >>> page = FakeEngine(("to be found",)).read(draw_page(""))
    >>> with pymupdf.open() as blank:
    ...     _ = blank.new_page(width=page.size[0], height=page.size[1])
    ...     pdf = blank.tobytes()
    >>> add_text_layer(pdf, Document(pages=[page]), out := io.BytesIO()).pages[0].words
    3
    >>> pymupdf.open(stream=out.getvalue())[0].get_text().split()
    ['to', 'be', 'found']
    """
    settings = settings_of(settings, WriteSettings)
    if settings.mode is LayerMode.MIXED:
        raise ValueError(
            "mode 'mixed' says what is read of a page, so it is for make_searchable; use 'skip' or 'force'"
        )
    check_apart(source, destination)
    content = take(source, settings.limits.bytes)
    with TextLayerWriter.open(content, destination, settings, name=describe(source)) as writer:
        for page in document.pages:
            if not page.index < len(writer):
                raise ValueError(f"the document has a page {page.index + 1}, but the file has only {len(writer)}")
            if writer.wants(page.index):
                writer.add(page)
            elif page.status is PageStatus.OK:
                writer.rotate(page.index, page.rotation)
        return writer.save()


class TextLayerWriter:
    """An open PDF that takes text layers page by page and is saved once.

    Use `TextLayerWriter.open`. The file stays on disk; what is added, some 15 bytes a word, is held until it is
    saved.
    """

    def __init__(
        self, document: pymupdf.Document, part: PartFile, settings: WriteSettings, name: str, *, archive: bool
    ) -> None:
        self._document = document
        self._archive = archive
        self._name = name
        self._part = part
        self._settings = settings
        self._font = LayerFont()
        self._font_xref = 0
        self._reports: dict[int, PageReport] = {}
        self._first_use: dict[int, int] = {}
        self._mixed: dict[int, tuple[Sequence[Bounds], Sequence[Bounds]]] = {}

    @classmethod
    @contextmanager
    def open(
        cls,
        content: bytes | Path,
        destination: str | os.PathLike[str] | BinaryIO,
        settings: WriteSettings | None = None,
        *,
        name: str = "input",
    ) -> Iterator[TextLayerWriter]:
        """Open a PDF, or wrap a picture into one, for writing.

        Parameters
        ----------
        content : bytes or Path
            The PDF or picture file.
        destination : path or binary file
            Where `save` puts the result.
        settings : WriteSettings, optional
        name : str
            What to call the input in an error.

        Raises
        ------
        InputError
            If it cannot be read, is signed, forbids changes, or cannot become PDF/A as asked.
        OSError
            If the destination's folder is not there or not writable.
        """
        settings = settings_of(settings, WriteSettings)
        with PartFile(destination) as part:
            _fill(part.path, _as_pdf(content, name, settings))
            with open_pdf(part.path, name, settings.password) as document:
                with mupdf_at_work(name):
                    _check_changeable(document, name, settings)
                    archive = settings.pdfa and not is_declared(document)
                    if archive:
                        _check_archivable(document, name, redo=settings.mode is LayerMode.REDO)
                yield cls(document, part, settings, name, archive=archive)

    def __len__(self) -> int:
        return int(self._document.page_count)

    def wants(self, index: int) -> bool:
        """Tell whether a page is to get a text layer, as the mode says; call it before `add`.

        Of several places in a file that show one and the same page, only the first one asked for does.
        """
        with mupdf_at_work(self._name, f"page {index + 1} is damaged"):
            page = page_of(self._document, index)
            if self._first_use.setdefault(page.xref, index) != index:
                return False
            mode = self._settings.mode
            if mode is LayerMode.FORCE:
                return True
            texts = texts_of(page)
            if texts.visible and mode is LayerMode.MIXED and not texts.hidden:
                pictures = pictures_of(page)
                if pictures:
                    self._mixed[index] = pictures, texts.visible
                return bool(pictures)
            return not texts.visible and (mode is LayerMode.REDO or not texts.hidden)

    def is_mixed(self, index: int) -> bool:
        """Tell whether of a wanted page only pictures are read: what they say of its rotation is not the page's."""
        return index in self._mixed

    def to_read(self, image: PageImage) -> PageImage:
        """Give what is to be read of a page: its pictures alone, in the mode ``mixed``, if it has text of its own.

        Parameters
        ----------
        image : PageImage
            A page that is wanted, as displayed.
        """
        if not self.is_mixed(image.index):
            return image
        pictures, texts = self._mixed[image.index]
        self._mixed[image.index] = (), ()  # a long document has many
        with mupdf_at_work(self._name, f"page {image.index + 1} is damaged"):
            rect = page_of(self._document, image.index).rect
        return pictures_alone(image, pictures, texts, (rect.width, rect.height))

    def add(self, page: Page) -> None:
        """Write the layer of a page; in the modes ``redo`` and ``force`` in place of what was there."""
        if page.status is not PageStatus.OK:
            self._reports[page.index] = PageReport(index=page.index, action="failed", error=page.error)
            return
        with mupdf_at_work(self._name, f"page {page.index + 1} is damaged"):
            self._reports[page.index] = self._write_layer(page_of(self._document, page.index), page)
        if not self.is_mixed(page.index):
            self.rotate(page.index, page.rotation)

    def rotate(self, index: int, rotation: Rotation) -> None:
        """Show a page upright by its /Rotate, if that is asked for and sure (`WriteSettings.rotate_from`).

        `add` does so by itself. A page that stands in several places of the file is turned once.

        Parameters
        ----------
        index : int
        rotation : Rotation
            Of the page as it is shown now.
        """
        least = self._settings.rotate_from
        if least is None or not rotation.degrees or rotation.confidence < least:
            return
        with mupdf_at_work(self._name, f"page {index + 1} is damaged"):
            page = page_of(self._document, index)
            if self._first_use.setdefault(page.xref, index) == index:
                page.set_rotation((page.rotation + rotation.degrees) % 360)
        report = self._reports.get(index) or PageReport(index=index, action="skipped")
        self._reports[index] = attrs.evolve(report, rotated=rotation.degrees)

    def save(self) -> Report:
        """Write the result to the destination and close the file.

        Returns
        -------
        Report
        """
        before = self._part.path.stat().st_size
        changed = self._archive or any(
            report.rotated or report.action in ("added", "replaced", "removed") for report in self._reports.values()
        )
        anew = self._archive or (changed and not self._document.can_save_incrementally())
        many = max([len(self), *(index + 1 for index in self._reports)])  # repaired files have fewer than they said
        pages = tuple(self._reports.get(i) or PageReport(index=i, action="skipped") for i in range(many))
        try:
            with mupdf_at_work(self._part.name, "the result could not be saved"):
                if changed:
                    self._save_changes(anew)
                self._document.close()  # Windows renames no open file
            if anew:
                os.replace(self._whole, self._part.path)
        finally:
            self._whole.unlink(missing_ok=True)
        after = self._part.path.stat().st_size
        self._part.deliver()
        return Report(pages=pages, size_before=before, size_after=after, rewritten=anew, pdfa=self._archive)

    # What follows changes the open file.

    def _write_layer(self, target: pymupdf.Page, page: Page) -> PageReport:
        keeps = self._settings.mode in (LayerMode.SKIP, LayerMode.MIXED)
        removed = False if keeps else self._remove_layers(target)
        font_name = self._font_name(target)
        stream = content_stream(page, to_user_space(target, page.size), self._font, font_name)
        if not stream:
            return PageReport(index=page.index, action="removed" if removed else "empty")
        self._prepend(target, stream, font_name)
        return PageReport(index=page.index, action="replaced" if removed else "added", words=words_of(page))

    def _remove_layers(self, page: pymupdf.Page) -> bool:
        """Drop our layer from a page, and in the mode ``redo`` all invisible text; tell whether there was any."""
        document = self._document
        streams = streams_of(page)
        fonts = {xref: document.xref_get_key(xref, _MARK)[1] for xref in streams}
        kept = [xref for xref in streams if not _FONT.fullmatch(fonts[xref])]
        removed = len(kept) < len(streams)
        if removed:
            self._set_contents(page, kept)
            self._own_fonts(page)
            for font in {fonts[xref] for xref in streams if xref not in kept}:
                document.xref_set_key(page.xref, f"Resources/Font{font}", "null")
        if self._settings.mode is LayerMode.REDO:
            content = b"\n".join(document.xref_stream(xref) or b"" for xref in kept)
            stripped = without_invisible_text(content)
            if stripped is not content:
                self._set_contents(page, [new_stream(document, stripped)])  # pages may share the old ones
            in_forms = FormStripper(document, page).strip(content)
            removed |= in_forms or stripped is not content
        return removed

    def _prepend(self, page: pymupdf.Page, stream: bytes, font_name: str) -> None:
        document = self._document
        layer = new_stream(document, stream, f"/{_MARK}/{font_name}")
        self._set_contents(page, [layer, *streams_of(page)])
        if not self._font_xref:
            self._font_xref = new_object(document, "<<>>")
        document.xref_set_key(page.xref, f"Resources/Font/{font_name}", f"{self._font_xref} 0 R")

    def _set_contents(self, page: pymupdf.Page, streams: Iterable[int]) -> None:
        references = " ".join(f"{xref} 0 R" for xref in streams)
        self._document.xref_set_key(page.xref, "Contents", f"[{references}]")

    def _font_name(self, page: pymupdf.Page) -> str:
        """Return a font name that is free in the page's resources."""
        document, xref = self._document, page.xref
        self._own_fonts(page)
        number = 0
        while document.xref_get_key(xref, f"Resources/Font/{_FONT_NAME}{number or ''}")[0] != "null":
            number += 1
        return f"{_FONT_NAME}{number or ''}"

    def _own_fonts(self, page: pymupdf.Page) -> None:
        """Give the page resources and fonts of its own, since pages may share and inherit them."""
        own_dictionary(self._document, page.xref, "Resources", inherited=True)
        own_dictionary(self._document, page.xref, "Resources/Font")

    def _save_changes(self, anew: bool) -> None:
        if self._font_xref:
            self._font.write(self._document, self._font_xref)
        if self._archive:
            if self._settings.mode is LayerMode.REDO:  # not all that was to be replaced may have been
                _check_archivable(self._document, self._name)
            make_pdfa(self._document)
        keep = pymupdf.PDF_ENCRYPT_KEEP
        if anew:
            self._document.save(str(self._whole), encryption=keep, garbage=int(self._archive))
        else:
            self._document.save(str(self._part.path), incremental=True, encryption=keep)

    @property
    def _whole(self) -> Path:
        """Where a damaged file is written anew, before it becomes the part."""
        return self._part.path.with_suffix(".whole")


def merged(parts: Sequence[tuple[bytes | Path, str]], settings: WriteSettings) -> bytes:
    """Put pictures and PDFs one behind the other into a new PDF.

    Parameters
    ----------
    parts : sequence of (bytes or Path, str)
        Files, and what to call each in an error.
    settings : WriteSettings

    Returns
    -------
    bytes
        Not encrypted, whatever its parts are.

    Raises
    ------
    InputError
        If one of them cannot be read, or must not be changed.
    """
    with mupdf_at_work("list"), pymupdf.open() as whole:
        for content, name in parts:
            with open_pdf(_as_pdf(content, name, settings), name, settings.password) as part:
                _check_changeable(part, name, settings)
                whole.insert_pdf(part)
        return bytes(whole.tobytes())


def _as_pdf(content: bytes | Path, name: str, settings: WriteSettings) -> bytes | Path:
    """Return a PDF as it is, and a picture wrapped into one."""
    if is_pdf(content):
        return content
    picture = content if isinstance(content, bytes) else content.read_bytes()
    header = read_header(picture, name, settings.limits)
    return pictures_to_pdf(picture, header, name, settings.image_dpi, in_rgb=settings.pdfa)


def _fill(part: Path, content: bytes | Path) -> None:
    if isinstance(content, Path):
        shutil.copyfile(content, part)
    else:
        part.write_bytes(content)


def _check_changeable(document: pymupdf.Document, name: str, settings: WriteSettings) -> None:
    if not document.permissions & pymupdf.PDF_PERM_MODIFY:
        raise EncryptedPdfError(name, "permission")
    if not settings.allow_signed and is_signed(document):
        raise SignedPdfError(name)


def _check_archivable(document: pymupdf.Document, name: str, *, redo: bool = False) -> None:
    reasons = hindrances(document, _MARK, redo=redo)
    if reasons:
        raise PdfaError(name, reasons)
