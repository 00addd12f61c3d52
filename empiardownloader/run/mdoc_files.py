"""mdoc files on the local disk: complete, and as old as Compose Tilt Series wants them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Optional

from ..disk.atomic import atomic_file
from ..lookup.series_mdoc import modified_seconds

#: Seconds. Compose Tilt Series waits for the next tilt while an mdoc is younger than 180 s.
MIN_AGE = 240


def write_mdoc(path: Path, text: str, modified: str = "") -> None:
    """Write an mdoc. modified: its date in the server's listing, which it gets if it is told."""
    latest = time.time() - MIN_AGE
    told: Optional[float] = modified_seconds(modified)
    date = latest if told is None else min(told, latest)
    with atomic_file(path) as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.utime(file.fileno(), (date, date))
