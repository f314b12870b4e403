"""A room's calendar is read by the acting account, which gets access first and gives it back last."""

from dataclasses import replace

import pytest

from hybridcal_daemon.domain.calls import CheckAccess, GrantAccess, ListEvents, OpenChannel, ReturnAccess, StopChannel
from hybridcal_daemon.domain.effects import Goodbye, Report, Save, Submit
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.messages import (
    AccessChecked,
    AccessGranted,
    AccessReturned,
    CallFailed,
    ChannelOpened,
    ChannelStopped,
    Deactivated,
    EventsListed,
    ResyncAsked,
    Saved,
    SettingsChanged,
    Started,
    Woke,
)
from hybridcal_daemon.domain.state import Access, Durable, Snapshot, UserSettings
from hybridcal_daemon.domain.user import blank, decide
from hybridcal_daemon.domain.values import Instant, Sealed, Timed, UserId

ROOM = UserId("r0123456789abcdef0123")
T0 = 1_800_000_000.0
RULE = Sealed(b"rule")
ACTING = "hash of an account"


class Room:
    """One room's actor: what it ordered and is not answered yet, by kind of call."""

    def __init__(self, durable=None, *, push=False, acting=ACTING):
        self.state, self.now, self.durable = blank(ROOM), T0, durable or Durable()
        self.open, self.effects, self.lives = {}, [], 0
        self.settings = UserSettings(push=push, acting=acting)
        self.begin()

    def begin(self):
        self.lives += 1
        self.state, self.open = blank(ROOM), {}
        snapshot = Snapshot(user=ROOM, durable=self.durable, events=())
        self.tell(
            Started(incarnation=self.lives, entropy=f"{self.lives:032x}", snapshot=snapshot, settings=self.settings)
        )

    def tell(self, message, *, save=True):
        self.state, effects = decide(self.state, message, Instant(self.now))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Submit):
                self.open[type(effect.call)] = effect.call
        for effect in effects:
            if isinstance(effect, Save) and save:
                self.durable = effect.durable
                self.tell(Saved(version=effect.version))

    def answer(self, call_type, message_type, **fields):
        call = self.open.pop(call_type)
        self.tell(message_type(request_id=call.request_id, user=ROOM, **fields))

    def fail(self, call_type, kind, code):
        self.answer(call_type, CallFailed, kind=kind, code=code)

    def later(self, seconds):
        self.now += seconds
        self.tell(Woke())

    def list(self):
        self.answer(ListEvents, EventsListed, events=(), removed=(), quarantined=(), next_page=None, next_token="token")


def served(**more):
    room = Room(**more)
    room.answer(CheckAccess, AccessChecked, role="")
    room.answer(GrantAccess, AccessGranted, rule=RULE)
    return room


def test_nothing_is_read_before_access_was_looked_at():
    room = Room(push=True)
    assert room.open.keys() == {CheckAccess}


def test_access_that_is_there_is_used_and_never_given_back():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="writer")
    room.list()
    assert room.durable.standing.state == "active"
    assert room.durable.access.state == "found"
    room.tell(Deactivated())
    assert any(isinstance(effect, Goodbye) for effect in room.effects)
    assert ReturnAccess not in room.open


@pytest.mark.parametrize("role", ["", "reader", "freeBusyReader"])
def test_access_is_asked_for_when_it_is_not_enough_and_stored_before(role):
    room = Room()
    room.answer(CheckAccess, AccessChecked, role=role)
    assert room.durable.access.state == "granting"
    assert room.open.keys() == {GrantAccess}
    room.answer(GrantAccess, AccessGranted, rule=RULE)
    assert (room.durable.access.state, room.durable.access.rule) == ("granted", RULE)
    assert ListEvents in room.open


def test_the_rule_is_not_made_before_its_row_is_on_disk():
    room = Room()
    call = room.open.pop(CheckAccess)
    room.tell(AccessChecked(request_id=call.request_id, user=ROOM, role=""), save=False)
    assert GrantAccess not in room.open


def test_a_life_that_ended_while_the_rule_was_made_takes_it_for_its_own():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="")
    room.begin()
    assert room.open.keys() == {GrantAccess}
    room.tell(Deactivated())
    assert room.open[ReturnAccess].rule is None


