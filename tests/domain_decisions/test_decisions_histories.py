"""Random life histories: edits, time, crashes and failures of every kind, and what must be true all the same."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from hybridcal_daemon.domain.calls import (
    Decorate,
    DeleteCard,
    FetchEvent,
    FetchRoom,
    FindCard,
    FindDevices,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    ReadProfile,
    ReadVacation,
    SendCard,
    SetPresence,
    StopChannel,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import Deactivated, ResyncAsked, SettingsChanged
from hybridcal_daemon.domain.moments import join_moments
from hybridcal_daemon.domain.values import DAY, HOUR, Timed, as_instant, served_window, stored_window
from tests.domain_decisions.facts import T0, asking, daily, exception, meeting
from tests.domain_decisions.happening import EXOTIC, plainly, seen, truth
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, OK, World, fails, slow

SEEDS = 200

KINDS = (
    (Kind.TRANSIENT, "unreachable"),
    (Kind.TRANSIENT, "worker-crashed"),
    (Kind.THROTTLED, "webex-rate-limited"),
    (Kind.CONFIG, "webex-token"),
    (Kind.SEALED, "kms-sealed"),
)
RARE = {
    ListEvents: ((Kind.RESYNC, "google-sync-token"), (Kind.INVALID, "google-bad-request"), (Kind.USER, "google-x")),
    Decorate: ((Kind.CONFLICT, "google-conflict"),),
    OpenChannel: ((Kind.REFUSED, "google-push-refused"),),
    StopChannel: ((Kind.NOT_FOUND, "google-not-found"),),
    SetPresence: ((Kind.REFUSED, "webex-presence-refused"),),
}
WRITES = (SendCard, DeleteCard, Decorate, OpenChannel, StopChannel, SetPresence)


class History:
    """One seeded life history over one world."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World(push=self.random.random() < 0.7, policy=self.outcome)
        self.badness = self.random.choice((0.0, 0.1, 0.3))
        self.nervous = self.random.random() < 0.3
        self.clean = False
        self.reached = Counter()

    # ---- what goes wrong

    def outcome(self, call):
        world, random = self.world, self.random
        assert len(world.google.alive(world.true)) <= 2
        often = 3.0 if isinstance(call, FindCard) else 1.0  # look-ups are rare enough
        if self.clean or random.random() >= self.badness * often:
            return slow(random.choice((0.05, 0.2, 2.0)))
        took = random.uniform(0.05, 30.0)
        kind, code = random.choice(RARE.get(type(call), KINDS) if random.random() < 0.2 else KINDS)
        self.reached[f"{type(call).__name__} {kind.value}"] += 1
        choices = [fails(kind, code, random.choice((None, 5.0, 300.0)), took=took), slow(took), LOST]
        if isinstance(call, WRITES):
            done = random.random() < 0.5
            choices += [fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=done, took=took)] * 2
        choices += [OK._replace(wait=random.choice((1.0, 60.0, 800.0)), took=took)]
        if not isinstance(call, OpenChannel | SetPresence):
            choices += [DONE_BUT_LOST._replace(took=took)]
        return random.choice(choices)

    # ---- what people and machines do

    def step(self) -> None:
        people = (self.create, self.create, self.ask, self.move, self.remove, self.series, self.occurrence)
        people += (self.waver, self.brought_forward)
        machines = (
            self.crash,
            self.pause,
            self.night,
            self.slow_disk,
            self.void,
            self.settings,
            self.resync,
            self.jump,
        )
        self.random.choice((*people, self.vacation, *machines))()
        self.world.run(self.random.choice((0.3, 5.0, 60.0, 600.0, 2400.0)))

    def start_time(self) -> float:
        return self.world.true + self.random.choice((-600.0, 200.0, 900.0, 3600.0, 3 * HOUR, 2 * DAY, 40 * DAY))

    def create(self) -> None:
        name = f"m{self.random.randrange(12)}"
        self.world.edit(meeting(name, self.start_time(), self.random.choice((10, 60, 240))))

    def ask(self) -> None:
        self.world.edit(asking(f"a{self.random.randrange(6)}", self.start_time(), 60))

    def series(self) -> None:
        name = f"s{self.random.randrange(3)}"
        if name in self.world.google.changed and name not in self.world.google.events:
            return  # Google never gives an id again
        start = self.start_time() % (3 * DAY) + T0 - DAY + self.random.choice((0, 0, 25 * DAY, 31 * DAY))
        series = daily(name, start, 45, days=self.random.choice((8, 30)))
        if self.random.random() < 0.4:
            series = replace(series, recurrence=(f"{series.recurrence[0]}{EXOTIC}",))
        self.world.edit(series)

    def brought_forward(self) -> None:
        """An occurrence comes so near that lists show it, while its series stays too far away to be shown."""
        name = f"f{self.random.randrange(40)}"
        if name not in self.world.google.changed:
            series = daily(name, self.world.true + 50 * DAY, 45)
            self.world.edit(series)
            self.world.edit(exception(series, 0, self.start_time() % (2 * DAY) + self.world.true))

    def some(self, condition=lambda _fact: True):
        known = sorted(each for each, fact in self.world.google.events.items() if condition(fact))
        return self.world.google.events[self.random.choice(known)] if known else None

    def occurrence(self) -> None:
        series = self.some(lambda fact: fact.recurrence)
        if series is None:
            return
        number = self.random.randrange(8)
        original = Timed(at=int(as_instant(series.start)) + number * 86400, tz="UTC")
        if self.random.random() < 0.5:
            self.world.google.cancel_occurrence(series.event_id, original)
            self.world.pushes()
        elif exception(series, number, 0).event_id not in self.world.google.holes:
            self.world.edit(exception(series, number, self.start_time()))

    def move(self) -> None:
        fact = self.some(lambda fact: not fact.recurrence)
        if fact is not None:
            start = int(self.start_time())
            ends = {"start": Timed(at=start, tz="UTC"), "end": Timed(at=start + 3600, tz="UTC")}
            answer = self.random.choice(("accepted", "declined", fact.response))
            self.world.edit(replace(fact, **ends, response=answer))

    def remove(self) -> None:
        fact = self.some()
        if fact is not None and fact.series_id:  # an exception that is deleted leaves a hole in its series
            self.world.google.cancel_occurrence(fact.series_id, fact.original_start)
            self.world.pushes()
        elif fact is not None:
            self.world.remove(fact.event_id)

    def waver(self) -> None:
        """Somebody declines what they have a card for, and thinks again."""
        out = {card.event_id for card in self.world.durable.cards if card.state == "sent"}
        fact = self.some(lambda fact: fact.event_id in out and fact.response != "declined")
        if fact is not None:
            self.world.edit(replace(fact, response="declined"))
            self.world.run(self.random.choice((1.7, 5.0, 60.0)))
            if self.world.google.events.get(fact.event_id) is not None:
                self.world.edit(fact)

    def vacation(self) -> None:
        now = self.world.now
        self.world.google.vacation = self.random.choice(
            ((False, None, None), (True, None, None), (True, now + 600, now + 3000), (True, None, now + HOUR))
        )

    def crash(self) -> None:
        self.reached[f"crash with {min(len(self.world.state.flight.calls), 2)} under way"] += 1
        self.world.crash()
        self.world.run(self.random.choice((0.5, 45.0, 3000.0)))
        self.world.start()

    def pause(self) -> None:
        self.world.run(self.random.choice((HOUR, 5 * HOUR)))

    def night(self) -> None:
        """The window moves on; seldom, since a day is long."""
        if self.random.random() < 0.5:
            self.world.run(1.3 * DAY)

    def slow_disk(self) -> None:
        self.world.save_delay, self.world.saved_delay = self.random.choice(((0.0, 0.0), (5.0, 0.5), (0.0, 30.0)))

    def void(self) -> None:
        self.world.google.void_before = self.world.google.number
        self.world.google.number += 1

    def settings(self) -> None:
        changed = replace(
            self.world.settings,
            join_lead=self.random.choice((60.0, 300.0, 900.0)),
            push=self.random.random() < 0.7,
            presence=self.random.random() < 0.8,
        )
        self.world.settings = changed
        self.world.tell(SettingsChanged(settings=changed))

    def resync(self) -> None:
        self.world.tell(ResyncAsked())

    def jump(self) -> None:
        if self.nervous:
            self.reached["the clock jumped"] += 1
            self.world.jump(self.random.choice((-HOUR, HOUR, -7.0, 3 * HOUR)))

    # ---- what must be true in the end

    def come_to_rest(self) -> None:
        """Failures stop; whatever still waits has time to be tried again."""
        world = self.world
        self.clean = True
        world.jump(-world.skew)
        world.save_delay = world.saved_delay = 0.0
        world.settings = replace(world.settings, presence=True, push=True)
        world.tell(SettingsChanged(settings=world.settings))
        world.run(4 * HOUR)
        if any(kind in {"user", "refused", "invalid"} for kind in self.kinds()):
            world.run(2.6 * DAY)
        world.edit(meeting("last", world.true + 1.5 * HOUR, 240))
        world.run(1.5 * HOUR + 1)
        world.until(lambda: not world.state.flight.calls)

    def kinds(self) -> set[str]:
        return {trouble.kind for _, trouble in self.world.durable.troubles}

    def check_rest(self) -> None:
        world = self.world
        self.check_rows()
        assert world.disk.rows == world.state.events
        assert world.durable.standing.state == "active"
        assert world.reports[-1].code in {"", "webex-rate-limited"}
        self.check_cards()
        assert len(world.google.alive(world.true)) == 1
        assert world.google.alive(world.true) == [channel.channel_id for channel in world.durable.channels]
        away, start, end = world.google.vacation
        expected = away and (start is None or start <= world.now) and (end is None or end > world.now)
        assert world.webex.ooo(world.true) == expected
        rows = world.disk.rows.values()
        assert all(fact.has_block for fact in rows if fact.asked and as_instant(fact.end) > world.now)

    def check_rows(self) -> None:
        """What is shown is what happens, and no row is older than Google's or without need."""
        world, window = self.world, served_window(self.world.now)
        assert seen(world.disk.rows.values(), window) == truth(world.google, window)
        told = {each: fact for each, fact in world.disk.rows.items() if not (fact.cancelled or fact.derived)}
        assert told == {each: world.google.events[each] for each in told}
        kept = world.google.within(stored_window(max(world.durable.full_at, world.durable.window_at)))
        assert {each for each, fact in kept.items() if not fact.series_id} <= told.keys()
        exotic = {each for each, fact in told.items() if plainly(fact) != fact}
        assert told.keys() - exotic <= kept.keys()
        assert {each for each, fact in world.disk.rows.items() if fact.cancelled} <= world.google.holes.keys()

    def check_cards(self) -> None:
        """Exactly one card for each moment that is due, none for any other."""
        world = self.world
        facts = [plainly(fact) for fact in world.google.events.values()]
        facts += (fact for fact in world.state.events.values() if fact.cancelled)
        moments = join_moments(facts, world.now, world.settings.join_lead, DAY)
        due = {moment.key for moment in moments if moment.due <= world.now}
        early = set()
        if self.nervous:  # what was sent, and perhaps over, while the clock was ahead
            early = {moment.key for moment in moments}
            due -= {card.base for card in world.durable.cards if card.state == "over"}
        assert due
        assert due <= world.webex.live().keys() <= due | early
        assert all(count == 1 for count in world.webex.live().values())
        assert all(count == 1 for count in world.webex.posts.values())

    def check_goodbye(self) -> None:
        world = self.world
        self.clean = self.random.random() < 0.5
        world.tell(Deactivated())
        world.run(40)
        assert world.gone
        if self.clean:
            assert world.webex.cards == {}
            assert world.google.alive(world.true) == []
            assert not world.webex.ooo(world.true)


