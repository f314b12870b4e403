"""Known traps of Google's events that are the calendar adapter's to avoid (google.md D)."""

import uuid
from datetime import date

import pytest
from pitfall_calls import ASKING, CHANGES, LISTS, TIMED, WINDOW, WRITES, Recorded, all_asked, new, only, refused

from hybridcal_daemon.adapters.google import GoogleCalendar, GoogleSettings
from hybridcal_daemon.domain.events import analyse
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.values import AllDay, Plain, Secret, Timed
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from tests.contract_google.checked import CheckedClient
from tests.contract_google.contract_world import ADDRESSES, NOW, Clock, InProcess

ROOM = "C_188@Resource.calendar.google.com"


# ---- D time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-11-22T10:00:00+01:00", "2026-11-22T09:00:00Z", "2026-11-22T19:30:00.000+10:30"])
def test_d_time_the_offset_is_how_it_is_written_and_not_when_it_is(text):
    assert only(TIMED | {"start": {"dateTime": text, "timeZone": "Australia/Lord_Howe"}}).start == Timed(
        at=1_795_338_000, tz="Australia/Lord_Howe"
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (TIMED["start"], {"date": "2026-11-23"}),
        ({"date": "2026-11-22"}, TIMED["end"]),
        (TIMED["end"], TIMED["start"]),
        ({"date": "2026-11-22"}, {"date": "2026-11-21"}),
    ],
)
def test_d_time_an_end_that_is_none_is_not_taken(start, end):
    fact, _ = analyse(only(TIMED | {"start": start, "end": end}))
    assert fact.end == fact.start


def test_d_time_no_length_and_no_stated_end():
    assert only(TIMED | {"end": TIMED["start"]}).end == only(TIMED).start
    assert only(TIMED | {"endTimeUnspecified": True}).end == only(TIMED).end
    assert only({name: TIMED[name] for name in ("id", "start")} | {"endTimeUnspecified": True}).end is None


def test_d_time_a_day_and_an_hour_are_not_mixed_in_what_is_sent():
    http = Recorded()
    mixed = new(end=AllDay(day=date(2026, 11, 22)))
    assert refused(lambda: GoogleCalendar(http).insert_event(*ASKING, mixed))[0] is Kind.INVALID
    assert http.asked == []


def test_d_time_a_series_says_in_which_zone_it_goes_on():
    http = Recorded()
    start = Timed(at=int(NOW), tz="Europe/Berlin")
    GoogleCalendar(http).insert_event(*ASKING, new(start=start, recurrence=("RRULE:FREQ=DAILY;COUNT=2",)))
    assert http.bodies()[0]["start"] == {"dateTime": "2026-11-30T10:00:00Z", "timeZone": "Europe/Berlin"}


# ---- D who ----------------------------------------------------------------------------------------------------------

GUESTS = [
    {"email": "alice@acme.example", "responseStatus": "accepted", "organizer": True},
    {"email": ROOM.lower(), "responseStatus": "declined", "resource": True},
    {"displayName": "Somebody hidden", "responseStatus": "accepted"},
]


def test_d_who_a_room_is_found_by_its_address():
    event = only(TIMED | {"organizer": {"email": "alice@acme.example"}, "attendees": GUESTS}, me=ROOM)
    assert [who.is_self for who in event.attendees] == [False, True, False]
    fact, _ = analyse(event)
    assert (fact.response, fact.organiser, fact.writable) == ("declined", False, False)


def test_d_who_a_room_that_organises_is_found_by_its_address():
    event = only(TIMED | {"organizer": {"email": ROOM.upper(), "displayName": "Room"}}, me=ROOM)
    assert (event.organizer_self, analyse(event)[0].writable) == (True, True)


def test_d_who_self_is_a_hint_where_the_address_is_known():
    marked = [guest | {"self": guest.get("email") == "alice@acme.example"} for guest in GUESTS]
    organizer = {"email": "alice@acme.example", "self": True}
    event = only(TIMED | {"organizer": organizer, "attendees": marked}, me=ROOM)
    assert ([who.is_self for who in event.attendees], event.organizer_self) == ([False, True, False], False)
    by_marks = only(TIMED | {"organizer": organizer, "attendees": marked})
    assert ([who.is_self for who in by_marks.attendees], by_marks.organizer_self) == ([True, False, False], True)


