"""An immediate answer to Ctrl+C, also within a blocking system call."""

import contextlib
import os
import signal
import threading
from typing import Iterator

STOPPING = "Stopping. Press Ctrl+C again to stop at once."


@contextlib.contextmanager
def answering_ctrl_c(message: str = STOPPING) -> Iterator[None]:
    """Print a message at the first Ctrl+C within the block, and end the process at the second.

    The message is printed before KeyboardInterrupt is raised, which waits for the end of a system
    call such as the search for a server's address. What was received is kept in either case.
    """
    is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # in the background of a script
    if is_ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    answerer = threading.Thread(target=_answer, args=(read, message), daemon=True)
    answerer.start()
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)
        answerer.join()
        os.close(read)


def _answer(read: int, message: str) -> None:
    """Read the signals' numbers, one byte each, until the other end is closed."""
    count = 0
    while True:
        numbers = os.read(read, 16)
        if not numbers:
            return
        for number in numbers:
            if number != signal.SIGINT:
                continue
            count += 1
            if count > 1:
                os._exit(128 + number)
            with contextlib.suppress(OSError):
                # Not by print, whose lock the main thread may hold.
                os.write(2, f"\n{message}\n".encode())
