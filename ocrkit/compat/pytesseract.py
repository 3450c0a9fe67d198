"""pytesseract's functions over ocrkit: the same names, arguments and results, read by any of our engines.

    from ocrkit.compat import pytesseract

    print(pytesseract.image_to_string("scan.png"))

What differs: pictures are not written to files and no process is started for them; ``config`` has little meaning, since
our engine finds the layout by itself (a warning says so, once an option); text turned by EXIF or by accident is read.
Set `engine` to read with another engine than the default one.

References
----------
.. [1] S. Hoffstaetter, M. Lee, "pytesseract", https://github.com/madmaze/pytesseract
"""

from __future__ import annotations

import functools
import io
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ocrkit.api import ReadSettings, read
from ocrkit.document import Document, Page
from ocrkit.engines.crnn import LANGUAGES
from ocrkit.errors import EngineTimeoutError, EngineUnavailableError, OcrKitError
from ocrkit.export import alto, hocr, tsv
from ocrkit.export.blocks import blocks_of
from ocrkit.inputs import OneSource
from ocrkit.plugins import DEFAULT_ENGINE, load_engine
from ocrkit.spec import OcrEngine

if TYPE_CHECKING:
    from packaging.version import Version

__all__ = [
    "ALTONotSupported",
    "Output",
    "PandasNotSupported",
    "TSVNotSupported",
    "TesseractError",
    "TesseractNotFoundError",
    "get_languages",
    "get_tesseract_version",
    "image_to_alto_xml",
    "image_to_boxes",
    "image_to_data",
    "image_to_osd",
    "image_to_pdf_or_hocr",
    "image_to_string",
    "run_and_get_multiple_output",
    "run_and_get_output",
]

engine: str | None = None
"""Name of the engine that reads; the default engine if None."""
tesseract_cmd = "tesseract"
"""Without meaning here; there, so that what sets it still runs."""
pytesseract = sys.modules[__name__]
"""This module, which pytesseract has inside itself, too."""

_LIKE = "5.0.0"  # Tesseract's version whose results these are like
_BOX_COLUMNS = "char left bottom right top page"
_OSD_KEYS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "Page number": ("page_num", int),
    "Orientation in degrees": ("orientation", int),
    "Rotate": ("rotate", int),
    "Orientation confidence": ("orientation_conf", float),
    "Script": ("script", str),
    "Script confidence": ("script_conf", float),
}


class Output:
    """Kinds of results."""

    BYTES = "bytes"
    DATAFRAME = "data.frame"
    DICT = "dict"
    STRING = "string"


class PandasNotSupported(EnvironmentError):
    """A data frame is wanted, and pandas is not installed."""

    def __init__(self) -> None:
        super().__init__("Missing pandas package; install it with: pip install pandas")


class TesseractError(RuntimeError):
    """The picture could not be read.

    Parameters
    ----------
    status : int
    message : str
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class TesseractNotFoundError(EnvironmentError):
    """The engine lacks something."""


class TSVNotSupported(EnvironmentError):
    """Never raised here."""


class ALTONotSupported(EnvironmentError):
    """Never raised here."""


def get_languages(config: str = "", cached: bool = False) -> list[str]:
    """List the languages that can be read: those that write with Western Europe's letters, for our engine."""
    _heed(config)
    if (engine or DEFAULT_ENGINE) != "tesseract":
        return sorted((*LANGUAGES, "osd"))
    import subprocess

    done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[1:]


def get_tesseract_version(cached: bool = False) -> Version:
    """Give the version of Tesseract that results are like, with ocrkit's own behind a plus sign.

    Raises
    ------
    ImportError
        If the package ``packaging`` is not installed, on which pytesseract depends.
    """
    from packaging.version import Version

    return Version(f"{_LIKE}+ocrkit.{version('ocrkit')}")


