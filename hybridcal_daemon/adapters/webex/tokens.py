"""Access tokens of the service app, or of the integration.

Owns: the one access token that all workers share, and its renewal. Promises: thread-safe; at most one renewal at a
time; renewed at half of its life, the old one serving meanwhile; a renewal that failed is not repeated for some
seconds (or for as long as Webex asks, one hour at most); a token that Webex rejected is replaced once, and not again
while it is young; another refresh token that Webex gave is handed out to be kept until that has succeeded. Does not:
hold the bot's token, or write anything down.

Whether the refresh token from before a renewal goes on being good is not documented, nor whether a renewal gives
another one at all [unverified]. Hence, when the newest one known is refused, the configured one is tried: after a crash
between a renewal and its keeping, either may be the one that Webex still takes.

Source: ``POST /access_token`` with ``grant_type=refresh_token``; access tokens last 14 days, refresh tokens 90 days,
renewed on use [Webex guide to service apps].
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from hybridcal_daemon.adapters.webex.exchange import JSON_BODY, decoded, send
from hybridcal_daemon.adapters.webex.failing import FORBIDDEN, UNAUTHORIZED, of_answer, tracking_of
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
KEEP_AGAIN: Final = 30.0
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
    tracking: str


class ServiceAppTokens:
    """Shared by all workers; each brings its own HTTP client.

    ``newest``: asked once, at the first renewal, for the refresh token to begin with. ``keep`` is called, in the
    renewing thread, with a refresh token that differs from the one sent, so that the caller can write it down; when it
    raises CallError it is called again later, and until then the token is used from memory.
    """

    def __init__(
        self,
        service_app: ServiceApp,
        *,
        clock: Clock,
        api_url: str = API_URL,
        deadline: float = 30.0,
        keep: Callable[[Secret[str]], None] | None = None,
        newest: Callable[[], Secret[str]] | None = None,
    ) -> None:
        self._app = service_app
        self._clock = clock
        self._url = f"{api_url}/access_token"
        self._keep = keep
        self._deadline = deadline
        self._newest = newest
        self._refresh_token: Secret[str] | None = None if newest else service_app.refresh_token
        self._keep_at: float | None = None
        self._held: _Held | None = None
        self._failed: _Failed | None = None
        self._renewing = Lock()

    def get(self, http: HttpClient) -> Secret[str]:
        """Give a valid token; waits only when there is none. CallError CONFIG ``webex-token``, TRANSIENT, THROTTLED."""
        held, now = self._held, self._clock.monotonic()
        if self._keep_at is not None and now >= self._keep_at:
            self._keep_again(now)
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
            raise CallError(failed.kind, failed.code, retry_after=failed.until - now, tracking=failed.tracking)
        try:
            grant = self._granted(http)
        except CallError as failure:
            kind, code, tracking = failure.kind, failure.code, failure.tracking
            until = now + max(PAUSE, failure.retry_after or 0.0)
            self._failed = _Failed(kind=kind, code=code, until=until, tracking=tracking)
            # no effect of the caller's own request is in doubt: it was never sent
            raise CallError(kind, code, retry_after=failure.retry_after, tracking=tracking) from None
        self._failed = None
        return grant

    def _granted(self, http: HttpClient) -> Grant:
        """Use the newest refresh token; where Webex does not take it, the configured one."""
        token = self._refresh_token
        if token is None:
            token = self._refresh_token = self._app.refresh_token if self._newest is None else self._newest()
        try:
            return self._grant(http, token)
        except CallError as failure:
            if failure.kind is not Kind.CONFIG or token.reveal() == self._app.refresh_token.reveal():
                raise
        grant = self._grant(http, self._app.refresh_token)
        self._refresh_token = self._app.refresh_token
        return grant

    def _grant(self, http: HttpClient, refresh_token: Secret[str]) -> Grant:
        response = send(http, self._request(refresh_token))
        if response.status in REFUSALS:
            raise CallError(Kind.CONFIG, "webex-token", tracking=tracking_of(response))
        failure = of_answer("POST", response)
        if failure is not None:
            raise failure
        grant = decoded(response, Grant)
        if grant.expires_in <= 0 or not _sendable(grant.access_token) or grant.refresh_token == "":
            raise CallError(Kind.TRANSIENT, "webex-bad-answer", tracking=tracking_of(response))
        return grant

    def _request(self, refresh_token: Secret[str]) -> HttpRequest:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._app.client_id.reveal(),
            "client_secret": self._app.client_secret.reveal(),
            "refresh_token": refresh_token.reveal(),
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": JSON_BODY}
        body = urlencode(form).encode()
        return HttpRequest(
            method="POST", url=self._url, headers=headers, body=body, deadline=self._deadline, max_body=MAX_ANSWER
        )

    def _hold(self, grant: Grant, now: float) -> Secret[str]:
        token, life = Secret(grant.access_token), float(grant.expires_in)
        self._held = _Held(token=token, since=now, renew_at=now + life / 2, ends_at=now + life)
        known = self._refresh_token
        if grant.refresh_token is not None and (known is None or grant.refresh_token != known.reveal()):
            self._refresh_token = Secret(grant.refresh_token)
            self._keep_now(now)
        return token

    def _keep_now(self, now: float) -> None:
        """Needs the lock."""
        self._keep_at = None
        if self._keep is None or self._refresh_token is None:
            return
        try:
            self._keep(self._refresh_token)
        except CallError:
            self._keep_at = now + KEEP_AGAIN

    def _keep_again(self, now: float) -> None:
        """Nobody waits for it: whoever comes first tries."""
        if self._renewing.acquire(blocking=False):
            try:
                self._keep_now(now)
            finally:
                self._renewing.release()


def _sendable(token: str) -> bool:
    """Say whether a token can stand in a header."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token
