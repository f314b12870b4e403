"""From the body of a write to the fields that change.

Owns: the rules for single fields and between them. Promises: pure but for the making of a Meet code; what may not be
written is ignored or refused here, before anything changes. Does not: decide who may write (``writing.py`` does).

Based on: read-only fields in a body are ignored [discovery document: "Read-only"]; arrays are replaced, objects are
merged, null removes [Google guide on patch]; date and dateTime may not be mixed, an empty or negative span is
``timeRangeEmpty``, a timed series needs a zone, DTSTART is no recurrence line [discovery document; reference of
errors]; ``sequence`` is not the client's to set [issue reports]; limits of properties and reminders [discovery
document, guide]; ``conferenceData`` without ``conferenceDataVersion=1``, ``attachments`` without
``supportsAttachments`` and ``eventLabelId`` without ``eventLabelVersion=1`` are dropped silently [discovery document].
A conference is made at once; Google may also answer "pending" first, which is not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hybridcal_daemon.sandbox.google import schema
from hybridcal_daemon.sandbox.google.errors import Refused, calendar_refusal
from hybridcal_daemon.sandbox.google.operations import EVENT_TYPES
from hybridcal_daemon.sandbox.google.recurrence import check_lines
from hybridcal_daemon.sandbox.google.text import LONGEST_DESCRIPTION, without_conference_block
from hybridcal_daemon.sandbox.google.times import Moment, read_when, shown

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields, World

SHARED: Final = frozenset(
    {
        "summary",
        "description",
        "location",
        "anyoneCanAddSelf",
        "birthdayProperties",
        "endTimeUnspecified",
        "focusTimeProperties",
        "guestsCanInviteOthers",
        "guestsCanModify",
        "guestsCanSeeOtherGuests",
        "outOfOfficeProperties",
        "source",
        "workingLocationProperties",
    }
)
PRIVATE: Final = frozenset({"colorId", "transparency", "visibility", "reminders"})
WORDS: Final = {
    "status": frozenset({"confirmed", "tentative", "cancelled"}),
    "transparency": frozenset({"opaque", "transparent"}),
    "visibility": frozenset({"default", "public", "private", "confidential"}),
    "eventType": EVENT_TYPES - {"fromGmail"},
}
MOST_REMINDERS: Final = 5
LONGEST_REMINDER: Final = 40320
MOST_PROPERTIES: Final = 300
MOST_TEXT: Final = 32_768
"""Characters of all properties together."""
LONGEST_KEY: Final = 44
LONGEST_VALUE: Final = 1024


class Before(NamedTuple):
    """What is there before a write: shared and private fields by name, the next sequence, the calendar's zone."""

    shared: Callable[[str], Any]
    private: Callable[[str], Any]
    sequence: int
    zone: str
    is_occurrence: bool = False


class Draft(NamedTuple):
    """What a write changes; None removes. ``attendees`` is left to the caller; ``status`` '' when not sent."""

    shared: Fields
    private: Fields
    status: str


def draft(world: World, body: Fields, query: dict[str, Any], before: Before) -> Draft:
    """Check a body and give its changes. Refused (400) when Google would not take it."""
    schema.check(schema.EVENT, body)
    _check_words(body)
    if body.get("sequence") not in {None, before.sequence}:
        raise calendar_refusal(400, "invalid", "Invalid sequence value. The sequence is set by the server.")
    shared = {name: body[name] for name in SHARED & body.keys()}
    shared |= _times(body, before) | _conference(world, body, query, before) | _attachments(body, query)
    if "status" in body:
        shared["status"] = "tentative" if body["status"] == "tentative" else None
    private = {name: body[name] for name in PRIVATE & body.keys()}
    if query.get("eventLabelVersion") == 1:
        private.pop("colorId", None)
        private |= {name: body[name] or None for name in {"eventLabelId"} & body.keys()}
    _reminders(private, before)
    _properties(body, shared, private, before)
    _description(shared, before)
    return Draft(shared, private, body.get("status") or "")


