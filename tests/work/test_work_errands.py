"""Errands, from cell to cell."""

import json
from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.calls import RunErrand
from hybridcal_daemon.domain.events import Person
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CallFailed, ErrandDone
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, RequestId, Sealed, Timed, UserId, Window
from hybridcal_daemon.domain.wishes import KINDS, Delete, Explain, FreeBusy, Insert, QuickAdd, Respond, event_of
from hybridcal_daemon.ports import PRIMARY, Availability
from hybridcal_daemon.work import errand_cells as cells
from hybridcal_daemon.work.google import run
from tests.work.fakes import ALICE, meeting

ROOM = UserId("r00000000000000000001")
ADDRESS = Plain("alice@acme.example")
BOB = Person(email=Plain("bob@acme.example"), name=Plain("Bob"), response="accepted", organizer=True)
ME = Person(email=Plain("Alice@acme.example"), name=Plain("Alice"), response="needsAction", is_self=True)
INVITED = {"organizer_self": False, "organizer": BOB, "attendees": (BOB, ME)}
PLAN = Insert(
    title=Plain("Plan"),
    start=Timed(at=1_796_032_800, tz="Europe/Berlin"),
    end=Timed(at=1_796_036_400, tz="Europe/Berlin"),
    location=Plain("@webex"),
    guests=(Plain("bob@acme.example"),),
)


class Desk:
    """The part of a CalendarApi that errands use, over a dictionary of events; by calendar."""

    def __init__(self):
        self.events = {}
        self.gone = set()
        self.asked = []
        self.fails = {}
        self.before_write = lambda: None
        self.good_tokens = {"held"}

    def _ask(self, token, user, what, **details):
        if token.reveal() not in self.good_tokens:
            raise CallError(Kind.USER, "google-token")
        self.asked.append((what, user, details))
        if self.fails.get(what):
            raise self.fails[what].pop(0)

    def get_event(self, token, quota_user, event_id, *, calendar=PRIMARY):
        self._ask(token, quota_user, "get", event_id=event_id, calendar=calendar)
        return self.events.get(event_id)

    def insert_event(self, token, quota_user, new, *, calendar=PRIMARY):
        self._ask(token, quota_user, "insert", new=new, calendar=calendar)
        if new.event_id in self.events or new.event_id in self.gone:
            raise CallError(Kind.CONFLICT, "google-duplicate")
        self.events[new.event_id] = meeting(
            new.event_id, summary=new.summary, start=new.start, end=new.end, location=new.location
        )
        return self.events[new.event_id]

    def delete_event(self, token, quota_user, event_id, *, calendar=PRIMARY):
        self._ask(token, quota_user, "delete", event_id=event_id, calendar=calendar)
        if self.events.pop(event_id, None) is not None:
            self.gone.add(event_id)
        elif event_id not in self.gone:
            raise CallError(Kind.NOT_FOUND, "google-not-found")

    def respond(self, token, quota_user, event_id, *, etag, me, reply):
        self._ask(token, quota_user, "respond", event_id=event_id, me=me, reply=reply)
        self.before_write()
        event = self.events[event_id]
        if event.etag != etag:
            raise CallError(Kind.CONFLICT, "google-conflict")
        people = tuple(replace(who, response=reply) if who.is_self else who for who in event.attendees)
        self.events[event_id] = replace(event, attendees=people, etag=f"{etag}+")
        return self.events[event_id]

    def quick_add(self, token, quota_user, text):
        self._ask(token, quota_user, "quick-add", text=text)
        return meeting("q1", summary=text)

    def free_busy(self, token, quota_user, *, window, calendars):
        self._ask(token, quota_user, "free-busy", window=window, calendars=calendars)
        known = Availability(calendar=calendars[0], busy=(window,))
        return (known, *(Availability(calendar=one, busy=(), trouble="notFound") for one in calendars[1:]))

    def named(self, what):
        return [details for asked, _, details in self.asked if asked == what]


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def tools(desk, google_tools):
    return replace(google_tools, calendar=desk)


