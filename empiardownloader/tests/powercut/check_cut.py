"""What happens to a disk in a process that is forked from one with Scipion: work, cuts, checks.

Each process has mounts of its own, and has the disk at the same place, so that every path is as it
was before the cut, on every file system.
"""

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from image_disks import own_mounts

CLOSED = "2"  # pyworkflow's Set.STREAM_CLOSED
CONTINUE_SECS = 300


def work(disk, place, arguments, environment, log, is_durable):
    """Run the package's command on a mounted disk; without ``is_durable``, fsync does nothing."""
    os.setpgid(0, 0)
    own_mounts()
    subprocess.run(["mount", "--bind", disk, place], check=True)
    if not is_durable:
        os.fsync = lambda descriptor: None
    _command(arguments, environment, log)


def check(image, options, place, expected, arguments=None, environment=None):
    """Mount a clone and look at it; where there are ``arguments``, continue the run and look again.

    Returns what was found, and what is ``wrong``, as plain values.
    """
    own_mounts()
    subprocess.run(["mount", "-o", options, image, place], check=True)
    found = look(place, expected)
    if arguments:
        _continue(place, expected, arguments, environment, found)
    return found


def look(place, expected):
    """What a disk shows after a cut, before anything is done about it."""
    found = {"wrong": [], "visible": 0, "registered": 0, "parts": 0, "has_run": False,
             "run_db_lost": False}
    all_runs = runs(place)
    found["has_run"] = bool(all_runs)
    found["run_db_lost"] = not all(map(has_run_db, all_runs)) or not all_runs
    for run in all_runs:
        found["visible"] += look_at_files(run, expected, found["wrong"])
        found["parts"] += len(list(run.glob("tmp/*.part")))
        if (run / "movies.sqlite").exists():
            found["registered"] += look_at_set(run, expected, found["wrong"])[1]
        look_at_state(run, found["wrong"])
    return found


def _continue(place, expected, arguments, environment, found):
    said = {log: log.stat().st_size for log in logs(place)}
    output = Path(place, "command.log")
    ended = _command_within(CONTINUE_SECS, arguments, environment, output)
    text = output.read_text(encoding="utf-8", errors="replace")
    if ended:
        found["wrong"].append(f"Continue ended with {ended}: {text[-1500:]}")
    if found["run_db_lost"]:
        text = ""  # Scipion itself says with a traceback that it misses it, and makes it again
    for log in logs(place):
        with open(log, encoding="utf-8", errors="replace") as file:
            before = said.get(log, 0)
            file.seek(before if log.stat().st_size >= before else 0)
            text += file.read()
    if "Traceback" in text:
        found["wrong"].append(f"a traceback: {text[text.index('Traceback'):][:1500]}")
    look_at_end(place, expected, found["wrong"])


def _command_within(seconds, arguments, environment, output):
    """The command in a forked process; its wait status, not 0 also where it had to be killed."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os._exit(_command(arguments, environment, output))
    until = time.monotonic() + seconds
    while True:
        process, status = os.waitpid(child, os.WNOHANG)
        if process:
            return status
        if time.monotonic() > until:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        time.sleep(0.05)


def _command(arguments, environment, output):
    import loaded_scipion

    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    code = loaded_scipion.command_line(arguments)
    sys.stdout.flush()
    return code


def runs(place):
    """The folders of the protocol's runs."""
    return sorted(Path(place).glob("data/projects/*/Runs/*_EmpiarDownloader"))


def has_run_db(run):
    """Whether Scipion's own database of the run came to the disk; it copies it without fsync."""
    try:
        with sqlite3.connect(f"file:{run}/logs/run.db?mode=rw", uri=True) as connection:
            number = int(run.name.split("_")[0])
            return bool(connection.execute(
                "SELECT COUNT(*) FROM Objects WHERE id = ?", [number]).fetchone()[0])
    except sqlite3.Error:
        return False


def logs(place):
    """What the runs have said."""
    return [log for run in runs(place) for log in run.glob("logs/run.std*")]


def digest(path):
    """What tells whether two files are equal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def look_at_files(run, expected, wrong):
    """Every file that can be seen is whole. Returns the number of movies."""
    names = [name for name in sorted(os.listdir(run / "extra")) if not name.startswith(".")] \
        if (run / "extra").exists() else []
    for name in names:
        path = run / "extra" / name
        if name not in expected:
            wrong.append(f"{name} is in extra")
        elif digest(path) != expected[name]:
            wrong.append(f"{name} is not whole: {path.stat().st_size} bytes")
    return len(names)


def look_at_set(run, expected, wrong):
    """The set can be read and names whole movies, each once. Returns its state and size."""
    try:
        connection = sqlite3.connect(str(run / "movies.sqlite"))
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        columns = dict(connection.execute("SELECT label_property, column_name FROM Classes"))
        items = connection.execute(
            f"SELECT id, {columns['_filename']} FROM Objects ORDER BY id").fetchall()
        properties = dict(connection.execute("SELECT key, value FROM Properties"))
    except (sqlite3.Error, KeyError) as error:
        wrong.append(f"the set cannot be read: {error!r}")
        return None, 0
    names = [os.path.basename(path) for _, path in items]
    if [number for number, _ in items] != list(range(1, len(items) + 1)):
        wrong.append(f"the set's ids: {[number for number, _ in items]}")
    if len(set(names)) < len(names):
        wrong.append(f"a movie is twice in the set: {sorted(names)}")
    for name in names:
        path = run / "extra" / name
        if not path.exists() or digest(path) != expected.get(name):
            wrong.append(f"the set names {name}, which is not whole")
    return properties.get("_streamState"), len(items)


def look_at_state(run, wrong):
    """What the run wrote down for Continue is whole or not there."""
    for path in run.glob("logs/*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            wrong.append(f"{path.name} is damaged: {path.read_bytes()[:40]!r}")


def look_at_end(place, expected, wrong):
    """After Continue one run has everything, and its set is closed."""
    ended = []
    for run in runs(place):
        problems = []
        if look_at_files(run, expected, problems) != len(expected):
            problems.append("movies are missing in extra")
        if not (run / "movies.sqlite").exists():
            problems.append("there is no set")
        else:
            state, size = look_at_set(run, expected, problems)
            if size != len(expected):
                problems.append(f"the set has {size} movies")
            if state != CLOSED:
                problems.append(f"the set's state is {state}")
        if not problems:
            return
        ended.append(f"{run.name}: {'; '.join(problems)}")
    wrong.append(f"after Continue: {ended or 'no run'}")
