"""Import rules between rooms, as docs/architecture draws them."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2]
PAGE = PACKAGE.parent / "docs" / "architecture.rst"

_GROUND = "errors units settings version"
_KNOW_NO_SCIPION = f"{_GROUND} disk net metadata archive files images transfer transfer_log lookup"
_BELOW_DOWNLOADS = f"{_GROUND} net disk transfer.base transfer.server_health"
#: What of ours a room may import beside itself; a part of a room that has a line has its own rules.
MAY_IMPORT = {
    "errors": "",
    "units": "",
    "settings": "",
    "version": "",
    "metadata": "",
    "files": "",
    "disk": "errors units",
    "net": "errors version",
    "archive": "errors net",
    "images": "errors metadata",
    "transfer": f"{_GROUND} net disk",
    "transfer.ftp": _BELOW_DOWNLOADS,
    "transfer.http": _BELOW_DOWNLOADS,
    "transfer.download": f"{_BELOW_DOWNLOADS} transfer.progress transfer.lazy_connection",
    "transfer_log": "transfer disk",
    "lookup": f"{_GROUND} net archive files transfer metadata",
    "api": f"{_GROUND} archive files images lookup transfer",
    # A movie is unpacked, and its header read, in a step of the stream.
    "streaming": "errors disk images",
    "run": _KNOW_NO_SCIPION,
    "protocols": f"{_KNOW_NO_SCIPION} streaming run",
}
#: They may import everything, and no room above may import them.
OUTERMOST = {"headless", "cli", "wizards", "viewers", "demo", "tests"}


def is_below(module, rooms):
    return any(f"{module}.".startswith(f"{room}.") for room in rooms)


def imported(path, code):
    """The modules and names of ours that the code of a module of ours imports, at any depth."""
    package = [PACKAGE.name, *path.parent.parts]
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name[len(PACKAGE.name) + 1:] for name in names
                    if name.startswith(f"{PACKAGE.name}."))


def forbidden(path, code):
    """The imports that the rules of the module's room do not allow."""
    module = ".".join(path.with_suffix("").parts)
    room = max((room for room in MAY_IMPORT if is_below(module, [room])), key=len)
    allowed = [room, *MAY_IMPORT[room].split()]
    return [name for name in imported(path, code) if not is_below(name, allowed)]


def modules():
    paths = (path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py")))
    return [path for path in paths if is_below(".".join(path.with_suffix("").parts), MAY_IMPORT)]


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_room_imports_only_what_it_may(path):
    assert forbidden(path, (PACKAGE / path).read_text(encoding="utf-8")) == []


def test_every_room_has_its_rules():
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms - OUTERMOST == {room for room in MAY_IMPORT if (PACKAGE / room).is_dir()}


@pytest.mark.parametrize(("path", "code", "name"), [
    ("disk/space.py", "from ..net import retry", "net.retry"),
    ("disk/space.py", "import empiardownloader.run.state", "run.state"),
    ("files/tree.py", "def f():\n    from ..archive.entry import Entry", "archive.entry.Entry"),
    ("images/dm.py", "from empiardownloader.cli import main", "cli.main"),
    ("run/state.py", "from ..streaming import protocol", "streaming.protocol"),
    ("streaming/set_file.py", "from ..lookup import entry_files", "lookup.entry_files"),
    ("transfer/ftp/server.py", "from ..http.server import HttpServer",
     "transfer.http.server.HttpServer"),
    ("transfer/download/ranges.py", "from ..ftp import server", "transfer.ftp.server"),
    ("transfer/base.py", "from .. import wizards", "wizards"),
])
def test_the_rules_find(path, code, name):
    assert forbidden(Path(path), code) == [name]


@pytest.mark.skipif(not PAGE.is_file(), reason="the pages are in the checkout only")
def test_the_page_has_every_room():
    named = re.findall(r"^``(\w+)(?:/|\.py)``  ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    rooms = {room for room in MAY_IMPORT if "." not in room} | OUTERMOST | {"templates"}
    assert sorted(named) == sorted(rooms)