def image_to_string(
    image: Any,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
) -> Any:
    """Read a picture's text: lines, an empty line between blocks, a form feed between pages.

    Parameters
    ----------
    image : PIL image, ndarray in RGB, or path
        Of a picture, or of a text file with paths of pictures.
    lang : str, optional
        As Tesseract writes them: ``eng+fra``.
    config : str
        Tesseract's options. ``-l`` and ``--dpi`` have a meaning; of others a warning tells that they have none.
    nice : int
        Without meaning here, since no process is started.
    output_type : str
        One of `Output`.
    timeout : float
        Seconds; 0 for none.

    Raises
    ------
    TesseractError
        If the picture cannot be read.
    TesseractNotFoundError
        If the engine lacks something.
    RuntimeError
        If it takes longer than `timeout`.
    """
    text = run_and_get_output(image, "txt", lang, config, nice, timeout)
    return {
        Output.BYTES: text.encode,
        Output.DICT: lambda: {"text": text},
        Output.STRING: lambda: text,
    }[output_type]()


def image_to_boxes(
    image: Any,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
) -> Any:
    """Give every character and its box: left, bottom, right, top in pixels from the *bottom* left; the page, from 0.

    Parameters and errors are those of `image_to_string`.
    """
    text = run_and_get_output(image, "box", lang, config, nice, timeout)
    return {
        Output.BYTES: text.encode,
        Output.DICT: lambda: _columns(f"{_BOX_COLUMNS}\n{text}", " ", 0),
        Output.STRING: lambda: text,
    }[output_type]()


def image_to_data(
    image: Any,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
    pandas_config: dict[str, Any] | None = None,
) -> Any:
    """Give pages, blocks, lines and words with boxes and confidences, in the columns of Tesseract's TSV.

    Parameters and errors are those of `image_to_string`; `pandas_config` goes to ``pandas.read_csv``.
    """
    text = run_and_get_output(image, "tsv", lang, config, nice, timeout)
    return {
        Output.BYTES: text.encode,
        Output.DATAFRAME: lambda: _frame(text, pandas_config),
        Output.DICT: lambda: _columns(text, "\t", -1),
        Output.STRING: lambda: text,
    }[output_type]()


def image_to_osd(
    image: Any,
    lang: str | None = "osd",
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
) -> Any:
    """Say which way is up; the confidence is ours times 100, and the script is always Latin.

    Parameters and errors are those of `image_to_string`. A page without text is an error, as it is for Tesseract.
    """
    text = run_and_get_output(image, "osd", None if lang == "osd" else lang, config, nice, timeout)
    pairs = (line.split(": ") for line in text.splitlines())
    return {
        Output.BYTES: text.encode,
        Output.DICT: lambda: {_OSD_KEYS[key][0]: _OSD_KEYS[key][1](value) for key, value in pairs},
        Output.STRING: lambda: text,
    }[output_type]()


def image_to_pdf_or_hocr(
    image: Any, lang: str | None = None, config: str = "", nice: int = 0, extension: str = "pdf", timeout: float = 0
) -> bytes:
    """Make a searchable PDF, or hOCR. Parameters and errors are those of `image_to_string`."""
    if extension not in {"pdf", "hocr"}:
        raise ValueError(f"Unsupported extension: {extension}")
    return bytes(run_and_get_output(image, extension, lang, config, nice, timeout, return_bytes=True))


def image_to_alto_xml(
    image: Any, lang: str | None = None, config: str = "", nice: int = 0, timeout: float = 0
) -> bytes:
    """Make ALTO, version 4.4. Parameters and errors are those of `image_to_string`."""
    return bytes(run_and_get_output(image, "xml", lang, config, nice, timeout, return_bytes=True))


def run_and_get_output(
    image: Any,
    extension: str = "",
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    timeout: float = 0,
    return_bytes: bool = False,
) -> Any:
    """Read once and give one format: txt, box, tsv, hocr, xml (ALTO), osd or pdf."""
    return _read_as([extension or "txt"], image, lang, config, nice, timeout, return_bytes, always_bytes={"pdf"})[0]


