"""Rooms against the stand-in, with the real adapter: only the acting account gets access, and gives it back."""

from dataclasses import replace

import pytest

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.adapters.google.requests import rfc3339
from hybridcal_daemon.domain.calls import (
    CheckAccess,
    Decorate,
    FetchEvent,
    GrantAccess,
    ListEdge,
    ListEvents,
    ListInstances,
    OpenChannel,
    ReturnAccess,
    RunErrand,
    StopChannel,
)
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import DAY, HOUR, Instant, Plain, RequestId, Secret, Timed, UserId, stored_window
from hybridcal_daemon.domain.wishes import Delete, Insert
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.work import errand_cells as cells
from hybridcal_daemon.work.google import run
from hybridcal_daemon.work.room import ROOM_PLACE, encode_room
from tests.work.fakes import ROOM as PERSONAL_ROOM

NOW = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
ROOM = UserId("r00000000000000000001")
AURORA, ACTING, OWNER = "aurora@resource.acme.example", "rooms@acme.example", "admin@acme.example"
ALICE = "alice@acme.example"
RULE = f"user:{ACTING}"
IDS = {"request_id": RequestId(7), "user": ROOM}


class Clock:
    def now(self):
        return Instant(NOW)

    def monotonic(self):
        return 0.0


class Handed:
    """ports.HttpClient that hands each request to the stand-in."""

    def __init__(self, google):
        self._google = google

    def send(self, request):
        return self._google.handle(request)

    def close(self):
        pass


@pytest.fixture
def google():
    google = GoogleSandbox(clock=Clock(), seed=1, push=lambda _request: None, allow_http_push=True, short_pages=0)
    for address in (ALICE, "bob@acme.example", ACTING):
        google.add_user(address)
    google.add_user(OWNER, admin=True)
    google.add_room(AURORA, name="Aurora", timezone="Europe/Berlin")
    return google


@pytest.fixture
def asked():
    """Purposes of the tokens that were asked for."""
    return []


@pytest.fixture
def tools(google, google_tools, asked):
    def token(_user, purpose, _force):
        asked.append(purpose)
        return Secret(google.person_token(OWNER if purpose is Purpose.ROOM_ACCESS else ACTING))

    site = "https://google.example"
    settings = GoogleSettings(
        calendar_url=f"{site}/calendar/v3", gmail_url=f"{site}/gmail/v1", push_url="http://127.0.0.1:9/google/push"
    )
    return replace(
        google_tools,
        calendar=GoogleCalendar(Handed(google), settings),
        token=token,
        address=lambda _user: Plain(AURORA),
        acting=Plain(ACTING),
    )


@pytest.fixture
def granted(tools):
    """The sealed id of the rule that was made."""
    return run(GrantAccess(**IDS), tools).rule


def rules(google):
    return {rule["id"]: rule["role"] for rule in google.rules(AURORA)}


def operations(google, prefix=""):
    return [entry.operation for entry in google.journal() if entry.operation.startswith(f"calendar.{prefix}")]


def failure(answer):
    return answer.kind, answer.code


def booked(google, title="Standup", begin=HOUR, **fields):
    start = NOW + begin
    times = {
        name: {"dateTime": rfc3339(at), "timeZone": "Europe/Berlin"}
        for name, at in (("start", start), ("end", start + HOUR))
    }
    guests = [{"email": AURORA, "resource": True}]
    return google.create_event(ALICE, {"summary": title, **times, "attendees": guests, **fields})


def listed(tools):
    answer = run(ListEvents(**IDS, window=stored_window(Instant(NOW))), tools)
    return {event.fact.event_id: event.fact for event in answer.events}


# ---- access rules


def test_the_acting_account_gets_access_without_a_mail(google, tools, asked):
    before = rules(google)
    assert run(CheckAccess(**IDS), tools).role == ""
    answer = run(GrantAccess(**IDS), tools)
    assert rules(google) == {**before, RULE: "writer"}
    (insert,) = [entry for entry in google.journal() if entry.operation == "calendar.acl.insert"]
    assert (insert.query["sendNotifications"], insert.mails, insert.subject) == (["false"], 0, OWNER)
    assert run(CheckAccess(**IDS), tools).role == "writer"
    assert set(asked) == {Purpose.ROOM_ACCESS}
    assert RULE.encode() in bytes(answer.rule)  # this test's vault only writes the place in front


def test_the_rule_is_taken_back_by_its_id_and_nobody_elses(google, tools, granted):
    google.share(AURORA, "writer", value="bob@acme.example")
    run(ReturnAccess(**IDS, rule=granted), tools)
    assert RULE not in rules(google)
    assert rules(google)["user:bob@acme.example"] == "writer"
    again = run(ReturnAccess(**IDS, rule=granted), tools)
    assert type(again).__name__ == "AccessReturned"


