import base64
import threading
from urllib.parse import quote

import pytest

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Window
from hybridcal_daemon.ports import UnknownUser
from hybridcal_daemon.shell import feed_items

PATH = "/calendar/api/v1/calendarEvents"
BEARER = {"Authorization": "Bearer alice-bearer"}
NOW = Instant(1796032800.0)  # 2026-11-30T10:00:00Z
DAY = 86400


def listed(running, query="", **headers):
    return running.get("feed", f"{PATH}{query}", **(headers or BEARER))


def test_an_item_has_the_clear_and_the_sealed_fields(running, kit, daemon):
    daemon.rows = [kit.row()]
    answer = listed(running)
    base = f"http://127.0.0.1:{running.port('feed')}{PATH}/ZXYx"
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json == {
        "items": [
            {
                "id": "ev1",
                "seriesId": "ev1",
                "start": "2026-11-30T10:00:00.000Z",
                "durationMinutes": 45,
                "isRecurring": False,
                "isAllDay": False,
                "links": [{"href": base, "rel": "self"}],
                "participantsUrl": f"{base}/participants",
                "notesUrl": f"{base}/notes",
                "encryptionKeyUrl": kit.KEY_URL,
                "encryptedSubject": "jwe-subject-ev1",
                "encryptedNotes": "jwe-notes-ev1",
                "encryptedParticipants": [{"id": "p1", "type": "PERSON", "encryptedName": "jwe-name-ev1"}],
            }
        ]
    }


@pytest.mark.parametrize(("minutes", "shown"), [(0, 1), (0.5, 1), (30, 30), (30.25, 31)])
def test_durations_are_rounded_up(running, kit, daemon, minutes, shown):
    daemon.rows = [kit.row(minutes=minutes)]
    assert listed(running).json["items"][0]["durationMinutes"] == shown


def test_an_all_day_event_counts_from_midnight_utc(running, kit, daemon):
    daemon.rows = [kit.day_row("day", "2026-12-01", "2026-12-03")]
    (item,) = listed(running).json["items"]
    assert (item["start"], item["durationMinutes"], item["isAllDay"]) == ("2026-12-01T00:00:00.000Z", 2880, True)


def test_a_series_is_expanded_with_its_exceptions(running, kit, daemon):
    start = "2026-11-30T10:00:00+01:00"
    daemon.rows = [
        kit.row("s", start, tz="Europe/Berlin", recurrence=("RRULE:FREQ=DAILY;COUNT=4",)),
        kit.row(
            "s_2",
            "2026-12-01T15:00:00+01:00",
            series_id="s",
            original_start=kit.Timed(at=kit.at("2026-12-01T10:00:00+01:00"), tz="Europe/Berlin"),
        ),
        kit.row(
            "s_3",
            "2026-12-02T10:00:00+01:00",
            cancelled=True,
            series_id="s",
            original_start=kit.Timed(at=kit.at("2026-12-02T10:00:00+01:00"), tz="Europe/Berlin"),
        ),
    ]
    items = listed(running).json["items"]
    assert [(item["start"], item["encryptedSubject"]) for item in items] == [
        ("2026-11-30T09:00:00.000Z", "jwe-subject-s"),
        ("2026-12-01T14:00:00.000Z", "jwe-subject-s_2"),
        ("2026-12-03T09:00:00.000Z", "jwe-subject-s"),
    ]
    assert {item["seriesId"] for item in items} == {"s"}
    assert all(item["isRecurring"] for item in items)
    assert len({item["id"] for item in items}) == 3


@pytest.mark.parametrize("kind", ["out-of-office", "focus-time", "working-home", "working-office", "working-elsewhere"])
def test_what_is_no_meeting_is_neither_listed_nor_found(running, kit, daemon, kind):
    daemon.rows = [kit.row("ev1", kind=kind), kit.row("ev2")]
    assert [item["id"] for item in listed(running).json["items"]] == ["ev2"]
    assert feed_items.find(daemon.rows, "ev1", NOW) is None
    assert running.get("feed", f"{PATH}/ZXYx/notes", **BEARER).status == 404


