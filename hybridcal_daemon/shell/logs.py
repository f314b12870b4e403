"""The log: structlog, to standard error, registered lines only.

Owns: the one way a line is written, its form (JSON or console), the journal's priorities, and the silence of library
loggers. Promises: nothing but registered names and fields gets out, also from libraries and uncaught exceptions, whose
text is replaced by a trace without text; a log that cannot be written never stops the daemon.
Does not: know what the lines mean (``log_events.py`` does).
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Final, TextIO

import structlog

from hybridcal_daemon.shell.log_events import Value, misuse
from hybridcal_daemon.shell.traces import safe_trace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from structlog.typing import EventDict, Processor

    from hybridcal_daemon.ports import Log

LEVELS: Final[Mapping[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_PRIORITY: Final[Mapping[str, int]] = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""Priorities of sd-daemon(3)."""
MUTED: Final = ("pykka", "urllib3", "requests", "asyncio", "aiohttp", "apscheduler", "google", "py.warnings")


class StructLog:
    """``ports.Log`` over structlog.

    ``strict``: an unregistered line raises ValueError (for tests and development); otherwise a ``log.unregistered``
    line says where it came from, and its content is dropped.
    """

    def __init__(self, stream: TextIO, *, level: str, form: str, strict: bool, env: Mapping[str, str]) -> None:
        self._stream = stream
        self._strict = strict
        self._threshold = LEVELS[level]
        self._lock = threading.Lock()
        self._prefixed = _is_journal(stream, env)
        self._render = _renderers(stream, form, env)

    def set_level(self, level: str) -> None:
        """Write lines from this level on: debug, info, warning or error."""
        self._threshold = LEVELS[level]

    def emit(self, level: str, event: str, **fields: Value) -> None:
        """Write one line; see the class for a line that is not registered."""
        wrong = misuse(event, fields) if level in LEVELS else "there is no such level"
        if wrong and self._strict:
            raise ValueError(wrong)
        if wrong:
            level, event, fields = "warning", "log.unregistered", {"at": _caller()}
        if LEVELS[level] >= self._threshold:
            self._write(level, {"level": level, "event": event, **fields})

    def _write(self, level: str, line: EventDict) -> None:
        text: object = line
        for step in self._render:
            text = step(None, level, text)  # type: ignore[arg-type] # the chain ends in text
        prefix = f"<{_PRIORITY[level]}>" if self._prefixed else ""
        try:
            with self._lock:
                self._stream.write(f"{prefix}{text}\n")
                self._stream.flush()
        except (OSError, ValueError):
            pass  # nowhere left to say it; the work matters more than its log


def configure(
    *,
    level: str,
    form: str,
    env: Mapping[str, str],
    stream: TextIO | None = None,
    strict: bool = False,
) -> StructLog:
    """Make the process's log (``form``: auto, json or console), silence libraries, catch what nobody caught."""
    log = StructLog(stream or sys.stderr, level=level, form=form, strict=strict, env=env)
    mute_libraries(log)
    catch_uncaught(log)
    return log


def mute_libraries(log: Log) -> None:
    """Let no library write: named ones not at all, any other only that it logged, from warning on."""
    for name in MUTED:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
    logging.captureWarnings(capture=True)
    logging.getLogger().handlers = [_Relay(log)]


def catch_uncaught(log: Log) -> None:
    """Replace the interpreter's tracebacks, which show exception texts, by ``thread.failed`` lines."""

    def main(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        log.emit("critical", "thread.failed", thread="main", trace=safe_trace(error))

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            log.emit("critical", "thread.failed", thread=_thread_name(args.thread), trace=safe_trace(args.exc_value))

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            log.emit("error", "thread.failed", thread="finalizer", trace=safe_trace(args.exc_value))

    sys.excepthook = main
    threading.excepthook = thread
    sys.unraisablehook = unraisable


def _thread_name(thread: threading.Thread | None) -> str:
    return thread.name.replace(" ", "-")[:200] if thread is not None else "?"


class _Relay(logging.Handler):
    """Says that a library logged, not what."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.emit("warning", "library.logged", logger=record.name[:200], severity=record.levelname.lower())


def _renderers(stream: TextIO, form: str, env: Mapping[str, str]) -> list[Processor]:
    terminal = stream.isatty()
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts")
    if form == "console" or (form == "auto" and terminal):
        colours = terminal and not env.get("NO_COLOR")
        return [
            stamp,
            structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="ts", sort_keys=False, pad_event_to=20),
        ]
    return [stamp, _ordered, structlog.processors.JSONRenderer()]


def _ordered(_logger: object, _method: str, line: EventDict) -> EventDict:
    return {"ts": line.pop("ts"), **line}


def _is_journal(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Whether the stream is the one that systemd connected to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return env.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _caller() -> str:
    """File and line of the code that emitted (two frames up from here)."""
    frame = sys._getframe(2)  # noqa: SLF001 - the documented way to one frame without building a traceback
    return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
