"""Whatever people, Webex and crashes do: at rest each asking event has exactly one meeting, as the event has it.

Seeded histories: edits, moves, exceptions, other wishes, deletions on both sides, migrating spaces, crashes at any
step, and answers that are late, lost, refused for now or in doubt. Then everything is well again, and time passes.
"""

from dataclasses import replace
from random import Random

import pytest

from hybridcal_daemon.domain import blocks, holding, planning
from hybridcal_daemon.domain.calls import ChangeMeeting, FollowSpace, HoldMeeting, OpenSpace
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.holding import AT_ONCE, action, in_space, under_way
from hybridcal_daemon.domain.recurrence import instance_id
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE, Instant, Timed, Window, as_instant
from tests.domain_decisions.facts import T0, asking
from tests.domain_decisions.webex_meetings import CALLS
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, OK, World, fails, slow

SEEDS = 28
STEPS = 30
WISHES = ("onetime", "onetime", "space", "space", "myroom", None)
RULES = (
    "FREQ=DAILY;COUNT=12",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=5",
    "FREQ=DAILY;UNTIL=20270210",
)
TROUBLES = (
    fails(Kind.THROTTLED, "webex-rate-limited", 30.0),
    fails(Kind.TRANSIENT, "webex-unavailable"),
    fails(Kind.TRANSIENT, "deadline", in_doubt=True),
    fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
    fails(Kind.CONFIG, "webex-token"),
    LOST,
    DONE_BUT_LOST,
    slow(25.0),
    slow(0.1)._replace(back=20.0),
)


FOR_GOOD = (fails(Kind.REFUSED, "webex-meeting-refused"), fails(Kind.INVALID, "webex-meeting-refused"))
"""Webex takes them back after a day; what it will not delete stays there, so that is not among them."""


class History:
    """One seed's life."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World(push=True, spaces=True, policy=self.weather)
        self.bad, self.strict = True, seed % 4 == 0
        self.count = 0
        for number in range(3):
            self.world.google.put(self.single(f"a{number}"))
        self.world.google.put(self.series("s0"))

    def weather(self, call):
        if isinstance(call, CALLS):
            assert under_way(self.world.state) <= AT_ONCE
        if self.bad and isinstance(call, CALLS) and self.random.random() < 0.3:
            refusable = self.strict and isinstance(call, HoldMeeting | ChangeMeeting | OpenSpace | FollowSpace)
            return self.random.choice((*TROUBLES, *FOR_GOOD) if refusable else TROUBLES)
        return OK

    # ---- what there is

    def words(self) -> dict:
        self.count += 1
        people = self.random.choice((0, 1, 1, 1, 2, 5))
        guests = f"guests-{people}-{self.random.randrange(2)}"
        return {"title_digest": f"title-{self.count}", "people": people, "guests_digest": guests}

    def start(self) -> float:
        soon = 40 if self.strict else 6
        return self.world.true // MINUTE * MINUTE + soon * HOUR + self.random.randrange(18 * 24) * HOUR

    def single(self, event_id: str):
        wish = self.random.choice(WISHES[:4])
        return asking(event_id, self.start(), self.random.choice((5, 30, 60, 2000)), asked=wish, **self.words())

    def series(self, event_id: str):
        rule = self.random.choice(RULES)
        start = T0 + 3 * DAY + self.random.randrange(9) * HOUR  # a Monday
        wish = self.random.choice(WISHES[:4])
        return asking(event_id, start, 45, asked=wish, recurrence=(f"RRULE:{rule}",), **self.words())

    # ---- what happens

    def step(self) -> None:
        facts = sorted(self.world.google.events)
        fact = self.world.google.events[self.random.choice(facts)] if facts else None
        happens = self.random.choice(
            (
                self.edit,
                self.edit,
                self.move,
                self.wish,
                self.exception,
                self.exception,
                self.hole,
                self.remove,
                self.new,
            )
        )
        happens(fact)
        if self.random.random() < 0.15:
            self.at_webex()
        if self.random.random() < 0.2:
            self.world.crash()
            self.world.run(self.random.choice((0.0, 1.0, 30.0)))
            self.world.start()
        self.world.run(self.random.choice((0.2, 0.7, 1.0, 3.0, 10.0, 60.0, 400.0)))

    def edit(self, fact) -> None:
        if fact is not None:
            self.world.edit(replace(fact, **self.words()))

    def move(self, fact) -> None:
        if fact is not None and not fact.recurrence and fact.series_id is None:
            start = self.start()
            length = as_instant(fact.end) - as_instant(fact.start)
            end = Timed(at=int(start + length), tz="UTC")
            self.world.edit(replace(fact, start=Timed(at=int(start), tz="UTC"), end=end))

    def wish(self, fact) -> None:
        if fact is not None:
            self.world.edit(replace(fact, asked=self.random.choice(WISHES)))

    def _original(self, fact):
        """An occurrence still to come of a series; None of anything else."""
        if fact is None or not fact.recurrence:
            return None
        ahead = Window(start=Instant(self.world.true + 3 * HOUR), end=Instant(self.world.true + 25 * DAY))
        happening = [each for each in self.world.google.happening(ahead).values() if each.series_id == fact.event_id]
        originals = [each.original_start for each in happening if as_instant(each.original_start) > ahead.start]
        return self.random.choice(originals) if originals else None

    def exception(self, fact) -> None:
        original = self._original(fact)
        if original is None:
            return
        start = original.at + self.random.choice((0, 0, 3600, 7200, -3600))
        asked = self.random.choice((fact.asked, fact.asked, fact.asked, *WISHES))
        self.world.edit(
            replace(
                fact,
                event_id=instance_id(fact.event_id, original),
                recurrence=(),
                series_id=fact.event_id,
                original_start=original,
                asked=asked,
                start=Timed(at=start, tz="UTC"),
                end=Timed(at=start + self.random.choice((45, 45, 60)) * 60, tz="UTC"),
            )
        )

    def hole(self, fact) -> None:
        original = self._original(fact)
        if original is not None and self.random.random() < 0.5:
            self.world.google.cancel_occurrence(fact.event_id, original)
            self.world.pushes()

    def remove(self, fact) -> None:
        if fact is not None and fact.series_id is None:
            self.world.remove(fact.event_id)

    def new(self, _fact) -> None:
        self.count += 1
        make = self.series if self.random.random() < 0.3 else self.single
        self.world.edit(make(f"n{self.count}"))

    def at_webex(self) -> None:
        """Somebody does something there; it is noticed when the event needs something the next time."""
        webex, events = self.world.meetings, self.world.google.events
        if webex.meetings and self.random.random() < 0.5:
            tag = webex.meetings[meeting_id := self.random.choice(sorted(webex.meetings))].tag
            webex.delete(meeting_id)
            mine = [each.event_id for each in self.world.durable.meetings if each.tag == tag]
        elif webex.spaces:
            space_id = self.random.choice(sorted(webex.spaces))
            mine = [each.event_id for each in self.world.durable.meetings if each.space_id == space_id]
            self.random.choice((webex.migrate, webex.close))(space_id)
        else:
            return
        for event_id in mine:
            if event_id in events:
                self.edit(events[event_id])

    def rest(self) -> None:
        self.bad = False
        self.world.run(31 * HOUR if self.strict else 3 * HOUR)


def expected(world) -> dict[str, object]:
    """Events that are to have a meeting of their own."""
    events = world.google.events
    found = {}
    for event_id, fact in events.items():
        series = events.get(fact.series_id)
        inherits = series is not None and action(series) is not None and action(series) == action(fact)
        if action(fact) is not None and not inherits and planning.lasts(fact, (), "") > world.now:
            found[event_id] = fact
    return found


def times(world, fact) -> dict[float, tuple[float, float]]:
    """When an event takes place in the next month, by original begin, in Webex' limits; what has begun is left out."""
    ahead = Window(start=Instant(world.true), end=Instant(world.true + 30 * DAY))
    if not fact.recurrence:
        begin, end = planning.span(fact.start, fact.end, "")
        return {begin: (begin, end)}
    happening = [each for each in world.google.happening(ahead).values() if each.series_id == fact.event_id]
    shared = [each for each in happening if each.asked == fact.asked]
    spans = {as_instant(each.original_start): planning.span(each.start, each.end, "") for each in shared}
    return {original: pair for original, pair in spans.items() if original > ahead.start and pair[0] > ahead.start}


