"""What each call takes, and the buckets it takes it from."""

import dataclasses
from typing import get_args

import pytest

from hybridcal_daemon.domain import calls, quota
from hybridcal_daemon.domain.calls import Decorate, GrantAccess, ListEvents, ReadVacation, RunErrand
from hybridcal_daemon.domain.demand import Demand, demand
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId

T = Instant(1_000_000.0)
PERSON, ROOM = UserId("u00000000000000000001"), UserId("r00000000000000000001")
EVERY = [*get_args(calls.GoogleCall), *get_args(calls.WebexCall)]


def call(kind, user=PERSON, **rest):
    fields = {field.name for field in dataclasses.fields(kind)} - {"request_id", "user"}
    return kind(request_id=RequestId(1), user=user, **{**dict.fromkeys(fields), **rest})


def errand(kind, user=PERSON):
    return RunErrand(request_id=RequestId(1), user=user, key="k", kind=kind, event_id="", ask=Sealed(b"a"))


@pytest.mark.parametrize("kind", [each for each in EVERY if each is not RunErrand])
def test_every_call_has_a_demand_that_the_buckets_can_meet(kind):
    wanted = demand(call(kind))
    assert 1 <= wanted.cost <= quota.DEAREST
    assert (wanted.service in {"webex", "devices"}) == (kind in get_args(calls.WebexCall))
    assert wanted.feature in {*(purpose.value for purpose in Purpose), "webex", "devices"}


@pytest.mark.parametrize("kind", get_args(calls.ErrandKind))
def test_every_errand_has_a_demand(kind):
    wanted = demand(errand(kind))
    assert wanted.service == "calendar"
    assert wanted.write == (kind in {"insert", "delete", "respond", "quick-add"})
    assert wanted.cost == (4 if kind == "respond" else 1)


def test_a_patch_costs_three_and_the_reading_before_it_one():
    assert demand(call(Decorate)) == Demand("calendar", cost=4, write=True, feature="calendar")
    assert demand(call(ReadVacation)) == Demand("gmail", cost=1, feature="gmail")
    assert demand(call(GrantAccess)).write


def test_a_rooms_calendar_is_read_as_the_acting_account():
    assert demand(call(ListEvents)).feature == "calendar"
    assert demand(call(ListEvents, ROOM)).feature == "rooms"
    assert demand(call(GrantAccess, ROOM)).feature == "room-access"
    assert demand(errand("free-busy", ROOM)).feature == "free-busy"


# ---- the bucket


def test_a_full_bucket_gives_what_may_go_at_once_and_then_one_per_interval():
    rate, bucket, at = quota.Rate(2.0, 3), 0.0, []
    now = T
    for _ in range(6):
        now = max(now, quota.conforms_at(rate, bucket, 1, now))
        bucket = quota.spent(rate, bucket, 1, now)
        at.append(now - T)
    assert at == [0, 0, 0, 2, 4, 6]


def test_what_costs_more_waits_until_it_is_all_there_and_what_costs_too_much_is_paid_for_afterwards():
    rate = quota.Rate(1.0, 4)
    bucket = quota.spent(rate, 0.0, 2, T)
    assert quota.conforms_at(rate, bucket, 2, T) <= T
    assert quota.conforms_at(rate, bucket, 4, T) == T + 2
    narrow = quota.per_second(1.0)
    assert quota.conforms_at(narrow, 0.0, 4, T) <= T
    assert quota.conforms_at(narrow, quota.spent(narrow, 0.0, 4, T), 1, T) == T + 4


def test_a_slower_rate_has_the_same_depth_and_no_bucket_is_emptier_than_empty():
    rate = quota.per_minute(600, 50)
    assert rate.slowed(1.0) is rate
    assert rate.slowed(0.5).depth == pytest.approx(rate.depth, rel=0.05)
    assert rate.slowed(1e-6).at_once == 1
    assert quota.bounded(rate, T + 1e6, T) == T + rate.depth
    assert quota.bounded(rate, T + 1, T) == T + 1
