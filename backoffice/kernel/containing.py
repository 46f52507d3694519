"""What a child process may use: memory, processor, files. POSIX limits itself; Windows puts the child in a Job Object.

The Windows part has not run on a Windows yet.
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

    from backoffice.kernel.job_object import JobObject

    class Cage(JobObject):
        """Holds a child, which its Job Object limits."""

        def __init__(self, pid: int, limits: Limits) -> None:
            """Raises OSError when Windows refuses."""
            super().__init__(ctypes.WinDLL("kernel32", use_last_error=True), pid, limits.memory_mib * _MIB)

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
