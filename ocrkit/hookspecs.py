"""The hooks that a plugin may implement, and the marker to do it with.

A plugin is a module (or object) registered in the entry-point group ``ocrkit``::

    # pyproject.toml of the plugin
    [project.entry-points.ocrkit]
    mine = "my_package.plugin"

    # my_package/plugin.py
    from ocrkit.hookspecs import hookimpl
    from ocrkit.spec import EngineEntry

    @hookimpl
    def ocrkit_engines():
        return [EngineEntry("mine", create, "reads my handwriting")]
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from ocrkit.spec import EngineEntry

GROUP = "ocrkit"
"""Name of the entry-point group and of the pluggy project."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def ocrkit_engines() -> Iterable[EngineEntry]:
    """Return the engines that this plugin brings, unbuilt."""
    return ()
