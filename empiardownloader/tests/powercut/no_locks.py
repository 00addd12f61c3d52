"""Runs a command as on file systems without locks, such as Lustre mounted without ``flock``.

    python no_locks.py COMMAND...

The kernel refuses the system call to the command and to all that it starts, with ENOLCK.
"""

import ctypes
import errno
import os
import platform
import sys

#: Of asm/unistd.h: the number differs between processors.
_FLOCK = {"x86_64": 73, "aarch64": 32}.get(platform.machine())
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38  # of linux/prctl.h
_SECCOMP_MODE_FILTER, _RET_ERRNO, _RET_ALLOW = 2, 0x00050000, 0x7FFF0000  # of linux/seccomp.h
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # of linux/bpf_common.h

REASON = "" if _FLOCK else f"the number of flock is not known for {platform.machine()}"


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte),
                ("k", ctypes.c_uint)]  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def refuse_locks():
    """Refuse flock to this process and its children, for good."""
    instructions = (_Instruction * 4)(
        (_LOAD, 0, 0, 0),  # the number of the system call
        (_JUMP_IF_EQUAL, 0, 1, _FLOCK),
        (_RETURN, 0, 0, _RET_ERRNO | errno.ENOLCK),
        (_RETURN, 0, 0, _RET_ALLOW),
    )
    program = _Program(len(instructions), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                  (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))):  # fmt: skip
        if libc.prctl(*words):
            raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


if __name__ == "__main__":
    refuse_locks()
    os.execvp(sys.argv[1], sys.argv[1:])
