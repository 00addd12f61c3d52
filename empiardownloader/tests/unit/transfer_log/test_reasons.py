"""One cause is one line, and each file is named as long as they are few."""

import pytest

from empiardownloader.transfer_log import grouped_lines, named, without_name


def of(count, reason="it is gone"):
    return {f"m_{number}.mrc": reason for number in range(count)}


@pytest.mark.parametrize("count, lines", [(0, 0), (1, 1), (20, 20), (21, 1), (20_001, 1)])
def test_many_files_of_one_reason_are_one_line(count, lines):
    assert len(grouped_lines(of(count))) == lines


def test_a_line_of_many_names_the_first_and_counts_them():
    (line,) = grouped_lines(of(20_001))
    assert line.startswith("it is gone: 20,001 files (m_0.mrc, m_1.mrc, ")
    assert line.endswith("m_19.mrc, and 19,981 more)")


def test_other_reasons_keep_their_lines():
    lines = grouped_lines({**of(21), "x.mrc": "another"})
    assert len(lines) == 2
    assert lines[1] == "x.mrc: another"


def test_the_name_is_said_once():
    assert grouped_lines({"a.mrc": "a.mrc: it is gone"}) == ["a.mrc: it is gone"]
    assert without_name("data/a.mrc: it is gone", "a.mrc", "data/a.mrc") == "it is gone"
    assert without_name("it is gone", "", "a.mrc") == "it is gone"


def test_one_file_is_one_file():
    assert named(["a.mrc"]) == "1 file (a.mrc)"
