"""Who may get which access token, and when a new one is made.

Owns: the access gate (only admitted users, and for each only what is theirs), whose token it is, the token cache with
single flight, the memory of refusals.
Promises: pure over its own state; no token is ever looked up or made for somebody who is not admitted, and a room is
never impersonated; one request at a time per (user, purpose), and one that is lost keeps nobody waiting for ever; a
refused subject is not asked about again until its time; a refusal concerns one purpose and leaves the others alone.
Does not: sign, send, or know an address (minters do).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hybridcal_daemon.domain.backoff import spread
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import HOUR, MINUTE, Instant, Plain, Secret, UserId, is_room


class Purpose(StrEnum):
    """Scope sets kept apart, so that a scope an admin did not grant costs only its own feature."""

    CALENDAR = "calendar"  # a person's own events
    GMAIL = "gmail"  # the vacation responder
    SETTINGS = "settings"  # locale and time zone
    FREE_BUSY = "free-busy"  # availability of others
    ROOMS = "rooms"  # events of a room, as the acting account
    ROOM_ACCESS = "room-access"  # the access rules of a room's calendar, as the account that owns it


Key = tuple[UserId, Purpose]
FOR_ROOMS: Final = frozenset({Purpose.ROOMS, Purpose.ROOM_ACCESS})
FOR_PERSONS: Final = frozenset(Purpose) - FOR_ROOMS
SubjectOf = Callable[[UserId, Purpose], Plain[str] | None]
"""(user, purpose) -> the account whose token it is, None for the user's own. CallError REFUSED, see ``subject``."""
REFRESH_AT: Final = 0.8
"""A token is renewed at 80 to 90 % of its life, spread by user (google.md F)."""
_NEGATIVE: Final[dict[Kind, tuple[float, float]]] = {
    Kind.USER: (5 * MINUTE, 6 * HOUR),
    Kind.CONFIG: (MINUTE, 4 * MINUTE),
    Kind.REFUSED: (5 * MINUTE, 50 * MINUTE),
}
"""How long a refusal is remembered: at first, then twice as long each time, and at most (google.md F for USER).

Who asks for a person that Google does not know comes back after an hour three times and then once a day
(``backoff.py``): the memory is 20 minutes long by then and never a day, so each of those looks reaches Google. The long
end is for those who ask in between. An admin who says that something has changed (by a resync or a reload) need not
wait for it: ``forgive``, ``renew``.
"""
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
    """The tokens actor's memory.

    ``stale``: requests under way for rooms when their accounts may have changed; what they bring is not kept. ``skew``:
    this machine's clock minus Google's in seconds as last measured, None when Google had nothing to say against it.
    """

    admitted: set[UserId] = field(default_factory=set)
    held: dict[Key, _Held] = field(default_factory=dict)
    refused: dict[Key, _Refused] = field(default_factory=dict)
    minting: dict[Key, Instant] = field(default_factory=dict)
    """Requests under way and since when."""
    stale: set[Key] = field(default_factory=set)
    skew: float | None = None


def allowed(user: UserId, purpose: Purpose) -> bool:
    """Whether a purpose is one of such a user: a person's own calendar, or a room by the accounts behind rooms."""
    return purpose in (FOR_ROOMS if is_room(user) else FOR_PERSONS)


def subject(user: UserId, purpose: Purpose, *, acting: Plain[str], owner: Plain[str]) -> Plain[str] | None:
    """Say whose token it is: None means the user's own, a person's.

    ``acting``: the account that acts for rooms; ``owner``: the one that owns their calendars, empty for the same. Rooms
    cannot be impersonated (google.md I, 9). CallError REFUSED google-rooms-off without an account, not-permitted for
    what the gate does not let through.
    """
    if not allowed(user, purpose):
        raise CallError(Kind.REFUSED, "not-permitted")
    if purpose in FOR_PERSONS:
        return None
    if not acting.reveal():
        raise CallError(Kind.REFUSED, "google-rooms-off")
    return owner if purpose is Purpose.ROOM_ACCESS and owner.reveal() else acting


def about(user: UserId, error: CallError) -> CallError:
    """What a refusal means for ``user``: the subject of a room's token is an account that the configuration names."""
    if is_room(user) and error.kind is Kind.USER:
        return CallError(Kind.CONFIG, "google-rooms-account", retry_after=error.retry_after)
    return error


def own_subject(user: UserId, purpose: Purpose) -> Plain[str] | None:
    """``SubjectOf`` of an installation without rooms."""
    return subject(user, purpose, acting=Plain(""), owner=Plain(""))


def admit(state: TokenState, user: UserId) -> None:
    """The user is activated: tokens may be made."""
    state.admitted.add(user)


def forgive(state: TokenState, user: UserId) -> None:
    """An admin says that something about this user has changed: the next question reaches Google."""
    for purpose in Purpose:
        state.refused.pop((user, purpose), None)


def renew(state: TokenState) -> None:
    """Configuration was reloaded: what refusals were about may be mended, and rooms may have other accounts."""
    state.refused.clear()
    state.stale |= {key for key in state.minting if key[1] in FOR_ROOMS}
    state.held = {key: held for key, held in state.held.items() if key[1] not in FOR_ROOMS}


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

    The gate: the user is admitted, and the purpose is one of theirs.

    ``force``: the service did not accept the held one.
    """
    if key[0] not in state.admitted or not allowed(*key):
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
    state.stale.discard(key)
    return Wait(mint=True)


def _is_minting(state: TokenState, key: Key, now: Instant) -> bool:
    since = state.minting.get(key)
    return since is not None and since <= now < since + _MINT_LOST


def minted(state: TokenState, key: Key, token: MintedToken, now: Instant) -> bool:
    """A request succeeded; False when the user was revoked meanwhile (the token is thrown away)."""
    state.minting.pop(key, None)
    state.refused.pop(key, None)
    state.skew = None
    if key[0] not in state.admitted:
        return False
    if key in state.stale:
        state.stale.discard(key)
        return True
    life = max(0.0, token.expires_at - now)
    share = REFRESH_AT + 0.1 * spread(key[0], f"token{token.expires_at}")
    state.held[key] = _Held(token.token, Instant(now + share * life))
    return True


def not_minted(state: TokenState, key: Key, error: CallError, now: Instant) -> None:
    """A request failed; refusals of the subject or of the installation are remembered, growing."""
    state.minting.pop(key, None)
    state.stale.discard(key)
    if error.measured is not None:
        state.skew = error.measured
    if error.kind not in _NEGATIVE or key[0] not in state.admitted:
        return
    first, longest = _NEGATIVE[error.kind]
    times = state.refused[key].times + 1 if key in state.refused else 1
    until = Instant(now + min(first * 2.0 ** min(times - 1, 20), longest))
    state.refused[key] = _Refused(error.kind, error.code, until, times)
