"""The command line: what the protocol does, without a window or without Scipion."""

import argparse
import logging
import sys
from typing import List, Optional

from .. import __version__
from ..archive.errors import ArchiveError, ArchiveUnavailable
from ..errors import EmpiarError
from . import demo, download, info, listing, run
from .ctrl_c import answering_ctrl_c
from .output import (
    DONE,
    INCOMPLETE,
    WRONG_CALL,
    discard_stdout,
    escape_unencodable_output,
    print_error,
    surviving_lost_output,
)

_COMMANDS = (info, listing, download, run, demo)
_EXAMPLES = """examples:
  empiardownloader info 10200                         what is it?
  empiardownloader list 10200 -n 5                    which movies would be downloaded?
  empiardownloader download 10200 -n 5 --to movies    into a folder, without Scipion
  empiardownloader run 10200 --project first -n 5     into a Scipion project

exit codes: 0 all done; 1 something could not be downloaded, each movie is named on stderr, and the
same command tries again; 2 wrong arguments, or no such entry or image set
"""


def main(arguments: Optional[List[str]] = None) -> int:
    """Run a command and return its exit code; a closed standard output ends it quietly."""
    escape_unencodable_output()
    code = DONE
    try:
        with surviving_lost_output():
            with answering_ctrl_c():
                code = _outcome(_parser().parse_args(arguments))
            sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()
    return code


def _outcome(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING, format="%(message)s"
    )
    try:
        code: int = options.command(options)
        return code
    except BrokenPipeError:
        raise
    except ArchiveUnavailable as error:
        return print_error(str(error), INCOMPLETE)
    except (ArchiveError, ValueError) as error:
        return print_error(str(error), WRONG_CALL)
    except (EmpiarError, OSError) as error:
        return print_error(str(error), INCOMPLETE)
    except KeyboardInterrupt:
        return print_error("Stopped. Run the same command to resume.", INCOMPLETE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="empiardownloader",
        description="Movies of EMPIAR, the archive of raw EM images.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
