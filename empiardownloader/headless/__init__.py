"""A Scipion project without a window: for the command line, the demo and the tests."""

from .environment import prepare_environment
from .project import open_project
from .runs import (
    follow,
    is_at_work,
    launch,
    launch_or_join,
    new_run,
    protocol_class,
)

__all__ = [
    "follow",
    "is_at_work",
    "launch",
    "launch_or_join",
    "new_run",
    "open_project",
    "prepare_environment",
    "protocol_class",
]
