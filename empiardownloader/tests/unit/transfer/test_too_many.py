"""The number of connections under the limits of FTP servers, in all their replies."""

import functools
import threading
import time

import pytest
from clocks import Clock
from scripted_ftp import scripted_ftp

from empiardownloader.transfer import Destination, Downloader, FileRequest, FtpServer, Timeouts
from empiardownloader.transfer.download import downloader
from empiardownloader.transfer.download.connection_limit import ConnectionLimit

PATIENT = Timeouts(connect=60.0, stall=60.0, listing=60.0)  # transfers are held up on purpose


class Run:
    """A download of twelve files over four connections in a thread of its own."""

    def __init__(self, script, folder):
        self._wanted = [FileRequest(f"{n}.mrc", len(script.content), f"{n}.mrc") for n in range(12)]
        self._downloader = Downloader(
            FtpServer(script.url, PATIENT), Destination(folder / "extra"), folder / "tmp",
            connections=4, sleep=lambda seconds: None)
        self.outcome = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def in_use(self):
        return self._downloader.connections_in_use

    def wait_until(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert self._thread.is_alive(), f"the run has ended: {self.outcome}"
            assert time.monotonic() < deadline, f"{self.in_use} connections in use"
            time.sleep(0.01)

    def join(self):
        self._thread.join()

    def _run(self):
        self.outcome = self._downloader.run(self._wanted)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    limit = functools.partial(ConnectionLimit, clock=clock)
    monkeypatch.setattr(downloader, "ConnectionLimit", limit)
    return clock


@pytest.mark.parametrize(
    ("counts", "refusal", "words"),
    [
        ("logins", "reset", "the server cut the login off"),
        ("logins", "closed", "the server cut the login off"),
        ("ports", None, "the server refuses a data connection"),
        ("transfers", None, "425 Can't open data connection"),
    ],
)
def test_refused_connections_become_fewer_and_one_more_is_tried_after_a_while(
    tmp_path, clock, caplog, counts, refusal, words
):
    caplog.set_level("INFO", "empiardownloader")
    with scripted_ftp() as script:
        script.room.counts, script.room.refusal, script.room.most = counts, refusal, 2
        script.gate.clear()
        run = Run(script, tmp_path)
        try:
            run.wait_until(lambda: any("going on with 2" in line for line in caplog.messages))
            run.wait_until(lambda: (run.in_use, script.room.taken) == (2, 2))
            assert all(words in line for line in caplog.messages if "going on with" in line)

            script.room.most = 3
            clock.now += 60
            run.wait_until(lambda: (run.in_use, script.room.taken) == (3, 3))
        finally:
            script.gate.set()
            run.join()
    assert (run.outcome.completed, run.outcome.failures, run.outcome.fatal_error) == (12, [], None)
    for n in range(12):
        assert (tmp_path / "extra" / f"{n}.mrc").read_bytes() == script.content
