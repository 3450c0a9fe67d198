"""Several inputs in one call: which files there are, one outcome each, and the exit code of all."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import attrs
import click

from ocrkit.cli.exits import OK, PARTIAL, code_of, message_of, say
from ocrkit.files import NoSuchFolderError, write_whole

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif", ".pdf"}
"""What is taken from a folder; a file that is named itself may be called anything."""
_SINGLE = {".jpg", ".jpeg", ".png", ".bmp"}  # pictures of one page


@attrs.frozen
class Input:
    """One file to read.

    Parameters
    ----------
    path : Path or None
        None is standard input.
    relative : Path
        Where its result belongs below an output folder, without the suffix.
    in_folder : bool
        Whether its folder was named, not the file itself.
    """

    path: Path | None
    relative: Path
    in_folder: bool = False

    @property
    def name(self) -> str:
        """What to call it."""
        return "standard input" if self.path is None else str(self.path)


def find_inputs(sources: tuple[str, ...]) -> list[Input]:
    """Turn arguments into files: folders into what they hold, ``-`` into standard input.

    Raises
    ------
    click.UsageError
        If a folder holds nothing to read, or standard input is named twice.
    """
    found: list[Input] = []
    for source in sources:
        path = Path(source)
        if not source:
            raise click.UsageError("A source is an empty name.")
        if source == "-":
            found.append(Input(None, Path("stdin")))
        elif path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
            if not files:
                raise click.UsageError(f"The folder {source} has no pictures or PDFs.")
            found += [Input(file, file.relative_to(path).with_suffix(""), in_folder=True) for file in files]
        else:
            found.append(Input(path, Path(path.stem)))
    if sum(item.path is None for item in found) > 1:
        raise click.UsageError("Standard input can be read only once.")
    return found


def pages_at_most(inputs: Sequence[Input]) -> int | None:
    """Say how many pages any of the inputs has, if their names tell."""
    return 1 if all(item.path and item.path.suffix.lower() in _SINGLE for item in inputs) else None


def places_of(destination: str, inputs: list[Input], suffix: str) -> list[Path | None]:
    """Return where each input's result goes: None for standard output, a file, or places below a folder.

    A destination is a folder if it is there as one, is written with a slash at its end, or if there are
    several inputs or an input came out of a folder. Folders are made as needed.

    Raises
    ------
    click.UsageError
        If two inputs would get the same place, or the folder is a file.
    NoSuchFolderError
        If the folder of a single file is not there.
    """
    if destination == "-":
        return [None] * len(inputs)
    target = Path(destination)
    written_as_folder = destination.endswith(("/", os.sep))
    if len(inputs) == 1 and not inputs[0].in_folder and not target.is_dir() and not written_as_folder:
        if not target.parent.is_dir():  # before the work, not after it
            raise NoSuchFolderError(2, "there is no such folder; make it first", str(target.parent))
        return [target]
    if target.exists() and not target.is_dir():
        raise click.UsageError(f"{target} is a file, but these sources need a folder.")
    places: dict[Path, Input] = {}
    for item in inputs:
        place = target / item.relative.with_name(item.relative.name + suffix)
        if place in places:
            raise click.UsageError(f"{places[place].name} and {item.name} would both become {place}.")
        places[place] = item
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    return [*places]


Work: TypeAlias = "Callable[[Input, list[Path | None]], tuple[int, dict[str, Any]]]"
"""What is done for an input, given its places; returns its exit code and what to say of it in the report."""


@attrs.define(kw_only=True)
class Batch:
    """Runs one piece of work for each input and keeps account.

    Parameters
    ----------
    inputs : list of Input
    targets : list of list of Path or None
        Where the results of each input go; None is standard output.
    report : Path, optional
        Where the account goes.
    quiet : bool
        No progress bar.
    verbose : bool
        Let an error through with its traceback.

    Raises
    ------
    click.UsageError
        If the report would replace a source or a result.
    NoSuchFolderError
        If the report's folder is not there.
    """

    inputs: list[Input]
    targets: list[list[Path | None]]
    report: Path | None
    quiet: bool
    verbose: bool
    records: list[dict[str, Any]] = attrs.field(factory=list, init=False)
    _claims: set[str] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:  # before the work, not after it
        if self.report is None:
            return
        results = (target for row in self.targets for target in row)
        taken = {os.path.realpath(path) for path in (*results, *(item.path for item in self.inputs)) if path}
        place = os.path.realpath(self.report)
        if str(self.report) == "-" or place in taken:
            raise click.UsageError(f"The report cannot go to {self.report}; name a file of its own.")
        if not Path(place).parent.is_dir():
            raise NoSuchFolderError(2, "there is no such folder; make it first", str(self.report.parent))

    def claimed(self, place: Path) -> Path:
        """Claim a place for a result whose name comes of its page, which no other file of this call may have.

        Raises
        ------
        click.UsageError
            If a source, a result or the report is there, or another such result was written there.
        """
        if not self._claims:
            results = (target for row in self.targets for target in row)
            taken = (*results, *(item.path for item in self.inputs), self.report)
            self._claims = {os.path.realpath(path) for path in taken if path}
        real = os.path.realpath(place)
        if real in self._claims:
            raise click.UsageError(f"{place} would be written twice, or over a source; name another folder.")
        self._claims.add(real)
        return place

    @property
    def any_done(self) -> bool:
        """Whether an input has given a result so far."""
        return any("destination" in record for record in self.records)

    def run(self, work: Work) -> int:
        """Do the work for every input, write the report, and return the exit code of the whole."""
        for item, targets in zip(self.inputs, self.targets, strict=True):
            self._run_one(item, targets, work)
        if self.report:
            write_whole(self.report, (json.dumps({"files": self.records}, indent=2) + "\n").encode())
        codes = [record["exit_code"] for record in self.records]
        failures = [code for code in codes if code != OK]
        if failures and len(failures) < len(codes):
            return PARTIAL
        return int(failures[0]) if failures else OK

    def _run_one(self, item: Input, targets: list[Path | None], work: Work) -> None:
        started = time.perf_counter()
        record: dict[str, Any] = {"source": item.name}
        try:
            with _decoders_silent(unless=self.verbose):
                code, facts = work(item, targets)
            record["destination"] = ", ".join(str(target or "-") for target in targets)
            record |= facts
        except Exception as error:
            nobody_reads = isinstance(error, BrokenPipeError) and None in targets
            if self.verbose or nobody_reads:
                raise
            code = code_of(error)
            record["error"] = message_of(error)
            say(record["error"])
        self.records.append(record | {"exit_code": code, "seconds": round(time.perf_counter() - started, 3)})

    @contextmanager
    def progress(self, item: Input) -> Iterator[Callable[[int], None]]:
        """Show a bar on a terminal; yield a function to call with the number of pages after each page."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console  # 0.03 s, which reading without a terminal need not pay
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(Path(item.name).name, total=None)
            yield lambda count: bar.update(task, total=count, advance=1)


@contextmanager
def _decoders_silent(*, unless: bool) -> Iterator[None]:
    """Keep what libpng, libjpeg and OpenCV print to themselves: an error of ours says it in one line."""
    if unless:
        yield
        return
    kept, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    os.close(sink)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def standard_input() -> BinaryIO:
    """Return standard input as bytes.

    Raises
    ------
    OSError
        If it is closed.
    """
    if sys.stdin is None:
        raise OSError(9, "standard input is closed; open it, or name a file")
    return sys.stdin.buffer


def say_failures(name: str, failures: Iterable[tuple[int, str | None]]) -> int:
    """Say which pages (counted from 0) failed and why; return the exit code for the file."""
    code = OK
    for index, error in failures:
        say(f"{name}, page {index + 1}: {error}")
        code = PARTIAL
    return code
