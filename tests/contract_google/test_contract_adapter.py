"""Every request that the adapter can make, and every answer of the stand-in to it, is one that Google documents."""

from dataclasses import replace

import pytest
from contract_world import ADDRESSES, NOW, ROOM

from hybridcal_daemon.adapters.google import SCOPES
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Plain, Secret, Timed, Window
from hybridcal_daemon.ports import CalendarApi, NewEvent
from tests.contract_google.checked import NEEDS, scopes_for
from tests.sandbox_google.discovery import METHODS

ALICE, BOB = (Plain(address) for address in ADDRESSES)
THE_ROOM = Plain(ROOM)
USER = "u0123456789abcdef0123"
WINDOW = Window(start=Instant(NOW - DAY), end=Instant(NOW + 7 * DAY))
START = Timed(at=int(NOW + HOUR), tz="Europe/Berlin")
END = Timed(at=int(NOW + 2 * HOUR), tz="Europe/Berlin")
NEW = NewEvent(
    event_id="a0b1c2d3",
    summary=Plain("Plan"),
    start=START,
    end=END,
    description=Plain("Text"),
    location=Plain("@webex"),
    guests=(BOB,),
    recurrence=("RRULE:FREQ=DAILY;COUNT=9",),
)


class Person:
    """Alice, as the daemon acts for her. ``asked``: the adapter's methods that were called."""

    def __init__(self, calendar, token_for):
        self._calendar = calendar
        self._token_for = token_for
        self.asked = set()

    def ask(self, name, *args, purpose=Purpose.CALENDAR, **how):
        self.asked.add(name)
        return getattr(self._calendar, name)(self._token_for(purpose), USER, *args, **how)

    def pages(self, name, *args, **how):
        page_token = None
        while True:
            page = self.ask(name, *args, page_token=page_token, **how)
            yield page
            page_token = page.next_page
            if page_token is None:
                return


@pytest.fixture
def alice(calendar, token_for):
    return Person(calendar, token_for)


def lists(alice):
    alice.ask("insert_event", NEW)
    *_, last = alice.pages("list_events", sync_token=None, window=WINDOW)
    assert last.next_token
    alice.ask("delete_event", NEW.event_id)
    changes = list(alice.pages("list_events", sync_token=last.next_token, window=None))
    assert [gone.event_id for page in changes for gone in page.removed] == [NEW.event_id]


def edges(alice):
    alice.ask("insert_event", NEW)
    edge = [event for page in alice.pages("list_edge", window=WINDOW) for event in page.events]
    assert len(edge) == 7
    same = [event for page in alice.pages("instances", NEW.event_id, window=WINDOW) for event in page.events]
    assert [event.event_id for event in same] == [event.event_id for event in edge]
    with pytest.raises(CallError, match="not-found"):
        alice.ask("instances", "nothing", window=WINDOW, page_token=None)


def writes(alice):
    made = alice.ask("insert_event", NEW)
    assert (made.start, made.end, made.organizer_self) == (START, END, True)
    with pytest.raises(CallError) as caught:
        alice.ask("insert_event", NEW)
    assert (caught.value.kind, caught.value.code) == (Kind.CONFLICT, "google-duplicate")
    patched = alice.ask("patch_description", made.event_id, etag=made.etag, description=Plain("New"))
    assert alice.ask("get_event", made.event_id) == patched
    with pytest.raises(CallError, match="google-conflict"):
        alice.ask("patch_description", made.event_id, etag=made.etag, description=Plain("Late"))
    for _ in range(2):
        alice.ask("delete_event", made.event_id)
    assert alice.ask("get_event", made.event_id) is None


def channels(alice):
    grant = alice.ask("watch", channel_id="c1", channel_token=Secret("s3"), ttl=600)
    assert NOW < grant.expires_at <= NOW + 600
    for _ in range(2):
        alice.ask("stop_channel", channel_id="c1", resource_id=grant.resource_id)


def people(alice):
    assert alice.ask("setting", "timezone", purpose=Purpose.SETTINGS) == "Europe/Berlin"
    assert alice.ask("setting", "nonsense", purpose=Purpose.SETTINGS) == ""
    assert not alice.ask("vacation", purpose=Purpose.GMAIL).enabled


def quick_add(alice):
    made = alice.ask("quick_add", Plain("Design review & tea tomorrow 10am"))
    assert made.start is not None
    assert alice.ask("get_event", made.event_id) == made


def availability(alice):
    alice.ask("insert_event", NEW)
    me, nobody = alice.ask(
        "free_busy", window=WINDOW, calendars=[ALICE, Plain("nobody@elsewhere.example")], purpose=Purpose.FREE_BUSY
    )
    assert me.busy[0] == Window(start=Instant(float(START.at)), end=Instant(float(END.at)))
    assert (nobody.busy, nobody.trouble) == ((), "notFound")


