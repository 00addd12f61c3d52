"""The FTP transport and the downloader, against a real FTP server in a process of its own."""

import itertools
import os
import threading

import pytest

from empiardownloader.demo.archive import MiniatureArchive
from empiardownloader.demo.folder import ArchiveFolder
from empiardownloader.transfer import (
    Downloader,
    FatalError,
    FileMissing,
    FolderLister,
    Placement,
    Progress,
    RetryPolicy,
    Timeouts,
    TransferError,
    Wanted,
)
from empiardownloader.transfer.errors import ConnectionFailed, LoginRefused, NoSpace, UnsafeName
from empiardownloader.transfer.ftp import FtpServer

SIZE = 3_000_000
HASTY = Timeouts(connect=2.0, stall=0.4, listing=5.0)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    movies = {f"data/movie_{number}.mrc": os.urandom(SIZE + number) for number in range(6)}
    odd = {"data/odd names/a b [1] & c.mrc": b"x" * 100, "data/empty.mrc": b""}
    folder.add_entry("1", [{}], {**movies, **odd})
    return folder.root


@pytest.fixture(scope="module")
def archive(root):
    with MiniatureArchive(root) as served:
        yield served


@pytest.fixture
def server(archive):
    archive.reset()
    archive.forget_requests()
    yield FtpServer(archive.environment["EMPIAR_FTP_URL"] + "/1", HASTY)
    archive.reset()


@pytest.fixture
def fetched(server, tmp_path):
    """A function that downloads movies and checks that what is there is whole."""

    def fetch(names=("movie_0.mrc",), **options):
        wanted = [Wanted(f"data/{name}", options.pop("size", None) or _size(name), name)
                  for name in names]
        options.setdefault("pause", lambda seconds: None)
        downloader = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "tmp", **options)
        outcome = downloader.run(wanted)
        return outcome, tmp_path / "extra"

    return fetch


def _size(name):
    return SIZE + int(name.split("_")[1].split(".")[0])


def _assert_whole(archive, folder, names):
    for name in names:
        assert (folder / name).read_bytes() == archive.source(1, f"data/{name}").read_bytes()


ALL = [f"movie_{number}.mrc" for number in range(6)]


@pytest.mark.parametrize("mlsd", [True, False])
def test_a_folder_is_listed_with_one_command_and_exact_sizes(archive, server, mlsd):
    archive.set(ftp_mlsd=mlsd)
    with FolderLister(server) as list_folder:
        items = {item.name: item for item in list_folder("data")}
        inner = [item.name for item in list_folder("data/odd names")]
    assert items["movie_3.mrc"].size == SIZE + 3
    assert items["odd names"].is_folder
    assert inner == ["a b [1] & c.mrc"]
    listings = sum(archive.count(command) for command in ("MLSD", "LIST"))
    assert listings == (2 if mlsd else 3), "MLSD is tried once, then never again"


@pytest.mark.parametrize("mlsd", [True, False])
def test_a_folder_that_is_not_there_is_missing(archive, server, mlsd):
    archive.set(ftp_mlsd=mlsd)
    with FolderLister(server) as list_folder, pytest.raises(FileMissing):
        list_folder("data/nowhere")


@pytest.mark.parametrize("connections", [1, 4, 12])
def test_many_files_come_whole(archive, fetched, connections):
    outcome, folder = fetched(ALL, connections=connections)
    assert (outcome.complete, outcome.failures, outcome.fatal) == (6, [], None)
    _assert_whole(archive, folder, ALL)
    assert sorted(os.listdir(folder)) == ALL
    assert os.listdir(folder.parent / "tmp") == []


def test_no_thread_outlives_the_run(fetched):
    before = set(threading.enumerate())
    fetched(ALL)
    assert set(threading.enumerate()) <= before


def test_an_empty_file_and_an_odd_name_come(server, tmp_path):
    wanted = [Wanted("data/empty.mrc", 0, "empty.mrc"),
              Wanted("data/odd names/a b [1] & c.mrc", 100, "a_b.mrc")]
    outcome = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
    assert outcome.complete == 2
    assert (tmp_path / "extra" / "a_b.mrc").read_bytes() == b"x" * 100


