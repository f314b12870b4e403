"""Access tokens by domain-wide delegation (RFC 7523, Google's "Using OAuth 2.0 for Server to Server Applications").

Owns: one token request with a service account's key, or with two while the key is being changed. Promises: nothing
leaves unless the signed assertion names exactly the wanted person and scopes; no host but the token endpoint is
contacted; no thread is started; nothing sleeps.
Does not: cache, retry, or decide who may have a token (``domain/tokens.py`` does).

How: google-auth builds and signs the assertion and calls our transport (``transports.py``), all by its public
interface. ``AuthorizedSession`` and ``before_request`` are avoided since they look up regional access boundaries, in a
thread for each credential.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from google.auth.exceptions import GoogleAuthError

from hybridcal_daemon.adapters.google.grants import KEY_INVALID
from hybridcal_daemon.adapters.google.keychoice import KeyChoice
from hybridcal_daemon.adapters.google.keyfile import credentials
from hybridcal_daemon.adapters.google.scopes import SCOPES
from hybridcal_daemon.adapters.google.transports import Grant, Sender
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.oauth2 import service_account

    from hybridcal_daemon.adapters.google.wire import TokenReply
    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, HttpClient

_REFUSED: Final = (Kind.CONFIG, "google-auth-refused")


class _Key(NamedTuple):
    key_id: str
    credentials: service_account.Credentials


class ServiceAccountMinter:
    """``ports.TokenMinter`` for one thread (its HTTP client's). ``info``: see ``load_service_account``.

    ``next_info``: another key of the same account, tried first; ``choice``: what all minters of the process have
    learnt about it.
    """

    def __init__(
        self,
        http: HttpClient,
        info: Mapping[str, str],
        *,
        clock: Clock,
        token_url: str = "",
        deadline: float = 30.0,
        next_info: Mapping[str, str] | None = None,
        choice: KeyChoice | None = None,
    ) -> None:
        self._sender = Sender(http, clock, deadline)
        self._clock = clock
        self._token_url = token_url or info["token_uri"]
        self._choice = choice or KeyChoice()
        self._old = self._key(info)
        self._new = self._key(next_info) if next_info is not None else None

    def _key(self, info: Mapping[str, str]) -> _Key:
        return _Key(info["private_key_id"], credentials({**info, "token_uri": self._token_url}))

    def mint(self, subject: Plain[str], purpose: Purpose) -> MintedToken:
        """Ask for a token. CallError USER, CONFIG, TRANSIENT, THROTTLED; see ``grants.classify_grant``."""
        asked_at = self._clock.now()
        reply = self._asked(subject, SCOPES[purpose])
        return MintedToken(token=Secret(reply.access_token), expires_at=Instant(asked_at + reply.expires_in))

    def _asked(self, subject: Plain[str], scopes: tuple[str, ...]) -> TokenReply:
        """Ask with one key, and with the other when Google does not know that one (yet, or any more)."""
        refusal = CallError(*_REFUSED)
        for key in self._order():
            try:
                reply = self._ask(key.credentials, subject, scopes)
            except CallError as error:
                if error.code != KEY_INVALID:
                    raise
                refusal = error
                if key is self._new:
                    self._choice.refused(key.key_id, error.code, self._clock.now())
            else:
                if key is self._new:
                    self._choice.accepted(key.key_id)
                return reply
        raise refusal

    def _order(self) -> tuple[_Key, ...]:
        if self._new is None:
            return (self._old,)
        return (self._new, self._old) if self._choice.tries_new(self._clock.now()) else (self._old, self._new)

    def _ask(self, key: service_account.Credentials, subject: Plain[str], scopes: tuple[str, ...]) -> TokenReply:
        grant = Grant(self._sender, self._token_url, subject, scopes)
        own = key.with_subject(subject.reveal()).with_scopes(scopes)  # type: ignore[no-untyped-call]
        with suppress(GoogleAuthError):  # for example a key of another universe; its text may quote the request
            own.refresh(grant)
        if grant.reply is None:
            raise CallError(*_REFUSED)
        return grant.reply
