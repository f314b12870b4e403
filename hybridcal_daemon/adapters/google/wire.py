"""Google's JSON, as much of it as we ask for and send.

Owns: the shapes (discovery document, calendar v3 and gmail v1) and the ``fields`` masks that keep everything else out
of the process. Promises: what is absent has its documented default; what is ill-typed does not decode; what we leave
out is not sent. Does not: interpret (``mapping.py``).
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Raw, Struct, field

from hybridcal_daemon.ports import Reply

_PERSON: Final = "email,displayName,self"
EVENT_FIELDS: Final = (
    "id,etag,status,eventType,summary,description,location,start,end,recurrence,recurringEventId,originalStartTime,"
    f"visibility,workingLocationProperties(type),organizer({_PERSON}),attendees({_PERSON},organizer,resource,optional,responseStatus),attendeesOmitted,guestsCanSeeOtherGuests,"
    "conferenceData(entryPoints(entryPointType,uri),conferenceSolution/key/type),hangoutLink,locked,privateCopy,"
    "extendedProperties/private,updated"
)
PAGE_FIELDS: Final = f"timeZone,nextPageToken,nextSyncToken,items({EVENT_FIELDS},sequence)"
EDGE_FIELDS: Final = f"timeZone,nextPageToken,items({EVENT_FIELDS},sequence)"
"""Without a sync token: that of another kind of list would be of no use."""
CHANNEL_FIELDS: Final = "resourceId,expiration"
SETTING_FIELDS: Final = "value"
VACATION_FIELDS: Final = "enableAutoReply,startTime,endTime"
"""The text of the reply is nobody's business here."""
BUSY_FIELDS: Final = "calendars"
ROLE_FIELDS: Final = "role"
RULE_FIELDS: Final = "id,role"
RULES_FIELDS: Final = f"nextPageToken,items({RULE_FIELDS})"


class Page(Struct, rename="camel"):
    """events.list. Items are decoded one by one, so that a bad one costs only itself."""

    time_zone: str = ""
    next_page_token: str | None = None
    next_sync_token: str | None = None
    items: list[Raw] = field(default_factory=list)


class Named(Struct):
    """The least of an item."""

    id: str


class Moment(Struct, rename="camel", omit_defaults=True):
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
    updated: str = ""
    sequence: int = 0


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


class SolutionKey(Struct):
    """Who made a conference: ``hangoutsMeet``, its predecessors, or ``addOn`` for everybody else."""

    type: str = ""


class Solution(Struct):
    """conferenceSolution."""

    key: SolutionKey = field(default_factory=SolutionKey)


class Conference(Struct, rename="camel"):
    """conferenceData."""

    entry_points: list[EntryPoint] = field(default_factory=list)
    conference_solution: Solution = field(default_factory=Solution)


class PrivateProperties(Struct):
    """The one of the private properties that is ours; nobody else's is asked for."""

    hybridcal: str = ""


class Properties(Struct):
    """extendedProperties."""

    private: PrivateProperties = field(default_factory=PrivateProperties)


class WorkingLocation(Struct, rename="camel"):
    """workingLocationProperties: which kind of place, never which one."""

    type: str = ""


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
    guests_can_see_other_guests: bool = True
    conference_data: Conference | None = None
    hangout_link: str = ""
    locked: bool = False
    private_copy: bool = False
    visibility: str = "default"
    working_location_properties: WorkingLocation = field(default_factory=WorkingLocation)
    extended_properties: Properties = field(default_factory=Properties)


# ---- what is sent of an event ---------------------------------------------------------------------------------------


class DescriptionPatch(Struct, rename="camel", omit_defaults=True):
    """events.patch: the description, and our mark beside it (None deletes it); objects are merged, so others stay."""

    description: str
    extended_properties: dict[str, dict[str, str | None]] | None = None


class Answered(Struct, rename="camel"):
    """One attendee's own answer."""

    email: str
    response_status: Reply


class ResponsePatch(Struct, rename="camel"):
    """events.patch: one entry of the attendees, which ``attendeesOmitted`` says are not all (Event resource)."""

    attendees: list[Answered]
    attendees_omitted: Literal[True] = True


class Invited(Struct, omit_defaults=True):
    """An attendee of a new event; ``resource`` can only be set now."""

    email: str
    resource: bool = False


class NewEventBody(Struct, rename="camel", omit_defaults=True):
    """events.insert. Neither ``sequence`` nor conference data: the first is refused, the second ignored."""

    id: str
    summary: str
    start: Moment
    end: Moment
    description: str = ""
    location: str = ""
    attendees: list[Invited] = field(default_factory=list)
    recurrence: list[str] = field(default_factory=list)


# ---- channels -------------------------------------------------------------------------------------------------------


class ChannelParams(Struct):
    """Seconds, written as a string."""

    ttl: str


class NewChannel(Struct):
    """events.watch."""

    id: str
    address: str
    token: str
    params: ChannelParams
    type: Literal["web_hook"] = "web_hook"


class StoppedChannel(Struct, rename="camel"):
    """channels.stop."""

    id: str
    resource_id: str


class ChannelReply(Struct, rename="camel"):
    """events.watch; ``expiration`` is epoch milliseconds, an int64 and so a string in JSON."""

    resource_id: str
    expiration: str | int


# ---- people ---------------------------------------------------------------------------------------------------------


class SettingReply(Struct):
    """settings.get."""

    value: str = ""


class VacationReply(Struct, rename="camel"):
    """VacationSettings; the times are epoch milliseconds as strings, absent when there is no bound."""

    enable_auto_reply: bool = False
    start_time: str | int | None = None
    end_time: str | int | None = None


class BusyItem(Struct):
    """A calendar asked about."""

    id: str


class BusyQuestion(Struct, rename="camel"):
    """freeBusy.query."""

    time_min: str
    time_max: str
    items: list[BusyItem]


class BusySpan(Struct):
    """TimePeriod, half open."""

    start: str
    end: str


class BusyError(Struct):
    """Why Google cannot say."""

    reason: str = ""


class BusyCalendar(Struct):
    """One calendar's part of the answer."""

    busy: list[BusySpan] = field(default_factory=list)
    errors: list[BusyError] = field(default_factory=list)


class BusyReply(Struct):
    """freeBusy.query; the key is the id as asked."""

    calendars: dict[str, BusyCalendar] = field(default_factory=dict)


# ---- access rules ---------------------------------------------------------------------------------------------------


class RuleScope(Struct):
    """Whom a rule is about."""

    value: str
    type: Literal["user"] = "user"


class NewRule(Struct):
    """acl.insert."""

    role: str
    scope: RuleScope


class RoleReply(Struct):
    """acl.get, one field of it."""

    role: str


class RuleReply(Struct):
    """AclRule."""

    id: str
    role: str


class RulesPage(Struct, rename="camel"):
    """acl.list."""

    items: list[RuleReply] = field(default_factory=list)
    next_page_token: str | None = None


# ---- tokens ---------------------------------------------------------------------------------------------------------


class TokenReply(Struct):
    """RFC 6749 section 5.1."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme


class SignedReply(Struct, rename="camel"):
    """IAM Service Account Credentials API, projects.serviceAccounts.signJwt."""

    signed_jwt: str


class TokenRefusal(Struct):
    """RFC 6749 section 5.2."""

    error: str
    error_description: str = ""
