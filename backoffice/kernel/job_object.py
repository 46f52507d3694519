"""A Job Object of Windows: what holds a child process within its limits, from outside.

Its structures are those of `winnt.h`, written with sizes that are the same wherever this is read. It follows its
documentation and has not run on a Windows yet.
"""

from __future__ import annotations

import ctypes
from typing import Any

_DWORD, _HANDLE = ctypes.c_uint32, ctypes.c_void_p


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", _DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", _DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", _DWORD),
        ("SchedulingClass", _DWORD),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


_EXTENDED_INFORMATION = 9  # of JOBOBJECTINFOCLASS
_ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_UNHANDLED, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001
# Without these, ctypes would cut a handle to 32 bits.
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "CreateJobObjectW": (_HANDLE, (ctypes.c_void_p, ctypes.c_wchar_p)),
    "SetInformationJobObject": (ctypes.c_int, (_HANDLE, ctypes.c_int, ctypes.c_void_p, _DWORD)),
    "OpenProcess": (_HANDLE, (_DWORD, ctypes.c_int, _DWORD)),
    "AssignProcessToJobObject": (ctypes.c_int, (_HANDLE, _HANDLE)),
    "CloseHandle": (ctypes.c_int, (_HANDLE,)),
}


class JobObject:
    """Holds a child: it ends with this process, starts no other, and stops at its memory.

    `kernel`: kernel32, opened with its last error kept. Nothing is said of windows and clipboards: a job that limits
    these cannot lie within another, and the Task Scheduler puts what it runs in one.
    """

    def __init__(self, kernel: Any, pid: int, memory: int) -> None:
        """`memory` in bytes. Raises OSError when Windows refuses."""
        self._kernel = kernel
        for name, (answers, takes) in _SIGNATURES.items():
            function = getattr(kernel, name)
            function.restype, function.argtypes = answers, takes
        self._job = _checked(kernel.CreateJobObjectW(None, None))
        try:
            limits = _limits(memory)
            _checked(kernel.SetInformationJobObject(
                self._job, _EXTENDED_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
            ))
            child = _checked(kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, 0, pid))
            try:
                _checked(kernel.AssignProcessToJobObject(self._job, child))
            finally:
                kernel.CloseHandle(child)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Whatever is still in it ends."""
        self._kernel.CloseHandle(self._job)


def _limits(memory: int) -> ExtendedLimits:
    wanted = ExtendedLimits()
    wanted.BasicLimitInformation.LimitFlags = _ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_UNHANDLED | _KILL_ON_CLOSE
    wanted.BasicLimitInformation.ActiveProcessLimit = 1
    wanted.ProcessMemoryLimit = memory
    return wanted


def _checked(answer: int | None) -> int:
    """Raises OSError for what Windows says by zero."""
    if not answer:
        last = getattr(ctypes, "get_last_error", lambda: 0)()
        raise OSError(last, "refused by Windows")
    return answer
