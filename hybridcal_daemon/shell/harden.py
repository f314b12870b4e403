"""What the process gives up before it reads a secret.

Owns: no core dumps, no reading of our memory by others with our uid, files private by default, one CPU.
Promises: what the kernel refuses is not an error (a container may forbid it). Does not: replace the unit's sandbox.
"""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_TWO: Final = 2


def close_up() -> None:
    """No core file, no ptrace or /proc/PID/mem for the same uid (prctl(2), PR_SET_DUMPABLE), umask 077."""
    os.umask(0o077)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def pin_to_one_cpu() -> int | None:
    """Keep all threads on one core, where more than one is there; gives its number.

    Threads of one interpreter that share two cores spend 40 to 90 % more CPU on handing the interpreter over.
    """
    with suppress(OSError, AttributeError):
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) >= _TWO:
            os.sched_setaffinity(0, {cpus[-1]})
            return cpus[-1]
    return None
