"""What the queue in front of a service costs per order, on its own (``python -m benchmarks.lanes KIND COUNT``).

KIND is ``flow`` (COUNT orders of a fifth as many users wait; each that ends is followed by another), ``held`` (the
same, while every other user rests for a limit of their own) or ``crash`` (all users begin a new life at once: their
orders are forgotten one user after the other). It prints one line of JSON; times are microseconds of CPU.
"""

from __future__ import annotations

import json
import sys
import time

from hybridcal_daemon.domain.calls import ListEvents, Priority
from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.lane import (
    LaneSettings,
    LaneState,
    as_ended,
    dispatch,
    enqueue,
    finished,
    forget,
)
from hybridcal_daemon.domain.values import Instant, RequestId, UserId

_WORKERS = 16
_ROUNDS = 20_000
_PER_USER = 5
_BEGAN = Instant(1_000_000.0)


def order(number: int, users: int) -> Submit:
    """One list, at a priority that follows from its number."""
    user = UserId(f"u{number % users:020x}")
    call = ListEvents(request_id=RequestId((1 << 40) | number), user=user, sync_token="t")
    return Submit(lane="google", priority=Priority(1 + number % 3), call=call, not_after=Instant(9e9))


def full(count: int) -> LaneState:
    """A lane in which ``count`` orders wait; its budgets are no obstacle."""
    state = LaneState(LaneSettings(workers=_WORKERS, per_minute=1e9, burst=10**6, user_per_minute=1e9))
    for number in range(count):
        enqueue(state, order(number, max(1, count // _PER_USER)))
    return state


def flow(count: int, *, held: bool) -> float:
    """Microseconds for an order to come, begin and end."""
    users = max(1, count // _PER_USER)
    state = full(count)
    if held:
        _hold_every_other(state, users)
    now, under_way = _BEGAN, dispatch(state, _BEGAN).begin
    began = time.process_time()
    for number in range(_ROUNDS):
        now = Instant(now + 0.01)
        done = under_way.pop()
        enqueue(state, order(count + 2 * number + 1, users))  # of those who are not held
        finished(state, as_ended(done, None, "", None), now)
        under_way += dispatch(state, now).begin
    return (time.process_time() - began) / _ROUNDS * 1e6


def _hold_every_other(state: LaneState, users: int) -> None:
    for number in range(0, users, 2):
        person = state.person(UserId(f"u{number:020x}"))
        person.holds["calendar"] = person.holds.get("calendar", state.gate("calendar").hold).refused(3600.0, _BEGAN)


def crash(count: int) -> float:
    """Microseconds per user to forget the orders of everybody's last life."""
    users = max(1, count // _PER_USER)
    state = full(count)
    began = time.process_time()
    dropped = sum(forget(state, UserId(f"u{number:020x}"), 2) for number in range(users))
    spent = time.process_time() - began
    if dropped != count:
        raise RuntimeError(f"{dropped} of {count} orders were forgotten")
    return spent / users * 1e6


def measure(kind: str, count: int) -> dict[str, float | str | int]:
    """One figure."""
    figure = crash(count) if kind == "crash" else flow(count, held=kind == "held")
    return {"kind": kind, "count": count, "microseconds": round(figure, 2)}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
