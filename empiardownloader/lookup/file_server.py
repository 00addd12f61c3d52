"""The file server of an entry."""

from typing import Any

from ..archive.entry import Entry
from ..settings import Addresses
from ..transfer import FallbackServer, Server, open_server

#: FTP, and HTTPS where FTP cannot be reached; or one of them alone.
TRANSPORTS = ("auto", "ftp", "https")


def open_entry_server(
    entry: Entry, addresses: Addresses, transport: str = "auto", **patience: Any
) -> Server:
    """The file server, rooted in the entry's folder; ``transport`` is one of TRANSPORTS.

    Use one object for a whole run: that FTP cannot be reached is found out once for each.
    ``patience``: the options of FallbackServer, for how long that may take.
    """
    ftp, https = f"{addresses.ftp}/{entry.number}", f"{addresses.https}/{entry.number}"
    if transport == "auto":
        return FallbackServer(open_server(ftp), open_server(https), **patience)
    return open_server(ftp if transport == "ftp" else https)