def rules(alice):
    def ask(name, **how):
        return alice.ask(name, calendar=THE_ROOM, purpose=Purpose.ROOM_ACCESS, **how)

    assert ask("access", who=BOB) == ""
    rule = ask("grant_access", who=BOB, role="reader")
    assert ask("access", who=BOB) == "reader"
    assert rule in ask("access_list")
    for _ in range(2):
        ask("return_access", rule_id=rule.rule_id)
    assert ask("access", who=BOB) == ""


def a_room(alice):
    def ask(name, *args, **how):
        return alice.ask(name, *args, calendar=THE_ROOM, purpose=Purpose.ROOMS, **how)

    booked = alice.ask("insert_event", replace(NEW, rooms=(THE_ROOM,), recurrence=()))
    assert [who.response for who in booked.attendees if who.resource] == ["accepted"]
    pages = alice.pages("list_events", sync_token=None, window=WINDOW, calendar=THE_ROOM, purpose=Purpose.ROOMS)
    (seen,) = (event for page in pages for event in page.events)
    assert [(who.email, who.response) for who in seen.attendees if who.is_self] == [(THE_ROOM, "accepted")]
    assert not seen.organizer_self
    assert ask("get_event", seen.event_id) == seen
    assert ask("list_edge", window=WINDOW, page_token=None).next_token is None
    grant = ask("watch", channel_id="c2", channel_token=Secret("s3"), ttl=600)
    alice.ask("stop_channel", channel_id="c2", resource_id=grant.resource_id, purpose=Purpose.ROOMS)
    ask("delete_event", seen.event_id)
    assert ask("get_event", seen.event_id) is None


SCENES = {
    lists: {"list_events", "insert_event", "delete_event"},
    edges: {"insert_event", "list_edge", "instances"},
    writes: {"insert_event", "patch_description", "get_event", "delete_event"},
    channels: {"watch", "stop_channel"},
    people: {"setting", "vacation"},
    quick_add: {"quick_add", "get_event"},
    availability: {"insert_event", "free_busy"},
    a_room: {"insert_event", "list_events", "get_event", "list_edge", "watch", "stop_channel", "delete_event"},
    rules: {"access", "access_list", "grant_access", "return_access"},
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_what_is_asked_and_answered_is_documented(alice, http, scene):
    scene(alice)
    assert http.faults == []
    assert alice.asked == SCENES[scene]


def test_the_same_over_a_socket(served, token_for, http):
    alice = Person(served, token_for)
    for scene in (quick_add, writes, rules, channels, people):
        scene(alice)
    assert http.seen["calendar.events.quickAdd"] == http.seen["calendar.acl.insert"] == 1
    assert http.faults == []


def test_one_s_own_answer(alice, http, sandbox):
    event = sandbox.create_event(
        BOB.reveal(),
        {
            "start": {"dateTime": "2026-12-01T10:00:00Z"},
            "end": {"dateTime": "2026-12-01T11:00:00Z"},
            "attendees": [{"email": ALICE.reveal()}, {"email": "eve@partner.example"}],
        },
    )
    mine = alice.ask("get_event", event["id"])
    answered = alice.ask("respond", mine.event_id, etag=mine.etag, me=ALICE, reply="tentative")
    assert [(who.email, who.response) for who in answered.attendees if who.is_self] == [(ALICE, "tentative")]
    assert len(answered.attendees) == len(mine.attendees)
    assert sandbox.mails()[1:] == []
    assert http.faults == []


def test_no_operation_is_left_out():
    operations = {name for name in vars(CalendarApi) if not name.startswith("_")}
    assert set().union(*SCENES.values()) | {"respond"} == operations


# ---- scopes ---------------------------------------------------------------------------------------------------------

BY_OWNERSHIP = {"calendar.events.owned", "calendar.app.created"}
"""They open the calls, but only for calendars of one's own, or of one's own making."""
SHOWING_MAIL = {"gmail.readonly", "gmail.modify", "https://mail.google.com/"}
"""Some open fewer methods than gmail.settings.basic, but what people write to each other with them."""


def operations(purpose):
    """Methods that a purpose's token is meant for."""
    return [METHODS[name] for name, purposes in NEEDS.items() if purpose in purposes]


AUTH = "https://www.googleapis.com/auth/"


def breadth(scope):
    return sum(scope in method.description.get("scopes", ()) for method in METHODS.values())


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_has_the_smallest_scope_that_opens_its_operations(purpose):
    methods = operations(purpose)
    (chosen,) = SCOPES[purpose]
    assert methods
    sufficient = set.intersection(*(set(method.description["scopes"]) for method in methods))
    unfit = BY_OWNERSHIP | SHOWING_MAIL
    candidates = {scope for scope in sufficient if scope.removeprefix(AUTH) not in unfit}
    assert chosen in candidates
    assert breadth(chosen) == min(map(breadth, candidates))


def test_no_scope_opens_more_than_one_purpose():
    for method_id in METHODS:
        assert len(scopes_for(method_id)) <= 1