def at_webex(world, standing) -> dict[float, tuple[float, float]]:
    ahead = Window(start=Instant(world.true + 1), end=Instant(world.true + 30 * DAY))
    found = standing.occurrences(ahead).items()
    return {original: pair for original, pair in found if world.true < pair[0] < ahead.end}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_at_rest_every_asking_event_has_exactly_one_meeting_as_it_is(seed):
    history = History(seed)
    world, webex = history.world, history.world.meetings
    world.start()
    for _ in range(STEPS):
        history.step()
    history.rest()
    wanted = expected(world)
    held = {meeting.event_id: meeting for meeting in world.durable.meetings}
    assert {meeting.state for meeting in held.values()} <= {"made"}
    assert len(world.durable.meetings) == len(held)
    assert held.keys() == wanted.keys()
    assert webex.tags() == {meeting.tag: 1 for meeting in held.values()}
    for event_id, fact in wanted.items():
        check(world, held[event_id], fact)


def check(world, meeting, fact) -> None:
    """Title, times, space, and what the invitation says."""
    way = blocks.way_to(Draft(world.state, world.now), fact)
    assert (way.cell, way.place) == (meeting.join, holding.meeting_place(meeting.tag))
    assert fact.has_block
    assert fact.block_for == way.name
    webex = world.meetings
    standing = webex.of(meeting.tag)
    assert meeting.kind == action(fact)
    assert standing.title == fact.title_digest
    if as_instant(fact.start) > world.true or fact.recurrence:
        due, there = times(world, fact), at_webex(world, standing)
        if planning.decode(meeting.asked).version.startswith("r"):  # Webex refused it, perhaps for its rule
            due = dict(sorted(due.items(), key=lambda item: item[1])[:1])
            there = {original: pair for original, pair in due.items() if pair in there.values()}
        assert there == due
    if meeting.kind == "space":
        assert standing.space_id == meeting.space_id
        leader = world.state.events[in_space(world.state, meeting.space_tag)[0].event_id]
        assert webex.shown[meeting.space_id] == (leader.title_digest, leader.guests_digest)
        assert leader.guests_digest == fact.guests_digest


def test_the_histories_reach_what_is_rare():
    reached = set()
    for seed in range(12):
        history = History(seed)
        history.world.start()
        for _ in range(STEPS):
            history.step()
        reached |= {type(call).__name__ for _, call in history.world.orders if isinstance(call, CALLS)}
    assert reached == {kind.__name__ for kind in CALLS}
