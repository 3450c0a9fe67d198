"""JSON with a versioned schema, which reads back into the same document.

The schema is ``document.schema.json`` beside this module. A change that old readers cannot
take raises the first number of `SCHEMA_VERSION`, one that they can ignore the second.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import attrs

from ocrkit.document import Document, Line, Page, Rotation, Word
from ocrkit.errors import ExportError
from ocrkit.geometry import Quad

SCHEMA_VERSION = "1.2"


def dumps(document: Document, *, indent: int | None = None) -> str:
    """Write a document as JSON.

    Parameters
    ----------
    document : Document
    indent : int, optional
        Spaces a level; all on one line if not given.

    Returns
    -------
    str
        Coordinates in pixels of the caller's picture, confidences in [0, 1].

    Examples
    --------
    >>> from ocrkit import Document, Page
    >>> document = Document(pages=[Page(size=(640, 480))])
    >>> loads(dumps(document)) == document
    True
    """
    record = {"schema_version": SCHEMA_VERSION} | attrs.asdict(document, value_serializer=_plain)
    return json.dumps(record, ensure_ascii=False, indent=indent)


def _plain(_: type, __: Any, value: Any) -> Any:
    return value.points if isinstance(value, Quad) else value


def loads(text: str | bytes) -> Document:
    """Read a document back from JSON.

    Parameters
    ----------
    text : str or bytes
        What `dumps` wrote.

    Returns
    -------
    Document

    Raises
    ------
    ExportError
        If it is not JSON, not ours, or of a schema version that this ocrkit does not know.
    """
    try:
        record = json.loads(text)
        version = str(record["schema_version"])
        if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise ExportError(
                f"this JSON has schema version {version}, but this ocrkit reads {SCHEMA_VERSION}; update ocrkit"
            )
        return Document(pages=[_page(page) for page in record["pages"]], engine=record.get("engine", ""))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ExportError(f"this is not a document written by ocrkit ({reason}); write it anew") from error


def schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of what `dumps` writes."""
    content = files("ocrkit.export").joinpath("document.schema.json").read_text("utf-8")
    return dict(json.loads(content))


def _page(record: dict[str, Any]) -> Page:
    return Page(
        lines=[_line(line) for line in record["lines"]],
        size=tuple(record["size"]),
        dpi=record.get("dpi"),
        rotation=Rotation(**{name: record["rotation"][name] for name in ("degrees", "confidence")}),
        index=record["index"],
        status=record["status"],
        error=record.get("error"),
        timings=record.get("timings", ()),
    )


def _line(record: dict[str, Any]) -> Line:
    return Line(words=[_word(word) for word in record["words"]], baseline=record["baseline"])


def _word(record: dict[str, Any]) -> Word:
    return Word(
        text=record["text"],
        quad=Quad(record["quad"]),
        confidence=record["confidence"],
        provenance=record.get("provenance", "kept"),
        raw_confidence=record.get("raw_confidence"),
        cuts=record.get("cuts", ()),
    )
