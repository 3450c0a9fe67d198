"""``ocrkit engines`` and ``ocrkit doctor``: what is installed, and whether it works."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from ocrkit.cli.exits import MISSING_DEPENDENCY, OK
from ocrkit.errors import OcrKitError
from ocrkit.plugins import DEFAULT_ENGINE, broken_plugins, load_engine
from ocrkit.plugins import engines as installed_engines
from ocrkit.testing import draw_page

_PACKAGES = ("numpy", "opencv-python-headless", "pymupdf", "ai-edge-litert", "pi-heif")
_SAMPLE = "Invoice 2048"


@click.command()
def engines() -> None:
    """List the engines that are installed; the default is marked."""
    entries = installed_engines()
    width = max(map(len, entries), default=0)
    for name, entry in entries.items():
        print(f"{'*' if name == DEFAULT_ENGINE else ' '} {name.ljust(width)}  {entry.summary}")


@click.command()
def doctor() -> int:
    """Say what is installed, and try every engine on a drawn page.

    The exit code is 0 if the default engine works, 3 if not.
    """
    print(f"ocrkit {_version('ocrkit')}, Python {platform.python_version()}, {platform.platform()}")
    for package in _PACKAGES:
        print(f"  {package} {_version(package)}")
    healthy = False
    for name in installed_engines():
        works, saying = _examine(name)
        print(f"engine {name}: {saying}")
        healthy |= works and name == DEFAULT_ENGINE
    for plugin in broken_plugins():
        print(f"plugin {plugin.name}: cannot be loaded ({plugin.reason}). Reinstall or remove it")
    return OK if healthy else MISSING_DEPENDENCY


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "is not installed"


def _examine(name: str) -> tuple[bool, str]:
    try:
        engine = load_engine(name)
        text = engine.read(draw_page(_SAMPLE)).text
    except OcrKitError as error:
        return False, str(error)
    except Exception as error:  # a plugin may raise anything
        return False, f"broken ({type(error).__name__}: {error})"
    its_version = getattr(engine, "version", "")
    if _SAMPLE not in text:
        return False, f"{its_version} runs, but read {text!r} where {_SAMPLE!r} is printed".strip()
    return True, f"works {its_version}".strip()
