"""What a device should show.

Owns: from the events of a calendar to the entries of a device's list, and their fingerprint. Promises: pure; the same
events and settings give the same digest, whatever the time, until a meeting ends or another comes near enough; the
same occurrence always has the same entry id, which says nothing of it. Does not: put lists anywhere (``devices.py``
does), or know a word of any event.

A room shows what it accepted, a person's device what the person did not decline. An all-day event is left out: a day
has no instant at which it begins, and nobody waits for a button at midnight.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from hybridcal_daemon.domain.calls import Booking
from hybridcal_daemon.domain.recurrence import Occurrence, occurrences
from hybridcal_daemon.domain.values import HOUR, Instant, Timed, Window, as_instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.events import EventFact

MOST: Final = 100
"""Entries of a list."""
ENTRY: Final = "hybridcal-"
"""With this every entry id begins."""
_TAKEN: Final = frozenset({"accepted", "organizer"})
"""Answers with which a room takes place: its own, or the event was made in its calendar."""
_DIGITS: Final = 20


class Booked(NamedTuple):
    """What devices should show ``at`` some moment; the same ``until`` a later one unless an event changes."""

    bookings: tuple[Booking, ...]
    digest: str
    at: Instant
    until: Instant

    def holds(self, now: Instant) -> bool:
        """Say whether it still is what devices should show."""
        return self.at <= now < self.until


class Rule(NamedTuple):
    """Which meetings are shown. ``ahead``: seconds; ``others``: also those that cannot be joined."""

    room: bool
    ahead: float
    others: bool
    looks: str = ""
    """Whatever else the list depends on."""


def booked(facts: Iterable[EventFact], rule: Rule, now: Instant) -> Booked:
    """Give the list of meetings that run or begin within ``rule.ahead``, by start, ``MOST`` of them."""
    happening, _ = occurrences(facts, Window(start=now, end=Instant(now + rule.ahead)))
    shown = [one for one in happening if _is_shown(one, rule)][:MOST]
    bookings = tuple(_booking(one) for one in shown)
    ends = (max(booking.end, booking.start + 1.0) for booking in bookings)
    return Booked(bookings, _digest(shown, rule.looks), now, Instant(min([now + HOUR, *ends])))


def _is_shown(one: Occurrence, rule: Rule) -> bool:
    fact = one.fact
    taken = fact.response in _TAKEN if rule.room else fact.response != "declined"
    can_be_joined = fact.join_digest != ""
    return fact.kind == "meeting" and taken and isinstance(one.start, Timed) and (rule.others or can_be_joined)


def _booking(one: Occurrence) -> Booking:
    return Booking(
        entry_id=entry_id(one.instance),
        event_id=one.fact.event_id,
        start=as_instant(one.start),
        end=as_instant(one.end),
    )


def entry_id(instance: str) -> str:
    """Give the id under which a device knows an occurrence."""
    return ENTRY + hashlib.sha256(f"booking|{instance}".encode()).hexdigest()[:_DIGITS]


def _digest(shown: list[Occurrence], looks: str) -> str:
    """Hash everything that the entries follow from; a digest of the vault's stands for the words."""
    digest = hashlib.sha256(looks.encode())
    for one in shown:
        fact = one.fact
        parts = (one.instance, as_instant(one.start), as_instant(one.end), fact.likeness, fact.confidential)
        digest.update(f"|{parts!r}".encode())
    return digest.hexdigest()[:_DIGITS]
