"""Random absences, failures, crashes and settings: at rest Webex shows what is true, and never for longer than that."""

import random
from dataclasses import replace

import pytest

from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import ResyncAsked, SettingsChanged
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant, Window
from tests.domain_decisions.facts import T0, daily, exception, meeting
from tests.domain_decisions.world import DONE_BUT_LOST, LOST, OK, World, fails, slow

ORDER = ("vacation", "out-of-office", "focus-time", "working-elsewhere")
KINDS = (*ORDER[1:], "working-home", "meeting")
STATUSES = ("", "ooo", "dnd")
WEATHER = (
    *[OK] * 6,
    LOST,
    DONE_BUT_LOST,
    slow(40.0),
    fails(Kind.TRANSIENT, "webex-unavailable"),
    fails(Kind.TRANSIENT, "deadline", in_doubt=True, done=True),
    fails(Kind.THROTTLED, "webex-rate-limited", 30.0),
)


class History:
    """One world, and what is true in it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.world = World(presence_ttl=self.random.choice((1800, 8 * 3600)), **self.rules())
        self.world.policy = self.weather
        self.calm = False

    def rules(self):
        chosen = {name: self.random.choice(STATUSES) for name in ("out_of_office", "focus_time", "elsewhere")}
        return {f"presence_{name}": status for name, status in chosen.items()} | {
            "presence_vacation": self.random.random() < 0.7
        }

    def weather(self, call):
        bad = type(call).__name__ in {"SetPresence", "FetchRoom"} and not self.calm
        return self.random.choice(WEATHER) if bad else OK

    def put(self):
        number, kind = self.random.randrange(6), self.random.choice(KINDS)
        start = T0 + self.random.randrange(-60, 6 * 60) * MINUTE
        more = {"kind": kind, "join": "", "response": self.random.choice(["none", "none", "accepted", "declined"])}
        if number == 5:
            series = daily("series", start, self.random.randrange(5, 200), days=3, **more)
            self.world.google.put(series)
            if self.random.random() < 0.5:
                self.world.google.put(exception(series, 0, start + HOUR, 30, **more))
        else:
            self.world.google.put(meeting(f"e{number}", start, self.random.randrange(5, 200), **more))

    def step(self):
        world = self.world
        match self.random.randrange(7):
            case 0 | 1 | 2:
                self.put()
                world.tell(ResyncAsked())
            case 3:
                world.google.remove(f"e{self.random.randrange(5)}")
                world.tell(ResyncAsked())
            case 4:
                start = Instant(T0 + self.random.randrange(0, 8 * 60) * MINUTE)
                world.google.vacation = (self.random.random() < 0.6, start, Instant(start + HOUR))
            case 5:
                world.restart()
            case _:
                world.settings = replace(world.settings, **self.rules())
                world.tell(SettingsChanged(settings=world.settings))
        world.run(self.random.choice((5.0, 7 * MINUTE, 41 * MINUTE)))

    def expected(self):
        """By the words of the documentation, without the daemon's own line of time."""
        settings, now = self.world.settings, self.world.now
        shows = {
            "vacation": "ooo" if settings.presence_vacation else "",
            "out-of-office": settings.presence_out_of_office,
            "focus-time": settings.presence_focus_time,
            "working-elsewhere": settings.presence_elsewhere,
        }
        on, start, end = self.world.google.vacation
        holds = {"vacation"} if on and start <= now < end else set()
        instant = Window(start=now, end=Instant(now + 0.001))
        happening = self.world.google.happening(instant).values()
        holds |= {fact.kind for fact in happening if fact.response != "declined"}
        return next((shows[source] for source in ORDER if source in holds and shows[source]), "")

    def come_to_rest(self):
        """Everything works from now on; nothing changes until a moment in the middle of nothing."""
        self.calm = True
        self.world.tell(ResyncAsked())
        self.world.run(HOUR)

    def check_rest(self):
        assert self.world.webex.shows(self.world.true) == self.expected()


def live(seed):
    history = History(seed)
    history.world.start()
    for _ in range(history.random.randrange(4, 16)):
        history.step()
    history.come_to_rest()
    history.check_rest()
    for _ in range(12):  # and from then on whatever comes
        history.world.run(37 * MINUTE + 3)
        history.check_rest()
    assert history.world.reports[-1].code == ""
    return history


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_a_random_history_comes_to_what_is_true(first):
    for seed in range(first, first + 20):
        live(seed)


def test_the_histories_are_of_all_kinds():
    shown = {status for seed in range(40) for _, status, _ in live(seed).world.webex.said}
    assert shown == set(STATUSES)