@pytest.fixture
def do(tools, vault):
    """Run an errand; gives the answer's JSON, or (kind, code) of the failure."""

    def do(wish, *, user=ALICE, key="k1", event_id=None):
        ask = vault.seal(user, cells.ask_place(key), cells.encode_wish(wish))
        call = RunErrand(
            request_id=RequestId(7),
            user=user,
            key=key,
            kind=KINDS[type(wish)],
            event_id=event_of(wish) if event_id is None else event_id,
            ask=ask,
        )
        answer = run(call, tools)
        if isinstance(answer, CallFailed):
            return answer.kind, answer.code
        assert isinstance(answer, ErrandDone)
        assert answer.key == key
        return json.loads(vault.open(user, cells.answer_place(key), answer.answer).reveal())

    return do


# ---- inserting


def test_an_event_is_made_under_the_id_that_was_chosen(do, desk):
    assert do(PLAN, event_id="hc1") == {
        "event": {
            "id": "hc1",
            "title": "Plan",
            "start": "2026-11-30T11:00:00+01:00",
            "end": "2026-11-30T12:00:00+01:00",
            "location": "@webex",
        }
    }
    (asked,) = desk.named("insert")
    new = asked["new"]
    assert (new.event_id, new.summary, new.guests, new.location) == ("hc1", PLAN.title, PLAN.guests, PLAN.location)
    assert (new.start, new.end) == (PLAN.start, PLAN.end)


def test_days_stay_days(do, desk):
    days = Insert(title=Plain("Off"), start=AllDay(day=date(2026, 12, 1)), end=AllDay(day=date(2026, 12, 3)))
    event = do(days, event_id="hc1")["event"]
    assert (event["start"], event["end"]) == ("2026-12-01", "2026-12-03")
    assert desk.named("insert")[0]["new"].start == days.start


def test_d_concurrency_an_insert_that_is_repeated_finds_the_event_of_the_first(do, desk):
    first = do(PLAN, event_id="hc1")
    desk.events["hc1"] = replace(desk.events["hc1"], summary=Plain("Plan B"))
    again = do(PLAN, event_id="hc1")
    assert len(desk.events) == 1
    assert again["event"]["id"] == first["event"]["id"]
    assert again["event"]["title"] == "Plan B"  # as it is now


def test_d_concurrency_an_insert_whose_event_was_deleted_since_is_not_made_again(do, desk):
    do(PLAN, event_id="hc1")
    do(Delete(event_id="hc1"))
    assert do(PLAN, event_id="hc1") == (Kind.REFUSED, "errand-undone")
    assert desk.events == {}


def test_a_room_is_booked_and_released_in_its_own_calendar_as_the_acting_account(do, desk, tokens):
    do(PLAN, user=ROOM, event_id="hc1")
    do(Delete(event_id="hc1"), user=ROOM)
    assert {details["calendar"] for details in (*desk.named("insert"), *desk.named("delete"))} == {ADDRESS}
    assert {purpose for _, purpose, _ in tokens.asked} == {Purpose.ROOMS}


@pytest.mark.parametrize(
    "wish",
    [
        QuickAdd(text=Plain("Lunch")),
        Respond(event_id="e1", reply="accepted"),
        FreeBusy(window=Window(start=Instant(0), end=Instant(9)), calendars=(ADDRESS,)),
    ],
)
def test_what_needs_an_account_is_not_done_for_a_room(do, desk, wish):
    assert do(wish, user=ROOM) == (Kind.REFUSED, "errand-not-for-rooms")
    assert desk.asked == []


# ---- deleting


def test_an_event_is_deleted_once_or_again(do, desk):
    desk.events["e1"] = meeting()
    assert do(Delete(event_id="e1")) == {"deleted": "e1"}
    assert do(Delete(event_id="e1")) == {"deleted": "e1"}
    assert desk.events == {}


def test_an_event_that_was_never_there_is_not_called_deleted(do):
    assert do(Delete(event_id="e2")) == (Kind.NOT_FOUND, "google-not-found")


# ---- responding


@pytest.mark.parametrize("reply", ["accepted", "declined", "tentative"])
def test_d_who_only_the_own_answer_is_sent(do, desk, reply):
    desk.events["e1"] = meeting(**INVITED)
    assert do(Respond(event_id="e1", reply=reply))["event"]["response"] == reply
    assert desk.named("respond") == [{"event_id": "e1", "me": ME.email, "reply": reply}]
    assert desk.events["e1"].attendees[0] == BOB