def test_an_absence_in_place_of_an_occurrence_hides_it(running, kit, daemon):
    """(A row that replaces an occurrence does so whatever its kind.)"""
    series = kit.row("s", recurrence=("RRULE:FREQ=DAILY;COUNT=2",))
    away = kit.row("s_1", kind="focus-time", series_id="s", original_start=series.fact.start)
    daemon.rows = [series, away]
    assert [item["start"][:10] for item in listed(running).json["items"]] == ["2026-12-01"]


def test_the_range_is_one_day_back_and_seven_ahead_unless_asked_otherwise(running, kit, daemon):
    days = {"a": "28", "b": "29T11", "c": "30"}
    daemon.rows = [
        kit.row("a", "2026-11-29T09:00:00+00:00", 30),
        kit.row("b", "2026-11-29T09:45:00+00:00", 30),
        kit.row("c", "2026-12-07T09:59:00+00:00", 30),
        kit.row("d", "2026-12-07T10:01:00+00:00", 30),
    ]
    assert days
    assert [item["id"] for item in listed(running).json["items"]] == ["b", "c"]
    query = "?fromDate=2026-12-07T10:00:00.000Z&toDate=2026-12-08T00:00:00%2B02:00&hasAttachments=true"
    assert [item["id"] for item in listed(running, query).json["items"]] == ["c", "d"]


def test_what_is_not_served_is_not_shown(running, kit, daemon):
    daemon.rows = [
        kit.row("old", "2026-11-20T10:00:00+00:00"),
        kit.row("far", "2027-01-02T10:00:00+00:00"),
        kit.row("now"),
    ]
    query = "?fromDate=2020-01-01T00:00:00Z&toDate=2030-01-01T00:00:00Z"
    assert [item["id"] for item in listed(running, query).json["items"]] == ["now"]
    assert listed(running, "?fromDate=2020-01-01T00:00:00Z&toDate=2020-02-01T00:00:00Z").json == {"items": []}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?fromDate=yesterday", "fromDate"),
        ("?toDate=", "toDate"),
        ("?fromDate=2026-11-30T10:00:00", "fromDate"),
        ("?fromDate=2026-11-30", "fromDate"),
        (f"?toDate={'1' * 100}", "toDate"),
        ("?fromDate=2026-11-30T10:00:00Z&toDate=2026-11-30T10:00:00Z", "toDate"),
        ("?fromDate=0000-11-30T10:00:00Z", "fromDate"),
        ("?fromDate=%FF", "fromDate"),
    ],
)
def test_a_bad_range_names_the_parameter(running, query, parameter):
    answer = listed(running, query)
    assert (answer.status, answer.json["code"]) == (400, "bad-range")
    assert answer.json["title"].startswith(f"{parameter} must be ")
    assert answer.json["fix"] == f"Correct the parameter {parameter}."


def test_one_bound_gives_a_range_of_the_usual_length():
    assert feed_items.asked_range({"fromDate": "2026-11-30T10:00:00Z"}, NOW) == Window(start=NOW, end=NOW + 8 * DAY)
    assert feed_items.asked_range({"toDate": "2026-11-30T12:00:00+02:00"}, NOW) == Window(start=NOW - 8 * DAY, end=NOW)
    # a client that forgot to escape the plus sign
    assert feed_items.asked_range({"toDate": "2026-11-30T12:00:00 02:00"}, NOW).end == NOW


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Nothing": "1"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer a b"},
        {"Authorization": "Bearer " + "a" * 5000},
        {"Authorization": "Bearer mürker"},
    ],
)
def test_without_a_usable_token_nothing_is_asked(running, daemon, headers):
    answer = listed(running, **headers)
    assert (answer.status, answer.json["code"]) == (401, "no-token")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hybridcal"'
    assert not daemon.entered.acquire(blocking=False)


def test_two_tokens_are_no_token(running, kit, daemon):
    double = b"Authorization: Bearer alice-bearer\r\n" * 2
    answer = kit.Answer(
        running.send("feed", b"GET %s HTTP/1.1\r\nHost: d\r\nConnection: close\r\n%s\r\n" % (PATH.encode(), double))
    )
    assert answer.status in {400, 401}
    assert not daemon.entered.acquire(blocking=False)


