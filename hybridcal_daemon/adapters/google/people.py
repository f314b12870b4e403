"""What Google knows of a person beside events: settings, vacation responder, when they are busy.

Owns: settings.get, users.settings.getVacation, freeBusy.query. Promises: the text of a vacation reply never enters the
process; what is wrong with one calendar of several is in its own answer.
Does not: decide what a default is (``domain`` does), or split long lists of calendars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hybridcal_daemon.adapters.google import mapping, wire
from hybridcal_daemon.adapters.google.requests import BAD_ANSWER, BAD_REQUEST, Ask, Requests, common, reply, rfc3339
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Window
from hybridcal_daemon.ports import Availability, VacationSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybridcal_daemon.domain.values import Plain, Secret

MOST_CALENDARS: Final = 50
"""Of one freeBusy.query (``calendarExpansionMax``)."""
UNANSWERED: Final = "internalError"
"""Google's own word, for a calendar that it left out of its answer."""


class People(Requests):
    """Settings and availability."""

    def setting(self, token: Secret[str], quota_user: str, name: str) -> str:
        """settings.get. '' when Google has no value: it may leave out what stands at its default."""
        url = f"{self._settings.calendar_url}/users/me/settings/{quote(name, safe='')}"
        params = common(quota_user, wire.SETTING_FIELDS)
        body = self._send_unless_gone(token, Ask(method="GET", url=url, params=params, write=False))
        return "" if body is None else reply(body, wire.SettingReply).value

    def vacation(self, token: Secret[str], quota_user: str) -> VacationSettings:
        """users.settings.getVacation, without the text."""
        url = f"{self._settings.gmail_url}/users/me/settings/vacation"
        params = common(quota_user, wire.VACATION_FIELDS)
        ask = Ask(method="GET", url=url, params=params, write=False, service="gmail")
        read = reply(self._send(token, ask), wire.VacationReply)
        try:
            start, end = mapping.milliseconds(read.start_time), mapping.milliseconds(read.end_time)
        except mapping.BadItem:
            raise CallError(Kind.TRANSIENT, BAD_ANSWER) from None
        return VacationSettings(enabled=read.enable_auto_reply, start=start, end=end)

    def free_busy(
        self, token: Secret[str], quota_user: str, *, window: Window, calendars: Sequence[Plain[str]]
    ) -> tuple[Availability, ...]:
        """freeBusy.query, in the order asked. CallError INVALID for more than 50 calendars."""
        if len(calendars) > MOST_CALENDARS:
            raise CallError(Kind.INVALID, BAD_REQUEST)
        question = wire.BusyQuestion(
            time_min=rfc3339(window.start),
            time_max=rfc3339(window.end),
            items=[wire.BusyItem(id=calendar.reveal()) for calendar in calendars],
        )
        url, params = f"{self._settings.calendar_url}/freeBusy", common(quota_user, wire.BUSY_FIELDS)
        body = self._send(token, Ask(method="POST", url=url, params=params, body=question, write=False))
        answers = {name.lower(): each for name, each in reply(body, wire.BusyReply).calendars.items()}
        return tuple(_availability(calendar, answers.get(calendar.reveal().lower())) for calendar in calendars)


def _availability(calendar: Plain[str], read: wire.BusyCalendar | None) -> Availability:
    """Errors count before spans: spans beside them would be half the truth."""
    if read is None:
        return Availability(calendar=calendar, busy=(), trouble=UNANSWERED)
    if read.errors:
        return Availability(calendar=calendar, busy=(), trouble=read.errors[0].reason or UNANSWERED)
    return Availability(calendar=calendar, busy=tuple(_span(each) for each in read.busy))


def _span(read: wire.BusySpan) -> Window:
    try:
        return Window(start=mapping.instant(read.start), end=mapping.instant(read.end))
    except mapping.BadItem:
        raise CallError(Kind.TRANSIENT, BAD_ANSWER) from None
