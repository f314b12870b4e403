"""Google Calendar, Gmail settings and access tokens. Owns: their shape. Does not: speak HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hybridcal_daemon.domain.events import CalendarEvent, Quarantined, Removed
from hybridcal_daemon.domain.tokens import MintedToken, Purpose
from hybridcal_daemon.domain.values import Instant, Plain, Secret, Window


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


class CalendarApi(Protocol):
    """Google Calendar v3 and Gmail v1, the part in use. ``quota_user`` is the user's surrogate id."""

    def list_events(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        sync_token: str | None,
        page_token: str | None,
        window: Window | None,
    ) -> EventsPage: ...

    def get_event(self, token: Secret[str], quota_user: str, event_id: str) -> CalendarEvent | None:
        """None when cancelled or gone."""
        ...

    def patch_description(
        self, token: Secret[str], quota_user: str, event_id: str, *, etag: str, description: Plain[str]
    ) -> CalendarEvent:
        """PATCH with If-Match, nobody is mailed unless the adapter is set so. CONFLICT on 412."""
        ...

    def watch(
        self, token: Secret[str], quota_user: str, *, channel_id: str, channel_token: Secret[str], ttl: int
    ) -> ChannelGrant: ...

    def stop_channel(self, token: Secret[str], quota_user: str, *, channel_id: str, resource_id: str) -> None:
        """404 counts as done."""
        ...

    def vacation(self, token: Secret[str], quota_user: str) -> VacationSettings: ...
