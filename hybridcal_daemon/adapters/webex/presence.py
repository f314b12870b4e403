"""Presence, over the service apheleia.

Owns: the one call. Promises: as ``requests.py``. Does not: renew or time anything.

Source: the open code of the Webex JavaScript SDK, which sets only its own user's presence: for others it is tried and
may be refused [unverified].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hybridcal_daemon.adapters.webex.exchange import decoded
from hybridcal_daemon.adapters.webex.failing import FORBIDDEN, MISSING, UNAUTHORIZED, tracking_of
from hybridcal_daemon.adapters.webex.requests import Ask, Requests, checked
from hybridcal_daemon.adapters.webex.wire import PresenceAnswer
from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import PresenceStatus

PRESENCE_REFUSED: Final = frozenset({UNAUTHORIZED, FORBIDDEN}) | MISSING


class PresenceEvents(Requests):
    """Somebody's presence."""

    def set_presence(self, uuid: str, *, status: PresenceStatus, ttl: int) -> None:
        """Apheleia ``POST events``: ``status`` for ``ttl`` seconds, or ``clear``.

        REFUSED ``webex-presence-refused`` on 401 (the same token being good elsewhere), 403 and 404;
        REFUSED ``webex-no-service-app`` without a service app.
        """
        event = {"subject": uuid, "eventType": status or "clear", "label": uuid, "ttl": ttl if status else 0}
        url = f"{self._settings.presence_url}/events"
        ask = Ask(method="POST", url=url, body=msgspec.json.encode(event))
        response = self._app_answer(ask)
        if response.status in PRESENCE_REFUSED:
            raise CallError(Kind.REFUSED, "webex-presence-refused", tracking=tracking_of(response))
        answer = checked(ask, response)
        if answer.body and decoded(answer, PresenceAnswer, in_doubt=True).subject not in {None, uuid}:
            raise CallError(Kind.TRANSIENT, "webex-bad-answer", in_doubt=True, tracking=tracking_of(response))
