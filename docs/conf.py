"""Sphinx configuration: ``make docs`` builds these pages into ``build/docs``."""

import ast
import re
import sys
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

project = "scipion-em-empiardownloader"
author = "The scipion-em-empiardownloader developers"
copyright = author
_ROOT = Path(__file__).resolve().parents[1]
_VERSION = _ROOT / "empiardownloader" / "version.py"
sys.path.insert(0, str(_ROOT))  # for the reference of the Python functions
# Read, not imported: the pages are built without Scipion.
release = version = ast.literal_eval(_VERSION.read_text(encoding="utf-8").split("=")[-1].strip())

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "none"  # the docstrings have them
exclude_patterns = ["build"]

html_theme = "alabaster"
html_title = f"{project} {release}"
html_theme_options = {
    "description": "Streams the movies of any EMPIAR entry into a Scipion project",
    "page_width": "1080px",
    "fixed_sidebar": True,
}
html_show_sphinx = False

_PAGE_LINK = re.compile(r"(?P<page>\w+)\.rst(?:#(?P<section>[\w-]+))?$")


def _link_pages(app, doctree):
    """Resolve ``page.rst`` links, which GitHub follows too; Sphinx's own roles it shows raw."""
    for link in list(doctree.findall(nodes.reference)):
        target = _PAGE_LINK.match(link.get("refuri", ""))
        if target is None:
            continue
        page = addnodes.pending_xref(
            "", refdomain="std", reftype="doc", reftarget=f"/{target['page']}",
            refdoc=app.env.docname, refexplicit=True, refwarn=True,
        )  # fmt: skip
        page += nodes.inline("", "", *link.children)
        link.replace_self(page)


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-read", _link_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
