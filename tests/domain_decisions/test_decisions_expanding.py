"""Series that Google expands for us."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain import expanding
from hybridcal_daemon.domain.calls import ListEdge, ListInstances
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked
from hybridcal_daemon.domain.recurrence import occurrences
from hybridcal_daemon.domain.values import DAY, HOUR, Timed, as_instant, served_window
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.happening import EXOTIC, seen, truth
from tests.domain_decisions.world import LOST, World, fails, slow


@pytest.fixture
def world():
    return World()


def exotic(event_id="x1", days=9, start=T0 + HOUR, **rest):
    series = daily(event_id, start, days=days, **rest)
    return replace(series, recurrence=(series.recurrence[0] + EXOTIC,))


def synced(world, *facts):
    for fact in facts:
        world.google.put(fact)
    world.start()
    world.run(10)
    return world


def agrees(world):
    window = served_window(world.now)
    return seen(world.disk.rows.values(), window) == truth(world.google, window)


def asked(world, series_id="x1"):
    return [call for call in world.ordered(ListInstances) if call.series_id == series_id and call.page_token is None]


def test_its_occurrences_are_rows_of_their_own_and_have_cards(world):
    synced(world, exotic())
    assert agrees(world)
    assert len(asked(world)) == 1
    derived = [fact for fact in world.disk.rows.values() if fact.derived]
    assert len(derived) == 9
    assert occurrences(world.disk.rows.values(), served_window(world.now))[1] == ()
    assert world.reports[-1].meetings == 1
    world.run(HOUR)
    assert len(world.webex.cards) == 1


def test_it_is_said_to_be_unexpanded_only_until_it_is(world):
    synced(world, exotic())
    world.google.put(exotic(response="declined"))
    world.run(2 * HOUR)
    assert world.notes["series.unexpanded"] == 1
    assert agrees(world)


def test_it_is_asked_for_again_when_it_changes_and_not_otherwise(world):
    synced(world, exotic())
    world.tell(ResyncAsked())
    world.run(3 * HOUR)
    known = len(asked(world))
    world.run(6 * HOUR)
    assert len(asked(world)) == known
    world.google.put(exotic(start=T0 + 2 * HOUR, days=5))
    world.run(HOUR)
    assert len(asked(world)) == known + 1
    assert agrees(world)


def test_the_edge_goes_on_with_it(world):
    synced(world, exotic(days=90))
    world.run(5 * DAY)
    assert len(world.ordered(ListEdge)) >= 4
    assert len(asked(world)) == 1
    assert agrees(world)


def test_exceptions_and_cancelled_occurrences_that_are_told_stand(world):
    series = exotic()
    synced(world, series)
    world.google.put(exception(series, 2, T0 + 3 * DAY + 5 * HOUR))
    world.google.cancel_occurrence("x1", Timed(at=int(as_instant(series.start)) + 3 * 86400, tz="UTC"))
    world.run(2 * HOUR)
    assert agrees(world)
    world.google.put(exotic(response="declined"))
    world.run(2 * HOUR)
    assert agrees(world)
    assert sum(fact.derived for fact in world.disk.rows.values()) == 7


def test_an_older_answer_does_not_overwrite_what_was_told_meanwhile(world):
    series = exotic()
    synced(world)
    world.outcomes["ListInstances"].append(slow(0.1)._replace(back=30.0))
    world.google.page_size = 50
    world.google.put(series)
    world.push("a push")
    world.run(3)
    world.google.cancel_occurrence("x1", Timed(at=int(as_instant(series.start)) + 3 * 86400, tz="UTC"))
    world.push("a push")
    world.run(60)
    assert agrees(world)


def test_its_rows_go_with_it(world):
    synced(world, exotic())
    world.google.remove("x1")
    world.run(HOUR)
    assert world.disk.rows == {}
    assert world.durable.expansions == ()


def test_its_rows_go_when_its_rule_is_one_of_ours(world):
    synced(world, exotic())
    world.google.put(daily("x1", days=9))
    world.run(HOUR)
    assert set(world.disk.rows) == {"x1"}
    assert world.durable.expansions == ()
    assert agrees(world)


def test_a_full_list_keeps_its_rows(world):
    synced(world, exotic())
    rows = dict(world.disk.rows)
    world.outcomes["ListInstances"].append(LOST)
    world.tell(ResyncAsked())
    world.run(20)
    assert world.disk.rows == rows


@pytest.mark.parametrize("kind", [Kind.TRANSIENT, Kind.NOT_FOUND, Kind.INVALID, Kind.REFUSED])
def test_one_that_fails_keeps_no_other_one_waiting(world, kind):
    def policy(call):
        bad = isinstance(call, ListInstances) and call.series_id in {"x1", "x2"}
        return fails(kind, "google-unavailable") if bad else slow(0.1)

    world.policy = policy
    synced(world, exotic("x1"), exotic("x2"), exotic("x3"))
    world.run(60)
    assert [known.series_id for known in world.durable.expansions] == ["x3"]
    assert world.durable.standing.state == "active"
    world.run(20 * HOUR)
    assert len(asked(world, "x1")) < 40
    world.policy = lambda _call: slow(0.1)
    world.run(1.5 * DAY)
    assert agrees(world)
    assert world.reports[-1].code == ""


def test_a_hostile_rule_costs_bounded_work(world, monkeypatch):
    monkeypatch.setattr(expanding, "MOST_ROWS", 10)
    world.google.page_size = 5
    synced(world, exotic(days=30))
    assert sum(fact.derived for fact in world.disk.rows.values()) == 10
    assert len(world.ordered(ListInstances)) == 2
    assert world.notes["series.cut"] == 1
    world.run(HOUR)
    assert len(world.ordered(ListInstances)) == 2


def test_pages_without_end_are_not_followed_without_end(world):
    """Every page is empty and names another one."""
    instances = world.google.instances
    world.google.instances = lambda call: replace(instances(call), events=(), next_page=f"{call.request_id}+0")
    world.google._pick = lambda call, _items: ([], [], f"{call.request_id}+0")
    synced(world, exotic())
    world.run(HOUR)
    assert len(world.ordered(ListInstances)) == expanding.MOST_PAGES


def test_what_follows_from_the_rows_is_not_worked_out_for_every_message(world):
    synced(world, exotic(), meeting("m1"))
    kin = world.state.flight.kin
    world.google.put(meeting("m2"))
    world.run(HOUR)
    assert world.state.flight.kin is kin
    world.google.put(daily("d1"))
    world.run(HOUR)
    assert world.state.flight.kin is not kin
