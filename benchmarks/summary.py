"""The few lines that the README shows of the measurements, put in their place there."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from .measurements import DELAY, RATE
from .peers import OURS
from .report import table
from .series import Series

BEGIN = ".. What follows, up to the end of it, 'make bench' has written."
END = ".. The end of it."
_TOOLS = (OURS, "lftp", "aria2")


def summary(results: Sequence[Series], machine: Sequence[str]) -> Optional[str]:
    """A table of seconds, with what they were measured with; None unless all of it was measured."""
    rows: List[Tuple[str, ...]] = [("seconds", *_TOOLS)]
    for measurement, connections in (("movies", 4), ("big file", 4), ("delay", 12)):
        chosen = [one for one in results
                  if one.measurement == measurement and one.connections == connections]  # fmt: skip
        if not chosen:
            return None
        seconds = {one.tool.split()[0].rstrip(","): f"{one.wall:.1f}" for one in chosen}
        rows.append((_case(chosen[0]), *(seconds.get(tool, "") for tool in _TOOLS)))
    lines = "\n".join(f"| {line}" for line in machine)
    return f"{table(rows)}\n\n{lines}"


def _case(one: Series) -> str:
    rate, data = f"{RATE / 1e6:.0f} MB/s", f"{one.data / 1e6:.0f} MB"
    texts: Dict[str, str] = {
        "movies": f"{one.files} movies, {data}, {one.connections} connections of {rate}",
        "big file": f"One file, {data}, HTTPS, {one.connections} connections of {rate}",
        "delay": f"{one.files} small files, {DELAY * 1000:.0f} ms away, "
                 f"{one.connections} connections",
    }  # fmt: skip
    return texts[one.measurement]


def put_into(readme: Path, text: str) -> None:
    """Replace what stands between the two comments."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{readme} has no place for the measurements: {BEGIN!r} to {END!r}")
    readme.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
