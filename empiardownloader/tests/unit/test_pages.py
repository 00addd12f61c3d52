"""README and pages: links that lead somewhere, pictures that exist, and rooms that are named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
README, DOCS, PACKAGE = ROOT / "README.rst", ROOT / "docs", ROOT / "empiardownloader"
if not README.exists():
    pytest.skip("README and pages are in the checkout only", allow_module_level=True)

REPOSITORY = "https://github.com/scipion-em/scipion-em-empiardownloader"
RAW = "https://raw.githubusercontent.com/scipion-em/scipion-em-empiardownloader/main/docs/"
#: What a user looks for first: Ctrl+F, the form, a wizard, a run's summary and steps, the viewer.
SHOWN = {"search.png", "form.png", "image_sets.png", "running.png", "steps.png", "viewer.png"}
LINKS = (
    r"^\.\. (?:image|figure|include|literalinclude):: +(\S+)",  # also within a list
    r"^ *:target: +(\S+)",
    r"^\.\. _[^:\n]+: +(\S+)",
    r"`[^`<]*<([^`<>]+)>`_",
)
PAGES = sorted(DOCS.glob("*.rst"))


def links_of(page):
    text = page.read_text(encoding="utf-8")
    patterns = [pattern.replace(r"^\.\.", r"^ *\.\.") for pattern in LINKS]
    return [link for pattern in patterns for link in re.findall(pattern, text, re.MULTILINE)]


def pictures_of(page):
    return {Path(link).name for link in links_of(page) if link.endswith(".png")}


@pytest.mark.parametrize(("line", "link"), [
    ("   .. image:: docs/a.png\n", "docs/a.png"),
    (".. image:: https://example.org/a.png\n   :target: docs/a.rst\n", "docs/a.rst"),
    (".. _page: docs/a.rst\n", "docs/a.rst"),
    ("see `the page <docs/a.rst>`_ and `another <docs/b.rst>`__", "docs/b.rst"),
    ("see `the long\nname <docs/a.rst>`__", "docs/a.rst"),
])
def test_every_form_of_link_is_seen(tmp_path, line, link):
    (tmp_path / "page.rst").write_text(line)
    assert link in links_of(tmp_path / "page.rst")


def test_the_readme_has_no_relative_link_as_pypi_does_not_resolve_them():
    links = links_of(README)
    assert len(links) > 10
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_readme_is_read_in_two_minutes():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_readmes_links_to_this_repository_lead_to_files_of_it():
    links = [link for link in links_of(README) if link.startswith((f"{REPOSITORY}/blob/", RAW))]
    assert len(links) > 10
    for link in links:
        name = link.replace(f"{REPOSITORY}/blob/main/", "").replace(RAW, "docs/")
        assert (ROOT / name).is_file(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_pages_links_to_its_neighbours_lead_to_files(page):
    for link in links_of(page):
        if "://" not in link:
            assert (DOCS / link.partition("#")[0]).is_file(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_can_be_found_from_the_index(page):
    listed = re.findall(r"^   (\w+)$", (DOCS / "index.rst").read_text("utf-8"), re.MULTILINE)
    assert page.stem in {*listed, "index"}


def test_every_picture_is_there_and_shown():
    in_readme, in_docs = pictures_of(README), set().union(*map(pictures_of, PAGES))
    assert len(in_readme) > 2
    assert in_docs >= SHOWN
    assert in_readme <= in_docs
    assert in_docs == {path.name for path in DOCS.glob("*.png")}
    for picture in DOCS.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG"), picture.name


def test_the_architecture_names_every_room():
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    table = re.findall(r"^``(\w+)/``", (DOCS / "architecture.rst").read_text("utf-8"), re.MULTILINE)
    assert len(rooms) > 10
    assert rooms - set(table) == set()


def test_the_glossary_has_thirty_words_in_order():
    _, _, text = (DOCS / "contributing.rst").read_text("utf-8").partition("Glossary\n--------\n")
    glossary, _, _ = text.partition("\n===")
    words = re.findall(r"^(\S.*)\n    \S", glossary, re.MULTILINE)
    assert len(words) >= 30
    assert words == sorted(words)
