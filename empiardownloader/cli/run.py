"""``run``: the protocol, in a real Scipion project, without a window."""

import argparse
import os
import re
import shlex
import time
from typing import Any, Dict, Optional

from ..lookup.entry_lookup import find_document, look_up_entry
from ..lookup.file_server import TRANSPORTS
from ..settings import addresses
from ..transfer_log import History, grouped_lines, read_history
from .ctrl_c import answering_ctrl_c
from .options import add_choice, add_download, add_json, command, positive
from .output import DONE, INCOMPLETE, print_above, print_error, print_json, print_line
from .progress_bar import ProgressBar
from .run_progress import RunProgress
from .tilt_series import add_tilt_series

_EXAMPLES = """  empiardownloader run 10200 --project first -n 5
  empiardownloader run 10200 --project first -n 50        more into the same run
  empiardownloader run 10200 --project first -n 50 --json the result as JSON
  empiardownloader run 10164 --project tomo --tilt-series "TS_01,TS_4*"

The same command, also with a larger -n, continues the run for the same entry, image set and
pattern; one that is going on already is followed to its end. Ctrl+C stops the run that the command
has started, at once. To finish the current movies and then stop, touch STOP_HERE in its logs
folder, which is named at the start.
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    text = "download into a Scipion project, without a window"
    parser = command(commands, "run", _run, text, _EXAMPLES)
    add_choice(parser, all_by_default=False)
    parser.add_argument("--project", required=True, metavar="NAME", help="created if there is none")
    parser.add_argument("--threads", type=positive, default=3, help="Scipion's threads [3]")
    add_tilt_series(parser, "tilt series by name or glob, else the first N")
    add_download(parser, no_gain="do not look for a gain reference")
    _add_form(parser)
    add_json(parser, "print JSON: the run, its output, what is missing or left out")


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


_TILT_NUMBERS = (
    ("--tilt-axis", "tiltAxisAngle", "DEG", "tilt axis angle in degrees, of tilt series [mdoc's]"),
    ("--dose-per-tilt", "dosePerTilt", "E", "dose per tilt, of tilt series, in e/Å² [mdoc's]"),
)
# Parameters that the form of tilt series lacks.
_OF_MOVIES = ("movieNames", "everyMovie", "doseInitial", "dosePerFrame")


def _add_form(parser: argparse.ArgumentParser) -> None:
    """Add the other parameters of the form; their defaults are the form's."""
    form = parser.add_argument_group("what the form has")
    for option, parameter, unit, text in (*_NUMBERS, *_TILT_NUMBERS):
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
    _check_tilt_options(options)
    # An unknown entry starts no project.
    if options.tilt_series is None:
        look_up_entry(options.entry, options.image_set, addresses())
    else:
        find_document(options.entry, addresses())
    from .. import headless

    headless.prepare_environment()
    project = headless.open_project(options.project)
    started = time.time()
    run, attached = headless.launch_or_attach(
        project, lambda warning: print_error(warning, DONE), _protocol(options),
        **_parameters(options),
    )
    if not options.json:
        _introduce(project, run, attached)
    try:
        with answering_ctrl_c(_FOLLOWER_ENDS if attached else _RUN_STOPS):
            _follow(project, run, options.json, 0.0 if attached else started)
    except KeyboardInterrupt:
        if attached:
            return print_error("Run the same command to follow the run again.", INCOMPLETE)
        raise
    return _report(project, run, options.json)


_RUN_STOPS = (
    "Stopping the run; what it has downloaded is kept. Press Ctrl+C again to leave at once: the "
    "run may then go on."
)
_FOLLOWER_ENDS = "The run goes on; only this command ends."


def _introduce(project: Any, run: Any, attached: bool) -> None:
    """Print where the run is, how much it will download, and how to stop it."""
    from ..run.space_estimate import SpaceEstimate

    print_line(f"Project: {project.path}")
    if attached:
        print_line("The run for these movies is going on already. Ctrl+C here will not stop it.")
    else:
        size = SpaceEstimate(run).sentence()
        if size:
            print_line(size)
    stop_file = os.path.join(project.path, run._record().stopFile)
    print_line(f"To finish the current movies and then stop: touch {shlex.quote(stop_file)}")


