"""The plugin's workflow templates, as Scipion's own code finds and loads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pyworkflow import Config
from pyworkflow.project import Project
from pyworkflow.template import TemplateList

RELION = "motion_correction_relion"
MOTIONCOR = "motion_correction_motioncor"
WHOLE_ENTRY = "whole_entry_relion"
TILT_SERIES = "tilt_series_relion"


def offered():
    """Those that the chooser offers, by name."""
    templates = TemplateList()
    templates.addPluginTemplates()
    return {template.name: template for template in templates.templates
            if template.source == "empiardownloader"}


def filled(template, **values):
    """Return the steps of the workflow of a template, as the chooser's form fills it in."""
    template.replaceEnvVariables()
    template.parseContent()
    for name, value in values.items():
        assert template.setParamValue(name, value) == 1, name
    file = Path(template.createTemplateFile())
    steps = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return steps


def unknownNames(step, protocol):
    """Return the parameters of a template's step that the protocol's form does not have."""
    asked = {name for name in step if not name.startswith("object.")}
    return asked - {name for name, _ in protocol().iterDefinitionAttributes()}


def load(name, folder, **values):
    """Run `scipion template FILE --nogui name=value ...` with projects in a folder.

    Returns the project, whose runs are scheduled, and the output.
    """
    done = subprocess.run(
        [sys.executable, "-m", "scipion", "template", offered()[name].templatePath, "--nogui",
         *(f"{field}={value}" for field, value in values.items()), "project_name=fromTemplate"],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "SCIPION_USER_DATA": folder,
             "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout
    project = Project(Config.getDomain(), f"{folder}/projects/fromTemplate")
    project.load()
    return project, done.stdout
