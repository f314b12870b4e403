"""A database as a running daemon would have left it: people who are activated, synced and watched.

Owns: users, keys, rows and push channels, made by the product's own vault, analysis and store, so that a benchmark need
not activate thousands of people one by one. Promises: what it writes is what those parts write. Does not: take part in
any measurement.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from benchmarks.calendars import event_id
from benchmarks.fake import Channel
from hybridcal_daemon.adapters.clock import SystemClock, SystemRandom
from hybridcal_daemon.adapters.google.mapping import item
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain import state as states
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import CalendarEvent, EventContent, EventFact, SealedEvent, analyse
from hybridcal_daemon.domain.sync import TOKEN_FORM
from hybridcal_daemon.domain.values import Instant, Plain, UserId
from hybridcal_daemon.ports import AddUser, NewUser, Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
        self._looked_at: list[tuple[EventFact, EventContent]] = []
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
        self._commit(write for calendar in calendars for write in self._activated(calendar, filled))
        return filled

    def _activated(self, calendar: Calendar, filled: Filled) -> tuple[Write, ...]:
        row = self.vault.new_user(Plain(calendar.address))
        self.vault.admit(row.user, row.wrapped_key)
        channel_id = f"{row.user}-{secrets.token_hex(16)}"
        channel = Channel(channel_id, self.vault.channel_token(channel_id).reveal(), f"resource{calendar.user:05d}")
        filled.users.append(row.user)
        filled.channels[calendar.user] = channel
        events = self._sealed(row, calendar)
        self.vault.forget(row.user)
        return AddUser(row=row, at=self._now), self._save(row.user, channel, events)

    def people(self, addresses: Sequence[str]) -> list[UserId]:
        """People without a meeting and without a channel."""
        rows = [self.vault.new_user(Plain(address)) for address in addresses]
        self._commit(w for row in rows for w in (AddUser(row=row, at=self._now), self._save(row.user, None, [])))
        return [row.user for row in rows]

    def meetings(self, facts: Mapping[UserId, EventFact]) -> None:
        """One meeting for each, which has no content."""
        events = {user: SealedEvent(fact=fact, item=b"{}", join=None) for user, fact in facts.items()}
        self._commit(self._save(user, None, [event]) for user, event in events.items())

    def _commit(self, writes: Iterable[Write]) -> None:
        rest = iter(writes)
        while group := list(islice(rest, _GROUP)):
            self._store.commit(group)

    def _sealed(self, row: NewUser, calendar: Calendar) -> list[SealedEvent]:
        """All that differs between people's meetings here is their ids, so the texts are looked at once."""
        if not self._looked_at:
            read = [item(calendar.item(slot).encode()) for slot in calendar.slots(None)]
            self._looked_at = [analyse(event) for event in read if isinstance(event, CalendarEvent)]
        names = [event_id(calendar.user, slot) for slot in calendar.slots(None)]
        analysed = [
            (replace(fact, event_id=name), replace(content, event_id=name))
            for name, (fact, content) in zip(names, self._looked_at, strict=True)
        ]
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
            window_at=self._now,
            token_form=TOKEN_FORM,
            channels=channels,
            resource_id=channel.resource_id if channel else "",
            person_id="person",
            room_at=self._now,
        )
