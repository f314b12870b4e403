"""A database as a running daemon would have left it: people who are activated, synced and watched.

Owns: users, keys, rows and push channels, made by the product's own vault, analysis and store, so that a benchmark need
not activate thousands of people one by one. Promises: what it writes is what those parts write. Does not: take part in
any measurement.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.fake import Channel
from hybridcal_daemon.adapters.clock import SystemClock, SystemRandom
from hybridcal_daemon.adapters.google.mapping import item
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain import state as states
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import CalendarEvent, EventFact, SealedEvent, analyse
from hybridcal_daemon.domain.values import Instant, Plain, UserId
from hybridcal_daemon.ports import AddUser, NewUser, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.calendars import Calendar

_GROUP = 500
_WEEK = 7 * 86400


@dataclass(frozen=True)
class Filled:
    """What was made. ``channels``: by number of the person."""

    users: list[UserId]
    channels: dict[int, Channel]


class Filler:
    """Writes people into the database of a state directory."""

    def __init__(self, directory: Path) -> None:
        self._now = SystemClock().now()
        self._store = SqliteStore(directory / "hybridcal.db")
        self._store.open()
        self.vault = LocalVault(
            LocalKeyring(directory / "keyring.json"),
            load_index_key=self._store.wrapped_index_key,
            save_index_key=self._store.put_wrapped_index_key,
            kms_host="hybridcal",
            random=SystemRandom(),
            fresh=True,
        )
        self.vault.unlock()

    def close(self) -> None:
        self._store.close()

    def calendars(self, calendars: Sequence[Calendar]) -> Filled:
        """People with eight meetings each and an open channel."""
        filled = Filled([], {})
        for at in range(0, len(calendars), _GROUP):
            writes: list[Write] = []
            for calendar in calendars[at : at + _GROUP]:
                row, channel = self._admitted(calendar.address), self._channel(calendar.user)
                channel = replace(channel, channel_id=f"{row.user}-{channel.channel_id}")
                channel = replace(channel, token=self.vault.channel_token(channel.channel_id).reveal())
                filled.users.append(row.user)
                filled.channels[calendar.user] = channel
                writes += [AddUser(row=row, at=self._now), self._save(row.user, channel, self._sealed(row, calendar))]
                self.vault.forget(row.user)
            self._store.commit(writes)
        return filled

    def people(self, addresses: Sequence[str], facts: Callable[[int], EventFact]) -> list[UserId]:
        """People with one meeting each that has no content, and no channel."""
        rows = [self.vault.new_user(Plain(address)) for address in addresses]
        for at in range(0, len(rows), _GROUP):
            writes: list[Write] = []
            for number, row in enumerate(rows[at : at + _GROUP], at):
                event = SealedEvent(fact=facts(number), item=b"{}", join=None)
                writes += [AddUser(row=row, at=self._now), self._save(row.user, None, [event])]
            self._store.commit(writes)
        return [row.user for row in rows]

    def _admitted(self, address: str) -> NewUser:
        row = self.vault.new_user(Plain(address))
        self.vault.admit(row.user, row.wrapped_key)
        return row

    def _channel(self, user: int) -> Channel:
        return Channel(secrets.token_hex(16), "", f"resource{user:05d}")

    def _sealed(self, row: NewUser, calendar: Calendar) -> list[SealedEvent]:
        read = [item(calendar.item(slot).encode()) for slot in calendar.slots(None)]
        analysed = [analyse(event) for event in read if isinstance(event, CalendarEvent)]
        contents = self.vault.seal_events(row.user, [content for _, content in analysed])
        return [
            SealedEvent(
                fact=replace(fact, digest=content.digest, join_digest=content.join_digest),
                item=content.item,
                join=content.join,
            )
            for (fact, _), content in zip(analysed, contents, strict=True)
        ]

    def _save(self, user: UserId, channel: Channel | None, events: list[SealedEvent]) -> Save:
        return Save(user=user, version=1, durable=self._durable(channel), put=tuple(events))

    def _durable(self, channel: Channel | None) -> states.Durable:
        channels: tuple[states.Channel, ...] = ()
        if channel is not None:
            expires = Instant(self._now + _WEEK)
            channels = (
                states.Channel(
                    channel_id=channel.channel_id,
                    state="open",
                    asked_at=self._now,
                    resource_id=channel.resource_id,
                    expires_at=expires,
                ),
            )
        return states.Durable(
            version=1,
            standing=states.Standing(state="active", since=self._now),
            sync_token="s-0",
            synced_at=self._now,
            full_at=self._now,
            channels=channels,
            resource_id=channel.resource_id if channel else "",
            person_id="person",
            room_at=self._now,
        )