def test_an_answer_that_stands_already_is_not_sent_again(do, desk):
    desk.events["e1"] = meeting(**INVITED)
    do(Respond(event_id="e1", reply="declined"))
    do(Respond(event_id="e1", reply="declined"))
    assert len(desk.named("respond")) == 1


def test_d_concurrency_a_412_is_answered_by_reading_again_three_times_at_most(do, desk):
    desk.events["e1"] = meeting(**INVITED)
    changes = iter(range(9))

    def meddle():
        desk.events["e1"] = replace(desk.events["e1"], etag=f"other {next(changes)}")

    desk.before_write = meddle
    assert do(Respond(event_id="e1", reply="accepted")) == (Kind.CONFLICT, "google-conflict")
    assert len(desk.named("respond")) == len(desk.named("get")) == 3
    desk.before_write = lambda: None
    assert do(Respond(event_id="e1", reply="accepted"))["event"]["response"] == "accepted"


def test_d_who_an_organiser_and_a_stranger_answer_nothing(do, desk):
    desk.events["own"] = meeting("own")
    desk.events["other"] = meeting("other", organizer_self=False, organizer=BOB, attendees=(BOB,))
    assert do(Respond(event_id="own", reply="declined")) == (Kind.REFUSED, "errand-own-event")
    assert do(Respond(event_id="other", reply="declined")) == (Kind.REFUSED, "errand-not-invited")
    assert do(Respond(event_id="none", reply="declined")) == (Kind.NOT_FOUND, "google-not-found")
    assert desk.named("respond") == []


def test_d_who_the_own_entry_is_found_by_address_and_in_a_list_that_was_cut(do, desk):
    unmarked = replace(ME, is_self=False)
    desk.events["e1"] = meeting(**{**INVITED, "attendees": (BOB, unmarked)})
    desk.events["e2"] = meeting("e2", **{**INVITED, "attendees": (BOB,)}, attendees_omitted=True)
    do(Respond(event_id="e1", reply="tentative"))
    do(Respond(event_id="e2", reply="tentative"))
    assert [asked["me"] for asked in desk.named("respond")] == [unmarked.email, ADDRESS]


# ---- quick-add and free-busy


def test_a_sentence_goes_to_google_as_it_is(do, desk):
    answer = do(QuickAdd(text=Plain("Lunch tomorrow at noon ☕")))
    assert answer["event"]["id"] == "q1"
    assert desk.named("quick-add") == [{"text": Plain("Lunch tomorrow at noon ☕")}]


def test_a_lost_answer_stays_in_doubt(do, desk):
    desk.fails["quick-add"] = [CallError(Kind.TRANSIENT, "deadline", in_doubt=True)]
    assert do(QuickAdd(text=Plain("Lunch"))) == (Kind.TRANSIENT, "deadline")


def test_d_concurrency_a_conflict_does_not_say_that_nothing_was_added(tools, vault, desk):
    desk.fails["quick-add"] = [CallError(Kind.CONFLICT, "google-conflict")]
    ask = vault.seal(ALICE, cells.ask_place("k1"), cells.encode_wish(QuickAdd(text=Plain("Lunch"))))
    call = RunErrand(request_id=RequestId(1), user=ALICE, key="k1", kind="quick-add", event_id="", ask=ask)
    assert run(call, tools).in_doubt


def test_what_has_happened_and_cannot_be_told_is_in_doubt(tools, vault, desk):
    def sealed_up(_user, _place, _content):
        raise CallError(Kind.SEALED, "kms-sealed")

    ask = vault.seal(ALICE, cells.ask_place("k1"), cells.encode_wish(QuickAdd(text=Plain("Lunch"))))
    call = RunErrand(request_id=RequestId(1), user=ALICE, key="k1", kind="quick-add", event_id="", ask=ask)
    failure = run(call, replace(tools, seal_cell=sealed_up))
    assert (failure.kind, failure.in_doubt) == (Kind.SEALED, True)
    assert len(desk.named("quick-add")) == 1


def test_availability_has_its_own_scope_and_says_of_whom_it_cannot_tell(do, desk, tokens):
    wish = FreeBusy(
        window=Window(start=Instant(1_796_032_800.0), end=Instant(1_796_036_400.0)), calendars=(ADDRESS, BOB.email)
    )
    assert do(wish) == {
        "calendars": [
            {
                "calendar": "alice@acme.example",
                "busy": [{"start": "2026-11-30T10:00:00Z", "end": "2026-11-30T11:00:00Z"}],
                "trouble": "",
            },
            {"calendar": "bob@acme.example", "busy": [], "trouble": "notFound"},
        ]
    }
    assert desk.named("free-busy") == [{"window": wish.window, "calendars": wish.calendars}]
    assert [purpose for _, purpose, _ in tokens.asked] == [Purpose.FREE_BUSY]


