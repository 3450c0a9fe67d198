"""The command line: arguments in, exit code out, results on standard output, all else on standard error."""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

import click

from ocrkit.cli.exits import BAD_ARGS, CTRL_C, OK, code_of, message_of, say

_CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "OCRKIT", "max_content_width": 100}


class NobodyReads(Exception):
    """The reader of our output has gone."""


_HOMES = {
    "read": "read",
    "pdf": "pdf",
    "engines": "doctor",
    "doctor": "doctor",
    "debug": "debug",
    "synth": "train",
    "train": "train",
}


class _Commands(click.Group):
    """Commands that are imported when they are called: reading a picture need not wait for the PDF library."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        home = _HOMES.get(cmd_name)
        if home is None:
            return None
        command: click.Command = getattr(import_module(f"ocrkit.cli.{home}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; click itself would take a closed pipe for a failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise NobodyReads from error


@click.group(cls=_Commands, context_settings=_CONTEXT)
@click.version_option(package_name="ocrkit", prog_name="ocrkit")
def cli() -> None:
    """Photos and scans into text, and into PDFs whose text can be selected and searched."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of this process if not given.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _prepare()
        code = cli.main(words, prog_name="ocrkit", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; nothing was written for the file in work")
        _leave(CTRL_C)
    except _Terminated as terminated:
        _leave(128 + terminated.signal)
    except (NobodyReads, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = OK
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = BAD_ARGS
    except Exception as error:
        if "--verbose" in words or "-v" in words:
            raise
        say(message_of(error))
        code = code_of(error)
    sys.exit(code or OK)


def _prepare() -> None:
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _terminate)
    # Ours gets a descriptor of its own, since decoders write to that of the process as they like.
    if sys.stderr is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.stderr = os.fdopen(os.dup(2), "w", 1, errors="backslashreplace")
    if sys.stdout is None:
        raise OSError(9, "standard output is closed; open it, or send it to a file")
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")  # whatever the locale: results are for programs to read


class _Terminated(SystemExit):
    """Somebody asked this process to end."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(128 + signal_number)
        self.signal = signal_number


def _terminate(number: int, _: FrameType | None) -> None:
    raise _Terminated(number)


def _leave(code: int) -> None:
    """End now, without waiting for threads that are in the middle of a page."""
    atexit._run_exitfuncs()  # among them the engine's own, which ends its processes
    os._exit(code)
