"""Errands on the command line, and the admin socket behind it."""

import base64
import json
import os

import pytest
from click.testing import CliRunner

from hybridcal_daemon.domain.explaining import REASONS, Reason
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Timed
from hybridcal_daemon.domain.wishes import Delete, Explain, FreeBusy, Insert, QuickAdd, Respond
from hybridcal_daemon.shell.cli import exits, main
from hybridcal_daemon.shell.event_reference import event_id_in

ALICE = "alice@acme.example"
EVENT = {
    "event": {
        "id": "hc1",
        "title": "Design review",
        "start": "2026-12-01T10:00:00+01:00",
        "end": "2026-12-01T11:00:00+01:00",
        "location": "@webex",
        "guests": 2,
    }
}
EID = base64.urlsafe_b64encode(b"hc1_20261201T090000Z alice@acme.example").decode().rstrip("=")


@pytest.fixture
def cli(running, daemon):
    """Run a command against the running admin socket."""
    daemon.add(ALICE)

    def invoke(*arguments, text=None):
        env = {
            "HYBRIDCAL_SOCKET": str(running.path),
            "HYBRIDCAL_OUTPUT": None,
            "HYBRIDCAL_CONFIG": None,
            "COLUMNS": "80",
        }
        return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False, input=text)

    return invoke


def wish(daemon):
    """The one wish that came; by whom, key, wait."""
    (one,) = daemon.wishes
    return one


def test_quick_add_shows_what_google_made_of_it(cli, daemon):
    daemon.outcome = EVENT
    result = cli("events", "quick-add", ALICE, "Design review tomorrow 10am")
    assert result.exit_code == 0
    assert result.output == (
        f"{ALICE}  made  Design review\n"
        "  when    2026-12-01 10:00:00+01:00 - 11:00:00+01:00\n"
        "  where   @webex\n"
        "  guests  2\n"
        "  id      hc1\n"
        "  key     k-made\n"
    )
    assert wish(daemon) == (QuickAdd(text=Plain("Design review tomorrow 10am")), f"uid:{os.getuid()}", "", 30.0)


def test_a_sentence_may_be_several_words_or_come_from_standard_input(cli, daemon):
    daemon.outcome = EVENT
    cli("events", "quick-add", ALICE, "Lunch", "tomorrow")
    cli("events", "quick-add", ALICE, "-", text="Dinner tomorrow\n")
    assert [one.text for one, *_ in daemon.wishes] == [Plain("Lunch tomorrow"), Plain("Dinner tomorrow")]


def test_insert_takes_everything_that_a_meeting_has(cli, daemon):
    daemon.outcome = EVENT
    result = cli(
        *("events", "insert", ALICE, "--title", "Plan", "--start", "2026-12-01T10:00", "--end", "2026-12-01T11:00"),
        *("--zone", "Europe/Berlin", "--guest", "bob@acme.example", "--guest", "carol@acme.example"),
        *("--room", "oak@acme.example", "--location", "@webex", "--description", "Why", "--key", "7", "--wait", "3"),
    )
    assert result.exit_code == 0, result.output
    assert wish(daemon) == (
        Insert(
            title=Plain("Plan"),
            start=Timed(at=1_796_115_600, tz="Europe/Berlin"),
            end=Timed(at=1_796_119_200, tz="Europe/Berlin"),
            description=Plain("Why"),
            location=Plain("@webex"),
            guests=(Plain("bob@acme.example"), Plain("carol@acme.example")),
            rooms=(Plain("oak@acme.example"),),
        ),
        f"uid:{os.getuid()}",
        "7",
        3.0,
    )


def test_days_are_shown_as_days(cli, daemon):
    daemon.outcome = {"event": {"id": "d", "title": "", "start": "2026-12-01", "end": "2026-12-03"}}
    result = cli("events", "insert", ALICE, "--title", "Off", "--start", "2026-12-01", "--end", "2026-12-03")
    assert "made  (no title)\n  when    2026-12-01 - 2026-12-03\n" in result.output


@pytest.mark.parametrize(
    "event",
    ["hc1_20261201T090000Z", EID, f"https://www.google.com/calendar/event?eid={EID}&ctz=UTC"],
    ids=["id", "eid", "link"],
)
def test_an_event_is_known_by_its_id_its_eid_and_its_link(cli, daemon, event):
    daemon.outcome = {"deleted": "x"}
    assert cli("events", "delete", ALICE, event).output == f"{ALICE}  deleted  x\n"
    assert wish(daemon)[0] == Delete(event_id="hc1_20261201T090000Z")


def test_references():
    assert event_id_in(f"https://calendar.google.com/calendar/u/0/r/eventedit/{EID}?pli=1") == "hc1_20261201T090000Z"
    assert event_id_in(" abcd1234 ") == "abcd1234"
    assert event_id_in("https://calendar.google.com/") == "https://calendar.google.com/"
    assert event_id_in("https://[") == "https://["
    assert event_id_in("YQ==") == "YQ=="


def test_respond(cli, daemon):
    daemon.outcome = {"event": {**EVENT["event"], "response": "declined"}}
    result = cli("events", "respond", ALICE, "hc1", "declined")
    assert result.output.startswith(f"{ALICE}  declined  Design review\n")
    assert wish(daemon)[0] == Respond(event_id="hc1", reply="declined")
    assert cli("events", "respond", ALICE, "hc1", "perhaps").exit_code == 2