def test_a_size_that_is_not_known_is_asked_for(server, tmp_path):
    wanted = [Wanted("data/movie_0.mrc", None, "movie_0.mrc")]
    outcome = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
    assert outcome.complete == 1
    assert (tmp_path / "extra" / "movie_0.mrc").stat().st_size == SIZE


def test_files_that_are_there_with_their_size_are_not_fetched_again(archive, fetched):
    fetched(ALL[:2])
    archive.forget_requests()
    done = []
    outcome, _ = fetched(ALL, on_complete=lambda wanted: done.append(wanted.name))
    assert outcome.complete == 6
    assert sorted(done) == ALL
    assert archive.count("RETR") == 4


def test_a_cut_transfer_resumes_at_its_length(archive, fetched):
    archive.set(cut_after=1_000_000, cut_times=2)
    outcome, folder = fetched()
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])
    offsets = [request["rest"] for request in archive.requests() if request["command"] == "RETR"]
    assert len(offsets) == 3
    assert not offsets[0]
    assert 0 < offsets[1] < offsets[2]


def test_a_part_of_an_earlier_run_is_resumed(archive, fetched, tmp_path):
    source = archive.source(1, "data/movie_0.mrc").read_bytes()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / f"movie_0.mrc.{SIZE}.part").write_bytes(source[:2_000_000])
    outcome, folder = fetched()
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])
    assert [r["rest"] for r in archive.requests() if r["command"] == "RETR"] == [2_000_000]


def test_a_part_of_a_file_that_has_since_been_replaced_is_not_trusted(archive, fetched, tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "movie_0.mrc.17.part").write_bytes(b"something else")
    _, folder = fetched()
    _assert_whole(archive, folder, ["movie_0.mrc"])


def test_a_server_without_rest_sends_the_file_from_its_start(archive, fetched):
    archive.set(cut_after=1_000_000, cut_times=1, refuse_rest=True)
    outcome, folder = fetched()
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])


@pytest.mark.parametrize("after", [0, 1_500_000, SIZE - 1])
def test_a_stall_is_ended_and_the_file_asked_for_again(archive, fetched, after):
    archive.set(stall_after=after, stall_times=1)
    outcome, folder = fetched()
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])


def test_a_connection_that_dies_after_the_last_byte_is_no_failure(archive, fetched):
    archive.set(cut_after=SIZE, cut_times=1)
    waits = []
    outcome, folder = fetched(pause=waits.append)
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])
    assert archive.count("RETR") == 1
    assert waits == []


@pytest.mark.parametrize("off", [-5, 5])
def test_a_wrong_size_in_the_list_is_put_right_by_the_server(archive, fetched, off):
    outcome, folder = fetched(size=SIZE + off)
    assert outcome.complete == 1
    _assert_whole(archive, folder, ["movie_0.mrc"])


def test_a_file_that_is_missing_stops_no_other(archive, fetched):
    archive.set(missing=["*/movie_2.mrc"])
    outcome, _ = fetched(ALL)
    assert outcome.complete == 5
    assert [failure.wanted.name for failure in outcome.failures] == ["movie_2.mrc"]
    assert isinstance(outcome.failures[0].error, FileMissing)
    assert archive.count("RETR", "*movie_2.mrc") == 1, "550 is final"


def test_eight_connections_to_a_server_that_bears_four_lose_nothing(archive, fetched):
    archive.set(max_connections=4, rate=6_000_000)
    outcome, folder = fetched(ALL, connections=8)
    assert (outcome.complete, outcome.failures) == (6, [])
    _assert_whole(archive, folder, ALL)


def test_a_silent_file_is_given_up_after_eight_tries_in_a_row(archive, fetched):
    archive.set(stall_after=0, fault_paths="*movie_1.mrc")
    waits = []
    outcome, _ = fetched(ALL[:2], connections=1, pause=waits.append)
    assert outcome.complete == 1
    assert [failure.wanted.name for failure in outcome.failures] == ["movie_1.mrc"]
    assert len(waits) == 7
    assert archive.count("RETR", "*movie_1.mrc") == 8


