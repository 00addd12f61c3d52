"""The command line: what the protocol does, without a window or without Scipion."""

import argparse
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from . import __version__
from .archive import ArchiveError, ArchiveUnavailable, Citation, ImageSet, parse_entry
from .catalogue import (
    TRANSPORTS,
    EntryFiles,
    Found,
    NothingFound,
    Selection,
    find_document,
    look_up,
    server_of,
)
from .progress_bar import ProgressBar
from .settings import addresses
from .transfer import (
    Downloader,
    Placement,
    Server,
    TransferError,
    Wanted,
    bytes_text,
)

DONE, INCOMPLETE, WRONG_CALL = 0, 1, 2


def main(arguments: Optional[List[str]] = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING, format="%(message)s"
    )
    try:
        code: int = options.command(options)
        return code
    except ArchiveUnavailable as error:
        return _complain(str(error), INCOMPLETE)
    except ArchiveError as error:
        return _complain(str(error), WRONG_CALL)
    except (NothingFound, TransferError, OSError, ValueError) as error:
        return _complain(str(error), INCOMPLETE)
    except KeyboardInterrupt:
        return _complain("Interrupted; the same command goes on where it stopped.", INCOMPLETE)


def _info(options: argparse.Namespace) -> int:
    number, document = find_document(options.entry, addresses())
    if options.json:
        print(json.dumps(document, indent=2))
        return DONE
    entry = parse_entry(document, number)
    print(f"{entry.accession}: {entry.title}")
    _print_facts(
        "  ",
        ("Status", entry.status),
        ("Experiment", entry.experiment_type),
        ("Scale", entry.scale),
        ("Size", entry.dataset_size),
        ("Organization", entry.organization),
        ("Authors", ", ".join(entry.authors)),
        ("Principal investigators", ", ".join(entry.principal_investigators)),
        ("Deposited", entry.deposition_date),
        ("Released", entry.release_date),
        ("Updated", entry.update_date),
        ("DOI", entry.doi),
        ("EMDB", ", ".join(entry.emdb_ids)),
        *(("Publication", _publication(citation)) for citation in entry.citations),
    )
    for image_set in entry.image_sets:
        _print_image_set(image_set)
    return DONE


def _print_image_set(image_set: ImageSet) -> None:
    print(f"  Image set {image_set.number}: {image_set.name}")
    pixels = (image_set.image_width, image_set.image_height)
    _print_facts(
        "    ",
        ("Category", image_set.category),
        ("Directory", image_set.directory),
        ("Format", ", ".join(filter(None, (image_set.data_format, image_set.voxel_type)))),
        ("Images", image_set.num_images),
        ("Frames per image", image_set.frames_per_image),
        ("Width and height", " x ".join(map(str, pixels)) if all(pixels) else ""),
        ("Pixel size", image_set.pixel_size and f"{image_set.pixel_size:g} Å/px"),
        ("File pattern", image_set.micrographs_file_pattern),
        ("Details", image_set.details.replace("\n", "\n      ")),
    )


def _print_facts(indent: str, *facts: Tuple[str, Any]) -> None:
    for label, value in facts:
        if value:
            print(f"{indent}{label}: {value}")


def _publication(citation: Citation) -> str:
    first = f"{citation.authors[0]} et al." if citation.authors else ""
    parts = (first, citation.title, citation.journal, citation.volume, citation.year, citation.doi)
    return ", ".join(filter(None, parts))


def _list(options: argparse.Namespace) -> int:
    found, server = _found_and_server(options)
    selection, gains = _selected(found, server, options)
    if options.json:
        print(json.dumps(_as_json(found, selection, gains), indent=2))
        return DONE
    for movie in selection.movies:
        print(f"{_size_text(movie):>10}  {movie.path}")
    print(f"{len(selection.movies)} movies, {bytes_text(_total(selection))}")
    print(f"Gain reference: {gains[0].path if gains else 'none found'}")
    if options.verbose:
        for passed_over in selection.passed_over:
            print(f"passed over: {passed_over.path!r} ({passed_over.reason})")
        for gain in gains[1:]:
            print(f"another gain reference: {gain.path!r}")
    return DONE


def _download(options: argparse.Namespace) -> int:
    found, server = _found_and_server(options)
    selection, gains = _selected(found, server, options)
    folder = Path(options.to)
    with ProgressBar() as progress:
        outcome = Downloader(
            server,
            Placement(folder),
            folder / ".parts",
            connections=options.connections,
            progress=progress,
            on_complete=lambda movie: progress.say(f"{movie.name}  {_size_text(movie)}"),
        ).run([*gains[:1], *selection.movies])
    print(progress.snapshot())
    for failure in outcome.failures:
        print(f"{failure.wanted.path}: {failure.error}", file=sys.stderr)
    if outcome.fatal:
        return _complain(f"{outcome.fatal}. The same command goes on.", INCOMPLETE)
    if outcome.failures:
        return _complain("The same command tries these again.", INCOMPLETE)
    _remove_if_empty(folder / ".parts")
    return DONE


