"""A run's movies in Scipion's own viewer, which is another plugin's program."""

import logging
import shutil

from pwem import Config
from pyworkflow import Config as ScipionConfig
from pyworkflow.viewer import DESKTOP_TKINTER

logger = logging.getLogger(__name__)

_INSTEAD = "“Movie preview” works without it."


def showMovies(protocol, project, window):
    """Open the viewer that Scipion has for the set; else return a sentence that says what to do."""
    movies = getattr(protocol, protocol.outputName, None)
    if movies is None:
        return "No movie is registered yet."
    domain = ScipionConfig.getDomain()
    viewers = domain.findViewers(movies, DESKTOP_TKINTER)
    if not viewers:
        return f"This Scipion has no viewer for movies: install scipion-em-xmipp. {_INSTEAD}"
    missing = _missing(domain) if viewers[0].__module__.startswith("pwem.") else ""
    if missing:
        return f"Scipion's viewer for movies needs {missing}. {_INSTEAD}"
    try:
        viewers[0](project=project, protocol=protocol, parent=window).visualize(movies)
    except Exception as error:
        logger.exception("The viewer could not be opened")
        return f"Scipion's viewer could not be opened ({error}). {_INSTEAD}"
    return ""


def _missing(domain):
    """Return what the Java viewer of pwem lacks, '' if nothing."""
    if domain.importFromPlugin("xmipp3", "Plugin") is None:
        command = "scipion3 installp -p scipion-em-xmipp"
        return f"the plugin scipion-em-xmipp: install it with '{command}'"
    java = f"{Config.JAVA_HOME}/bin/java" if Config.JAVA_HOME else "java"
    if shutil.which(java) is None:
        return "Java: install it, or set JAVA_HOME in Scipion's configuration"
    return ""