@pytest.mark.parametrize("name", sorted(LISTS.keys() - {"incremental"}))
def test_d_who_the_address_is_that_of_the_calendar_in_the_path(name):
    how = {"page_token": None, "window": WINDOW, "calendar": Plain(ROOM)}
    google = GoogleCalendar(Recorded({"items": [TIMED | {"attendees": GUESTS}]}))
    page = {
        "full": lambda: google.list_events(*ASKING, sync_token=None, **how),
        "edge": lambda: google.list_edge(*ASKING, **how),
        "instances": lambda: google.instances(*ASKING, "s", **how),
    }[name]()
    assert [who.is_self for who in page.events[0].attendees] == [False, True, False]


def test_d_who_a_cut_list_of_guests_is_known_to_be_one():
    assert only(TIMED | {"attendees": GUESTS, "attendeesOmitted": True}).attendees_omitted
    assert not only(TIMED | {"attendees": GUESTS}).attendees_omitted


def test_d_who_guests_are_never_sent_back():
    described, answered = all_asked(CHANGES, TIMED | {"attendees": GUESTS}).bodies()
    assert described == {"description": "x"}
    assert answered == {
        "attendees": [{"email": "alice@acme.example", "responseStatus": "accepted"}],
        "attendeesOmitted": True,
    }


# ---- D copies, visibility, types, text ------------------------------------------------------------------------------


def test_d_copies_an_attendee_s_copy_refuses_and_that_is_no_error():
    body = {"error": {"code": 403, "errors": [{"reason": "forbiddenForNonOrganizer"}]}}
    google = GoogleCalendar(Recorded(body, 403))
    assert refused(lambda: CHANGES["patch"](google)) == (Kind.REFUSED, "google-read-only")


@pytest.mark.parametrize("field", ["locked", "privateCopy"])
def test_d_copies_some_can_only_be_read(field):
    mine = TIMED | {"organizer": {"email": "alice@acme.example", "self": True}}
    assert analyse(only(mine))[0].writable
    assert not analyse(only(mine | {field: True}))[0].writable


def test_d_visibility_somebody_else_s_private_event_has_no_words():
    fact, content = analyse(only({name: TIMED[name] for name in ("id", "start", "end")} | {"visibility": "private"}))
    assert (content.subject, content.notes, content.participants) == (Plain(""), Plain(""), ())
    assert (fact.joinable, fact.writable) == (False, False)


@pytest.mark.parametrize("kind", ["birthday", "fromGmail", "workingLocation", "focusTime", "outOfOffice", "new"])
def test_d_types_only_ordinary_events_are_written_to(kind):
    mine = TIMED | {"organizer": {"email": "alice@acme.example", "self": True}, "eventType": kind}
    assert not analyse(only(mine))[0].writable


def test_d_text_a_description_goes_out_as_it_was_made():
    http = Recorded()
    text = "Plain <TBC> & \u00fc\n<b>both</b>\r\n\t-::~:~::~:-"
    GoogleCalendar(http).patch_description(*ASKING, "e1", etag='"1"', description=Plain(text))
    assert http.bodies() == [{"description": text}]


# ---- D conference, properties ---------------------------------------------------------------------------------------


def test_d_conference_another_provider_s_meeting_is_seen():
    video = {"entryPointType": "video", "uri": "https://acme.zoom.us/j/123456789"}
    phone = {"entryPointType": "phone", "uri": "tel:+1"}
    event = only(
        TIMED | {"conferenceData": {"entryPoints": [phone, video]}, "hangoutLink": "https://meet.google.com/x"}
    )
    assert event.conference_uri == Plain("https://acme.zoom.us/j/123456789")
    assert analyse(event)[0].joinable
    pending = {"createRequest": {"requestId": "r", "status": {"statusCode": "pending"}}}
    assert only(TIMED | {"conferenceData": pending}).conference_uri == Plain("")


def test_d_conference_google_s_own_choice_is_left_to_google():
    http = all_asked(WRITES)
    assert ["conferenceDataVersion" in query for query in http.queries()] == [False] * len(WRITES)
    assert [body for body in http.bodies() if {"conferenceData", "hangoutLink"} & body.keys()] == []


def test_d_properties_private_ones_alone_are_asked_for_and_none_is_filtered_by():
    http = all_asked({**LISTS, **WRITES}, TIMED | {"items": []})
    for query in http.queries():
        assert {"privateExtendedProperty", "sharedExtendedProperty"}.isdisjoint(query)
        mask = query.get("fields", [""])[0]
        assert mask.count("xtendedPropert") == mask.count("extendedProperties/private")
    assert [body for body in http.bodies() if "extendedProperties" in body] == []