def _run(options: argparse.Namespace) -> int:
    look_up(options.entry, options.image_set, addresses())  # an unknown entry starts no project
    from . import headless

    headless.prepare_environment()
    project = headless.open_project(options.project)
    run = headless.new_or_same_run(project, **_parameters(options))
    headless.launch(project, run)
    print(f"Project: {project.path}")
    shown = ""
    try:
        for state in headless.follow(project, run):
            text = f"{state.getStatus()}: {getattr(state, 'outputMovies', 'no movies yet')}"
            if text != shown:
                shown = text
                print(text, flush=True)
    except KeyboardInterrupt:
        project.stopProtocol(run)
        raise
    if not run.isFinished():
        return _complain(run.getErrorMessage() or "The run did not finish.", INCOMPLETE)
    print(f"Movies: {run.outputMovies.getFileName()}, below {project.path}")
    return DONE


def _demo(options: argparse.Namespace) -> int:
    from .demo.walkthrough import walk

    return walk(options.entry, options.amount, lambda line: print(line, flush=True))


def _parameters(options: argparse.Namespace) -> Dict[str, Any]:
    from .protocols.form import GAIN_FROM_ENTRY, GAIN_NONE

    return {
        "entryId": options.entry,
        "imageSet": options.image_set,
        "filePattern": options.pattern,
        "downloadAll": options.all,
        "amountOfImages": options.amount,
        "connections": options.connections,
        "numberOfThreads": options.threads,
        "gainSource": GAIN_NONE if options.no_gain else GAIN_FROM_ENTRY,
        "transport": TRANSPORTS.index(options.transport),
        **({"samplingRate": options.pixel_size} if options.pixel_size else {}),
    }


def _found_and_server(options: argparse.Namespace) -> Tuple[Found, Server]:
    where = addresses()
    found = look_up(options.entry, options.image_set, where)
    return found, server_of(found.entry, where, options.transport)


def _selected(
    found: Found, server: Server, options: argparse.Namespace
) -> Tuple[Selection, List[Wanted]]:
    limit = None if options.all else options.amount
    with EntryFiles(found, server) as files:
        selection = files.movies(options.pattern, limit)
        if options.command is _list:
            selection = replace(selection, movies=files.sized(selection.movies))
        gains = [] if options.no_gain else files.gains(options.pattern)
    return selection, gains


def _as_json(found: Found, selection: Selection, gains: Sequence[Wanted]) -> Dict[str, Any]:
    image_set = found.image_set
    return {
        "entry": found.entry.accession,
        "imageSet": {
            "number": image_set.number,
            "name": image_set.name,
            "directory": image_set.directory,
            "category": image_set.category,
            "dataFormat": image_set.data_format,
            "pixelSize": image_set.pixel_size,
        },
        "movies": [
            {"path": movie.path, "size": movie.size, "name": movie.name}
            for movie in selection.movies
        ],
        "gain": gains[0].path if gains else None,
        "totalBytes": _total(selection),
    }


def _total(selection: Selection) -> int:
    return sum(movie.size or 0 for movie in selection.movies)


def _size_text(movie: Wanted) -> str:
    return "?" if movie.size is None else bytes_text(movie.size)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="empiardownloader", description="Movies of EMPIAR, the archive of raw EM images."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    info = _command(commands, "info", _info, "what the archive says of an entry")
    info.add_argument("--json", action="store_true", help="the archive's own document")

    listing = _command(commands, "list", _list, "the movies that would be fetched; fetch nothing")
    _choice(listing, all_by_default=True)
    listing.set_defaults(no_gain=False)
    listing.add_argument("--json", action="store_true", help="for programs")

    download = _command(commands, "download", _download, "fetch movies into a folder")
    _choice(download, all_by_default=False)
    download.add_argument("--to", required=True, metavar="DIR", help="the folder")
    download.add_argument("--no-gain", action="store_true", help="movies only")
    _connections(download)

    run = _command(commands, "run", _run, "the protocol, in a Scipion project without a window")
    _choice(run, all_by_default=False)
    run.add_argument("--project", required=True, metavar="NAME", help="created if there is none")
    run.add_argument("--threads", type=int, default=3, help="Scipion's threads [3]")
    run.add_argument("--no-gain", action="store_true", help="do not look for a gain reference")
    run.add_argument("--pixel-size", type=float, metavar="Å", help="instead of the entry's")
    _connections(run)

    demo = _command(commands, "demo", _demo, "a run against an archive in miniature", entry=False)
    demo.add_argument("entry", nargs="?", metavar="ENTRY", help="an entry of the live archive")
    demo.add_argument("-n", dest="amount", type=_positive, default=12, help="movies [12]")
    return parser


def _command(
    commands: Any, name: str, function: Any, text: str, entry: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=function)
    parser.add_argument("-v", "--verbose", action="store_true", help="say more")
    if entry:
        parser.add_argument("entry", metavar="ENTRY", help="10200, EMPIAR-10200, a DOI or address")
    return parser


def _choice(parser: argparse.ArgumentParser, all_by_default: bool) -> None:
    parser.add_argument(
        "--image-set", default="", metavar="S", help="number, directory or name [first with movies]"
    )
    parser.add_argument("--pattern", default="", metavar="GLOBS", help="files, by their path")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", dest="amount", type=_positive, default=None if all_by_default else 1, metavar="N",
        help="the first N movies" + ("" if all_by_default else " [1]"),
    )
    amount.add_argument("--all", action="store_true", help="every movie")
    parser.add_argument(
        "--transport", choices=TRANSPORTS, default="auto", help="auto: HTTPS where FTP is closed"
    )


def _connections(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--connections", type=int, choices=range(1, 13), default=4, metavar="K",
        help="movies fetched at once, 1 to 12 [4]",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a number from 1")
    return number
