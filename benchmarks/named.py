"""Runs ``hybridcal`` as it is, but tells the kernel the names of its threads, so that their CPU time can be told apart.

CPython gives its threads names that the kernel does not see before 3.14; prctl(2) PR_SET_NAME takes 15 bytes.
"""

from __future__ import annotations

import ctypes
import runpy
import threading

_PR_SET_NAME = 15


def main() -> None:
    libc = ctypes.CDLL(None)
    begin = threading.Thread._bootstrap_inner  # type: ignore[attr-defined] # noqa: SLF001 - the one way through every thread

    def named(self: threading.Thread) -> None:
        libc.prctl(_PR_SET_NAME, self.name.encode()[:15], 0, 0, 0)
        begin(self)

    threading.Thread._bootstrap_inner = named  # type: ignore[attr-defined] # noqa: SLF001
    runpy.run_module("hybridcal_daemon", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
