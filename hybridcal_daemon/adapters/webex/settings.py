"""What the Webex adapter must be told.

Owns: addresses and credentials as values. Promises: no credential can be printed. Does not: read files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Secret

API_URL: Final = "https://webexapis.com/v1"
PRESENCE_URL: Final = "https://apheleia-a.wbx2.com/apheleia/api/v1"
"""Seen in a third party's text only [unverified]; the service's real address comes from Webex' service catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceApp:
    """Credentials of an authorised service app (developer.webex.com, guide to service apps)."""

    client_id: Secret[str]
    client_secret: Secret[str]
    refresh_token: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexSettings:
    """Addresses without a slash at the end; ``deadline``: seconds for one request.

    ``bot_token`` is asked for each request, so that a reload takes effect.

    ``service_app``: None leaves Join cards, and takes away Personal Rooms and presence.
    """

    bot_token: Callable[[], Secret[str]]
    service_app: ServiceApp | None = None
    api_url: str = API_URL
    presence_url: str = PRESENCE_URL
    deadline: float = 30.0
