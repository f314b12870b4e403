"""What the admin socket shows, as JSON values.

Owns: the JSON form of users and status, with the catalogue's sentences beside each code. Promises: an address only
where the view holds one (it was asked for); never anything of a meeting. Does not: ask the daemon.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.shell.times import skewed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.ports import StatusView, UserView

Json = dict[str, object]
_SKEW: Final = "google-clock-skew"


def moment(at: Instant) -> str | None:
    """UTC, to the second; None for 0, which means never."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def explained(code: str, clock_skew: float | None = None) -> Json:
    """Give a code with what it means, what the daemon does and what to do; empty for ''.

    With the code of a wrong clock also ``measured``, a sentence, and ``clock_skew`` in seconds, if Google's is known.
    """
    entry = CATALOGUE.get(code)
    sentences = {"means": entry.means, "daemon": entry.daemon, "fix": entry.fix} if entry else {}
    measured: Json = {}
    if code == _SKEW and clock_skew is not None:
        measured = {"measured": skewed(clock_skew), "clock_skew": round(clock_skew, 1)}
    return {"code": code, **sentences, **measured} if code else {}


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
        "problem": explained(view.code, view.clock_skew),
    }


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
        "sealed": explained(view.sealed),
        "alarms": [{"since": moment(alarm.since), **explained(alarm.code, view.clock_skew)} for alarm in view.alarms],
        "scopes": list(scopes),
        "scope_uses": dict(scopes),
        "config": {
            "file": view.config_file,
            "loaded_at": moment(view.config_loaded_at),
            "error": view.config_error,
        },
    }
