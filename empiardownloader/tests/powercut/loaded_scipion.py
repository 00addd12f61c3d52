"""Scipion with all its protocols, loaded once: the processes of the power cuts are forked from it.

What a start of Scipion costs is mostly its imports. Importing this module loads them, and the
commands of the package; the environment must tell by then where Scipion's projects are.
"""

import gc
import logging
import os
import shlex
import sys
import threading
import traceback

from empiardownloader import cli
from empiardownloader.cli import run
from empiardownloader.headless import prepare_environment, protocol_class

__all__ = ["command_line", "run"]

prepare_environment()

from pyworkflow.protocol import runProtocolMain  # noqa: E402 (it reads the environment)
from pyworkflow.utils import LoggingConfigurator  # noqa: E402

protocol_class()
gc.collect()
gc.freeze()  # or each process would go through all that is loaded, and copy it
_launching = sys.modules["pyworkflow.protocol.launch"]  # a function of its name hides the module


def command_line(arguments):
    """The package's command, with the run's process forked from this one; returns its exit code.

    Only the start of that process differs from Scipion's own: its `_run` would start a shell.
    """
    _launching._run = _fork_protocol
    return cli.main(arguments)


def _fork_protocol(command, wait, stdin=None, stdout=None, stderr=None):
    """As Scipion's pw_protocol_run.py with the same arguments, waited for."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return child
    code = 1
    try:
        project, database, number, out, err = shlex.split(command)[2:]
        logging.getLogger().handlers.clear()  # those of the command
        LoggingConfigurator.setUpProtocolRunLogging(out, err)
        runProtocolMain(project, database, int(number))
        threading._shutdown()  # as at an interpreter's end
        code = 0
    except BaseException:  # noqa: BLE001 (the interpreter would print it, too)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