def test_a_rule_of_ours_is_taken_back_at_the_end_after_the_channel():
    room = served(push=True)
    watch = room.open[OpenChannel]
    expires = Instant(T0 + 604800)
    room.answer(OpenChannel, ChannelOpened, channel_id=watch.channel_id, resource_id="res", expires_at=expires)
    room.list()
    room.tell(Deactivated())
    assert StopChannel in room.open
    assert ReturnAccess not in room.open
    room.answer(StopChannel, ChannelStopped, channel_id=watch.channel_id)
    assert room.open[ReturnAccess].rule == RULE
    room.answer(ReturnAccess, AccessReturned)
    assert any(isinstance(effect, Goodbye) for effect in room.effects)


def test_access_that_somebody_took_away_is_respected_until_an_admin_asks():
    room = served()
    room.list()
    room.later(1.3 * 86400)
    room.answer(CheckAccess, AccessChecked, role="")
    assert (room.durable.standing.state, room.durable.standing.code) == ("error", "room-access-lost")
    assert GrantAccess not in room.open
    room.tell(ResyncAsked())
    room.answer(CheckAccess, AccessChecked, role="")
    assert GrantAccess in room.open


def test_a_refusal_right_after_the_calendar_was_made_is_tried_again_soon_and_then_shown():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="")
    for _ in range(3):
        room.fail(GrantAccess, Kind.REFUSED, "google-read-only")
        assert room.durable.standing.state == "pending"
        room.later(60.0)
    room.fail(GrantAccess, Kind.REFUSED, "google-read-only")
    assert (room.durable.standing.state, room.durable.standing.code) == ("error", "room-not-owned")


def test_a_room_has_no_cards_presence_profile_or_blocks():
    room = served()
    room.list()
    for _ in range(100):
        room.later(3600.0)
        if ListEvents in room.open:
            room.list()
    kinds = {type(effect.call).__name__ for effect in room.effects if isinstance(effect, Submit)}
    assert kinds <= {"CheckAccess", "GrantAccess", "ListEvents", "ListEdge"}


def test_a_clock_that_was_set_back_does_not_delay_the_next_look():
    durable = replace(Durable(), access=Access(state="found", checked_at=Instant(T0 + 90 * 86400), account=ACTING))
    room = Room(durable)
    room.list()
    room.later(1.3 * 86400)
    assert CheckAccess in room.open


# ---- the accounts behind rooms


def code(room):
    return room.durable.standing.state, room.durable.standing.code


def reload(room, **changes):
    room.settings = replace(room.settings, **changes)
    room.tell(SettingsChanged(settings=room.settings))


def test_without_an_account_nothing_is_asked_and_the_reason_is_shown():
    room = Room(acting="")
    assert code(room) == ("error", "google-rooms-off")
    for _ in range(60):
        room.later(3600.0)
    assert not [effect for effect in room.effects if isinstance(effect, Submit)]
    assert code(room) == ("error", "google-rooms-off")


def test_a_reload_switches_a_room_off_and_on_again_at_once():
    room = served()
    room.list()
    reload(room, acting="")
    assert code(room) == ("error", "google-rooms-off")
    room.later(40.0)  # every reload lets what only an admin can cure be tried again
    assert code(room) == ("error", "google-rooms-off")
    assert not room.open
    reload(room, acting=ACTING)
    room.later(5.0)
    room.list()
    assert code(room) == ("active", "")
    assert room.durable.access.rule == RULE


def test_another_account_begins_like_the_first_once_the_old_ones_rule_is_gone():
    room = served()
    room.list()
    reload(room, acting="another")
    assert room.open.keys() == {ReturnAccess}
    assert room.open[ReturnAccess].rule == RULE
    room.answer(ReturnAccess, AccessReturned)
    room.answer(CheckAccess, AccessChecked, role="")
    room.answer(GrantAccess, AccessGranted, rule=Sealed(b"other rule"))
    assert (room.durable.access.account, room.durable.access.rule) == ("another", Sealed(b"other rule"))
    room.later(5.0)
    assert ListEvents in room.open


@pytest.mark.parametrize("role", ["", "writer"])
def test_another_account_is_looked_at_where_no_rule_is_ours(role):
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="owner")
    room.list()
    reload(room, acting="another")
    room.answer(CheckAccess, AccessChecked, role=role)
    assert room.durable.access.state == ("found" if role else "granting")


