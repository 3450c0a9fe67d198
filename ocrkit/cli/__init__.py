"""The command line: arguments in, exit code out, results on standard output, all else on standard error."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click

from ocrkit import __version__
from ocrkit.cli.exits import BAD_ARGS, CTRL_C, OK, code_of, message_of, say

_CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "OCRKIT", "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="ocrkit")
def cli() -> None:
    """Photos and scans into text, and into PDFs whose text can be selected and searched."""


def _add_commands() -> None:
    from ocrkit.cli.doctor import doctor, engines
    from ocrkit.cli.pdf import pdf
    from ocrkit.cli.read import read

    for command in (read, pdf, engines, doctor):
        cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of this process if not given.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # before cv2 is imported: one message an error is enough
    signal.signal(signal.SIGTERM, _terminate)
    _add_commands()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(words, prog_name="ocrkit", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        say("interrupted; nothing was written for the file in work")
        _leave(CTRL_C)
    except _Terminated:
        _leave(128 + signal.SIGTERM)
    except BrokenPipeError:  # the reader of our output has gone
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


class _Terminated(SystemExit):
    """Somebody asked this process to end."""


def _terminate(_: int, __: FrameType | None) -> None:
    raise _Terminated


def _leave(code: int) -> None:
    """End now, without waiting for threads that are in the middle of a page."""
    atexit._run_exitfuncs()  # among them the engine's own, which ends its processes
    sys.stdout.flush()
    os._exit(code)
