"""Lanes for tests: orders, time that passes, requests that take some of it."""

from itertools import count

from hybridcal_daemon.domain.calls import (
    Decorate,
    FetchRoom,
    ListEvents,
    Priority,
    ReadProfile,
    ReadVacation,
)
from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import LaneSettings, LaneState, as_ended, dispatch, enqueue, finished
from hybridcal_daemon.domain.values import Instant, RequestId, Sealed, UserId

T = Instant(1_000_000.0)
NUMBERS = count(1)
WIDE = {"user_per_minute": 1e9, "gmail_per_minute": 1e9, "writes_per_second": 1e9}
"""No limit but the one that is looked at."""


def order(user="u1", priority=Priority.NORMAL, not_after=T + 1e9, incarnation=1, make=ListEvents):
    which = {"request_id": RequestId((incarnation << 40) | next(NUMBERS)), "user": UserId(user)}
    if make is Decorate:
        which |= {"event_id": "e", "room": Sealed(b"r")}
    return Submit(lane="google", priority=priority, call=make(**which), not_after=Instant(not_after))


def write(user="u1", **rest):
    return order(user, make=Decorate, **rest)


def mail(user="u1", **rest):
    return order(user, make=ReadVacation, **rest)


def setting(user="u1", **rest):
    return order(user, make=ReadProfile, **rest)


def card(user="u1", **rest):
    return order(user, make=FetchRoom, **rest)


def lane(workers=4, per_minute=600.0, burst=50, began=None, **rest):
    return LaneState(LaneSettings(workers=workers, per_minute=per_minute, burst=burst, **{**WIDE, **rest}), began)


def filled(state, number, make=order, **rest):
    for _ in range(number):
        enqueue(state, make(**rest))
    return state


def give(state, *orders):
    for each in orders:
        enqueue(state, each)
    return orders


def end(state, which, now, kind=None, code="", retry_after=None):
    finished(state, as_ended(which, kind, code, retry_after), now)


def begins(state, now):
    return dispatch(state, now).begin


def passing(state, now, length, took=0.0):
    """(time, order) of each that begins within ``length`` seconds when each takes ``took``."""
    began, under_way = [], []
    last = now + length
    while now < last:
        for each in [pair for pair in under_way if pair[0] <= now]:
            under_way.remove(each)
            end(state, each[1], now)
        begin, _, again = dispatch(state, now)
        began += [(now, each) for each in begin]
        under_way += [(now + took, each) for each in begin]
        times = [at for at, _ in under_way] + ([again] if again is not None else [])
        if not times:
            break
        now = Instant(max(min(times), now + 1e-9))
    return began


def most_in(times, length=60.0):
    """How many of these fall into any span of this length."""
    times, first, most = sorted(times), 0, 0
    for number, time in enumerate(times):
        while times[first] <= time - length + 1e-3:
            first += 1
        most = max(most, number - first + 1)
    return most


DOWN = (Kind.TRANSIENT, "unreachable")


def fail(state, users, fate=DOWN, now=T, make=order):
    """One request of each, one after the other."""
    for user in users:
        (which,) = give(state, make(user))
        assert begins(state, now) == [which], "it may not begin"
        end(state, which, now, *fate)


def crowd(number, first=0):
    return [f"u{each}" for each in range(first, first + number)]
