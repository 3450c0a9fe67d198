"""Discovery of engines over the entry-point group ``ocrkit``.

Our own engines come in by the same door as a stranger's. A plugin that cannot be imported
must not take the others down with it: it is logged, listed by ``ocrkit doctor``, and left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import cast

import attrs
import pluggy

from ocrkit import hookspecs
from ocrkit.checks import settings_of
from ocrkit.errors import DuplicateEngineError, UnknownEngineError
from ocrkit.spec import EngineEntry, EngineSettings, OcrEngine

_log = logging.getLogger(__name__)

DEFAULT_ENGINE = "ocrkit"


@attrs.frozen
class BrokenPlugin:
    """A plugin that could not be loaded, and why.

    Parameters
    ----------
    name : str
        Name of its entry point.
    reason : str
        What its import raised.
    """

    name: str
    reason: str


def _name_of(point: EntryPoint) -> str:
    distribution = getattr(point, "dist", None)
    return f"{distribution.name}:{point.name}" if distribution else point.name


@cache
def _installed() -> tuple[pluggy.PluginManager, tuple[BrokenPlugin, ...]]:
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    broken = []
    for point in entry_points(group=hookspecs.GROUP):
        try:
            manager.register(point.load(), name=_name_of(point))  # two may call their entry point alike
        except Exception as error:
            _log.warning("plugin %s left out: %s", _name_of(point), error)
            broken.append(BrokenPlugin(_name_of(point), f"{type(error).__name__}: {error}"))
    return manager, tuple(broken)


def manager() -> pluggy.PluginManager:
    """Return the plugin manager with all installed plugins; register your own object on it if you like."""
    return _installed()[0]


def broken_plugins() -> tuple[BrokenPlugin, ...]:
    """Return the plugins that are installed but could not be loaded."""
    return _installed()[1]


def engines() -> Mapping[str, EngineEntry]:
    """List the installed engines by name; none of them is loaded.

    Returns
    -------
    mapping of str to EngineEntry
        Sorted by name.

    Raises
    ------
    DuplicateEngineError
        If two plugins claim one name.

    Examples
    --------
    >>> import ocrkit
    >>> "tesseract" in ocrkit.engines()
    True
    """
    found: dict[str, EngineEntry] = {}
    owners: dict[str, str] = {}
    for implementation in manager().hook.ocrkit_engines.get_hookimpls():
        for entry in _entries_of(implementation):
            if entry.name in found:
                raise DuplicateEngineError(entry.name, (owners[entry.name], implementation.plugin_name))
            found[entry.name] = entry
            owners[entry.name] = implementation.plugin_name
    return MappingProxyType(dict(sorted(found.items())))


def _entries_of(implementation: pluggy.HookImpl) -> list[EngineEntry]:
    """Ask one plugin for its engines; one that breaks over it has none."""
    try:
        return list(cast("Iterable[EngineEntry]", implementation.function()))
    except Exception as error:
        _log.warning("plugin %s left out: %s", implementation.plugin_name, error)
        return []


def load_engine(name: str | None = None, settings: EngineSettings | None = None) -> OcrEngine:
    """Make an engine by name.

    Parameters
    ----------
    name : str, optional
        One of `engines`; the default engine if not given.
    settings : EngineSettings, optional
        Languages, deadline and threads.

    Returns
    -------
    OcrEngine

    Raises
    ------
    UnknownEngineError
        If no plugin brings an engine of this name.
    EngineUnavailableError
        If it is installed but lacks something it needs.
    """
    name = DEFAULT_ENGINE if name is None else name
    known = engines()
    if name not in known:
        raise UnknownEngineError(name, tuple(known))
    return known[name].create(settings_of(settings, EngineSettings))
