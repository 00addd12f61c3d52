"""Commits the new items of one file of a set into another file of it, in one transaction."""

import sqlite3

#: pyworkflow's table of a set's own values, by key.
_PROPERTIES = "Properties"

#: pyworkflow's tables of a set's items, with ascending ids.
_ITEMS = ("Objects", "Classes")


def commit_new_rows(newer: str, file: str, timeout: float) -> None:
    """Add to a set's file the items that another file of the set has with higher ids.

    The tables of new items are copied, and the set's properties replaced. What the file says of its
    own items stays, and so do their tables: an item is complete when it is added.
    OperationalError if a lock is held for ``timeout`` seconds.
    """
    connection = sqlite3.connect(file, timeout=timeout, isolation_level=None)
    try:
        connection.execute("ATTACH ? AS newer", [newer])
        connection.execute("BEGIN IMMEDIATE")
        for name, statement in _new_tables(connection):
            connection.execute(statement)
            connection.execute(f"INSERT INTO main.{name} SELECT * FROM newer.{name}")
        for name in _ITEMS:
            connection.execute(
                f"INSERT INTO main.{name} SELECT * FROM newer.{name} "
                f"WHERE id > (SELECT COALESCE(MAX(id), 0) FROM main.{name})"
            )
        connection.execute(f"REPLACE INTO main.{_PROPERTIES} SELECT * FROM newer.{_PROPERTIES}")
        connection.execute("COMMIT")
    finally:
        connection.close()


def _new_tables(connection):
    """Return the quoted name and the statement of each table that only the newer file has."""
    rows = connection.execute(
        "SELECT name, sql FROM newer.sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND name NOT IN (SELECT name FROM main.sqlite_master)"
    )
    return [('"' + name.replace('"', '""') + '"', statement) for name, statement in rows]
