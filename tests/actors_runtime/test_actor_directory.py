from __future__ import annotations

import pytest

from actors.directory import Directory
from tests.actors_runtime.behaviours import DEADLINE, Note, Read


@pytest.fixture
def directory():
    return Directory()


def test_tell_reaches_who_has_the_name(directory, spawn):
    ref = spawn()
    directory.put("u1", ref)
    assert directory.tell("u1", Note("hello"))
    assert ref.ask(Read(), timeout=DEADLINE) == ["hello"]


def test_tell_says_when_nobody_has_the_name(directory):
    assert not directory.tell("u1", Note("hello"))


def test_tell_says_when_the_one_with_the_name_is_dead(directory, spawn):
    ref = spawn()
    directory.put("u1", ref)
    ref.stop(timeout=DEADLINE)
    assert not directory.tell("u1", Note("hello"))
    assert directory.get("u1") is ref


def test_refs_come_oldest_first_and_a_successor_is_young(directory, spawn):
    first, second, third = spawn(), spawn(), spawn()
    directory.put("a", first)
    directory.put("b", second)
    directory.put("a", third)
    assert directory.refs() == [second, third]
    assert len(directory) == 2
    assert directory.get("a") is third


def test_refs_is_a_copy(directory, spawn):
    directory.put("a", spawn())
    directory.refs().clear()
    assert len(directory) == 1


def test_remove_by_name(directory, spawn):
    directory.put("a", spawn())
    assert directory.remove("a")
    assert not directory.remove("a")
    assert directory.get("a") is None


def test_the_dead_do_not_remove_their_successor(directory, spawn):
    old, new = spawn(), spawn()
    directory.put("a", old)
    directory.put("a", new)
    assert not directory.remove("a", old)
    assert directory.get("a") is new
    assert directory.remove("a", new)
