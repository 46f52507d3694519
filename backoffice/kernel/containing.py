"""What a child process may use: memory, processor, files. POSIX limits itself; Windows puts the child in a Job Object.

The Windows part follows its documentation and has not run on a Windows yet.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """For one child: memory in MiB, and processor seconds for one piece of work."""

    memory_mib: int = 768
    cpu_seconds: int = 10


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _Basic),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _EXTENDED_LIMIT_INFORMATION = 9
    _ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_UNHANDLED, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
    _SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001

    class Cage:
        """Holds a child: it ends with this process, starts no other, and stops at its memory."""

        def __init__(self, pid: int, limits: Limits) -> None:
            """Raises OSError when Windows refuses."""
            self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            for function in ("CreateJobObjectW", "OpenProcess"):
                getattr(self._kernel, function).restype = wintypes.HANDLE
            self._job = self._checked(self._kernel.CreateJobObjectW(None, None))
            wanted = _Extended()
            wanted.BasicLimitInformation.LimitFlags = (
                _ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_UNHANDLED | _KILL_ON_CLOSE
            )
            wanted.BasicLimitInformation.ActiveProcessLimit = 1
            wanted.ProcessMemoryLimit = limits.memory_mib * _MIB
            self._checked(self._kernel.SetInformationJobObject(
                wintypes.HANDLE(self._job), _EXTENDED_LIMIT_INFORMATION, ctypes.byref(wanted), ctypes.sizeof(wanted)
            ))
            child = self._checked(self._kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid))
            try:
                self._checked(self._kernel.AssignProcessToJobObject(wintypes.HANDLE(self._job), wintypes.HANDLE(child)))
            finally:
                self._kernel.CloseHandle(wintypes.HANDLE(child))

        def close(self) -> None:
            """Whatever is still in it ends."""
            self._kernel.CloseHandle(wintypes.HANDLE(self._job))

        @staticmethod
        def _checked(answer: int | None) -> int:
            if not answer:
                raise ctypes.WinError(ctypes.get_last_error())
            return answer

    def limit_myself(limits: Limits) -> None:
        """The parent did it."""

    def allow_more_time(limits: Limits) -> None:
        """The parent counts the seconds of the wall."""

else:
    import resource

    class Cage:
        """The child limits itself here: nothing to hold."""

        def __init__(self, pid: int, limits: Limits) -> None:
            pass

        def close(self) -> None:
            pass

    def limit_myself(limits: Limits) -> None:
        """In the child, before any work: no more memory than said, no file written.

        Gone with its parent too: its line closes when it waits, its seconds run out when it works. PR_SET_PDEATHSIG is
        not asked: it means the thread that began the child, and the window lets its idle threads go.
        """
        memory = limits.memory_mib * _MIB
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def allow_more_time(limits: Limits) -> None:
        """In the child, before each piece of work: so many seconds of processor from now on, then it is ended."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + limits.cpu_seconds, most))
