"""Where an exception came from, without what it says.

Owns: the one form in which an exception may reach the log. Promises: type names, file names and line numbers only;
never the exception's text, never a local variable, never a source line. Does not: log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_FRAMES: Final = 12
_CAUSES: Final = 4


def safe_trace(error: BaseException) -> str:
    """Such as ``ValueError@domain/user.py:210<actors/user.py:40 from KeyError@domain/events.py:17``.

    The innermost frame comes first, at most 12 of them; at most 4 causes.
    """
    return " from ".join(_one(cause) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _one(error: BaseException) -> str:
    frames = [f"{_short(frame)}:{line}" for frame, line in _frames(error.__traceback__)]
    return f"{type(error).__name__}@{'<'.join(reversed(frames[-_FRAMES:])) or '?'}"


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _short(filename: str) -> str:
    """Last two parts of a path: enough to find the file, nothing about the machine."""
    return "/".join(filename.replace("\\", "/").split("/")[-2:])
