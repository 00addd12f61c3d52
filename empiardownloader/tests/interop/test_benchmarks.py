"""The benchmark runs to its end, and its page agrees with its numbers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(not (ROOT / "benchmarks").is_dir(), reason="not in a checkout")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a quick run of everything that is installed."""
    sys.path.insert(0, str(ROOT))
    os.environ["BENCH_SERVERS"] = os.environ.get("INTEROP_SERVERS", "")
    from benchmarks import peers

    missing = [name for name in peers.missing() if name not in ("wget", "curl")]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("bench")
    words = [sys.executable, "-m", "benchmarks", "--quick", "--to", str(folder),
             "--raw", str(folder / "raw" / "runs.json")]
    subprocess.run(words, cwd=ROOT, check=True, timeout=540,
                   env={**os.environ, "MPLCONFIGDIR": str(folder)})
    assert (folder / "benchmark.png").stat().st_size > 10_000
    return folder


def test_every_measurement_has_its_section_with_every_tool(page):
    from benchmarks.measurements import DISKS, why_not

    text = (page / "benchmark.rst").read_text()
    sections = "1234567" if why_not(*DISKS) else "12345678"
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == list(sections)
    assert "the numbers mean nothing" in text
    for section in re.split(r"^\d\. ", text, flags=re.MULTILINE)[1:]:
        assert "\nempiardownloader " in section or " empiardownloader " in section
        assert " lftp" in section or "\nlftp" in section


def test_our_files_are_whole_in_spite_of_faults(page):
    text = (page / "benchmark.rst").read_text()
    assert re.search(r"^Every file whole, in every run: empiardownloader", text, re.MULTILINE)


def test_the_page_says_who_is_ahead_by_the_numbers_of_the_runs(page):
    from benchmarks import raw_results
    from benchmarks.report import report

    machine, results = raw_results.load(page / "raw" / "runs.json")
    big = [one for one in results if one.measurement == "big file"]
    ours, peer = big[0], big[1]
    ours.costs, others = ours.costs[:1], peer.costs[:1]
    for factor, is_ahead in ((1.2, True), (1.04, False), (0.5, False)):
        peer.costs = [type(others[0])(ours.wall / factor, 0.0)]
        text = report([ours, peer], machine)
        assert (f"{peer.tool} by a factor of {factor:.2f}" in text) is is_ahead
        assert ("No peer is ahead by more than 5%" in text) is not is_ahead
        assert f"  {1 / factor:.2f}\n" in text


def test_every_measurement_was_made(page):
    from benchmarks import raw_results

    _, results = raw_results.load(page / "raw" / "runs.json")
    assert [one for one in results if one.measurement == "start"], "all was measured"
