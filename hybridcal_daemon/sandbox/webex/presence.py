"""``/apheleia/api/v1``: presence events and compositions.

Owns: which presence holds for whom. Promises: an event holds for its ``ttl`` by the stand-in's clock and then ends by
itself; a later event of the same person replaces it; ``clear`` ends it early. Does not: push subscriptions.

Based on:

* Paths, the four body keys, the limit of 50 subjects, the keys of a composition, ``-1`` for "no end" [open code of the
  Webex JavaScript SDK: presence plugin, and a recording of its requests]; ``label`` may be missing for ``dnd`` only
  [that recording].
* One event replacing another, ``clear`` ending it, ``inactive`` for somebody without any event: [inferred].
* A ``subject`` other than the token's own person is refused with 403 unless the token's service app was given
  ``presence_on_behalf`` in the control calls. What the real cloud answers a service app is unknown: the SDK only ever
  sets its own user's presence [unverified]. Bots are refused [inferred].
* Unknown keys, subjects that nobody has (404), and a time-to-live below one second: refused [inferred].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, timestamp
from hybridcal_daemon.sandbox.webex.world import PresenceEvent

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Person

EVENT_TYPES: Final = frozenset(
    {"active", "calendarItem", "call", "clear", "dnd", "inactive", "meeting", "ooo", "presenting"}
)
MOST_SUBJECTS: Final = 50
NOBODY_SAID: Final = "inactive"


def current(person: Person, now: Instant) -> tuple[str, PresenceEvent | None]:
    """Give the status that holds, with the event that it comes from."""
    last = person.presence[-1] if person.presence else None
    if last is None or last.event_type == "clear" or now >= last.at + last.ttl:
        return NOBODY_SAID, None
    return last.event_type, last


def set_event(call: Call) -> MarkedResponse:
    """``POST events``."""
    sent = call.body(subject=str, eventType=str, label=str, ttl=int)
    _check_event(sent)
    subject = _subject(call, sent["subject"])
    if subject is not call.token.owner and not call.token.on_behalf:
        raise Refusal(403, "The token may not set the presence of another user.")
    event = PresenceEvent(at=call.now, event_type=sent["eventType"], ttl=sent["ttl"], by=call.token.owner.address)
    subject.presence.append(event)
    return answered({**sent, "status": current(subject, call.now)[0], "statusTime": timestamp(call.now)})


def _check_event(sent: dict[str, Any]) -> None:
    needed = {"subject", "eventType", "ttl"} | ({"label"} if sent.get("eventType") != "dnd" else set())
    missing = sorted(needed - sent.keys())
    if missing:
        raise Refusal(400, f"Field '{missing[0]}' is required.")
    if sent["eventType"] not in EVENT_TYPES:
        raise Refusal(400, "Field 'eventType' is not a known event type.")
    if sent["ttl"] < (0 if sent["eventType"] == "clear" else 1):
        raise Refusal(400, "Field 'ttl' must be a positive number of seconds.")
    if sent.get("label", sent["subject"]) != sent["subject"]:
        raise Refusal(400, "Field 'label' must be the subject.")


def _subject(call: Call, uuid: str) -> Person:
    if call.token.owner.kind == "bot":
        raise Refusal(403, "A bot has no presence.")
    person = call.world.people.get(uuid)
    if person is None or person.kind != "person":
        raise Refusal(404, "The subject is not known.")
    return person


def one_composition(call: Call) -> MarkedResponse:
    """``GET compositions?userId=``."""
    call.only_query("userId")
    if "userId" not in call.query:
        raise Refusal(400, "Query parameter 'userId' is required.")
    return answered(composition(_subject(call, call.query["userId"]), call.now))


def many_compositions(call: Call) -> MarkedResponse:
    """``POST compositions``; subjects that nobody has are left out."""
    subjects = call.body(subjects=list).get("subjects", [])
    if not 1 <= len(subjects) <= MOST_SUBJECTS or not all(isinstance(item, str) for item in subjects):
        raise Refusal(400, f"Field 'subjects' must be a list of 1 to {MOST_SUBJECTS} user ids.")
    if call.token.owner.kind == "bot":
        raise Refusal(403, "A bot has no presence.")
    people = [call.world.people[uuid] for uuid in subjects if uuid in call.world.people]
    return answered({"statusList": [composition(person, call.now) for person in people]})


def composition(person: Person, now: Instant) -> dict[str, Any]:
    """Write what holds for a person."""
    status, event = current(person, now)
    value: dict[str, Any] = {
        "url": f"/apheleia/api/v1/compositions?userId={person.uuid}",
        "subject": person.uuid,
        "status": status,
        "statusTime": timestamp(event.at if event else person.created),
        "lastActive": timestamp(person.created),
        "expiresTTL": -1,
        "vectorCounters": {"sourceDC": "sandbox", "counters": {"sandbox": len(person.presence)}},
        "suppressNotifications": status == "dnd",
    }
    if event is not None:
        ends = Instant(event.at + event.ttl)
        value |= {"expiresTTL": int(ends - now), "expires": int(ends - now), "expiresTime": timestamp(ends)}
    return value