def run_and_get_multiple_output(
    image: Any,
    extensions: Sequence[str],
    lang: str | None = None,
    nice: int = 0,
    timeout: float = 0,
    return_bytes: bool = False,
) -> list[Any]:
    """Read once and give several formats; ``pdf`` and ``hocr`` are bytes."""
    return _read_as(extensions, image, lang, "", nice, timeout, return_bytes, always_bytes={"pdf", "hocr"})


def _read_as(
    extensions: Sequence[str],
    image: Any,
    lang: str | None,
    config: str,
    nice: int,
    timeout: float,
    return_bytes: bool,
    always_bytes: set[str],
) -> list[Any]:
    unknown = [extension for extension in extensions if extension not in (*_WRITERS, "pdf")]
    if unknown:
        raise TesseractError(1, f"no format {unknown[0]!r}; there are {', '.join((*_WRITERS, 'pdf'))}")
    options = _heed(config)
    if nice:
        _say_once("nice")
    dpi = options.get("--dpi")
    if dpi is not None and not re.fullmatch(r"[1-9]\d{0,4}", dpi):
        raise TesseractError(1, f"--dpi wants a whole number of dots per inch, not {dpi!r}")
    languages = _languages(lang or options.get("-l"))
    source = _source(image)
    try:
        reader = _engine(engine or DEFAULT_ENGINE, languages, float(timeout) or None)
        document = read(source, reader, settings=ReadSettings(languages=languages))
        found = [
            _pdf(source, document, dpi) if extension == "pdf" else _WRITERS[extension](document)
            for extension in extensions
        ]
    except EngineTimeoutError as error:
        raise RuntimeError("Tesseract process timeout") from error
    except EngineUnavailableError as error:
        raise TesseractNotFoundError(str(error)) from error
    except (OcrKitError, OSError) as error:
        raise TesseractError(1, str(error)) from error
    wanted = zip(extensions, found, strict=True)
    return [
        text.encode() if isinstance(text, str) and (return_bytes or extension in always_bytes) else text
        for extension, text in wanted
    ]


@functools.lru_cache(maxsize=4)
def _engine(name: str, languages: tuple[str, ...], timeout: float | None) -> OcrEngine:
    return load_engine(name, ReadSettings(languages=languages, page_timeout=timeout).for_engine(pages=1))


def _languages(lang: str | None) -> tuple[str, ...]:
    languages = tuple(code for code in (lang or "eng").split("+") if code and code != "osd")
    strange = [code for code in languages if code not in LANGUAGES]
    if strange and (engine or DEFAULT_ENGINE) == DEFAULT_ENGINE:
        raise TesseractError(
            1,
            f"the engine {DEFAULT_ENGINE!r} does not read {strange[0]!r}; "
            'set pytesseract.engine = "tesseract", or choose one of get_languages()',
        )
    return languages or ("eng",)


def _source(image: Any) -> OneSource | list[OneSource]:
    """Return what `read` takes: an array, a path, or the paths that a text file lists."""
    if isinstance(image, np.ndarray):
        return _shown(image)
    if isinstance(image, str):
        if Path(image).suffix.lower() != ".txt":
            return image
        try:
            return [line.strip() for line in Path(image).read_text("utf-8").splitlines() if line.strip()]
        except OSError as error:
            raise TesseractError(1, str(error)) from error
    if hasattr(image, "getbands") and hasattr(image, "convert"):  # a PIL image; Pillow need not be there
        if "A" in image.getbands() or "transparency" in getattr(image, "info", {}):
            pixels = np.asarray(image.convert("RGBA"), np.float32)
            share = pixels[..., 3:] / 255
            return np.asarray(pixels[..., :3] * share + 255 * (1 - share) + 0.5, np.uint8)
        if image.mode.startswith("I;16"):
            return np.asarray(np.asarray(image) >> 8, np.uint8)
        return np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))
    raise TypeError("Unsupported image object")


