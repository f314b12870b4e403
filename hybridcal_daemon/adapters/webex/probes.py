"""Whether Webex lets us: one harmless read for each feature.

Owns: which read stands for which feature. Promises: as ``requests.py``; nothing is changed or remembered. Does not:
judge (``shell/webex_probe.py`` does).

There is no read that tells whether presence may be set, so that shows only when it is used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.webex.requests import Requests
from hybridcal_daemon.domain.values import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import WebexFeature

ABOUT_SOMEBODY: Final = frozenset({"people", "personal-rooms", "sites", "meetings"})
"""What can only be asked about a person."""


class Probes(Requests):
    """See ``ports.WebexProbe``."""

    def probe(self, feature: WebexFeature, somebody: Plain[str] | None) -> bool:
        """Read; False when it takes somebody to ask about, or there is no read for it."""
        if somebody is None and feature in ABOUT_SOMEBODY:
            return False
        who = "" if somebody is None else somebody.reveal()
        reads: dict[str, Callable[[], object]] = {
            "people": lambda: self._as_app(self._get("/people", {"email": who, "excludeStatus": "true"})),
            "personal-rooms": lambda: self._preferences("personalMeetingRoom", who),
            "sites": lambda: self._preferences("sites", who),
            "meetings": lambda: self._as_app(self._get("/meetings", {"hostEmail": who, "max": "1", **self._soon()})),
            "devices": lambda: self._as_app(self._get("/devices", {"max": "1"})),
            "spaces": lambda: self._as_integration(self._get("/rooms", {"type": "group", "max": "1"})),
            "bot": lambda: self._as_bot(self._get("/people/me", {})),
        }
        if feature not in reads:
            return False
        reads[feature]()
        return True

    def _preferences(self, name: str, who: str) -> object:
        return self._as_app(self._get(f"/meetingPreferences/{name}", {"userEmail": who}))

    def _soon(self) -> dict[str, str]:
        now = self._settings.now()
        moments = (datetime.fromtimestamp(at // 1, UTC).isoformat() for at in (now, now + HOUR))
        return dict(zip(("from", "to"), moments, strict=True))
