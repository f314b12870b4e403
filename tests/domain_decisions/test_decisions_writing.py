"""Usage limits: a person whose calendars Google has made read-only is read on, and written to hours later."""

import pytest

from hybridcal_daemon.domain import backoff, writing
from hybridcal_daemon.domain.calls import Decorate, ListEvents
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.state import Trouble
from hybridcal_daemon.domain.user import blank
from hybridcal_daemon.domain.values import HOUR, Instant, RequestId, UserId
from tests.domain_decisions.facts import asking
from tests.domain_decisions.world import World, fails

T = Instant(1_000_000.0)
USER = UserId("u00000000000000000001")
LIMITED = fails(Kind.THROTTLED, "google-quota", 60.0)


def failure(code="google-quota", kind=Kind.THROTTLED, retry_after=None):
    return CallFailed(request_id=RequestId(1), user=USER, kind=kind, code=code, retry_after=retry_after)


def served(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(20)
    return world


def test_no_event_is_written_to_while_the_others_are_read():
    world = World(push=True)
    world.outcomes["Decorate"].append(LIMITED)
    served(world, asking(minutes=24 * 60))
    assert world.reports[-1].code == "google-quota"
    before = world.now
    for number in range(10):
        world.edit(asking(f"b{number}", minutes=24 * 60))
        world.run(600)
    assert len(world.ordered(Decorate)) == 1
    assert len(world.ordered(ListEvents, since=before)) >= 10
    assert {"b0", "b9"} <= set(world.disk.rows)
    world.run(2 * HOUR)
    assert world.google.writes == {"a1": 1, **{f"b{number}": 1 for number in range(10)}}
    assert world.reports[-1].code == ""


def test_the_pause_survives_a_restart():
    world = World(push=True)
    world.outcomes["Decorate"].append(LIMITED)
    served(world, asking(minutes=24 * 60))
    world.restart()
    world.run(HOUR)
    assert len(world.ordered(Decorate)) == 1
    assert world.reports[-1].code == "google-quota"
    world.run(2 * HOUR)
    assert world.google.writes == {"a1": 1}


def test_it_grows_while_google_goes_on_refusing():
    trouble, pauses = Trouble(), []
    for _ in range(8):
        trouble = backoff.after(trouble, Kind.THROTTLED, "google-quota", now=T, name=USER, retry_after=1e9)
        pauses.append(trouble.retry_at - T)
        assert pauses[-1] <= backoff.longest(trouble)
    assert 2 * HOUR <= pauses[0] <= 2.5 * HOUR
    assert 4 * HOUR <= pauses[1] <= 5 * HOUR
    assert 12 * HOUR <= pauses[-1] <= 15 * HOUR


@pytest.mark.parametrize(
    ("code", "kind", "least", "most"),
    [
        ("google-daily-limit", Kind.CONFIG, HOUR, 1.25 * HOUR),
        ("google-domain-policy", Kind.CONFIG, HOUR, 1.25 * HOUR),
        ("google-rate-limited", Kind.THROTTLED, 2.0, 2.5),
    ],
)
def test_what_an_admin_or_a_day_must_mend_is_probed_slowly(code, kind, least, most):
    pause = backoff.after(Trouble(), kind, code, now=T, name=USER).retry_at - T
    assert least <= pause <= most


def test_who_writes_asks_first_and_tells_here():
    draft = Draft(blank(USER), T)
    assert not writing.writes_blocked(draft)
    assert not writing.writes_failed(draft, failure("google-rate-limited"))
    assert not writing.writes_blocked(draft)
    assert writing.writes_failed(draft, failure())
    assert writing.writes_blocked(draft)
    assert draft.trouble(writing.WRITES).code == "google-quota"
    writing.writes_well(draft)
    assert not writing.writes_blocked(draft)