def _shown(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return pixels as our engines take them: an alpha channel lies on white, truth is black and white."""
    if pixels.dtype == np.bool_:
        return np.asarray(pixels * np.uint8(255), np.uint8)
    if pixels.dtype == np.uint16:
        return _shown((pixels >> 8).astype(np.uint8))
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        return pixels[..., 0]
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        share = pixels[..., 3:] / np.float32(255)
        return np.asarray(pixels[..., :3] * share + 255 * (1 - share) + 0.5, np.uint8)
    return pixels


def _heed(config: str) -> dict[str, str]:
    """Take Tesseract's options apart, and warn of those without meaning here."""
    words = shlex.split(config or "", posix=sys.platform != "win32")
    options: dict[str, str] = {}
    while words:
        word = words.pop(0)
        value = words.pop(0) if word.startswith("-") and words else ""
        options[word] = value
        if word not in ("-l", "--dpi"):
            _say_once(value.partition("=")[0] if word == "-c" else word)
    return options


@functools.cache
def _say_once(option: str) -> None:
    warnings.warn(f"{option} of Tesseract has no meaning for ocrkit and is ignored", stacklevel=5)


# Formats ---------------------------------------------------------------------------------


def _txt(document: Document) -> str:
    pages = ("\n\n".join("\n".join(line.text for line in block) for block in blocks_of(p)) for p in document.pages)
    return "\f".join(f"{text}\n" if text else "" for text in pages)


def _box(document: Document) -> str:
    return "".join(row for page in document.pages for row in _box_rows(page))


def _box_rows(page: Page) -> list[str]:
    width, height = page.size
    rows = []
    for word in page.words:
        for character, quad in word.characters:
            left, top, right, bottom = quad.bounds
            places = (max(round(left), 0), max(height - round(bottom), 0), min(round(right), width))
            rows.append(f"{character} {' '.join(map(str, places))} {min(height - round(top), height)} {page.index}\n")
    return rows


def _osd(document: Document) -> str:
    rows = []
    for page in document.pages:
        if not page.lines:
            raise TesseractError(1, "Too few characters. Skipping this page")
        rotation = page.rotation
        rows += [
            f"Page number: {page.index}",
            f"Orientation in degrees: {-rotation.degrees % 360}",
            f"Rotate: {rotation.degrees}",
            f"Orientation confidence: {100 * rotation.confidence:.2f}",
            "Script: Latin",
            "Script confidence: 1.00",
        ]
    return "\n".join(rows) + "\n"


def _pdf(source: Any, document: Document, dpi: str | None) -> bytes:
    from ocrkit.image import as_png
    from ocrkit.pdf import WriteSettings, add_text_layer

    writing = WriteSettings(image_dpi=float(dpi) if dpi else None)
    content = as_png(source) if isinstance(source, np.ndarray) else source
    if isinstance(content, list):
        from ocrkit.pdf.writer import merged

        content = merged([(Path(path).read_bytes(), path) for path in content], writing)
    add_text_layer(content, document, out := io.BytesIO(), settings=writing)
    return out.getvalue()


_WRITERS: dict[str, Callable[[Document], str]] = {
    "txt": _txt,
    "box": _box,
    "tsv": tsv.dumps,
    "hocr": hocr.dumps,
    "xml": alto.dumps,
    "osd": _osd,
}


def _columns(table: str, delimiter: str, text_column: int) -> dict[str, list[Any]]:
    """Turn a table into lists by column: whole numbers, but for the column of texts."""
    header, *rows = (row.split(delimiter) for row in table.rstrip("\n").split("\n"))
    texts = header[text_column]
    if not rows:
        return {}
    return {name: [row[at] if name == texts else int(float(row[at])) for row in rows] for at, name in enumerate(header)}


def _frame(table: str, pandas_config: dict[str, Any] | None) -> Any:
    try:
        import pandas
    except ImportError as error:
        raise PandasNotSupported from error
    return pandas.read_csv(io.StringIO(table), **({"quoting": 3, "sep": "\t"} | (pandas_config or {})))
