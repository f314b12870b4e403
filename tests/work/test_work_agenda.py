"""What the bot answers to "today": rows, words, and what is not said."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hybridcal_daemon.domain.calls import Booking, SendAgenda
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import AgendaSent, CallFailed
from hybridcal_daemon.domain.values import Instant, Plain, RequestId
from hybridcal_daemon.work.webex import run
from tests.work.fakes import ALICE

IDS = {"request_id": RequestId(7), "user": ALICE}
TO = "\N{EN DASH}"
URL = "https://acme.webex.com/meet/alice"


def at(text):
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def booking(event_id, start="2026-11-30T09:00", end="2026-11-30T09:30"):
    return Booking(entry_id=event_id, event_id=event_id, start=at(start), end=at(end))


def ask(*bookings, day="2026-11-30", **rest):
    return SendAgenda(**IDS, key="m1", bookings=bookings, day=day, **{"zone": "Europe/Berlin", "language": "de"} | rest)


@pytest.fixture
def tools(webex_tools):
    return replace(webex_tools, say=lambda language, sentence: f"<{language}> {sentence}")


@pytest.fixture
def put(cells, vault):
    def put(event_id, cell):
        cells[ALICE, event_id] = vault.seal(ALICE, f"event/{event_id}/join", Plain(cell.encode()))

    return put


def listed(webex):
    ((what, person_id, agenda),) = webex.said
    assert (what, person_id) == ("agenda", "P-alice")
    return agenda


def test_rows_have_time_title_and_link(webex, tools, put):
    put("e1", f'{{"title": "Plan", "url": "{URL}"}}')
    put("e2", '{"title": "Lunch"}')
    late = booking("e2", "2026-11-30T22:30", "2026-11-30T23:30")
    assert run(ask(booking("e1"), late), tools) == AgendaSent(**IDS, key="m1")
    agenda = listed(webex)
    assert [(row.when, row.title, row.url) for row in agenda.rows] == [
        (f"10:00{TO}10:30", Plain("Plan"), Plain(URL)),
        (f"23:30{TO}00:30", Plain("Lunch"), Plain("")),
    ]
    assert (agenda.heading, agenda.more, agenda.left) == ("<de> Your meetings today", "<de> and {count} more", 0)
    assert (agenda.words.join, agenda.words.right_to_left) == ("<de> Join", False)


@pytest.mark.parametrize(
    ("start", "end", "when"),
    [
        ("2026-11-29T23:00", "2026-11-30T23:00", "<de> All day"),
        ("2026-11-28T23:00", "2026-12-03T23:00", "<de> All day"),
        ("2026-11-29T23:00", "2026-11-30T22:59", f"00:00{TO}23:59"),
        ("2026-11-30T00:00", "2026-12-01T00:00", f"01:00{TO}01:00"),
    ],
)
def test_the_whole_day_is_the_persons_day(webex, tools, put, start, end, when):
    put("e1", '{"title": "Fair"}')
    run(ask(booking("e1", start, end)), tools)
    assert listed(webex).rows[0].when == when


def test_a_day_without_a_meeting_is_said_in_words(webex, tools):
    run(ask(), tools)
    run(ask(day="2026-12-01", tomorrow=True), tools)
    assert webex.said == [
        ("text", "P-alice", Plain("<de> You have no meetings today.")),
        ("text", "P-alice", Plain("<de> You have no meetings tomorrow.")),
    ]


def test_who_asked_something_else_is_told_what_to_write(webex, tools):
    run(ask(day=""), tools)
    assert webex.said == [("text", "P-alice", Plain('<de> Write "today" or "tomorrow" to see your meetings.'))]


def test_tomorrow_is_called_so(webex, tools, put):
    put("e1", '{"title": "Plan"}')
    run(ask(booking("e1"), tomorrow=True, language="he", zone="Nowhere/Else"), tools)
    agenda = listed(webex)
    assert (agenda.heading, agenda.words.right_to_left) == ("<he> Your meetings tomorrow", True)
    assert agenda.rows[0].when == f"09:00{TO}09:30"


def test_more_than_fit_are_counted_and_not_even_opened(webex, tools, put):
    for number in range(15):
        put(f"e{number}", f'{{"title": "T{number}"}}')
    run(ask(*(booking(f"e{number}") for number in range(20))), tools)
    agenda = listed(webex)
    assert [row.title.reveal() for row in agenda.rows] == [f"T{number}" for number in range(15)]
    assert agenda.left == 5


def test_confidential_titles_are_hidden_unless_they_are_to_be_shown(webex, tools, put):
    put("e1", '{"title": "Secret", "confidential": true}')
    run(ask(booking("e1")), tools)
    run(ask(booking("e1"), hide_private=False), tools)
    assert [said[2].rows[0].title for said in webex.said] == [Plain("<de> Private meeting"), Plain("Secret")]


def test_a_meeting_that_is_gone_meanwhile_is_left_out(webex, tools, put):
    put("e2", '{"title": "Plan"}')
    run(ask(booking("e1"), booking("e2")), tools)
    assert [row.title.reveal() for row in listed(webex).rows] == ["Plan"]


def test_nothing_is_said_while_the_keys_are_away(webex, tools, put):
    put("e1", '{"title": "Plan"}')

    def sealed(_user, _place, _cell):
        raise CallError(Kind.SEALED, "kms-sealed")

    answer = run(ask(booking("e1")), replace(tools, open_cell=sealed))
    assert isinstance(answer, CallFailed)
    assert (answer.kind, webex.said) == (Kind.SEALED, [])
