"""What Windows is asked to hold a child with. No Windows is needed: what is checked is what it would be told."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from backoffice.kernel import job_object
from backoffice.kernel.job_object import BasicLimits, ExtendedLimits, JobObject

_JOB, _CHILD = 0x1_0000_0007, 0x1_0000_0009  # wider than 32 bits, as handles may be


class _Function:
    def __init__(self, kernel: Kernel, name: str) -> None:
        self.kernel, self.name = kernel, name

    def __call__(self, *given: Any) -> int:
        return self.kernel.answer(self.name, given)


class Kernel:
    """Stands for kernel32: remembers what it was asked, and may refuse one gesture."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.asked: list[tuple[Any, ...]] = []
        self.told: dict[int, bytes] = {}
        for name in job_object._SIGNATURES:
            setattr(self, name, _Function(self, name))

    def answer(self, name: str, given: tuple[Any, ...]) -> int:
        if name == "SetInformationJobObject":
            job, kind, values, size = given
            self.told[kind] = ctypes.string_at(values, size)
            given = (job, kind)
        self.asked.append((name, *given))
        if name == self.refuses:
            return 0
        return {"CreateJobObjectW": _JOB, "OpenProcess": _CHILD}.get(name, 1)


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes of winnt.h for 64 bits")
def test_structures_are_as_large_as_those_of_windows() -> None:
    assert (ctypes.sizeof(BasicLimits), ctypes.sizeof(ExtendedLimits)) == (64, 144)
    places = {name: getattr(BasicLimits, name).offset for name, _ in BasicLimits._fields_}
    assert (places["LimitFlags"], places["ActiveProcessLimit"], places["Affinity"]) == (16, 40, 48)
    assert (ExtendedLimits.IoInfo.offset, ExtendedLimits.ProcessMemoryLimit.offset) == (64, 112)


def test_a_child_is_alone_with_its_memory_and_ends_with_its_holder() -> None:
    kernel = Kernel()
    job = JobObject(kernel, 42, 3_000_000)

    limits = ExtendedLimits.from_buffer_copy(kernel.told[9])
    assert limits.ProcessMemoryLimit == 3_000_000
    assert limits.BasicLimitInformation.ActiveProcessLimit == 1
    assert limits.BasicLimitInformation.LimitFlags == 0x2000 | 0x400 | 0x100 | 0x8
    assert ("OpenProcess", 0x101, 0, 42) in kernel.asked
    assert ("AssignProcessToJobObject", _JOB, _CHILD) in kernel.asked
    assert [each[1] for each in kernel.asked if each[0] == "CloseHandle"] == [_CHILD]
    job.close()
    assert kernel.asked[-1] == ("CloseHandle", _JOB)


def test_handles_are_never_cut_to_32_bits() -> None:
    kernel: Any = Kernel()
    JobObject(kernel, 42, 1)

    assert kernel.CreateJobObjectW.restype is kernel.OpenProcess.restype is ctypes.c_void_p
    assert kernel.AssignProcessToJobObject.argtypes == (ctypes.c_void_p, ctypes.c_void_p)
    assert kernel.CloseHandle.argtypes == (ctypes.c_void_p,)


@pytest.mark.parametrize(
    "refused", ["CreateJobObjectW", "SetInformationJobObject", "OpenProcess", "AssignProcessToJobObject"]
)
def test_what_windows_refuses_is_raised_and_nothing_stays_open(refused: str) -> None:
    kernel = Kernel(refused)
    with pytest.raises(OSError, match="refused by Windows"):
        JobObject(kernel, 42, 1)

    opened = [_JOB] * (refused != "CreateJobObjectW") + [_CHILD] * (refused == "AssignProcessToJobObject")
    assert sorted(each[1] for each in kernel.asked if each[0] == "CloseHandle") == opened
