"""Meetings: who may order, what is refused, quotas, lists, mails."""

import pytest

from tests.sandbox_webex.webex_orders import ALICE, BOB, CAROL, WEEKLY, found, occurrences, order


def test_a_service_app_orders_for_a_host(app, sandbox):
    meeting = order(app, agenda="1. Look").json
    assert meeting["hostEmail"] == BOB
    assert (meeting["meetingType"], meeting["state"]) == ("meetingSeries", "active")
    assert (meeting["start"], meeting["timezone"]) == ("2026-12-01T09:00:00Z", "UTC")
    assert meeting["sipAddress"] == f"{meeting['meetingNumber']}@acme-example.webex.com"
    assert meeting["webLink"].startswith("https://acme-example.webex.com/acme-example/j.php?MTID=")
    assert {"hostKey", "password", "phoneAndVideoSystemPassword", "telephony"} <= meeting.keys()
    assert app.get(f"/v1/meetings/{meeting['id']}", hostEmail=BOB).json == meeting
    assert sandbox.mails() == []
    assert [seen.id for seen in sandbox.meetings(BOB)] == [meeting["id"]]


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "x" * 129},
        {"title": None},
        {"start": None},
        {"start": "tomorrow"},
        {"start": "2026-11-30T09:59:00Z", "end": "2026-11-30T10:59:00Z"},
        {"end": "2026-12-01T09:09:59Z"},
        {"end": "2026-12-02T09:00:00Z"},
        {"timezone": "Mars/Base"},
        {"agenda": "x" * 1301},
        {"integrationTags": ["a", "b", "c", "d"]},
        {"integrationTags": ["x" * 65]},
        {"integrationTags": [7]},
        {"recurrence": "FREQ=HOURLY"},
        {"recurrence": "RRULE:FREQ=DAILY"},
        {"recurrence": "FREQ=DAILY;COUNT=1827"},
        {"recurrence": "FREQ=WEEKLY;COUNT=262"},
        {"recurrence": "FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z"},
        {"recurrence": "FREQ=DAILY;UNTIL=20261101T000000Z"},
        {"recurrence": "FREQ=MONTHLY;BYDAY=XX"},
        {"recurrence": "FREQ=DAILY;BYHOUR=3"},
        {"password": "short"},
        {"unlockedMeetingJoinSecurity": "open"},
        {"joinBeforeHostMinutes": 7},
        {"adhoc": True},
        {"scheduledType": "webinar"},
        {"invitees": ["x"]},
        {"invitees": [{"displayName": "x"}]},
        {"sendEmail": "false"},
        {"unknown": 1},
    ],
)
def test_orders_that_are_refused(app, sandbox, change):
    assert order(app, **change).status == 400
    assert sandbox.meetings() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"hostEmail": None}, 403),
        ({"hostEmail": "nobody@acme.example"}, 404),
        ({"siteUrl": "other.webex.com"}, 404),
        ({"hostEmail": "guest@other.example"}, 404),
        ({"hostEmail": CAROL}, 403),
    ],
)
def test_hosts_that_cannot_be_had(app, sandbox, change, status):
    sandbox.add_person("guest@other.example", "Guest", outside=True)
    sandbox.set_licence(CAROL, present=False)
    expected = 403 if change.get("hostEmail") == "guest@other.example" else status
    assert order(app, **change).status == expected


def test_times_are_cut_to_minutes_and_a_start_right_now_moves_on(app, clock):
    clock.push(30)
    meeting = order(app, start="2026-11-30T10:00:45Z", end="2026-11-30T10:15:45Z").json
    assert (meeting["start"], meeting["end"]) == ("2026-11-30T10:01:00Z", "2026-11-30T10:15:00Z")


def test_times_without_offset_are_in_the_zone(app):
    meeting = order(app, start="2026-12-01 20:00:00", end="2026-12-01 21:00:00", timezone="Asia/Shanghai").json
    assert (meeting["start"], meeting["timezone"]) == ("2026-12-01T20:00:00+08:00", "Asia/Shanghai")
    read = app.get(f"/v1/meetings/{meeting['id']}", hostEmail=BOB).json
    assert (read["start"], read["timezone"]) == ("2026-12-01T12:00:00Z", "UTC")
    path = f"/v1/meetings/{meeting['id']}?hostEmail={BOB}"
    assert app.call("GET", path, headers={"timezone": "Asia/Shanghai"}).json["start"] == meeting["start"]


