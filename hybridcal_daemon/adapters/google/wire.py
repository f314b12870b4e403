"""Google's JSON, as much of it as we ask for.

Owns: the shapes (discovery document, calendar v3 and gmail v1) and the ``fields`` masks that keep everything else out
of the process. Promises: what is absent has its documented default; what is ill-typed does not decode.
Does not: interpret (``mapping.py``).
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Raw, Struct, field

_PERSON: Final = "email,displayName,self"
EVENT_FIELDS: Final = (
    "id,etag,status,eventType,summary,description,location,start,end,recurrence,recurringEventId,originalStartTime,"
    f"organizer({_PERSON}),attendees({_PERSON},organizer,resource,optional,responseStatus),attendeesOmitted,"
    "conferenceData/entryPoints(entryPointType,uri),hangoutLink,visibility,locked,privateCopy"
)
PAGE_FIELDS: Final = f"timeZone,nextPageToken,nextSyncToken,items({EVENT_FIELDS})"
CHANNEL_FIELDS: Final = "resourceId,expiration"
VACATION_FIELDS: Final = "enableAutoReply,startTime,endTime"
"""The text of the reply is nobody's business here."""


class Page(Struct, rename="camel"):
    """events.list. Items are decoded one by one, so that a bad one costs only itself."""

    time_zone: str = ""
    next_page_token: str | None = None
    next_sync_token: str | None = None
    items: list[Raw] = field(default_factory=list)


class Named(Struct):
    """The least of an item."""

    id: str


class Moment(Struct, rename="camel"):
    """EventDateTime: ``date`` or ``dateTime``."""

    date: str | None = None
    date_time: str | None = None
    time_zone: str = ""


class Head(Struct, rename="camel"):
    """What a cancelled item has, and hardly more (events.list, ``showDeleted``)."""

    id: str
    status: str = "confirmed"
    etag: str = ""
    recurring_event_id: str | None = None
    original_start_time: Moment | None = None


class Who(Struct, rename="camel"):
    """Organizer or attendee."""

    email: str = ""
    display_name: str = ""
    is_self: bool = field(name="self", default=False)
    organizer: bool = False
    resource: bool = False
    optional: bool = False
    response_status: str = ""


class EntryPoint(Struct, rename="camel"):
    """One way into a conference."""

    entry_point_type: str = ""
    uri: str = ""


class Conference(Struct, rename="camel"):
    """conferenceData."""

    entry_points: list[EntryPoint] = field(default_factory=list)


class Event(Struct, rename="camel"):
    """An event that takes place."""

    id: str
    start: Moment
    end: Moment | None = None
    etag: str = ""
    status: Literal["confirmed", "tentative"] = "confirmed"
    event_type: str = "default"
    summary: str = ""
    description: str = ""
    location: str = ""
    recurrence: list[str] = field(default_factory=list)
    recurring_event_id: str | None = None
    original_start_time: Moment | None = None
    organizer: Who | None = None
    attendees: list[Who] = field(default_factory=list)
    attendees_omitted: bool = False
    conference_data: Conference | None = None
    hangout_link: str = ""
    visibility: str = "default"
    locked: bool = False
    private_copy: bool = False


class ChannelReply(Struct, rename="camel"):
    """events.watch; ``expiration`` is epoch milliseconds, an int64 and so a string in JSON."""

    resource_id: str
    expiration: str | int


class VacationReply(Struct, rename="camel"):
    """VacationSettings; the times are epoch milliseconds as strings, absent when there is no bound."""

    enable_auto_reply: bool = False
    start_time: str | int | None = None
    end_time: str | int | None = None


class TokenReply(Struct):
    """RFC 6749 section 5.1."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme


class TokenRefusal(Struct):
    """RFC 6749 section 5.2."""

    error: str
    error_description: str = ""
