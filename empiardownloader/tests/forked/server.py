"""Loads what commands need, then forks a process for each command that it is sent.

    python -m empiardownloader.tests.forked.server SOCKET packages|scipion PADDING

With `packages` it loads what Scipion imports of others and our command line, which read no
settings; with `scipion`, Scipion and its plugins, which keep settings of the environment they find.
It prints a line when it serves, and ends after its standard input when no process of its own is
left.

A request is a JSON document, with the command's three standard files beside it; the answers are the
number of its process and, at its end, the exit code.
"""

import array
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys

from empiardownloader.tests.forked.command import become, ended_without_teardown, show_as
from empiardownloader.tests.forked.request import MOST_BYTES

# The heavy ones. Each could be left out: it would then be imported in each process.
PACKAGES = (
    "Bio.Align", "Bio.Entrez", "Bio.PDB", "Bio.SeqIO", "PIL.Image", "PIL.ImageTk",
    "bibtexparser", "dateutil.parser", "distro", "empiardownloader.cli",
    "empiardownloader.transfer.ftp.server", "empiardownloader.transfer.http.server", "emtable",
    "ftplib", "h5py", "importlib_metadata", "json.tool", "logging.config",
    "matplotlib.backends.backend_tkagg", "matplotlib.pyplot", "metadataviewer.model",
    "mpl_toolkits.mplot3d", "mrcfile", "ncempy", "netrc", "numpy", "psutil", "pywt", "requests",
    "scipy.interpolate", "scipy.ndimage", "scipy.optimize", "scipy.signal", "scipy.stats",
    "skimage.filters", "skimage.measure", "skimage.morphology", "skimage.restoration",
    "skimage.transform", "sqlite3", "tifffile", "tkcolorpicker", "tkinter.filedialog",
    "unittest.mock", "webbrowser", "xml.dom.minidom", "xml.sax", "yaml",
)


def load(level):
    """Import what the processes share."""
    if level == "packages":
        for name in PACKAGES:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        return
    from empiardownloader.headless import prepare_environment, protocol_class

    prepare_environment()
    protocol_class()


def serve(path):
    """Fork processes for requests; return each request in its process, and None at the end."""
    with contextlib.ExitStack() as files:
        listener = files.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        listener.bind(path)
        listener.listen(16)
        ends = files.enter_context(_child_ends())
        clients, tied = {}, {}
        files.callback(_close_all, clients)
        sources = [0, listener, ends]
        print("ready", flush=True)
        while 0 in sources or clients:
            ready = _readable([*sources, *tied])
            if 0 in ready:
                sources.remove(0)
            if ends in ready:
                ends.recv(4096)
                for number, code in _ended():
                    with clients.pop(number) as client:
                        tied.pop(client, None)
                        _answer(client, code)
            for client in tied.keys() & ready:
                os.kill(tied.pop(client), signal.SIGKILL)  # whom it stood for has ended
            if listener in ready:
                client, _ = listener.accept()
                request, standard = _received(client)
                number = _forked(request["words"])
                if not number:
                    client.close()
                    return request, standard
                for descriptor in standard:
                    os.close(descriptor)
                clients[number] = client
                if request["is_tied"]:
                    tied[client] = number
                _answer(client, number)
    return None


def _readable(sources):
    with selectors.PollSelector() as selector:  # no file of its own, which a fork would share
        for source in sources:
            selector.register(source, selectors.EVENT_READ)
        return {key.fileobj for key, _ in selector.select()}


@contextlib.contextmanager
def _child_ends():
    """A socket from which can be read whenever processes have ended."""
    reading, writing = socket.socketpair()
    with reading, writing:
        writing.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _ended():
    """Yield the numbers and exit codes of processes that have ended since."""
    with contextlib.suppress(ChildProcessError):
        while True:
            number, status = os.waitpid(-1, os.WNOHANG)
            if not number:
                return
            yield number, -os.WTERMSIG(status) if os.WIFSIGNALED(status) else status >> 8


def _forked(words):
    """Fork; the process has its words before anybody knows its number."""
    threads = os.listdir("/proc/self/task")
    if len(threads) > 1:
        raise RuntimeError(f"{len(threads)} threads: a fork would leave all but one behind")
    reading, writing = os.pipe()
    number = os.fork()
    if not number:
        show_as(words)
    os.close(writing)
    if number:
        os.read(reading, 1)  # until the process, too, has closed its end
    os.close(reading)
    return number


def _received(client):
    descriptors = array.array("i")
    room = socket.CMSG_SPACE(3 * descriptors.itemsize)
    content, ancillary, _, _ = client.recvmsg(MOST_BYTES, room, socket.MSG_CMSG_CLOEXEC)
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return json.loads(content), list(descriptors)


def _answer(client, number):
    with contextlib.suppress(OSError):  # it may not wait for the answer
        client.send(str(number).encode())


def _close_all(clients):
    for client in clients.values():
        client.close()


def main(path, level):
    """Load, serve, and in each process that is forked become its command."""
    load(level)
    gc.collect()
    gc.freeze()  # or each process would go through all that is loaded, and copy it
    served = serve(path)
    if not served:
        return
    if level == "scipion":
        from empiardownloader.tests.forked.launching import fork_from

        fork_from(path)
    ended_without_teardown(become, *served)


if __name__ == "__main__":
    main(*sys.argv[1:3])
