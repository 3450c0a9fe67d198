"""Exit codes and the one line that says what went wrong.

The numbers are OCRmyPDF's where it has one, so that scripts can move over; ours start at 20.
"""

from __future__ import annotations

import os
import sys

import click

from ocrkit.errors import (
    EncryptedPdfError,
    EngineError,
    EngineFailedError,
    EngineTimeoutError,
    EngineUnavailableError,
    ExportError,
    InputError,
    LimitExceededError,
    PdfaError,
    UnknownEngineError,
)
from ocrkit.files import NoSuchFolderError
from ocrkit.inputs import PageSelectionError

OK = 0
BAD_ARGS = 1
INPUT_FILE = 2
MISSING_DEPENDENCY = 3
FILE_ACCESS = 5
CHILD_PROCESS = 7
ENCRYPTED_PDF = 8
PDFA = 10
OTHER = 15
PARTIAL = 20
LIMIT = 21
TIMEOUT = 22
CTRL_C = 130

_CODES: tuple[tuple[type[Exception], int], ...] = (  # the first that fits
    (click.UsageError, BAD_ARGS),
    (PageSelectionError, BAD_ARGS),
    (ExportError, BAD_ARGS),
    (EncryptedPdfError, ENCRYPTED_PDF),
    (PdfaError, PDFA),
    (LimitExceededError, LIMIT),
    (InputError, INPUT_FILE),
    (EngineTimeoutError, TIMEOUT),
    (EngineFailedError, CHILD_PROCESS),
    (EngineUnavailableError, MISSING_DEPENDENCY),
    (UnknownEngineError, BAD_ARGS),
    (EngineError, MISSING_DEPENDENCY),
    (NoSuchFolderError, FILE_ACCESS),
    (FileNotFoundError, INPUT_FILE),
    (OSError, FILE_ACCESS),
)


def code_of(error: Exception) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), OTHER)


def message_of(error: Exception) -> str:
    """Say in one line what is wrong and what to do."""
    return " ".join(_saying(error).split())


def _saying(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        return f"{error.format_message()} Try 'ocrkit --help'."
    if isinstance(error, OSError):
        said = (error.strerror or str(error)).lower()
        return f"{os.fsdecode(error.filename)}: {said}" if error.filename else said
    if code_of(error) == OTHER and not type(error).__module__.startswith("ocrkit"):
        return f"unexpected {type(error).__name__}: {error}. Run again with --verbose and report what it prints"
    return str(error)


def say(message: str) -> None:
    """Print one line to standard error."""
    printable = message.encode("utf-8", "backslashreplace").decode("utf-8")
    print(f"ocrkit: {printable}", file=sys.stderr)
