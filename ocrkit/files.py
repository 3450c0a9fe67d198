"""Files in and out: content taken within limits, results written beside their place and then renamed."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ocrkit.errors import LimitExceededError

_BLOCK = 1 << 20


class NoSuchFolderError(FileNotFoundError):
    """The folder of a result is not there."""


def describe(source: object) -> str:
    """Name an input for people: its path, or what kind of thing it is."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    name = getattr(source, "name", None)
    if isinstance(name, str):
        return name
    return {"bytes": "bytes", "ndarray": "array", "list": "list", "tuple": "list"}.get(type(source).__name__, "input")


def take(source: str | os.PathLike[str] | bytes | BinaryIO, most: int) -> bytes | Path:
    """Return what an input holds, its size checked first; a PDF on disk stays there, as it may be long.

    Parameters
    ----------
    source : path, bytes or binary file
    most : int
        Bytes that it may have.

    Returns
    -------
    bytes or Path

    Raises
    ------
    LimitExceededError
        If it is larger.
    OSError
        If the file is not there or not readable.
    TypeError
        If it is none of these, or a file open as text.
    """
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_file():
            _check(source, path.stat().st_size, most)
            return path if is_pdf(path) and is_unicode(path) else path.read_bytes()
        with path.open("rb") as stream:  # a pipe or device, which states no size
            return _read_stream(stream, most)
    if isinstance(source, bytes):
        _check(source, len(source), most)
        return source
    if not hasattr(source, "read"):
        raise TypeError(
            "an input is a path, bytes, a binary file object, a uint8 array, or a list of these, "
            f"not {type(source).__name__}"
        )
    return _read_stream(source, most)


def _read_stream(stream: BinaryIO, most: int) -> bytes:
    blocks, size = [], 0
    while size <= most and (block := stream.read(_BLOCK)):
        if not isinstance(block, bytes):
            raise TypeError(f"{describe(stream)} is open as text; open it with mode 'rb'")
        blocks.append(block)
        size += len(block)
    _check(stream, size, most)
    return b"".join(blocks)


def _check(source: object, size: int, most: int) -> None:
    if size > most:
        raise LimitExceededError(describe(source), "bytes", size, most)


def is_pdf(content: bytes | Path) -> bool:
    """Tell whether this is a PDF; there may be junk before its header."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            return is_pdf(file.read(1024))
    return b"%PDF-" in content[:1024]


class PartFile:
    """A file that takes its target's place when it is delivered, and is gone otherwise.

    Parameters
    ----------
    target : path or binary file
        A regular file's place, a device or pipe, or an open file. The part lies beside a regular
        file (renaming works on one file system only), else among temporary files.

    Raises
    ------
    OSError
        On entering: if the folder is not there or not writable, or the target is a folder.

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> with PartFile(out) as part:
    ...     _ = part.path.write_bytes(b"whole")
    ...     part.deliver()
    >>> out.getvalue()
    b'whole'
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO) -> None:
        if isinstance(target, (str, os.PathLike)):
            path = Path(target)
            # Resolved, so that a link stays a link and its file is replaced; a pipe has no place to resolve to.
            special = path.exists() and not path.is_file()
            self._target: Path | BinaryIO = path if special else Path(os.path.realpath(path))
        elif not hasattr(target, "write") or isinstance(target, io.TextIOBase):
            raise TypeError(f"a destination is a path or a file open in mode 'wb', not {type(target).__name__}")
        else:
            self._target = target
        self.path = Path()

    def __enter__(self) -> PartFile:
        target = self._target
        if isinstance(target, Path) and target.is_dir():
            raise IsADirectoryError(21, "this is a folder; name a file to write", str(target))
        if isinstance(target, Path) and not target.parent.is_dir():
            raise NoSuchFolderError(2, "there is no such folder; make it first", str(target.parent))
        if not self._is_beside():
            handle, name = tempfile.mkstemp(prefix="ocrkit-", suffix=".part")
            os.close(handle)
            self.path = Path(name)
            return self
        assert isinstance(target, Path)
        self.path = _reserve_beside(target)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.path.unlink(missing_ok=True)

    def deliver(self) -> None:
        """Put what was written into the target's place."""
        target = self._target
        if not isinstance(target, Path):
            with self.path.open("rb") as result:
                shutil.copyfileobj(result, target)
            return
        if self._is_special():
            with self.path.open("rb") as result, target.open("wb") as sink:
                shutil.copyfileobj(result, sink)
            return
        ready = self.path if self._is_beside() else _reserve_beside(target)
        try:
            if ready != self.path:
                shutil.copyfile(self.path, ready)
            with ready.open("rb+") as result:
                os.fsync(result.fileno())
            if target.exists():
                shutil.copymode(target, ready)
            os.replace(ready, target)
        finally:
            ready.unlink(missing_ok=True)

    @property
    def name(self) -> str:
        """What to call the target in an error."""
        return describe(self._target)

    def _is_special(self) -> bool:
        return not isinstance(self._target, Path) or (self._target.exists() and not self._target.is_file())

    def _is_beside(self) -> bool:
        """Tell whether the part lies beside the target; not every library takes names that are no Unicode."""
        return not self._is_special() and is_unicode(self._target)


def is_unicode(target: object) -> bool:
    """Tell whether a path can be written in UTF-8."""
    try:
        str(target).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _reserve_beside(target: Path) -> Path:
    # Python's own temporary files are private to the user; a result has the user's usual mode.
    part = target.parent / f".ocrkit-{os.getpid()}-{os.urandom(6).hex()}.part"
    try:
        part.touch(exist_ok=False)
    except PermissionError as error:
        raise PermissionError(
            error.errno, "this folder cannot be written to; choose another", str(target.parent)
        ) from None
    return part


def check_apart(source: object, destination: object) -> None:
    """Refuse to write into the open file that is read from; a path may be both."""
    if source is destination and not isinstance(source, (str, os.PathLike)):
        raise ValueError("source and destination are one open file; give its path instead")


def write_whole(target: str | os.PathLike[str] | BinaryIO, content: bytes) -> None:
    """Write a result, all of it or nothing; see `PartFile`."""
    with PartFile(target) as part:
        part.path.write_bytes(content)
        part.deliver()
