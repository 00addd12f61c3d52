"""A Scipion project without a window: for the command line, the demo and the tests."""

from .environment import prepare_environment
from .project import open_project
from .runs import (
    follow,
    is_running,
    launch,
    launch_or_attach,
    new_run,
    protocol_class,
)

__all__ = [
    "follow",
    "is_running",
    "launch",
    "launch_or_attach",
    "new_run",
    "open_project",
    "prepare_environment",
    "protocol_class",
]
