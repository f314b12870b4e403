"""What goes wrong, and when: in both services, between them and the daemon, and in the daemon's process.

Owns: the plan of troubles of one run, those of the process, and the fate of each push. Promises: the same seed brings
the same troubles; none begins after :meth:`Weather.calm`. Does not: judge (``referee.py`` does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.sandbox.late import LateRequest
from tests.simulation.troubles import HOUR, MINUTE
from tests.simulation.troubles_webex import WebexTroubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.ports import HttpRequest
    from tests.simulation.house import House
    from tests.simulation.outside import Exchange, Outside, Wire
    from tests.simulation.people import People
    from tests.simulation.referee import Referee
    from tests.simulation.scheduler import SimScheduler

__all__ = ["HOUR", "MINUTE", "POINTS", "Poison", "Weather"]

POINTS: Final = (
    "store.commit",
    "store.committed",
    "store.committed.rows",
    "store.committed.card",
    "store.committed.channel",
    "google.list.done",
    "google.list.more",
    "google.edge.done",
    "google.get.done",
    "google.patch.leaving",
    "google.patch.done",
    "google.watch.leaving",
    "google.watch.done",
    "google.stop.leaving",
    "google.stop.done",
    "google.token.done",
    "google.instances.leaving",
    "google.instances.done",
    "google.setting.done",
    "answered.ListEvents",
    "answered.ListInstances",
    "answered.FetchEvent",
    "answered.OpenChannel",
    "answered.StopChannel",
    "answered.Decorate",
    "webex.card.leaving",
    "webex.card.done",
    "webex.find.done",
    "webex.delete.done",
    "webex.presence.done",
    "webex.room.done",
    *(f"store.committed.meeting.{state}" for state in ("planned", "opening", "making", "made")),
    "webex.meeting-make.leaving",
    "webex.meeting-make.done",
    "answered.HoldMeeting",
    "answered.FindMeeting",
    "webex.meeting-change.leaving",
    "webex.meeting-change.done",
    "answered.ChangeMeeting",
    "webex.meeting-end.leaving",
    "webex.meeting-end.done",
    "answered.EndMeeting",
    "webex.space-make.leaving",
    "webex.space-make.done",
    "answered.OpenSpace",
    "answered.FindSpace",
    "webex.member-add.done",
    "webex.member-remove.done",
    "webex.space-change.done",
    "answered.FollowSpace",
    "answered.Undecorate",
    "store.committed.offer",
    "webex.bookings-put.leaving",
    "webex.bookings-put.done",
    "answered.PutBookings",
    "answered.CheckBookings",
    "answered.FindDevices",
)

SELDOM: Final = (
    "google.instances.leaving",
    "answered.ListInstances",
    "store.committed.meeting.planned",
    "webex.space-make.leaving",
    "answered.FollowSpace",
    "answered.PutBookings",
    "answered.CheckBookings",
    "webex.meeting-end.leaving",
    "answered.Undecorate",
)
"""Reached so seldom, or so seldom when a death is due there, that it has to be seen to."""
RAREST: Final = "webex.member-remove.done"
"""A death is due there in all those seeds."""
_FREE: Final = 200
"""Seeds below are left to chance: planted bugs are looked for in those."""


class Poison:
    """A message that no actor has a handler for."""


class Weather(WebexTroubles):
    """Troubles and when they come. Use :meth:`brew` once for each stretch of time."""

    def __init__(
        self, scheduler: SimScheduler, outside: Outside, wire: Wire, house: House, people: People, referee: Referee
    ) -> None:
        super().__init__(scheduler, outside, wire, house, people, referee)
        self.heard: Callable[[str], None] = lambda _: None
        """Told whose push was taken."""
        self.jumped: Callable[[], None] = lambda: None
        """Called when the clock has jumped."""
        self._push_loss = self.random.choice((0.0, 0.1, 0.3, 0.6))
        self._points = self.random.sample(POINTS, 14)
        kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._google_fails, 2.0),
            (self._reads_fail, 0.8),
            (self._webex_fails, 2.0),
            (self._cards_in_doubt, 3.0),
            (self._writes_in_doubt, 2.5),
            (self._makings_in_doubt, 2.5),
            (self._followings_in_doubt, 1.5),
            (self._webex_looks_fail, 0.8),
            (self._integration_revoked, 0.6),
            (self._meeting_deleted, 0.7),
            (self._space_migrates, 0.7),
            (self._joins_by_hand, 0.8),
            (self._device_reboots, 1.2),
            (self._device_cut_off, 0.6),
            (self._devices_fail, 0.8),
            (self._throttled, 2.0),
            (self._used_up, 0.6),
            (self._slow, 1.0),
            (self._tokens_void, 1.0),
            (self._tokens_void_again, 0.5),
            (self._sync_token_garbled, 0.5),
            (self._old_versions, 1.2),
            (self._revoked, 0.7),
            (self._delegation_away, 0.3),
            (self._bad_page, 0.4),
            (self._forgetful, 0.4),
            (self._channels_short, 0.4),
            (self._pushes_astray, 0.5),
            (self._disk_full, 0.7),
            (self._poison, 1.5),
            (self._program_fails, 0.7),
            (self._keys_away, 0.3),
            (self._power_cut, 1.2),
            (self._death_at_a_point, 10.0),
            (self._clock_jumps, 0.5),
        )
        self._kinds = [(kind, weight * self.random.choice((0.0, 1.0, 1.0, 4.0))) for kind, weight in kinds]
        """Each seed has its own climate: some troubles never come, some often."""

    # ---- when

    def brew(self, seconds: float, most: int) -> None:
        """Plan up to ``most`` troubles within the coming ``seconds``."""
        self.fair = False
        self._stretch += 1
        stretch = self._stretch
        if self._scheduler.seed >= _FREE:
            self._scheduler.arm(SELDOM[self._scheduler.seed % len(SELDOM)])
            self._scheduler.arm(RAREST)
        kinds, weights = zip(*self._kinds, strict=True)
        number = self.random.randint(0, most) if sum(weights) else 0
        for kind in self.random.choices(kinds, weights, k=number):
            self._later(self.random.uniform(0, seconds), kind, stretch)

    def calm(self) -> None:
        """End everything."""
        self.fair = True
        self.mend()
        self._house.store.full = False
        self._house.show_keyring()
        self._wire.faulty.clear()
        self._wire.pages.calm()
        self.devices.all_online()
        self._scheduler._points.clear()

    # ---- in the process

    def _disk_full(self) -> None:
        self._house.store.full = True
        self._later(self.random.uniform(1, 60), self._disk_well, self._stretch)

    def _disk_well(self) -> None:
        self._house.store.full = False
        self._referee.trouble()

    def _poison(self) -> None:
        """One to three messages that kill the actors of one person or of everybody."""
        if self._house.alive:
            ids = list(self._house.ids.values())
            for user in ids if self.random.random() < 0.3 else ids[:1]:
                self._house.system.directory.tell(user, Poison())
            self._referee.trouble()

    def _program_fails(self) -> None:
        """A worker meets a fault of the program."""
        self._wire.faulty.append(self.random.random() < 0.5)
        self._referee.trouble()

    def _keys_away(self) -> None:
        """The keyring cannot be read for some minutes, and the process has to start meanwhile."""
        if self._house.alive and len(self._house.ids) > 1 and self._house.hide_keyring():
            self._later(self.random.uniform(10.0, 240.0), self._keys_back, self._stretch)
            self._scheduler.crash("keys away")

    def _keys_back(self) -> None:
        self._house.show_keyring()
        self._referee.trouble()

    def _power_cut(self) -> None:
        if self._house.alive:
            self._scheduler.crash("any moment")

    def _death_at_a_point(self) -> None:
        self._scheduler.arm(self.random.choice(self._points), self.random.choice((1, 1, 2, 3)))

    def arm(self, *points: str) -> None:
        """Let the process die at one of these points, when it is reached next."""
        if not self.fair:
            self._scheduler.arm(self.random.choice(points), 1)

    def arm_sometimes(self, *points: str) -> None:
        """The same, or not."""
        if self.random.random() < 0.5:
            self.arm(*points)

    def haunt(self) -> None:
        """Perhaps the process dies within the next seconds."""
        if not self.fair and self.random.random() < 0.4:
            self._later(self.random.uniform(0.0, 6.0), self._power_cut, self._stretch)

    def _clock_jumps(self) -> None:
        """Everybody's clock, as after a suspended machine woke up."""
        self._scheduler.clock.jump(self.random.choice((30.0, 10 * MINUTE, 50 * MINUTE)))
        self._scheduler.reached["clock jump"] += 1
        self.jumped()
        self._referee.trouble()

    def restart_after(self) -> float:
        """Seconds until the process is up again."""
        return self.random.choice((0.5, 5.0, 5.0, 30.0, 5 * MINUTE)) if not self.fair else 1.0

    # ---- pushes

    def push(self, request: HttpRequest) -> None:
        """Google's notification is on its way."""
        fate = 1.0 if self.fair else self.random.random()
        if fate < self._push_loss:
            self._scheduler.reached["push lost"] += 1
            return
        times = 1
        if not self.fair and self.random.random() < 0.1:
            self._scheduler.reached["push doubled"] += 1
            times = 2
        ahead = request.delay if isinstance(request, LateRequest) else 0.0
        for _ in range(times):
            late = 0.2 if self.fair else self.random.choice((0.05, 1.0, 8.0, 200.0))
            self._scheduler.after(ahead + self.random.uniform(0, late), lambda: self._deliver(request))

    def _deliver(self, request: HttpRequest) -> None:
        """To the push receiver's own entry; a process that is down hears nothing, and nobody repeats it."""
        if self._house.alive:
            headers = request.headers
            channel, first = headers["X-Goog-Channel-ID"], headers["X-Goog-Resource-State"] == "sync"
            taken = self._house.daemon.push(
                channel_id=channel,
                token=headers["X-Goog-Channel-Token"],
                resource_id=headers["X-Goog-Resource-ID"],
                first=first,
            )
            if taken and not first:
                self.heard(channel.partition("-")[0])

    # ---- just now

    def intrude(self, exchange: Exchange) -> None:
        """Somebody acts between a request's effect and its answer."""
        if self.fair:
            return
        if exchange.name == "google.list" and b'"nextPageToken"' in exchange.response.body:
            self._scheduler.point("google.list.more")
            if self.random.random() < 0.15:
                self._scheduler.reached["edit between pages"] += 1
                self._people.interfere()
            elif self.random.random() < 0.04:
                self._scheduler.reached["410 between pages"] += 1
                self._outside.google.expire_sync_tokens(exchange.who)
            elif self.random.random() < 0.03:
                self.break_off(exchange)
        elif exchange.name == "google.get" and self.random.random() < 0.1:
            self._people.interfere(exchange.request.url.partition("/events/")[2].partition("?")[0])
