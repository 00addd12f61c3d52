"""The local end: parts, places, and what a full or foreign disk does to them."""

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest

from empiardownloader.disk.atomic import move_into_place
from empiardownloader.disk.errors import NoSpace
from empiardownloader.disk.space import allocated_bytes
from empiardownloader.errors import FileError
from empiardownloader.net.errors import PartLocked
from empiardownloader.transfer.download import part_file
from empiardownloader.transfer.download.byte_ranges import ByteRanges
from empiardownloader.transfer.download.part_file import PartFile


def test_a_part_has_one_writer(tmp_path):
    first = PartFile(tmp_path, "a.mrc", 10)
    with pytest.raises(PartLocked):
        PartFile(tmp_path, "a.mrc", 10)
    first.write(0, memoryview(b"12345"))
    first.close()
    second = PartFile(tmp_path, "a.mrc", 10)
    assert list(second.received) == [(0, 5)]
    second.close()


def test_a_part_that_was_moved_while_another_waited_is_not_written_to(tmp_path, monkeypatch):
    first = PartFile(tmp_path, "a.mrc", 5)
    first.write(0, memoryview(b"12345"))
    final = tmp_path / "a.mrc"

    import fcntl

    def lock_after_the_move(file, operation, lock=fcntl.flock):
        if not final.exists():
            first.seal()
            os.replace(first.path, final)
            first.close()
        lock(file, operation)

    monkeypatch.setattr("fcntl.flock", lock_after_the_move)
    second = PartFile(tmp_path, "a.mrc", 5)
    assert second.received.total == 0, "a new part, not the published file"
    second.write(0, memoryview(b"x"))
    second.close()
    assert final.read_bytes() == b"12345"


# ------ parts that come out of order


def reopened(part):
    part.close()
    return PartFile(part.path.parent, "a.mrc", part.size)


@pytest.mark.parametrize("size", [10, 4095, 4096, 4097, 10_000])
def test_a_part_with_gaps_is_found_again_as_it_was(tmp_path, size):
    part = PartFile(tmp_path, "a.mrc", size)
    part.write(0, memoryview(b"ab"))
    part.write(6, memoryview(b"ghi"))
    part = reopened(part)
    assert list(part.received) == [(0, 2), (6, 9)]
    part.write(2, memoryview(b"cdef"))
    part = reopened(part)
    assert list(part.received) == [(0, 9)]
    part.write(9, memoryview(bytes(size - 9)))
    part = reopened(part)
    assert part.received.gaps(size) == []
    part.seal()
    part.close()
    assert part.path.read_bytes() == b"abcdefghi" + bytes(size - 9)


def test_the_beginning_of_a_part_with_gaps_can_be_kept_alone(tmp_path):
    part = PartFile(tmp_path, "a.mrc", 10_000)
    part.write(0, memoryview(b"ab"))
    part.write(500, memoryview(b"cd"))
    part.keep_prefix()
    assert list(part.received) == [(0, 2)]
    part = reopened(part)
    assert list(part.received) == [(0, 2)]
    part.close()


@pytest.mark.parametrize("behind", [b"", b"came 0-10000 00000000\n", b"\0" * 40])
def test_a_part_whose_map_cannot_be_read_begins_again(tmp_path, behind):
    (tmp_path / "a.mrc.10000.part").write_bytes(bytes(12_288) + behind + b"x")
    part = PartFile(tmp_path, "a.mrc", 10_000)
    assert part.received.total == 0
    part.write(0, memoryview(b"ab"))
    part = reopened(part)
    assert list(part.received) == [(0, 2)]
    part.close()


def test_a_map_that_names_more_than_the_file_is_not_believed(tmp_path):
    (tmp_path / "a.mrc.10.part").write_bytes(bytes(4096) + ByteRanges([(0, 11)]).encode(4000))
    part = PartFile(tmp_path, "a.mrc", 10)
    assert part.received.total == 0
    part.close()


