"""What is FTP's own with Debian's FTP servers: commands, exact sizes, passive connections."""

import pytest
from conftest import start
from servers import FTP_SERVERS, Proftpd, Pyftpdlib, Vsftpd

from empiardownloader.transfer import FolderLister, open_server
from empiardownloader.transfer.errors import ConnectionFailed
from empiardownloader.transfer.ftp import _Session

REFUSING = [kind for kind in FTP_SERVERS if kind.refusable]


@pytest.fixture
def sent(monkeypatch):
    """The commands that go over the line, without their arguments."""
    commands = []
    putline = _Session.putline

    def remember(session, line):
        commands.append(line.split(" ")[0])
        putline(session, line)

    monkeypatch.setattr(_Session, "putline", remember)
    return commands


@pytest.fixture
def server(ftp_served, tree):
    return open_server(f"{ftp_served.url}/{tree.entry}")


@pytest.fixture
def transport(server):
    transport = server.connect()
    yield transport
    transport.close()


def test_a_greeting_of_several_lines_is_read_to_its_end(transport):
    assert transport._session.getwelcome().count("\n") >= 3
    assert transport.size_of("data/empty.mrc") == 0


def test_a_folder_takes_one_command_and_its_sizes_are_exact(ftp_served, server, sent, tree):
    with FolderLister(server) as list_folder:
        for _ in range(2):
            items = list_folder("data/movies")
            assert {item.name: item.size for item in items} == tree.movies
        many = list_folder("data/many")
    assert {item.name: item.size for item in many} == tree.many
    listings = [command for command in sent if command in ("MLSD", "LIST", "NLST", "SIZE")]
    # MLSD is asked for once where the server has none.
    assert listings == (["MLSD"] + ["LIST"] * 3 if type(ftp_served) is Vsftpd else ["MLSD"] * 3)


def test_a_size_is_told_for_the_session_is_in_binary_mode(ftp_served, transport):
    assert transport.size_of("data/movies/movie_07.mrc") == 4_000_007
    transport.list_folder("data")
    assert transport.size_of("data/movies/movie_07.mrc") == 4_000_007
    transport._session.voidcmd("TYPE A")
    if type(ftp_served) in (Proftpd, Pyftpdlib):
        with pytest.raises(Exception, match="ASCII"):
            transport.size_of("data/movies/movie_07.mrc")


@pytest.mark.parametrize("kind", FTP_SERVERS, ids=lambda kind: kind.name)
def test_ipv6_asks_for_extended_passive_connections_only(kind, tree, sent):
    with start(kind, tree, address="::1") as served:
        with FolderLister(open_server(served.url)) as list_folder:
            assert list_folder("empiar")
    assert "EPSV" in sent
    assert "PASV" not in sent


@pytest.mark.parametrize("kind", REFUSING, ids=lambda kind: kind.name)
@pytest.mark.parametrize(("address", "refused", "used"), [("127.0.0.1", "PASV", "EPSV"),
                                                          ("127.0.0.1", "EPSV", "PASV"),
                                                          ("::1", "EPSV", "PASV")])
def test_a_refused_kind_of_passive_connection_is_replaced_by_the_other(
    kind, tree, download, folder, sent, address, refused, used
):
    wanted = tree.wanted("small", list(tree.small)[:20])
    with start(kind, tree, address=address, refused=[refused]) as served:
        outcome = download(served, wanted, connections=1)
    assert (outcome.complete, outcome.failures, outcome.fatal) == (20, [], None)
    tree.assert_whole(wanted, folder / "extra")
    assert sent.count(used) >= 20
    assert sent.count(refused) <= 1, "asked for once, not for each file"


@pytest.mark.parametrize("kind", REFUSING, ids=lambda kind: kind.name)
def test_a_server_without_passive_connections_is_told_so_and_is_no_missing_file(kind, tree):
    with start(kind, tree, refused=["PASV", "EPSV"]) as served:
        transport = open_server(served.url).connect()
        with pytest.raises(ConnectionFailed, match="passive"):
            transport.list_folder("empiar")
        transport.close()
