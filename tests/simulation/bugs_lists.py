"""Planted bugs in what is stored: order of writing, lists, series, windows, secrecy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actors import tokens
from hybridcal_daemon.adapters.google import mapping
from hybridcal_daemon.adapters.kms import vault
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.domain import recurrence, rows, sync
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.tokens import Wait
from hybridcal_daemon.domain.values import DAY, AllDay, Instant, Timed, Window, as_instant, served_window
from hybridcal_daemon.ports import LeaveUser
from tests.simulation.planted import bug

if TYPE_CHECKING:
    from tests.simulation.planted import Change


@bug("list", "card", "meeting", "block")
def token_before_rows() -> list[Change]:
    """The sync token is committed at once, the rows that it stands for with the next commit."""

    def commit(self, writes):
        late = vars(self).pop("late", [])
        early = [replace(write, put=(), delete=()) if isinstance(write, Save) else write for write in writes]
        self.late = [write for write in writes if isinstance(write, Save) and (write.put or write.delete)]
        real(self, [*late, *early])

    real = SqliteStore.commit
    return [(SqliteStore, {"commit": commit})]


@bug("deactivated", "liveness", "access", needs=("deactivated",))
def leave_forgotten() -> list[Change]:
    """That somebody is to leave is kept in memory only."""

    def commit(self, writes):
        kept = [write for write in writes if not isinstance(write, LeaveUser)]
        real(self, [_without_goodbye(write) if isinstance(write, Save) else write for write in kept])

    real = SqliteStore.commit
    return [(SqliteStore, {"commit": commit})]


def _without_goodbye(write: Save) -> Save:
    standing = replace(write.durable.standing, state="active")
    leaves = write.durable.left_at > 0
    return replace(write, durable=replace(write.durable, left_at=Instant(0), standing=standing)) if leaves else write


@bug("list", needs=("410 at the first page of a list that is incremental",))
def no_sweep() -> list[Change]:
    """A full list does not remove what it did not show."""
    return [(rows, {"sweep": lambda _draft, _traversal, _window: 0})]


@bug("list", "card", "block")
def pages_lost() -> list[Change]:
    """Only the last page of a traversal is applied."""

    def stage(traversal, page, wide):
        traversal.events.clear()
        traversal.removed.clear()
        real(traversal, page, wide)

    real = sync._stage
    return [(sync, {"_stage": stage})]


@bug("list")
def exceptions_not_subtracted() -> list[Change]:
    """The occurrence that an exception replaces is shown as well."""
    return [(recurrence, {"_original": lambda _fact: None})]


@bug("list")
def holes_dropped() -> list[Change]:
    """A cancelled occurrence is forgotten instead of being kept as a hole in its series."""

    def removed(draft, gone, window, mothers):
        if gone.series_id is None:
            real(draft, gone, window, mothers)
        else:
            draft.drop(gone.event_id)

    real = rows._apply_removed
    return [(rows, {"_apply_removed": removed})]


@bug("list")
def window_a_day_short() -> list[Change]:
    """The stored window ends a day too early."""

    def stored(now):
        served = served_window(now)
        return Window(start=served.start, end=Instant(served.end - DAY))

    return [(sync, {"stored_window": stored})]


@bug("list")
def window_without_advance() -> list[Change]:
    """The stored window reaches as far as what is served at that moment, and no further."""
    return [(sync, {"stored_window": served_window})]


@bug("list")
def series_in_utc() -> list[Change]:
    """A series goes on in steps of 24 hours, whatever the clocks of its zone do."""

    def place(start):
        if isinstance(start, AllDay):
            return real(start)
        first = recurrence._local(start.at, recurrence._zone(start.tz)).date()
        return lambda day: Timed(at=start.at + (day - first).days * int(DAY), tz=start.tz)

    real = recurrence._place
    return [(recurrence, {"_place": place})]


@bug("list", "card")
def days_as_instants() -> list[Change]:
    """An all-day event is taken for a moment at midnight UTC."""

    def when(moment, zone):
        found = real(moment, zone)
        return Timed(at=int(as_instant(found)), tz="UTC") if isinstance(found, AllDay) else found

    real = mapping.when
    return [(mapping, {"when": when})]


@bug("list", "block", "presence", "card", "push")
def deaf() -> list[Change]:
    """Hints are ignored, and nobody polls."""

    def following(draft):
        due, full = real(draft)
        return (due, True) if full else (Instant(due + DAY), False)

    real = sync._next
    return [(sync, {"_next": following, "mark_dirty": lambda _draft, **_how: None})]


@bug("list", "liveness", "card", "block", needs=("410 at the first page of a list that is incremental",))
def void_token_kept() -> list[Change]:
    """A sync token that Google no longer takes is tried again and again."""

    def failed(draft, failure):
        token = draft.durable.sync_token
        real(draft, failure)
        draft.keep(sync_token=token)

    real = sync.failed
    return [(sync, {"failed": failed})]


@bug("access")
def gate_open() -> list[Change]:
    """The tokens actor asks for a token whoever the subject is."""

    def look(state, key, now, *, force=False):
        return real(state, key, now, force=force) if key[0] in state.admitted else Wait(mint=True)

    real = tokens.look
    return [(tokens, {"look": look})]


@bug("secrecy")
def stored_in_clear() -> list[Change]:
    """The title is stored beside its ciphertext."""

    def item_json(content, keys, encrypt, key_url):
        return real(content, keys, encrypt, key_url)[:-1] + b',"title":"%b"}' % content.subject.reveal().encode()

    real = vault.item_json
    return [(vault, {"item_json": item_json})]
