"""Exit codes and the one line that says what went wrong.

The numbers are OCRmyPDF's where it has one, so that scripts can move over; ours start at 20.
"""

from __future__ import annotations

import sys

import click

from ocrkit.errors import (
    EncryptedPdfError,
    EngineFailedError,
    EngineTimeoutError,
    EngineUnavailableError,
    InputError,
    LimitExceededError,
    UnknownEngineError,
)
from ocrkit.inputs import PageSelectionError

OK = 0
BAD_ARGS = 1
INPUT_FILE = 2
MISSING_DEPENDENCY = 3
FILE_ACCESS = 5
CHILD_PROCESS = 7
ENCRYPTED_PDF = 8
OTHER = 15
PARTIAL = 20
LIMIT = 21
TIMEOUT = 22
CTRL_C = 130

_CODES: tuple[tuple[type[Exception], int], ...] = (  # the first that fits
    (click.UsageError, BAD_ARGS),
    (PageSelectionError, BAD_ARGS),
    (EncryptedPdfError, ENCRYPTED_PDF),
    (LimitExceededError, LIMIT),
    (InputError, INPUT_FILE),
    (EngineTimeoutError, TIMEOUT),
    (EngineFailedError, CHILD_PROCESS),
    (EngineUnavailableError, MISSING_DEPENDENCY),
    (UnknownEngineError, BAD_ARGS),
    (FileNotFoundError, INPUT_FILE),
    (OSError, FILE_ACCESS),
)


def code_of(error: Exception) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), OTHER)


def message_of(error: Exception) -> str:
    """Say in one line what is wrong and what to do."""
    if isinstance(error, click.UsageError):
        return f"{error.format_message()} Try 'ocrkit --help'."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {(error.strerror or str(error)).lower()}"
    if code_of(error) == OTHER and not type(error).__module__.startswith("ocrkit"):
        return f"unexpected {type(error).__name__}: {error}. Run again with --verbose and report what it prints"
    return " ".join(str(error).split())


def say(message: str) -> None:
    """Print one line to standard error."""
    print(f"ocrkit: {message}", file=sys.stderr)