def test_only_administrators_name_a_host(integration, alice):
    assert order(integration).status == 403
    assert order(alice).status == 403
    mine = order(integration, hostEmail=None).json
    assert mine["hostEmail"] == ALICE
    assert integration.get(f"/v1/meetings/{mine['id']}", hostEmail=BOB).status == 403


def test_a_bot_has_no_meetings(bot):
    assert order(bot).status == 403
    assert bot.get("/v1/meetings").status == 403


def test_a_meeting_of_a_space_belongs_to_who_orders_it(integration, app, sandbox):
    room = integration.post("/v1/rooms", title="x").json["id"]
    meeting = order(integration, roomId=room).json
    assert (meeting["roomId"], meeting["hostEmail"]) == (room, ALICE)
    assert order(app, roomId=room).status == 403
    assert order(integration, roomId="x").status == 403
    assert [item["id"] for item in integration.get("/v1/meetings", roomId=room).json["items"]] == [meeting["id"]]
    moved = sandbox.migrate(room)
    assert integration.get(f"/v1/meetings/{meeting['id']}").json["roomId"] == moved
    assert sandbox.meetings()[0].room == moved


def test_a_space_needs_its_scope_and_membership(sandbox, caller, integration):
    room = integration.post("/v1/rooms", title="x").json["id"]
    narrow = caller(sandbox.person_token(ALICE, scopes={"meeting:schedules_write"}))
    outsider = caller(sandbox.person_token(BOB, scopes={"meeting:schedules_write", "spark:all"}))
    assert order(narrow, roomId=room).status == 403
    assert order(outsider, roomId=room).status == 403
    assert sandbox.meetings() == []


def test_tags_find_what_the_same_client_tagged(app, integration):
    meeting = order(app, integrationTags=["hybridcal-1"]).json
    order(app, integrationTags=["hybridcal-2"])
    window = {"from": "2026-11-30", "to": "2026-12-10"}
    assert [item["id"] for item in found(app, integrationTag="hybridcal-1", **window)] == [meeting["id"]]
    assert found(app, integrationTag="other", **window) == []
    mine = order(integration, hostEmail=None, integrationTags=["hybridcal-1"]).json
    assert [item["id"] for item in integration.get("/v1/meetings", integrationTag="hybridcal-1").json["items"]] == [
        mine["id"]
    ]
    seen = app.get("/v1/meetings", hostEmail=ALICE, **window).json["items"]
    assert [item.get("integrationTags") for item in seen] == [None]


def test_without_a_window_only_the_next_seven_days_are_listed(app):
    order(app)
    later = order(app, start="2026-12-20T10:00:00Z", end="2026-12-20T11:00:00Z").json
    assert len(found(app)) == 1
    assert [item["id"] for item in found(app, **{"from": "2026-12-19", "to": "2026-12-21"})] == [later["id"]]
    assert app.get("/v1/meetings", hostEmail=BOB, **{"from": "2026-12-21", "to": "2026-12-20"}).status == 400


def test_ten_to_a_page(app):
    for _ in range(12):
        order(app)
    first = app.get("/v1/meetings", hostEmail=BOB)
    assert len(first.json["items"]) == 10
    assert len(app.call("GET", first.headers["link"].split(">")[0][1:]).json["items"]) == 2
    assert app.get("/v1/meetings", hostEmail=BOB, max=101).status == 400


def test_only_the_host_changes_and_deletes(app, integration, sandbox):
    meeting = order(app, invitees=[{"email": ALICE}]).json
    path = f"/v1/meetings/{meeting['id']}"
    assert integration.get(path).json["title"] == "Design review"
    assert integration.patch(path, title="x").status == 403
    assert integration.delete(path).status == 403
    assert app.delete(path, hostEmail=CAROL).status == 404
    assert app.delete(path).status == 403
    assert app.delete(path, hostEmail=BOB, sendEmail="false").status == 204
    assert app.delete(path, hostEmail=BOB, sendEmail="false").status == 404
    assert sandbox.meetings() == []
    assert len(sandbox.meetings(deleted=True)) == 1


