"""Google Calendar v3 and the one page of Gmail v1 that we read.

Owns: URLs, parameters, and the reading of answers. Promises: only CallError is raised; every Calendar request carries
``quotaUser``, without which all delegated requests count against one user's quota; a list is either full with bounds or
incremental with a sync token, and a request with both cannot be made (Google answers 400 to it).
Does not: retry, get tokens, or keep anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import quote

import msgspec

from hybridcal_daemon.adapters.google import mapping, wire
from hybridcal_daemon.adapters.google.errors import Service, classify, from_wire
from hybridcal_daemon.adapters.http_json import BadJson, decode_json
from hybridcal_daemon.domain.events import CalendarEvent, Removed
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import ChannelGrant, EventsPage, HttpFailure, HttpRequest, VacationSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Plain, Secret, Window
    from hybridcal_daemon.ports import HttpClient

_BAD_ANSWER: Final = "google-bad-answer"
_MASKS: Final = {
    mask: quote(mask, safe="")
    for mask in (wire.PAGE_FIELDS, wire.EVENT_FIELDS, wire.CHANNEL_FIELDS, wire.VACATION_FIELDS)
}
"""Quoted once: they are most of a query."""
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSettings:
    """Where Google is and how to speak to it. ``push_url``: full address that notices go to; ``deadline``: seconds."""

    calendar_url: str = "https://www.googleapis.com/calendar/v3"
    gmail_url: str = "https://gmail.googleapis.com/gmail/v1"
    push_url: str = ""
    send_updates: Literal["none", "externalOnly", "all"] = "none"
    page_size: int = 2500
    deadline: float = 30.0


@dataclass(frozen=True, slots=True)
class FullList:
    """Everything that touches a window, cancelled exceptions of series included."""

    window: Window

    def params(self) -> dict[str, str]:
        """Bounds as RFC 3339; fractions of a second are dropped by Google anyway."""
        return {"timeMin": rfc3339(self.window.start), "timeMax": rfc3339(self.window.end)}


@dataclass(frozen=True, slots=True)
class IncrementalList:
    """Everything that changed since a sync token, anywhere in time."""

    sync_token: str

    def params(self) -> dict[str, str]:
        """Nothing but the token: bounds beside it are an error."""
        return {"syncToken": self.sync_token}


def list_mode(sync_token: str | None, window: Window | None) -> FullList | IncrementalList:
    """Choose by what is given; CallError INVALID unless it is exactly one of both."""
    if sync_token is not None and window is None:
        return IncrementalList(sync_token)
    if window is not None and sync_token is None:
        return FullList(window)
    raise CallError(Kind.INVALID, "google-bad-request")


def rfc3339(at: float) -> str:
    """Whole seconds in UTC with Z."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class GoogleCalendar:
    """``ports.CalendarApi`` of the token's subject, for one thread (its HTTP client's)."""

    def __init__(self, http: HttpClient, settings: GoogleSettings | None = None) -> None:
        self._http = http
        self._settings = settings or GoogleSettings()
        self._events = f"{self._settings.calendar_url}/calendars/primary/events"

    def list_events(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        sync_token: str | None,
        page_token: str | None,
        window: Window | None,
    ) -> EventsPage:
        """events.list, one page: series as masters and exceptions, deleted ones included."""
        params = {
            **list_mode(sync_token, window).params(),
            "singleEvents": "false",
            "showDeleted": "true",
            "maxResults": str(self._settings.page_size),
            **_common(quota_user, wire.PAGE_FIELDS),
        }
        if page_token is not None:
            params["pageToken"] = page_token
        body = self._send("GET", self._events, token, params)
        try:
            return mapping.page(body)
        except BadJson:
            raise CallError(Kind.TRANSIENT, _BAD_ANSWER) from None

    def get_event(self, token: Secret[str], quota_user: str, event_id: str) -> CalendarEvent | None:
        """events.get. None when cancelled (Google goes on showing those) or gone."""
        try:
            body = self._send("GET", self._event(event_id), token, _common(quota_user, wire.EVENT_FIELDS))
        except CallError as error:
            if error.kind in {Kind.NOT_FOUND, Kind.RESYNC}:  # 404, or 410 in one of its spellings
                return None
            raise
        read = _item(body, written=False)
        return None if isinstance(read, Removed) else read

    def patch_description(
        self, token: Secret[str], quota_user: str, event_id: str, *, etag: str, description: Plain[str]
    ) -> CalendarEvent:
        """events.patch of the description alone, if nobody wrote since ``etag`` (CONFLICT)."""
        if not etag.isascii() or not etag.isprintable() or not etag:
            raise CallError(Kind.INVALID, _BAD_ANSWER)
        params = {"sendUpdates": self._settings.send_updates, **_common(quota_user, wire.EVENT_FIELDS)}
        change = {"description": description.reveal()}
        body = self._send("PATCH", self._event(event_id), token, params, change, headers={"If-Match": etag})
        read = _item(body, written=True)
        if isinstance(read, Removed):
            raise CallError(Kind.CONFLICT, "google-conflict")
        return read

    def watch(
        self, token: Secret[str], quota_user: str, *, channel_id: str, channel_token: Secret[str], ttl: int
    ) -> ChannelGrant:
        """events.watch. REFUSED google-push-refused, CONFLICT google-channel-exists (ids are used up for ever)."""
        if not self._settings.push_url:
            raise CallError(Kind.REFUSED, "google-push-refused")
        channel = {
            "id": channel_id,
            "type": "web_hook",
            "address": self._settings.push_url,
            "token": channel_token.reveal(),
            "params": {"ttl": str(ttl)},
        }
        params = _common(quota_user, wire.CHANNEL_FIELDS)
        reply = _reply(self._send("POST", f"{self._events}/watch", token, params, channel), wire.ChannelReply)
        try:
            expires_at = mapping.milliseconds(reply.expiration)
        except mapping.BadItem:
            expires_at = None
        if expires_at is None:
            raise CallError(Kind.TRANSIENT, _BAD_ANSWER, in_doubt=True)
        return ChannelGrant(resource_id=reply.resource_id, expires_at=expires_at)

    def stop_channel(self, token: Secret[str], quota_user: str, *, channel_id: str, resource_id: str) -> None:
        """channels.stop; a channel that Google does not know is stopped."""
        channel = {"id": channel_id, "resourceId": resource_id}
        try:
            self._send("POST", f"{self._settings.calendar_url}/channels/stop", token, _common(quota_user), channel)
        except CallError as error:
            if error.kind is not Kind.NOT_FOUND:
                raise

    def vacation(self, token: Secret[str], quota_user: str) -> VacationSettings:
        """users.settings.getVacation, without the text."""
        url = f"{self._settings.gmail_url}/users/me/settings/vacation"
        params = _common(quota_user, wire.VACATION_FIELDS)
        body = self._send("GET", url, token, params, service="gmail")
        reply = _reply(body, wire.VacationReply)
        try:
            start, end = mapping.milliseconds(reply.start_time), mapping.milliseconds(reply.end_time)
        except mapping.BadItem:
            raise CallError(Kind.TRANSIENT, _BAD_ANSWER) from None
        return VacationSettings(enabled=reply.enable_auto_reply, start=start, end=end)

    def _event(self, event_id: str) -> str:
        return f"{self._events}/{quote(event_id, safe='')}"

    def _send(
        self,
        method: str,
        url: str,
        token: Secret[str],
        params: Mapping[str, str],
        content: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        service: Service = "calendar",
    ) -> bytes:
        """Send one request; the body of a 2xx answer or CallError."""
        write = content is not None
        request = HttpRequest(
            method=method,
            url=f"{url}?{_query(params)}",
            headers=_headers(token, write=write) | dict(headers or {}),
            body=msgspec.json.encode(content) if write else None,
            deadline=self._settings.deadline,
        )
        failed = None
        try:
            response = self._http.send(request)
        except HttpFailure as failure:
            failed = from_wire(failure, write=write)
        if failed is not None:
            raise failed
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return response.body
        raise classify(
            response.status, response.body, response.headers.get("retry-after"), write=write, service=service
        )


def _common(quota_user: str, fields: str = "") -> dict[str, str]:
    params = {"quotaUser": quota_user, "prettyPrint": "false"}
    return {**params, "fields": fields} if fields else params


def _query(params: Mapping[str, str]) -> str:
    """Percent-encode the values; the names are Google's and need none."""
    return "&".join([f"{name}={_MASKS.get(value) or quote(value, safe='')}" for name, value in params.items()])


def _headers(token: Secret[str], *, write: bool) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token.reveal()}"}
    return {**headers, "Content-Type": "application/json; charset=utf-8"} if write else headers


def _reply(body: bytes, shape: type[T]) -> T:
    try:
        return decode_json(body, shape)
    except BadJson:
        raise CallError(Kind.TRANSIENT, _BAD_ANSWER, in_doubt=shape is wire.ChannelReply) from None


def _item(body: bytes, *, written: bool) -> CalendarEvent | Removed:
    try:
        return mapping.item(body)
    except mapping.BadItem:
        raise CallError(Kind.INVALID, _BAD_ANSWER, in_doubt=written) from None
