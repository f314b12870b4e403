"""What a device should show, worked out from events."""

from dataclasses import replace
from datetime import date

import pytest

from hybridcal_daemon.domain.bookings import ENTRY, MOST, Rule, booked
from hybridcal_daemon.domain.devices import EMPTY
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from tests.domain_decisions.facts import T0, all_day, daily, exception, meeting

RULE = Rule(room=True, ahead=7 * DAY, others=True)


def shown(*facts, now=T0, **rule):
    return [(booking.event_id, booking.start) for booking in booked(facts, RULE._replace(**rule), now).bookings]


def test_meetings_that_run_or_come_are_shown_in_their_order():
    late, now, over = meeting("late", T0 + HOUR), meeting("now", T0 - MINUTE), meeting("over", T0 - DAY)
    far = meeting("far", T0 + 8 * DAY)
    assert [event for event, _ in shown(late, over, now, far)] == ["now", "late"]


@pytest.mark.parametrize("response", ["accepted", "organizer"])
def test_a_room_shows_what_it_took(response):
    assert len(shown(meeting(response=response))) == 1


@pytest.mark.parametrize("response", ["declined", "tentative", "needsAction", "none"])
def test_a_room_does_not_show_what_it_did_not_take(response):
    assert shown(meeting(response=response)) == []
    assert len(shown(meeting(response=response), room=False)) == (response != "declined")


def test_what_is_no_meeting_takes_a_day_or_was_cancelled_is_not_shown():
    focus, day = meeting("f", kind="focus-time"), all_day("day1", date(2027, 1, 16), response="accepted")
    assert shown(focus, day, meeting("gone", cancelled=True)) == []


def test_a_meeting_that_cannot_be_joined_is_shown_by_setting():
    talk = meeting(join="")
    assert len(shown(talk)) == 1
    assert shown(talk, others=False) == []
    assert len(shown(meeting(join="dial", joinable=False), others=False)) == 1


def test_occurrences_have_entries_of_their_own_and_keep_them():
    series = daily(days=3)
    moved = exception(series, 1, T0 + 2 * HOUR + DAY)
    declined = exception(series, 2, T0 + 2 * DAY + HOUR, response="declined")
    found = booked([series, moved, declined], RULE, T0).bookings
    assert [(one.event_id, one.start) for one in found] == [("d1", T0 + HOUR), (moved.event_id, T0 + 2 * HOUR + DAY)]
    plain = booked([series], RULE, T0).bookings
    assert found[1].entry_id == plain[1].entry_id
    assert len({one.entry_id for one in plain}) == 3
    assert all(one.entry_id.startswith(ENTRY) and len(one.entry_id) == 30 for one in plain)


def test_a_list_has_its_most():
    many = [meeting(f"m{number}", T0 + number * MINUTE) for number in range(MOST + 20)]
    assert len(shown(*many)) == MOST


def test_the_digest_follows_what_is_shown_and_nothing_else():
    one = meeting(digest="a")
    base = booked([one], RULE, T0)
    assert booked([one], RULE, T0 + 10).digest == base.digest
    for other in (
        replace(one, digest="b"),
        replace(one, join_digest="other"),
        replace(one, confidential=True),
        meeting(start=T0 + 3601),
        meeting(minutes=31),
    ):
        assert booked([other], RULE, T0).digest != base.digest
    assert booked([one], RULE._replace(looks="600"), T0).digest != base.digest
    assert booked([], RULE, T0).digest not in {base.digest, EMPTY, ""}


def test_a_list_holds_until_a_meeting_ends_or_an_hour_has_passed():
    running = meeting("now", T0 - MINUTE, 10)
    assert booked([running], RULE, T0).until == T0 + 9 * MINUTE
    assert booked([meeting()], RULE, T0).until == T0 + HOUR
