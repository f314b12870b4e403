"""What a clock that was set back leaves behind.

Owns: finding times that lie in the future although they tell of the past, and making them harmless.
Promises: after a jump back nothing waits for the clock to catch up: lists, look-ups, given-up requests and the goodbye
go on, moments are worked out anew, the presence is said again. A jump forward needs nothing: what is due is done.
Does not: know why the clock jumped, or change what is written about deliveries but when they were tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from hybridcal_daemon.domain import backoff, errands, holding
from hybridcal_daemon.domain.obtp import MOMENTS_FOR
from hybridcal_daemon.domain.state import Trouble
from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.state import Card, Device, Notice

D = TypeVar("D", "Card", "Notice")


def settle(draft: Draft) -> None:
    """Before anything is decided: no past may lie in the future."""
    _flight(draft)
    _durable(draft)
    _deliveries(draft)
    _webex(draft)


def _flight(draft: Draft) -> None:
    flight, now = draft.flight, draft.now
    flight.began_at = min(flight.began_at, now)
    if flight.dirty_at is not None:
        flight.dirty_at = min(flight.dirty_at, now)
    if flight.wanted_at is not None:
        flight.wanted_at = min(flight.wanted_at, now)
    if flight.moments_until > now + MOMENTS_FOR:
        draft.stale()  # meetings that seemed to be over may not have begun
    flight.push_at = min(flight.push_at, now)
    flight.listed_at = min(flight.listed_at, now)
    if flight.edge is not None and flight.edge.at > now:
        flight.edge = None  # it lists an edge that is far away
    for request_id, pending in flight.calls.items():
        if pending.asked_at > now:
            flight.calls[request_id] = pending._replace(asked_at=now)


def _durable(draft: Draft) -> None:
    durable, now = draft.durable, draft.now
    if max(durable.full_at, durable.window_at) > now:
        draft.keep(full_at=min(durable.full_at, now), window_at=min(durable.window_at, now))
        draft.flight.want_full = True  # its window lies in the future
    if durable.gone_at > now:
        draft.keep(gone_at=now)
    if durable.profile.read_at > now:
        draft.keep(profile=replace(durable.profile, read_at=now))
    if durable.synced_at > now:
        draft.keep(synced_at=now)
    if durable.vacation.read_at > now:
        draft.keep(vacation=replace(durable.vacation, read_at=now))
    if durable.presence.set_at > now:
        draft.flight.presence_said = False  # it ends earlier than we think
    if durable.room_at > now:
        draft.keep(room_at=now)
    if durable.access.checked_at > now:
        draft.keep(access=replace(durable.access, checked_at=now))
    if durable.left_at > now:
        draft.keep(left_at=now)


def _deliveries(draft: Draft) -> None:
    now = draft.now
    cards = tuple(_no_later(card, now) for card in draft.durable.cards)
    if cards != draft.durable.cards:
        draft.keep(cards=cards)
    notices = tuple(_no_later(notice, now) for notice in draft.durable.notices)
    if notices != draft.durable.notices:
        draft.keep(notices=notices)
    rewound = tuple(errands.rewound(errand, now) for errand in draft.durable.errands)
    if rewound != draft.durable.errands:
        draft.keep(errands=rewound)
    troubles = tuple((name, _soon_enough(trouble, now)) for name, trouble in draft.durable.troubles)
    if troubles != draft.durable.troubles:
        draft.keep(troubles=troubles)


def _webex(draft: Draft) -> None:
    """Meetings and devices."""
    durable, now = draft.durable, draft.now
    meetings = tuple(holding.rewound(meeting, now) for meeting in durable.meetings)
    if meetings != durable.meetings:
        draft.keep(meetings=meetings)
    if max(durable.held, default=now) > now:
        draft.keep(held=tuple(min(at, now) for at in durable.held))
    devices = tuple(_device(device, now) for device in durable.devices)
    if devices != durable.devices:
        draft.keep(devices=devices)
    if durable.devices_at > now:
        draft.keep(devices_at=now)


def _device(device: Device, now: Instant) -> Device:
    if max(device.put_at, device.checked_at) <= now:
        return device
    return replace(device, put_at=min(device.put_at, now), checked_at=min(device.checked_at, now))


def _no_later(card: D, now: Instant) -> D:
    return replace(card, since=now, retry_at=min(card.retry_at, now)) if card.since > now else card


def _soon_enough(trouble: Trouble, now: Instant) -> Trouble:
    return replace(trouble, retry_at=now) if trouble.retry_at > now + backoff.longest(trouble) else trouble
