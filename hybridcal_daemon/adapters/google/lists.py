"""events.list in its two ways, and events.instances.

Owns: which parameters go together. Promises: a list is either full with bounds or incremental with a sync token, and a
request with both cannot be made (Google answers 400 to it); an empty page with a next token is an ordinary page.
Does not: follow pages, or keep a token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.google import mapping, wire
from hybridcal_daemon.adapters.google.requests import BAD_ANSWER, BAD_REQUEST, Ask, Requests, common, rfc3339
from hybridcal_daemon.adapters.http_json import BadJson
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import PRIMARY, EventsPage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hybridcal_daemon.domain.values import Plain, Secret, Window


@dataclass(frozen=True, slots=True)
class FullList:
    """Everything that touches a window, cancelled exceptions of series included."""

    window: Window

    def params(self) -> dict[str, str]:
        """Bounds as RFC 3339: the lower one counts for ends, the upper one for starts; both exclusive."""
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
    raise CallError(Kind.INVALID, BAD_REQUEST)


class Lists(Requests):
    """Pages of events."""

    def list_events(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        sync_token: str | None,
        page_token: str | None,
        window: Window | None,
        calendar: Plain[str] = PRIMARY,
    ) -> EventsPage:
        """events.list, one page: series as masters and exceptions, deleted ones included."""
        shape = {"singleEvents": "false", "showDeleted": "true"}
        params = {**list_mode(sync_token, window).params(), **shape, **common(quota_user, wire.PAGE_FIELDS)}
        return self._page(token, self._calendar(calendar, "events"), params, page_token, calendar)

    def list_edge(
        self,
        token: Secret[str],
        quota_user: str,
        *,
        window: Window,
        page_token: str | None,
        calendar: Plain[str] = PRIMARY,
    ) -> EventsPage:
        """events.list, one page: what happens in ``window``, series worked out by Google. No sync token is asked for.

        Both bounds are given, always: without an end a series without one would give rows for decades.
        """
        shape = {"singleEvents": "true", "showDeleted": "false"}
        params = {**FullList(window).params(), **shape, **common(quota_user, wire.EDGE_FIELDS)}
        page = self._page(token, self._calendar(calendar, "events"), params, page_token, calendar)
        return replace(page, next_token=None)

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
        """events.instances, one page: occurrences and exceptions of a series that touch ``window``.

        CallError NOT_FOUND when there is no such series (or it is cancelled). Google takes an occurrence's id as well
        and gives just that.
        """
        params = {**FullList(window).params(), "showDeleted": "false", **common(quota_user, wire.EDGE_FIELDS)}
        url = self._calendar(calendar, "events", series_id, "instances")
        return replace(self._page(token, url, params, page_token, calendar), next_token=None)

    def _page(
        self, token: Secret[str], url: str, params: Mapping[str, str], page_token: str | None, calendar: Plain[str]
    ) -> EventsPage:
        params = {**params, "maxResults": str(self._settings.page_size)}
        if page_token is not None:
            params["pageToken"] = page_token
        body = self._send(token, Ask(method="GET", url=url, params=params, write=False))
        try:
            return mapping.page(body, me=own_address(calendar))
        except BadJson:
            raise CallError(Kind.TRANSIENT, BAD_ANSWER) from None


def own_address(calendar: Plain[str]) -> str:
    """Address of a calendar that is named by it, '' for the primary one, in which Google marks whose it is."""
    return "" if calendar == PRIMARY else calendar.reveal()