@pytest.mark.parametrize(("count", "seconds"), [(part_file.SYNC_BYTES, 0), (1, 6)])
def test_only_what_was_brought_to_the_disk_is_believed_after_a_kill(
    tmp_path, monkeypatch, count, seconds
):
    monkeypatch.setattr(part_file, "SYNC_BYTES", 100)
    count = min(count, 100)
    now = [0.0]
    part = PartFile(tmp_path, "a.mrc", 10_000, clock=lambda: now[0])
    part.write(500, memoryview(bytes(99 if count == 100 else 10)))
    assert _after_a_kill(part, tmp_path) == []
    now[0] += seconds
    stop = part.received.total + 500
    part.write(stop, memoryview(bytes(count)))
    part.write(800, memoryview(b"cd"))
    assert _after_a_kill(part, tmp_path) == [(500, stop + count)]
    part.close()
    kept = PartFile(tmp_path, "a.mrc", 10_000)
    assert list(kept.received) == [(500, stop + count), (800, 802)], "closed in order, it is safe"
    kept.close()


def test_a_slow_line_gets_on_though_its_runs_are_killed_after_seconds(tmp_path):
    now = [0.0]
    part = PartFile(tmp_path, "a.mrc", 10_000_000, clock=lambda: now[0])
    for number in range(8):  # a second, at 2 MB/s
        part.write(250_000 * number, memoryview(bytes(250_000)))
        now[0] += 0.125
    assert _after_a_kill(part, tmp_path)[0][1] >= 1_000_000
    part.close()


def _after_a_kill(part, folder):
    """What is believed of a copy of the part as it is at this moment."""
    crashed = folder / "crashed"
    crashed.mkdir(exist_ok=True)
    shutil.copy(part.path, crashed)
    copy = PartFile(crashed, "a.mrc", part.size)
    come = list(copy.received)
    copy.close()
    return come


@pytest.mark.parametrize("size", [part_file.SMALL + 1, part_file.SYNC_BYTES])
def test_a_sealed_part_was_brought_to_the_disk_before_its_length_says_that_it_is_whole(
    tmp_path, monkeypatch, size
):
    calls = []
    part = PartFile(tmp_path, "a.mrc", size)
    part.received.add(0, size)
    with monkeypatch.context() as patch:
        for name in ("fsync", "ftruncate"):
            real = getattr(os, name)
            patch.setattr(os, name, lambda *args, name=name, real=real: (
                calls.append(name), real(*args))[1])
        part.seal()
    part.close()
    assert calls == ["fsync", "ftruncate"]
    assert part.path.stat().st_size == size
    again = PartFile(tmp_path, "a.mrc", size)
    assert again.received.total == size
    again.close()


@pytest.mark.parametrize("size", [10, part_file.SMALL])
def test_of_a_small_file_one_fsync_is_enough_and_its_length_proves_nothing(
    tmp_path, monkeypatch, size
):
    content, synced = os.urandom(size), []
    part = PartFile(tmp_path, "a.mrc", size)
    part.write(0, memoryview(content))

    def fsync(descriptor, real=os.fsync):
        synced.append((os.readlink(f"/proc/self/fd/{descriptor}"), os.fstat(descriptor).st_size))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        part.seal()
        shutil.copy(part.path, tmp_path / "cut.mrc.part")  # what a power cut may leave, but zeros
        move_into_place(part.path, tmp_path / "a.mrc")
    part.close()
    assert synced == [(str(part.path), size), (str(tmp_path), os.stat(tmp_path).st_size)]
    assert (tmp_path / "a.mrc").read_bytes() == content
    (tmp_path / "cut.mrc.part").rename(part.path)
    again = PartFile(tmp_path, "a.mrc", size)
    assert again.received.total == 0
    again.close()


def test_a_part_of_an_older_version_is_not_believed(tmp_path):
    (tmp_path / "a.mrc.10.part").write_bytes(b"12345")
    part = PartFile(tmp_path, "a.mrc", 10)
    assert part.received.total == 0
    part.close()