def test_d_properties_only_the_mark_is_written_and_only_with_a_text():
    http = Recorded()
    google = GoogleCalendar(http)
    google.patch_description(*ASKING, "e1", etag='"1"', description=Plain("x"), mark="1 abc")
    assert http.bodies() == [{"description": "x", "extendedProperties": {"private": {"hybridcal": "1 abc"}}}]


def test_d_properties_the_mark_goes_with_its_block_and_takes_no_other_one_along():
    http = Recorded()
    GoogleCalendar(http).patch_description(*ASKING, "e1", etag='"1"', description=Plain("x"), mark=None)
    assert http.bodies() == [{"description": "x", "extendedProperties": {"private": {"hybridcal": None}}}]


@pytest.mark.parametrize("found", [{}, {"private": {}}, {"shared": {"hybridcal": "1 abc"}}, {"private": {"crm": "7"}}])
def test_d_properties_whatever_else_is_there_is_none_of_ours(found):
    assert only(TIMED | {"extendedProperties": found}).mark == ""
    assert only(TIMED | {"extendedProperties": {"private": {"hybridcal": "1 abc"}}}).mark == "1 abc"


# ---- D updates, concurrency -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("whom", ["none", "externalOnly", "all"])
@pytest.mark.parametrize("call", WRITES.values(), ids=WRITES)
def test_d_updates_whom_google_mails_is_said_with_every_write(call, whom):
    http = Recorded()
    call(GoogleCalendar(http, GoogleSettings(send_updates=whom)))
    assert [query["sendUpdates"] for query in http.queries()] == [[whom]]


def test_d_updates_nobody_is_mailed_about_access():
    http = Recorded({"id": "user:a", "role": "reader"})
    GoogleCalendar(http, GoogleSettings(send_updates="all")).grant_access(
        *ASKING, who=Plain("alice@acme.example"), role="reader", calendar=Plain(ROOM)
    )
    assert http.queries()[0]["sendNotifications"] == ["false"]


@pytest.mark.parametrize("call", CHANGES.values(), ids=CHANGES)
def test_d_concurrency_a_change_is_made_over_what_was_read(call):
    http = Recorded()
    call(GoogleCalendar(http))
    assert http.asked[0].headers["If-Match"] == '"1"'
    late = GoogleCalendar(Recorded({"error": {"errors": [{"reason": "conditionNotMet"}]}}, 412))
    assert refused(lambda: call(late)) == (Kind.CONFLICT, "google-conflict")


@pytest.mark.parametrize("etag", ["*", "", 'x"\r\nX: y'])
def test_d_concurrency_no_change_over_just_anything(etag):
    http = Recorded()
    google = GoogleCalendar(http)
    call = lambda: google.patch_description(*ASKING, "e1", etag=etag, description=Plain("x"))  # noqa: E731 - one use
    assert refused(call)[0] is Kind.INVALID
    assert http.asked == []


@pytest.mark.parametrize("event_id", ["abcd", "w" * 8, "ABCDE", "a-b-c-d", "a" * 1025, "", "abcde\n", "\u00e4bcde"])
def test_d_concurrency_ids_are_of_google_s_alphabet(event_id):
    http = Recorded()
    assert refused(lambda: GoogleCalendar(http).insert_event(*ASKING, new(event_id=event_id)))[0] is Kind.INVALID
    assert http.asked == []


@pytest.mark.parametrize("event_id", [uuid.UUID(int=2**127 + 5).hex, "a" * 1024, "0123v"])
def test_d_concurrency_these_ids_are_taken(event_id):
    http = Recorded()
    GoogleCalendar(http).insert_event(*ASKING, new(event_id=event_id))
    assert http.bodies()[0]["id"] == event_id


def test_d_concurrency_the_sequence_is_google_s():
    assert [body for body in all_asked(WRITES).bodies() if "sequence" in body] == []


def test_d_concurrency_a_deleted_id_is_not_free_again():
    sandbox = GoogleSandbox(clock=Clock(), seed=1, push=lambda _request: None)
    sandbox.add_user(ADDRESSES[0])
    http = CheckedClient(InProcess(sandbox))
    google, asking = GoogleCalendar(http), (Secret(sandbox.person_token(ADDRESSES[0])), "u1")
    made = google.insert_event(*asking, new())
    assert refused(lambda: google.insert_event(*asking, new())) == (Kind.CONFLICT, "google-duplicate")
    google.delete_event(*asking, made.event_id)
    assert refused(lambda: google.insert_event(*asking, new())) == (Kind.CONFLICT, "google-duplicate")
    assert google.get_event(*asking, made.event_id) is None
    assert http.faults == []
