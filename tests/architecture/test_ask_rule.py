"""Tell everywhere: user, lane and supervisor actors never wait for anybody (architecture.md 4, "Ask rule")."""

import ast

import pytest

from tests.architecture.source import called, calls, trees

WAITERS = ("actors/user.py", "actors/lane.py", "actors/supervisor.py")
FORBIDDEN = {"ask", "proxy", "join", "result"}


def waits(tree):
    """Calls that would wait for another actor."""
    found = []
    for call in calls(tree):
        name = called(call)
        future_get = name == "get" and any(keyword.arg == "timeout" for keyword in call.keywords)
        bare_get = name == "get" and isinstance(call.func, ast.Attribute) and not call.args and not call.keywords
        if future_get or bare_get or (name in FORBIDDEN and isinstance(call.func, ast.Attribute)):
            found.append((call.lineno, name))
    return found


@pytest.mark.parametrize("module", WAITERS)
def test_it_never_asks(module):
    assert waits(trees()[module]) == []


@pytest.mark.parametrize("module", WAITERS)
def test_it_knows_nobody_who_would_ask_for_it(module):
    imported = {
        alias.name
        for node in ast.walk(trees()[module])
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not imported & {"Asker", "asking", "sleep", "threading", "time"}


@pytest.mark.parametrize(
    "line",
    ["ref.ask(Ping())", "self.ref.proxy()", "future.get(timeout=5)", "future.get()", "thread.join(1)", "f.result()"],
)
def test_the_rule_sees_what_it_is_about(line):
    assert waits(ast.parse(line)) != []


def test_it_does_not_see_what_it_is_not_about():
    assert waits(ast.parse("self._users.get(user); directory.tell(user, order)")) == []
