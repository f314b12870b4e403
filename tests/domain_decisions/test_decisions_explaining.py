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


SEEN = ("keyword_off", "ordinary", "external")


def codes(fact, *, stored=None, people_meet=True, kept=False, **known):
    more = {name: known.pop(name) for name in SEEN if name in known}
    seen = None if fact is None else Seen(fact=fact, meeting=people_meet, kept=kept, **more)
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
        (meeting(organiser=True, writable=True), {"keyword_off": True}, "details-keyword-off"),
        (meeting(organiser=True, writable=True, has_block=True), {}, "details-going"),
        (meeting(organiser=True, writable=True, has_block=True, unmarked=True), {}, "details-strange"),
        (meeting(has_block=True), {}, "details-present"),
        (asking(people=301), {}, "details-crowded-room"),
        (asking(people=301), {"room": False}, "details-crowded-room"),
        (asking(by_address=True), {"settled": True}, "details-others-room"),
        (asking(asked="space"), {"spaces": False}, "details-no-space-service"),
        (asking(asked="space", people=61), {}, "details-crowded-space"),
        (asking(asked="onetime", people=400), {}, "details-meeting-soon"),
        (asking(asked="onetime"), {"meeting": "planned", "quota": True}, "details-host-quota"),
        (asking(asked="onetime"), {"meeting": "failed", "meeting_code": "webex-refused"}, "webex-refused"),
        (asking(asked="onetime"), {"meeting": "failed"}, "details-refused"),
        (asking(asked="space"), {"meeting": "opening", "meeting_code": "webex-unavailable"}, "webex-unavailable"),
        (asking(asked="space"), {"meeting": "making"}, "details-meeting-soon"),
        (asking(asked="space"), {"meeting": "made", "room": False}, "details-soon"),
        (asking(asked="space"), {"meeting": "made", "settled": True}, "details-left-alone"),
        (asking(asked="space", people=76, has_block=True), {"meeting": "made"}, "space-not-followed"),
        (asking(foreign_webex=True), {}, "details-foreign"),
        (asking(organiser=False, writable=False), {}, "details-not-organiser"),
        (asking(organiser=False, writable=False), {"external": True}, "details-external-organiser"),
        (asking(writable=False), {"ordinary": False}, "details-event-type"),
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
        (asking(join=""), "", "card-no-details"),
        (meeting(join=""), "", "card-no-link"),
        (all_day(day=date(2027, 1, 16), joinable=True), "", "card-all-day"),
        (meeting(), "", "card-later"),
        (meeting(), "sending", "card-out"),
        (meeting(), "failed", "card-refused"),
    ],
)
def test_why_it_has_a_card_or_not(fact, card, code):
    assert code in codes(fact, card=card)


@pytest.mark.parametrize(
    ("fact", "allowed", "code"),
    [
        (meeting(confidential=True), False, "card-private"),
        (meeting(confidential=True), True, "card-later"),
        (meeting(), False, "card-later"),
    ],
)
def test_why_a_private_event_has_no_card(fact, allowed, code):
    known = replace(WELL, fact=fact, private_cards=allowed)
    assert code in [reason.code for reason in reasons(Seen(fact=fact, meeting=True, kept=False), known, NOW)]


def test_what_is_too_far_ahead_to_be_read_is_not_told_to_wait_some_seconds():
    far = Seen(fact=asking(asked="onetime", start=T0 + 40 * DAY), meeting=True, kept=False)
    said = [reason.code for reason in reasons(far, WELL, NOW)]
    assert "details-outside" in said
    assert not {"details-soon", "details-meeting-soon"} & set(said)


def test_who_wrote_a_keyword_that_does_nothing_is_not_told_to_write_it():
    assert "card-no-details" in codes(meeting(join=""), keyword_off=True)


def test_what_is_over_has_no_card_to_explain_and_what_comes_again_is_not_over():
    assert not [code for code in codes(meeting(start=T0 - HOUR)) if code.startswith("card")]
    assert "over" not in codes(daily(start=T0 - 2 * DAY))


def test_what_is_not_there_or_no_meeting_needs_no_further_reason():
    assert codes(None) == ["no-such-event"]
    assert codes(meeting(), people_meet=False) == ["not-a-meeting"]


def test_in_a_room_s_calendar_there_are_no_details_and_no_card():
    assert codes(meeting(), of_room=True) == ["attendee", "details-of-room", "listed"]


def test_a_person_who_is_not_served_is_the_first_reason():
    assert codes(meeting(), state="error", state_code="google-no-such-user")[0] == "google-no-such-user"
    assert codes(meeting(), state="leaving")[0] == "not-served"
    assert codes(meeting(), state="pending")[0] == "attendee"


def test_a_space_that_is_followed_needs_no_word_about_it():
    assert "space-not-followed" not in codes(asking(asked="space", people=75, has_block=True), meeting="made")


def test_every_reason_is_a_whole_sentence_with_a_fix_where_something_is_not_as_it_should_be():
    for code, (_, good, means, fix) in REASONS.items():
        assert means.endswith("."), code
        assert good or fix, code
    assert not REASONS.keys() & CATALOGUE.keys()
