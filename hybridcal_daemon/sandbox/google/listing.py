"""events.list and events.instances.

Owns: which events a list shows, in which order, page by page. Promises: a traversal shows each event at most once and
loses none that existed through all of it; what changes while it lasts comes with its sync token. Does not: enforce
scopes or read the query string.

Based on, besides ``paging.py``:
* ``nextPageToken`` or ``nextSyncToken``, never both; a page may be short or empty while more follows [discovery
  document; third-party probes]; ``maxResults`` above 2500 counts as 2500 [discovery document].
* ``timeMin`` is an exclusive bound on the end, ``timeMax`` on the start [discovery document]; a series is shown when an
  occurrence by its rule falls within; an exception when its own *or its original* time does [unconfirmed; the reading
  under which a bounded list can be expanded rightly].
* Cancelled events come with ``showDeleted``, a sync token or ``updatedMin``; cancelled exceptions of living series also
  without, unless ``singleEvents`` [discovery document]. Exceptions of a cancelled series are not mentioned [issue
  reports]. Details of cancelled events only with ``showDeleted=true`` [discovery document]. Tombstones leave full
  lists after 30 days [discovery document on ``updatedMin``: about].
* An incremental answer ignores the bounds of the first call [issue reports].
* A list with ``orderBy``, ``q``, ``iCalUID``, ``updatedMin`` or property constraints gives no sync token at its end
  [unconfirmed].
* On somebody else's calendar ``accessRole`` is the reader's [discovery document]; a search does not find what is hidden
  from the searcher, and default reminders are given on the own calendar only [both unconfirmed]. Sync tokens outlive a
  change of access [unconfirmed; some suspect that it ends them].
* An incremental answer with ``singleEvents`` lists a changed series anew; occurrences that a changed rule dropped do
  not come as tombstones [not modelled].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google.access import Seat, own_seat
from hybridcal_daemon.sandbox.google.errors import calendar_refusal
from hybridcal_daemon.sandbox.google.filters import Wanted
from hybridcal_daemon.sandbox.google.instances import expanded, find
from hybridcal_daemon.sandbox.google.paging import (
    Place,
    Position,
    Traversal,
    page_token,
    read_page_token,
    read_sync_token,
    sync_token,
)
from hybridcal_daemon.sandbox.google.render import event_json, instance_json
from hybridcal_daemon.sandbox.google.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.sandbox.google.model import Calendar, Copy, Fields, World
    from hybridcal_daemon.sandbox.google.times import Moment

DEFAULT_SIZE: Final = 250
LARGEST_SIZE: Final = 2500
WITHOUT_SYNC: Final = (
    "orderBy",
    "q",
    "iCalUID",
    "updatedMin",
    "privateExtendedProperty",
    "sharedExtendedProperty",
)

Item = tuple[Position, "Copy", "Moment | None"]


class Lister:
    """Lists of the events of calendars. ``short_pages``: chance that a page is cut short (0 to 1), for the seed."""

    def __init__(self, world: World, short_pages: float) -> None:
        self._world = world
        self._short_pages = short_pages

    def list_events(self, seat: Seat, query: dict[str, Any]) -> Fields:
        """Answer events.list for one page. Refused as Google would."""
        calendar = seat.calendar
        wanted = Wanted.read(query, self._world.now_ms())
        since = read_sync_token(calendar, query, self._world.now_ms()) if "syncToken" in query else None
        place = self._place(calendar, query, "")
        items = self._items(seat, wanted, since, place.traversal.began // 1000)
        if "orderBy" in query:
            items = iter(sorted(items, key=lambda item: item[0]))
        answer = self._page(seat, query, items, place, wanted, "")
        if "nextPageToken" not in answer and not any(name in query for name in WITHOUT_SYNC):
            answer["nextSyncToken"] = sync_token(calendar, place.traversal, query)
        return answer

    def list_instances(self, seat: Seat, event_id: str, query: dict[str, Any]) -> Fields:
        """Answer events.instances for one page; the id of an occurrence gives just itself. Refused: 404, 400."""
        target = find(seat.calendar, event_id)
        place = self._place(seat.calendar, query, event_id)
        wanted = Wanted.read({**query, "singleEvents": True}, self._world.now_ms())
        if target.original is None and not target.copy.meeting.get("recurrence") and not target.copy.meeting.series:
            raise calendar_refusal(400, "invalid", "The event is not recurring.", parameter="eventId")
        items = self._instances(target.copy, target.original, wanted, place.traversal.began // 1000)
        original = query.get("originalStart")
        if original is not None:
            items = (item for item in items if original in self._originals(item))
        return self._page(seat, query, items, place, wanted, event_id)

    def everything(self, calendar: Calendar, query: dict[str, Any]) -> list[Fields]:
        """Give all that a list would show, at once and without tokens."""
        wanted = Wanted.read(query, self._world.now_ms())
        seat = own_seat(calendar)
        items = sorted(self._items(seat, wanted, None, self._world.now_ms() // 1000), key=lambda item: item[0])
        return self._shown(items, query, seat, wanted)

    # ---- which ------------------------------------------------------------------------------------------------------

    def _items(self, seat: Seat, wanted: Wanted, since: int | None, now: int) -> Iterator[Item]:
        calendar = seat.calendar
        copies = calendar.copies.values() if since is None else self._changed(calendar, since)
        guarded = seat.guarded and wanted.searches
        for copy in copies:
            if guarded and seat.hides(copy):
                continue
            if wanted.single and copy.meeting.get("recurrence"):
                if wanted.fits_series(copy, incremental=since is not None):
                    yield from self._occurrences(copy, wanted, now)
            elif wanted.fits(copy, incremental=since is not None):
                yield wanted.key(copy, None), copy, None

    @staticmethod
    def _changed(calendar: Calendar, since: int) -> list[Copy]:
        """Give the copies changed after a revision, in order of creation."""
        changed: list[Copy] = []
        for copy in reversed(calendar.recent.values()):
            if copy.revision <= since:
                break
            changed.append(copy)
        changed.sort(key=lambda copy: copy.sequence)
        return changed

    @staticmethod
    def _occurrences(master: Copy, wanted: Wanted, now: int) -> Iterator[Item]:
        for original in expanded(master, wanted.bounds, now):
            yield wanted.key(master, original), master, original

    def _instances(self, copy: Copy, original: Moment | None, wanted: Wanted, now: int) -> Iterator[Item]:
        if original is not None or not copy.meeting.get("recurrence"):
            if not copy.cancelled or wanted.deleted:
                yield wanted.key(copy, original), copy, original
            return
        if not copy.cancelled or wanted.deleted:
            yield from self._occurrences(copy, wanted, now)
        for meeting in list(copy.meeting.exceptions.values()):
            beside = meeting.copies.get(copy.calendar.address)
            if beside is not None and wanted.fits(beside, incremental=False):
                yield wanted.key(beside, None), beside, None

    @staticmethod
    def _originals(item: Item) -> tuple[str, ...]:
        _, copy, original = item
        shown = event_json(copy, copy.calendar.zone) if original is None else instance_json(copy, original, "UTC")
        start = shown.get("originalStartTime", {})
        return tuple(start.values())

    # ---- page by page -----------------------------------------------------------------------------------------------

    def _place(self, calendar: Calendar, query: dict[str, Any], scope: str) -> Place:
        if "pageToken" in query:
            return read_page_token(calendar, query, scope)
        began = Traversal(calendar.revision, calendar.epoch, self._world.now_ms())
        return Place(began, (), was_empty=False)

    def _page(
        self, seat: Seat, query: dict[str, Any], items: Iterator[Item], place: Place, wanted: Wanted, scope: str
    ) -> Fields:
        size, more = self._size(query, place), False
        taken: list[Item] = []
        for item in items:
            if item[0] <= place.after:
                continue
            if len(taken) >= size:
                more = True
                break
            taken.append(item)
        answer = self._envelope(seat, query)
        answer["items"] = self._shown(taken, query, seat, wanted)
        if more:
            after = taken[-1][0] if taken else place.after
            following = Place(place.traversal, after, was_empty=not taken)
            answer["nextPageToken"] = page_token(seat.calendar, following, query, scope)
        return answer

    def _size(self, query: dict[str, Any], place: Place) -> int:
        """Give the size of this page: mostly what was asked for, by chance less, never empty twice in a row."""
        size = min(int(query.get("maxResults", DEFAULT_SIZE)), LARGEST_SIZE)
        if self._short_pages and self._world.random.random() < self._short_pages:
            return self._world.random.randint(1 if place.was_empty else 0, size)
        return size

    @staticmethod
    def _shown(items: list[Item], query: dict[str, Any], seat: Seat, wanted: Wanted) -> list[Fields]:
        zone, most, bare = query.get("timeZone", seat.calendar.zone), query.get("maxAttendees"), not wanted.deleted
        guarded = seat.guarded
        return [
            event_json(copy, zone, max_attendees=most, bare=bare, hidden=guarded and seat.hides(copy))
            if original is None
            else instance_json(copy, original, zone, max_attendees=most, hidden=guarded and seat.hides(copy))
            for _, copy, original in items
        ]

    def _envelope(self, seat: Seat, query: dict[str, Any]) -> Fields:
        calendar, own = seat.calendar, seat.address == seat.calendar.address
        return {
            "kind": "calendar#events",
            "etag": f'"p{calendar.updated:x}{calendar.revision:x}"',
            "summary": self._world.name_of(calendar.address) if calendar.is_room else calendar.address,
            "updated": stamp(calendar.updated),
            "timeZone": query.get("timeZone", calendar.zone),
            "accessRole": seat.role,
            "defaultReminders": [{"method": "popup", "minutes": 10}] if own else [],
        }
