"""``demo``: a run to look at, without an archive."""

import argparse
from typing import Any

from .options import command, positive
from .output import print_line

_EXAMPLES = """  empiardownloader demo              simulated movies from an archive on this machine
  empiardownloader demo 10200 -n 2   two movies of the live archive
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    text = "a run against an archive in miniature"
    parser = command(commands, "demo", _demo, text, _EXAMPLES, entry=False)
    parser.add_argument("entry", nargs="?", metavar="ENTRY", help="an entry of the live archive")
    parser.add_argument("-n", dest="amount", type=positive, default=12, help="movies [12]")


def _demo(options: argparse.Namespace) -> int:
    from ..demo.walkthrough import walk

    return walk(options.entry, options.amount, print_line)
