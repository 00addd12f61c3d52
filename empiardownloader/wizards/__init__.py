"""The wizards behind the wands of the form; they ask the archive before a run does.

Scipion finds the classes of this package by itself. Its names begin with the plugin's, as two
wizards of one name, in whatever plugins, keep Scipion's form from opening.
"""

from .file_pattern import EmpiarFilePatternWizard
from .gain_path import EmpiarGainPathWizard
from .image_set import EmpiarImageSetWizard
from .series_names import EmpiarSeriesNamesWizard

__all__ = [
    "EmpiarFilePatternWizard",
    "EmpiarGainPathWizard",
    "EmpiarImageSetWizard",
    "EmpiarSeriesNamesWizard",
]
