"""A terminal that is gone, or a full disk behind a redirected output, ends no command."""

import errno
import io
import os
import pty
import subprocess
import sys

import pytest

from empiardownloader.cli.output import print_error, print_line, surviving_lost_output


class Broken(io.StringIO):
    """A stream that takes no text."""

    def __init__(self, code):
        super().__init__()
        self._code = code
        self.tried = 0

    def write(self, text):
        self.tried += 1
        raise OSError(self._code, os.strerror(self._code))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EBADF])
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_what_is_printed_after_the_loss_is_discarded(monkeypatch, capsys, name, code):
    broken = Broken(code)
    monkeypatch.setattr(sys, name, broken)
    with surviving_lost_output():
        for _ in range(3):
            print_line("a line")
            print_error("an error", 1)
    assert broken.tried == 1
    assert getattr(sys, name) is broken, "as before"
    said = capsys.readouterr()
    assert said.out.count("a line") == (0 if name == "stdout" else 3)
    is_said = "Standard output was lost" in said.err
    assert is_said == (name == "stdout" and code != errno.EIO), "nobody is there to read it"


def test_a_reader_that_ended_still_ends_a_list(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Broken(errno.EPIPE))
    with pytest.raises(BrokenPipeError), surviving_lost_output():
        print("a line")


PROGRAM = """
import sys
from empiardownloader import cli
from empiardownloader.cli.output import print_error, print_line

def command(options):
    print_line("begun")
    sys.stdin.read()  # until the terminal is gone
    for _ in range(3):
        print_line("a line")
        print_error("an error", 1)
    open(sys.argv[1], "w").close()
    return 0

cli._parser = lambda: type("P", (), {"parse_args": lambda self, a: type(
    "O", (), {"verbose": False, "command": staticmethod(command)})()})()
sys.exit(cli.main([]))
"""


@pytest.mark.parametrize("on_terminal", [("stdout", "stderr"), ("stdout",), ("stderr",)])
def test_a_terminal_that_is_gone_ends_no_command(tmp_path, on_terminal):
    ours, theirs = pty.openpty()
    streams = {name: theirs if name in on_terminal else subprocess.DEVNULL
               for name in ("stdout", "stderr")}  # fmt: skip
    words = [sys.executable, "-c", PROGRAM, str(tmp_path / "end")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True, **streams) as run:
        os.close(theirs)
        if "stdout" in on_terminal:
            assert b"begun" in os.read(ours, 100)
        os.close(ours)
        run.stdin.close()
        assert run.wait(60) == 0
    assert (tmp_path / "end").exists()


def test_a_full_disk_behind_the_output_ends_no_command(tmp_path):
    words = [sys.executable, "-c", PROGRAM, str(tmp_path / "end")]
    with open("/dev/full", "w") as full:
        run = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                             text=True, check=True)  # fmt: skip
    assert (tmp_path / "end").exists()
    assert "Standard output was lost (No space left on device)" in run.stderr
    assert "Traceback" not in run.stderr
