"""``/v1/meetings``: ordering, reading, changing and deleting.

Owns: who may, and what a change does to a series and to one occurrence. Promises: a refused call changes nothing but
the count of orders; mails that would have gone out are noted, unless ``sendEmail`` is false. Does not: list
(``meeting_list.py``), hold meetings: nobody ever joins one here.

Based on:

* ``hostEmail`` is for the administrators' scopes and is ignored beside ``roomId``; ``roomId`` needs ``spark:all`` and a
  caller who is a member; a change of a series' start, end or recurrence cancels its changed occurrences; tags belong to
  series only, at most 3 of 64 characters; PATCH takes ``application/json-patch+json`` with the plain fields, null for
  agenda and recurrence removes them; DELETE of an occurrence leaves the others [public OpenAPI].
* PATCH as ``application/json`` too [seen in open client code]. PUT needs title, start and end, and forgets a
  recurrence, agenda and tags that it does not name [older public documentation: PUT replaces].
* An occurrence that a change of the series brings back after it was deleted; a zone that alone changes a recurring
  series counts as a change of its start; 403 for ``hostEmail`` without those scopes, for a service app without
  ``hostEmail``, for whoever is not the host, for a host without licence, for a space that the caller is not in; 404 for
  an unknown host and for a meeting that is not the caller's; 400 for a recurrence or tags of one occurrence and for
  changing one that is over: [inferred].
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.access import (
    ADMIN_MEETINGS_READ,
    ADMIN_MEETINGS_WRITE,
    MEETINGS_IN_ROOMS,
    MEETINGS_READ,
    MEETINGS_WRITE,
    require,
)
from hybridcal_daemon.sandbox.webex.call import Call, Refusal, answered, flag, header, json_object
from hybridcal_daemon.sandbox.webex.meeting_fields import CREATING, OPTIONS, SHARED, body, invitees, needed
from hybridcal_daemon.sandbox.webex.meeting_shown import (
    Occurrence,
    current,
    find,
    occurrence_shown,
    series_shown,
)
from hybridcal_daemon.sandbox.webex.meeting_times import checked_rule, checked_span, moment, zone
from hybridcal_daemon.sandbox.webex.meeting_world import Change, Meeting

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.marked import MarkedResponse
    from hybridcal_daemon.sandbox.webex.world import Person, Room


def create(call: Call) -> MarkedResponse:
    """``POST /v1/meetings``."""
    require(call.token, MEETINGS_WRITE)
    call.only_query()
    call.world.meetings.quota.count(_spent(call), call.now)
    sent = body(call.request, CREATING)
    needed(sent, "title", "start", "end")
    room = _room(call, sent["roomId"]) if "roomId" in sent else None
    host = _host(call, None if room is not None else sent.get("hostEmail"), ADMIN_MEETINGS_WRITE)
    site = _site(host, sent.get("siteUrl"))
    meeting = _made(call, sent, host, site)
    meeting.room = room
    call.world.meetings.by_id[meeting.id] = meeting
    if sent.get("sendEmail", True):
        call.world.meetings.mail(meeting, "invitation", call.now)
    return answered(series_shown(meeting, meeting.zone, call.token.client_id, call.now))


def _spent(call: Call) -> dict[str, str]:
    """Say at which limits an order counts, before anything in it is checked."""
    try:
        sent = json_object(call.request)
    except Refusal:
        sent = {}
    if ADMIN_MEETINGS_WRITE not in call.token.scopes or "roomId" in sent:
        return {"user": call.token.owner.uuid}
    return {"admin": call.token.owner.uuid, "host": str(sent.get("hostEmail", "")).casefold()}


def _room(call: Call, room_id: str) -> Room:
    require(call.token, MEETINGS_IN_ROOMS)
    room = call.world.room(room_id, call.token.owner)
    if room is None:
        raise Refusal(403, "The user is not a member of the space.")
    return room


def _host(call: Call, address: str | None, scope: str) -> Person:
    """Give on whose behalf the call is made, who must be able to host."""
    person = behalf(call, address, scope)
    if not person.host:
        raise Refusal(403, "The user has no license to host meetings.")
    return person


def behalf(call: Call, address: str | None, scope: str) -> Person:
    """Give whose meetings the call is about."""
    me = call.token.owner
    if address is None or address.casefold() == me.address.casefold():
        if me.kind != "person":
            raise Refusal(403, "A service app must name hostEmail.")
        return me
    if scope not in call.token.scopes:
        raise Refusal(403, "hostEmail needs the administrators' scopes.")
    person = call.world.somebody(address)
    if person is None or person.kind != "person":
        raise Refusal(404, "The host could not be found.")
    return person


def _site(host: Person, site: str | None) -> str:
    if not host.sites or (site is not None and site not in host.sites):
        raise Refusal(404, "The host has no account on the site.")
    return host.sites[0] if site is None else site


def _made(call: Call, sent: dict[str, Any], host: Person, site: str) -> Meeting:
    ids, home = call.world.ids, sent.get("timezone", "UTC")
    zone(home)
    start, end = checked_span(moment(sent["start"], home, "start"), moment(sent["end"], home, "end"), call.now)
    rule = sent.get("recurrence")
    return Meeting(
        id=ids.uuid().replace("-", ""),
        number=ids.digits(11),
        link_id="m" + ids.uuid().replace("-", ""),
        host=host,
        site=site,
        client_id=call.token.client_id,
        created=call.now,
        title=sent["title"],
        start=start,
        end=end,
        zone=home,
        password=sent.get("password") or f"Ab{ids.digits(6)}",
        host_key=ids.digits(6),
        phone_password=ids.digits(8),
        recurrence=checked_rule(rule, start, home, call.now) if rule is not None else "",
        agenda=sent.get("agenda", ""),
        tags=tuple(sent.get("integrationTags", ())),
        invitees=invitees(sent.get("invitees", ())),
        options={name: value for name, value in sent.items() if name in OPTIONS},
    )


# ---- one meeting ----------------------------------------------------------------------------------------------------


def named(call: Call, person: Person) -> tuple[Meeting, Occurrence | None]:
    """Give the series, and the occurrence if the id is one's; 404 when it is not ``person``'s to see."""
    series_id, _, rest = call.argument.partition("_")
    meeting = call.world.meetings.by_id.get(series_id)
    if meeting is None or meeting.deleted is not None or not meeting.concerns(person):
        raise Refusal(404, "The requested meeting could not be found.")
    held = find(meeting, rest) if rest else None
    if rest and held is None:
        raise Refusal(404, "The requested meeting could not be found.")
    return meeting, held


def home_of(call: Call) -> str:
    """Give the zone that a GET wants its times in."""
    name = header(call.request, "timezone") or "UTC"
    zone(name)
    return name


def read(call: Call) -> MarkedResponse:
    """``GET /v1/meetings/{id}``."""
    require(call.token, MEETINGS_READ)
    call.only_query("current", "hostEmail")
    meeting, held = named(call, behalf(call, call.query.get("hostEmail"), ADMIN_MEETINGS_READ))
    home = home_of(call)
    if held is None and flag(call, "current"):
        held = current(meeting, call.now)
    if held is not None:
        return answered(occurrence_shown(held, home, call.token.client_id, call.now))
    return answered(series_shown(meeting, home, call.token.client_id, call.now))


def _hosted(call: Call, address: str | None) -> tuple[Meeting, Occurrence | None]:
    person = behalf(call, address, ADMIN_MEETINGS_WRITE)
    meeting, held = named(call, person)
    if meeting.host is not person:
        raise Refusal(403, "Only the host may change or delete a meeting.")
    return meeting, held


def patch(call: Call) -> MarkedResponse:
    """``PATCH /v1/meetings/{id}``."""
    require(call.token, MEETINGS_WRITE)
    call.only_query()
    return _change(call, body(call.request, SHARED, patch=True))


def put(call: Call) -> MarkedResponse:
    """``PUT /v1/meetings/{id}``: a patch that names everything."""
    require(call.token, MEETINGS_WRITE)
    call.only_query()
    sent = body(call.request, SHARED)
    needed(sent, "title", "start", "end")
    whole = {"agenda": None} if "_" in call.argument else {"agenda": None, "recurrence": None, "integrationTags": None}
    return _change(call, {**whole, **sent})


def _change(call: Call, sent: dict[str, Any]) -> MarkedResponse:
    meeting, held = _hosted(call, sent.get("hostEmail"))
    if held is None:
        _change_series(call, meeting, sent)
        shown = series_shown(meeting, meeting.zone, call.token.client_id, call.now)
    else:
        shown = occurrence_shown(_change_one(call, held, sent), meeting.zone, call.token.client_id, call.now)
    meeting.edits += 1
    if sent.get("sendEmail", True):
        call.world.meetings.mail(meeting, "update", call.now)
    return answered(shown)


def _change_series(call: Call, meeting: Meeting, sent: dict[str, Any]) -> None:
    home = sent.get("timezone", meeting.zone)
    zone(home)
    start, end = _span(call, sent, home, (meeting.start, meeting.end))
    rule = sent.get("recurrence", meeting.recurrence) or ""
    if rule and (rule, start, home) != (meeting.recurrence, meeting.start, meeting.zone):
        rule = checked_rule(rule, start, home, call.now)
    moved = (start, end, rule) != (meeting.start, meeting.end, meeting.recurrence)
    if moved or (rule and home != meeting.zone):
        meeting.changes.clear()
    meeting.start, meeting.end, meeting.recurrence, meeting.zone = start, end, rule, home
    meeting.title, meeting.password = sent.get("title", meeting.title), sent.get("password", meeting.password)
    meeting.agenda = sent.get("agenda", meeting.agenda) or ""
    meeting.options |= {name: value for name, value in sent.items() if name in OPTIONS}
    if "integrationTags" in sent:
        meeting.tags, meeting.client_id = tuple(sent["integrationTags"] or ()), call.token.client_id


def _span(call: Call, sent: dict[str, Any], home: str, old: tuple[Instant, Instant]) -> tuple[Instant, Instant]:
    """Give start and end after a change; as they were when it names neither."""
    if not {"start", "end"} & sent.keys():
        return old
    start = moment(sent["start"], home, "start") if "start" in sent else old[0]
    end = moment(sent["end"], home, "end") if "end" in sent else old[1]
    return checked_span(start, end, call.now)


def _change_one(call: Call, held: Occurrence, sent: dict[str, Any]) -> Occurrence:
    if {"recurrence", "integrationTags", "password", *OPTIONS} & sent.keys():
        raise Refusal(400, "A recurrence, tags, a password and options belong to a series, not to one occurrence.")
    if held.end <= call.now:
        raise Refusal(400, "A meeting that is over cannot be changed.")
    home = sent.get("timezone", held.meeting.zone)
    zone(home)
    start, end = _span(call, sent, home, (held.start, held.end))
    change = Change(
        start=start, end=end, title=sent.get("title", held.title), agenda=sent.get("agenda", held.agenda) or ""
    )
    held.meeting.changes[held.original] = change
    return replace(held, start=start, end=end, title=change.title or "", agenda=change.agenda or "", modified=True)


def delete(call: Call) -> MarkedResponse:
    """``DELETE /v1/meetings/{id}``."""
    require(call.token, MEETINGS_WRITE)
    call.only_query("hostEmail", "sendEmail")
    meeting, held = _hosted(call, call.query.get("hostEmail"))
    mail = flag(call, "sendEmail", default="true")
    if held is None:
        meeting.deleted = call.now
    else:
        meeting.changes[held.original] = Change(start=held.start, end=held.end, cancelled=True)
    if mail:
        call.world.meetings.mail(meeting, "cancellation", call.now)
    return answered(None, status=204)
