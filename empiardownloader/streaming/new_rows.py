"""What one state of a set's file has more than an earlier one, committed into that one at once."""

import sqlite3

#: pyworkflow's table of a set's own values, by key; all other tables have ascending ids.
_PROPERTIES = "Properties"


def commit_new_rows(newer: str, file: str, timeout: float) -> None:
    """Bring a set's file up to date with a newer state of it, in one transaction.

    Tables that are new are made, rows of higher ids added, properties replaced; what an item of
    the earlier state says stays. OperationalError where a lock is kept for ``timeout`` seconds.
    """
    connection = sqlite3.connect(file, timeout=timeout, isolation_level=None)
    try:
        connection.execute("ATTACH ? AS newer", [newer])
        connection.execute("BEGIN IMMEDIATE")
        known = {name for name, _ in _tables(connection, "main")}
        for name, statement in _tables(connection, "newer"):
            quoted = '"' + name.replace('"', '""') + '"'
            if name not in known:
                connection.execute(statement)
            if name not in known:
                connection.execute(f"INSERT INTO main.{quoted} SELECT * FROM newer.{quoted}")
            elif name.endswith(_PROPERTIES):
                connection.execute(f"REPLACE INTO main.{quoted} SELECT * FROM newer.{quoted}")
            else:
                connection.execute(
                    f"INSERT INTO main.{quoted} SELECT * FROM newer.{quoted} "
                    f"WHERE id > (SELECT COALESCE(MAX(id), 0) FROM main.{quoted})"
                )
        connection.execute("COMMIT")
    finally:
        connection.close()


def _tables(connection, schema):
    return connection.execute(
        f"SELECT name, sql FROM {schema}.sqlite_master "
        "WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