def test_a_look_at_the_old_accounts_access_says_nothing_of_the_new_one():
    room = Room()
    old = room.open.pop(CheckAccess)
    reload(room, acting="another")
    room.tell(AccessChecked(request_id=old.request_id, user=ROOM, role="owner"))
    assert room.durable.access.state == "unknown"
    room.answer(CheckAccess, AccessChecked, role="")
    assert (room.durable.access.state, room.durable.access.account) == ("granting", "another")


def test_a_rule_that_was_under_way_for_the_old_account_is_taken_back():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="")
    reload(room, acting="another")
    room.answer(GrantAccess, AccessGranted, rule=RULE)
    assert room.open[ReturnAccess].rule == RULE


def test_an_old_rule_that_cannot_be_taken_away_keeps_the_new_account_waiting_only_while_it_may_yet_work():
    room = served()
    room.list()
    reload(room, acting="another")
    room.fail(ReturnAccess, Kind.TRANSIENT, "unreachable")
    assert not room.open
    room.later(600.0)
    for _ in range(4):
        if ReturnAccess not in room.open:
            break
        room.fail(ReturnAccess, Kind.REFUSED, "google-refused")
        room.later(3600.0)
    assert CheckAccess in room.open


def test_a_lesser_role_from_before_is_put_back_at_the_end():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="reader")
    room.answer(GrantAccess, AccessGranted, rule=RULE)
    assert room.durable.access.before == "reader"
    room.begin()
    room.tell(Deactivated())
    assert (room.open[ReturnAccess].rule, room.open[ReturnAccess].before) == (RULE, "reader")


def test_a_rule_with_no_role_is_none():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="none")
    assert (room.durable.access.state, room.durable.access.before) == ("granting", "")


# ---- what is wrong with a room


def test_a_room_that_google_does_not_know_is_said_to_be_unknown():
    room = Room()
    room.answer(CheckAccess, AccessChecked, role="")
    room.fail(GrantAccess, Kind.NOT_FOUND, "google-not-found")
    assert code(room) == ("error", "room-not-found")


def test_an_owner_that_google_does_not_know_is_a_matter_of_the_installation():
    room = Room()
    room.fail(CheckAccess, Kind.CONFIG, "google-rooms-account")
    assert code(room) == ("error", "google-rooms-account")


def test_a_room_is_not_read_while_access_is_lost_and_read_at_once_when_it_is_back():
    room = served()
    room.list()
    room.later(1.3 * 86400)
    room.answer(CheckAccess, AccessChecked, role="")
    room.open.clear()  # what was under way is of no use any more
    room.later(3700.0)
    assert room.open.keys() == {CheckAccess}
    room.answer(CheckAccess, AccessChecked, role="writer")
    room.later(5.0)
    room.list()
    assert code(room) == ("active", "")


def test_access_is_looked_at_once_the_calendar_is_out_of_sight_and_then_every_hour():
    room = served()
    room.later(10.0)
    room.fail(ListEvents, Kind.NOT_FOUND, "google-not-found")
    assert CheckAccess in room.open
    room.later(1.0)
    room.answer(CheckAccess, AccessChecked, role="writer")
    room.later(60.0)
    assert CheckAccess not in room.open
    room.later(3700.0)
    assert CheckAccess in room.open


def test_access_that_was_taken_away_is_said_as_soon_as_a_list_fails():
    room = served()
    room.later(10.0)
    room.fail(ListEvents, Kind.NOT_FOUND, "google-not-found")
    room.answer(CheckAccess, AccessChecked, role="none")
    assert code(room) == ("error", "room-access-lost")


def test_meetings_that_a_room_declined_do_not_count():
    def event(event_id, response):
        times = {"start": Timed(at=int(T0) + 3600, tz="UTC"), "end": Timed(at=int(T0) + 7200, tz="UTC")}
        fact = EventFact(event_id=event_id, etag="1", response=response, **times)
        return SealedEvent(fact=fact, item=b"", join=None)

    room = served()
    events = (event("e1", "accepted"), event("e2", "declined"), event("e3", "organizer"))
    page = {"removed": (), "quarantined": (), "next_page": None, "next_token": "token"}
    room.answer(ListEvents, EventsListed, events=events, **page)
    reports = [effect for effect in room.effects if isinstance(effect, Report)]
    assert reports[-1].meetings == 2
