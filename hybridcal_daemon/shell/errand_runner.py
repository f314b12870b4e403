"""From a wish in clear to a sealed errand, and from its sealed answer back.

Owns: this step, in the thread of whoever waits. Promises: nothing of a wish leaves this module but sealed; a key that
somebody typed leaves it as a keyed hash; a wish that changes a calendar is in the audit log, on disk, before it is
passed on. Does not: decide or remember anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from actors.protocol import DESK, Ask, DigestOf, WriteNow
from hybridcal_daemon.domain import errands, explaining
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import ErrandAsked
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.domain.wishes import KINDS, Insert, event_of
from hybridcal_daemon.ports import Audit, Outcome, StoreFull
from hybridcal_daemon.work import errand_cells as cells

if TYPE_CHECKING:
    from actors.system import ActorSystem
    from hybridcal_daemon.domain.effects import ErrandReplied
    from hybridcal_daemon.domain.values import Sealed, UserId
    from hybridcal_daemon.domain.wishes import Wish
    from hybridcal_daemon.ports import Clock

READER: Final = "reader"
"""Who asks in the audit log when it is the person whose calendar it is."""
_KEY_BYTES: Final = 16
_KINDS: Final[dict[str, Kind]] = {
    "busy": Kind.TRANSIENT,
    "deadline": Kind.TRANSIENT,
    "errand-dropped": Kind.NOT_FOUND,
    "errand-in-doubt": Kind.CONFLICT,
    "errand-not-for-rooms": Kind.REFUSED,
    "errand-not-invited": Kind.REFUSED,
    "errand-own-event": Kind.REFUSED,
    "errand-too-many": Kind.THROTTLED,
    "errand-undone": Kind.CONFLICT,
    "expired": Kind.TRANSIENT,
    "google-api-disabled": Kind.CONFIG,
    "google-conflict": Kind.TRANSIENT,
    "google-daily-limit": Kind.CONFIG,
    "google-domain-policy": Kind.CONFIG,
    "google-not-found": Kind.NOT_FOUND,
    "google-quota": Kind.THROTTLED,
    "google-rate-limited": Kind.THROTTLED,
    "google-read-only": Kind.REFUSED,
    "google-refused": Kind.REFUSED,
    "google-rooms-off": Kind.CONFIG,
    "google-scope": Kind.CONFIG,
    "google-service-account": Kind.REFUSED,
    "google-unauthorized-client": Kind.CONFIG,
    "google-unavailable": Kind.TRANSIENT,
    "google-user-rate-limited": Kind.THROTTLED,
    "key-reused": Kind.CONFLICT,
    "kms-sealed": Kind.SEALED,
    "room-access-lost": Kind.REFUSED,
    "room-not-found": Kind.NOT_FOUND,
    "room-not-owned": Kind.REFUSED,
    "unreachable": Kind.TRANSIENT,
}
"""What a failed errand's code means for whoever asked; anything else is between us and Google."""


class ErrandRunner:
    """Thread-safe: it holds nothing."""

    def __init__(self, system: ActorSystem, clock: Clock) -> None:
        self._system = system
        self._ask = system.asker.ask
        self._clock = clock

    def run(self, user: UserId, wish: Wish, *, by: str, key: str, wait: float) -> Outcome:
        """Pass a wish on and wait for how it went. CallError."""
        given = key or self._system.random.token(_KEY_BYTES)
        errand = self._entered(user, wish, by, given)
        look = errands.is_look(errand.kind)
        if not look:
            self._audit(user, errand)
        reply = self._waited(Ask(user, errand, wait), look=look)
        if reply is None:
            return Outcome(key=given, state="pending")
        if reply.code or reply.answer is None:
            raise CallError(_KINDS.get(reply.code, Kind.INVALID), reply.code or "busy")
        return self._opened(user, given, reply, reply.answer)

    def _entered(self, user: UserId, wish: Wish, by: str, given: str) -> ErrandAsked:
        """Seal it. CallError busy when the keys do not know who the store knows: just after a start, or leaving."""
        try:
            return self._sealed(user, wish, by, given)
        except CallError as error:
            if error.code != "not-permitted":
                raise
            raise CallError(Kind.TRANSIENT, "busy") from None

    def _sealed(self, user: UserId, wish: Wish, by: str, given: str) -> ErrandAsked:
        kind, event_id = KINDS[type(wish)], event_of(wish)
        content = cells.encode_wish(wish)
        key = self._digest(user, f"errand key {by}", given.encode())
        look = errands.is_look(kind)
        digest = "" if look else self._digest(user, "errand", f"{kind}|{event_id}|".encode() + content.reveal())
        if isinstance(wish, Insert):
            event_id = errands.event_id_for(user, key, digest)
        cell = self._system.asker.seal_cell(user, cells.ask_place(key), content)
        return ErrandAsked(key=key, kind=kind, ask=cell, event_id=event_id, digest=digest, by=by)

    def _digest(self, user: UserId, purpose: str, content: bytes) -> str:
        digest: str = self._ask("kms", DigestOf(user, purpose, Plain(content)))
        return digest

    def _audit(self, user: UserId, errand: ErrandAsked) -> None:
        """On disk when it returns. CallError disk-full."""
        action = f"errand-{errand.kind}"
        audit = Audit(at=self._clock.now(), actor=errand.by, action=action, user=user, outcome="begun")
        try:
            self._ask("store", WriteNow((audit,)))
        except StoreFull:
            raise CallError(Kind.TRANSIENT, "disk-full") from None

    def _waited(self, question: Ask, *, look: bool) -> ErrandReplied | None:
        """Give the reply; None when it did not come in time for something that may have been stored. CallError."""
        try:
            reply: Any = self._ask(DESK, question, max(0.1, question.wait))
        except CallError as error:
            if look or error.code != "busy":
                raise
            return None
        told: ErrandReplied = reply
        return told

    def _opened(self, user: UserId, given: str, reply: ErrandReplied, answer: Sealed) -> Outcome:
        content = self._system.asker.open_cell(user, cells.answer_place(reply.key), answer)
        if reply.known is None:
            return Outcome(key=given, state="done", answer=content)
        seen = cells.decode_seen(content)
        found = explaining.reasons(seen, reply.known, self._clock.now())
        return Outcome(key=given, state="done", answer=Plain(b"{}"), reasons=found)
