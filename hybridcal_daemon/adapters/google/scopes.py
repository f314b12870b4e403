"""What an admin grants to the service account, and for what.

Owns: the scopes of each purpose, the smallest that the discovery documents (calendar v3, gmail v1) accept for the
requests made for it, and a sentence for each. Promises: none is wider than its purpose. Does not: ask for tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

_AUTH: Final = "https://www.googleapis.com/auth/"

SCOPES: Final[Mapping[Purpose, tuple[str, ...]]] = {
    Purpose.CALENDAR: (f"{_AUTH}calendar.events",),
    Purpose.GMAIL: (f"{_AUTH}gmail.settings.basic",),
    Purpose.SETTINGS: (f"{_AUTH}calendar.settings.readonly",),
    Purpose.FREE_BUSY: (f"{_AUTH}calendar.freebusy",),
    Purpose.ROOMS: (f"{_AUTH}calendar.events",),
    Purpose.ROOM_ACCESS: (f"{_AUTH}calendar.acls",),
}
"""One scope more in a request than was granted makes Google refuse it all, so each purpose has tokens of its own."""

SCOPE_USES: Final[Mapping[str, str]] = {
    f"{_AUTH}calendar.events": "calendars: meetings lists, join details, push; needed",
    f"{_AUTH}gmail.settings.basic": "out-of-office presence from Gmail's vacation responder",
    f"{_AUTH}calendar.settings.readonly": "each person's language and time zone",
    f"{_AUTH}calendar.freebusy": "availability of people and rooms",
    f"{_AUTH}calendar.acls": "rooms: access to their calendars, given and given back",
}
"""Every scope of ``SCOPES`` with what is missing without it."""