def _report(project: Any, run: Any, as_json: bool) -> int:
    """Print the result of a run that has ended; return the exit code."""
    history = read_history(_log_file(project, run))
    if as_json:
        print_json(_document(project, run, history))
    else:
        for line in run.summary():
            print_line(_without_markup(line))
    if not run.isFinished():
        return _print_errors_of(run, history)
    if not as_json:
        output = getattr(run, "outputMovies", None)
        if output is None:
            print_line("Stopped before the first movie. Run the same command to resume.")
        else:
            print_line(f"Movies: {os.path.join(project.path, output.getFileName())}")
    return DONE


def _print_errors_of(run: Any, history: History) -> int:
    """Print the error of a run, and the missing files that it does not name."""
    error = run.getErrorMessage() or "The run did not finish."
    if not any(name in error for name in history.missing):
        for line in grouped_lines(history.missing):
            print_error(line, INCOMPLETE)
    return print_error(error, INCOMPLETE)


# Scipion's markup: *bold*, and [[address][text]].
_MARKUP = (
    (re.compile(r"\*([^*\n]+)\*"), r"\1"),
    (re.compile(r"\[\[([^]]*)\]\[([^]]*)\]\]"), r"\2"),
)


def _without_markup(text: str) -> str:
    for markup, plain in _MARKUP:
        text = markup.sub(plain, text)
    return text


def _check_tilt_options(options: argparse.Namespace) -> None:
    """Raise ValueError for an option of tilt series without --tilt-series."""
    for option, parameter, _, _ in _TILT_NUMBERS:
        if options.tilt_series is None and getattr(options, parameter) is not None:
            raise ValueError(f"{option} needs --tilt-series")


def _follow(project: Any, run: Any, quiet: bool, started: float) -> None:
    """Show a run's states and progress until it has ended; Ctrl+C stops one that was ``started``.

    started: when this command started it, in seconds since the epoch; 0.0 if another did.
    """
    from .. import headless

    progress = RunProgress(_log_file(project, run), started)
    shown = ""
    try:
        with ProgressBar(progress.snapshot, lambda: f"{progress.registered} registered") as bar:
            for state in headless.follow(project, run):
                text = _state_text(state)
                if text != shown and not quiet:
                    shown = text
                    print_above(bar, text)
    except KeyboardInterrupt:
        if started:
            project.stopProtocol(run)
        raise


def _state_text(state: Any) -> str:
    if not state.isActive():
        return str(state.getStatus())
    has_movies = getattr(state, "outputMovies", None) is not None
    registered = "the first movies are" if has_movies else "no movie is"
    return f"{state.getStatus()}: {registered} registered"


def _log_file(project: Any, run: Any) -> str:
    from ..run.reporter import RECORD_FILE

    return os.path.join(project.path, run._getLogsPath(RECORD_FILE))


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
    """Return the gain reference of the set, and how the deposited one was turned to fit."""
    done = run._record().preparedGain()
    if not done or not output.getGain():
        return None
    return {"file": output.getGain(), **{key: done[key] for key in _DONE_TO_GAIN}}


def _reasons(reasons: Dict[str, str]) -> Any:
    return [{"name": name or None, "reason": reason} for name, reason in reasons.items()]


def _protocol(options: argparse.Namespace) -> str:
    from ..headless.runs import MOVIES, TILT_SERIES

    return MOVIES if options.tilt_series is None else TILT_SERIES


def _parameters(options: argparse.Namespace) -> Dict[str, Any]:
    """Return all parameters of the form, so that values of an earlier call do not stay."""
    from ..run.options import AS_DEPOSITED, ORIENTED_BY_MOVIES

    folder = options.download_folder
    values = {
        "entryId": options.entry,
        "imageSet": options.image_set,
        "filePattern": options.pattern,
        "downloadAll": options.all,
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
    if options.tilt_series is None:
        return {**values, "amountOfImages": options.amount}
    for name in _OF_MOVIES:
        values.pop(name)
    tilt_numbers = {name: getattr(options, name) for _, name, _, _ in _TILT_NUMBERS}
    names = options.tilt_series
    return {**values, "amountOfSeries": options.amount, "seriesNames": names, **tilt_numbers}


def _gain_parameters(options: argparse.Namespace) -> Dict[str, Any]:
    from ..run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, GAIN_NONE

    path = os.path.expanduser(options.gain_file)
    if options.no_gain or not path:
        return {"gainSource": GAIN_NONE if options.no_gain else GAIN_FROM_ENTRY, "gainPath": ""}
    if os.path.isfile(path):
        return {"gainSource": GAIN_LOCAL, "gainPath": os.path.abspath(path)}
    return {"gainSource": GAIN_BY_PATH, "gainPath": options.gain_file}
