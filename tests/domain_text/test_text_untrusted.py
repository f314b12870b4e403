"""A series that is not expanded here is recognised, and nothing else is."""

import pytest

from hybridcal_daemon.domain.events import EventFact
from hybridcal_daemon.domain.recurrence import untrusted
from hybridcal_daemon.domain.values import Timed

START = Timed(at=1_796_036_400, tz="Europe/Berlin")


def fact(*recurrence):
    return EventFact(event_id="e", etag="1", start=START, end=START, recurrence=recurrence)


@pytest.mark.parametrize("rule", ["RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1", "RRULE:FREQ=SECONDLY", "RRULE:nonsense"])
def test_strange_rules_have_a_reason(rule):
    assert untrusted(fact(rule))


@pytest.mark.parametrize("rule", ["RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY;COUNT=3"])
def test_plain_rules_have_none(rule):
    assert untrusted(fact(rule)) == ""


def test_a_single_event_has_none():
    assert untrusted(fact()) == ""
