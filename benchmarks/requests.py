"""How many requests the daemon makes: for a change, a burst of notices, the first sync, and a quiet day.

Counted in virtual time (``virtual.py``), so the numbers are the same on every machine. ``python -m
benchmarks.requests`` prints the table alone.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from benchmarks.report import table
from benchmarks.virtual import RESOURCE, Town
from hybridcal_daemon.domain.lane_state import LaneSettings
from hybridcal_daemon.domain.messages import Notified
from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import UserId

LANE: Final = LaneSettings(workers=16, per_minute=8000)
SETTINGS: Final = UserSettings()
WITHOUT_GMAIL: Final = replace(SETTINGS, presence=False)
LISTS_PER_CALENDAR: Final = 3.0
FIRST_SYNC: Final = 2.2
QUIET_DAY: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table. ``most``: the aim; ``strict``: below it, not at it."""

    what: str
    aim: str
    measured: str
    value: float
    most: float
    strict: bool = False

    @property
    def met(self) -> bool:
        return self.value < self.most if self.strict else self.value <= self.most


# ---- one change -----------------------------------------------------------------------------------------------------


def one_change() -> list[Measured]:
    """What a person's edit costs, heard of by one push or by several, and with a keyword in it."""
    plain = _one_change("one changed event, one push", 0)
    return [plain, _one_change("the same, three pushes within a second", 2), *_keyword()]


def _one_change(what: str, more: int) -> Measured:
    town = settled(1, WITHOUT_GMAIL)
    (user,) = town.people
    town.forget_counts()
    town.change(user, "single", digest="changed")
    for number in range(more):
        town.later(0.4 * number, town.notify, user)
    town.run(5 * MINUTE)
    requests = town.calendar_requests()
    return Measured(what=what, aim="1 list", measured=_said(town), value=requests, most=1)


def _keyword() -> list[Measured]:
    """The write, and its echo: Google's notice of it."""
    town = settled(1, WITHOUT_GMAIL)
    (user,) = town.people
    town.forget_counts()
    town.change(user, "single", asked="myroom", digest="asked")
    town.run(5 * MINUTE)
    more = town.count("get") + town.count("patch")
    write = Measured(
        what="one changed event with a keyword",
        aim="1 get, 1 patch more",
        measured=_said(town),
        value=more if town.count("patch") == 1 else 99,
        most=2,
    )
    echo = town.count("list") - 1
    return [write, Measured(what="its echo", aim="1 list", measured=f"{echo} list", value=echo, most=1)]


# ---- a burst --------------------------------------------------------------------------------------------------------


def burst(calendars: int, notices: int, seconds: float) -> Measured:
    """``notices`` of changes, evenly over calendars and time; the lists that follow within ten minutes."""
    town = settled(calendars, WITHOUT_GMAIL)
    town.forget_counts()
    users = list(town.people)
    for number in range(notices):
        user = users[number % calendars]
        town.later(seconds * number / notices, _changed, town, user)
    town.run(seconds + 10 * MINUTE)
    behind = sum(person.state.durable.sync_token != str(person.revision) for person in town.people.values())
    if behind:
        raise AssertionError(f"{behind} calendars were not read to the end")
    lists = town.count("list")
    most = LISTS_PER_CALENDAR * calendars
    return Measured(
        what=f"{notices:,} notices, {calendars:,} calendars, {seconds:g} s",
        aim=f"< {most:,.0f} lists",
        measured=f"{lists:,} lists; seen within {town.longest_unseen:.0f} s",
        value=lists,
        most=most,
        strict=True,
    )


def _changed(town: Town, user: UserId) -> None:
    """A change with its notice at once: Google's own delay is not part of the question."""
    person = town.people[user]
    person.revision += 1
    town.unseen.setdefault(user, town.now)
    channel_id = next(iter(person.channels))
    town.tell(user, Notified(channel_id=channel_id, resource_id=RESOURCE, first=False))


# ---- first sync -----------------------------------------------------------------------------------------------------