def test_the_scheme_is_read_in_any_case(running):
    assert listed(running, Authorization="bearer alice-bearer").status == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (CallError(Kind.USER, "bearer-invalid"), 401, "bearer-invalid"),
        (UnknownUser(), 403, "unknown-user"),
        (CallError(Kind.SEALED, "kms-sealed"), 503, "kms-sealed"),
        (CallError(Kind.TRANSIENT, "webex-unavailable"), 503, "webex-unavailable"),
        (CallError(Kind.THROTTLED, "webex-rate-limited", retry_after=30.0), 503, "webex-rate-limited"),
        (CallError(Kind.TRANSIENT, "not-in-the-catalogue"), 503, "not-in-the-catalogue"),
    ],
)
def test_what_the_daemon_cannot_do_is_said(running, daemon, fault, status, code):
    daemon.fault = fault
    answer = listed(running)
    assert (answer.status, answer.json["code"], answer.json["status"]) == (status, code, status)
    assert answer.json["title"].endswith(".")
    assert answer.json["fix"]
    if status == 503:
        assert answer.headers["retry-after"] == ("30" if code == "webex-rate-limited" else "5")


def test_an_item_and_its_parts_can_be_fetched(running, kit, daemon):
    daemon.rows = [kit.row("s?~", "2026-11-30T10:00:00+00:00", recurrence=("RRULE:FREQ=DAILY;COUNT=3",))]
    second = listed(running).json["items"][1]
    path = second["links"][0]["href"].split(str(running.port("feed")))[1]
    assert "=" not in path
    assert running.get("feed", path, **BEARER).json == second
    assert running.get("feed", f"{path}/notes", **BEARER).json == {
        "encryptionKeyUrl": kit.KEY_URL,
        "encryptedNotes": "jwe-notes-s?~",
    }
    participants = running.get("feed", f"{path}/participants", **BEARER).json
    assert participants["encryptedParticipants"][0]["encryptedName"] == "jwe-name-s?~"
    for text in base64_forms(second["id"]):
        assert running.get("feed", f"{PATH}/{text}/notes", **BEARER).status == 200, text


def base64_forms(text):
    plain = base64.b64encode(text.encode()).decode()
    safe = base64.urlsafe_b64encode(text.encode()).decode()
    return {plain, quote(plain, safe=""), safe, safe.rstrip("=")}


@pytest.mark.parametrize("name", ["bm9uZQ", "!!!", "////", "_w"])
def test_an_item_that_is_not_in_the_list_is_not_found(running, kit, daemon, name):
    daemon.rows = [kit.row()]
    answer = running.get("feed", f"{PATH}/{name}/notes", **BEARER)
    assert answer.status == 404
    assert answer.json["code"] in {"no-such-meeting", "no-such-path"}


def test_sub_resources_need_the_token_as_well(running):
    for path in (
        f"{PATH}/ZXYx",
        f"{PATH}/ZXYx/notes",
        f"{PATH}/ZXYx/participants",
        f"/encryption/api/v1/keys/{'1' * 36}",
    ):
        assert running.get("feed", path).json["code"] == "no-token"


def test_the_key_of_an_item(running, kit):
    answer = running.get("feed", "/encryption/api/v1/keys/11111111-2222-4333-8444-555555555555", **BEARER)
    key = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    assert answer.json == {"uri": kit.KEY_URL, "jwk": {"kty": "oct", "kid": kit.KEY_URL, "k": key}}
    other = running.get("feed", "/encryption/api/v1/keys/99999999-2222-4333-8444-555555555555", **BEARER)
    assert other.status == 404


def test_probes(running, daemon):
    assert running.get("feed", "/livez").body == b"ok\n"
    assert running.get("feed", "/readyz").status == 200
    daemon.well = False
    answer = running.get("feed", "/readyz")
    assert (answer.status, answer.body) == (503, b"not ready: see `hybridcal status`\n")


def test_the_process_lives_while_the_daemon_does_not_answer(running, daemon):
    daemon.gate = threading.Event()
    waiting = threading.Thread(target=running.get, args=("feed", "/readyz"))
    waiting.start()
    assert daemon.entered.acquire(timeout=10)
    assert running.get("feed", "/livez").status == 200
    daemon.gate.set()
    waiting.join(10)
