"""Locks between processes, and file systems that have none."""

import contextlib
import errno
import fcntl
import subprocess
import sys
import time

import pytest

from empiardownloader.disk.locks import hold, is_held, one_at_a_time
from empiardownloader.transfer.download.part_file import PartFile

WRITER = """
import sys, time
from empiardownloader.transfer import one_at_a_time
lock, diary, name = sys.argv[1:]
print("begun", flush=True)
with one_at_a_time(lock), open(diary, "a", buffering=1) as diary:
    while True:
        diary.write(name + "\\n")
        time.sleep(0.001)
"""


def test_a_process_waits_for_another_one_and_a_kill_lets_it_in(tmp_path):
    diary = tmp_path / "diary"
    diary.touch()

    def wrote():
        return diary.read_text().split()

    def wait_for(condition):
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until
            time.sleep(0.01)

    words = [sys.executable, "-c", WRITER, str(tmp_path / "a.lock"), str(diary)]
    with contextlib.ExitStack() as running:
        writers = {}
        for name in ("first", "second"):
            writers[name] = running.enter_context(
                subprocess.Popen([*words, name], stdout=subprocess.PIPE))
            running.callback(writers[name].kill)
            assert writers[name].stdout.readline() == b"begun\n"
            wait_for(lambda: "first" in wrote())
        so_far = len(wrote())
        wait_for(lambda: len(wrote()) > so_far + 300)  # the second would be among them
        writers["first"].kill()
        wait_for(lambda: "second" in wrote())
    names = wrote()
    assert names == sorted(names), "all of the first, then all of the second"


WORKER = """
import sys, time
from empiardownloader.transfer import hold
file = hold(sys.argv[1])
print("in", flush=True)
time.sleep(60)
"""


def test_a_place_is_held_until_the_last_process_at_it_has_died(tmp_path):
    path = tmp_path / "a.lock"
    assert not is_held(path)
    workers = []
    for _ in range(2):
        workers.append(subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path)], stdout=subprocess.PIPE, text=True))
        assert workers[-1].stdout.readline() == "in\n"
        assert is_held(path)
    for worker, still in zip(workers, (True, False)):
        worker.kill()
        worker.communicate()
        assert is_held(path) == still
    with hold(path):
        assert is_held(path)
    assert not is_held(path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_lets_everybody_in(tmp_path, monkeypatch, number):
    """A mock: Lustre without its option ``flock`` cannot be had here."""

    def refuse(file, how):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    part = PartFile(tmp_path, "a.mrc", 10)
    part.write(0, memoryview(b"12345"))
    part.close()
    with one_at_a_time(tmp_path / "a.lock"):
        pass
    with hold(tmp_path / "a.lock"):
        assert not is_held(tmp_path / "a.lock"), "not known"


def test_another_error_of_a_lock_is_not_hidden(tmp_path, monkeypatch):
    def refuse(file, how):
        raise OSError(errno.EIO, "a broken disk")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="a broken disk"), one_at_a_time(tmp_path / "a.lock"):
        pass
