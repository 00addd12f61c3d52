"""Locks between processes, and file systems that have none."""

import errno
import fcntl
import subprocess
import sys
import time

import pytest

from empiardownloader.transfer import hold, is_held, one_at_a_time
from empiardownloader.transfer.parts import PartFile

HOLDER = """
import sys, time
from empiardownloader.transfer import one_at_a_time
with one_at_a_time(sys.argv[1]):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_process_waits_for_another_one_and_a_kill_lets_it_in(tmp_path):
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "in\n"
    waiter = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    assert waiter.poll() is None
    holder.kill()
    assert waiter.stdout.readline() == "in\n"
    for process in (holder, waiter):
        process.kill()
        process.communicate()


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
