"""The table, in reStructuredText, with a plain word on where a peer is ahead."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple

from .measurements import DELAY, KILLED_EVERY, RATE
from .peers import OURS
from .results import Series
from .thresholds import LEVEL

Rows = List[Tuple[str, ...]]


def report(results: Sequence[Series], machine: Sequence[str], remark: str = "") -> str:
    """Return the whole page, with a remark above the numbers."""
    parts = [
        page_title("Side by side with other downloaders"),
        "``make bench`` wrote this page: every number is the median of "
        f"{_repeats(results)} runs, in which the tools took turns. Each tool runs as a whole "
        "process, with its start and its login; what it brought is compared with the original. "
        "Before each run as many bytes are written and removed as it will bring: else a tool would "
        "wait, by chance, for memory that the host of a virtual machine has taken back. "
        "The column *to ours* is a tool's number over that of empiardownloader: below 1 it is "
        f"ahead. A difference of less than {LEVEL - 1:.0%} is called none.",
        "\n".join(f"| {line}" for line in machine),
        _start(results),
        ".. image:: benchmark.png\n   :alt: The measurements as a chart",
    ]
    if remark:
        parts.insert(3, remark)
    sections: Dict[str, Callable[[List[Series]], str]] = {
        "movies": _movies, "big file": _big_file, "no limit": _no_limit,
        "delay": _delay, "listing": _listing, "memory": _memory, "faults": _faults,
        "disk": _disk,
    }  # fmt: skip
    for measurement, section in sections.items():
        series = [one for one in results if one.measurement == measurement]
        if series:
            parts.append(section(series))
    return "\n\n".join(parts) + "\n"


def _repeats(results: Sequence[Series]) -> int:
    return min(len(one.costs) for one in results if one.measurement != "faults")


def _start(results: Sequence[Series]) -> str:
    times = [f"{one.wall:.2f} s for {one.tool}" for one in results if one.measurement == "start"]
    if not times:
        return "The start of Python was not measured."
    text = (
        f"Our times begin with the start of Python and its imports, {' and '.join(times)}. It is "
        "paid once per download, not once per file."
    )
    ratios = _ratios_after_start(results)
    if ratios:
        text += (
            " Without it, our wall time with the movies of section 1 is "
            f"{min(ratios):.2f} to {max(ratios):.2f} of lftp's."
        )
    return text


def _ratios_after_start(results: Sequence[Series]) -> List[float]:
    """Our wall time less Python's start over lftp's, one per number of connections."""
    start = sum(s.wall for s in results if s.measurement == "start" and s.tool == OURS)
    movies = [one for one in results if one.measurement == "movies"]
    lftp = {one.case: one.wall for one in movies if one.tool == "lftp"}
    return [
        (one.wall - start) / lftp[one.case]
        for one in movies
        if one.tool == OURS and one.case in lftp
    ]


def _movies(series: List[Series]) -> str:
    rows: Rows = [("connections", "tool", "seconds", "MB/s", "of the line", "to ours")]
    for one in series:
        efficiency = one.data / one.wall / (one.connections * RATE)
        rate = one.data / one.wall / 1e6
        rows.append((one.case, one.tool, f"{one.wall:.2f}", f"{rate:.1f}", f"{efficiency:.0%}",
                     _to_ours(one, series, _wall)))  # fmt: skip
    size = series[0].data / series[0].connections / 1e6
    text = (
        f"FTP, {size:.0f} MB per connection in {series[0].files // series[0].connections} files. "
        "Start and login are in the time."
    )
    title = "1. Many movies, 5 MB/s per connection"
    return page_section(title, text, rows, _verdicts(series, _wall))


def _big_file(series: List[Series]) -> str:
    rows: Rows = [("tool", "seconds", "MB/s", "of the line", "to ours")]
    for one in series:
        rate = one.data / one.wall
        rows.append((one.tool, f"{one.wall:.2f}", f"{rate / 1e6:.1f}",
                     f"{rate / (one.connections * RATE):.0%}",
                     _to_ours(one, series, _wall)))  # fmt: skip
    text = (
        f"{series[0].data / 1e6:.0f} MB from nginx, which limits each connection. All tools may "
        f"use {series[0].connections} connections for the file."
    )
    title = "2. One big file over HTTPS, 5 MB/s per connection"
    return page_section(title, text, rows, _verdicts(series, _wall))


def _no_limit(series: List[Series]) -> str:
    rows: Rows = [("tool", "seconds per GB", "to ours", "CPU seconds per GB", "to ours")]
    for one in series:
        per_gb = 1e9 / one.data
        rows.append((one.tool, f"{one.wall * per_gb:.2f}", _to_ours(one, series, _wall),
                     f"{one.cpu * per_gb:.2f}", _to_ours(one, series, _cpu)))  # fmt: skip
    text = f"FTP, {series[0].data / 1e9:.2f} GB in {series[0].files} files, four connections."
    walls = _verdicts(series, _wall, "wall time")
    cpus = _verdicts(series, _cpu, "CPU")
    return page_section("3. No limit", text, rows, walls + cpus)


def _disk(series: List[Series]) -> str:
    rows: Rows = [("disk", "tool", "seconds per GB", "to ours", "CPU seconds per GB", "to ours",
                   "of these its own")]  # fmt: skip
    for one in series:
        per_gb = 1e9 / one.data
        rows.append((one.case, one.tool, f"{one.wall * per_gb:.2f}", _to_ours(one, series, _wall),
                     f"{one.machine_cpu * per_gb:.2f}", _to_ours(one, series, _machine_cpu),
                     f"{one.cpu * per_gb:.2f}"))  # fmt: skip
    text = (
        f"As in section 3, onto an ext4 and an XFS in loop devices, past the cache of the file "
        f"that is the device: {series[0].data / 1e9:.2f} GB in {series[0].files} files, four "
        "connections, no limit. Each tool is followed by ``sync -f``, and the time is until then. "
        "Ours writes each file to the disk itself, before it has its name; for the others the "
        "kernel's threads do that later. So the processor time is the whole machine's, with the "
        "server and the kernel's threads, and the last column what the tool's own process had."
    )
    walls = _verdicts(series, _wall, "wall time")
    cpus = _verdicts(series, _machine_cpu, "CPU")
    return page_section("8. On a disk", text, rows, walls + cpus)


def _delay(series: List[Series]) -> str:
    rows: Rows = [("tool", "seconds", "round trips per file", "to ours")]
    for one in series:
        trips = one.wall * one.connections / one.files / DELAY
        rows.append((one.tool, f"{one.wall:.2f}", f"{trips:.1f}", _to_ours(one, series, _wall)))
    text = (
        f"FTP, {series[0].files} files of 20 kB over a round trip of {DELAY * 1000:.0f} ms and "
        f"{series[0].connections} connections; opening a connection costs nothing here. "
        "lftp sends its commands without waiting (``ftp:sync-mode off``) and asks for no dates "
        "(``ftp:use-mdtm no``): by default its mirror asks for each file's date first, one after "
        "the other. Ours asks vsftpd for the next file's port together with this file. aria2 logs "
        "in for each file: over reused connections it was seen to wait for its time-out now and "
        "then with files this small. wget and ftplib are left out for the time that they take."
    )
    title = "4. Small files over a long line"
    return page_section(title, text, rows, _verdicts(series, _wall))


def _listing(series: List[Series]) -> str:
    rows: Rows = [("tree", "tool", "seconds", "CPU seconds", "to ours")]
    rows += [(one.case, one.tool, f"{one.wall:.2f}", f"{one.cpu:.2f}",
              _to_ours(one, series, _wall)) for one in series]  # fmt: skip
    text = "FTP, no limit, no delay; lftp by ``find -l``. Ours reads and sorts the whole tree."
    return page_section("5. Listing", text, rows, _verdicts(series, _wall))


def _memory(series: List[Series]) -> str:
    rows: Rows = [("files", "tool", "peak memory, MB", "seconds")]
    rows += [(one.case, one.tool, f"{one.peak / 1e6:.1f}", f"{one.wall:.2f}") for one in series]
    text = "FTP, files of 1 kB, four connections."
    return page_section("6. Memory", text, rows, _verdicts(series, lambda one: one.peak, "memory"))


def _faults(series: List[Series]) -> str:
    rows: Rows = [("trouble", "tool", "files that came whole", "seconds")]
    for one in series:
        wholes = ", ".join(f"{whole} of {one.files}" for whole in one.wholes)
        rows.append((one.case, one.tool, wholes, f"{one.wall:.1f}"))
    text = (
        f"FTP, {series[0].files} files of {series[0].data / series[0].files / 1e6:.1f} MB, "
        f"{RATE / 1e6:.0f} MB/s per connection; every run is shown. In the first case all "
        f"processes that serve sessions are killed every {KILLED_EVERY:.0f} s, in the second more "
        "connections are asked for than the server allows. Tools that end without a file end early."
    )
    return page_section("7. Faults", text, rows, _losses(series))


def _losses(series: List[Series]) -> List[str]:
    lost = [f"{one.tool} {sum(one.files - whole for whole in one.wholes)} of "
            f"{one.files * len(one.costs)} ({one.case})"
            for one in series if min(one.wholes) < one.files]  # fmt: skip
    losers = {one.tool for one in series if min(one.wholes) < one.files}
    whole = [tool for tool in dict.fromkeys(one.tool for one in series) if tool not in losers]
    lines = [f"Every file whole, in every run: {', '.join(whole) or 'none of them'}."]
    return [*lines, f"Files lost: {'; '.join(lost)}."] if lost else lines


def _wall(one: Series) -> float:
    return one.wall


def _cpu(one: Series) -> float:
    return one.cpu


def _machine_cpu(one: Series) -> float:
    return one.machine_cpu


def _to_ours(one: Series, series: List[Series], cost: Callable[[Series], float]) -> str:
    ours = [other for other in series if other.tool == OURS and other.case == one.case]
    return f"{cost(one) / cost(ours[0]):.2f}" if ours and one is not ours[0] else ""


def _verdicts(
    series: List[Series], cost: Callable[[Series], float], what: str = ""
) -> List[str]:
    """One line per peer and case that costs less than ours."""
    lines = []
    for case in dict.fromkeys(one.case for one in series):
        mine = [one for one in series if one.case == case and one.tool.startswith(OURS)]
        peers = [one for one in series if one.case == case and one not in mine]
        for us in mine:
            ahead = [f"{peer.tool} by a factor of {cost(us) / cost(peer):.2f}" for peer in peers
                     if cost(us) > cost(peer) * LEVEL]  # fmt: skip
            if ahead:
                where = ", ".join(part for part in (what, _name(series[0], case)) if part)
                lines.append(f"**Ahead of {us.tool}**, {where}: {', '.join(ahead)}.")
    where = f" in {what}" if what else ""
    return lines or [f"No peer is ahead by more than {LEVEL - 1:.0%}{where}."]


def _name(series: Series, case: str) -> str:
    if series.measurement == "movies":
        return f"{case} connection{'s' if case != '1' else ''}"
    return f"{case} files" if series.measurement == "memory" else case


def page_title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}"


def page_section(title: str, text: str, rows: Rows, verdicts: List[str]) -> str:
    heading = f"{title}\n{'-' * len(title)}"
    return "\n\n".join([heading, text, table(rows), *verdicts])


def table(rows: Rows) -> str:
    """Return a table in reStructuredText; the first row is its heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]  # fmt: skip
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])
