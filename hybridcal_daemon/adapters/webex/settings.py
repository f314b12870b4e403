"""What the Webex adapter must be told.

Owns: addresses and credentials as values. Promises: no credential can be printed. Does not: read files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.adapters.webex.orders import Orders
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

    ``service_app``: None leaves Join cards, and takes away Personal Rooms and presence. ``now``: the time of day, by
    which occurrences of a meeting that have begun are left alone; without it none has. ``orders``: limits the service
    app's meetings; the same object for all workers.
    """

    bot_token: Callable[[], Secret[str]]
    service_app: ServiceApp | None = None
    api_url: str = API_URL
    presence_url: str = PRESENCE_URL
    deadline: float = 30.0
    now: Callable[[], Instant] = lambda: Instant(0)
    orders: Orders | None = None
