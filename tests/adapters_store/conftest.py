"""Stores in temporary state directories, and values to put into them."""

from __future__ import annotations

import pytest

from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.state import Durable, Standing
from hybridcal_daemon.domain.values import Instant, Sealed, Timed, UserId
from hybridcal_daemon.ports import AddUser, NewUser

NOW = Instant(1_900_000_000.5)


class Make:
    """Values with everything that a test does not care about filled in."""

    @staticmethod
    def add(name: str, *, index: bytes | None = None) -> AddUser:
        row = NewUser(
            user=UserId(name),
            address=Sealed(b"address of " + name.encode()),
            index=index or b"index of " + name.encode(),
            wrapped_key=b"key of " + name.encode(),
        )
        return AddUser(row=row, at=NOW)

    @staticmethod
    def event(event_id: str, *, item: bytes = b"{}", join: Sealed | None = None, at: int = 1_900_000_000, etag="1"):
        start, end = Timed(at=at, tz="Europe/Berlin"), Timed(at=at + 1800, tz="Europe/Berlin")
        return SealedEvent(fact=EventFact(event_id=event_id, etag=etag, start=start, end=end), item=item, join=join)

    @staticmethod
    def save(name: str, version: int, *, put=(), delete=(), **durable) -> Save:
        durable.setdefault("standing", Standing(state="active", since=NOW))
        return Save(
            user=UserId(name),
            version=version,
            durable=Durable(version=version, **durable),
            put=tuple(put),
            delete=tuple(delete),
        )


@pytest.fixture(scope="session")
def make():
    return Make


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "hybridcal.db"


@pytest.fixture
def store(path):
    opened = SqliteStore(path)
    opened.open()
    yield opened
    opened.close()
