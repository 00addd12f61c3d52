"""The downloader's memory does not grow with the size or the number of files."""

import os
import shutil
import subprocess
import sys

import pytest

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive

MB = 1_000_000
FEW, MANY, TINY = 10, 2_000, 10_000  # files, files, bytes
SMALL, LARGE = MB, 200 * MB

# The peak of the process alone: ru_maxrss begins with that of the process that started it.
WORKER = """
import re, sys
from pathlib import Path
from empiardownloader.transfer import Downloader, Destination, FileRequest, open_server

url, folder, first, count, size = sys.argv[1:]
names = [f"{number}.mrc" for number in range(int(first), int(first) + int(count))]
outcome = Downloader(open_server(url), Destination(Path(folder, "extra")), Path(folder, "tmp")).run(
    FileRequest(f"data/{name}", int(size), name) for name in names)
assert outcome.completed == int(count), outcome
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Many tiny files, and after them a small and a large one that take no room here."""
    entries = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    entries.add_entry("1", [{}], {f"data/{number}.mrc": bytes(TINY) for number in range(MANY)})
    for number, size in enumerate((SMALL, LARGE), MANY):
        os.truncate(entries.add_file("1", f"data/{number}.mrc", b""), size)
    with MiniatureArchive(entries.root) as served:
        yield served


@pytest.fixture(params=["EMPIAR_FTP_URL", "EMPIAR_HTTPS_URL"])
def peak(archive, request, tmp_path):
    """A function that downloads in a process of its own and gives its peak memory in bytes."""

    def fetch(first, count, size):
        folder = tmp_path / f"{first}-{count}"
        words = (f"{archive.environment[request.param]}/1", folder, first, count, size)
        done = subprocess.run([sys.executable, "-c", WORKER, *map(str, words)],
                              stdout=subprocess.PIPE, check=True)
        shutil.rmtree(folder)  # pytest would keep it
        return int(done.stdout) * 1024

    return fetch


def test_two_thousand_files_need_the_memory_of_ten(peak):
    assert peak(0, MANY, TINY) - peak(0, FEW, TINY) < 4 * MB, "two kB for each"


def test_a_large_file_needs_the_memory_of_a_small_one(peak):
    assert peak(MANY + 1, 1, LARGE) - peak(MANY, 1, SMALL) < 20 * MB
