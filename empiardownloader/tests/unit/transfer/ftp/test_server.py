"""The FTP transport and the downloader, against a real FTP server in a process of its own."""

import subprocess
import sys

import pytest
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS, SIZE, TransferScenarios

from empiardownloader.disk.errors import NoSpace
from empiardownloader.disk.paths import UnsafeName
from empiardownloader.errors import FatalError, TransferError
from empiardownloader.net.errors import AnonymousLoginRefused, FileMissing
from empiardownloader.transfer import (
    Destination,
    DirectoryLister,
    Downloader,
    FileRequest,
    FtpServer,
)


@pytest.mark.parametrize(
    ("url", "is_loaded"), [("ftp://host/a", False), ("https://host/a", True)]
)
def test_a_download_over_ftp_does_not_wait_for_the_import_of_requests(url, is_loaded):
    words = f"""
import sys
from empiardownloader.transfer import Downloader, open_server
open_server({url!r})
assert ("requests" in sys.modules) is {is_loaded}
from empiardownloader.transfer import HttpServer
"""
    subprocess.run([sys.executable, "-c", words], check=True)


class TestFtp(TransferScenarios):
    command = "RETR"

    def make_server(self, archive):
        return FtpServer(archive.environment["EMPIAR_FTP_URL"] + "/1", SHORT_TIMEOUTS)

    def make_unreachable_server(self, url):
        return FtpServer(f"ftp://{url}", SHORT_TIMEOUTS)

    @pytest.mark.parametrize("mlsd", [True, False])
    def test_a_folder_is_listed_with_one_command_and_exact_sizes(self, archive, server, mlsd):
        archive.set(ftp_mlsd=mlsd)
        with DirectoryLister(server) as list_folder:
            items = {item.name: item for item in list_folder("data")}
            list_folder("data/odd names")
        assert items["movie_3.mrc"].size == SIZE + 3
        assert items["odd names"].is_folder
        listings = sum(archive.count(command) for command in ("MLSD", "LIST"))
        assert listings == (2 if mlsd else 3), "MLSD is tried once, then never again"

    def test_a_folder_that_is_not_there_is_missing_for_list_too(self, archive, server):
        archive.set(ftp_mlsd=False)
        with DirectoryLister(server) as list_folder, pytest.raises(FileMissing):
            list_folder("data/nowhere")

    def test_eight_connections_to_a_server_that_bears_four_lose_nothing(self, archive, download):
        archive.set(max_connections=4, rate=6_000_000)
        outcome, folder = download(MOVIES, connections=8)
        assert (outcome.completed, outcome.failures) == (6, [])
        self.assert_whole(archive, folder, MOVIES)

    def test_a_refused_login_is_final(self, archive, server, download):
        archive.set(refuse_login=True)
        with pytest.raises(AnonymousLoginRefused):
            server.connect()
        outcome, _ = download(MOVIES)
        assert isinstance(outcome.fatal_error, AnonymousLoginRefused)

    def test_a_private_address_in_the_pasv_reply_is_not_believed(self, archive, download):
        archive.set(private_pasv=True)
        outcome, _ = download()
        assert outcome.completed == 1

    def test_a_disk_without_room_is_told_before_the_first_byte(self, archive, download):
        outcome, _ = download(size=10**18)
        assert isinstance(outcome.fatal_error, NoSpace)
        assert archive.count("RETR") == 0
        assert "1000000.0 TB" in str(outcome.fatal_error)

    @pytest.mark.parametrize("name", ["../../x", "/etc/x", "a\nb", "a/../../b", "", "..", "a\x00b"])
    def test_names_that_lead_out_are_refused_and_nothing_is_written(self, server, tmp_path, name):
        place = Destination(tmp_path / "run" / "extra")
        outcome = Downloader(server, place, tmp_path / "run" / "tmp").run(
            [FileRequest("data/movie_0.mrc", SIZE, name)]
        )
        assert isinstance(outcome.failures[0].error, UnsafeName)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_an_error_that_nobody_foresaw_ends_the_run_and_not_the_program(self, download):
        def fail(wanted):
            raise RuntimeError("boom")

        outcome, _ = download(MOVIES, on_complete=fail)
        assert isinstance(outcome.fatal_error, TransferError)
        assert not isinstance(outcome.fatal_error, FatalError)
        assert "boom" in str(outcome.fatal_error)
