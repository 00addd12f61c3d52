"""Imitates a busy machine: stops the processes behind the windows for random times.

Faults of window tests (a click before a table is drawn, a double click that takes too long, a
tooltip in between) show only on busy machines, and rarely.
"""

import contextlib
import random
import subprocess
import threading


@contextlib.contextmanager
def stuttering(processes, longest):
    """Stop one of the ``processes`` at a time, for up to ``longest`` seconds, again and again.

    The list may change meanwhile. With 0 s nothing is stopped.
    """
    if longest <= 0:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_stutter, args=(processes, longest, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _stutter(processes, longest, ended):
    while not ended.wait(random.uniform(0, 0.3)):
        process = random.choice(processes).pid
        # Another process wakes it: while Tk waits for the X server, no thread of ours may run.
        subprocess.run(
            ["sh", "-c", f"kill -STOP {process}; sleep {random.uniform(0, longest):.2f}; "
                         f"kill -CONT {process}"],
            stderr=subprocess.DEVNULL, check=False)
