"""Who may get which access token, and when a new one is made.

Owns: the access gate (only admitted users), the token cache with single flight, the memory of refusals.
Promises: pure over its own state; no token is ever looked up or made for somebody who is not admitted; one request at a
time per (user, purpose), and one that is lost keeps nobody waiting for ever; a refused subject is not asked about
again until its time.
Does not: sign, send, or know an address (minters do).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hybridcal_daemon.domain.backoff import spread
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import MINUTE, Instant, Secret, UserId


class Purpose(StrEnum):
    """Scope sets kept apart, so that a scope an admin did not grant costs only its own feature."""

    CALENDAR = "calendar"
    GMAIL = "gmail"


Key = tuple[UserId, Purpose]
REFRESH_AT: Final = 0.8
"""A token is renewed at 80 to 90 % of its life, spread by user (google.md F)."""
_NEGATIVE: Final[dict[Kind, tuple[float, float]]] = {
    Kind.USER: (5 * MINUTE, 50 * MINUTE),
    Kind.CONFIG: (MINUTE, 4 * MINUTE),
    Kind.REFUSED: (5 * MINUTE, 50 * MINUTE),
}
"""How long a refusal is remembered, at first and at most: shorter than the pauses of those who ask (``backoff.py``)."""
_MINT_LOST: Final = 2 * MINUTE
"""A request for a token that has not ended by then never will."""


@dataclass(frozen=True, slots=True)
class MintedToken:
    """An access token and when it ends (epoch seconds)."""

    token: Secret[str]
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class _Held:
    token: Secret[str]
    renew_at: Instant


@dataclass(frozen=True, slots=True)
class _Refused:
    kind: Kind
    code: str
    until: Instant
    times: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody knows yet; with ``mint`` a request must be started now."""

    mint: bool


@dataclass(slots=True)
class TokenState:
    """The tokens actor's memory."""

    admitted: set[UserId] = field(default_factory=set)
    held: dict[Key, _Held] = field(default_factory=dict)
    refused: dict[Key, _Refused] = field(default_factory=dict)
    minting: dict[Key, Instant] = field(default_factory=dict)
    """Requests under way and since when."""


def admit(state: TokenState, user: UserId) -> None:
    """The user is activated: tokens may be made."""
    state.admitted.add(user)


def revoke(state: TokenState, user: UserId) -> None:
    """The user is not served any more: nothing is kept, nothing is made."""
    state.admitted.discard(user)
    for purpose in Purpose:
        state.held.pop((user, purpose), None)
        state.refused.pop((user, purpose), None)


def at_hand(state: TokenState, key: Key, now: Instant) -> Secret[str] | None:
    """A valid token if one is held. It reads one entry and changes nothing, so any thread may call it at any time."""
    held = state.held.get(key) if key[0] in state.admitted else None
    return held.token if held is not None and held.renew_at > now else None


def look(state: TokenState, key: Key, now: Instant, *, force: bool = False) -> Secret[str] | Wait:
    """A valid token, or Wait. CallError REFUSED not-permitted at the gate; the remembered error of a refusal.

    ``force``: the service did not accept the held one.
    """
    if key[0] not in state.admitted:
        raise CallError(Kind.REFUSED, "not-permitted")
    under_way = _is_minting(state, key, now)
    if force and not under_way:
        state.held.pop(key, None)
    token = at_hand(state, key, now)
    if token is not None:
        return token
    refused = state.refused.get(key)
    if refused is not None and now < refused.until <= now + _NEGATIVE[refused.kind][1]:
        raise CallError(refused.kind, refused.code, retry_after=refused.until - now)
    if under_way:
        return Wait(mint=False)
    state.minting[key] = now
    return Wait(mint=True)


def _is_minting(state: TokenState, key: Key, now: Instant) -> bool:
    since = state.minting.get(key)
    return since is not None and since <= now < since + _MINT_LOST


def minted(state: TokenState, key: Key, token: MintedToken, now: Instant) -> bool:
    """A request succeeded; False when the user was revoked meanwhile (the token is thrown away)."""
    state.minting.pop(key, None)
    state.refused.pop(key, None)
    if key[0] not in state.admitted:
        return False
    life = max(0.0, token.expires_at - now)
    share = REFRESH_AT + 0.1 * spread(key[0], f"token{token.expires_at}")
    state.held[key] = _Held(token.token, Instant(now + share * life))
    return True


def not_minted(state: TokenState, key: Key, error: CallError, now: Instant) -> None:
    """A request failed; refusals of the subject or of the installation are remembered, growing."""
    state.minting.pop(key, None)
    if error.kind not in _NEGATIVE or key[0] not in state.admitted:
        return
    first, longest = _NEGATIVE[error.kind]
    times = state.refused[key].times + 1 if key in state.refused else 1
    until = Instant(now + min(first * 2.0 ** min(times - 1, 20), longest))
    state.refused[key] = _Refused(error.kind, error.code, until, times)
