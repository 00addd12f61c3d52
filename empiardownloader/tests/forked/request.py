"""How a process is asked of a server, and what is known of it."""

import array
import json
import os
import signal
import socket

MOST_BYTES = 1 << 17


class ForkedProcess:
    """A process that another one has forked; its end can be waited for."""

    def __init__(self, channel):
        self._channel = channel
        self.number = self._answer()

    def wait(self):
        """Return its exit code, or minus the signal that ended it."""
        with self._channel:
            return self._answer()

    def forget(self):
        """Let it go on alone."""
        self._channel.close()

    def _answer(self):
        answer = self._channel.recv(MOST_BYTES)
        if not answer:
            raise RuntimeError("the process from which others are forked has ended")
        return int(answer)


def fork(address, words, standard=(0, 1, 2), environment=None, is_tied=False):
    """Return a process that does the words of a command, forked by the server at this address.

    ``is_tied``: it is killed when this process has ended.
    """
    request = {
        "words": words, "folder": os.getcwd(), "environment": environment or dict(os.environ),
        "ignores_interrupt": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        "is_tied": is_tied,
    }
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel.connect(address)
    rights = array.array("i", standard)
    channel.sendmsg([json.dumps(request).encode()],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    return ForkedProcess(channel)
