"""The options that several commands share."""

import argparse
from typing import Any, Callable

from ..lookup.file_server import TRANSPORTS


def command(
    commands: Any,
    name: str,
    function: Callable[[argparse.Namespace], int],
    text: str,
    examples: str,
    entry: bool = True,
) -> argparse.ArgumentParser:
    """Add a command with its help, examples, and the entry that it is about."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=function)
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    if entry:
        parser.add_argument("entry", metavar="ENTRY", help="10200, EMPIAR-10200, a DOI or address")
    return parser


def add_json(parser: argparse.ArgumentParser, text: str = "for programs") -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=text)


def add_choice(parser: argparse.ArgumentParser, all_by_default: bool) -> None:
    """Add the options that say which movies."""
    parser.add_argument(
        "--image-set", default="", metavar="S", help="number, directory or name [first with movies]"
    )
    parser.add_argument("--pattern", default="", metavar="GLOBS", help="files, by their path")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", dest="amount", type=positive, default=None if all_by_default else 1, metavar="N",
        help="the first N movies" + ("" if all_by_default else " [1]"),
    )  # fmt: skip
    amount.add_argument("--all", action="store_true", help="every movie")
    parser.add_argument(
        "--transport", choices=TRANSPORTS, default="auto", help="auto: HTTPS where FTP is closed"
    )


def add_fetching(parser: argparse.ArgumentParser, no_gain: str) -> None:
    """Add the options of commands that fetch."""
    parser.add_argument("--no-gain", action="store_true", help=no_gain)
    parser.add_argument(
        "--connections", type=int, choices=range(1, 13), default=4, metavar="K",
        help="movies fetched at once, 1 to 12 [4]",
    )  # fmt: skip
    parser.add_argument(
        "--patience", type=positive_number, default=12.0, metavar="HOURS",
        help="how long to go on trying when no data arrive any more [12]",
    )  # fmt: skip


def positive_number(text: str) -> float:
    """A number above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def positive(text: str) -> int:
    """A whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1")
    return number
