"""Every line that the program writes is registered, with its fields (shell/log_events.py)."""

import ast

from hybridcal_daemon.shell.log_events import EVENTS
from tests.architecture.source import called, calls, constant, trees

LEVELS = {"debug", "info", "warning", "error", "critical"}
ALWAYS = {"user"}
"""Added by ``actors/user.py`` to each Note."""
OTHER_WORLDS = ("hybridcal_daemon/sandbox/",)


def _line(call):
    """(event, fields) of a call that writes a line, else None. Fields given as ``**mapping`` are not seen."""
    name = called(call)
    fields = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    if name == "emit" and len(call.args) == 2 and constant(call.args[0]) in LEVELS and constant(call.args[1]):
        return constant(call.args[1]), fields
    if name == "note" and call.args and isinstance(constant(call.args[0]), str):
        return constant(call.args[0]), fields | ALWAYS
    return None


def written():
    """Triples (module, event, fields)."""
    for module, tree in trees().items():
        if module.startswith(OTHER_WORLDS):
            continue
        for call in calls(tree):
            line = _line(call)
            if line is not None:
                yield module, *line


def test_every_line_is_registered():
    assert sorted({(event, module) for module, event, _ in written() if event not in EVENTS}) == []


def test_every_field_is_registered():
    wrong = {
        (event, field, module)
        for module, event, fields in written()
        if event in EVENTS
        for field in fields - EVENTS[event].fields.keys()
    }
    assert sorted(wrong) == []


def test_the_search_sees_lines():
    tree = ast.parse('self._log.emit("info", "user.erased", user=u)\ndraft.note("sync.lost")\nobject.note(1)')
    assert [_line(call) for call in calls(tree)] == [("user.erased", {"user"}), ("sync.lost", {"user"}), None]