# ---- explaining


def test_explaining_tells_no_word_of_the_event(do, desk):
    desk.events["e1"] = meeting(
        summary=Plain("SECRET"), description=Plain("SECRET"), location=Plain("@webex SECRET"), attendees=(BOB, ME)
    )
    answer = do(Explain(event_id="e1"))
    assert "SECRET" not in json.dumps(answer)
    assert "@" not in json.dumps(answer)
    assert answer["seen"]["asked"] == "myroom"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"location": Plain("@webex")}, {"keyword_off": True, "ordinary": True, "external": False}),
        ({"location": Plain("")}, {"keyword_off": False}),
        ({"event_type": "somethingNew"}, {"ordinary": False}),
        ({"organizer_self": False, "organizer": BOB}, {"external": False}),
        ({"organizer_self": False, "organizer": replace(BOB, email=Plain("x@other.example"))}, {"external": True}),
        ({"location": Plain("https://acme.webex.com/meet/bob")}, {"by_address": True, "asked": "myroom"}),
    ],
)
def test_what_only_the_event_itself_tells_is_told(tools, desk, vault, changes, told):
    desk.events["e1"] = meeting(**changes)
    ask = vault.seal(ALICE, cells.ask_place("k1"), cells.encode_wish(Explain(event_id="e1")))
    call = RunErrand(request_id=RequestId(1), user=ALICE, key="k1", kind="explain", event_id="e1", ask=ask)
    answer = vault.open(ALICE, cells.answer_place("k1"), run(call, replace(tools, webex=None)).answer)
    assert told.items() <= json.loads(answer.reveal())["seen"].items()


def test_what_is_explained_comes_back_as_it_was(do, desk):
    desk.events["e1"] = meeting(locked=True, event_type="focusTime", kind="focus-time")
    seen = cells.decode_seen(Plain(json.dumps(do(Explain(event_id="e1"))).encode()))
    assert (seen.fact.event_id, seen.fact.organiser, seen.meeting, seen.kept) == ("e1", True, False, True)
    assert seen.fact.start == desk.events["e1"].start
    assert cells.decode_seen(Plain(json.dumps(do(Explain(event_id="none"))).encode())) is None


def test_that_an_event_is_private_is_explained(do, desk):
    desk.events["e1"] = meeting(confidential=True)
    desk.events["e2"] = meeting()
    explained = [cells.decode_seen(Plain(json.dumps(do(Explain(event_id=one))).encode())) for one in ("e1", "e2")]
    assert [seen.fact.confidential for seen in explained] == [True, False]


# ---- tokens and cells


def test_a_token_that_google_refuses_is_renewed_once(do, desk, tokens):
    desk.events["e1"] = meeting()
    desk.good_tokens = {"fresh"}
    assert do(Delete(event_id="e1")) == {"deleted": "e1"}
    assert [force for _, _, force in tokens.asked] == [False, True]


def test_a_cell_of_another_errand_does_not_open(tools, vault, desk):
    ask = vault.seal(ALICE, cells.ask_place("other"), cells.encode_wish(PLAN))
    call = RunErrand(request_id=RequestId(1), user=ALICE, key="k1", kind="insert", event_id="hc1", ask=ask)
    assert run(call, tools).code == "kms-tampered"
    assert desk.asked == []


@pytest.mark.parametrize("kind", ["insert", "respond", "quick-add", "free-busy"])
def test_a_cell_that_is_none_of_ours_is_refused(tools, vault, desk, kind):
    ask = vault.seal(ALICE, cells.ask_place("k1"), Plain(b'{"nonsense": 1}'))
    call = RunErrand(request_id=RequestId(1), user=ALICE, key="k1", kind=kind, event_id="e1", ask=ask)
    assert (run(call, tools).kind, run(call, tools).code) == (Kind.INVALID, "kms-tampered")
    assert desk.asked == []
    assert isinstance(ask, Sealed)
