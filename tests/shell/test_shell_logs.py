import errno
import io
import json
import logging
import os
import sys
import threading
import warnings

import pytest

from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.shell import logs
from hybridcal_daemon.shell.log_events import EVENTS, Field, misuse
from hybridcal_daemon.shell.logs import StructLog
from hybridcal_daemon.shell.traces import safe_trace


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def make(stream):
    def build(form="json", level="info", *, strict=True, env=None):
        return StructLog(stream, level=level, form=form, strict=strict, env=env or {})

    return build


@pytest.fixture
def untouched():
    """Give back what configuring the process's log changes."""
    root = logging.getLogger()
    kept = (root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook)
    muted = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).propagate) for name in logs.MUTED}
    yield
    root.handlers[:], sys.excepthook, threading.excepthook, sys.unraisablehook = kept
    for name, (handlers, propagate) in muted.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).propagate = propagate
    logging.captureWarnings(capture=False)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_that_begins_with_its_time(make, stream):
    make().emit("info", "user.started", user="u1", events=3)
    (line,) = lines(stream)
    assert list(line)[:3] == ["ts", "level", "event"]
    assert line.pop("ts").endswith("Z")
    assert line == {"level": "info", "event": "user.started", "user": "u1", "events": 3}


def test_the_console_form_is_for_people_and_has_no_colour_off_a_terminal(make, stream):
    make("console").emit("warning", "config.refused", reason="config.toml:3: x", errors=1)
    assert "config.refused" in stream.getvalue()
    assert "config.toml:3: x" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_levels_are_respected_and_can_change(make, stream):
    log = make(level="warning")
    log.emit("info", "kms.unlocked")
    log.set_level("debug")
    log.emit("debug", "kms.unlocked")
    assert [line["level"] for line in lines(stream)] == ["debug"]


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("user.sneezed", {}),
        ("user.started", {"title": "marker"}),
        ("user.started", {"user": Plain("marker")}),
        ("user.started", {"user": Secret("marker")}),
        ("user.started", {"user": "marker@acme.example"}),
        ("user.started", {"user": "marker with spaces"}),
        ("user.started", {"user": "m" * 201}),
        ("user.started", {"user": None}),
        ("user.started", {"events": "3"}),
        ("user.started", {"events": True}),
        ("user.started", {"events": 1.5}),
        ("daemon.stopped", {"clean": 1}),
        ("config.refused", {"reason": "two\nlines"}),
        ("thread.failed", {"trace": "ValueError: 'marker'"}),
    ],
)
def test_what_is_not_registered_raises_in_tests_and_is_held_back_in_production(make, stream, event, fields):
    with pytest.raises(ValueError, match=r"table of events|must be a") as caught:
        make().emit("info", event, **fields)
    assert "marker" not in str(caught.value)
    make(strict=False).emit("info", event, **fields)
    (line,) = lines(stream)
    assert line["event"] == "log.unregistered"
    assert line["at"].startswith("test_shell_logs.py:")
    assert "marker" not in stream.getvalue()


def test_a_level_that_does_not_exist_is_a_misuse_too(make, stream):
    with pytest.raises(ValueError, match="no such level"):
        make().emit("loud", "kms.unlocked")
    make(strict=False).emit("loud", "kms.unlocked")
    assert lines(stream)[0]["event"] == "log.unregistered"


def test_the_table_is_whole():
    for name, event in EVENTS.items():
        assert event.sentence.endswith("."), name
        assert all(isinstance(kind, Field) for kind in event.fields.values()), name
        assert not {"ts", "level", "event"} & set(event.fields), name
        assert misuse(name, {}) == ""


def raise_with_secret(depth):
    local = "marker-local"
    if depth:
        return raise_with_secret(depth - 1)
    try:
        {}[local]
    except KeyError as error:
        raise ValueError("marker-text") from error


def test_a_trace_has_types_and_places_only():
    with pytest.raises(ValueError, match="marker") as caught:
        raise_with_secret(20)
    trace = safe_trace(caught.value)
    outer, inner = trace.split(" from ")
    assert outer.startswith("ValueError@shell/test_shell_logs.py:")
    assert inner.startswith("KeyError@shell/test_shell_logs.py:")
    assert outer.count("<") == 11  # twelve frames at most
    assert "marker" not in trace
    assert misuse("thread.failed", {"trace": trace, "thread": "x"}) == ""


def test_an_exception_group_of_causes_ends():
    error = ValueError()
    for _ in range(50):
        outer = ValueError()
        outer.__cause__ = error
        error = outer
    assert safe_trace(error) == " from ".join(["ValueError@?"] * 4)


class FullDisk(io.StringIO):
    tried = 0

    def write(self, text):
        del text
        self.tried += 1
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_does_not_stop_the_work(make, stream):
    log = make()
    stream.close()
    log.emit("info", "kms.unlocked")
    full = StructLog(FullDisk(), level="info", form="json", strict=True, env={})
    full.emit("info", "kms.unlocked")
    assert full._stream.tried == 1


def test_lines_of_many_threads_do_not_mix(make, stream):
    log = make()
    threads = [
        threading.Thread(target=lambda: [log.emit("info", "user.started", user="u" * 100) for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [line["user"] for line in lines(stream)] == ["u" * 100] * 400


def test_the_journal_gets_priorities(tmp_path):
    with (tmp_path / "journal").open("w+") as journal:
        found = os.fstat(journal.fileno())
        env = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        log = StructLog(journal, level="debug", form="auto", strict=True, env=env)
        for level in ("debug", "info", "warning", "error", "critical"):
            log.emit(level, "kms.unlocked")
        StructLog(journal, level="info", form="auto", strict=True, env={"JOURNAL_STREAM": "1:2"}).emit(
            "info", "kms.unlocked"
        )
        journal.seek(0)
        assert [line[:3] for line in journal] == ["<7>", "<6>", "<4>", "<3>", "<2>", '{"t']


@pytest.mark.usefixtures("untouched")
def test_libraries_are_silenced_and_only_their_names_shown(stream):
    logs.configure(level="debug", form="json", env={}, stream=stream, strict=True)
    for name in (*logs.MUTED, "aiohttp.server", "urllib3.connectionpool", "apscheduler.executors.default"):
        logging.getLogger(name).critical("marker")
    logging.getLogger("some.library").warning("marker %s", "x")
    logging.getLogger("some.library").info("marker")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("marker", stacklevel=1)
    assert [(line["event"], line["logger"], line["severity"]) for line in lines(stream)] == [
        ("library.logged", "some.library", "warning")
    ]
    assert "marker" not in stream.getvalue()


@pytest.mark.usefixtures("untouched")
def test_uncaught_exceptions_are_logged_without_their_text(stream):
    logs.configure(level="debug", form="json", env={}, stream=stream, strict=True)

    def fail():
        raise ValueError("marker")

    thread = threading.Thread(target=fail, name="a worker")
    thread.start()
    thread.join(5)
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    (first, second) = lines(stream)
    assert (first["event"], first["thread"], second["thread"]) == ("thread.failed", "a-worker", "main")
    assert "marker" not in stream.getvalue()
