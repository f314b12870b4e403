"""Google Calendar, Gmail settings and access tokens. Owns: their shape. Does not: speak HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from hybridcal_daemon.domain.events import CalendarEvent, Quarantined, Removed
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Plain, Secret, When, Window

if TYPE_CHECKING:
    from collections.abc import Sequence


class TokenMinter(Protocol):
    """Domain-wide delegation: a token for one subject."""

    def mint(self, subject: Plain[str], purpose: Purpose) -> MintedToken:
        """RFC 7523 grant. CallError USER (invalid_grant), CONFIG (unauthorized_client ...), TRANSIENT."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """One decoded page of events.list."""

    events: tuple[CalendarEvent, ...]
    removed: tuple[Removed, ...]
    quarantined: tuple[Quarantined, ...]
    next_page: str | None
    next_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGrant:
    """events.watch's answer."""

    resource_id: str
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class VacationSettings:
    """The three fields of Gmail's vacation settings that we ask for; bounds in epoch seconds."""

    enabled: bool
    start: Instant | None
    end: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be made. ``event_id``: chosen by us, base32hex (RFC 4648 section 7), the idempotency key.

    ``guests`` and ``rooms`` are invited; ``recurrence``: RRULE lines.
    """

    event_id: str
    summary: Plain[str]
    start: When
    end: When
    description: Plain[str] = Plain("")
    location: Plain[str] = Plain("")
    guests: tuple[Plain[str], ...] = ()
    rooms: tuple[Plain[str], ...] = ()
    recurrence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One calendar's answer in freeBusy.query: half-open busy spans, or Google's reason why it cannot say.

    ``trouble`` is '' when all is well; ``notFound`` also means "not shared with you", ``internalError`` also
    "left out of the answer". With a trouble there are no spans.
    """

    calendar: Plain[str]
    busy: tuple[Window, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """One rule of a calendar's access list. ``rule_id`` names an address, so it is Plain."""

    rule_id: Plain[str]
    role: str


Reply = Literal["accepted", "declined", "tentative"]
PRIMARY: Final = Plain("primary")


class CalendarApi(Protocol):
    """Google Calendar v3 and Gmail v1, the part in use. ``quota_user`` is the user's surrogate id.

    ``calendar``: id of the calendar in the path, ``primary`` being the token's subject's own. Every method raises
    CallError only.
    """

    def list_events(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        sync_token: str | None,
        page_token: str | None,
        window: Window | None,
        calendar: Plain[str] = PRIMARY,
    ) -> EventsPage: ...

    def list_edge(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        window: Window,
        page_token: str | None,
        calendar: Plain[str] = PRIMARY,
    ) -> EventsPage:
        """events.list with ``singleEvents=true`` between two bounds; its sync token is thrown away (None)."""
        ...

    def instances(
        self,
        token: Secret[str],
        quota_user: str,
        series_id: str,
        *,
        window: Window,
        page_token: str | None,
        calendar: Plain[str] = PRIMARY,
    ) -> EventsPage:
        """events.instances, cancelled ones left out; NOT_FOUND when there is no such series."""
        ...

    def get_event(
        self, token: Secret[str], quota_user: str, event_id: str, *, calendar: Plain[str] = PRIMARY
    ) -> CalendarEvent | None:
        """None when cancelled or gone."""
        ...

    def patch_description(
        self,
        token: Secret[str],
        quota_user: str,
        event_id: str,
        *,
        etag: str,
        description: Plain[str],
        mark: str | None = "",
    ) -> CalendarEvent:
        """PATCH with If-Match, nobody is mailed unless the adapter is set so. CONFLICT on 412.

        ``mark`` is kept beside the description, as a private extended property; '' leaves what is there, None
        deletes it.
        """
        ...

    def respond(
        self, token: Secret[str], quota_user: str, event_id: str, *, etag: str, me: Plain[str], reply: Reply
    ) -> CalendarEvent:
        """PATCH of the person's own answer and nothing else (``attendeesOmitted``). CONFLICT on 412."""
        ...

    def insert_event(
        self, token: Secret[str], quota_user: str, new: NewEvent, *, calendar: Plain[str] = PRIMARY
    ) -> CalendarEvent:
        """events.insert with our id. CONFLICT google-duplicate when the id is there already (or was once)."""
        ...

    def delete_event(
        self, token: Secret[str], quota_user: str, event_id: str, *, calendar: Plain[str] = PRIMARY
    ) -> None:
        """events.delete; 410 counts as done. NOT_FOUND when no such event was ever there, as far as can be seen."""
        ...

    def quick_add(self, token: Secret[str], quota_user: str, text: Plain[str]) -> CalendarEvent:
        """events.quickAdd: Google reads the text. There is no idempotency key: a lost answer stays in doubt."""
        ...

    def watch(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        channel_id: str,
        channel_token: Secret[str],
        ttl: int,
        calendar: Plain[str] = PRIMARY,
    ) -> ChannelGrant: ...

    def stop_channel(self, token: Secret[str], quota_user: str, *, channel_id: str, resource_id: str) -> None:
        """404 counts as done."""
        ...

    def setting(self, token: Secret[str], quota_user: str, name: str) -> str:
        """settings.get; '' when Google has no value, which means the default."""
        ...

    def vacation(self, token: Secret[str], quota_user: str) -> VacationSettings: ...

    def free_busy(
        self, token: Secret[str], quota_user: str, *, window: Window, calendars: Sequence[Plain[str]]
    ) -> tuple[Availability, ...]:
        """freeBusy.query, in the order asked; what is wrong with one calendar is in its answer. INVALID above 50."""
        ...

    def access(self, token: Secret[str], quota_user: str, *, who: Plain[str], calendar: Plain[str]) -> str:
        """acl.get of the user ``who``: the role, '' when there is no such rule (or calendar)."""
        ...

    def access_list(self, token: Secret[str], quota_user: str, *, calendar: Plain[str]) -> tuple[AccessRule, ...]:
        """acl.list, all pages."""
        ...

    def grant_access(
        self, token: Secret[str], quota_user: str, *, who: Plain[str], role: str, calendar: Plain[str]
    ) -> AccessRule:
        """acl.insert for the user ``who``; nobody is mailed."""
        ...

    def return_access(self, token: Secret[str], quota_user: str, *, rule_id: Plain[str], calendar: Plain[str]) -> None:
        """acl.delete; 404 counts as done."""
        ...
