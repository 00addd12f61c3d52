"""Locks between processes, and file systems that have none."""

import contextlib
import errno
import fcntl
import os
import subprocess
import sys
import time

import pytest

from empiardownloader.disk import locks
from empiardownloader.disk.locks import exclusive_lock, is_locked, open_locked
from empiardownloader.transfer.download.part_file import PartFile

WRITER = """
import sys, time
from empiardownloader.disk.locks import exclusive_lock
lock, diary, name = sys.argv[1:]
print("begun", flush=True)
with exclusive_lock(lock), open(diary, "a", buffering=1) as diary:
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


HOLDER = """
import sys, time
from empiardownloader.disk.locks import exclusive_lock
with exclusive_lock(sys.argv[1]):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_until_its_process_has_died(tmp_path):
    path = tmp_path / "a.lock"
    assert not is_locked(path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "in\n"
    assert is_locked(path)
    holder.kill()
    holder.communicate()
    assert not is_locked(path)
    with exclusive_lock(path):
        assert is_locked(path)
    assert not is_locked(path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_lets_everybody_in(tmp_path, monkeypatch, number):
    """A mock: Lustre without its option ``flock`` cannot be had here."""

    def refuse(file, how):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    part = PartFile(tmp_path, "a.mrc", 10)
    part.write(0, memoryview(b"12345"))
    part.close()
    with exclusive_lock(tmp_path / "a.lock"):
        assert not is_locked(tmp_path / "a.lock"), "not known"


def test_another_error_of_a_lock_is_not_hidden(tmp_path, monkeypatch):
    def refuse(file, how):
        raise OSError(errno.EIO, "a broken disk")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="a broken disk"), exclusive_lock(tmp_path / "a.lock"):
        pass


def test_a_lock_file_that_another_user_owns_is_enough(tmp_path, monkeypatch):
    """Of mode 0644; root may write it, so the refusal is a stand-in."""
    path = tmp_path / "a.lock"
    path.touch()
    real = open

    def refuse(file, mode):
        if "a" in mode or "+" in mode:
            raise PermissionError(errno.EACCES, "denied")
        return real(file, mode)

    monkeypatch.setattr(locks, "open", refuse, raising=False)
    with exclusive_lock(path):
        assert is_locked(path)


def make_link(path):
    path.with_name("precious").write_bytes(b"precious")
    path.symlink_to("precious")


def make_hard_link(path):
    path.with_name("precious").write_bytes(b"precious")
    os.link(path.with_name("precious"), path)


@pytest.mark.parametrize("make", [make_link, make_hard_link, os.mkfifo, os.mkdir])
def test_only_a_plain_file_of_one_name_is_opened(tmp_path, make):
    make(tmp_path / "a.part")
    with pytest.raises(OSError):
        open_locked(tmp_path / "a.part")


def test_a_file_that_is_locked_elsewhere_is_not_opened(tmp_path):
    file = open_locked(tmp_path / "a.part")
    with pytest.raises(BlockingIOError):
        open_locked(tmp_path / "a.part")
    os.close(file)
    os.close(open_locked(tmp_path / "a.part"))
