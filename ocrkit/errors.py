"""Everything that ocrkit raises on purpose.

The whole tree::

    OcrKitError
    ├── InputError                    the picture or PDF that was given
    │   ├── UnreadableImageError      not a picture we can decode, or damaged
    │   │   └── UnreadablePdfError    not a PDF, damaged, or without pages
    │   ├── EncryptedPdfError         a password, or the owner's, is needed
    │   ├── SignedPdfError            a change would break a digital signature
    │   ├── PdfaError                 a PDF that cannot become PDF/A
    │   └── LimitExceededError        more pixels, pages or bytes than allowed
    ├── EngineError                   the engine that was asked to read
    │   ├── UnknownEngineError        no engine of that name is installed
    │   ├── DuplicateEngineError      two plugins claim one name
    │   ├── EngineUnavailableError    installed, but something it needs is not
    │   └── EngineFailedError         it broke on this page
    │       └── EngineTimeoutError    it was stopped at the page's deadline
    ├── ReadCancelledError            the caller no longer wants it
    ├── ModelError                    a model file that does not fit
    └── ExportError                   a document that cannot be written or read back

A mistake in the call itself (a wrong type, a number out of range) is a `TypeError` or
`ValueError`, and a file that is not there stays the `OSError` that Python raised. Every
error keeps its facts as attributes, takes them as positional arguments (so that it can be
pickled between processes), and ends with what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence


class OcrKitError(Exception):
    """Root of the tree: catch it to catch all of ours."""


class InputError(OcrKitError):
    """The picture or PDF cannot be read as asked."""


class UnreadableImageError(InputError):
    """A picture that cannot be decoded.

    Parameters
    ----------
    source : str
        Name of the input, as the caller knows it.
    reason : str
        What is wrong with it, and what to do.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class UnreadablePdfError(UnreadableImageError):
    """A PDF that cannot be opened, has no pages, or is damaged beyond repair."""


_PASSWORD_SAYINGS = {
    "missing": "this PDF is encrypted; give its password",
    "wrong": "the password does not open this PDF; check it and try again",
    "permission": "this PDF forbids changes to its pages; give the owner's password instead of the reader's",
}


class EncryptedPdfError(InputError):
    """A PDF that wants a password, or forbids the change without its owner's password.

    Parameters
    ----------
    source : str
        Name of the input.
    reason : {'missing', 'wrong', 'permission'}
        No password was given, it does not fit, or it opens the file but may not change it.
    """

    def __init__(self, source: str, reason: str = "missing") -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {_PASSWORD_SAYINGS.get(self.reason, self.reason)}"


class SignedPdfError(InputError):
    """A digitally signed PDF: any change makes viewers doubt the signature.

    Parameters
    ----------
    source : str
        Name of the input.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.source = source

    def __str__(self) -> str:
        return (
            f"{self.source}: this PDF is digitally signed and a text layer would invalidate the signature; "
            "allow it with allow_signed=True (on the command line --invalidate-digital-signatures)"
        )


class PdfaError(InputError):
    """A PDF that holds what archives do not take, and that cannot be mended without losing something.

    Parameters
    ----------
    source : str
        Name of the input.
    reasons : sequence of str
        What it holds.
    """

    def __init__(self, source: str, reasons: Sequence[str]) -> None:
        super().__init__(source, tuple(reasons))
        self.source = source
        self.reasons = tuple(reasons)

    def __str__(self) -> str:
        return (
            f"{self.source}: this PDF cannot become PDF/A, since it has {', '.join(self.reasons)}; leave it a PDF, or "
            "convert it with OCRmyPDF: ocrmypdf --plugin ocrkit.contrib.ocrmypdf --output-type pdfa"
        )


class LimitExceededError(InputError):
    """An input larger than the limits in force, found before it was decoded.

    Parameters
    ----------
    source : str
        Name of the input.
    what : {'pixels', 'pages', 'bytes'}
        The quantity, which is also the name of the field of `ocrkit.Limits`.
    value, limit : int
        How much there is and how much is allowed.
    """

    def __init__(self, source: str, what: str, value: int, limit: int) -> None:
        super().__init__(source, what, value, limit)
        self.source = source
        self.what = what
        self.value = value
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"{self.source}: {self.value:,} {self.what}, but the limit is {self.limit:,}; "
            f"if you trust the file raise it with Limits({self.what}=...) (on the command line --max-{self.what})"
        )


class EngineError(OcrKitError):
    """Something about an engine."""


class UnknownEngineError(EngineError):
    """No engine of this name is installed.

    Parameters
    ----------
    name : str
        The name asked for.
    known : sequence of str
        The names that are installed.
    """

    def __init__(self, name: str, known: Sequence[str] = ()) -> None:
        super().__init__(name, tuple(known))
        self.name = name
        self.known = tuple(known)

    def __str__(self) -> str:
        have = ", ".join(self.known) or "none"
        return (
            f"no engine is called {self.name!r}; installed: {have}. "
            "Choose one of these, or install the plugin that brings it"
        )


class DuplicateEngineError(EngineError):
    """Two plugins register an engine under one name.

    Parameters
    ----------
    name : str
        The name claimed twice.
    owners : sequence of str
        The plugins that claim it.
    """

    def __init__(self, name: str, owners: Sequence[str] = ()) -> None:
        super().__init__(name, tuple(owners))
        self.name = name
        self.owners = tuple(owners)

    def __str__(self) -> str:
        return f"the engine name {self.name!r} is claimed by {' and by '.join(self.owners)}; uninstall one of them"


class EngineUnavailableError(EngineError):
    """An engine is installed, but something it needs is missing.

    Parameters
    ----------
    name : str
        The engine.
    missing : str
        What it lacks.
    remedy : str
        The command or action that provides it.
    """

    def __init__(self, name: str, missing: str, remedy: str) -> None:
        super().__init__(name, missing, remedy)
        self.name = name
        self.missing = missing
        self.remedy = remedy

    def __str__(self) -> str:
        return f"engine {self.name!r} cannot run: {self.missing}. {self.remedy}"


class EngineFailedError(EngineError):
    """An engine broke while it read a page.

    Parameters
    ----------
    name : str
        The engine.
    reason : str
        What it said.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"engine {self.name!r} failed: {self.reason}"


class EngineTimeoutError(EngineFailedError):
    """An engine was stopped because the page took longer than allowed.

    Parameters
    ----------
    name : str
        The engine.
    seconds : float
        The deadline it missed.
    """

    def __init__(self, name: str, seconds: float) -> None:
        super().__init__(name, f"no result within {seconds:g} s")
        self.args = (name, seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return (
            f"engine {self.name!r} was stopped: {self.reason}; "
            "allow more with page_timeout=... (on the command line --page-timeout)"
        )


class ReadCancelledError(OcrKitError):
    """Reading was ended from outside, by the token in `ocrkit.ReadSettings`."""

    def __str__(self) -> str:
        return "reading was cancelled; start it again for the rest"


class ModelError(OcrKitError):
    """A model file that is missing, damaged, or made for another version.

    Parameters
    ----------
    name : str
        Of the file.
    reason : str
        What is wrong with it, and what to do.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class ExportError(OcrKitError):
    """A document that cannot be written in a format, or read back from it."""
