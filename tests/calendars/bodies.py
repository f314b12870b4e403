"""Events as people make them, at random: times, zones, rules.

Owns: the bodies that are sent to the stand-in. Promises: the same generator chooses the same; starts lie at the edges
of the window more often than anywhere else; no series begins in an hour that comes twice (what Google does then is
unknown). Does not: write them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from random import Random

Body = dict[str, Any]
ZONES: Final = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/Santiago",
    "UTC",
)
CHANGES: Final = (
    (date(2026, 9, 6), "America/Santiago"),
    (date(2026, 10, 4), "Australia/Lord_Howe"),
    (date(2026, 10, 25), "Europe/Berlin"),
    (date(2026, 11, 1), "America/New_York"),
    (date(2027, 3, 14), "America/New_York"),
    (date(2027, 3, 28), "Europe/Berlin"),
    (date(2027, 4, 4), "Australia/Lord_Howe"),
    (date(2027, 4, 4), "America/Santiago"),
)
"""Days on which the clocks of a zone change; on Lord Howe by 30 minutes."""
_CLOCKS: Final = (
    time(9),
    time(9, 30),
    time(14),
    time(0, 30),
    time(1, 45),
    time(2),
    time(2, 15),
    time(2, 30),
    time(23, 30),
)
_MINUTES: Final = (15, 30, 60, 60, 90, 240, 1440, 4000)
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def pick_day(random: Random, now: float) -> date:
    """Inside the window mostly, at its edges often, and outside now and then."""
    today = datetime.fromtimestamp(now, UTC).date()
    kind = random.random()
    if kind < 0.55:
        return today + timedelta(days=random.randint(-6, 30))
    edge = random.choice((-7, 31, 31, 32))
    return today + timedelta(days=edge + random.randint(-3, 3))


def timed(day: date, clock: time, minutes: int, zone: str) -> Body:
    """Start and end of an event that begins at that wall time, with the offset written out."""
    start = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    return {
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
    }


def all_day(day: date, length: int) -> Body:
    """Start and end of an event that lasts whole days."""
    return {"start": {"date": day.isoformat()}, "end": {"date": (day + timedelta(days=length)).isoformat()}}


def span(random: Random, day: date, zone: str, *, whole: bool) -> Body:
    """Any event on that day."""
    if whole:
        return all_day(day, random.choice((1, 1, 1, 2, 5)))
    zone = zone if random.random() < 0.7 else random.choice(ZONES)
    return timed(day, random.choice(_CLOCKS), random.choice(_MINUTES), zone)


def first_day(body: Body) -> date:
    """Day on which an event begins, in its own zone."""
    start = body["start"]
    if "date" in start:
        return date.fromisoformat(start["date"])
    return datetime.fromisoformat(start["dateTime"]).astimezone(ZoneInfo(start["timeZone"])).date()


def shifted(event: Body, by: timedelta) -> Body:
    """Start and end of an event, moved; a day moves by whole days, a time keeps to its instant."""
    moved: Body = {}
    for name in ("start", "end"):
        moment = event[name]
        if "date" in moment:
            moved[name] = {"date": (date.fromisoformat(moment["date"]) + timedelta(days=by.days)).isoformat()}
        else:
            at = datetime.fromisoformat(moment["dateTime"]).astimezone(UTC) + by
            moved[name] = {"dateTime": at.isoformat().replace("+00:00", "Z"), "timeZone": moment.get("timeZone", "UTC")}
    return moved


# ---- series ---------------------------------------------------------------------------------------------------------


def series(random: Random, now: float, zone: str) -> Body:
    """A series that touches the window, mostly; begun lately or long ago."""
    whole = random.random() < 0.25
    today = datetime.fromtimestamp(now, UTC).date()
    back = random.choice((0, 0, 5, 20, 20, 60, 200, 400))
    day = today + timedelta(days=random.randint(-3, 33) - back)
    body = span(random, day, zone, whole=whole)
    body["recurrence"] = lines(random, body, now)
    return body


def lines(random: Random, body: Body, now: float) -> list[str]:
    """RRULE, EXDATE and RDATE for a start."""
    rule = _rule(random, first_day(body), whole="date" in body["start"]) + _limit(random, body, now)
    found = [f"RRULE:{rule}"]
    if random.random() < 0.25:
        found.append(_listed(random, body, "EXDATE", now))
    if random.random() < 0.2:
        found.append(_listed(random, body, "RDATE", now))
    if random.random() < 0.03:
        return [_listed(random, body, "RDATE", now)]
    return found


def _rule(random: Random, first: date, *, whole: bool) -> str:
    kind = random.random()
    if kind < 0.22:
        return random.choice(_daily(random, first))
    if kind < 0.52:
        return random.choice(_weekly(random, first))
    if kind < 0.72:
        return random.choice(_monthly(random, first))
    if kind < 0.78:
        return random.choice(_yearly(random, first))
    untrusted = _untrusted(first)
    return random.choice(untrusted if not whole else untrusted[:-2])


def _daily(random: Random, first: date) -> list[str]:
    return [
        "FREQ=DAILY",
        f"FREQ=DAILY;INTERVAL={random.randint(2, 5)}",
        f"FREQ=DAILY;BYDAY={_some_days(random, first)}",
        f"FREQ=DAILY;BYMONTH={first.month},{first.month % 12 + 1}",
    ]


def _weekly(random: Random, first: date) -> list[str]:
    return [
        "FREQ=WEEKLY",
        f"FREQ=WEEKLY;BYDAY={_some_days(random, first)}",
        f"FREQ=WEEKLY;INTERVAL=2;WKST={random.choice(_DAYS)};BYDAY={_some_days(random, first)}",
        f"FREQ=WEEKLY;INTERVAL={random.randint(2, 3)}",
    ]


def _monthly(random: Random, first: date) -> list[str]:
    name, nth = _DAYS[first.weekday()], (first.day + 6) // 7
    return [
        "FREQ=MONTHLY",
        f"FREQ=MONTHLY;BYMONTHDAY={first.day},{random.choice((-1, 1, 15))}",
        f"FREQ=MONTHLY;BYDAY={nth}{name}",
        f"FREQ=MONTHLY;INTERVAL={random.randint(1, 2)};BYDAY={name}",
        f"FREQ=MONTHLY;BYDAY={nth}{name},-1{random.choice(_DAYS)}",
    ]


def _yearly(random: Random, first: date) -> list[str]:
    name, nth = _DAYS[first.weekday()], (first.day + 6) // 7
    return [
        "FREQ=YEARLY",
        f"FREQ=YEARLY;BYMONTH={first.month};BYMONTHDAY={first.day},{random.randint(1, 28)}",
        f"FREQ=YEARLY;BYMONTH={first.month},{first.month % 12 + 1};BYDAY={nth}{name}",
    ]


def _untrusted(first: date) -> list[str]:
    """Rules outside the subset that the daemon expands itself; the last two are about hours."""
    name, other = _DAYS[first.weekday()], _DAYS[(first.weekday() + 3) % 7]
    return [
        f"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,{name};BYSETPOS=-1,1",
        f"FREQ=YEARLY;BYWEEKNO={first.isocalendar().week},{first.isocalendar().week % 52 + 1};BYDAY={name}",
        f"FREQ=YEARLY;BYYEARDAY={first.timetuple().tm_yday},{first.timetuple().tm_yday + 4}",
        f"FREQ=WEEKLY;BYMONTH={first.month},{first.month % 12 + 1}",
        f"FREQ=WEEKLY;BYDAY={other}",  # the start is no day of its own rule
        "FREQ=HOURLY;INTERVAL=9",
        "FREQ=DAILY;BYHOUR=9,15",
    ]


def _some_days(random: Random, first: date) -> str:
    chosen = {first.weekday(), *random.sample(range(7), random.randint(0, 3))}
    return ",".join(_DAYS[day] for day in sorted(chosen))


def _limit(random: Random, body: Body, now: float) -> str:
    kind = random.random()
    if kind < 0.5:
        return ""
    if kind < 0.72:
        return f";COUNT={random.choice((1, 2, 3, 6, 12, 40, 200))}"
    until = _near(random, body, now)
    whole = "date" in body["start"]
    return f";UNTIL={until:%Y%m%d}" if whole or random.random() < 0.15 else f";UNTIL={until:%Y%m%dT%H%M%SZ}"


def _near(random: Random, body: Body, now: float) -> datetime:
    """Some moment of the window, not before the series begins, at the clock of its start for preference."""
    start = body["start"]
    if "date" in start:
        first = datetime.combine(date.fromisoformat(start["date"]), time(), UTC)
    else:
        first = datetime.fromisoformat(start["dateTime"]).astimezone(UTC)
    ahead = int((now - first.timestamp()) // 86400) + random.randint(-8, 34)
    return first + timedelta(days=max(0, ahead), seconds=random.choice((-1, 0, 0, 3600)) if ahead > 0 else 0)


def _listed(random: Random, body: Body, name: str, now: float) -> str:
    """A line of dates, in one of the spellings."""
    start = body["start"]
    if "date" in start:
        days = [_near(random, body, now) for _ in range(random.randint(1, 3))]
        return f"{name};VALUE=DATE:" + ",".join(f"{day:%Y%m%d}" for day in days)
    zone = ZoneInfo(start["timeZone"])
    clock = datetime.fromisoformat(start["dateTime"]).astimezone(zone).time()
    if name == "RDATE":
        clock = random.choice((clock, time(16), time(3, 5)))
    days = [_near(random, body, now).astimezone(zone).date() for _ in range(random.randint(1, 3))]
    walls = [datetime.combine(day, clock, zone) for day in days]
    first = datetime.fromisoformat(start["dateTime"])  # what an RDATE before the start means to Google is unknown
    walls = [wall if wall >= first else wall + timedelta(days=1) for wall in walls]
    kind = random.random()
    if kind < 0.5:
        return f"{name};TZID={start['timeZone']}:" + ",".join(f"{wall:%Y%m%dT%H%M%S}" for wall in walls)
    if kind < 0.92 or name == "RDATE":
        return f"{name}:" + ",".join(f"{wall.astimezone(UTC):%Y%m%dT%H%M%SZ}" for wall in walls)
    return f"{name};VALUE=DATE:" + ",".join(f"{wall:%Y%m%d}" for wall in walls)
