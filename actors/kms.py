"""Keys: the one place where plaintext becomes ciphertext and back.

Owns: the vault. Promises: used by one thread; a sealed vault answers every question with CallError SEALED and is tried
again when it is told to. Does not: keep what it opened.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from actors.base import Behaviour, Died, handles
from actors.protocol import (
    AddressOf,
    Admit,
    ChannelToken,
    DigestOf,
    ForgetKey,
    IndexOf,
    ItemKey,
    MakeUser,
    OpenCell,
    SealCell,
    SealEvents,
    Unlock,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import HOUSE, StoreFull

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Sealed, Secret, UserId
    from hybridcal_daemon.ports import Log, NewUser, SealedContent, Vault


ADDRESS = "address"
"""The place that a user's address cell is sealed for."""


class KmsActor(Behaviour):
    """Serves the vault's functions as messages."""

    def __init__(self, vault: Vault, log: Log, on_death: Callable[[Died], None]) -> None:
        super().__init__(on_death=on_death)
        self._vault = vault
        self._log = log
        self._admitted: dict[UserId, Admit] = {}
        self._loaded: set[UserId] = set()

    @handles(SealEvents)
    def seal_events(self, ask: SealEvents) -> list[SealedContent]:
        """Seal a page of events."""
        return self._for(ask.user).seal_events(ask.user, ask.contents)

    @handles(SealCell)
    def seal(self, ask: SealCell) -> Sealed:
        """Seal one cell."""
        return self._for(ask.user).seal(ask.user, ask.place, ask.plain)

    @handles(OpenCell)
    def open(self, ask: OpenCell) -> Plain[bytes]:
        """Open one cell."""
        return self._for(ask.user).open(ask.user, ask.place, ask.cell)

    @handles(DigestOf)
    def digest(self, ask: DigestOf) -> str:
        """Keyed hash of something of a user's."""
        return self._for(ask.user).digest(ask.user, ask.purpose, ask.plain)

    @handles(AddressOf)
    def address(self, ask: AddressOf) -> Plain[str]:
        """Address of a served user, for the one request that needs it; nobody else's."""
        vault = self._for(ask.user)
        cell = self._admitted[ask.user].address
        return Plain(vault.open(ask.user, ADDRESS, cell).reveal().decode())

    @handles(ItemKey)
    def item_key(self, ask: ItemKey) -> Secret[bytes]:
        """Key of one item, for its own reader."""
        return self._for(ask.user).item_key(ask.user, ask.key_url)

    @handles(ChannelToken)
    def channel_token(self, ask: ChannelToken) -> Secret[str]:
        """The secret that Google repeats in each push of a channel."""
        return self._vault.channel_token(ask.channel_id)

    @handles(IndexOf)
    def index(self, ask: IndexOf) -> bytes:
        """Blind index of an address."""
        return self._vault.index(ask.address)

    @handles(MakeUser)
    def make_user(self, ask: MakeUser) -> NewUser:
        """Everything that the store may keep of a new user."""
        return self._vault.new_user(ask.address, room=ask.room)

    @handles(Admit)
    def admit(self, order: Admit) -> None:
        """A user is served; the key is unwrapped when it is first needed."""
        self._admitted[order.user] = order
        self._loaded.discard(order.user)

    @handles(ForgetKey)
    def forget(self, order: ForgetKey) -> None:
        """A user is not served any more."""
        self._admitted.pop(order.user, None)
        self._loaded.discard(order.user)
        self._vault.forget(order.user)

    @handles(Unlock)
    def unlock(self, _: Unlock) -> str:
        """Try to open the keyring; '' or the code why not."""
        before = self._vault.sealed
        with suppress(StoreFull):  # the first key of a new installation has no place yet: it stays sealed
            self._vault.unlock()
        self._loaded.clear()
        after = self._vault.sealed
        if after and after != before:
            self._log.emit("error", "kms.sealed", code=after)
        elif before and not after:
            self._log.emit("info", "kms.unlocked")
        return after

    def _for(self, user: UserId) -> Vault:
        """The vault, with this user's key in it. CallError REFUSED for somebody who is not served."""
        if user not in self._loaded and user != HOUSE:
            admitted = self._admitted.get(user)
            if admitted is None:
                raise CallError(Kind.REFUSED, "not-permitted")
            self._vault.admit(user, admitted.wrapped_key)
            self._loaded.add(user)
        return self._vault