def test_a_link_at_a_part_s_name_is_not_followed(tmp_path):
    others = tmp_path / "somebody else's"
    others.write_bytes(b"precious")
    (tmp_path / "a.mrc.10.part").symlink_to(others)
    part = PartFile(tmp_path, "a.mrc", 10)
    part.write(0, memoryview(b"12345"))
    part.close()
    assert others.read_bytes() == b"precious"


@pytest.mark.parametrize("room, taken", [(2.5, 2.5), (2, 2), (3, 3), (9, 3.25)])
def test_of_a_large_block_what_the_system_takes_counts_though_it_is_written_in_pieces(
    tmp_path, monkeypatch, room, taken
):
    monkeypatch.setattr(part_file, "PIECE", 4096)
    block = bytes(random.Random(6).choices(range(256), k=13 * 1024))
    part = PartFile(tmp_path, "a.mrc", 100_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000 + int(room * 4096), limits[1]))
    try:
        count = part.write(1000, memoryview(block))
        assert count == taken * 4096
        if count < len(block):
            with pytest.raises(FileError):
                part.write(1000 + count, memoryview(block)[count:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(part.received) == [(1000, 1000 + count)]
    assert part.holds(1000, memoryview(block)[:count])
    part.close()


def test_a_part_that_the_disk_did_not_take_at_close_is_not_published(tmp_path, monkeypatch):
    part = PartFile(tmp_path, "a.mrc", 5)
    part.write(0, memoryview(b"12345"))

    def refuse(file, close=os.close):
        close(file)
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as patch, pytest.raises(NoSpace):
        patch.setattr(os, "close", refuse)
        part.seal()
    part.close()
    assert not part.path.exists()


KILLED_WRITER = """
import os, signal, sys, random
from pathlib import Path
from empiardownloader.transfer.download import part_file
part_file.SYNC_BYTES = 5_000
PartFile = part_file.PartFile
content, chance = Path(sys.argv[1]).read_bytes(), random.Random(sys.argv[3])
part = PartFile(Path(sys.argv[2]), "a.mrc", len(content))
calls_left = chance.randrange(3000)  # of any function, the kernel's too; one block needs about 50

def die_in_the_end(frame, event, argument):
    global calls_left
    calls_left -= 1
    if calls_left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(die_in_the_end)
print("begun", flush=True)
while part.received.gaps(part.size):
    start, stop = chance.choice(part.received.gaps(part.size))
    if len(part.received.gaps(part.size)) < 60:  # no download has nearly as many
        start = chance.randrange(start, stop)
    part.write(start, memoryview(content)[start:min(stop, start + chance.randrange(1, 9000))])
part.seal()
"""


def test_whatever_the_map_says_is_there_after_a_kill_at_any_moment(tmp_path):
    source = tmp_path / "source"
    content = os.urandom(2_000_001)
    source.write_bytes(content)
    chance, seen = random.Random(3), set()
    for turn in range(25):
        words = [sys.executable, "-c", KILLED_WRITER, str(source), str(tmp_path), str(turn)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            if turn % 2:  # amid a call of the kernel's; where this comes late, it dies by itself
                time.sleep(chance.uniform(0, 0.01))
                writer.kill()
        assert writer.returncode == -signal.SIGKILL, "it was killed at work"
        part = PartFile(tmp_path, "a.mrc", len(content))
        here = part.path.read_bytes()
        assert all(here[start:stop] == content[start:stop] for start, stop in part.received)
        seen.add(part.received.total)
        part.close()
    assert len(seen) > 5, "it came further nearly each time it died by itself"


def test_what_is_missing_in_a_part_takes_no_room(tmp_path):
    part = PartFile(tmp_path, "a.mrc", 50_000_000)
    part.write(40_000_000, memoryview(bytes(100_000)))
    part.close()
    assert 100_000 <= allocated_bytes(tmp_path) < 1_000_000
    assert allocated_bytes(tmp_path / "nowhere") == 0