def test_every_mail_that_would_go_out_is_noted(app, sandbox):
    meeting = order(app, sendEmail=None, invitees=[{"email": CAROL}]).json
    app.patch(f"/v1/meetings/{meeting['id']}", title="Retro", hostEmail=BOB)
    app.delete(f"/v1/meetings/{meeting['id']}", hostEmail=BOB)
    assert [(mail.about, mail.to) for mail in sandbox.mails()] == [
        (about, (BOB, CAROL)) for about in ("invitation", "update", "cancellation")
    ]


def test_quotas_count_failed_orders_too(app, integration, sandbox, clock):
    sandbox.set_quota(per_user=1, per_host=2, per_admin=3)
    assert order(app).status == 200
    assert order(app, title="").status == 400
    refused = order(app)
    assert (refused.status, refused.headers["retry-after"]) == (429, "86400")
    assert order(app, hostEmail=ALICE).status == 429
    assert order(integration, hostEmail=None).status == 200
    assert order(integration, hostEmail=None).status == 429
    clock.push(86_400)
    assert order(app, start="2026-12-03T10:00:00Z", end="2026-12-03T11:00:00Z").status == 200


@pytest.mark.parametrize("rule", [{"status": 503}, {"status": 0}])
def test_an_order_may_be_done_though_the_answer_says_no(app, sandbox, rule):
    sandbox.add_fault(
        {"kind": "ambiguous", "match": {"method": "POST", "path_regex": "/meetings$", "user": BOB}} | rule
    )
    answer = order(app, integrationTags=["t"])
    assert answer.marks.drop or answer.status == 503
    assert [item["integrationTags"] for item in found(app, integrationTag="t")] == [["t"]]


@pytest.mark.parametrize("rule", [{"status": 503}, {"status": 0}])
def test_changes_may_be_done_though_the_answer_says_no(app, sandbox, rule):
    meeting = order(app).json
    sandbox.add_fault({"kind": "ambiguous", "times": 2, "match": {"path_regex": f"/meetings/{meeting['id']}$"}} | rule)
    app.patch(f"/v1/meetings/{meeting['id']}", hostEmail=BOB, title="Retro", sendEmail=False)
    assert sandbox.meetings()[0].title == "Retro"
    app.delete(f"/v1/meetings/{meeting['id']}", hostEmail=BOB, sendEmail="false")
    assert sandbox.meetings() == []


@pytest.mark.parametrize("status", [423, 429])
def test_asking_to_wait(app, sandbox, status):
    sandbox.add_fault({"kind": "status", "status": status, "retry_after": 7, "match": {"user": BOB}})
    answer = order(app)
    assert (answer.status, answer.headers["retry-after"]) == (status, "7")
    assert sandbox.meetings() == []


def test_by_number_and_link(app):
    meeting = order(app, **WEEKLY).json
    for name in ("meetingNumber", "webLink"):
        assert found(app, **{name: meeting[name]})[0]["id"] == f"{meeting['id']}_20261201T090000Z"
        assert found(app, **{name: meeting[name]}, current="false")[0]["id"] == meeting["id"]
    assert app.get("/v1/meetings", hostEmail=BOB, meetingNumber="1", webLink="x").status == 400


def test_states(app, clock):
    series = order(app, recurrence="FREQ=DAILY;COUNT=3").json
    clock.push(86_400 - 3600 - 15 * 60)
    assert [item["state"] for item in occurrences(app, series)] == ["ready", "scheduled", "scheduled"]
    assert len(found(app, meetingType="scheduledMeeting", state="ready")) == 1
    clock.push(7 * 86_400)
    assert app.get(f"/v1/meetings/{series['id']}", hostEmail=BOB).json["state"] == "expired"
    assert {item["state"] for item in occurrences(app, series)} == {"missed"}
    assert found(app, meetingType="meeting") == []
