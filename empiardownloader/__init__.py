"""Streams the movies of any EMPIAR entry into a Scipion project.

``archive``, ``files`` and ``transfer`` know nothing of Scipion: importing them, from a notebook or
the command line, must not load it. So the plugin class is only loaded when Scipion asks for it.
"""

from typing import Any

from .version import __version__

_logo = "icon.png"
_references = ["Iudin2023"]

__all__ = ["Plugin", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Plugin":
        from .plugin import Plugin

        return Plugin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
