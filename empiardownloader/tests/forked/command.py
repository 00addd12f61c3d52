"""A command of Python (a script, ``-m module`` or ``-c code``) in a process that was forked."""

import atexit
import contextlib
import ctypes
import os
import runpy
import signal
import sys
import tempfile
import threading
import traceback

_ARGUMENTS = (48, 49)  # the fields arg_start and arg_end of proc(5), counted from 1
_CODE = "sitecustomize.py"
_MOST_FILES = 4096


def become(request, standard):
    """Do what the interpreter would with the request's words; what they raise is not caught."""
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
    os.closerange(3, _MOST_FILES)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    ignored = request["ignores_interrupt"]
    signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    sys.stdin = sys.__stdin__ = _standard_file(0, "r")
    sys.stdout = sys.__stdout__ = _standard_file(1, "w")
    sys.stderr = sys.__stderr__ = _standard_file(2, "w")
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    words = request["words"]
    _customize()
    if words[1] == "-c":
        sys.argv = ["-c", *words[3:]]
        sys.path[0] = ""
        exec(words[2], {"__name__": "__main__"})
    elif words[1] == "-m":
        sys.argv = words[2:]
        sys.path[0] = os.getcwd()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words[1:]
        sys.path[0] = os.path.dirname(sys.argv[0])
        runpy.run_path(sys.argv[0], run_name="__main__")


def ended_without_teardown(function, *arguments):
    """Call a function and end the process as the interpreter would.

    But for the removal of all objects, one by one, which takes a while of so many.
    """
    code = 0
    try:
        function(*arguments)
    except SystemExit as end:
        code = end.code
        if code is None or isinstance(code, int):
            code = code or 0
        else:
            print(code, file=sys.stderr)
            code = 1
    except KeyboardInterrupt:
        traceback.print_exc()
        code = None
    except BaseException:  # noqa: BLE001 (the interpreter's own end)
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for file in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed
            file.flush()
    if code is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code)


def _standard_file(number, mode):
    buffering = 1 if number == 2 or os.isatty(number) else -1
    return open(number, mode, buffering, closefd=False)


def show_as(words):
    """Let others see the words as this process's command line, as far as there is room."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    start, end = (int(fields[number - 3]) for number in _ARGUMENTS)
    text = b"\0".join(word.encode() for word in words)[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


def _customize():
    """Do what an interpreter does that finds a sitecustomize on its path."""
    for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        if folder not in sys.path and os.path.exists(os.path.join(folder, _CODE)):
            sys.path.insert(1, folder)
            runpy.run_path(os.path.join(folder, _CODE))
            return
