"""What must hold once everything is calm: the daemon's rows against calendars and Webex, by other means.

Owns: the comparison at quiescence, and the search for markers at the end. Promises: the expected list comes from the
stand-in's own expansion, titles through the vault as a reader gets them. Does not: wait for calm (``run.py`` does).
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from actors.protocol import ItemKey, LaneStatus, ReadItems, Views
from hybridcal_daemon.adapters.kms.jwe import JweKey
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.recurrence import occurrences
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import AllDay, UserId, Window, as_instant, served_window
from hybridcal_daemon.sandbox.webex.presence import current
from tests.simulation.absences import Statuses
from tests.simulation.blocks import Blocks
from tests.simulation.house import Violated
from tests.simulation.outside import MARK, ROOM
from tests.simulation.plans import at
from tests.simulation.referee import response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.devices import Devices
    from tests.simulation.house import House
    from tests.simulation.meetings import Meetings
    from tests.simulation.outside import Outside
    from tests.simulation.people import People
    from tests.simulation.referee import Referee
    from tests.simulation.scheduler import SimScheduler
    from tests.simulation.shape import Shape

DAY: Final = 86400.0
_ZONES: Final = 15 * 3600.0
"""A day begins up to this much before or after midnight UTC: which all-day events touch an edge is a matter of zone."""
_MOVES: Final = 32 * 3600.0
"""The window is moved on 6 to 30 hours after the last time, and that may have to be repeated."""
_AHEAD: Final = 36 * 3600.0
_SOON: Final = 120.0
_OURS: Final = frozenset({"ooo", "dnd"})
_TABLES: Final = ("user", "durable", "event")
Row = tuple[str, bool, float, float, str, str]


class Oracle:
    """Compares."""

    def __init__(
        self,
        scheduler: SimScheduler,
        outside: Outside,
        house: House,
        people: People,
        referee: Referee,
        meetings: Meetings,
        devices: Devices,
        shape: Shape,
    ) -> None:
        self._scheduler = scheduler
        self._outside = outside
        self._house = house
        self._people = people
        self._referee = referee
        self._meetings = meetings
        self._devices = devices
        self._blocks = Blocks(scheduler, outside, people, meetings)
        self._push = shape.settings.push
        self._unwatched = shape.persons[0].address if shape.unwatched else ""
        gmail = Purpose.GMAIL not in shape.without
        self._statuses = Statuses(outside, people, shape.settings, gmail=gmail)
        self.faults: list[str] = []
        """What is wrong with exchanges, in the light of Google's discovery documents."""
        self._titles: dict[bytes, str] = {}
        self._keys: dict[str, bytes] = {}
        """The wrapped key of everybody who ever was activated, by id."""

    def remember_keys(self) -> None:
        """See who is activated now."""
        self._keys |= {row.user: row.wrapped_key for row in self._house.store.users()}

    def check(self) -> None:
        """Everything, for everybody."""
        self._check_liveness()
        self._check_gate()
        self._check_erased()
        for address, person in self._referee.persons.items():
            if person.state == "served":
                user = self._house.user(address)
                if user is None:
                    raise Violated("liveness", "a served person has no row")
                self._check_list(address, user)
                self._check_kept(address, user)
                self._check_channels(address, user)
                self._devices.check(address, user, served=True)
                if person.rests_until < self._scheduler.clock.now() and address != ROOM:
                    self._meetings.check(address, user)
                    self._blocks.check(address, user)
            if not person.troubled and address != ROOM:
                self._check_outside(address)
        self._check_contract()

    # ---- the list

    def _check_list(self, address: str, user: UserId) -> None:
        now = self._scheduler.clock.now()
        window = served_window(now)
        expected, edges = self._expected(address, window)
        stored = self._stored(user, window)
        wrong = [row for row in expected.keys() ^ stored.keys() if row not in edges]
        wrong += [row for row in expected.keys() & stored.keys() if expected[row] != stored[row]]
        if wrong:
            row = min(wrong)
            raise Violated("list", f"{row} of {address}: {expected.get(row)} in the calendar, {stored.get(row)} stored")

    def _expected(self, address: str, window: Window) -> tuple[dict[str, Row], set[str]]:
        """Rows by instance id, and the ids of those that may be missing or there: days at the edges."""
        rows, edges = {}, set()
        for event in self._outside.google.instances(address, window.start - 2 * DAY, window.end + 2 * DAY):
            if event.get("eventType", "default") != "default":
                continue
            start, end = at(event), at(event, "end")
            if "date" in event["start"] and min(abs(end - window.start), abs(start - window.end)) < _ZONES:
                edges.add(event["id"])
            if start < window.end and end > window.start:
                title = event.get("summary", "")
                rows[event["id"]] = (event["id"], "date" in event["start"], start, end, title, response(event))
        return rows, edges

    def _stored(self, user: UserId, window: Window) -> dict[str, Row]:
        items = self._house.system.asker.ask("store", ReadItems(user))
        found, _ = occurrences([row.fact for row in items], window)
        by_id = {row.fact.event_id: row.item for row in items}
        return {
            one.instance: (
                one.instance,
                isinstance(one.start, AllDay),
                _instant(one.start),
                _instant(one.end),
                self._title(user, by_id[one.fact.event_id]),
                one.fact.response,
            )
            for one in found
            if one.fact.kind == "meeting"
        }

    def _title(self, user: UserId, item: bytes) -> str:
        """Decrypt as a reader does."""
        if item not in self._titles:
            fields = msgspec.json.decode(item)
            key = self._house.system.asker.ask("kms", ItemKey(user, fields["encryptionKeyUrl"]))
            self._titles[item] = JweKey(bytearray(key.reveal())).decrypt(fields["encryptedSubject"])
        return self._titles[item]

    def _check_kept(self, address: str, user: UserId) -> None:
        """The window moves on every day, and nothing is kept that it has left behind."""
        now, snapshot = self._scheduler.clock.now(), self._house.store.snapshot(user)
        covered = max(snapshot.durable.window_at, snapshot.durable.full_at)
        if covered < now - _MOVES:
            raise Violated("window", f"the window of {address} was moved on {(now - covered) / 3600:.1f} hours ago")
        low, high = now - 7 * DAY - _MOVES, now + 31 * DAY + _AHEAD
        for fact in snapshot.events:
            single = fact.series_id is None and not fact.recurrence and not isinstance(fact.start, AllDay)
            if single and not (_instant(fact.end) >= low and _instant(fact.start) <= high):
                raise Violated("retention", f"{fact.event_id} of {address} is kept, and is outside of every window")

    def _check_contract(self) -> None:
        if self.faults:
            raise Violated("contract", self.faults[0])

    # ---- what stands outside

    def _check_channels(self, address: str, user: UserId) -> None:
        former = tuple(f"{one}-" for one in self._referee.gone)  # a troubled goodbye may leave one to end by itself
        living = [channel for channel in self._referee.channels(address) if not channel.startswith(former)]
        rows = {channel.channel_id: channel for channel in self._house.store.snapshot(user).durable.channels}
        known = rows.keys()
        living = [one for one in living if one not in known or rows[one].state != "stopping"]  # just being replaced
        wanted = self._push and address != self._unwatched
        wanted &= bool(living) or self._referee.persons[address].unwatched_until < self._scheduler.clock.now()
        if len(living) != int(wanted) or not known >= set(living):
            raise Violated("channels", f"{living} live for {address}, {sorted(known)} are known")

    def _check_outside(self, address: str) -> None:
        """Cards and presence are right for everybody; a person who is not served has no channel."""
        self._check_cards(address)
        self._check_presence(address)
        if self._referee.persons[address].state == "gone":
            self._devices.check(address, UserId(""), served=False)
        if self._referee.persons[address].state != "served" and self._referee.channels(address):
            raise Violated("deactivated", f"{len(self._referee.channels(address))} channels remain")

    def _check_cards(self, address: str) -> None:
        """Whatever is out belongs to a meeting that is near or running and not declined."""
        now = self._scheduler.clock.now()
        coming = self._outside.google.instances(address, now - DAY, now + DAY)
        served = self._referee.persons[address].state == "served"
        for sent in self._referee.persons[address].cards:
            shown = [event for event in coming if sent.alive and sent.shows(event)]
            wanted = [event for event in shown if response(event) != "declined" and now < at(event, "end") + _SOON]
            if sent.alive and not (served and wanted):
                raise Violated("stale-card", f"{sent.key} is out for {sent.call.event_id} of {address}")

    def _check_presence(self, address: str) -> None:
        """Webex shows what the first of the sources says, unless that is just changing."""
        now = self._scheduler.clock.now()
        status, _ = current(self._outside.webex.world.somebody(address), now)
        served = self._referee.persons[address].state == "served"
        wanted = {self._statuses.at(address, now + by) if served else "" for by in (-_SOON, 0.0)}
        if len(wanted) == 1 and (status if status in _OURS else "") not in wanted:
            raise Violated("presence", f"{address} should be {max(wanted)!r}, but Webex says {status}")

    # ---- inside

    def _check_liveness(self) -> None:
        views = self._house.system.asker.ask("supervisor", Views())
        served = [address for address, person in self._referee.persons.items() if person.state == "served"]
        if len(views) != len(served) or any(view.state != "active" for view in views):
            raise Violated("liveness", f"{len(served)} served: {[(view.state, view.code) for view in views]}")
        for view in views:
            actor = self._house.system.directory.get(view.user)
            if actor is None or not actor.is_alive():
                raise Violated("liveness", f"the actor of {view.user} is dead")
        for lane in ("google", "webex", "devices"):
            word, queued, under_way = self._house.system.asker.ask(lane, LaneStatus())
            if (word, queued, under_way) != ("ok", 0, 0):
                raise Violated("liveness", f"lane {lane} is {word}, {queued} queued, {under_way} under way")

    def _check_erased(self) -> None:
        """Of those who are gone there is no row, and their keys are not even in the file's free pages."""
        with self._house.store._usable() as connection:
            kept = {user for table in _TABLES for (user,) in connection.execute(f"SELECT user_id FROM {table}")}
        if not kept.isdisjoint(self._referee.gone):
            raise Violated("deactivated", "a row remains")
        content = [file.read_bytes() for file in self._house.store.path.parent.iterdir()]
        if any(self._keys[user] in written for user in self._referee.gone for written in content):
            raise Violated("deactivated", "a key remains in the database's file or its log")

    def _check_gate(self) -> None:
        """Nobody gets a token who is not served, and each attempt is in the log."""
        for user in (*self._referee.gone, "u" + 20 * "0"):
            before = self._scheduler.reached["log access.refused"]
            force = False
            try:
                self._house.system.asker.token(UserId(user), Purpose.CALENDAR, force)
            except CallError as error:
                if error.code == "not-permitted" and self._scheduler.reached["log access.refused"] == before + 1:
                    continue
            raise Violated("access", "the gate let somebody through who is not served")

    # ---- secrecy

    def search(self) -> None:
        """Look for the marker in everything that was written."""
        if self._house.log.lines:
            found = [name for name, form in forms() if form in "\n".join(self._house.log.lines).encode()]
            if found:
                raise Violated("secrecy", f"the marker is in the log as {found}")
        for file in sorted(self._house.store.path.parent.iterdir()):
            content = file.read_bytes()
            found = [name for name, form in forms() if form in content]
            if found:
                raise Violated("secrecy", f"the marker is in {file.name} as {found}")


def forms(text: str = MARK) -> Iterator[tuple[str, bytes]]:
    """Encodings in which a text might have been written."""
    raw = text.encode()
    yield "utf-8", raw
    yield "upper case", text.upper().encode()
    yield "utf-16", text.encode("utf-16-le")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    for phase in range(3):
        coded = base64.b64encode(bytes(phase) + raw)
        yield f"base64/{phase}", coded[(0, 2, 3)[phase] : (phase + len(raw)) * 8 // 6]
    yield "percent", "".join(f"%{byte:02X}" for byte in raw).encode()


def _instant(when) -> float:
    if isinstance(when, AllDay):
        return datetime(when.day.year, when.day.month, when.day.day, tzinfo=UTC).timestamp()
    return as_instant(when)
