"""``list -v``: values that the texts beside movies give otherwise than the archives."""

import pytest

from empiardownloader.cli import main
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.mrc import tiny_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.tests.data.instrument_files import epu_xml, movie_mdoc

PIXEL = "Pixel size: EMPIAR-{} says 3 Å, the movie's mdoc 1.5 Å (half: super-resolution?)"
VOLTAGE = "Voltage: EMD-90001 says 300 kV, the movie's mdoc 200 kV"
DOSE = "Dose per frame: EMD-90001 says 10 e/Å², the movie's mdoc 5 e/Å²"
EPU = "Pixel size: EMPIAR-{} says 3 Å, EPU's XML 0.91 Å"
#: Texts beside movies, EMDB maps, and the lines that they lead to.
CASES = {
    "10001": ({".mrc.mdoc": movie_mdoc("m.mrc", 1.5, 20, 4, 200)}, ["EMD-90001"],
              [PIXEL, VOLTAGE, DOSE]),
    "10002": ({".mrc.mdoc": movie_mdoc("m.mrc", 1.5, 20, 4, 200)}, [], [PIXEL]),
    "10003": ({".xml": epu_xml(0.91, 300)}, ["EMD-90001"], [EPU]),
    "10004": ({".mrc.mdoc": movie_mdoc("m.mrc", 3.02, 40, 4)}, ["EMD-90001"], []),
    "10005": ({}, ["EMD-90001"], []),
    "10006": ({".mrc.mdoc": b"broken \xff"}, ["EMD-90001"], []),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    for number, (texts, maps, _) in CASES.items():
        files = {f"data/m{n}.mrc": tiny_movie(n) for n in range(4)}
        files.update(
            {f"data/m{n}{end}": text for n in range(4) for end, text in texts.items()}
        )
        image_set = {"directory": "data", "pixel_width": 3.0, "pixel_height": 3.0,
                     "frames_per_image": 4}
        folder.add_entry(number, [image_set], files, cross_references=maps)
    folder.add_map(90001, voltage=300, dose_per_image=40)
    with MiniatureArchive(folder.root) as served:
        yield served


@pytest.fixture(autouse=True)
def asked(archive, addressed):
    archive.forget_requests()


def differing(lines):
    return [line for line in lines if line.startswith(("Pixel size", "Voltage", "Dose"))]


@pytest.mark.parametrize("number", CASES)
def test_list_tells_each_difference_in_a_line(archive, capsys, number):
    texts, _, lines = CASES[number]
    assert main(["list", number, "-v"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert differing(out) == [line.format(number) for line in lines]
    assert archive.count("RETR") == (3 if texts else 0)
    archive.forget_requests()
    assert main(["list", number]) == 0
    assert differing(capsys.readouterr().out.splitlines()) == []
    assert archive.count("RETR") == 0
