"""From an event as Google gave it to what actors know and readers get."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain.events import CalendarEvent, EventKind, Person, analyse, is_kept, is_meeting
from hybridcal_daemon.domain.joinblock import Room, compose, find, mark
from hybridcal_daemon.domain.values import AllDay, Plain, Timed

START, END = Timed(at=1_793_000_000, tz="Europe/Oslo"), Timed(at=1_793_003_600, tz="Europe/Oslo")
ROOM = Room(link=Plain("https://acme.webex.com/meet/alice"), sip_address=Plain("alice@acme.webex.com"))


def person(address, response="accepted", **more):
    return Person(email=Plain(address), name=Plain(""), response=response, **more)


ALICE = person("alice@acme.example", is_self=True)
BOB = person("bob@acme.example", "declined")
BOARDROOM = person("boardroom@resource.example", resource=True)


def event(location="", description="", conference="", **more):
    fields = {"event_id": "e1", "etag": '"1"', "status": "confirmed", "start": START, "end": END} | more
    texts = {"location": location, "description": description, "conference_uri": conference}
    return CalendarEvent(**fields, **{name: Plain(text) for name, text in texts.items()})


def fact(*texts, **more):
    return analyse(event(*texts, **more))[0]


def content(*texts, **more):
    return analyse(event(*texts, **more))[1]


def test_times_and_identity_are_carried_over():
    original = Timed(at=START.at - 60, tz="Europe/Oslo")
    found = fact(recurrence=("RRULE:FREQ=DAILY",), series_id="s1", original_start=original)
    assert (found.event_id, found.etag, found.start, found.end) == ("e1", '"1"', START, END)
    assert (found.recurrence, found.series_id, found.original_start) == (("RRULE:FREQ=DAILY",), "s1", original)
    assert (found.digest, found.join_digest, found.cancelled) == ("", "", False)


@pytest.mark.parametrize(
    ("attendees", "organizer_self", "response"),
    [
        ((ALICE, BOB), False, "accepted"),
        ((BOB, dataclasses.replace(ALICE, response="needsAction")), True, "needsAction"),
        ((dataclasses.replace(ALICE, response="declined"),), False, "declined"),
        ((BOB,), True, "organizer"),
        ((BOB,), False, "none"),
        ((), True, "organizer"),
        ((), False, "none"),
    ],
)
def test_response_is_that_of_the_calendars_owner(attendees, organizer_self, response):
    assert fact(attendees=attendees, organizer_self=organizer_self).response == response


@pytest.mark.parametrize(
    ("more", "organiser", "writable"),
    [
        ({"organizer_self": True}, True, True),
        ({}, False, False),
        ({"organizer_self": True, "locked": True}, True, False),
        ({"organizer_self": True, "private": True}, True, False),
        ({"organizer_self": True, "event_type": "focusTime"}, True, False),
        ({"organizer_self": True, "event_type": "somethingNew"}, True, False),
    ],
)
def test_only_the_organisers_open_ordinary_copy_is_writable(more, organiser, writable):
    found = fact(**more)
    assert (found.organiser, found.writable) == (organiser, writable)


def test_keywords_count_in_the_location_only():
    assert fact("@webex").asked == "myroom"
    assert fact("Room 5", "@webex", "@webex").asked is None
    assert analyse(event("@webex, @meet"), webex="onetime", meet="space")[0].asked == "onetime"
    assert analyse(event("@meet"), meet="myroom")[0].asked == "myroom"


@pytest.mark.parametrize(
    ("location", "description", "has_block", "foreign_webex"),
    [
        ("@webex", "Agenda", False, False),
        ("@webex", compose("Agenda", ROOM), True, False),
        ("@webex", "see https://acme.webex.com/meet/bob", False, True),
        ("@webex", compose("see https://acme.webex.com/meet/bob", ROOM), True, True),
        ("@webex", "see https://zoom.us/j/1", False, False),
        ("https://acme.webex.com/meet/bob", "Agenda", False, False),
    ],
)
def test_tells_our_block_from_other_peoples_webex_links(location, description, has_block, foreign_webex):
    found = fact(location, description)
    assert (found.has_block, found.foreign_webex) == (has_block, foreign_webex)


def test_how_to_join_is_looked_for_everywhere():
    assert not fact("Room 5", "Agenda").joinable
    assert content("Room 5", "Agenda").join_url.reveal() == ""
    for texts in (("https://zoom.us/j/1",), ("", "https://zoom.us/j/1"), ("", "", "https://zoom.us/j/1")):
        assert fact(*texts).joinable
        assert content(*texts).join_url.reveal() == "https://zoom.us/j/1"
    with_room = content("", compose("Agenda", ROOM))
    assert with_room.join_url.reveal() == "https://acme.webex.com/meet/alice"
    assert with_room.join_uri.reveal() == "sip:alice@acme.webex.com"


def test_readers_get_everything_as_it_is_written():
    described = compose("<p>Agenda</p>", ROOM)
    found = content("Room 5", described, summary=Plain("Weekly"), organizer=BOB, attendees=(ALICE, BOB, BOARDROOM))
    assert (found.event_id, found.subject, found.location) == ("e1", Plain("Weekly"), Plain("Room 5"))
    assert (found.notes, found.organizer, found.participants) == (Plain(described), BOB, (ALICE, BOB, BOARDROOM))


def test_a_cancelled_row_needs_hardly_anything():
    gone = CalendarEvent(event_id="e1", etag="", status="cancelled")
    assert analyse(gone)[0].cancelled
    assert (analyse(gone)[0].start, analyse(gone)[0].end) == (Timed(at=0, tz="UTC"), Timed(at=0, tz="UTC"))
    day = AllDay(day=date(2026, 11, 30))
    hole = analyse(dataclasses.replace(gone, series_id="s1", original_start=day))[0]
    assert (hole.start, hole.end, hole.series_id, hole.original_start) == (day, day, "s1", day)


@pytest.mark.parametrize("kind", get_args(EventKind))
def test_what_is_a_meeting_and_what_is_kept(kind):
    assert is_meeting(event(kind=kind)) is (kind == "meeting")
    assert is_kept(event(kind=kind)) is (kind != "other")


def test_of_an_absence_only_its_times_and_its_kind_are_kept():
    away = event("@webex", compose("SECRET", ROOM), "https://zoom.us/j/1", kind="out-of-office", attendees=(BOB,))
    found, readable = analyse(dataclasses.replace(away, summary=Plain("SECRET")))
    assert (found.kind, found.start, found.end) == ("out-of-office", away.start, away.end)
    assert (found.asked, found.has_block, found.joinable, found.writable, found.people) == (
        None,
        False,
        False,
        False,
        0,
    )
    shown = (readable.subject, readable.location, readable.notes, readable.join_url, readable.participants)
    assert shown == (Plain(""), Plain(""), Plain(""), Plain(""), ())


def test_guests_are_counted_without_organiser_and_rooms():
    assert fact(attendees=(dataclasses.replace(ALICE, organizer=True), BOB, BOARDROOM)).people == 1


def test_an_address_of_a_personal_room_asks_for_it():
    found = fact("https://acme.webex.com/meet/alice")
    assert (found.asked, found.by_address) == ("myroom", True)
    assert (fact("@webex").asked, fact("@webex").by_address) == ("myroom", False)


def test_a_mark_names_the_meeting_that_its_block_leads_to():
    described = compose("Agenda", ROOM)
    way = "onetime-0123456789ab"
    good = event("@webex:onetime", described, mark=mark(find(described), "u1", way))
    found = analyse(good, owner="u1")[0]
    assert (found.unmarked, found.block_for) == (False, way)
    assert analyse(good, owner="u2")[0].unmarked
    assert analyse(event("@webex", described, mark=mark(find(described), "u1")), owner="u1")[0].block_for == ""
    for forged in ("onetime-0123456789ac", "SECRET", "onetime-0123456789ab x"):
        other = dataclasses.replace(good, mark=mark(find(described), "u1") + f" {forged}")
        assert (analyse(other, owner="u1")[0].unmarked, analyse(other, owner="u1")[0].block_for) == (True, "")


@pytest.mark.parametrize(
    ("location", "way", "word", "settings", "asked"),
    [
        ("@webex", "", "webex", {"webex": "onetime"}, "myroom"),  # the setting has changed since
        ("@webex", "", "webex", {"webex": None}, "myroom"),
        ("@meet", "space-0123456789ab", "meet", {"meet": "onetime"}, "space"),
        ("@spark", "onetime-0123456789ab", "meet", {"meet": "space"}, "onetime"),
        ("@meet", "", "webex", {}, "space"),  # the organiser has changed the word
        ("@webex:onetime", "", "webex", {}, "onetime"),
        ("", "", "webex", {}, None),
        ("@webex", "", "", {"webex": "onetime"}, "onetime"),  # it was asked for in another way
    ],
)
def test_a_bare_keyword_goes_on_meaning_what_it_meant_when_the_block_was_written(location, way, word, settings, asked):
    described = compose("Agenda", ROOM)
    written = event(location, described, mark=mark(find(described), "u1", way, word))
    found = analyse(written, owner="u1", **settings)[0]
    assert (found.asked, found.unmarked, found.block_for) == (asked, False, way)
    assert analyse(written, owner="u2", **settings)[0].unmarked  # somebody else's says nothing


@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_analysis_or_gets_into_the_fact(location, description, conference):
    found, readable = analyse(event(location, description, conference))
    assert found.joinable == bool(readable.join_url.reveal())
    strings = {value for value in dataclasses.asdict(found).values() if isinstance(value, str)}
    assert strings <= {"e1", '"1"', "none", "myroom", "space", "onetime", "meeting", ""}


@pytest.mark.parametrize(
    ("list_", "asked"), [({}, "space"), ({"guests_hidden": True}, "onetime"), ({"attendees_omitted": True}, "onetime")]
)
def test_guests_who_are_hidden_or_not_all_named_get_no_space(list_, asked):
    fact, content = analyse(event("@webex:space", organizer_self=True, **list_))
    assert fact.asked == asked
    assert content.space is (asked == "space")
