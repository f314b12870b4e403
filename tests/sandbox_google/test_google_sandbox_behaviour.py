"""The written list of behaviours is complete and each is tagged with its evidence."""

import re
from importlib.resources import files

import pytest

PACKAGE = files("hybridcal_daemon") / "sandbox" / "google"
TEXT = (PACKAGE / "BEHAVIOUR.md").read_text(encoding="utf-8")
MODULES = {entry.name for entry in PACKAGE.iterdir() if entry.name.endswith(".py")} - {"__init__.py"}
TAGS = {
    "discovery document",
    "guide",
    "recorded response",
    "third-party probe",
    "issue report",
    "RFC",
    "unconfirmed",
    "stand-in",
}


def tables():
    """The tables' rows, cell by cell, without their headings."""
    lines = [line for line in TEXT.splitlines() if line.startswith("|") and not re.fullmatch(r"[|\- ]+", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ROWS = [row for row in tables() if len(row) == 3 and row[1] != "module"]


def test_every_line_of_a_table_is_a_whole_row():
    headings = [["tag", "meaning"], ["behaviour", "module", "evidence"]]
    rest = [row for row in tables() if row not in ROWS and row not in headings]
    assert {row[0] for row in rest} == TAGS
    assert all(len(row) == 2 and row[1] for row in rest)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_is_in_the_list(module):
    assert any(row[1] == module for row in ROWS)


def test_every_row_names_a_module_and_one_kind_of_evidence():
    assert len(ROWS) > 100
    for behaviour, module, evidence in ROWS:
        assert behaviour
        assert module in MODULES, behaviour
        assert evidence in TAGS, behaviour


def test_no_behaviour_is_listed_twice():
    named = [(behaviour, module) for behaviour, module, _ in ROWS]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_what_a_module_calls_unconfirmed_the_list_does_too(module):
    docstring = (PACKAGE / module).read_text(encoding="utf-8").split('"""')[1]
    if "unconfirmed" in docstring:
        assert any(row[1] == module and row[2] == "unconfirmed" for row in ROWS)
