"""Looks at a disk as a power cut has left it, then continues the run on it.

It is told on standard input, as JSON, what `main` takes. Called in a mount namespace of its own, it
mounts the image at the place where the run had its disk, so that every path is as it was. Prints a
JSON document: what was found, and what is wrong.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

CLOSED = "2"  # pyworkflow's Set.STREAM_CLOSED
CONTINUE_SECS = 900


def main(image, options, place, command, environment, expected):
    """Mount, look, continue, look again."""
    subprocess.run(["mount", "-o", options, image, place], check=True)
    found = {"wrong": [], "visible": 0, "registered": None, "runs": 0, "run_db_lost": False}
    for run in runs(place):
        found["runs"] += 1
        found["run_db_lost"] |= not has_run_db(run)
        found["visible"] += look_at_files(run, expected, found["wrong"])
        if (run / "movies.sqlite").exists():
            found["registered"] = look_at_set(run, expected, found["wrong"])[1]
        look_at_state(run, found)
    said = {log: log.stat().st_size for log in logs(place)}
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True,
                               errors="replace", timeout=CONTINUE_SECS)
    except subprocess.TimeoutExpired as error:
        found["wrong"].append(f"Continue did not end: {(error.stdout or b'')[-600:]!r}")
        return found
    text = ended.stdout + ended.stderr
    if ended.returncode:
        found["wrong"].append(f"Continue ended with {ended.returncode}: {text[-1500:]}")
    if found["run_db_lost"]:
        text = ""  # Scipion itself says with a traceback that it misses it, and makes it again
    for log in logs(place):
        with open(log, encoding="utf-8", errors="replace") as file:
            file.seek(said.get(log, 0) if log.stat().st_size >= said.get(log, 0) else 0)
            text += file.read()
    if "Traceback" in text:
        found["wrong"].append(f"a traceback: {text[text.index('Traceback'):][:1500]}")
    look_at_end(place, expected, found["wrong"])
    return found


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
    """Every movie that can be seen is whole. Returns their number."""
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


def look_at_state(run, found):
    """What the run wrote down for Continue is whole or not there."""
    for path in run.glob("logs/*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            found["wrong"].append(f"{path.name} is damaged: {path.read_bytes()[:40]!r}")


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


if __name__ == "__main__":
    print(json.dumps(main(**json.load(sys.stdin))))
