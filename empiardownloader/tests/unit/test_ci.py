"""The workflow of GitHub runs every target that has to pass before a change lands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
if not (ROOT / ".ci" / "run").is_file():
    pytest.skip("the checks are in the checkout only", allow_module_level=True)

PREPARATION = {"install", "peers"}
ALL_PROJECTS = {"test-smoke": "test-scipion"}  # the workflow runs them all with each Python


def targets_of_run():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    return set(re.findall(r"\btarget [0-9]+ ([a-z-]+)", text)) - PREPARATION


def targets_of_workflow():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    return {name.strip() for name in re.search(r"target: \[(.*)\]", text).group(1).split(",")}


def test_the_workflow_runs_every_target():
    targets = {ALL_PROJECTS.get(name, name) for name in targets_of_run()}
    assert len(targets) > 5
    assert targets == targets_of_workflow()


def test_every_target_is_in_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in targets_of_workflow():
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
