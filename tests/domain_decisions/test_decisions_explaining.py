"""Each reason why an event gets join details, a place in the list and a card, or does not."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.explaining import REASONS, Known, Seen, reasons
from hybridcal_daemon.domain.values import DAY, HOUR, Instant
from tests.domain_decisions.facts import T0, all_day, asking, daily, meeting

NOW = T0
WELL = Known(
    fact=None,
    state="active",
    state_code="",
    room=True,
    room_code="",
    write_code="",
    settled=False,
    card="",
    synced_at=Instant(T0 - 60),
)


def codes(fact, *, stored=None, meeting=True, kept=False, **known):
    seen = None if fact is None else Seen(fact=fact, meeting=meeting, kept=kept)
    given = replace(WELL, fact=fact if stored is None else stored, **known)
    return [reason.code for reason in reasons(seen, given, NOW)]


def test_a_meeting_that_has_everything():
    fact = asking(has_block=True, joinable=True)
    assert codes(fact, card="sent") == ["organiser", "details-present", "listed", "card-out"]
    assert all(reason.good for reason in reasons(Seen(fact=fact, meeting=True, kept=False), WELL, NOW)[:2])


@pytest.mark.parametrize(
    ("fact", "known", "code"),
    [
        (meeting(organiser=True, writable=True), {}, "details-not-asked"),
        (asking(), {}, "details-soon"),
        (asking(asked="space"), {}, "details-space"),
        (asking(asked="onetime"), {}, "details-onetime"),
        (asking(foreign_webex=True), {}, "details-foreign"),
        (asking(organiser=False, writable=False), {}, "details-not-organiser"),
        (asking(writable=False), {}, "details-read-only"),
        (asking(), {"kept": True}, "details-read-only"),
        (asking(), {"room": False}, "details-room-unknown"),
        (asking(), {"room": False, "room_code": "webex-no-room"}, "details-no-room"),
        (asking(), {"room": False, "room_code": "webex-unavailable"}, "webex-unavailable"),
        (asking(), {"settled": True}, "details-left-alone"),
        (asking(), {"write_code": "write-budget"}, "write-budget"),
        (asking(start=T0 - HOUR), {}, "over"),
    ],
)
def test_why_it_has_no_join_details(fact, known, code):
    assert code in codes(fact, **known)


@pytest.mark.parametrize(
    ("fact", "stored", "code"),
    [
        (meeting(), None, "listed"),
        (meeting(start=T0 + 40 * DAY), None, "list-outside"),
        (meeting(start=T0 - 9 * DAY), None, "list-outside"),
        (meeting(etag="2"), meeting(etag="1"), "list-stale"),
        (meeting("d1_20270115T090000Z"), daily("d1"), "listed"),
        (daily(), None, "listed"),
    ],
)
def test_why_it_is_listed_or_not(fact, stored, code):
    assert code in codes(fact, stored=stored)


def test_an_event_that_was_not_read_yet_is_not_listed():
    seen = Seen(fact=meeting(), meeting=True, kept=False)
    assert "list-not-yet" in [reason.code for reason in reasons(seen, WELL, NOW)]


@pytest.mark.parametrize(
    ("fact", "card", "code"),
    [
        (meeting(response="declined"), "", "card-declined"),
        (meeting(join=""), "", "card-no-link"),
        (all_day(day=date(2027, 1, 16), joinable=True), "", "card-all-day"),
        (meeting(), "", "card-later"),
        (meeting(), "sending", "card-out"),
        (meeting(), "failed", "card-refused"),
    ],
)
def test_why_it_has_a_card_or_not(fact, card, code):
    assert code in codes(fact, card=card)


def test_what_is_over_has_no_card_to_explain_and_what_comes_again_is_not_over():
    assert not [code for code in codes(meeting(start=T0 - HOUR)) if code.startswith("card")]
    assert "over" not in codes(daily(start=T0 - 2 * DAY))


def test_what_is_not_there_or_no_meeting_needs_no_further_reason():
    assert codes(None) == ["no-such-event"]
    assert codes(meeting(), meeting=False) == ["not-a-meeting"]


def test_in_a_room_s_calendar_there_are_no_details_and_no_card():
    assert codes(meeting(), of_room=True) == ["attendee", "details-of-room", "listed"]


def test_a_person_who_is_not_served_is_the_first_reason():
    assert codes(meeting(), state="error", state_code="google-no-such-user")[0] == "google-no-such-user"
    assert codes(meeting(), state="leaving")[0] == "not-served"
    assert codes(meeting(), state="pending")[0] == "attendee"


def test_every_reason_is_a_whole_sentence_with_a_fix_where_something_is_not_as_it_should_be():
    for code, (_, good, means, fix) in REASONS.items():
        assert means.endswith("."), code
        assert good or fix, code
    assert not REASONS.keys() & CATALOGUE.keys()
