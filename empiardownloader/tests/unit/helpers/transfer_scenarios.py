"""Scenarios of the downloader over any protocol, inherited by the tests of each transport.

A class of tests derives from `TransferScenarios`, names its protocol's command for a file and makes
its server. The fixture `archive` is in conftest.
"""

import contextlib
import itertools
import os
import shutil
import threading
import time

import pytest

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.disk.paths import UnsafeName
from empiardownloader.errors import FatalError
from empiardownloader.net.errors import ConnectionFailed, FileMissing, SizeMismatch
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Destination,
    DirectoryLister,
    Downloader,
    FileRequest,
    Progress,
    Timeouts,
    fetch_small_file,
)
from empiardownloader.transfer.download.identity import identity_of
from empiardownloader.transfer.download.part_file import PartFile

SIZE = 3_000_000
MOVIES = [f"movie_{number}.mrc" for number in range(6)]
ODD = ["a b [1] & c.mrc", "50%.mrc", "100%25#1?x=1+2;3.mrc", "µ é.mrc", "c:d.mrc"]
SHORT_TIMEOUTS = Timeouts(connect=2.0, stall=0.8, listing=5.0)


@contextlib.contextmanager
def serve_movies(folder):
    """A miniature archive with an entry 1 of six movies of about 3 MB, and some odd files."""
    entry = ArchiveFolder(folder)
    movies = {f"data/{name}": os.urandom(_size(name)) for name in MOVIES}
    odd = {f"data/odd names/{name}": odd_content(name) for name in ODD}
    entry.add_entry("1", [{}], {**movies, **odd, "data/empty.mrc": b""})
    with MiniatureArchive(entry.root) as archive:
        yield archive


def odd_content(name):
    return b"\0" + name.encode("utf-8", "surrogateescape")


#: A resume asks for so many bytes again.
OVERLAP = 64 << 10


def part_stem(wanted):
    return f"{wanted.name}.{identity_of(wanted)}"


def leave_part(folder, wanted, size, pieces):
    """Leave the part of an interrupted run: bytes by offset."""
    part = PartFile(folder, part_stem(wanted), size)
    for offset, content in pieces.items():
        part.write(offset, memoryview(content))
    part.close()


def _size(name):
    return SIZE + int(name.split("_")[1].split(".")[0])


class Changing:
    """A movie of the entry that is replaced; each version has other bytes."""

    path = "changing/changing.mrc"

    def __init__(self, archive):
        self.place = archive.source(1, self.path)
        self.place.parent.mkdir()
        self.replace(date=time.time() - 3600)

    def replace(self, more=0, date=None):
        """Put another in its place, of `more` bytes more, with a date (seconds since 1970)."""
        self.content = os.urandom(SIZE + more)
        new = self.place.with_name("new")
        new.write_bytes(self.content)
        if date is not None:
            os.utime(new, (date, date))
        os.replace(new, self.place)


class Outage(Progress):
    """A power cut of the archive when the first bytes have come, until the first wait after it."""

    def __init__(self, archive):
        super().__init__()
        self._archive = archive
        self._is_to_come = True
        self._is_on = False

    def add_received(self, count):
        super().add_received(count)
        if self._is_to_come and count > 0:
            self._is_to_come, self._is_on = False, True
            self._archive.kill()

    def end(self, seconds=0):
        if self._is_on:
            self._is_on = False
            self._archive.set(rate=0)
            self._archive.restart()


