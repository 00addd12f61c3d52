"""The options that several commands share."""

import argparse
from typing import Any, Callable

from ..lookup.file_server import TRANSPORTS
from ..units import size_of_text


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
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="also list skipped files and retries")
    if entry:
        parser.add_argument("entry", metavar="ENTRY",
                            help="10200, EMPIAR-10200, a DOI, or an address")
    return parser


def add_json(parser: argparse.ArgumentParser, text: str = "print JSON") -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=text)


def add_choice(parser: argparse.ArgumentParser, all_by_default: bool) -> None:
    """Add the options that choose the movies."""
    add = parser.add_argument
    add("--image-set", default="", metavar="S",
        help="number, directory or name [first with movies]")  # fmt: skip
    add("--pattern", default="", metavar="GLOBS",
        help="only files that match, e.g. 'data/Movies/*.tif,*.eer'")  # fmt: skip
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", dest="amount", type=positive, default=None if all_by_default else 1, metavar="N",
        help="the first N movies" + ("" if all_by_default else " [1]"),
    )  # fmt: skip
    amount.add_argument("--all", action="store_true", help="every movie")
    amount.add_argument("--names", default="", metavar="NAMES",
                        help="these movies: names separated by commas, or a file of names")
    add("--every", type=positive, default=1, metavar="K", help="only every K-th movie")
    add("--transport", choices=TRANSPORTS, default="auto",
        help="auto = FTP, or HTTPS if FTP is blocked")  # fmt: skip


def add_download(parser: argparse.ArgumentParser, no_gain: str) -> None:
    """Add the options of commands that download."""
    add = parser.add_argument
    add("--no-gain", action="store_true", help=no_gain)
    add("--connections", type=connections, default=4, metavar="K",
        help="movies downloaded at once, 1 to 12 [4]")  # fmt: skip
    add("--patience", type=positive_number, default=12.0, metavar="HOURS",
        help="how long to go on trying when no data arrive any more [12]")  # fmt: skip
    add("--limit", type=bandwidth, metavar="RATE",
        help="receive at most RATE bytes per second, e.g. 20M or 500k")  # fmt: skip


def bandwidth(text: str) -> float:
    """Return bytes per second from a text such as 20M; a number alone is of bytes."""
    rate = size_of_text(text) or size_of_text(f"{text}B")
    if not rate:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate: write for example 20M or 500k")
    return rate


def connections(text: str) -> int:
    """Return a number from 1 to 12."""
    if text not in map(str, range(1, 13)):
        raise argparse.ArgumentTypeError("must be between 1 and 12")
    return int(text)


def positive_number(text: str) -> float:
    """Return a number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be a number greater than 0")
    return number


def positive(text: str) -> int:
    """Return a whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)
