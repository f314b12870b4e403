"""Planted bugs in what is done outside: cards, blocks, channels, presence; and in when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from actors.base import Died, handles
from actors.lane import LaneActor
from actors.obtp import ObtpTimers
from actors.protocol import Done, Sweep
from actors.supervisor import Supervisor
from hybridcal_daemon.adapters.google import events as google_events
from hybridcal_daemon.domain import blocks, channel, decorating, moments, obtp, presence
from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.joinblock import compose
from hybridcal_daemon.domain.state import Channel
from hybridcal_daemon.domain.values import AllDay, Instant, Plain
from hybridcal_daemon.work import blocks as block_work
from tests.simulation.planted import bug

if TYPE_CHECKING:
    from tests.simulation.planted import Change

# ---- cards ----------------------------------------------------------------------------------------------------------


@bug("card", "stale-card")
def doubt_counts_as_sent() -> list[Change]:
    """A card is marked sent before it is: when the answer never comes nobody looks."""

    def look_for(draft, card):
        obtp.put(draft, replace(card, state="sent", message_id="unknown"))

    return [(obtp, {"_look_for": look_for})]


@bug("card-twice")
def doubt_counts_as_unsent() -> list[Change]:
    """A card whose answer never came is sent again without a look for it."""
    return [(obtp, {"_look_for": obtp._send})]


@bug("deactivated", "card-twice", "channels", "stale-card", "presence", "errand")
def requests_not_held() -> list[Change]:
    """Requests leave before the state that they follow from is on disk."""

    def submit(self, lane, priority, what, make, *, after_save=False, etag=""):
        del after_save
        return real(self, lane, priority, what, make, etag=etag)

    real = Draft.submit
    return [(Draft, {"submit": submit})]


@bug("stale-card")
def not_taken_back() -> list[Change]:
    """A card stays out when its meeting is gone."""

    def has_step(draft, card, moment):
        return card.state != "sent" and real(draft, card, moment)

    real = obtp._has_step
    return [(obtp, {"_has_step": has_step})]


@bug("card", "stale-card", needs=("log card.taken-back",))
def start_not_in_key() -> list[Change]:
    """A meeting that moves keeps its card."""

    def key(instance, start, join_digest):
        del start
        return real(instance, Instant(0), join_digest)

    real = moments._key
    return [(moments, {"_key": key})]


@bug("stale-card")
def declined_is_offered() -> list[Change]:
    """Who declined gets a card as well."""

    def is_offered(one):
        return one.fact.joinable and not isinstance(one.start, AllDay)

    return [(moments, {"_is_offered": is_offered})]


# ---- blocks ---------------------------------------------------------------------------------------------------------


@bug("block")
def echo_not_known() -> list[Change]:
    """The daemon's own block is not recognised, and is written again."""

    def described(call, event, fact, room, _style):
        if not fact.writable or fact.asked != call.action:
            return None
        return block_work._Text(Plain(compose(event.description.reveal(), room)), "")

    return [
        (block_work, {"_described": described}),
        (blocks, {"lacks": lambda _draft, _fact, _again: True}),
        (decorating, {"_settled": lambda _draft, _event_id, _etag: None}),
    ]


@bug("block", "contract")
def written_over() -> list[Change]:
    """The block is written into a text that somebody has changed since it was read."""

    return [(google_events, {"sendable_etag": lambda _etag: "*"})]


# ---- channels -------------------------------------------------------------------------------------------------------


@bug("channels", "deactivated")
def channel_row_after_call() -> list[Change]:
    """A channel's row is written when Google has answered, not before it is asked."""

    def order(draft, row):
        rows = draft.durable.channels
        real_order(draft, row)
        draft.keep(channels=rows)

    def opened(draft, answer):
        row = Channel(channel_id=answer.channel_id, state="creating", asked_at=draft.now)
        draft.keep(channels=(*draft.durable.channels, row))
        real_opened(draft, answer)

    def open_if_needed(draft):
        if not any(pending.what.startswith(channel.WATCH) for pending in draft.flight.calls.values()):
            real_open(draft)

    real_order, real_opened, real_open = channel._open, channel.opened, channel._open_if_needed
    return [(channel, {"_open": order, "opened": opened, "_open_if_needed": open_if_needed})]


@bug("channels", "deactivated", needs=("channel overlap",))
def old_channel_forgotten() -> list[Change]:
    """The predecessor of a renewed channel is forgotten instead of stopped."""

    def after_opening(row, answer):
        kept = real(row, answer)
        return replace(kept, expires_at=Instant(1)) if kept.state == "stopping" else kept

    real = channel._after_opening
    return [(channel, {"_after_opening": after_opening})]


# ---- presence -------------------------------------------------------------------------------------------------------


@bug("presence")
def presence_stays() -> list[Change]:
    """An out-of-office is said anew for ever."""

    def wanted(draft):
        return "ooo" if draft.settings.presence and (real(draft) or draft.durable.presence.until > 0) else ""

    real = presence.wanted
    return [(presence, {"wanted": wanted})]


@bug("presence")
def presence_not_renewed() -> list[Change]:
    """An out-of-office is said once."""
    return [(presence, {"_lasts": lambda draft: draft.durable.presence.until > 0})]


# ---- actors ---------------------------------------------------------------------------------------------------------


@bug("card", "list", "presence", "liveness", "block", "deactivated", "push")
def earlier_alarm_lost() -> list[Change]:
    """An alarm that is set to an earlier time keeps its old one."""

    def insert(self, name, at):
        if self._due.get(name, at) <= at:
            real(self, name, at)

    real = ObtpTimers._insert
    return [(ObtpTimers, {"_insert": insert})]


@bug("liveness", "card", "list", "block", "presence", "push", "errand")
def dead_not_restarted() -> list[Change]:
    """The supervisor does not hear of deaths, and does not look for the dead."""
    deaf = handles(Died)(lambda _self, _death: None)
    blind = handles(Sweep)(lambda _self, _order: None)
    return [(Supervisor, {"died": deaf, "sweep": blind})]


@bug("liveness", "card", "list", "block", "presence", "push", "errand")
def worker_lost() -> list[Change]:
    """A lane does not get back a worker whose request failed."""

    @handles(Done)
    def done(self, message):
        if message.kind is None:
            real(self, message)

    real = LaneActor.done
    return [(LaneActor, {"done": done})]
