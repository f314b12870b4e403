"""Dispatch, and what a behaviour may be."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from actors.base import Behaviour, UnhandledMessageError, handles, mute_pykka_logging


@dataclass(frozen=True)
class One:
    pass


@dataclass(frozen=True)
class Two:
    pass


@dataclass(frozen=True)
class Deeper(One):
    pass


class Base(Behaviour):
    @handles(One)
    def one(self, _message):
        return "base one"

    @handles(Two)
    def two(self, _message):
        return "base two"


def _ask(behaviour, message):
    return behaviour(on_death=lambda _died: None).on_receive(message)


def test_a_message_finds_the_handler_of_its_type():
    assert (_ask(Base, One()), _ask(Base, Two())) == ("base one", "base two")


def test_a_union_stands_for_its_members():
    class Both(Behaviour):
        @handles(One | Two)
        def both(self, message):
            return message

    assert (_ask(Both, One()), _ask(Both, Two())) == (One(), Two())


def test_several_types_may_be_given():
    class Both(Behaviour):
        @handles(One, Two)
        def both(self, message):
            return message

    assert (_ask(Both, One()), _ask(Both, Two())) == (One(), Two())


def test_a_subclass_overrides_by_name_without_a_new_mark():
    class Derived(Base):
        def one(self, _message):
            return "derived one"

    assert (_ask(Derived, One()), _ask(Derived, Two())) == ("derived one", "base two")


def test_a_subclass_takes_a_type_over_by_mark():
    class Derived(Base):
        @handles(One)
        def other(self, _message):
            return "other"

    assert (_ask(Derived, One()), _ask(Base, One())) == ("other", "base one")


def test_a_subclass_of_a_message_type_is_not_its_parent():
    with pytest.raises(UnhandledMessageError, match="Base has no handler for Deeper"):
        _ask(Base, Deeper())


def test_two_handlers_of_one_type_in_one_class_are_refused():
    with pytest.raises(TypeError, match="first and second both handle One; keep one"):

        class Torn(Behaviour):
            @handles(One)
            def first(self, _message):
                pass

            @handles(One | Two)
            def second(self, _message):
                pass


@pytest.mark.parametrize("name", ["_stop", "stop", "_die", "_equip", "name", "on_failure", "start"])
def test_what_the_runtime_calls_cannot_be_replaced(name):
    with pytest.raises(TypeError, match=f"Bad.{name} would replace a method that the actor runtime calls: rename it"):
        type("Bad", (Behaviour,), {"__qualname__": "Bad", name: None})


def test_muted_pykka_says_nothing_whoever_listens(caplog):
    logger = logging.getLogger("pykka")
    before = (logger.disabled, logger.propagate, logger.level)
    try:
        mute_pykka_logging()
        with caplog.at_level(logging.DEBUG, logger="pykka"):
            logger.critical("alice@acme.example")
        assert caplog.records == []
    finally:
        logger.disabled, logger.propagate = before[:2]
        logger.setLevel(before[2])
