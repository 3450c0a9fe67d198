"""The Tesseract binary as an engine: one process a page, killed at its deadline.

Takes a page image, hands it over on standard input as PNM (no temporary file, no compression),
reads hOCR back, since that has boxes, confidences, baselines and text direction in one.

References
----------
hOCR 1.2, https://kba.github.io/hocr-spec/1.2/ ; Tesseract's writer, src/api/hocrrenderer.cpp.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import attrs
import cv2
import numpy as np
from attrs import validators

from ocrkit.checks import as_names, as_seconds
from ocrkit.document import Line, Page, Word
from ocrkit.errors import EngineFailedError, EngineTimeoutError, EngineUnavailableError
from ocrkit.geometry import Homography, Point, Quad
from ocrkit.image import PageImage
from ocrkit.spec import EngineSettings

_NAME = "tesseract"
_PLATFORM = sys.platform
_LARGEST_SIDE = 32_767  # pixels; Tesseract keeps coordinates in 16 bits


@attrs.frozen(kw_only=True)
class TesseractSettings:
    """How to run Tesseract.

    Parameters
    ----------
    languages : tuple of str
        Names of installed ``.traineddata`` files.
    segmentation : int
        Page segmentation mode, Tesseract's ``--psm``: 3 looks for blocks and columns, 6 takes the
        page as one block, 11 finds scattered text.
    page_timeout : float, optional
        Seconds after which the process is killed.
    threads : int, optional
        Threads of one process; more than one seldom pays. If None, Tesseract takes four, which hold each other up for
        several times as long where there are fewer processors. The variable ``OMP_THREAD_LIMIT`` outdoes both.
    binary : str
        Name or path of the program.
    """

    languages: tuple[str, ...] = attrs.field(default=("eng",), converter=as_names, validator=validators.min_len(1))
    segmentation: int = attrs.field(default=3, validator=validators.in_(range(14)))
    page_timeout: float | None = attrs.field(default=None, validator=as_seconds)
    # attrs takes the type from the default alone
    threads: int | None = attrs.field(default=1, validator=validators.optional(validators.ge(1)))  # type: ignore[arg-type]
    binary: str = "tesseract"


@attrs.frozen
class TesseractEngine:
    """Read pages with the Tesseract binary.

    Parameters
    ----------
    settings : TesseractSettings

    Examples
    --------
    >>> import numpy as np
    >>> engine = TesseractEngine.create()
    >>> engine.read(PageImage(pixels=np.full((60, 200), 255, np.uint8))).lines
    ()
    """

    settings: TesseractSettings = attrs.field(factory=TesseractSettings)
    version: str = attrs.field(default="", eq=False)

    @classmethod
    def create(cls, settings: EngineSettings | TesseractSettings | None = None) -> TesseractEngine:
        """Make the engine after looking that the binary and the languages are there.

        Raises
        ------
        EngineUnavailableError
            If the binary or a language is missing; it names the command that installs it.
        """
        if settings is None or isinstance(settings, EngineSettings):
            known = settings or EngineSettings()
            settings = TesseractSettings(  # words of one's own are for engines whose lexicon takes them as ours does
                languages=known.languages, page_timeout=known.page_timeout, threads=known.threads
            )
        return cls(settings, version=_checked_version(settings))

    def read(self, image: PageImage, /) -> Page:
        """Read one page; see `ocrkit.spec.OcrEngine.read`."""
        image = _within_16_bits(image)
        lines = [line.mapped(image.to_caller) for line in _lines(self._hocr(image))]
        return Page(lines=lines, size=image.caller_size, dpi=image.dpi, index=image.index)

    def _hocr(self, image: PageImage) -> bytes:
        use = self.settings
        command = [use.binary, "stdin", "stdout", "-l", "+".join(use.languages), "--psm", str(use.segmentation)]
        if image.dpi:
            command += ["--dpi", str(round(image.dpi[1]))]
        environment = ({"OMP_THREAD_LIMIT": str(use.threads)} if use.threads else {}) | os.environ
        try:
            output, said, code = _run([*command, "hocr"], _pnm(image), use.page_timeout, environment)
        except subprocess.TimeoutExpired as error:
            raise EngineTimeoutError(_NAME, error.timeout) from None
        except OSError as error:
            raise EngineFailedError(_NAME, f"the binary {use.binary!r} does not start: {error.strerror}") from error
        if code:
            raise EngineFailedError(_NAME, _last_words(said, code))
        return output


_running: set[subprocess.Popen[bytes]] = set()


def _run(
    command: list[str], content: bytes, timeout: float | None, environment: dict[str, str]
) -> tuple[bytes, bytes, int]:
    """Run a process to its end, or to its deadline; it never outlives this one."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as process:
        _running.add(process)
        try:
            output, said = process.communicate(content, timeout)
        finally:
            process.kill()
            _running.discard(process)
    return output, said, process.returncode


