"""Stands for a forked command where a child process is expected: its signals and its exit code.

    python -S -E forwarder.py SOCKET PYTHON WORD...

What ends this process, ends the command.
"""

import os
import signal
import sys

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(address, *words):
    """Have the command forked by the server at the address; end as it ends."""
    from request import fork  # beside this file: the package itself takes a while to load

    signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    process = fork(address, list(words), is_tied=True)
    for number in _FORWARDED:
        signal.signal(number, lambda received, _: os.kill(process.number, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    code = process.wait()
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
