"""FTP only, with Debian's FTP servers: commands, exact sizes, passive connections."""

import pytest
from servers import FTP_SERVERS, Proftpd, PureFtpd, Pyftpdlib, Vsftpd

from empiardownloader.errors import TransferError
from empiardownloader.net.errors import ConnectionFailed, SizeMismatch
from empiardownloader.transfer import DirectoryLister, open_server
from empiardownloader.transfer.ftp.control_connection import FtpSession

REFUSING = [kind for kind in FTP_SERVERS if kind.refusable]


@pytest.fixture
def sent(monkeypatch):
    """The commands that go over the line, without their arguments."""
    commands = []
    send = FtpSession._send

    def remember(session, *lines):
        commands.extend(line.split(" ")[0] for line in lines)
        send(session, *lines)

    monkeypatch.setattr(FtpSession, "_send", remember)
    return commands


@pytest.fixture
def server(ftp_served, tree):
    return open_server(f"{ftp_served.url}/{tree.entry}")


@pytest.fixture
def connection(server):
    connection = server.connect()
    yield connection
    connection.close()


def test_a_greeting_of_several_lines_is_read_to_its_end(connection):
    assert connection._session.getwelcome().count("\n") >= 3
    assert connection.size_of("data/movies/movie_07.mrc") == 4_000_007


def test_a_size_of_0_is_not_believed(connection):
    with pytest.raises(SizeMismatch, match="size"):
        connection.size_of("data/empty.mrc")


def test_a_folder_takes_one_command_and_its_sizes_are_exact(ftp_served, server, sent, tree):
    with DirectoryLister(server) as list_folder:
        for _ in range(2):
            items = list_folder("data/movies")
            assert {item.name: item.size for item in items} == tree.movies
        many = list_folder("data/many")
    believed = {name: size or None for name, size in tree.many.items()}
    assert {item.name: item.size for item in many} == believed
    listings = [command for command in sent if command in ("MLSD", "LIST", "NLST", "SIZE")]
    # MLSD is asked for once where the server has none.
    assert listings == (["MLSD"] + ["LIST"] * 3 if type(ftp_served) is Vsftpd else ["MLSD"] * 3)


def test_a_size_is_told_for_the_session_is_in_binary_mode(ftp_served, connection, sent):
    assert connection.size_of("data/movies/movie_07.mrc") == 4_000_007
    connection.list_folder("data")
    assert connection.size_of("data/movies/movie_07.mrc") == 4_000_007
    connection._session.voidcmd("TYPE A")
    sent.clear()
    assert connection.size_of("data/movies/movie_07.mrc") == 4_000_007
    if type(ftp_served) in (Proftpd, Pyftpdlib):
        assert {"MLSD", "LIST"} & set(sent), "SIZE is denied in ASCII mode, and the list tells"


@pytest.mark.parametrize("kind", FTP_SERVERS, ids=lambda kind: kind.name)
def test_ipv6_asks_for_extended_passive_connections_only(kind, tree, sent):
    with tree.served_by(kind, address="::1") as served, DirectoryLister(
        open_server(served.url)
    ) as list_folder:
        assert list_folder("empiar")
    assert "EPSV" in sent
    assert "PASV" not in sent


@pytest.mark.parametrize(
    ("kind", "address", "refused", "used"),
    [
        *((kind, "127.0.0.1", "PASV", "EPSV") for kind in REFUSING),
        *((kind, "127.0.0.1", "EPSV", "PASV") for kind in REFUSING),
        # PASV has no place for such an address; vsftpd alone gives its port in the usual form.
        (Vsftpd, "::1", "EPSV", "PASV"),
    ],
)
def test_a_refused_kind_of_passive_connection_is_replaced_by_the_other(
    kind, tree, download, folder, sent, address, refused, used
):
    wanted = tree.wanted("small", list(tree.small)[:20])
    with tree.served_by(kind, address=address, refused=[refused]) as served:
        outcome = download(served, wanted, connections=1)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (20, [], None)
    tree.assert_whole(wanted, folder / "extra")
    assert sent.count(used) >= 20
    assert sent.count(refused) <= 1, "asked for once, not for each file"


@pytest.mark.parametrize("kind", REFUSING, ids=lambda kind: kind.name)
def test_a_server_without_passive_connections_is_told_so_and_is_no_missing_file(kind, tree):
    with tree.served_by(kind, refused=["PASV", "EPSV"]) as served:
        connection = open_server(served.url).connect()
        with pytest.raises(ConnectionFailed, match="passive"):
            connection.list_folder("empiar")
        connection.close()


@pytest.mark.parametrize("which", [0, 1])
def test_vsftpd_loses_no_file_with_one_of_the_two_processes_of_a_session(
    tree, download, folder, which
):
    # The one that is left says "500 OOPS: child died", or "500 OOPS: priv_sock_send_cmd" later on.
    wanted = tree.wanted("movies", tree.movies, tree.movies)
    with tree.served_by(Vsftpd) as served:
        outcome = download(served, wanted, connections=1,
                           on_complete=lambda item: served.kill_one_process(which))
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (12, [], None)
    tree.assert_whole(wanted, folder / "extra")


def test_a_list_that_pure_ftpd_cuts_short_is_not_taken_for_the_whole(tree):
    class Brief(PureFtpd):
        listed = 2000

    with tree.served_by(Brief) as served:
        connection = open_server(f"{served.url}/{tree.entry}").connect()
        assert len(connection.list_folder("data/movies")) == len(tree.movies)
        with pytest.raises(TransferError, match="truncated to 2000"):
            connection.list_folder("data/many")
        connection.close()


@pytest.mark.parametrize("kind", [PureFtpd, Proftpd], ids=lambda kind: kind.name)
def test_a_link_whose_target_has_blanks_keeps_its_name(kind, tree):
    class TellingTargets(Proftpd):
        settings = "FactsOptions UseSlink"

    kind = TellingTargets if kind is Proftpd else kind
    with tree.served_by(kind) as served:
        connection = open_server(f"{served.url}/{tree.entry}").connect()
        names = {item.name for item in connection.list_folder("data/links") if item.is_link}
        connection.close()
    assert names >= {"good.mrc", "folder", "to blanks.mrc"}
