"""Asking downhill: from threads that may wait (workers, surfaces) to the actors that serve them.

Owns: the time-outs, and what an unanswered question means. Promises: raises only what the asked one raised, or
CallError TRANSIENT ``busy``. Does not: serve user actors, lanes or the supervisor's own decisions: they only tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pykka

from actors.protocol import AddressOf, ChannelToken, GetToken, OpenCell, ReadJoinCell, SealCell, SealEvents
from hybridcal_daemon.domain.failures import CallError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actors.directory import Directory
    from hybridcal_daemon.domain.events import EventContent
    from hybridcal_daemon.domain.tokens import Key, Purpose
    from hybridcal_daemon.domain.values import Plain, Sealed, Secret, UserId
    from hybridcal_daemon.ports import SealedContent


@dataclass(frozen=True, slots=True)
class Asker:
    """Questions with a time-out in seconds. ``at_hand``: a token that is held already needs no question."""

    directory: Directory
    timeout: float = 30.0
    at_hand: Callable[[Key], Secret[str] | None] = lambda _: None

    def ask(self, name: str, question: object, timeout: float | None = None) -> Any:  # noqa: ANN401 - by protocol
        """Ask and wait; a future in the answer is waited for too."""
        ref = self.directory.get(name)
        if ref is None:
            raise CallError(Kind.TRANSIENT, "busy")
        limit = self.timeout if timeout is None else timeout
        try:
            answer = ref.ask(question, timeout=limit)
            return answer.get(timeout=limit) if isinstance(answer, pykka.Future) else answer
        except (pykka.Timeout, pykka.ActorDeadError):
            raise CallError(Kind.TRANSIENT, "busy") from None

    def token(self, user: UserId, purpose: Purpose, force: bool) -> Secret[str]:  # noqa: FBT001 - the port's shape
        """An access token for one user."""
        held = None if force else self.at_hand((user, purpose))
        token: Secret[str] = held or self.ask("tokens", GetToken(user, purpose, force))
        return token

    def seal_events(self, user: UserId, contents: Sequence[EventContent]) -> list[SealedContent]:
        """Seal a page."""
        sealed: list[SealedContent] = self.ask("kms", SealEvents(user, contents)) if contents else []
        return sealed

    def seal_cell(self, user: UserId, place: str, plain: Plain[bytes]) -> Sealed:
        """Seal one cell."""
        cell: Sealed = self.ask("kms", SealCell(user, place, plain))
        return cell

    def open_cell(self, user: UserId, place: str, cell: Sealed) -> Plain[bytes]:
        """Open one cell."""
        plain: Plain[bytes] = self.ask("kms", OpenCell(user, place, cell))
        return plain

    def address(self, user: UserId) -> Plain[str]:
        """Address of a served user."""
        address: Plain[str] = self.ask("kms", AddressOf(user))
        return address

    def channel_token(self, channel_id: str) -> Secret[str]:
        """The secret that belongs to a push channel."""
        token: Secret[str] = self.ask("kms", ChannelToken(channel_id))
        return token

    def join_cell(self, user: UserId, event_id: str) -> Sealed | None:
        """What a Join card needs."""
        cell: Sealed | None = self.ask("store", ReadJoinCell(user, event_id))
        return cell