def live(seed: int) -> History:
    """A whole life, checked at rest and at its end."""
    history = History(seed)
    history.world.start()
    for _ in range(history.random.randrange(10, 30)):
        history.step()
    history.come_to_rest()
    history.check_rest()
    history.reached += history.world.notes
    history.reached["a second generation"] += any(card.generation for card in history.world.durable.cards)
    history.check_goodbye()
    return history


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_a_random_history_comes_to_the_right_rest(first):
    for seed in range(first, first + 20):
        live(seed)


def test_the_rare_states_are_reached():
    reached = sum((live(seed).reached for seed in range(1000, 1140)), Counter())
    failed = [name.split() for name in reached if name[0].isupper()]
    assert {call for call, _ in failed} == {
        kind.__name__
        for kind in (
            *WRITES,
            FetchRoom,
            FindCard,
            FindDevices,
            *RARE,
            ReadVacation,
            ReadProfile,
            FetchEvent,
            ListEdge,
            ListInstances,
        )
    }
    assert {kind for _, kind in failed} >= {"resync", "conflict", "invalid", "user", "refused", "sealed", "config"}
    rare = ("card.found", "card.not-found", "card.taken-back", "sync.token-void", "a second generation")
    rare += ("sync.edge", "sync.reconciled", "series.unexpanded")
    rare += ("crash with 1 under way", "crash with 2 under way", "the clock jumped")
    assert [state for state in rare if not reached[state]] == []
