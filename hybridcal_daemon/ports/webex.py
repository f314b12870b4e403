"""Webex REST and presence. Owns: their shape. Does not: speak HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Instant, Plain, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexPerson:
    """``person_id``: the REST id; ``uuid``: the identity UUID inside it (webex.md B)."""

    person_id: str
    uuid: str
    emails: tuple[Plain[str], ...]


class WebexApi(Protocol):
    """Webex REST and presence, the part in use; the adapter holds its own tokens."""

    def person(self, address: Plain[str]) -> WebexPerson:
        """CallError NOT_FOUND when nobody has that address."""
        ...

    def whoami(self, bearer: Secret[str]) -> WebexPerson:
        """GET /people/me with somebody's own token. CallError USER when it is not valid."""
        ...

    def personal_room(self, address: Plain[str]) -> Room | None:
        """None when the person has none."""
        ...

    def send_card(self, person_id: str, *, key: str, title: Plain[str], url: Plain[str], starts: str) -> str:
        """Post the Join card to the 1:1 room of bot and person; ``starts`` is shown text. Gives the message id."""
        ...

    def find_card(self, person_id: str, *, key: str, since: Instant) -> str | None:
        """Message id of the card that carries ``key``, read back from the 1:1 room; None when there is none."""
        ...

    def delete_message(self, message_id: str) -> None:
        """404 counts as done."""
        ...

    def set_presence(self, uuid: str, *, ooo: bool, ttl: int) -> None:
        """``ooo`` for ``ttl`` seconds, or clear. CallError REFUSED when the cloud does not permit it."""
        ...
