"""Planted bugs at Webex: meetings, spaces, blocks of meetings, devices, presence."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.webex import meeting_bodies
from hybridcal_daemon.adapters.webex.requests import Requests
from hybridcal_daemon.adapters.webex.spaces import Spaces
from hybridcal_daemon.domain import (
    absence,
    answering,
    blocks,
    bookings,
    devices,
    meetings,
    meetsteps,
    planning,
    spacing,
)
from hybridcal_daemon.domain.messages import BookingsChecked
from hybridcal_daemon.work import blocks as block_work
from hybridcal_daemon.work import spaces
from tests.simulation.planted import bug

if TYPE_CHECKING:
    from tests.simulation.planted import Change

# ---- meetings -------------------------------------------------------------------------------------------------------


@bug("meeting-twice", "meeting", needs=("meeting in doubt",))
def meeting_in_doubt_made_again() -> list[Change]:
    """A meeting whose making was never answered is made again without a look for it."""

    def failed(draft, tag, pending, failure):
        real(draft, tag, pending, replace(failure, in_doubt=False))

    real = meetings.failed
    return [(answering, {"FAILED": {**answering.FAILED, "meeting": failed}})]


@bug("meeting-twice", "meeting")
def meeting_made_again_after_a_death() -> list[Change]:
    """A meeting that was being made when the process died counts as not made."""

    def look_for(draft, meeting):
        meetings.put(draft, replace(meeting, state="planned"))

    return [(meetsteps, {"_look_for": look_for})]


@bug("meeting", "block")
def meeting_outlives_its_event() -> list[Change]:
    """A meeting stays when its event is cancelled."""
    return [(meetings, {"told": lambda _draft, _page: None})]


@bug("meeting", "block")
def meeting_outlives_its_keyword() -> list[Change]:
    """A meeting stays when its event asks for it no more."""
    return [(meetings, {"_keeps": lambda _draft, _meeting, _fact: True})]


@bug("meeting", needs=("log meeting.changed",))
def meeting_does_not_follow() -> list[Change]:
    """A meeting stays where it was first."""
    return [(planning, {"difference": lambda *_: ""})]


@bug("meeting")
def title_does_not_count() -> list[Change]:
    """A meeting keeps the title that it had first."""

    def digest(_title, *parts):
        return real("", *parts)

    real = planning._hash
    return [(planning, {"_hash": digest})]


@bug("meeting")
def occurrences_not_told() -> list[Change]:
    """Occurrences that are elsewhere, or are cancelled, are not told to Webex."""
    return [(planning, {"_moved": lambda *_: ()})]


@bug("meeting", "meeting-twice")
def fresh_tag_each_time() -> list[Change]:
    """A meeting gets another tag with each attempt."""
    numbers = count()

    def new_meeting(title, plan, tag):
        return real(title, plan, f"{tag[:-8]}{next(numbers):08d}")

    real = meeting_bodies.new_meeting
    return [(meeting_bodies, {"new_meeting": new_meeting})]


@bug("mail")
def people_are_mailed() -> list[Change]:
    """Webex mails the invited, as it does unless it is told not to."""

    def post(self, path, body):
        return real(self, path, {name: value for name, value in body.items() if name != "sendEmail"})

    real = Requests._post
    return [(Requests, {"_post": post})]


# ---- spaces ---------------------------------------------------------------------------------------------------------


@bug("space")
def members_stay() -> list[Change]:
    """Who is invited no more stays in the space."""
    return [(spaces, {"_before": lambda _call, _tools: set()})]


@bug("space", needs=("member by hand",))
def strangers_thrown_out() -> list[Change]:
    """Whoever is not invited is thrown out of the space, whoever added them."""

    def before(call, tools):
        return {spaces._folded(one.address.reveal()) for one in tools.webex.space_members(call.space_id)}

    return [(spaces, {"_before": before})]


@bug("space", "meeting", "liveness", "block", needs=("space migrated",))
def space_lost_when_it_moves() -> list[Change]:
    """A space that has another id now is not looked for."""
    return [(spacing, {"lost": lambda _draft, _tag: None})]


@bug("space")
def guests_forgotten() -> list[Change]:
    """New guests do not get into the space."""

    def wish(self, space_id, address):
        del self, space_id, address

    return [(Spaces, {"add_member": wish})]


# ---- blocks ---------------------------------------------------------------------------------------------------------


@bug("block", needs=("answered.Undecorate",))
def block_outlives_its_keyword() -> list[Change]:
    """A block stays when its event asks for nothing any more."""
    return [(blocks, {"sheds": lambda _fact: False})]


@bug("block")
def block_of_another_meeting() -> list[Change]:
    """A block stays when the event asks for another kind of meeting."""

    def lacks(draft, fact, again):
        return not fact.has_block and real(draft, fact, again)

    real = blocks.lacks
    return [(blocks, {"lacks": lacks})]


@bug("block", needs=("answered.Undecorate",))
def own_text_taken_out() -> list[Change]:
    """With the block the person's own words are taken out."""
    return [(block_work, {"strip": lambda _text: ""})]


# ---- devices --------------------------------------------------------------------------------------------------------


@bug("device", needs=("device rebooted at last", "crash at webex.bookings-put.leaving"))
def offer_forgotten() -> list[Change]:
    """A list whose taking was never confirmed counts as taken."""

    def put(draft, device, bookings_, digest, link):
        devices._keep(draft, replace(device, digest=digest, put_at=draft.now))
        real(draft, devices._device(draft, device.device_id), bookings_, digest, link)
        devices._keep(draft, replace(devices._device(draft, device.device_id), offered=False))

    real = devices._put
    return [(devices, {"_put": put})]


@bug("device", needs=("device rebooted at last", "log device.lost"))
def lost_list_unnoticed() -> list[Change]:
    """A device that forgot its list is not given it again."""

    def checked(draft, answer):
        devices.checked(draft, replace(answer, same=True))

    return [(answering, {"HEARD_BY": {**answering.HEARD_BY, BookingsChecked: checked}})]


@bug("device", needs=("device shows meetings",))
def declined_is_shown() -> list[Change]:
    """A device shows what was declined, too."""

    def is_shown(one, rule):
        fact = replace(one.fact, response="accepted")
        return real(replace(one, fact=fact) if not isinstance(one, tuple) else one._replace(fact=fact), rule)

    real = bookings._is_shown
    return [(bookings, {"_is_shown": is_shown})]


# ---- presence -------------------------------------------------------------------------------------------------------


@bug("presence")
def sources_upside_down() -> list[Change]:
    """Of several reasons to be away the last one counts."""
    return [(absence, {"SOURCES": tuple(reversed(absence.SOURCES))})]


@bug("presence")
def absence_not_followed() -> list[Change]:
    """An absence in the calendar counts as long as it did when it was first seen."""

    def of_events(facts, kinds, zone, window):
        return [(kind, start, end + 7200.0) for kind, start, end in real(facts, kinds, zone, window)]

    real = absence.of_events
    return [(absence, {"of_events": of_events})]