def first_sync(calendars: int) -> list[Measured]:
    """Until every calendar is read and watched, all of them activated at once; then the rest of the first hour."""
    town = Town(calendars, SETTINGS, LANE)
    for user in town.people:
        town.start(user)
    took = town.until(lambda: all(is_settled(town, user) for user in town.people), 2 * HOUR)
    town.run(30.0)
    each = town.calendar_requests() / calendars
    gmail, tokens = town.count("vacation") / calendars, town.tokens / calendars
    first = Measured(
        what=f"first sync of {calendars:,} calendars, Calendar requests each",
        aim=f"<= {FIRST_SYNC}",
        measured=f"{each:.2f} ({_said(town, calendars)})",
        value=each,
        most=FIRST_SYNC,
    )
    town.run(max(0.0, HOUR - took - 30.0))
    beside = f"{took / 60:.1f} min; Gmail {gmail:.2f}, tokens {tokens:.2f} each"
    whole = town.calendar_requests() / calendars
    return [
        first,
        _only_said("the same, time and other requests", beside),
        _only_said("Calendar requests each in the whole first hour", f"{whole:.2f} ({_said(town, calendars)})"),
    ]


def is_settled(town: Town, user: UserId) -> bool:
    durable = town.people[user].state.durable
    return durable.sync_token is not None and any(channel.state == "open" for channel in durable.channels)


def settled(calendars: int, settings: UserSettings) -> Town:
    """People who have been served for an hour."""
    town = Town(calendars, settings, LANE)
    for user in town.people:
        town.start(user)
    town.until(lambda: all(is_settled(town, user) for user in town.people), 2 * HOUR)
    town.run(10 * MINUTE)
    return town


# ---- a quiet day ----------------------------------------------------------------------------------------------------


def quiet_day(people: int, sample: int) -> list[Measured]:
    """24 hours in which nobody changes anything; people are alike but for their jitter, so a sample stands for all."""
    town = settled(sample, SETTINGS)
    town.forget_counts()
    for person in town.people.values():
        person.asked = 0
    town.run(DAY)
    each = town.calendar_requests() / sample
    most = max(person.asked for person in town.people.values())
    counted = f"{people:,} quiet people" + (f" (sample of {sample:,})" if sample < people else "")
    beside = f"{town.count('vacation') / sample:.1f}, tokens {town.tokens / sample:.1f}"
    return [
        Measured(
            what=f"a day of {counted}, Calendar requests each",
            aim=f"< {QUIET_DAY:g}",
            measured=f"{each:.1f} ({_said(town, sample)})",
            value=each,
            most=QUIET_DAY,
            strict=True,
        ),
        Measured(
            what="the same, of whom makes most",
            aim=f"< {QUIET_DAY:g}",
            measured=str(most),
            value=most,
            most=QUIET_DAY,
            strict=True,
        ),
        _only_said("the same, Gmail requests each", beside),
    ]


# ---- saying it ------------------------------------------------------------------------------------------------------


def _said(town: Town, each: int = 1) -> str:
    """The Calendar requests by operation."""
    counts: Counter[str] = Counter()
    for (service, operation), count in town.requests.items():
        if service == "calendar":
            counts[operation] += count
    form = "{:g}" if each == 1 else "{:.2f}"
    return ", ".join(f"{form.format(count / each)} {name}" for name, count in counts.most_common())


def _only_said(what: str, measured: str) -> Measured:
    return Measured(what=what, aim="-", measured=measured, value=0, most=0)


def rows(*, quick: bool, say: Callable[[str], None] = lambda _: None) -> list[Measured]:
    """Everything; ``quick`` with a tenth of the people and notices."""
    calendars, part = (100, 10) if quick else (1000, 1)
    found = one_change()
    for seconds in (5.0, 20.0, 60.0):
        say(f"  a burst over {seconds:g} s")
        found.append(burst(calendars, 100_000 // part, seconds))
    say("  first sync")
    found += first_sync(10_000 // part)
    say("  a quiet day")
    found += quiet_day(10_000, 100 if quick else 1000)
    return found


def said(found: list[Measured]) -> str:
    """The table."""
    lines = [[one.what, one.aim, one.measured, _verdict(one)] for one in found]
    return table(["requests to Google", "aim", "measured", "verdict"], lines)


def _verdict(one: Measured) -> str:
    return "-" if one.aim == "-" else "met" if one.met else "NOT met"


def main() -> int:
    began = time.monotonic()
    print(said(rows(quick="--quick" in sys.argv, say=lambda line: print(line, file=sys.stderr, flush=True))))
    print(f"\ntook {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
