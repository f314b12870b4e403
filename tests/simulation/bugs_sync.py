"""Planted bugs in keeping up with a calendar: traversals, edges, occurrences that Google works out, windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.google import lists
from hybridcal_daemon.domain import answering, edge, expanding, hints, rows, sync, writing
from hybridcal_daemon.domain.messages import EventFetched
from hybridcal_daemon.domain.recurrence import touches
from tests.simulation.planted import bug

if TYPE_CHECKING:
    from tests.simulation.planted import Change


@bug("list", "card", "block")
def loop_ends_at_a_page() -> list[Change]:
    """The first page of changes is taken for the last one (google.md C.4, 2 and 21)."""

    def following(draft, traversal, next_page):
        if traversal.full:
            real(draft, traversal, next_page)
        else:
            sync._apply(draft, traversal, draft.durable.sync_token)

    real = sync._continue
    return [(sync, {"_continue": following})]


@bug("list", "card", "block", "push", "retention", "window", "liveness")
def void_swallowed() -> list[Change]:
    """A sync token that is over counts as a list without changes (C.4, 8)."""

    def swallow(draft, failure):
        del failure
        draft.flight.dirty_at = None
        draft.keep(synced_at=draft.now)

    return [(sync, {"_void": swallow})]


@bug("list", "card", "block")
def void_without_a_list() -> list[Change]:
    """After a 410 the fresh token is taken, and not what the list shows (C.4, 4)."""

    def applied(draft, traversal, window):
        if not (traversal.full and draft.durable.full_at):
            real(draft, traversal, window)

    real = rows.apply
    return [(rows, {"apply": applied, "sweep": lambda _draft, _traversal, _window: 0})]


@bug("list", "card", needs=("old version after the new one",))
def older_version_stands() -> list[Change]:
    """Of two versions in one traversal the one that came last stands (C.4, 25)."""
    return [(sync, {"_is_older": lambda _traversal, _event_id, _updated: False})]


@bug("contract")
def filters_with_a_token() -> list[Change]:
    """The bounds of the first list are sent with the sync token, too (C.4, 1)."""

    def params(self):
        return {"syncToken": self.sync_token, "timeMin": "2027-01-01T00:00:00Z"}

    return [(lists.IncrementalList, {"params": params})]


@bug("contract")
def edge_takes_the_token() -> list[Change]:
    """The sync token of the list of the edge is put in the place of the stream's (C.4, 20)."""

    def applied(draft, traversal):
        real(draft, traversal)
        draft.keep(sync_token="token of the edge")

    real = edge._apply
    return [(edge, {"_apply": applied})]


@bug("window")
def window_stays() -> list[Change]:
    """Nothing moves the window on but a full list, now and then."""
    return [(edge, {"settle": lambda _draft: None})]


@bug("retention", needs=("log sync.edge",))
def tail_kept() -> list[Change]:
    """What the window has left behind is kept."""
    return [(edge, {"_purge": lambda _draft, _window: 0})]


@bug("list", "card", "liveness", "room-access", "push", needs=("people: series that is asked for ended",))
def derived_outlive_their_series() -> list[Change]:
    """The occurrences that were asked for stay when their series is cancelled (C.4, 14)."""

    def drop(draft, series_id):
        for fact in list(draft.events.values()):
            if fact.series_id == series_id and not fact.derived:
                draft.drop(fact.event_id)

    return [(rows, {"drop_occurrences": drop})]


@bug("list", "card", needs=("answered.ListInstances",))
def occurrences_not_renewed() -> list[Change]:
    """Occurrences that were asked for once stay as they are when their series changes."""

    def is_due(draft, series, known, window):
        return known is None and real(draft, series, known, window)

    real = expanding._is_due
    return [(expanding, {"_is_due": is_due})]


@bug("list", "card", needs=("answered.ListInstances",))
def occurrences_not_asked_for() -> list[Change]:
    """Series outside the rules that are expanded here are shown without any occurrence."""
    return [(expanding, {"_expand": lambda _draft, _kin: None})]


@bug("list", "card", needs=("answered.FetchEvent",))
def orphans_dropped() -> list[Change]:
    """When the series of an exception could not be read, the exception is dropped."""

    def failed(draft, what, subject, failure):
        if what == expanding.ORPHAN:
            rows.drop_occurrences(draft, subject)
        real(draft, what, subject, failure)

    real = expanding.failed
    return [(expanding, {"failed": failed})]


@bug("list", "card")
def orphans_of_far_series_dropped() -> list[Change]:
    """An exception whose series does not happen these days is dropped."""

    def heard(draft, answer):
        real(draft, answer)
        if answer.event is not None and not touches(answer.event.fact, sync.kept_window(draft)):
            rows.drop_occurrences(draft, answer.event_id)

    real = expanding.fetched
    return [(answering, {"HEARD_BY": {**answering.HEARD_BY, EventFetched: heard}})]


@bug("push", "list", "card", "block")
def last_push_lost() -> list[Change]:
    """A push that comes while a list is under way is answered by that list."""

    def applied(draft, traversal, next_token):
        real(draft, traversal, next_token)
        hints.looked(draft)

    real = sync._apply
    return [(sync, {"_apply": applied})]


@bug("list", "card", "push", "block", "window", "liveness", "errand", needs=("usage limited",))
def quota_stops_reads() -> list[Change]:
    """A calendar that takes no more writes is not read any more either."""

    def failed(draft, failure):
        about_all = real(draft, failure)
        if about_all:
            draft.failed(sync.LIST, failure)
        return about_all

    real = writing.writes_failed
    return [(writing, {"writes_failed": failed})]
