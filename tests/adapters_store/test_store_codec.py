from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcal_daemon.adapters.store.codec import (
    Unreadable,
    decode_durable,
    decode_fact,
    encode_durable,
    encode_fact,
)
from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.state import Durable
from hybridcal_daemon.domain.values import AllDay, Instant, Sealed, Timed

INSTANT = st.floats(allow_nan=False, allow_infinity=False).map(Instant)
SIMPLE = {
    Instant: INSTANT,
    bytes: st.binary(max_size=20).map(Sealed),
    int: st.integers(-(2**50), 2**50),
    str: st.text(max_size=12),
}


def drawn(annotation):
    """Strategy for an annotation of the domain, so that no field, present or future, is left at its default."""
    if is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return st.builds(annotation, **{field.name: drawn(hints[field.name]) for field in fields(annotation)})
    inner = get_args(annotation)
    if get_origin(annotation) in {Union, UnionType}:
        return st.one_of([drawn(part) for part in inner])
    if get_origin(annotation) is tuple:
        every = inner[-1] is ...
        return st.lists(drawn(inner[0]), max_size=2).map(tuple) if every else st.tuples(*map(drawn, inner))
    return SIMPLE.get(annotation, st.from_type(annotation))


FACTS = drawn(EventFact)


@given(FACTS)
def test_a_fact_comes_back_as_it_was(fact):
    assert decode_fact(encode_fact(fact)) == fact


@settings(max_examples=60)
@given(drawn(Durable))
def test_a_durable_comes_back_as_it_was(durable):
    assert decode_durable(encode_durable(durable)) == durable


@given(FACTS, FACTS)
def test_facts_are_told_apart(one, other):
    other = replace(other, as_series=one.as_series, updated=one.updated)  # what does not tell them apart
    assert (encode_fact(one) == encode_fact(other)) == (one == other)


def test_a_moment_and_a_day_come_back_as_what_they_were():
    day = decode_fact('{"event_id":"e","etag":"1","start":[1,"UTC"],"end":"2031-05-01"}')
    assert isinstance(day.start, Timed)
    assert isinstance(day.end, AllDay)


def test_the_room_comes_back_sealed():
    room = decode_durable(encode_durable(Durable(room=Sealed(b"cell")))).room
    assert isinstance(room, Sealed)
    assert room == b"cell"


def test_defaults_take_no_space():
    assert json.loads(encode_durable(Durable())).keys() <= {"standing", "vacation", "presence", "profile", "access"}


def test_rows_of_older_and_newer_programs_are_read():
    assert decode_durable("{}") == Durable()
    assert decode_durable('{"version": 3, "not_invented_yet": [1]}') == replace(Durable(), version=3)


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"version": "x"}', '{"standing": {"state": "unheard of"}}', b"\xff"])
def test_damage_is_recognised(raw):
    with pytest.raises(Unreadable, match="a stored Durable cannot be read"):
        decode_durable(raw)


def test_damage_in_a_fact_is_recognised():
    with pytest.raises(Unreadable, match="a stored EventFact cannot be read"):
        decode_fact('{"event_id":"e","etag":"1","start":[1],"end":"2031-05-01"}')
