"""Scheduled meetings.

Owns: which call, with which token. Promises: as ``requests.py``; nobody is mailed; host keys are never read. A meeting
of a space is made, found, changed and ended by the integration, which is a member of the space and therefore its host;
every other one by the service app in the name of its host. (A tag is seen only by whoever set it.)

Source: meetings as in the public OpenAPI.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.webex import meeting_bodies, occurrences
from hybridcal_daemon.adapters.webex.exchange import decoded, naming
from hybridcal_daemon.adapters.webex.requests import Requests, suppress_missing, within
from hybridcal_daemon.adapters.webex.wire_meetings import WireMeeting, WireMeetings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import DAY, Instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.adapters.webex.requests import Ask
    from hybridcal_daemon.domain.calls import Plan
    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import HeldMeeting, HttpResponse

Body = dict[str, Any]
Query = dict[str, str]

AROUND: Final = 366 * DAY
"""How far from its plan a meeting is looked for: since it was ordered, its event may have moved."""
QUOTA_WAIT: Final = 300.0
"""Limits of speed ask for seconds; whoever is to wait for longer has used up a quota [our reading]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voice:
    """Who speaks, and the fields by which the host is named, unless the speaker is the host."""

    say: Callable[[Ask], HttpResponse]
    whose: Query


class Meetings(Requests):
    """See ``ports.WebexApi``."""

    def hold_meeting(
        self, host: Plain[str], *, tag: str, title: Plain[str], plan: Plan, site: str = "", space_id: str = ""
    ) -> HeldMeeting:
        """``POST /meetings``.

        REFUSED ``webex-meeting-quota``, ``webex-meeting-refused``; INVALID ``webex-meeting-refused``;
        NOT_FOUND ``webex-no-such-person``, ``webex-no-space`` (also when the integration is not in the space).
        """
        where = {"siteUrl": site} if site and not space_id else {}
        whose = {"roomId": space_id} if space_id else {"hostEmail": host.reveal()}
        body = {**meeting_bodies.new_meeting(title, plan, tag), **where, **whose}
        try:
            answer = self._made(self._voice(host, space_id), body)
        except CallError as failure:
            if failure.kind is Kind.REFUSED and space_id:
                self._look_at_space(space_id)
            raise _missing(_refusal(failure), "webex-no-space" if space_id else "webex-no-such-person") from None
        with naming(answer):
            return meeting_bodies.held(decoded(answer, WireMeeting, in_doubt=True), in_doubt=True)

    def _look_at_space(self, space_id: str) -> None:
        """A space that is gone, or migrated and has another id, is refused like one that we are not in.

        NOT_FOUND ``webex-no-space``.
        """
        try:
            self._as_integration(self._get(within("/rooms", space_id), {}))
        except CallError as failure:
            raise _missing(failure, "webex-no-space") from None

    def _made(self, voice: _Voice, body: Body) -> HttpResponse:
        """Make it; where a site does not permit its own rules about who may enter to be changed (400), by those."""
        try:
            return self._ordered(voice, {**body, **meeting_bodies.OPEN_DOOR})
        except CallError as failure:
            if failure.kind is not Kind.INVALID:
                raise
        return self._ordered(voice, body)

    def _ordered(self, voice: _Voice, body: Body) -> HttpResponse:
        """Each order counts, whatever its answer; the integration's own account has its own limit at Webex."""
        if self._settings.orders is not None and voice.whose:
            self._settings.orders.take()
        return voice.say(self._post("/meetings", body))

    def find_meetings(self, host: Plain[str], *, tag: str, plan: Plan, space_id: str = "") -> list[HeldMeeting]:
        """``GET /meetings?integrationTag=``; the order is the same each time."""
        query = {
            "integrationTag": tag,
            "meetingType": "meetingSeries",
            "current": "false",
            **_between(plan.start - AROUND, plan.end + AROUND),
        }
        found = {each.id: each for each in self._listed(self._voice(host, space_id), query)}
        ours = [each for each in found.values() if tag in each.integration_tags]
        return [meeting_bodies.held(each) for each in sorted(ours, key=lambda each: (each.start, each.id))]

    def change_meeting(
        self, host: Plain[str], meeting_id: str, *, title: Plain[str], plan: Plan, whole: bool, space_id: str = ""
    ) -> HeldMeeting:
        """Look what stands there, ``PATCH`` what differs of the series and then of its occurrences."""
        voice = self._voice(host, space_id)
        found = decoded(voice.say(self._get(within("/meetings", meeting_id), voice.whose)), WireMeeting)
        if whole:
            found = self._patched(voice, found, meeting_bodies.changes(found, title, plan, self._settings.now()))
        if plan.recurrence:
            self._put_right(voice, found, plan)
        return meeting_bodies.held(found)

    def end_meeting(self, host: Plain[str], meeting_id: str, *, space_id: str = "") -> None:
        """``DELETE /meetings/{id}``."""
        self._dropped(self._voice(host, space_id), meeting_id)

    # ---- inner ------------------------------------------------------------------------------------------------------

    def _voice(self, host: Plain[str], space_id: str) -> _Voice:
        if space_id:
            return _Voice(say=self._as_integration, whose={})
        return _Voice(say=self._as_app, whose={"hostEmail": host.reveal()})

    def _listed(self, voice: _Voice, query: Query) -> list[WireMeeting]:
        pages = self._pages(voice.say, "/meetings", {**query, **voice.whose, "max": "100"}, WireMeetings)
        return [each for page in pages for each in page.items]

    def _patched(self, voice: _Voice, found: WireMeeting, fields: Body) -> WireMeeting:
        """Change one; its tags are said again, since Webex deletes tags that are null or none."""
        if not fields:
            return found
        tags = {"integrationTags": list(found.integration_tags)} if found.integration_tags else {}
        ask = self._patch(within("/meetings", found.id), {**fields, **tags, **voice.whose, "sendEmail": False})
        try:
            return decoded(voice.say(ask), WireMeeting)
        except CallError as failure:
            raise _refusal(failure) from None

    def _put_right(self, voice: _Voice, series: WireMeeting, plan: Plan) -> None:
        """See to each occurrence; where one is lost, tell a series that has not begun as a whole, and look again."""
        now = self._settings.now()
        steps = self._steps(voice, series, plan, now)
        if steps.lost and plan.start > now:
            for fields in ({"recurrence": None}, {**meeting_bodies.times(plan), "recurrence": plan.recurrence}):
                self._patched(voice, series, fields)
            steps = self._steps(voice, series, plan, now)
        for meeting_id in steps.delete:
            self._dropped(voice, meeting_id)
        for meeting_id, start, end in steps.move:
            self._moved(voice, meeting_id, meeting_bodies.times(replace(plan, start=start, end=end)))

    def _steps(self, voice: _Voice, series: WireMeeting, plan: Plan, now: Instant) -> occurrences.Steps:
        window = occurrences.span(plan, now)
        which = {"meetingSeriesId": series.id, "meetingType": "scheduledMeeting"}
        return occurrences.steps(self._listed(voice, {**which, **_between(window.start, window.end)}), plan, now)

    def _moved(self, voice: _Voice, meeting_id: str, times: Body) -> None:
        """An occurrence that is gone meanwhile says nothing about the series."""
        with suppress_missing():
            try:
                voice.say(self._patch(within("/meetings", meeting_id), {**times, **voice.whose, "sendEmail": False}))
            except CallError as failure:
                raise _refusal(failure) from None

    def _dropped(self, voice: _Voice, meeting_id: str) -> None:
        with suppress_missing():
            voice.say(self._delete(within("/meetings", meeting_id), {**voice.whose, "sendEmail": "false"}))


def _between(start: float, end: float) -> Query:
    return {"from": meeting_bodies.stamp(max(0.0, start)), "to": meeting_bodies.stamp(end)}


def _refusal(failure: CallError) -> CallError:
    """Say what a refusal means for a meeting; every other failure is what it is."""
    kind, code = failure.kind, failure.code
    if code == "webex-rate-limited" and (failure.retry_after or 0.0) > QUOTA_WAIT:
        kind, code = Kind.REFUSED, "webex-meeting-quota"
    elif code in {"webex-refused", "webex-bad-request", "webex-conflict"}:
        kind, code = (Kind.REFUSED if kind is Kind.REFUSED else Kind.INVALID), "webex-meeting-refused"
    return CallError(kind, code, retry_after=failure.retry_after, in_doubt=failure.in_doubt, tracking=failure.tracking)


def _missing(failure: CallError, code: str) -> CallError:
    """Say what was not found when a meeting was to be made."""
    if failure.kind is Kind.NOT_FOUND:
        return CallError(Kind.NOT_FOUND, code, tracking=failure.tracking)
    return failure
