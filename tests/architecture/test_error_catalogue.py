"""Whatever code an operator may meet is explained in the catalogue, and nothing is explained that nobody meets."""

import ast
import re

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import Kind
from tests.architecture.source import called, calls, constant, trees

KINDS = {kind.name for kind in Kind}
WORD = re.compile(r"[a-z]+(-[a-z0-9]+)+|unreachable|tls|deadline|protocol|expired|busy|crashed")
CARRIERS = {"CallError", "CallFailed", "Standing", "HttpFailure", "pause", "wait"}
OTHER_WORLDS = ("hybridcal_daemon/sandbox/",)
"""Stand-ins speak the services' words, not ours."""


def _kind(node):
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Kind"


def _literals(node):
    """Texts in an expression: a literal, both sides of a condition, each part of an ``or``."""
    return [text.value for text in ast.walk(node) if isinstance(text, ast.Constant) and isinstance(text.value, str)]


def _named(tree):
    """Module-level names of texts."""
    found = {}
    for node in ast.walk(tree):
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
        if isinstance(target, ast.Name) and isinstance(constant(node.value), str):
            found[target.id] = constant(node.value)
    return found


def _arguments(call):
    if called(call) in {"pause", "wait"}:
        return call.args[2:3]
    by_name = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    positional = (
        call.args[1:2] if called(call) == "CallError" else call.args[:1] if called(call) == "HttpFailure" else []
    )
    return [*by_name, *positional]


def _of_calls(tree):
    names = _named(tree)
    for call in calls(tree):
        if called(call) in CARRIERS:
            for argument in _arguments(call):
                yield from _literals(argument)
                if isinstance(argument, ast.Name) and argument.id in names:
                    yield names[argument.id]


def _of_pairs(tree):
    """Tables such as ``(Kind.CONFIG, "google-scope")``."""
    names = _named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _kind(node.elts[0]):
            code = node.elts[1]
            yield from _literals(code)
            if isinstance(code, ast.Name) and code.id in names:
                yield names[code.id]


def used():
    """Code, and the modules that use it."""
    found = {}
    for module, tree in trees().items():
        if module.startswith(OTHER_WORLDS):
            continue
        for code in (*_of_calls(tree), *_of_pairs(tree)):
            if code:
                found.setdefault(code, set()).add(module)
    return found


INNER = {"google-token"}
"""Never leaves ``work/google.py``: a 401 is answered with a fresh token, and only a second one is reported."""


def test_every_code_that_may_be_met_is_explained():
    missing = {code: sorted(modules) for code, modules in used().items() if code not in CATALOGUE}
    assert {code: modules for code, modules in missing.items() if code not in INNER} == {}


def test_codes_are_words():
    assert [code for code in CATALOGUE if not WORD.fullmatch(code)] == []


def test_entries_are_whole_sentences():
    texts = [(code, text) for code, entry in CATALOGUE.items() for text in (entry.means, entry.daemon, entry.fix)]
    assert [(code, text) for code, text in texts if len(text) < 8 or not text.endswith(".")] == []


def test_nothing_is_explained_that_nobody_meets():
    texts = {
        node.value
        for module, tree in trees().items()
        if module != "hybridcal_daemon/domain/errors.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(CATALOGUE.keys() - texts) == []


def test_the_search_finds_codes_wherever_they_hide():
    source = """
LATE: Final = "deadline"
TABLE = {1: (Kind.CONFIG, "google-scope"), 2: (Kind.TRANSIENT, LATE)}
raise CallError(Kind.USER, "google-no-mailbox" if mail else "google-no-calendar")
draft.pause(what, 5.0, "write-budget")
CallFailed(request_id=1, code="expired")
"""
    tree = ast.parse(source)
    found = {*_of_calls(tree), *_of_pairs(tree)}
    assert found == {
        *("deadline", "google-scope", "google-no-mailbox", "google-no-calendar", "write-budget", "expired"),
    }
