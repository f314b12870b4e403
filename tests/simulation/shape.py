"""What a seed's world is like: its settings, its people, how long it is looked at.

Owns: these choices. Promises: the same seed, the same choices; every value is one that an installation may have.
Does not: let anything happen (``run.py`` does).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.tokens import Purpose
from tests.simulation.outside import MARK
from tests.simulation.plans import Person

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import LaneName

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
STARTS: Final = (
    1_800_000_000.0,  # a Friday in January 2027
    1_805_997_600.0,  # six hours before Berlin's clocks go forward in March 2027
    1_824_746_400.0,  # an evening in October 2027, a day before Berlin's clocks go back
    1_804_860_000.0,  # a Saturday in March 2027, New York's clocks go forward on Sunday
    1_806_750_000.0,  # a Saturday in April 2027, Lord Howe's clocks go back by half an hour on Sunday
)
ZONES: Final = ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe")
_SEVERAL: Final = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A world.

    ``storms``: hours of each stretch of trouble; ``quiet``: days of little trouble after them; ``errands``: how many a
    stretch sees at most; ``room``: there is one, ``role`` is what the acting account may do there from the beginning.
    ``without``: purposes whose scope nobody granted; ``unwatched``: whose calendar Google does not push for.
    """

    start: float
    storms: tuple[float, ...]
    quiet: float
    errands: int
    room: bool
    role: str
    without: frozenset[Purpose]
    unwatched: bool
    settings: UserSettings
    lanes: dict[LaneName, LaneSettings]
    page_size: int
    send_updates: str
    persons: tuple[Person, ...]


def shape(chance: random.Random) -> Shape:
    """Choose."""
    start = chance.choice(STARTS) + chance.randint(0, 24) * HOUR
    kind = chance.random()
    quiet = 0.0 if kind < 0.8 else chance.uniform(1.1, 1.6) if kind < 0.97 else chance.uniform(7.3, 8.2)
    several = not quiet and chance.random() > _SEVERAL
    return Shape(
        start=start,
        storms=tuple(chance.uniform(1.2, 2.8) * HOUR for _ in range(2 if several else 1)),
        quiet=quiet * DAY,
        errands=chance.choice((0, 2, 5)),
        room=chance.random() < 0.4,
        role=chance.choice(("", "", "reader", "freeBusyReader", "writer")),
        without=_without(chance),
        unwatched=chance.random() < 0.06,
        settings=_settings(chance, slow=quiet > 0),
        lanes=_lanes(chance),
        page_size=chance.choice((3, 7, 50)),
        send_updates=chance.choice(("none", "externalOnly", "all")),
        persons=_persons(chance),
    )


def _without(chance: random.Random) -> frozenset[Purpose]:
    missing = chance.choice((Purpose.SETTINGS, Purpose.FREE_BUSY, Purpose.GMAIL))
    return frozenset({missing}) if chance.random() < 0.1 else frozenset()


def _settings(chance: random.Random, *, slow: bool) -> UserSettings:
    return UserSettings(
        poll_interval=chance.choice((450.0, 900.0)) * (8 if slow else 1),
        push=chance.random() < 0.8,
        push_ttl=chance.choice((3600, 4 * 3600, 604800)) if not slow else chance.choice((12 * 3600, 604800)),
        vacation_interval=900.0 if not slow else 7200.0,
        presence_ttl=chance.choice((600, 1800)) if not slow else 7200,
        room_ttl=chance.choice((3600.0, 86400.0)),
        resync_interval=chance.choice((DAY, 7 * DAY) if slow else (HOUR, 6 * HOUR, DAY)),
        profile_interval=chance.choice((4 * 3600.0, 86400.0)) if not slow else 86400.0,
        acting="acting",
        spaces=True,
        devices_check=chance.choice((300.0, 900.0)) * (8 if slow else 1),
        devices_refresh=6 * HOUR,
        presence_out_of_office=chance.choice(("", "ooo", "ooo", "dnd")),
        presence_focus_time=chance.choice(("", "dnd", "dnd")),
        presence_elsewhere=chance.choice(("", "ooo")),
    )


def _lanes(chance: random.Random) -> dict[LaneName, LaneSettings]:
    google = LaneSettings(
        workers=chance.randint(1, 3),
        per_minute=chance.choice((24, 120, 600)),
        burst=20,
        user_per_minute=chance.choice((20, 60, 300)),
        gmail_per_minute=chance.choice((3, 4500)),
        writes_per_second=chance.choice((0.2, 1.0)),
    )
    return {
        "google": google,
        "webex": LaneSettings(workers=chance.randint(1, 3), per_minute=chance.choice((120, 600)), burst=20),
        "devices": LaneSettings(workers=chance.randint(1, 2), per_minute=600, burst=20),
    }


def _persons(chance: random.Random) -> tuple[Person, ...]:
    """Three who are served at some time, one who never is."""
    zones = chance.sample(ZONES, 4)
    names = ("alice", "bob", "carol", "dave")
    return tuple(
        Person(address=f"{name}.{MARK}@acme.example", zone=zone, served=name != "dave")
        for name, zone in zip(names, zones, strict=True)
    )
