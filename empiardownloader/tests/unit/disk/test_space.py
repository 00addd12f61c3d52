"""Free space, and the space that parts take."""

import os

import pytest

from empiardownloader.disk.errors import NoSpace
from empiardownloader.disk.space import allocated_bytes, require_free_space


def test_a_full_disk_is_told_with_both_numbers(tmp_path):
    with pytest.raises(NoSpace, match=r": 5000\.0 TB to download, .* free"):
        require_free_space(tmp_path, 5 * 10**15)
    require_free_space(tmp_path, 1)


def test_gaps_links_and_other_files_take_no_room(tmp_path):
    (tmp_path / "a.part").write_bytes(bytes(100_000))
    (tmp_path / "gap.part").touch()
    os.truncate(tmp_path / "gap.part", 50_000_000)
    (tmp_path / "other").write_bytes(bytes(100_000))
    (tmp_path / "link.part").symlink_to("other")
    assert allocated_bytes(tmp_path) == 100_000
    assert allocated_bytes(tmp_path / "nowhere") == 0


def test_a_part_that_another_run_removes_meanwhile_counts_nothing(tmp_path, monkeypatch):
    look = os.lstat

    def gone_when_looked_at(path):
        os.unlink(path)
        return look(path)

    (tmp_path / "a.part").write_bytes(b"1")
    monkeypatch.setattr(os, "lstat", gone_when_looked_at)
    assert allocated_bytes(tmp_path) == 0
