"""The benchmarks' verdicts, on figures that are made up."""

import copy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
if not (ROOT / "benchmarks").is_dir():
    pytest.skip("the benchmarks are in the checkout only", allow_module_level=True)
sys.path.insert(0, str(ROOT))

from benchmarks import __main__ as bench  # noqa: E402 (after the path)
from benchmarks import thresholds  # noqa: E402
from benchmarks.process import Cost  # noqa: E402
from benchmarks.results import Series  # noqa: E402
from benchmarks.scale import __main__ as scale  # noqa: E402
from benchmarks.scale import report as scale_report  # noqa: E402
from benchmarks.scale.runs import Results, Scale  # noqa: E402

OURS, OLD = "empiardownloader", "empiardownloader (Python 3.8.18)"


def series(measurement, case, tool, wall=10.0, cpu=1.0, files=30, peak=None, whole=None):
    return Series(measurement, case, tool, files, 1_000_000_000, 4,
                  [Cost(wall, cpu, peak, whole, machine_cpu=2.0)] * 3)


GOOD = [
    *(series("movies", case, tool, wall) for case in ("1", "4")
      for tool, wall in ((OURS, 10.4), ("lftp", 10.0), ("aria2", 10.1), ("curl", 5.0))),
    series("big file", "HTTPS", OURS, 10.4),
    series("big file", "HTTPS", "lftp pget -n 4"),
    series("big file", "HTTPS", "aria2 -x 4"),
    *(series("no limit", "FTP", tool, 0.9, 0.9) for tool in (OURS, OLD, "lftp", "curl")),
    series("no limit", "FTP", "wget", 0.1, 0.1),
    *(series("delay", "FTP", tool) for tool in (OURS, "lftp, pipelined", "aria2, no reuse")),
    *(series("listing", "1000 folders of 20", tool) for tool in (OURS, "lftp")),
    series("memory", "10", OURS, files=10, peak=26e6),
    series("memory", "10000", OURS, files=10_000, peak=30e6),
    series("memory", "10000", "curl", files=10_000, peak=13e6),
    series("faults", "killed", OURS, whole=30),
    series("faults", "killed", "lftp", whole=12),
    *(series("disk", disk, tool) for disk in ("ext4", "xfs") for tool in (OURS, "lftp", "curl")),
    series("disk", "ext4", "wget", 0.1, 0.1),
]


def changed(measurement, tool, case=None, **costs):
    """The good results, but for one series that costs this instead."""
    results = copy.deepcopy(GOOD)
    [one] = [one for one in results if (one.measurement, one.tool) == (measurement, tool)
             and case in (None, one.case)]
    one.costs = [Cost(**{**vars(one.costs[0]), **costs})] * 3
    return results


def test_results_that_reach_every_bar_miss_none():
    assert thresholds.missed(GOOD) == []
    assert thresholds.missed([one for one in GOOD if one.tool == OURS]) == [], "without any peer"


@pytest.mark.parametrize(("results", "words"), [
    (changed("movies", OURS, "4", wall=10.6), ["movies, 4: 1.06 of the wall time of lftp"]),
    (changed("movies", "aria2", "1", wall=9.8), ["movies, 1: 1.06 of the wall time of aria2"]),
    (changed("big file", OURS, wall=10.6), ["of lftp pget -n 4", "of aria2 -x 4"]),
    (changed("delay", "lftp, pipelined", wall=9.0), ["delay, FTP: 1.11 of the wall time of lftp"]),
    (changed("no limit", OURS, cpu=0.91), ["CPU time of lftp", "CPU time of curl"]),
    (changed("no limit", "curl", wall=0.89), [f"{OURS}, no", f"{OLD}, no"]),
    (changed("no limit", OLD, cpu=0.91), [f"{OLD}, no limit, FTP: 1.01", f"{OLD}, no"]),
    (changed("disk", OURS, "xfs", wall=10.6), ["xfs: 1.06 of the wall time of lftp", "curl"]),
    (changed("disk", "curl", "ext4", cpu=0.9), []),
    (changed("disk", "curl", "ext4", machine_cpu=1.8), ["ext4: 1.11 of the CPU time of curl"]),
    (changed("listing", "lftp", wall=9.0), ["listing, 1000 folders of 20: 1.11"]),
    (changed("memory", OURS, "10000", peak=33e6), ["1.27 of the peak of 10 files with 10000"]),
    (changed("faults", OURS, whole=29), ["killed: 1 of 30 files lost"]),
])
def test_each_bar_that_is_missed_has_its_sentence(results, words):
    missed = thresholds.missed(results)
    assert len(missed) == len(words), missed
    for sentence, word in zip(missed, words):
        assert word in sentence


@pytest.mark.parametrize(("quick", "results", "status"), [
    ([], GOOD, 0),
    ([], changed("listing", "lftp", wall=9.0), 1),
    (["--quick"], changed("listing", "lftp", wall=9.0), 0),
])
def test_the_benchmark_fails_where_a_bar_is_missed(monkeypatch, tmp_path, quick, results, status):
    monkeypatch.setattr(bench, "_measure", lambda asked: (results, True))
    monkeypatch.setattr(bench, "_write", lambda *page: None)
    assert bench.main([*quick, "--to", str(tmp_path)]) == status


def runs(wall=60.0, peak=200e6):
    """Our runs with 1,000, 5,000 and 20,000 movies; of the largest, this time and memory."""
    figures = ((1000, 7.0, 150e6), (5000, 17.0, 160e6), (20000, wall, peak))
    return Results(ours=[
        Scale("ours", movies, seconds, seconds, memory, 1, 0.1, 8, 1000, 1000, [0.1])
        for movies, seconds, memory in figures
    ])


@pytest.mark.parametrize(("results", "words"), [
    (runs(wall=78.0), None),
    (runs(wall=79.0), "A movie of 20,000 costs 1.16 times the wall time of a movie of 5,000"),
    (runs(peak=224e6), None),
    (runs(peak=225e6), "Peak memory at 20,000 movies is 1.50 of that at 1,000"),
])
def test_the_scale_fails_where_a_movie_or_memory_costs_more(
    monkeypatch, tmp_path, capsys, results, words
):
    monkeypatch.setattr(scale, "_measured", lambda *amounts: results)
    monkeypatch.setattr(scale, "report", lambda *page: "")
    assert scale.main(["--to", str(tmp_path / "scale.rst")]) == (1 if words else 0)
    assert (words or "") in capsys.readouterr().err
    assert len(scale_report.missed(results)) == (1 if words else 0)
