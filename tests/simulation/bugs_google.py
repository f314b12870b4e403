"""Planted bugs in what is asked of Google: channels, quotas, errands, access to rooms."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.google import wire
from hybridcal_daemon.adapters.google.events import Events
from hybridcal_daemon.adapters.google.requests import Requests
from hybridcal_daemon.domain import access, channel, errands, lane, queueing
from hybridcal_daemon.domain.calls import ReturnAccess
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work import rooms
from tests.simulation.planted import bug

if TYPE_CHECKING:
    from tests.simulation.planted import Change

# ---- channels -------------------------------------------------------------------------------------------------------


@bug("channels", "list", "push")
def old_channel_first() -> list[Change]:
    """A channel that is to be renewed is stopped first, and then the new one opened (google.md B.3, 1 and 2)."""

    def open_if_needed(draft):
        for one in draft.durable.channels:
            if one.state == "open" and channel._renew_at(draft, one) <= draft.now:
                channel._replace(draft, replace(one, state="stopping"))
        real(draft)

    real = channel._open_if_needed
    return [(channel, {"_open_if_needed": open_if_needed})]


@bug("channels", "deactivated", needs=("channel stopped whose opening nobody heard of",))
def doubtful_channel_forgotten() -> list[Change]:
    """A channel whose opening was never heard of is not stopped (B.3, 3)."""
    return [(channel, {"_abandon": lambda draft, one: channel._forget(draft, one.channel_id)})]


# ---- quotas ---------------------------------------------------------------------------------------------------------


@bug("budget", needs=("quota nearly used up: user",))
def users_without_limit() -> list[Change]:
    """The limit of one user holds nobody."""
    return [(lane, {"_free_at": lambda _state, _entry, now: now})]


@bug("budget")
def project_without_limit() -> list[Change]:
    """What is begun costs the project nothing."""

    def begin(state, entry, now):
        gate = state.gates[entry.demand.service]
        before = gate.theoretical
        real(state, entry, now)
        gate.theoretical = before

    real = lane._begin
    return [(lane, {"_begin": begin})]


@bug("budget")
def patch_costs_one() -> list[Change]:
    """Every request counts as one, whatever it costs."""

    def of(order):
        return replace(real(order), cost=1)

    real = queueing.demand
    return [(queueing, {"demand": of})]


# ---- errands --------------------------------------------------------------------------------------------------------


@bug("errand", needs=("answered.quick-add", "fault ambiguous"))
def doubt_forgotten() -> list[Change]:
    """A quick-add whose answer never came is sent again."""

    def failed(draft, key, failure):
        real(draft, key, replace(failure, in_doubt=False))

    real = errands.failed
    return [(errands, {"failed": failed})]


@bug("errand")
def sent_again_after_a_death() -> list[Change]:
    """An errand that was under way when the process died counts as not sent."""

    def advance(draft, errand):
        real(draft, replace(errand, state="planned"))

    real = errands._advance
    return [(errands, {"_advance": advance})]


@bug("errand")
def fresh_id_each_time() -> list[Change]:
    """An event that is made for somebody gets another id with each attempt."""
    numbers = count()

    def insert(self, token, quota_user, new, **where):
        return real(self, token, quota_user, replace(new, event_id=f"{new.event_id}{next(numbers)}"), **where)

    real = Events.insert_event
    return [(Events, {"insert_event": insert})]


@bug("errand", needs=("crash at store.commit.errand.done",))
def told_before_it_is_stored() -> list[Change]:
    """Who asked is told at once, and not when the outcome is on disk."""

    def reply(draft, errand, version, **how):
        del version
        real(draft, errand, 0, **how)

    real = errands._reply
    return [(errands, {"_reply": reply})]


@bug("errand")
def nobody_is_told() -> list[Change]:
    """The outcome of an errand that ends in a refusal is not told, now or later."""

    def reply(draft, errand, version, **how):
        if errand.state == "done":
            real(draft, errand, version, **how)

    real = errands._reply
    return [(errands, {"_reply": reply})]


@bug("errand")
def not_done_but_told() -> list[Change]:
    """An answer to an invitation that Google's calendar could not take is told as taken."""

    def respond(self, token, quota_user, event_id, *, etag, me, reply):
        del me, reply, etag
        return self.get_event(token, quota_user, event_id)

    return [(Events, {"respond": respond})]


@bug("attendees", "contract")
def guests_written() -> list[Change]:
    """An answer to an invitation is written as if it were the whole list of guests (google.md D)."""

    def respond(self, token, quota_user, event_id, *, etag, me, reply):
        answer = wire.Answered(email=me.reveal(), response_status=reply)
        change = wire.ResponsePatch(attendees=[answer], attendees_omitted=False)
        return self._patch(token, quota_user, event_id, etag, change)

    return [(Events, {"respond": respond})]


# ---- rooms ----------------------------------------------------------------------------------------------------------


@bug("room-access")
def access_kept() -> list[Change]:
    """A room's calendar stays open to the acting account when the room is not served any more."""
    return [(access, {"to_return": lambda _draft: False})]


@bug("room-access", needs=("room access found", "room access as before"))
def found_access_taken_away() -> list[Change]:
    """Access that was there before is taken away at the end."""

    def to_return(draft):
        return draft.durable.access.state in {"found", "granting", "granted"}

    return [(access, {"to_return": to_return})]


@bug("room-access")
def former_role_forgotten() -> list[Change]:
    """Who could see a room's calendar before cannot any more afterwards."""

    def give_back(call, tools):
        return real(replace(call, before=""), tools)

    real = rooms.give_back
    return [(google_work, {"_PERFORM": {**google_work._PERFORM, ReturnAccess: give_back}})]


@bug("room-access")
def too_much_access() -> list[Change]:
    """The acting account makes itself an owner of the room's calendar."""
    return [(rooms, {"ROLE": "owner"})]


@bug("mail", "contract")
def access_is_mailed() -> list[Change]:
    """Google mails whom a rule is made for, as it does unless it is told not to."""

    def send(self, token, ask):
        params = {name: value for name, value in ask.params.items() if name != "sendNotifications"}
        return real(self, token, replace(ask, params=params))

    real = Requests._send
    return [(Requests, {"_send": send})]
