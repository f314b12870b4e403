"""What happens in a model calendar, worked out by the model: the edge of a window, a series' occurrences, one event."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hybridcal_daemon.domain.events import EventFact, Quarantined, Removed
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import CallFailed, EdgeListed, EventFetched, InstancesListed, ProfileRead
from hybridcal_daemon.domain.recurrence import occurrences, touches
from hybridcal_daemon.domain.values import Window
from tests.domain_decisions.facts import sealed

EXOTIC = ";BYHOUR=12"
"""A part that the daemon does not trust, and that the model knows to mean nothing."""


def plainly(fact: EventFact) -> EventFact:
    """A series as if its rule were one that is expanded locally."""
    return replace(fact, recurrence=tuple(line.replace(EXOTIC, "") for line in fact.recurrence))


@dataclass
class Happening:
    """The part of ``models.Google`` that knows what happens when. ``events``, ``holes``, ``unreadable``: its own."""

    page_size = 3

    def within(self, window: Window) -> dict[str, EventFact]:
        """Rows that a window needs."""
        return {event_id: fact for event_id, fact in self.events.items() if touches(plainly(fact), window)}

    def happening(self, window: Window) -> dict[str, EventFact]:
        """Everything that happens in a window, by Google's id: exceptions as they are, occurrences made up."""
        facts = [plainly(fact) for fact in self.events.values()]
        facts += [_as_fact(hole) for hole in self.holes.values()]
        found, unexpanded = occurrences(facts, window)
        assert unexpanded == ()
        return {one.instance: self._made(one) for one in found}

    def _made(self, one) -> EventFact:
        fact = self.events[one.fact.event_id]
        likeness = {"as_series": fact.likeness}
        if not fact.recurrence:
            return replace(fact, **(likeness if fact.series_id else {}))
        return replace(
            fact,
            event_id=one.instance,
            etag=f"{fact.etag}-{one.instance}",
            recurrence=(),
            series_id=fact.event_id,
            original_start=one.start,
            start=one.start,
            end=one.end,
            **likeness,
        )

    # ---- answers

    def _pick(self, call, items: list) -> tuple[list, list, str | None]:
        """One page: good ones, unreadable ones, next page. All pages are of the moment of the first one."""
        name, _, offset = (call.page_token or f"{call.request_id}+0").partition("+")
        items, _ = self.pages.setdefault(name, (items, ""))
        end = int(offset) + self.page_size
        page = items[int(offset) : end]
        good = [fact for fact in page if fact.event_id not in self.unreadable]
        bad = [fact.event_id for fact in page if fact.event_id in self.unreadable]
        return good, bad, f"{name}+{end}" if end < len(items) else None

    def edge(self, call):
        good, bad, after = self._pick(call, list(self.happening(call.window).values()))
        return self._listed(EdgeListed, call, good, bad, next_page=after)

    def instances(self, call):
        if call.series_id not in self.events:
            return _refused(call, Kind.NOT_FOUND, "google-not-found")
        facts = [fact for fact in self.happening(call.window).values() if fact.series_id == call.series_id]
        good, bad, after = self._pick(call, facts)
        return self._listed(InstancesListed, call, good, bad, next_page=after, series_id=call.series_id)

    def _listed(self, kind, call, good, bad, **rest):
        return kind(
            request_id=call.request_id,
            user=call.user,
            events=tuple(sealed(fact) for fact in good),
            quarantined=tuple(Quarantined(event_id=each, reason="shape") for each in bad),
            **rest,
        )

    def fetch(self, call):
        fact = self.events.get(call.event_id)
        event = None if fact is None else sealed(fact)
        return EventFetched(request_id=call.request_id, user=call.user, event_id=call.event_id, event=event)

    def profile(self, call):
        return ProfileRead(request_id=call.request_id, user=call.user, locale="de", timezone="Europe/Berlin")


def _as_fact(hole: Removed) -> EventFact:
    return EventFact(
        event_id=hole.event_id,
        etag=hole.etag,
        start=hole.original_start,
        end=hole.original_start,
        series_id=hole.series_id,
        original_start=hole.original_start,
        cancelled=True,
    )


def _refused(call, kind, code):
    return CallFailed(request_id=call.request_id, user=call.user, kind=kind, code=code)


def seen(facts, window) -> dict[str, tuple]:
    """What readers see of these rows in a window, by Google's id."""
    found, _ = occurrences(facts, window)
    return {one.instance: (one.start, one.end, one.fact.response, one.fact.join_digest) for one in found}


def truth(google, window) -> dict[str, tuple]:
    """What they should see."""
    return {
        instance: (fact.start, fact.end, fact.response, fact.join_digest)
        for instance, fact in google.happening(window).items()
    }
