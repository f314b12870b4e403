"""The other lists: the edge of the window, occurrences of a series, one event, settings.

Owns: these calls from order to answer. Promises: CallError only; nothing of an event's text leaves but sealed; what
is not kept (``events.is_kept``) is left out. Does not: list changes (``google.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hybridcal_daemon.domain.events import is_kept
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import EdgeListed, EventFetched, InstancesListed, ProfileRead
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.work import sealing
from hybridcal_daemon.work.calling import calendar_of, with_token

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import FetchEvent, ListEdge, ListInstances, ReadProfile
    from hybridcal_daemon.domain.events import Quarantined, SealedEvent
    from hybridcal_daemon.domain.messages import Answer
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import EventsPage
    from hybridcal_daemon.work.sealing import Analysed
    from hybridcal_daemon.work.tools import GoogleTools


def edge(call: ListEdge, tools: GoogleTools) -> Answer:
    """List everything that happens in a window, occurrences ready to be compared with their series."""
    calendar = calendar_of(tools, call.user)
    page = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.list_edge(
            token, call.user, window=call.window, page_token=call.page_token, calendar=calendar
        ),
    )
    looked_at, bad = _kept(call.user, page, tools)
    return EdgeListed(
        request_id=call.request_id,
        user=call.user,
        events=_comparable(call.user, looked_at, tools),
        quarantined=bad,
        next_page=page.next_page,
    )


def instances(call: ListInstances, tools: GoogleTools) -> Answer:
    """List the occurrences of a series."""
    calendar = calendar_of(tools, call.user)
    page = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.instances(
            token, call.user, call.series_id, window=call.window, page_token=call.page_token, calendar=calendar
        ),
    )
    looked_at, bad = _kept(call.user, page, tools)
    return InstancesListed(
        request_id=call.request_id,
        user=call.user,
        series_id=call.series_id,
        events=sealing.sealed(call.user, looked_at, tools),
        quarantined=bad,
        next_page=page.next_page,
    )


def _kept(user: UserId, page: EventsPage, tools: GoogleTools) -> tuple[list[Analysed], tuple[Quarantined, ...]]:
    looked_at, bad = sealing.analysed(user, (event for event in page.events if is_kept(event)), tools)
    return looked_at, (*page.quarantined, *bad)


def _comparable(user: UserId, looked_at: list[Analysed], tools: GoogleTools) -> tuple[SealedEvent, ...]:
    """Seal them, each occurrence of a series also under the series' id.

    The digests are made for one id, so that the same text in two events is not seen to be the same; an occurrence is
    compared with its series by the digests that it would have in its place.
    """
    instead = [
        (fact, replace(content, event_id=fact.series_id)) for fact, content in looked_at if fact.series_id is not None
    ]
    sealed = sealing.sealed(user, [*looked_at, *instead], tools)
    likeness = {row.fact.event_id: row.fact.likeness for row in sealed[len(looked_at) :]}
    return tuple(
        replace(row, fact=replace(row.fact, as_series=likeness.get(row.fact.event_id, "")))
        for row in sealed[: len(looked_at)]
    )


def fetch(call: FetchEvent, tools: GoogleTools) -> Answer:
    """Read one event; one that is not kept counts as gone."""
    calendar = calendar_of(tools, call.user)
    event = with_token(
        tools,
        call.user,
        lambda token: tools.calendar.get_event(token, call.user, call.event_id, calendar=calendar),
    )
    found = None
    if event is not None and is_kept(event):
        looked_at, bad = sealing.analysed(call.user, [event], tools)
        if bad:
            raise CallError(Kind.INVALID, "google-bad-answer")
        found = sealing.sealed(call.user, looked_at, tools)[0]
    return EventFetched(request_id=call.request_id, user=call.user, event_id=call.event_id, event=found)


def profile(call: ReadProfile, tools: GoogleTools) -> Answer:
    """Read the two settings, with a token that is good for settings only."""
    locale, timezone = (_setting(call.user, name, tools) for name in ("locale", "timezone"))
    return ProfileRead(request_id=call.request_id, user=call.user, locale=locale, timezone=timezone)


def _setting(user: UserId, name: str, tools: GoogleTools) -> str:
    return with_token(tools, user, lambda token: tools.calendar.setting(token, user, name), Purpose.SETTINGS)
