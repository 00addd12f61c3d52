"""Streams the movies of any EMPIAR entry into a Scipion project.

Every name is imported on first use: a notebook or the command line must not load Scipion, and
Scipion needs the plugin class only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .api import download, list_movies
    from .plugin import Plugin

_logo = "icon.png"
_references = ["Iudin2023"]

__all__ = ["Plugin", "__version__", "download", "list_movies"]

_HOMES = {"Plugin": ".plugin", "download": ".api", "list_movies": ".api"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
