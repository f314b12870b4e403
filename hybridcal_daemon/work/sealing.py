"""From events as Google gave them to facts and sealed content.

Owns: the step after which no text of an event is in clear any more. Promises: one event that trips the analysis costs
only itself. Does not: fetch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hybridcal_daemon.domain.events import EventContent, EventFact, Quarantined, SealedEvent, analyse
from hybridcal_daemon.domain.values import is_room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hybridcal_daemon.domain.events import CalendarEvent
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.work.tools import GoogleTools

Analysed = tuple[EventFact, EventContent]


def look_at(user: UserId, event: CalendarEvent, tools: GoogleTools) -> Analysed:
    """Analyse one event of this user's calendar.

    A room organises what is booked in its own calendar only in name: there is nobody whose meeting it would be, and
    nothing that we write to (google.md D "Who").
    """
    fact, content = analyse(event, webex=tools.webex, meet=tools.meet, owner=user, rules=tools.rules())
    return (replace(fact, organiser=False, writable=False) if is_room(user) else fact), content


def analysed(
    user: UserId, events: Iterable[CalendarEvent], tools: GoogleTools
) -> tuple[list[Analysed], list[Quarantined]]:
    """Analyse each; those that trip it are named."""
    good, bad = [], []
    for event in events:
        try:
            good.append(look_at(user, event, tools))
        except Exception:  # noqa: BLE001 - any stranger can send an invitation; one that trips us must not stop a calendar
            bad.append(Quarantined(event_id=event.event_id, reason="analysis"))
    return good, bad


def sealed(user: UserId, looked_at: list[Analysed], tools: GoogleTools) -> tuple[SealedEvent, ...]:
    """Seal what was analysed. CallError SEALED."""
    if not looked_at:
        return ()
    contents = tools.seal_events(user, [content for _, content in looked_at])
    return tuple(
        SealedEvent(
            fact=replace(
                fact,
                digest=content.digest,
                join_digest=content.join_digest,
                title_digest=content.title_digest,
                guests_digest=content.guests_digest,
            ),
            item=content.item,
            join=content.join if fact.kind == "meeting" else None,
        )
        for (fact, _), content in zip(looked_at, contents, strict=True)
    )