@atexit.register
def _end_what_runs() -> None:
    for process in list(_running):
        process.kill()


def _checked_version(settings: TesseractSettings) -> str:
    binary = settings.binary
    if shutil.which(binary) is None:
        raise EngineUnavailableError(_NAME, f"the program {binary!r} is not on the PATH", _how_to_install())
    output = _ask(binary, "--version")
    installed = _ask(binary, "--list-langs").splitlines()[1:]
    for language in settings.languages:
        if language not in installed:
            raise EngineUnavailableError(
                _NAME, f"it has no data for the language {language!r}", _how_to_install(language)
            )
    return output.split("\n", 1)[0].removeprefix("tesseract ").strip()


def _ask(binary: str, flag: str) -> str:
    try:
        done = subprocess.run([binary, flag], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineUnavailableError(
            _NAME, f"'{binary} {flag}' does not run ({error})", "Install Tesseract anew."
        ) from error
    return done.stdout or done.stderr


def _how_to_install(language: str | None = None) -> str:
    if _PLATFORM == "darwin":
        return f"Install it with: brew install {'tesseract-lang' if language else 'tesseract'}"
    package = "tesseract-ocr" + (f"-{language.lower().replace('_', '-')}" if language else "")
    if _PLATFORM == "win32":
        return f"Install it from https://github.com/UB-Mannheim/tesseract ({package})"
    return f"Install it with: sudo apt-get install {package}"


def _last_words(stderr: bytes, code: int) -> str:
    spoken = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return spoken[-1] if spoken else f"the process ended with status {code}"


def _within_16_bits(image: PageImage) -> PageImage:
    longest = max(image.width, image.height)
    if longest <= _LARGEST_SIDE:
        return image
    size = tuple(max(1, side * _LARGEST_SIDE // longest) for side in (image.width, image.height))
    stretch = Homography.scaling(image.width / size[0], image.height / size[1])
    return attrs.evolve(
        image,
        pixels=cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA),
        to_caller=image.to_caller @ stretch,
        dpi=image.dpi and (image.dpi[0] * size[0] / image.width, image.dpi[1] * size[1] / image.height),
    )


def _pnm(image: PageImage) -> bytes:
    magic = b"P5" if image.pixels.ndim == 2 else b"P6"
    return b"%s %d %d 255\n" % (magic, image.width, image.height) + np.ascontiguousarray(image.pixels).tobytes()


# hOCR ------------------------------------------------------------------------------------

_XHTML = "{http://www.w3.org/1999/xhtml}"
_LINE_CLASSES = {"ocr_line", "ocr_header", "ocr_textfloat", "ocr_caption"}


def _lines(hocr: bytes) -> Iterator[Line]:
    try:
        root = ElementTree.fromstring(hocr)
    except ElementTree.ParseError as error:
        raise EngineFailedError(_NAME, f"its output is cut short ({error})") from error
    for element in root.iter(f"{_XHTML}span"):
        if element.get("class") in _LINE_CLASSES:
            title = _properties(element)
            turns = round(float(title.get("textangle", ["0"])[0]) / 90) % 4  # counter-clockwise
            words = [word for part in element if (word := _word(part, turns))]
            if words:
                yield _line(words, title, turns)


def _line(words: list[Word], title: dict[str, list[str]], turns: int) -> Line:
    if turns or "baseline" not in title:
        return Line(words=words)
    left, _, right, bottom = (float(v) for v in title["bbox"])
    slope, offset = (float(v) for v in title["baseline"])
    baseline: tuple[Point, Point] = (left, bottom + offset), (right, bottom + offset + slope * (right - left))
    return Line(words=words, baseline=baseline)


def _word(element: ElementTree.Element, turns: int) -> Word | None:
    text = "".join("".join(element.itertext()).split())
    if not text:
        return None
    title = _properties(element)
    corners = Quad.from_bounds(*(float(v) for v in title["bbox"])).points
    confidence = min(1.0, max(0.0, float(title["x_wconf"][0]) / 100))
    # Text turned counter-clockwise by 90 degrees has its own top left at the bottom left.
    return Word(text=text, quad=Quad(corners[-turns:] + corners[:-turns]), confidence=confidence)


def _properties(element: ElementTree.Element) -> dict[str, list[str]]:
    pairs = (part.split() for part in re.split(r";", element.get("title", "")))
    return {name: values for name, *values in pairs}
