"""Ctrl+C is answered at once, also within a system call that no signal ends."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from empiardownloader.cli.ctrl_c import STOPPING, answering_ctrl_c

# The main thread holds still in one C call, as in the search for a server's address: a lock of
# Python's own would be left at a signal, a mutex of C is not.
_STUCK = """
import ctypes, signal, sys
from empiardownloader.cli.ctrl_c import answering_ctrl_c
signal.signal(signal.SIGINT, lambda *_: None)  # the first may come before the second lock
libc = ctypes.CDLL(None)
mutex = ctypes.create_string_buffer(256)
libc.pthread_mutex_init(mutex, None)
libc.pthread_mutex_lock(mutex)
with answering_ctrl_c("Stopping the run."):
    print("stuck", flush=True)
    libc.pthread_mutex_lock(mutex)
"""


def test_the_first_is_answered_and_the_second_ends_the_process_whatever_it_waits_for():
    process = subprocess.Popen([sys.executable, "-c", _STUCK], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "stuck\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() == "\n"
        assert process.stderr.readline() == "Stopping the run.\n"
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 128 + signal.SIGINT
    finally:
        process.kill()
        process.communicate()


def test_keyboard_interrupt_is_raised_and_all_is_as_before(capfd):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), answering_ctrl_c():
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == f"\n{STOPPING}\n"
    assert signal.set_wakeup_fd(-1) == -1


def test_the_inner_message_is_that_of_what_is_being_done(capfd):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), answering_ctrl_c("outer"), answering_ctrl_c("inner"):
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == "\ninner\n"


def test_where_ctrl_c_is_ignored_it_stays_ignored(capfd):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with answering_ctrl_c():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == ""


def test_in_another_thread_nothing_is_done():
    ended = []

    def work():
        with answering_ctrl_c():
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]
