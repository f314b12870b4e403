"""What the admin socket shows, as JSON values.

Owns: the JSON form of users and status, with the catalogue's sentences beside each code. Promises: an address only
where the view holds one (it was asked for); never anything of a meeting. Does not: ask the daemon.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.google import SCOPES
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.shell.times import skewed

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import Finding, StatusView, UserView

Json = dict[str, object]
_SKEW: Final = "google-clock-skew"
_DELEGATION: Final = frozenset({"google-unauthorized-client", "google-scope"})
_CALENDAR: Final = ("calendars", Purpose.CALENDAR)
_CONCERNS: Final[Mapping[str, tuple[str, Purpose | None]]] = {
    **dict.fromkeys(("list", "edge", "instances", "orphan", "token", "unread"), _CALENDAR),
    **dict.fromkeys(("watch", "stop"), ("push", Purpose.CALENDAR)),
    "decorate": ("join details", Purpose.CALENDAR),
    "writes": ("writing into calendars", Purpose.CALENDAR),
    "access": ("access to rooms' calendars", Purpose.ROOM_ACCESS),
    "vacation": ("out-of-office presence", Purpose.GMAIL),
    "profile": ("language and time zone", Purpose.SETTINGS),
    "presence": ("out-of-office presence", None),
    "room": ("Personal Rooms", None),
    **dict.fromkeys(("card", "find"), ("Join cards", None)),
    **dict.fromkeys(("meeting", "space"), ("Webex meetings and spaces", None)),
    "notice": ("notices to organisers", None),
    **dict.fromkeys(("devices", "bookings"), ("Join buttons on devices", None)),
}
"""What each activity is called by admins, and for what it needs a token of Google's."""


def moment(at: Instant) -> str | None:
    """UTC, to the second; None for 0, which means never."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def explained(code: str, clock_skew: float | None = None, about: Iterable[str] = ()) -> Json:
    """Give a code with what it means, what the daemon does and what to do; empty for ''.

    With the code of a wrong clock also ``measured``, a sentence, and ``clock_skew`` in seconds, if Google's is known.
    ``about``: activities that have the trouble; ``concerns`` says which features these are.
    """
    entry = CATALOGUE.get(code)
    sentences = {"means": entry.means, "daemon": entry.daemon, "fix": entry.fix} if entry else {}
    measured: Json = {}
    if concerns := _concerns(code, about):
        measured["concerns"] = concerns
    if code == _SKEW and clock_skew is not None:
        measured.update({"measured": skewed(clock_skew), "clock_skew": round(clock_skew, 1)})
    return {"code": code, **sentences, **measured} if code else {}


def _concerns(code: str, about: Iterable[str]) -> str:
    """Name the features, and where delegation is the trouble the scopes that they need."""
    known = [_CONCERNS[activity] for activity in about if activity in _CONCERNS]
    return ", ".join(sorted({_feature(name, purpose, code) for name, purpose in known}))


def _feature(name: str, purpose: Purpose | None, code: str) -> str:
    if purpose is None or code not in _DELEGATION:
        return name
    return f"{name} ({', '.join(scope.rpartition('/')[2] for scope in SCOPES[purpose])})"


def user(view: UserView) -> Json:
    """One user, a person or a room; ``problem`` is empty when all is well."""
    address: Json = {} if view.address is None else {"address": view.address.reveal()}
    return {
        "user": view.user,
        **address,
        "state": view.state,
        "since": moment(view.since),
        "synced_at": moment(view.synced_at),
        "meetings": view.meetings,
        "problem": explained(view.code, view.clock_skew, view.about),
    }


def _finding(found: Finding) -> Json:
    """Whether Webex permits one feature."""
    tracking: Json = {"tracking": found.tracking} if found.tracking else {}
    looked: Json = {"feature": found.feature, "state": found.state, "looked_at": moment(found.at)}
    return {**looked, **explained(found.code), **tracking}


def status(view: StatusView, *, ready: bool, scopes: Mapping[str, str]) -> Json:
    """One screen of health. ``scopes``: what Google's delegation must grant, and what each is for."""
    return {
        "version": view.version,
        "up_seconds": round(view.up_seconds, 3),
        "ready": ready,
        "users": dict(view.users),
        "rooms": dict(view.rooms),
        "lanes": {
            name: {"state": state, "queued": queued, "in_flight": flying}
            for name, (state, queued, flying) in view.lanes.items()
        },
        "store": view.store,
        "webex": [_finding(found) for found in view.webex],
        "sealed": explained(view.sealed),
        "alarms": [
            {"since": moment(alarm.since), **explained(alarm.code, view.clock_skew, alarm.about)}
            for alarm in view.alarms
        ],
        "scopes": list(scopes),
        "scope_uses": dict(scopes),
        "config": {
            "file": view.config_file,
            "loaded_at": moment(view.config_loaded_at),
            "error": view.config_error,
            "restart": list(view.restart),
        },
    }