def merged(old: Any, new: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Merge as a patch does: objects by name, null removes, anything else is replaced."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return {name: value for name, value in new.items() if value is not None} if isinstance(new, dict) else new
    whole = dict(old)
    for name, value in new.items():
        whole[name] = merged(whole.get(name), value)
    return {name: value for name, value in whole.items() if value is not None}


def _check_words(body: Fields) -> None:
    for name, words in WORDS.items():
        if body.get(name) not in {None, *words}:
            raise calendar_refusal(400, "invalid", f"Invalid value for {name}: {body[name]}", parameter=name)


# ---- times ----------------------------------------------------------------------------------------------------------


def _times(body: Fields, before: Before) -> Fields:
    """Give start, end and recurrence when any of them is written, checked together."""
    if not {"start", "end", "recurrence"} & body.keys():
        return {}
    start, end = (_when(body, name, before) for name in ("start", "end"))
    if (start.day is None) != (end.day is None):
        raise calendar_refusal(400, "invalid", "Start and end times must either both be date or both be dateTime.")
    if end.order <= start.order:
        raise calendar_refusal(400, "timeRangeEmpty", parameter="timeMax")
    times: Fields = {}
    if start != before.shared("start") or end != before.shared("end"):
        times = {"start": start, "end": end}
    return times | _recurrence(body, before, start)


def _when(body: Fields, name: str, before: Before) -> Moment:
    old: Moment | None = before.shared(name)
    sent = body.get(name)
    if sent is None:
        if old is None or name in body:
            raise calendar_refusal(400, "required", f"Missing {name} time.", parameter=name)
        return old
    home = old.zone if old is not None and old.day is None else before.zone
    return read_when(merged(shown(old, home) if old is not None else {}, sent), name, before.zone)


def _recurrence(body: Fields, before: Before, start: Moment) -> Fields:
    if "recurrence" not in body:
        return {}
    lines = tuple(body["recurrence"] or ())
    if not lines:
        return {"recurrence": None} if before.shared("recurrence") else {}
    if before.is_occurrence:
        raise calendar_refusal(400, "invalid", "An occurrence of a series has no recurrence.", parameter="recurrence")
    for name in ("start", "end"):
        if start.day is None and before.shared(name) is None and not (body.get(name) or {}).get("timeZone"):
            raise calendar_refusal(400, "required", f"Missing time zone definition for {name} time.")
    try:
        check_lines(lines, start)
    except ValueError as wrong:
        raise calendar_refusal(400, "invalid", f"Invalid recurrence rule. ({wrong})", parameter="recurrence") from wrong
    return {"recurrence": lines}


# ---- other fields ---------------------------------------------------------------------------------------------------


def _description(shared: Fields, before: Before) -> None:
    text = shared.get("description")
    if text is None:
        return
    if len(text) > LONGEST_DESCRIPTION:
        raise calendar_refusal(400, "invalid", "The description is too long.", parameter="description")
    link = shared["hangoutLink"] if "hangoutLink" in shared else before.shared("hangoutLink")
    shared["description"] = text if link else without_conference_block(text)


def _conference(world: World, body: Fields, query: dict[str, Any], before: Before) -> Fields:
    if query.get("conferenceDataVersion", 0) == 0 or "conferenceData" not in body:
        return {}
    sent = body["conferenceData"]
    if sent is None:
        return {"conferenceData": None, "hangoutLink": None}
    wish = sent.get("createRequest")
    if wish is None:
        return {"conferenceData": sent, "hangoutLink": None}
    old = before.shared("conferenceData") or {}
    if old.get("createRequest", {}).get("requestId") == wish.get("requestId"):
        return {}
    if not wish.get("requestId"):
        raise calendar_refusal(400, "invalid", "Invalid conference create request.", parameter="conferenceData")
    return _meet(world, wish)


def _meet(world: World, wish: Fields) -> Fields:
    letters = "".join(world.random.choices("abcdefghijkmnopqrstuvwxyz", k=10))
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    link = f"https://meet.google.com/{code}"
    entry = {"entryPointType": "video", "uri": link, "label": link.removeprefix("https://")}
    solution = {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"}
    conference = {
        "createRequest": {**wish, "status": {"statusCode": "success"}},
        "entryPoints": [entry],
        "conferenceSolution": solution,
        "conferenceId": code,
    }
    return {"conferenceData": conference, "hangoutLink": link}


def _attachments(body: Fields, query: dict[str, Any]) -> Fields:
    if not query.get("supportsAttachments") or "attachments" not in body:
        return {}
    attachments = body["attachments"] or []
    if any(not attachment.get("fileUrl") for attachment in attachments):
        raise calendar_refusal(400, "required", "Missing attachment fileUrl.", parameter="attachments")
    return {"attachments": attachments or None}


def _reminders(private: Fields, before: Before) -> None:
    if private.get("reminders") is None:
        return
    whole = private["reminders"] = merged(before.private("reminders"), private["reminders"])
    overrides = whole.get("overrides", [])
    if len(overrides) > MOST_REMINDERS or (overrides and whole.get("useDefault")):
        raise calendar_refusal(400, "cannotUseDefaultRemindersAndSpecifyOverride" if overrides else "invalid")
    for reminder in overrides:
        if reminder.get("method") not in {"email", "popup"} or not 0 <= reminder.get("minutes", -1) <= LONGEST_REMINDER:
            raise calendar_refusal(400, "invalid", "Invalid reminder.", parameter="reminders")
    whole.setdefault("useDefault", False)


def _properties(body: Fields, shared: Fields, private: Fields, before: Before) -> None:
    if "extendedProperties" not in body:
        return
    sent = body["extendedProperties"] or {"private": None, "shared": None}
    if "shared" in sent:
        shared["sharedProperties"] = _merged_properties(before.shared("sharedProperties"), sent["shared"])
    if "private" in sent:
        private["privateProperties"] = _merged_properties(before.private("privateProperties"), sent["private"])


def _merged_properties(old: Fields | None, sent: Fields | None) -> Fields | None:
    whole: Fields = merged(old or {}, sent) if sent is not None else {}
    if len(whole) > MOST_PROPERTIES or sum(len(key) + len(value) for key, value in whole.items()) > MOST_TEXT:
        raise _bad_property("too many extended properties")
    for key, value in whole.items():
        if not key or len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise _bad_property(f"extended property {key[:LONGEST_KEY]!r} is too long")
    return whole or None


def _bad_property(what: str) -> Refused:
    return calendar_refusal(400, "invalid", what, parameter="extendedProperties")
