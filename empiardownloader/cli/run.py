"""``run``: the protocol, in a real Scipion project, without a window."""

import argparse
import os
import shlex
from typing import Any, Dict, Optional

from ..lookup.entry_lookup import find_document, look_up_entry
from ..lookup.file_server import TRANSPORTS
from ..settings import addresses
from ..transfer_log import History, read_history
from .options import add_choice, add_download, add_json, command, positive
from .output import DONE, INCOMPLETE, print_error, print_json, print_line
from .tilt_series import add_tilt_series

_EXAMPLES = """  empiardownloader run 10200 --project first -n 5
  empiardownloader run 10200 --project first -n 50        more into the same run
  empiardownloader run 10200 --project first -n 50 --json the outcome, for programs
  empiardownloader run 10164 --project tomo --tilt-series "TS_01,TS_4*"

The same command, also with a larger -n, continues the run for the same entry, image set and
pattern; one that is going on already is followed to its end. Ctrl+C stops what the command has
started, at once. To end it with the movies under way, touch STOP_HERE in its logs folder, which is
named at the start.
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    text = "the protocol, in a Scipion project without a window"
    parser = command(commands, "run", _run, text, _EXAMPLES)
    add_choice(parser, all_by_default=False)
    parser.add_argument("--project", required=True, metavar="NAME", help="created if there is none")
    parser.add_argument("--threads", type=positive, default=3, help="Scipion's threads [3]")
    add_tilt_series(parser, "tilt series by name or glob, else the first N")
    add_download(parser, no_gain="do not look for a gain reference")
    _add_form(parser)
    add_json(parser, "for programs: the run, its output, what is missing or left out")


# Option, parameter of the form, unit, help.
_NUMBERS = (
    ("--pixel-size", "samplingRate", "A", "pixel size in Å [the entry's]"),
    ("--voltage", "voltage", "KV", "voltage in kV [EMDB's, or 300]"),
    ("--cs", "sphericalAberration", "MM", "spherical aberration in mm [EMDB's, or 2.7]"),
    ("--amplitude-contrast", "amplitudeContrast", "C", "amplitude contrast [0.1]"),
    ("--magnification", "magnification", "M", "magnification [EMDB's, or 50000]"),
    ("--dose-initial", "doseInitial", "E", "dose before the first frame, in e/Å² [0]"),
    ("--dose-per-frame", "dosePerFrame", "E", "dose per frame, in e/Å² [from EMDB]"),
)


# Parameters that the form of tilt series lacks.
_OF_MOVIES = ("movieNames", "everyMovie", "doseInitial", "dosePerFrame")


def _add_form(parser: argparse.ArgumentParser) -> None:
    """Add what the form has besides; what is not given has the form's default."""
    form = parser.add_argument_group("what the form has")
    for option, parameter, unit, text in _NUMBERS:
        form.add_argument(option, dest=parameter, type=float, metavar=unit, help=text)
    form.add_argument("--gain-file", default="", metavar="FILE",
                      help="gain reference: a local file, or a path inside the entry")
    form.add_argument("--gain-as-is", action="store_true",
                      help="do not turn or flip the gain reference as the movies show")
    form.add_argument("--download-folder", default="", metavar="DIR",
                      help="keep the files there, for several projects")
    form.add_argument("--keep-packed", action="store_true",
                      help="do not unpack .bz2 and .gz movies")


def _run(options: argparse.Namespace) -> int:
    # An unknown entry starts no project.
    if options.tilt_series is None:
        look_up_entry(options.entry, options.image_set, addresses())
    else:
        find_document(options.entry, addresses())
    from .. import headless

    headless.prepare_environment()
    project = headless.open_project(options.project)
    run, joined = headless.launch_or_attach(
        project, lambda warning: print_error(warning, DONE), _protocol(options),
        **_parameters(options),
    )
    if not options.json:
        print_line(f"Project: {project.path}")
        if joined:
            print_line("Its run for these movies is going on already. Ctrl+C will not stop it.")
        print_line(f"To end it with the movies under way: touch {_stop_file(project, run)}")
    _follow(project, run, options.json, stops=not joined)
    history = _history(project, run)
    if options.json:
        print_json(_document(project, run, history))
    if not run.isFinished():
        for name, reason in history.failed.items():
            print_error(f"{name}: {reason}" if name else reason, INCOMPLETE)
        return print_error(run.getErrorMessage() or "The run did not finish.", INCOMPLETE)
    if not options.json:
        output = getattr(run, "outputMovies", None)
        if output is None:
            print_line("Stopped here before the first movie; the same command continues.")
        else:
            print_line(f"Movies: {output.getFileName()}, below {project.path}")
    return DONE


