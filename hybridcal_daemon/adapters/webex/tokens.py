"""Access tokens of the service app.

Owns: the one access token that all workers share, and its renewal. Promises: thread-safe; at most one renewal at a
time; renewed at half of its life, the old one serving meanwhile; a renewal that failed is not repeated for some
seconds; a token that Webex rejected is replaced once, and not again while it is young. Does not: hold the bot's token.

Source: ``POST /access_token`` with ``grant_type=refresh_token``; access tokens last 14 days, refresh tokens 90 days,
renewed on use [Webex guide to service apps].
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from hybridcal_daemon.adapters.webex.exchange import JSON_BODY, decoded, send
from hybridcal_daemon.adapters.webex.failing import FORBIDDEN, UNAUTHORIZED, of_answer
from hybridcal_daemon.adapters.webex.settings import API_URL
from hybridcal_daemon.adapters.webex.wire import Grant
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Secret
from hybridcal_daemon.ports import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.adapters.webex.settings import ServiceApp
    from hybridcal_daemon.ports import Clock, HttpClient

PAUSE: Final = 5.0
YOUNG: Final = 60.0
MAX_ANSWER: Final = 64 * 1024
REFUSALS: Final = frozenset({400, UNAUTHORIZED, FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A token with its times on the monotonic clock."""

    token: Secret[str]
    since: float
    renew_at: float
    ends_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """The last renewal's failure and when the next one may begin."""

    kind: Kind
    code: str
    until: float


class ServiceAppTokens:
    """Shared by all workers; each brings its own HTTP client.

    ``keep`` is called, in the renewing thread, with a refresh token that differs from the one sent, so that the
    caller can write it down; until a restart it is used from memory.
    """

    def __init__(
        self,
        service_app: ServiceApp,
        *,
        clock: Clock,
        api_url: str = API_URL,
        deadline: float = 30.0,
        keep: Callable[[Secret[str]], None] | None = None,
    ) -> None:
        self._app = service_app
        self._clock = clock
        self._url = f"{api_url}/access_token"
        self._keep = keep
        self._deadline = deadline
        self._refresh_token = service_app.refresh_token
        self._held: _Held | None = None
        self._failed: _Failed | None = None
        self._renewing = Lock()

    def get(self, http: HttpClient) -> Secret[str]:
        """Give a valid token; waits only when there is none. CallError CONFIG ``webex-token``, TRANSIENT, THROTTLED."""
        held, now = self._held, self._clock.monotonic()
        if held is not None and now < held.renew_at:
            return held.token
        if held is None or now >= held.ends_at:
            with self._renewing:
                return self._renewed(http, None)
        if not self._renewing.acquire(blocking=False):
            return held.token
        try:
            return self._renewed(http, held.token)
        finally:
            self._renewing.release()

    def replace(self, http: HttpClient, rejected: Secret[str]) -> Secret[str]:
        """Give another token after a 401; the same one when it is too young for another to be any better."""
        with self._renewing:
            held = self._held
            if held is not None and held.token is rejected:
                if self._clock.monotonic() < held.since + YOUNG:
                    return rejected
                self._held = None
            return self._renewed(http, None)

    def _renewed(self, http: HttpClient, spare: Secret[str] | None) -> Secret[str]:
        """Renew unless somebody just did. Needs the lock."""
        held, now = self._held, self._clock.monotonic()
        if held is not None and now < held.renew_at:
            return held.token
        try:
            return self._hold(self._asked(http, now), now)
        except CallError:
            if spare is None:
                raise
            return spare

    def _asked(self, http: HttpClient, now: float) -> Grant:
        failed = self._failed
        if failed is not None and now < failed.until:
            raise CallError(failed.kind, failed.code, retry_after=failed.until - now)
        try:
            grant = self._grant(http)
        except CallError as failure:
            until = now + max(PAUSE, failure.retry_after or 0.0)
            self._failed = _Failed(kind=failure.kind, code=failure.code, until=until)
            # no effect of the caller's own request is in doubt: it was never sent
            raise CallError(failure.kind, failure.code, retry_after=failure.retry_after) from None
        self._failed = None
        return grant

    def _grant(self, http: HttpClient) -> Grant:
        response = send(http, self._request())
        if response.status in REFUSALS:
            raise CallError(Kind.CONFIG, "webex-token")
        failure = of_answer("POST", response)
        if failure is not None:
            raise failure
        grant = decoded(response, Grant)
        if grant.expires_in <= 0 or not _sendable(grant.access_token) or grant.refresh_token == "":
            raise CallError(Kind.TRANSIENT, "webex-bad-answer")
        return grant

    def _request(self) -> HttpRequest:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._app.client_id.reveal(),
            "client_secret": self._app.client_secret.reveal(),
            "refresh_token": self._refresh_token.reveal(),
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": JSON_BODY}
        body = urlencode(form).encode()
        return HttpRequest(
            method="POST", url=self._url, headers=headers, body=body, deadline=self._deadline, max_body=MAX_ANSWER
        )

    def _hold(self, grant: Grant, now: float) -> Secret[str]:
        token, life = Secret(grant.access_token), float(grant.expires_in)
        self._held = _Held(token=token, since=now, renew_at=now + life / 2, ends_at=now + life)
        if grant.refresh_token is not None and grant.refresh_token != self._refresh_token.reveal():
            self._refresh_token = Secret(grant.refresh_token)
            if self._keep is not None:
                self._keep(self._refresh_token)
        return token


def _sendable(token: str) -> bool:
    """Say whether a token can stand in a header."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