class TransferScenarios:
    """See the module."""

    command: str  # RETR or GET

    def make_server(self, archive):
        raise NotImplementedError

    def make_unreachable_server(self, url):
        raise NotImplementedError

    @pytest.fixture
    def server(self, archive):
        archive.reset()
        archive.forget_requests()
        yield self.make_server(archive)
        archive.reset()

    @pytest.fixture
    def download(self, server, tmp_path):
        """A function that downloads movies into extra/ by way of tmp/."""

        def download(names=("movie_0.mrc",), size=None, **options):
            wanted = [FileRequest(f"data/{name}", size or self.listed_size(name), name)
                      for name in names]
            options.setdefault("sleep", lambda seconds: None)
            place = Destination(tmp_path / "extra")
            outcome = Downloader(server, place, tmp_path / "tmp", **options).run(wanted)
            return outcome, tmp_path / "extra"

        return download

    def listed_size(self, name):
        return _size(name)

    def offsets(self, archive, name=""):
        """Return the start offset of each transfer of a file."""
        return [request["rest"] or 0 for request in archive.requests()
                if request["command"] == self.command and request["path"].endswith(f"{name}.mrc")]

    def assert_whole(self, archive, folder, names):
        for name in names:
            assert (folder / name).read_bytes() == archive.source(1, f"data/{name}").read_bytes()

    # ------ small files

    def test_a_small_file_is_read_whole_and_a_larger_one_not_at_all(self, archive, server):
        assert fetch_small_file(server, "1.xml") == archive.source(1, "1.xml").read_bytes()
        before = archive.count(self.command)
        with pytest.raises(SizeMismatch, match="too many"):
            fetch_small_file(server, "data/movie_0.mrc", most=SIZE - 1)
        assert archive.count(self.command) == before
        with pytest.raises(FileMissing):
            fetch_small_file(server, "no.xml")

    # ------ listings

    def test_names_of_any_kind_are_listed_as_they_are_and_can_be_fetched(self, server, tmp_path):
        with DirectoryLister(server) as list_folder:
            folders = [item.name for item in list_folder("data") if item.is_folder]
            names = [item.name for item in list_folder("data/odd names")]
        assert folders == ["odd names"]
        assert sorted(names) == sorted(ODD)
        wanted = [
            FileRequest(f"data/odd names/{name}", None, str(n)) for n, name in enumerate(names)
        ]
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
        assert outcome.failures == []
        for number, name in enumerate(names):
            here = (tmp_path / "extra" / str(number)).read_bytes()
            assert here == odd_content(name)

    def test_a_folder_that_is_not_there_is_missing(self, server):
        with DirectoryLister(server) as list_folder, pytest.raises(FileMissing):
            list_folder("data/nowhere")

    def test_a_missing_folder_does_not_spoil_the_connection(self, server):
        with DirectoryLister(server) as list_folder:
            with pytest.raises(FileMissing):
                list_folder("nowhere")
            assert len(list_folder("data")) == 8

    # ------ whole files

    @pytest.mark.parametrize("connections", [1, 4, 12])
    def test_many_files_come_whole(self, archive, download, connections):
        outcome, folder = download(MOVIES, connections=connections)
        assert (outcome.completed, outcome.failures, outcome.fatal_error) == (6, [], None)
        self.assert_whole(archive, folder, MOVIES)
        assert sorted(os.listdir(folder)) == MOVIES
        assert os.listdir(folder.parent / "tmp") == []

    def test_no_thread_outlives_the_run(self, download):
        before = set(threading.enumerate())
        download(MOVIES)
        assert set(threading.enumerate()) <= before

    @pytest.mark.parametrize("size", [0, -1, None])
    def test_an_empty_file_is_refused(self, archive, server, tmp_path, size):
        (tmp_path / "extra").mkdir()
        (tmp_path / "extra" / "here.mrc").touch()
        wanted = [FileRequest("data/empty.mrc", size, name) for name in ("empty.mrc", "here.mrc")]
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
        assert (outcome.completed, outcome.fatal_error) == (0, None)
        assert [type(failure.error) for failure in outcome.failures] == [SizeMismatch] * 2
        assert not (tmp_path / "extra" / "empty.mrc").exists()
        if self.command == "RETR":  # over HTTP a size may be asked for by a GET of one byte
            assert self.offsets(archive) == []

    def test_a_size_that_is_not_known_is_asked_for(self, archive, server, tmp_path):
        wanted = [FileRequest(f"data/{name}", None, name) for name in MOVIES]
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
        assert outcome.completed == 6
        self.assert_whole(archive, tmp_path / "extra", MOVIES)

    def test_files_that_are_there_are_not_fetched_again(self, archive, download):
        download(MOVIES[:2])
        archive.forget_requests()
        done = []
        outcome, _ = download(MOVIES, on_complete=lambda wanted: done.append(wanted.name))
        assert outcome.completed == 6
        assert sorted(done) == MOVIES
        assert len(self.offsets(archive)) == 4

    def test_a_file_that_is_there_is_taken_only_with_the_size_that_the_server_tells(
        self, archive, server, tmp_path
    ):
        (tmp_path / "extra").mkdir()
        for name, end in ((MOVIES[0], None), (MOVIES[1], None), (MOVIES[2], 100_000)):
            content = archive.source(1, f"data/{name}").read_bytes()
            (tmp_path / "extra" / name).write_bytes(content[:end])
        wanted = [FileRequest(f"data/{name}", None, name) for name in MOVIES[:4]]
        downloader = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp")
        assert downloader.run(wanted).completed == 4
        self.assert_whole(archive, tmp_path / "extra", MOVIES[:4])
        fetched = {request["path"].rpartition("/")[2] for request in archive.requests()
                   if request["command"] == self.command}
        assert fetched == set(MOVIES[2:4])
        asked = [request["path"] for request in archive.requests()
                 if request["command"] in ("SIZE", "HEAD")]
        assert len(asked) == len(set(asked)) == 4, "one question for each"
        state, total = downloader.progress.snapshot(), sum(_size(name) for name in MOVIES[:4])
        assert (state.bytes_done, state.bytes_total) == (total, total)
        assert os.listdir(tmp_path / "tmp") == []

    def test_progress_ends_with_every_byte_counted_once(self, archive, download):
        archive.set(cut_after=1_000_000, cut_times=3)
        progress = Progress()
        download(MOVIES, progress=progress)
        state = progress.snapshot()
        total = sum(_size(name) for name in MOVIES)
        assert (state.files_done, state.files_total) == (6, 6)
        assert (state.bytes_done, state.bytes_total) == (total, total)

    # ------ interruptions

    def test_a_cut_transfer_resumes_at_its_length(self, archive, download):
        archive.set(cut_after=1_000_000, cut_times=2)
        outcome, folder = download()
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        first, second, third = self.offsets(archive)
        assert first == 0 < second < third

    def test_a_part_of_an_earlier_run_is_resumed(self, archive, download, tmp_path):
        source = archive.source(1, "data/movie_0.mrc").read_bytes()
        wanted = FileRequest("data/movie_0.mrc", SIZE, "movie_0.mrc")
        leave_part(tmp_path / "tmp", wanted, SIZE, {0: source[:2_000_000]})
        outcome, folder = download()
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        assert self.offsets(archive) == [2_000_000 - OVERLAP]

    @pytest.mark.parametrize(
        "other",
        [("data/set_2/movie_0.mrc", ""), ("data/movie_0.mrc", "10002")],
        ids=["another path", "another entry"],
    )
    def test_a_part_of_another_file_of_the_same_name_and_size_is_not_taken(
        self, archive, download, tmp_path, other
    ):
        path, entry = other
        others = os.urandom(2_000_000)
        wanted = FileRequest(path, SIZE, "movie_0.mrc", entry)
        leave_part(tmp_path / "tmp", wanted, SIZE, {0: others})
        before = os.listdir(tmp_path / "tmp")
        outcome, folder = download()
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        assert self.offsets(archive) == [0]
        assert os.listdir(tmp_path / "tmp") == before, "the other file may still be wanted"

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda source: b"old" * 400_000,
            lambda source: source[:1_000_000] + bytes(200_000),
            lambda source: source[:1_199_999] + bytes([source[1_199_999] ^ 1]),
            lambda source: b"\1" * 30_000,
        ],
        ids=["another file", "zeros of a power cut", "the last byte", "a short part"],
    )
    def test_a_part_that_differs_from_the_server_s_file_is_dropped(
        self, archive, download, tmp_path, caplog, spoil
    ):
        caplog.set_level("INFO", "empiardownloader")
        source = archive.source(1, "data/movie_0.mrc").read_bytes()
        wanted = FileRequest("data/movie_0.mrc", SIZE, "movie_0.mrc")
        leave_part(tmp_path / "tmp", wanted, SIZE, {0: spoil(source)})
        progress = Progress()
        outcome, folder = download(progress=progress)
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        assert self.offsets(archive)[1:] == [0], "one try was enough to see it"
        assert sum("differs from what is here; begun again" in line
                   for line in caplog.messages) == 1
        assert progress.snapshot().bytes_done == SIZE

    def test_a_server_that_cannot_resume_sends_the_file_from_its_start(self, archive, download):
        archive.set(cut_after=1_000_000, cut_times=1, refuse_rest=True)
        outcome, folder = download()
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])

    @pytest.mark.parametrize("after", [0, 1_500_000, SIZE - 1])
    def test_a_stall_is_ended_and_the_file_asked_for_again(self, archive, download, after):
        archive.set(stall_after=after, stall_times=1)
        outcome, folder = download()
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        assert len(self.offsets(archive)) == 2

    def test_what_came_before_a_stall_is_kept_to_the_last_byte(self, archive, download):
        archive.set(stall_after=1_234_567, stall_times=1)
        progress = Progress()
        download(progress=progress)
        assert self.offsets(archive) == [0, 1_234_567 - OVERLAP]
        assert progress.bytes_received() == SIZE, "the overlap is compared, not added"

    def test_a_connection_that_dies_after_the_last_byte_is_no_failure(self, archive, download):
        archive.set(cut_after=SIZE, cut_times=1)
        waits = []
        outcome, folder = download(MOVIES[:2], connections=1, sleep=waits.append)
        assert outcome.completed == 2
        self.assert_whole(archive, folder, MOVIES[:2])
        assert (len(self.offsets(archive)), waits) == (2, [])

    @pytest.mark.parametrize("off", [-5, 5])
    def test_a_wrong_size_in_the_list_is_put_right_by_the_server(self, archive, download, off):
        outcome, folder = download(size=SIZE + off)
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])

    def test_a_file_that_is_missing_stops_no_other(self, archive, download):
        archive.set(missing=["*/movie_2.mrc"])
        outcome, _ = download(MOVIES)
        assert outcome.completed == 5
        assert [failure.request.name for failure in outcome.failures] == ["movie_2.mrc"]
        assert isinstance(outcome.failures[0].error, FileMissing)
        assert len(self.offsets(archive, "movie_2")) <= 1, "the answer is final"

    def test_a_silent_file_is_given_up_after_eight_tries_in_a_row(self, archive, download):
        archive.set(stall_after=0, fault_paths="*movie_0.mrc")
        waits = []
        outcome, _ = download(MOVIES[:3], connections=1, sleep=waits.append)
        assert (outcome.completed, outcome.fatal_error) == (2, None)
        assert [failure.request.name for failure in outcome.failures] == ["movie_0.mrc"]
        assert 8 <= len(self.offsets(archive, "movie_0")) <= 10, (
            "eight since others came, which went first after two")

    def test_the_policy_decides_how_often_is_tried(self, archive, download):
        archive.set(stall_after=0, fault_paths="*movie_0.mrc")
        outcome, _ = download(MOVIES[:2], connections=1, policy=RetryPolicy(attempts=2))
        assert len(self.offsets(archive, "movie_0")) <= 4
        assert outcome.completed == 1

    def test_a_server_that_restarts_under_way_is_waited_for(self, archive, download):
        archive.set(rate=3_000)  # of what has not come, no buffer on the way holds the rest
        outage = Outage(archive)
        outcome, folder = download(connections=1, progress=outage, sleep=outage.end)
        assert outcome.completed == 1
        self.assert_whole(archive, folder, MOVIES[:1])
        assert outage.bytes_received() == SIZE, "what came before is kept"

    # ------ a file that is replaced meanwhile

    @pytest.fixture
    def changing(self, archive, server):
        changing = Changing(archive)
        yield changing
        shutil.rmtree(changing.place.parent)

    @pytest.fixture
    def download_changing(self, changing, server, tmp_path):
        def download(listed=None, **options):
            options.setdefault("sleep", lambda seconds: None)
            wanted = FileRequest(changing.path, listed, "changing.mrc")
            place = Destination(tmp_path / "extra")
            return Downloader(server, place, tmp_path / "tmp", connections=1, **options).run(
                [wanted])

        return download

    def assert_here(self, changing, outcome, tmp_path):
        """Check that the folder contains the movie as it is on the server now, and nothing else."""
        assert (outcome.completed, outcome.failures, outcome.fatal_error) == (1, [], None)
        assert (tmp_path / "extra" / "changing.mrc").read_bytes() == changing.content
        assert os.listdir(tmp_path / "tmp") == []

    @pytest.mark.parametrize("listed", [SIZE, None])
    def test_a_file_that_is_replaced_by_one_of_its_size_between_two_tries_begins_again_once(
        self, archive, changing, download_changing, tmp_path, caplog, listed
    ):
        caplog.set_level("INFO", "empiardownloader")
        archive.set(cut_after=1_000_000, cut_times=3)
        replacements = [time.time() + 5]
        progress = Progress()
        outcome = download_changing(listed, progress=progress, sleep=lambda seconds: (
            replacements and changing.replace(date=replacements.pop())))
        self.assert_here(changing, outcome, tmp_path)
        reason = "what the server sends differs from what is here; begun again"
        said = sum(f"{changing.path}: {reason}" in line for line in caplog.messages)
        assert said == 1, "the cuts after it are no reason"
        assert self.offsets(archive).count(0) == 2
        state = progress.snapshot()
        assert (state.bytes_done, state.bytes_total) == (SIZE, SIZE)

    @pytest.mark.parametrize("more", [100_000, -100_000])
    def test_a_file_that_grows_or_shrinks_between_two_tries_is_not_gone_on_with(
        self, archive, changing, download_changing, tmp_path, caplog, more
    ):
        caplog.set_level("INFO", "empiardownloader")
        archive.set(cut_after=1_000_000, cut_times=1)
        outcome = download_changing(SIZE, sleep=lambda seconds: (
            changing.place.stat().st_size == SIZE and changing.replace(more, date=0)))
        self.assert_here(changing, outcome, tmp_path)
        assert self.offsets(archive) == [0, 0], "its new size is found before a byte is asked for"
        assert any(f"{SIZE + more} bytes now, {SIZE} in the list; begun again" in line
                   for line in caplog.messages)

    def test_a_part_with_all_of_the_listed_bytes_is_not_published_when_the_file_has_grown(
        self, changing, download_changing, tmp_path
    ):
        wanted = FileRequest(changing.path, SIZE, "changing.mrc")
        leave_part(tmp_path / "tmp", wanted, SIZE, {0: changing.content})
        changing.replace(more=7, date=0)
        self.assert_here(changing, download_changing(SIZE), tmp_path)

    def test_a_file_that_changes_for_ever_is_given_up_with_one_sentence(
        self, archive, changing, download_changing, tmp_path
    ):
        archive.set(cut_after=1_000_000)
        changes = itertools.count(1)

        def change(seconds):
            number = next(changes)
            changing.replace(more=number * 1000, date=time.time() + 60 * number)

        outcome = download_changing(SIZE, sleep=change)
        [failure] = outcome.failures
        assert isinstance(failure.error, SizeMismatch)
        assert "it changes all the time; somebody is writing it" in str(failure.error)
        assert len(self.offsets(archive)) <= 8
        assert os.listdir(tmp_path / "tmp") == [], "what came is of no use to the next run"
        assert outcome.fatal_error is None

    # ------ ends

    def test_an_unreachable_server_ends_the_run_with_one_sentence(self, tmp_path):
        server = self.make_unreachable_server("127.0.0.1:9/empiar")
        waits = []
        downloader = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp",
                                connections=1, sleep=waits.append)
        outcome = downloader.run([FileRequest(f"data/{name}", 1, name) for name in MOVIES])
        assert isinstance(outcome.fatal_error, FatalError)
        assert "cannot connect" in str(outcome.fatal_error)
        assert 60 <= sum(waits) <= 200, "a minute and a half, and not for each file"
        assert "no data arrived for" in str(outcome.fatal_error)

    def test_a_host_that_does_not_exist_is_a_failed_connection(self):
        with pytest.raises(ConnectionFailed, match=r"no-such-host\.invalid.*cannot connect"):
            self.make_unreachable_server("no-such-host.invalid/").connect().list_folder("")

    def test_stop_finishes_what_is_under_way_and_begins_no_more(self, archive, download):
        archive.set(rate=6_000_000)
        stop = threading.Event()
        outcome, folder = download(MOVIES, connections=2, stop_requested=stop.is_set,
                                   on_complete=lambda wanted: stop.set())
        assert outcome.stopped
        assert outcome.failures == []
        # Each connection may have begun another file while its last was brought to the disk.
        assert 1 <= outcome.completed <= 2 * 2 < len(MOVIES)
        self.assert_whole(archive, folder, os.listdir(folder))

    @pytest.mark.parametrize("path", ["data/a\r\nDELE movie_0.mrc", "data/a\x00.mrc"])
    def test_a_path_with_control_characters_is_not_sent(self, archive, server, tmp_path, path):
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp").run(
            [FileRequest(path, 5, "a.mrc")])
        assert isinstance(outcome.failures[0].error, UnsafeName)
        assert len(self.offsets(archive)) == archive.count("DELE") == 0