def _follow(project: Any, run: Any, quiet: bool, stops: bool) -> None:
    """Print each state of the run until it has ended; Ctrl+C ``stops`` it, or ends this alone."""
    from .. import headless

    shown = ""
    try:
        for state in headless.follow(project, run):
            text = f"{state.getStatus()}: {getattr(state, 'outputMovies', 'no movies yet')}"
            if text != shown and not quiet:
                shown = text
                print_line(text)
    except KeyboardInterrupt:
        if stops:
            project.stopProtocol(run)
        raise


def _history(project: Any, run: Any) -> History:
    from ..run.reporter import RECORD_FILE

    return read_history(os.path.join(project.path, run._getLogsPath(RECORD_FILE)))


def _stop_file(project: Any, run: Any) -> str:
    return shlex.quote(os.path.join(project.path, run._record().stopFile))


def _document(project: Any, run: Any, history: History) -> Dict[str, Any]:
    output = getattr(run, "outputMovies", None)
    return {
        "project": project.path,
        "run": run.getObjId(),
        "status": run.getStatus(),
        "error": run.getErrorMessage() or None,
        "output": os.path.join(project.path, output.getFileName()) if output else None,
        "movies": output.getSize() if output else 0,
        "gain": _gain(run, output) if output else None,
        "chosen": history.chosen,
        "missing": _reasons(history.failed),
        "leftOut": _reasons(history.left_out),
        "fetchedBytes": history.fetched,
        **_series(project, run),
    }


def _series(project: Any, run: Any) -> Dict[str, Any]:
    """Return the output of tilt series, nothing for another protocol or before the first."""
    output = getattr(run, "outputTiltSeriesM", None)
    if output is None:
        return {}
    path = os.path.join(project.path, output.getFileName())
    return {"tiltSeries": {"output": path, "count": output.getSize()}}


_DONE_TO_GAIN = ("rotation", "flip", "evidence")


def _gain(run: Any, output: Any) -> Optional[Dict[str, Any]]:
    """The gain reference of the set, and what was done to the deposited one so that it fits."""
    done = run._record().preparedGain()
    if not done or not output.getGain():
        return None
    return {"file": output.getGain(), **{key: done[key] for key in _DONE_TO_GAIN}}


def _reasons(reasons: Dict[str, str]) -> Any:
    return [{"name": name or None, "reason": reason} for name, reason in reasons.items()]


def _protocol(options: argparse.Namespace) -> str:
    from ..headless.runs import MOVIES, TILT_SERIES

    return MOVIES if options.tilt_series is None else TILT_SERIES


def _amount(options: argparse.Namespace) -> Dict[str, Any]:
    if options.tilt_series is None:
        return {"downloadAll": options.all, "amountOfImages": options.amount}
    return {
        "downloadAll": options.all,
        "amountOfSeries": options.amount,
        "seriesNames": options.tilt_series,
    }


def _parameters(options: argparse.Namespace) -> Dict[str, Any]:
    """Return all parameters of the form: what an earlier call has given does not stick."""
    from ..run.options import AS_DEPOSITED, ORIENTED_BY_MOVIES

    folder = options.download_folder
    values = {
        "entryId": options.entry,
        "imageSet": options.image_set,
        "filePattern": options.pattern,
        **_amount(options),
        "movieNames": os.path.abspath(options.names) if os.path.isfile(options.names)
        else options.names,
        "everyMovie": options.every,
        "connections": options.connections,
        "patience": options.patience,
        "bandwidthLimit": options.limit and options.limit / 1e6,
        "numberOfThreads": options.threads,
        "transport": TRANSPORTS.index(options.transport),
        "decompress": not options.keep_packed,
        "downloadFolder": os.path.abspath(os.path.expanduser(folder)) if folder else "",
        "gainOrientation": AS_DEPOSITED if options.gain_as_is else ORIENTED_BY_MOVIES,
        **_gain_parameters(options),
        **{parameter: getattr(options, parameter) for _, parameter, _, _ in _NUMBERS},
        "doseInitial": options.doseInitial or 0.0,
    }
    if options.tilt_series is not None:
        for name in _OF_MOVIES:
            values.pop(name)
    return values


def _gain_parameters(options: argparse.Namespace) -> Dict[str, Any]:
    from ..run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, GAIN_NONE

    path = os.path.expanduser(options.gain_file)
    if options.no_gain or not path:
        return {"gainSource": GAIN_NONE if options.no_gain else GAIN_FROM_ENTRY, "gainPath": ""}
    if os.path.isfile(path):
        return {"gainSource": GAIN_LOCAL, "gainPath": os.path.abspath(path)}
    return {"gainSource": GAIN_BY_PATH, "gainPath": options.gain_file}
