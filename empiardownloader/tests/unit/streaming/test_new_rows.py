"""A state of a set's file is brought up to a newer one: whatever tables there are, and at once."""

import sqlite3

import pytest

from empiardownloader.streaming.new_rows import commit_new_rows

SERIES = "TS_01"


def write(path, objects, properties, tables=()):
    """A set's file with these ids of items, and tables of two rows for some of the items."""
    connection = sqlite3.connect(path)
    for prefix, rows in [("", objects), *((f"{name}_", [1, 2]) for name in tables)]:
        connection.execute(f'CREATE TABLE "{prefix}Objects" (id INTEGER PRIMARY KEY, label TEXT)')
        connection.execute(f'CREATE TABLE "{prefix}Classes" (id INTEGER PRIMARY KEY, name TEXT)')
        connection.execute(f'CREATE TABLE "{prefix}Properties" (key TEXT UNIQUE, value TEXT)')
        connection.executemany(f'INSERT INTO "{prefix}Objects" VALUES (?, ?)',
                               [(row, f"{prefix}{row}") for row in rows])
        connection.execute(f'INSERT INTO "{prefix}Classes" VALUES (1, "Movie")')
    connection.executemany("INSERT INTO Properties VALUES (?, ?)", properties.items())
    connection.commit()
    connection.close()
    return str(path)


def content(path):
    connection = sqlite3.connect(path)
    names = [name for name, in connection.execute("SELECT name FROM sqlite_master "
                                                  "WHERE type = 'table' ORDER BY name")]
    rows = {name: sorted(connection.execute(f'SELECT * FROM "{name}"')) for name in names}
    connection.close()
    return rows


@pytest.mark.parametrize(("earlier", "later", "tables"), [
    ([1], [1, 2, 3], ((), ())),
    ([1, 2], [1, 2], ((), ())),
    ([], [1], ((), (SERIES,))),
    ([1], [1, 2, 3], ((SERIES,), (SERIES, "TS_02", "odd 'name\" Properties"))),
], ids=["rows", "only the state", "the first table of an item", "tables of new items"])
def test_what_is_new_is_committed(tmp_path, earlier, later, tables):
    file = write(tmp_path / "file", earlier, {"_size": "1", "_streamState": "1"}, tables[0])
    newer = write(tmp_path / "newer", later, {"_size": str(len(later)), "_streamState": "2"},
                  [name.replace('"', '') for name in tables[1]])
    commit_new_rows(newer, file, timeout=1)
    assert content(file) == content(newer)


def test_an_item_that_is_there_stays_as_it_was(tmp_path):
    file = write(tmp_path / "file", [1], {"_size": "1"})
    newer = write(tmp_path / "newer", [1, 2], {"_size": "2"})
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE Objects SET label = 'changed' WHERE id = 1")
    connection.close()
    commit_new_rows(newer, file, timeout=1)
    assert content(file)["Objects"] == [(1, "1"), (2, "2")]


def test_a_lock_of_a_reader_leaves_the_file_as_it_was(tmp_path):
    file = write(tmp_path / "file", [1, 2], {"_size": "2"})
    newer = write(tmp_path / "newer", [1, 2, 3], {"_size": "3"}, [SERIES])
    before = content(file)
    reader = sqlite3.connect(file)
    half_read = reader.execute("SELECT * FROM Objects")
    half_read.fetchone()
    with pytest.raises(sqlite3.OperationalError):
        commit_new_rows(newer, file, timeout=0.1)
    half_read.close()
    reader.close()
    assert content(file) == before


def test_a_reader_that_keeps_one_connection_sees_all_or_nothing(tmp_path):
    file = write(tmp_path / "file", [1], {"_size": "1"})
    newer = write(tmp_path / "newer", [1, 2], {"_size": "2"}, [SERIES])
    reader = sqlite3.connect(file)
    query = "SELECT (SELECT value FROM Properties), (SELECT COUNT(*) FROM Objects), COUNT(*) " \
            "FROM sqlite_master WHERE name LIKE 'TS%'"
    assert reader.execute(query).fetchall() == [("1", 1, 0)]
    commit_new_rows(newer, file, timeout=1)
    assert reader.execute(query).fetchall() == [("2", 2, 3)]
    reader.close()
