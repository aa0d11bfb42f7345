"""What Linux itself holds a process to: no network, and only the system calls of plain computing.

It outlasts whatever a program does to Python: even machine code is held to it. For x86-64 and
ARM64; nothing of it elsewhere. Only the standard library, and only in the guard's process.
"""

from __future__ import annotations

import ctypes
import os
import sys

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_GET_SECCOMP, _SET_SECCOMP, _SET_NO_NEW_PRIVS, _FILTER = 21, 22, 38, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM. Source: linux/seccomp.h, as are those above."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
"""BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K. Source: linux/bpf_common.h."""
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
"""Where struct seccomp_data has them (bytes)."""

# Numbers of system calls: x86-64's (arch/x86/entry/syscalls/syscall_64.tbl), ARM64's
# (asm-generic/unistd.h). -1: there is none.
_CALLS = """
read               0   63
write              1   64
close              3   57
fstat              5   80
lseek              8   62
mmap               9  222
mprotect          10  226
munmap            11  215
brk               12  214
rt_sigaction      13  134
rt_sigprocmask    14  135
rt_sigreturn      15  139
select            23   -1
sched_yield       24  124
mremap            25  216
madvise           28  233
nanosleep         35  101
getpid            39  172
exit              60   93
uname             63  160
gettimeofday      96  169
getrusage         98  165
sysinfo           99  179
times            100  153
sigaltstack      131  132
gettid           186  178
time             201   -1
futex            202   98
sched_getaffinity 204 123
restart_syscall  219  128
clock_gettime    228  113
clock_getres     229  114
clock_nanosleep  230  115
exit_group       231   94
pselect6         270   72
set_robust_list  273   99
getrandom        318  278
membarrier       324  283
rseq             334  293
"""
_ARCHITECTURES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}
"""AUDIT_ARCH_* (linux/audit.h), and the column of the numbers."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jump_true", ctypes.c_uint8),
        ("jump_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("first", ctypes.POINTER(_Instruction)))


def able() -> bool:
    """Whether this kernel has filters, and this processor's system calls are known."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return False
    known = os.uname().machine in _ARCHITECTURES
    return known and ctypes.CDLL(None).prctl(_GET_SECCOMP, 0, 0, 0, 0) >= 0


def leave_network() -> bool:
    """Have no network but an empty one of one's own. False where a container refuses it."""
    return bool(ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NET) == 0)


def shut() -> bool:
    """Give up all system calls but those of plain computing: no file is opened from now on, and no
    socket. Only where `able`; False where it did not work.
    """
    libc = ctypes.CDLL(None)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    instructions = _instructions(os.uname().machine)
    listed = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), listed)
    return bool(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _instructions(machine: str) -> list[_Instruction]:
    """The filter for that processor."""
    architecture, column = _ARCHITECTURES[machine]
    found = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE_AT),
        _Instruction(_EQUAL, 1, 0, architecture),
        _Instruction(_RETURN, 0, 0, _REFUSE),
        _Instruction(_LOAD, 0, 0, _NUMBER_AT),
    ]
    for row in _CALLS.strip().splitlines():
        number = int(row.split()[column])
        if number >= 0:
            found += [_Instruction(_EQUAL, 0, 1, number), _Instruction(_RETURN, 0, 0, _ALLOW)]
    return [*found, _Instruction(_RETURN, 0, 0, _REFUSE)]
