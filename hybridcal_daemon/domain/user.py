"""What happens with one person's calendar: every decision of the daemon begins here.

Owns: ``decide``: the state of a user, a message and the time give the next state and the effects.
Promises: pure and total; an answer to a request of an earlier life, or that was given up, teaches nothing; after any
message everything that is due has been ordered and an alarm is set for the next thing that will be; after ``Goodbye``
nothing happens any more.
Does not: perform effects, read a clock, or hold a word that a person wrote.

``decide`` = *absorb* (what does the message teach?) + *settle* (compare what is with what should be, order the
difference). Each activity brings both halves: ``sync``, ``channel``, ``decorating``, ``obtp``, ``presence``, ``room``.
"""

from __future__ import annotations

from hybridcal_daemon.domain import (
    access,
    agenda,
    answering,
    channel,
    decorating,
    devices,
    edge,
    errands,
    expanding,
    leaving,
    meetings,
    notices,
    obtp,
    presence,
    profile,
    rewind,
    room,
    sync,
    troubles,
)
from hybridcal_daemon.domain.draft import LOST_AFTER, Draft
from hybridcal_daemon.domain.effects import Effect, Kept
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import (
    AgendaAsked,
    Answer,
    CallFailed,
    Deactivated,
    ErrandAsked,
    Linked,
    Message,
    Notified,
    RedecorateAsked,
    ResyncAsked,
    Saved,
    SettingsChanged,
    SiteChosen,
    Started,
    Woke,
)
from hybridcal_daemon.domain.state import Durable, Flight, UserSettings, UserState
from hybridcal_daemon.domain.values import Instant, UserId, is_room


def blank(user: UserId) -> UserState:
    """The state before ``Started``: it decides nothing."""
    return UserState(user=user, settings=UserSettings(), durable=Durable(), events={}, flight=Flight())


def decide(state: UserState, message: Message, now: Instant) -> tuple[UserState, tuple[Effect, ...]]:
    """The whole program for one person: ``(state, message, now) -> (state, effects)``."""
    if isinstance(message, Started):
        state = _begin(message)
    elif state.flight.incarnation == 0 or state.flight.gone:
        return state, ()  # not begun: Started brings everything that matters; or at an end
    draft = Draft(state, now)
    _absorb(draft, message)
    _settle(draft)
    return draft.finish()


def _begin(message: Started) -> UserState:
    snapshot = message.snapshot
    flight = Flight(incarnation=message.incarnation, entropy=message.entropy, saved=snapshot.durable.version)
    return UserState(
        user=snapshot.user,
        settings=message.settings,
        durable=snapshot.durable,
        events={fact.event_id: fact for fact in snapshot.events},
        flight=flight,
    )


def _absorb(draft: Draft, message: Message) -> None:
    match message:
        case Started():
            draft.flight.began_at = draft.now
            draft.flight.dirty_at = draft.now  # whatever was missed while nobody listened
            if draft.durable.standing.state == "leaving":
                leaving.begin(draft)  # the store was told before the actor was
        case Woke():
            draft.flight.alarm = None
        case Saved():
            draft.release(message.version)
        case Notified():
            channel.notified(draft, message)
        case SettingsChanged():
            draft.settings = message.settings
            access.forget_look(draft)
            draft.stale()
            troubles.try_soon(draft)
        case ResyncAsked():
            draft.flight.want_full = True
            troubles.try_now(draft, sync.LIST)
            troubles.try_now(draft, sync.TOKEN)
            access.try_anew(draft)
        case Deactivated():
            leaving.begin(draft, undecorate=message.undecorate)
        case ErrandAsked() | Linked() | SiteChosen() | RedecorateAsked() | AgendaAsked():
            _absorb_wish(draft, message)
        case _:
            _absorb_answer(draft, message)


def _absorb_wish(draft: Draft, wish: ErrandAsked | Linked | SiteChosen | RedecorateAsked | AgendaAsked) -> None:
    """What somebody wants of this calendar."""
    match wish:
        case ErrandAsked():
            errands.asked(draft, wish)
        case Linked():
            devices.linked(draft, wish)
        case SiteChosen():
            room.site_chosen(draft, wish)
        case RedecorateAsked():
            decorating.redo_asked(draft, wish)
        case AgendaAsked():
            agenda.asked(draft, wish)
    if isinstance(wish, Linked | SiteChosen) and wish.key:
        errands.when_kept(draft, Kept(user=draft.user, key=wish.key))


def _absorb_answer(draft: Draft, message: Answer) -> None:
    pending = draft.flight.calls.pop(message.request_id, None)
    if pending is not None:
        answering.answer(draft, pending, message)


def _settle(draft: Draft) -> None:
    rewind.settle(draft)
    _give_up_lost(draft)
    if draft.durable.left_at:
        leaving.settle(draft)
        return
    troubles.settle(draft)
    errands.settle(draft)  # before the list, which may have to follow; also while a room is closed to us
    if is_room(draft.user):
        _settle_room(draft)
    else:
        _settle_calendar(draft)
        _settle_person(draft)


def _settle_room(draft: Draft) -> None:
    """First of all the acting account has to have access."""
    access.settle(draft)
    if access.ready(draft):
        _settle_calendar(draft)
    else:
        errands.settle(draft)  # whoever waits is told that it does not go on
    devices.settle(draft)  # also while nothing new is heard: a device that lost its list gets it back


def _settle_calendar(draft: Draft) -> None:
    channel.settle(draft)  # before the list: the first one waits for the first watch
    sync.settle(draft)
    edge.settle(draft)
    expanding.settle(draft)


def _settle_person(draft: Draft) -> None:
    """A room has no out-of-office, no Join cards and no Personal Room, and organises nothing that we write to."""
    if draft.durable.token_form == sync.TOKEN_FORM:  # else rows are another version's, without what a meeting needs
        meetings.settle(draft)  # before the blocks that say how to join them
    decorating.settle(draft)
    notices.settle(draft)
    obtp.settle(draft)
    presence.settle(draft)
    room.settle(draft)
    profile.settle(draft)
    agenda.settle(draft)
    devices.settle(draft)


def _give_up_lost(draft: Draft) -> None:
    """Treat a request whose answer never came as failed and in doubt."""
    for request_id, pending in list(draft.flight.calls.items()):
        due = pending.asked_at + LOST_AFTER
        if due > draft.now:
            draft.wake(due)
            continue
        del draft.flight.calls[request_id]
        draft.flight.held = tuple(pair for pair in draft.flight.held if pair[1].call.request_id != request_id)
        lost = CallFailed(
            request_id=request_id, user=draft.user, kind=Kind.TRANSIENT, code="answer-lost", in_doubt=True
        )
        answering.answer(draft, pending, lost)
