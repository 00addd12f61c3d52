"""The plugin class of Scipion: configuration variables, web page, binaries."""

import importlib.util
import logging

import pwem

from .settings import VARIABLES

logger = logging.getLogger(__name__)


class Plugin(pwem.Plugin):
    """The plugin; pip installs all its dependencies."""

    _url = "https://github.com/scipion-em/scipion-em-empiardownloader"

    @classmethod
    def _defineVariables(cls):
        for variable in VARIABLES:
            cls._defineVar(variable.name, variable.default, description=variable.description)
        if importlib.util.find_spec("empiar"):
            logger.warning(
                "scipion-em-empiar is installed too. It has a protocol class named "
                "EmpiarDownloader as well, and Scipion offers only one of the two: to be sure of "
                "this one, run 'scipion3 uninstallp -p scipion-em-empiar'."
            )

    @classmethod
    def getEnviron(cls):
        return None

    @classmethod
    def defineBinaries(cls, env):
        """No binaries."""


# Scipion looks for the plugin's folder and name through the module of its class.
Plugin.__module__ = __package__
