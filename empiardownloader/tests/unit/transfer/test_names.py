"""The names of the transfer room, which are imported when they are used."""

import subprocess
import sys

import pytest

from empiardownloader import transfer


def test_every_public_name_has_a_home():
    assert set(transfer.__all__) == {"open_server", *transfer._HOME_OF}
    for name in transfer.__all__:
        assert getattr(transfer, name).__name__ == name
    with pytest.raises(AttributeError, match="'nowhere'"):
        transfer.nowhere  # noqa: B018


def test_a_listing_over_ftp_imports_neither_requests_nor_the_downloader():
    code = (
        "import sys\n"
        "from empiardownloader.transfer import DirectoryLister, open_server\n"
        "DirectoryLister(open_server('ftp://localhost/'))\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "empiardownloader.transfer.ftp.server" in loaded
    assert not {"requests", "empiardownloader.transfer.download.downloader"} & set(loaded)
