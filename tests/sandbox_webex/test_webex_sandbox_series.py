"""Meeting series: rules, occurrences, and what a change does to them."""

import pytest

from tests.sandbox_webex.webex_orders import BOB, ORDER, WEEKLY, found, occurrences, order


def test_a_long_series_is_found_in_the_middle(app):
    series = order(app, recurrence="FREQ=MONTHLY;COUNT=12").json
    items = found(app, **{"from": "2027-05-10", "to": "2027-05-20"})
    assert [item["id"] for item in items] == [series["id"]]
    assert found(app, **{"from": "2028-05-10", "to": "2028-05-20"}) == []


def test_series_are_shown_with_the_times_of_the_next_occurrence(app, clock):
    order(app, **WEEKLY)
    clock.push(8 * 86_400)
    assert found(app)[0]["start"] == "2026-12-15T09:00:00Z"
    assert found(app, current="false")[0]["start"] == "2026-12-01T09:00:00Z"


def test_occurrences_are_listed_by_series(app):
    series = order(app, **WEEKLY).json
    listed = occurrences(app, series)
    assert [item["id"] for item in listed] == [
        f"{series['id']}_{day}T090000Z" for day in ("20261201", "20261208", "20261215", "20261222")
    ]
    assert {item["meetingSeriesId"] for item in listed} == {series["id"]}
    assert app.get(f"/v1/meetings/{listed[1]['id']}", hostEmail=BOB).json == listed[1]
    assert app.get(f"/v1/meetings/{series['id']}_20261202T090000Z", hostEmail=BOB).status == 404


def test_a_series_keeps_its_wall_clock_time(app):
    series = order(app, timezone="Europe/Berlin", recurrence="FREQ=MONTHLY;COUNT=6").json
    assert (
        app.get(
            "/v1/meetings",
            hostEmail=BOB,
            meetingSeriesId=series["id"],
            **{"from": "2027-04-01", "to": "2027-05-02", "meetingType": "scheduledMeeting"},
        ).json["items"][-1]["start"]
        == "2027-05-01T08:00:00Z"
    )


def test_one_occurrence_moves_alone(app, sandbox):
    series = order(app, **WEEKLY).json
    one = occurrences(app, series)[1]["id"]
    body = {"start": "2026-12-09T09:00:00Z", "end": "2026-12-09T09:30:00Z", "hostEmail": BOB, "sendEmail": False}
    changed = app.patch(f"/v1/meetings/{one}", **body).json
    assert (changed["isModified"], changed["id"]) == (True, one)
    listed = occurrences(app, series)
    assert [item["isModified"] for item in listed] == [False, True, False, False]
    assert listed[1]["start"] == "2026-12-09T09:00:00Z"
    assert sandbox.meetings()[0].changes[0].title == "Design review"


def test_one_occurrence_is_deleted_alone(app):
    series = order(app, **WEEKLY).json
    one = occurrences(app, series)[1]["id"]
    assert app.delete(f"/v1/meetings/{one}", hostEmail=BOB, sendEmail="false").status == 204
    assert app.delete(f"/v1/meetings/{one}", hostEmail=BOB, sendEmail="false").status == 404
    assert len(occurrences(app, series)) == 3


def test_an_occurrence_brought_forward_is_listed_where_it_is(app):
    series = order(app, **WEEKLY).json
    one = occurrences(app, series)[3]["id"]
    times = {"start": "2026-12-02T09:00:00Z", "end": "2026-12-02T09:30:00Z"}
    app.patch(f"/v1/meetings/{one}", hostEmail=BOB, sendEmail=False, **times)
    window = {"from": "2026-12-02", "to": "2026-12-03", "meetingType": "scheduledMeeting"}
    assert [item["id"] for item in found(app, meetingSeriesId=series["id"], **window)] == [one]


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"title": "Retro"}, 1),
        ({"start": "2026-12-01T10:00:00+01:00", "end": "2026-12-01T11:00:00+01:00"}, 1),
        ({"end": "2026-12-01T11:30:00+01:00"}, 0),
        ({"recurrence": "FREQ=WEEKLY;COUNT=5"}, 0),
        ({"recurrence": None}, 0),
    ],
)
def test_a_change_of_times_or_rule_drops_changed_occurrences(app, sandbox, change, kept):
    series = order(app, **WEEKLY).json
    one = occurrences(app, series)[1]["id"]
    app.delete(f"/v1/meetings/{one}", hostEmail=BOB, sendEmail="false")
    assert app.patch(f"/v1/meetings/{series['id']}", hostEmail=BOB, sendEmail=False, **change).status == 200
    assert len(sandbox.meetings()[0].changes) == kept


def test_the_patch_type_of_the_description_is_taken_too(app):
    meeting = order(app).json
    body = b'{"title": "Retro", "hostEmail": "bob@acme.example", "sendEmail": false}'
    for kind, status in (("application/json-patch+json", 200), ("text/plain", 415)):
        path = f"/v1/meetings/{meeting['id']}"
        assert app.call("PATCH", path, raw=body, headers={"content-type": kind}).status == status


@pytest.mark.parametrize(
    "change",
    [
        {"recurrence": "FREQ=DAILY"},
        {"integrationTags": ["x"]},
        {"start": "2026-11-01T10:00:00Z"},
        {"end": "2026-12-08T09:05:00Z"},
    ],
)
def test_what_one_occurrence_cannot_have(app, change):
    one = occurrences(app, order(app, **WEEKLY).json)[1]["id"]
    assert app.patch(f"/v1/meetings/{one}", hostEmail=BOB, sendEmail=False, **change).status == 400


def test_put_replaces(app):
    meeting = order(app, agenda="1. Look", recurrence="FREQ=DAILY;COUNT=3", integrationTags=["a"]).json
    path = f"/v1/meetings/{meeting['id']}"
    assert app.put(path, title="Retro", hostEmail=BOB).status == 400
    whole = {name: ORDER[name] for name in ("start", "end", "hostEmail", "sendEmail")}
    changed = app.put(path, title="Retro", **whole).json
    assert changed["title"] == "Retro"
    assert not {"agenda", "recurrence", "integrationTags"} & changed.keys()


def test_of_several_month_days_the_first_counts(app):
    meeting = order(app, recurrence="FREQ=MONTHLY;INTERVAL=1;COUNT=10;BYMONTHDAY=10,11,12").json
    assert meeting["recurrence"] == "FREQ=MONTHLY;INTERVAL=1;COUNT=10;BYMONTHDAY=10"
    weekly = order(app, recurrence="FREQ=WEEKLY;COUNT=4;BYDAY=TU,TH").json
    assert weekly["recurrence"] == "FREQ=WEEKLY;COUNT=4;BYDAY=TU,TH"


def test_a_rule_ends_within_five_years(app):
    assert (
        order(app, recurrence="FREQ=DAILY;UNTIL=21241001T000000Z")
        .json["recurrence"]
        .startswith("FREQ=DAILY;UNTIL=2031")
    )
    assert order(app, recurrence="FREQ=DAILY").json["recurrence"] == "FREQ=DAILY"
