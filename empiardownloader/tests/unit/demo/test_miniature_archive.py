"""The life of the miniature archive's process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from empiardownloader.demo import miniature_archive as archive_module
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive

HOME = Path(archive_module.__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path):
    folder = ArchiveFolder(tmp_path / "archive")
    folder.add_tiny_entry(7, 3)
    return folder.root


def started(root):
    process = subprocess.Popen(
        [sys.executable, "-m", "empiardownloader.demo.server.process", "--root", str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HOME)},
    )
    return process, json.loads(process.stdout.readline())


def is_open(url):
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), 2).close()
    except OSError:
        return False
    return True


def test_the_server_says_where_it_is_and_ends_when_its_input_closes(root):
    process, ready = started(root)
    with process:
        assert ready["pid"] == process.pid
        assert all(is_open(ready[key]) for key in ("api", "ftp"))
        process.stdin.close()
        assert process.wait(5) in (0, -signal.SIGTERM)
        assert process.stdout.read() == b""
    assert not any(is_open(ready[key]) for key in ("api", "ftp"))


def test_the_server_ends_at_sigterm_though_a_transfer_is_stalled(root):
    process, ready = started(root)
    with process:
        (root / "settings.json").write_text('{"stall_after": 10}')
        url = ready["https"] + "/7/data/Movies/tiny_00001.mrc"
        with requests.get(url, stream=True, timeout=5) as answer:
            assert answer.raw.read(10)
            process.terminate()
            assert process.wait(5) in (0, -signal.SIGTERM)
        process.stdin.close()


def test_the_server_does_not_outlive_a_parent_that_is_killed(root):
    script = (
        "import os, signal, sys\n"
        "from empiardownloader.demo.miniature_archive import MiniatureArchive\n"
        "archive = MiniatureArchive(sys.argv[1])\n"
        "archive.start()\n"
        "print(archive.environment['EMPIAR_FTP_URL'], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HOME)},
        check=False,
        timeout=30,
    )
    url = done.stdout.decode().strip()
    deadline = time.monotonic() + 5
    while is_open(url) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_open(url)


def test_the_environment_has_the_four_addresses(root):
    with MiniatureArchive(root) as archive:
        assert set(archive.environment) == {
            "EMPIAR_API_URL",
            "EMPIAR_FTP_URL",
            "EMPIAR_HTTPS_URL",
            "EMDB_API_URL",
        }
        address = archive.environment["EMPIAR_HTTPS_URL"] + "/7/data/Movies/tiny_00002.mrc"
        source = archive.source(7, "data/Movies/tiny_00002.mrc")
        assert requests.get(address, timeout=5).content == source.read_bytes()


def test_a_killed_server_comes_back_on_the_same_ports(root):
    with MiniatureArchive(root) as archive:
        before, pid = archive.environment, archive.pid
        url = before["EMPIAR_API_URL"] + "/7"
        assert requests.get(url, timeout=5).status_code == 200
        archive.kill()
        assert not is_open(url)
        archive.restart()
        assert (archive.environment, archive.pid != pid) == (before, True)
        assert requests.get(url, timeout=5).status_code == 200
        assert archive.count("GET") == 2


def test_two_archives_are_served_at_once(root, tmp_path):
    other = ArchiveFolder(tmp_path / "other")
    other.add_tiny_entry(8, 1)
    with MiniatureArchive(root) as one, MiniatureArchive(other.root, refuse_login=True) as two:
        for archive, number in ((one, 7), (two, 8)):
            url = f"{archive.environment['EMPIAR_API_URL']}/{number}"
            assert f"EMPIAR-{number}" in requests.get(url, timeout=5).json()
        assert two.settings.refuse_login and not one.settings.refuse_login
        assert one.count("GET") == two.count("GET") == 1


def test_closing_leaves_no_process_and_can_be_done_twice(root):
    archive = MiniatureArchive(root)
    archive.start()
    pid = archive.pid
    archive.close()
    archive.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_server_that_cannot_start_says_why(root):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        archive = MiniatureArchive(root)
        with pytest.raises(RuntimeError, match=r"(?s)ended at its start.*Address already in use"):
            archive._launch(taken.getsockname()[1], 0)


def test_starting_forgets_the_requests_of_the_time_before(root):
    with MiniatureArchive(root) as archive:
        requests.get(archive.environment["EMPIAR_API_URL"] + "/7", timeout=5)
        assert len(archive.requests()) == 1
    with MiniatureArchive(root) as archive:
        assert archive.requests() == []
