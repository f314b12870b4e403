"""From a write of the port to the SQL that performs it; pure.

Owns: what each write means in rows. Promises: values are checked and encoded here, before a transaction begins: a
``Plain`` or an unsealed cell is a TypeError and touches nothing. Does not: execute.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Final, NamedTuple

from hybridcal_daemon.adapters.store.codec import encode_durable, encode_fact
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import SealedEvent
from hybridcal_daemon.domain.state import Durable, Standing
from hybridcal_daemon.domain.values import Sealed, UserId, as_instant
from hybridcal_daemon.ports import AddUser, Audit, EraseUser, LeaveUser

Value = str | bytes | int | float | None
Row = tuple[Value, ...]


class Step(NamedTuple):
    """One statement for some rows. ``gate``: when it changes no row, the write's remaining steps are left out."""

    sql: str
    rows: tuple[Row, ...]
    gate: bool = False


_ADD_USER: Final = """INSERT INTO user (user_id, address, address_index, wrapped_key, added_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING"""
_ADD_DURABLE: Final = "INSERT INTO durable (user_id, version, state, code, since, body) VALUES (?, ?, ?, ?, ?, ?)"
_LEAVE: Final = """UPDATE durable SET state = 'leaving', code = '', since = ?
    WHERE user_id = ? AND state <> 'leaving'"""
_UNDECORATE: Final = "UPDATE durable SET code = ? WHERE user_id = ? AND state = 'leaving'"
UNDECORATE: Final = "undecorate"
"""In the column ``code`` of somebody who leaves, who has no trouble of their own any more: blocks are taken out."""
_ERASE: Final = "DELETE FROM user WHERE user_id = ?"
_BURY: Final = "INSERT INTO tombstone (user_id, erased_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
_AUDIT: Final = "INSERT INTO audit (at, actor, action, user_id, outcome) VALUES (?, ?, ?, ?, ?)"
_SAVE: Final = """UPDATE durable SET version = ?, code = CASE state WHEN 'leaving' THEN code ELSE ? END, body = ?,
    since = CASE state WHEN 'leaving' THEN since ELSE ? END, state = CASE state WHEN 'leaving' THEN state ELSE ? END
    WHERE user_id = ?"""
_PUT: Final = """INSERT INTO event (user_id, event_id, start_at, end_at, fact, item, join_cell)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET start_at = excluded.start_at, end_at = excluded.end_at, fact = excluded.fact,
    item = excluded.item, join_cell = excluded.join_cell"""
_DELETE: Final = "DELETE FROM event WHERE user_id = ? AND event_id = ?"


@singledispatch
def steps(write: object) -> tuple[Step, ...]:
    """SQL of one write. TypeError for anything that may not be stored."""
    raise TypeError(f"a store does not know {type(write).__name__}")


@steps.register
def _(write: AddUser) -> tuple[Step, ...]:
    """An address that is activated already, or an id that is taken, changes nothing."""
    row = write.row
    user = (row.user, sealed(row.address, "address"), row.index, row.wrapped_key, write.at)
    body = encode_durable(Durable(standing=Standing(since=write.at)))
    return Step(_ADD_USER, (user,), gate=True), Step(_ADD_DURABLE, ((row.user, 0, "pending", "", write.at, body),))


@steps.register
def _(write: LeaveUser) -> tuple[Step, ...]:
    """No later Save takes this back."""
    leave = Step(_LEAVE, ((write.at, write.user),))
    return (leave, Step(_UNDECORATE, ((UNDECORATE, write.user),))) if write.undecorate else (leave,)


@steps.register
def _(write: EraseUser) -> tuple[Step, ...]:
    """Durable state and events go by foreign key."""
    return Step(_ERASE, ((write.user,),), gate=True), Step(_BURY, ((write.user, write.at),))


@steps.register
def _(write: Audit) -> tuple[Step, ...]:
    return (Step(_AUDIT, ((write.at, write.actor, write.action, write.user, write.outcome),)),)


@steps.register
def _(write: Save) -> tuple[Step, ...]:
    """Deletes come after puts. A user who is erased or unknown gets nothing."""
    state = Step(_SAVE, (_durable_row(write),), gate=True)
    put = Step(_PUT, tuple(_event_row(write.user, event) for event in write.put))
    delete = Step(_DELETE, tuple((write.user, event_id) for event_id in write.delete))
    return tuple(step for step in (state, put, delete) if step.rows)


def sealed(cell: object, what: str) -> bytes:
    """Give the bytes of a cell. TypeError for anything but ``Sealed``: nothing else is ever stored."""
    if not isinstance(cell, Sealed):
        raise TypeError(f"only Sealed is stored, but {what} is {type(cell).__name__}")
    return bytes(cell)


def _durable_row(write: Save) -> Row:
    durable, standing = write.durable, write.durable.standing
    if durable.room is not None:
        sealed(durable.room, "the room")
    body = encode_durable(durable)
    return write.version, standing.code, body, standing.since, standing.state, write.user


def _event_row(user: UserId, event: SealedEvent) -> Row:
    fact = event.fact
    if not isinstance(event.item, bytes):
        raise TypeError(f"an item is JSON in bytes, not {type(event.item).__name__}")
    start, end = int(as_instant(fact.start)), int(as_instant(fact.end))
    cell = None if event.join is None else sealed(event.join, "the join cell")
    return user, fact.event_id, start, end, encode_fact(fact), event.item, cell