def test_free_busy_shows_each_calendar(cli, daemon):
    daemon.outcome = {
        "calendars": [
            {
                "calendar": "bob@acme.example",
                "busy": [
                    {"start": "2026-11-30T10:00:00Z", "end": "2026-11-30T11:00:00Z"},
                    {"start": "2026-11-30T23:00:00Z", "end": "2026-12-01T01:00:00Z"},
                ],
                "trouble": "",
            },
            {"calendar": "oak@acme.example", "busy": [], "trouble": ""},
            {"calendar": "eve@acme.example", "busy": [], "trouble": "notFound"},
        ]
    }
    people = ["bob@acme.example", "oak@acme.example", "eve@acme.example"]
    result = cli("events", "free-busy", ALICE, *people, "--from", "2026-11-30", "--to", "2026-12-02")
    assert result.exit_code == 0
    assert result.output == (
        "bob@acme.example  busy\n"
        "  2026-11-30 10:00:00 UTC - 11:00:00 UTC\n"
        "  2026-11-30 23:00:00 UTC - 2026-12-01 01:00:00 UTC\n"
        "oak@acme.example  free all the time\n"
        "eve@acme.example  not known: there is no such calendar, or it is not shared with this person\n"
    )
    found = wish(daemon)[0]
    assert isinstance(found, FreeBusy)
    assert (found.window.start, found.window.end) == (1_795_996_800.0, 1_796_169_600.0)


def reason(code):
    about, good, means, fix = REASONS[code]
    return Reason(code=code, about=about, good=good, means=means, fix=fix)


def test_explain_shows_each_reason_with_what_to_do(cli, daemon):
    found = ("organiser", "details-not-asked", "listed", "card-no-link")
    daemon.reasons = tuple(reason(code) for code in found)
    result = cli("explain", ALICE, EID)
    assert result.exit_code == 0
    assert result.output == (
        f"{ALICE}\n"
        "  ok  event    organiser          It is organised from this calendar.\n"
        "  --  details  details-not-asked  Its location asks for nothing.\n"
        "                                  fix: Write @webex into the location of the\n"
        "                                  event.\n"
        "  ok  list     listed             It is in the meetings list.\n"
        "  --  card     card-no-link       There is no way to join in it that is\n"
        "                                  recognised, so there is no Join card.\n"
        "                                  fix: Put a link to a video meeting into the\n"
        "                                  location or description, or write @webex into\n"
        "                                  the location.\n"
    )
    assert wish(daemon)[0] == Explain(event_id="hc1_20261201T090000Z")
    as_json = json.loads(cli("explain", ALICE, EID, "-o", "json").output)
    assert [one["code"] for one in as_json["reasons"]] == list(found)


def test_what_is_not_known_yet_is_75_and_says_how_to_go_on(cli):
    result = cli("events", "quick-add", ALICE, "Lunch", "--key", "7")
    assert result.exit_code == exits.AGAIN
    assert "not done yet" in result.output
    assert "--key 7" in result.output
    assert json.loads(cli("events", "quick-add", ALICE, "Lunch", "-o", "json").output)["state"] == "pending"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CallError(Kind.CONFLICT, "errand-in-doubt"), exits.FAILED),
        (CallError(Kind.REFUSED, "errand-own-event"), exits.FAILED),
        (CallError(Kind.TRANSIENT, "busy"), exits.AGAIN),
        (CallError(Kind.NOT_FOUND, "google-not-found"), exits.FAILED),
    ],
)
def test_a_failure_says_what_and_what_to_do(cli, daemon, error, code):
    daemon.errand_fault = error
    result = cli("events", "delete", ALICE, "e1")
    assert result.exit_code == code
    assert f"hybridcal: {ALICE}: " in result.stderr
    assert "fix: " in result.stderr


def test_somebody_unknown_and_wrong_input_say_so(cli, daemon):
    unknown = cli("events", "delete", "bob@acme.example", "e1")
    assert "Nobody with this address is activated here." in unknown.stderr
    wrong = cli("events", "insert", ALICE, "--title", "x", "--start", "soon", "--end", "2026-12-01")
    assert "start is not a time" in wrong.stderr
    assert "This is not the id of an event." in cli("events", "delete", ALICE, "no id!").stderr
    assert daemon.wishes == []


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("nonsense", {"address": ALICE}, "no-such-path"),
        ("insert", {"address": ALICE, "wait": 301}, "bad-body"),
        ("insert", {"address": ALICE, "more": 1}, "bad-body"),
        ("insert", {"address": "alice"}, "bad-address"),
        ("insert", {"address": ALICE}, "bad-body"),
        ("delete", {"address": ALICE}, "bad-event"),
        ("delete", {"address": ALICE, "event": "e1", "key": "a b"}, "bad-key"),
    ],
)
def test_the_socket_is_strict(running, daemon, kind, body, code):
    answer = running.get("admin", f"/v1/events/{kind}", "POST", json.dumps(body).encode())
    assert answer.json["code"] == code
    assert answer.json["fix"]
    assert daemon.wishes == []