def test_an_unreachable_server_ends_the_run_with_one_sentence(tmp_path):
    server = FtpServer("ftp://127.0.0.1:9/empiar", HASTY)
    waits = []
    downloader = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "tmp", connections=1,
                            pause=waits.append)
    outcome = downloader.run([Wanted(f"data/{n}", 1, n) for n in ALL])
    assert isinstance(outcome.fatal, FatalError)
    assert "no connection" in str(outcome.fatal)
    assert len(waits) == 7, "not eight tries per file"


def test_a_host_that_does_not_exist_is_a_failed_connection():
    with pytest.raises(ConnectionFailed, match="no connection"):
        FtpServer("ftp://no-such-host.invalid/", HASTY).connect()


def test_a_refused_login_is_final(archive, server, fetched):
    archive.set(refuse_login=True)
    with pytest.raises(LoginRefused):
        server.connect()
    outcome, _ = fetched(ALL)
    assert isinstance(outcome.fatal, LoginRefused)


def test_a_private_address_in_the_pasv_reply_is_not_believed(archive, fetched):
    archive.set(private_pasv=True)
    outcome, _ = fetched()
    assert outcome.complete == 1


def test_a_server_that_restarts_under_way_is_waited_for(archive, fetched):
    archive.set(rate=3_000_000)
    waits = itertools.count()

    def restart_at_the_first_wait(seconds):
        if next(waits) == 0:
            archive.restart()

    timer = threading.Timer(0.5, archive.kill)
    timer.start()
    outcome, folder = fetched(ALL[:1], connections=1, pause=restart_at_the_first_wait)
    timer.join()
    assert outcome.complete == 1
    _assert_whole(archive, folder, ALL[:1])


def test_stop_finishes_what_is_under_way_and_begins_no_more(archive, fetched):
    archive.set(rate=6_000_000)
    stop = threading.Event()
    outcome, folder = fetched(ALL, connections=2, stop_requested=stop.is_set,
                              on_complete=lambda wanted: stop.set())
    assert outcome.stopped
    assert outcome.failures == []
    assert 1 <= outcome.complete <= 2
    _assert_whole(archive, folder, os.listdir(folder))


def test_a_disk_without_room_is_told_before_the_first_byte(archive, fetched):
    outcome, _ = fetched(size=10**18)
    assert isinstance(outcome.fatal, NoSpace)
    assert archive.count("RETR") == 0
    assert "1000000.0 TB" in str(outcome.fatal)


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a\nb", "a/../../b", "", "..", "a\x00b"])
def test_names_that_lead_out_are_refused_and_nothing_is_written(server, tmp_path, name):
    place = Placement(tmp_path / "run" / "extra")
    outcome = Downloader(server, place, tmp_path / "run" / "tmp").run(
        [Wanted("data/movie_0.mrc", SIZE, name)])
    assert isinstance(outcome.failures[0].error, UnsafeName)
    assert list(tmp_path.rglob("*")) == [] or list(tmp_path.rglob("*.mrc")) == []


def test_a_path_with_a_line_break_is_not_sent_to_the_server(archive, server, tmp_path):
    outcome = Downloader(server, Placement(tmp_path / "extra"), tmp_path / "tmp").run(
        [Wanted("data/a\r\nDELE movie_0.mrc", 5, "a.mrc")])
    assert isinstance(outcome.failures[0].error, UnsafeName)
    assert archive.count("DELE") == 0


def test_progress_ends_with_every_byte_counted_once(archive, fetched):
    archive.set(cut_after=1_000_000, cut_times=3)
    progress = Progress()
    fetched(ALL, progress=progress)
    state = progress.snapshot()
    total = sum(_size(name) for name in ALL)
    assert (state.files_done, state.files_total) == (6, 6)
    assert (state.bytes_done, state.bytes_total) == (total, total)


def test_an_error_that_nobody_foresaw_ends_the_run_and_not_the_program(fetched):
    def fail(wanted):
        raise RuntimeError("boom")

    outcome, _ = fetched(ALL, on_complete=fail)
    assert isinstance(outcome.fatal, TransferError)
    assert "boom" in str(outcome.fatal)


def test_the_policy_decides_how_often_is_tried(archive, fetched):
    archive.set(stall_after=0)
    outcome, _ = fetched(policy=RetryPolicy(attempts=2))
    assert archive.count("RETR") == 2
    assert outcome.complete == 0