def test_a_rule_whose_making_was_not_confirmed_is_taken_back_too(google, tools, granted):
    assert granted is not None
    run(ReturnAccess(**IDS, rule=None), replace(tools, acting=Plain("Rooms@acme.example")))
    assert RULE not in rules(google)


def test_a_lesser_role_from_before_is_put_back(google, tools):
    google.share(AURORA, "reader", value=ACTING)
    assert run(CheckAccess(**IDS), tools).role == "reader"
    rule = run(GrantAccess(**IDS), tools).rule
    assert rules(google)[RULE] == "writer"
    run(ReturnAccess(**IDS, rule=rule, before="reader"), tools)
    assert rules(google)[RULE] == "reader"
    assert "calendar.acl.delete" not in operations(google)


def test_a_room_that_is_not_there(tools):
    tools = replace(tools, address=lambda _user: Plain("borealis@resource.acme.example"))
    assert run(CheckAccess(**IDS), tools).role == ""
    assert failure(run(GrantAccess(**IDS), tools)) == (Kind.NOT_FOUND, "google-not-found")


def test_an_owner_who_is_none(google, tools):
    google.share(AURORA, "writer", value=OWNER)
    google.add_user(OWNER, admin=False)
    assert failure(run(GrantAccess(**IDS), tools)) == (Kind.REFUSED, "google-read-only")
    assert RULE not in rules(google)


# ---- the room's calendar


def test_everything_is_asked_of_the_rooms_calendar_with_the_acting_accounts_token(google, tools, granted, asked, vault):
    assert granted is not None
    event = booked(google, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    window = stored_window(Instant(NOW))
    begun = len(google.journal())
    asked.clear()
    wish = Insert(title=Plain("Board"), start=moment(DAY), end=moment(DAY + HOUR))
    for call in (
        ListEvents(**IDS, window=window),
        ListEdge(**IDS, window=window),
        ListInstances(**IDS, series_id=event["id"], window=window),
        FetchEvent(**IDS, event_id=event["id"]),
        OpenChannel(**IDS, channel_id=f"{ROOM}-1", ttl=3600),
        errand(vault, "insert", wish),
        errand(vault, "delete", Delete(event_id="hc12345")),
    ):
        answer = run(call, tools)
        assert type(answer).__name__ != "CallFailed", (call, answer)
    assert set(asked) == {Purpose.ROOMS}
    entries = google.journal(begun)
    assert len(entries) == 7
    assert all("/calendars/aurora%40resource.acme.example/" in entry.path for entry in entries)
    assert {entry.subject for entry in entries} == {ACTING}


def test_its_channel_is_stopped(google, tools, granted):
    assert granted is not None
    opened = run(OpenChannel(**IDS, channel_id=f"{ROOM}-1", ttl=3600), tools)
    assert [channel["id"] for channel in google.channels()] == [f"{ROOM}-1"]
    run(StopChannel(**IDS, channel_id=f"{ROOM}-1", resource_id=opened.resource_id), tools)
    assert google.channels() == []


def test_d_who_the_rooms_own_answer_is_found_by_address(google, tools, granted):
    assert granted is not None
    first, second = booked(google, "First"), booked(google, "Too late")
    facts = listed(tools)
    assert (facts[first["id"]].response, facts[second["id"]].response) == ("accepted", "declined")


def test_d_who_nobody_organises_for_us_in_a_rooms_calendar(google, tools, granted, vault):
    assert granted is not None
    own = run(errand(vault, "insert", Insert(title=Plain("Ad hoc"), start=moment(0), end=moment(HOUR))), tools)
    assert type(own).__name__ == "ErrandDone"
    booked(google, location="@webex", begin=DAY)
    facts = listed(tools)
    assert len(facts) == 2
    assert {(fact.organiser, fact.writable) for fact in facts.values()} == {(False, False)}


def test_d_who_a_room_is_never_written_to(google, tools, granted, vault):
    event = booked(google, location="@webex")
    begun = len(google.journal())
    order = Decorate(**IDS, event_id=event["id"], room=vault.seal(ROOM, ROOM_PLACE, encode_room(PERSONAL_ROOM)))
    assert failure(run(order, tools)) == (Kind.REFUSED, "not-permitted")
    assert google.journal(begun) == []
    assert granted is not None


def moment(after):
    return Timed(at=int(NOW + after), tz="UTC")


def errand(vault, kind, wish):
    ask = vault.seal(ROOM, cells.ask_place("k"), cells.encode_wish(wish))
    return RunErrand(**IDS, key="k", kind=kind, event_id="hc12345", ask=ask)
