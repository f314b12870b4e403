"""Workspaces, devices and their bookings in the stand-in."""

import pytest

ENTRY = {
    "Id": "hybridcal-1",
    "Title": "Design review",
    "Organizer": {"Name": "Bob", "Email": "bob@acme.example"},
    "Time": {"StartTime": "2026-11-30T10:30:00Z", "Duration": 45, "StartTimeBuffer": 300, "EndTimeBuffer": 0},
    "Number": "bob@acme.webex.com",
    "Protocol": "SIP",
    "Privacy": "Public",
    "MeetingPlatform": "Webex",
}
COMMAND = "/v1/xapi/command/"


@pytest.fixture
def aurora(sandbox):
    return sandbox.add_workspace("Aurora")


@pytest.fixture
def bar(sandbox, aurora):
    return sandbox.add_device("Bar", workspace=aurora)


def give(caller, device, name="Bookings.Put", *, entries=None, arguments=None, **rest):
    sent = {"deviceId": device, "arguments": arguments or {}, **rest}
    if entries is not None:
        sent["body"] = {"Bookings": entries}
    return caller.call("POST", COMMAND + name, body=sent)


def test_workspaces_are_listed_filtered_and_read(app, sandbox, aurora):
    sandbox.add_workspace("Borealis", calendar="google")
    assert [each["displayName"] for each in app.get("/v1/workspaces").json["items"]] == ["Aurora", "Borealis"]
    assert [each["id"] for each in app.get("/v1/workspaces", calendar="none").json["items"]] == [aurora]
    assert app.get("/v1/workspaces", displayName="Nowhere").json["items"] == []
    assert app.get(f"/v1/workspaces/{aurora}").json["calendar"] == {"type": "none"}
    assert app.get("/v1/workspaces/nowhere").status == 404
    assert app.get("/v1/workspaces", orgId="x").status == 400


def test_devices_are_listed_filtered_paged_and_read(app, sandbox, aurora, bar):
    desk = sandbox.add_device("Desk", person="alice@acme.example")
    alice = sandbox.world.somebody("alice@acme.example").rest_id
    (one,) = app.get("/v1/devices", workspaceId=aurora).json["items"]
    assert (one["id"], one["permissions"], one["connectionStatus"]) == (bar, ["xapi:all"], "connected")
    assert "personId" not in one
    assert [each["id"] for each in app.get("/v1/devices", personId=alice).json["items"]] == [desk]
    first = app.get("/v1/devices", max="1")
    assert [each["id"] for each in first.json["items"]] == [bar]
    assert 'rel="next"' in first.headers["link"]
    sandbox.go_offline(bar)
    assert app.get("/v1/devices", connectionStatus="disconnected").json["items"][0]["id"] == bar
    assert app.get("/v1/devices/gone").status == 404


def test_only_administrators_see_all_and_others_their_own(sandbox, caller, bar):
    desk = sandbox.add_device(person="alice@acme.example")
    token = sandbox.person_token("alice@acme.example", scopes={"spark:devices_read"})
    alice = caller(token)
    assert [each["id"] for each in alice.get("/v1/devices").json["items"]] == [desk]
    assert alice.get(f"/v1/devices/{bar}").status == 404
    assert alice.get("/v1/workspaces").status == 403
    assert give(alice, desk, entries=[]).status == 403


def test_a_device_keeps_what_was_put_last(app, sandbox, bar):
    answer = give(app, bar, entries=[{**ENTRY, "Id": "2"}, ENTRY])
    assert answer.json == {"deviceId": bar, "arguments": {}, "result": {"status": "OK"}}
    give(app, bar, entries=[ENTRY])
    assert (sandbox.bookings(bar), sandbox.puts(bar)) == ([ENTRY], 2)
    give(app, bar, "Bookings.Clear")
    assert sandbox.bookings(bar) == []


def test_it_tells_its_list_in_the_form_of_roomos(app, bar):
    later = {**ENTRY["Time"], "StartTime": "2026-12-03T10:00:00Z"}
    talk = {**ENTRY, "Id": "talk", "Protocol": "None", "Number": "", "Time": {**later, "Duration": 30}}
    give(app, bar, entries=[talk, ENTRY])
    today = give(app, bar, "Bookings.List").json["result"]
    assert (today["ResultInfo"], [each["Id"] for each in today["Booking"]]) == ({"TotalRows": 1}, ["hybridcal-1"])
    week = give(app, bar, "Bookings.List", arguments={"Days": 7}).json["result"]
    first, second = week["Booking"]
    assert (first["Time"]["StartTime"], first["Time"]["EndTime"]) == ("2026-11-30T10:30:00Z", "2026-11-30T11:15:00Z")
    call = {"Number": "bob@acme.webex.com", "Protocol": "SIP"}
    assert first["DialInfo"] == {"ConnectMode": "OBTP", "Calls": {"Call": [call]}}
    assert second["DialInfo"] == {"ConnectMode": "Manual"}
    paged = give(app, bar, "Bookings.List", arguments={"Days": 7, "Limit": 1, "Offset": 1}).json["result"]
    assert [each["Id"] for each in paged["Booking"]] == ["talk"]
    assert "Booking" not in give(app, bar, "Bookings.List", arguments={"DayOffset": 20}).json["result"]
    assert give(app, bar, "Bookings.List", arguments={"Days": 0}).status == 400


def without(*path):
    entry = {**ENTRY, "Organizer": dict(ENTRY["Organizer"]), "Time": dict(ENTRY["Time"])}
    place = entry if len(path) == 1 else entry[path[0]]
    del place[path[-1]]
    return entry


@pytest.mark.parametrize(
    "wrong",
    [
        *(without(name) for name in ("Id", "Title", "Number", "Protocol", "Organizer", "Time")),
        *(without(*path) for path in (("Organizer", "Name"), ("Time", "StartTime"), ("Time", "Duration"))),
        {**ENTRY, "Shoe": "size"},
        {**ENTRY, "Protocol": "sip"},
        {**ENTRY, "Privacy": "Secret"},
        {**ENTRY, "MeetingPlatform": "Jitsi"},
        {**ENTRY, "Id": ""},
        {**ENTRY, "Title": 1},
        {**ENTRY, "Time": {**ENTRY["Time"], "Duration": 0}},
        {**ENTRY, "Time": {**ENTRY["Time"], "Duration": 45.5}},
        {**ENTRY, "Time": {**ENTRY["Time"], "StartTimeBuffer": -1}},
        {**ENTRY, "Time": {**ENTRY["Time"], "StartTime": "2026-11-30T10:00:00+01:00"}},
        "text",
    ],
)
def test_a_list_with_anything_wrong_in_it_changes_nothing(app, sandbox, bar, wrong):
    give(app, bar, entries=[ENTRY])
    assert give(app, bar, entries=[{**ENTRY, "Id": "2"}, wrong]).status == 400
    assert sandbox.bookings(bar) == [ENTRY]


def test_the_same_id_twice_an_argument_or_no_body_is_refused(app, bar):
    assert give(app, bar, entries=[ENTRY, ENTRY]).status == 400
    assert give(app, bar, entries=[ENTRY], arguments={"Now": 1}).status == 400
    assert give(app, bar).status == 400
    assert give(app, bar, body={"Booking": []}).status == 400
    assert give(app, bar, "Bookings.Shred").status == 400
    assert app.call("POST", COMMAND + "Bookings.Put", body={"deviceId": bar}).status == 400


def test_a_reboot_loses_the_list_and_going_offline_does_not(app, sandbox, bar):
    give(app, bar, entries=[ENTRY])
    sandbox.go_offline(bar)
    assert give(app, bar, entries=[]).status == 409
    assert app.get("/v1/xapi/schema", deviceId=bar).status == 409
    sandbox.come_online(bar)
    assert sandbox.bookings(bar) == [ENTRY]
    sandbox.reboot(bar)
    assert sandbox.bookings(bar) == []
    assert "Booking" not in give(app, bar, "Bookings.List").json["result"]


def test_permissions_modes_and_scopes(sandbox, caller, refresh, app, aurora, bar):
    readonly = sandbox.add_device(workspace=aurora, permission="xapi:readonly")
    teams = sandbox.add_device(workspace=aurora, platform="microsoftTeamsRoom")
    desk = sandbox.add_device(person="alice@acme.example")
    phone = sandbox.add_device(person="alice@acme.example", kind="phone")
    assert give(app, readonly, entries=[]).status == 403
    assert give(app, teams, entries=[]).status == 400
    assert give(app, desk, entries=[ENTRY]).status == 200
    assert give(app, desk, "Bookings.List").status == 403
    assert give(app, phone, entries=[]).status == 404
    few = sandbox.add_service_app({"spark-admin:devices_read"})
    assert give(caller(refresh(few).json["access_token"]), bar, entries=[]).status == 403
    with pytest.raises(KeyError, match="nobody"):
        sandbox.add_device(person="nobody@acme.example")
    with pytest.raises(KeyError, match="no such device"):
        sandbox.bookings("gone")


def test_the_schema_is_that_devices_own(app, sandbox, aurora, bar):
    teams = sandbox.add_device(workspace=aurora, platform="microsoftTeamsRoom")
    both = app.get("/v1/xapi/schema", deviceId=f"{bar},{teams}", command="Bookings.*").json
    assert [(each["deviceId"], sorted(each["commands"])) for each in both] == [
        (bar, ["Bookings.Clear", "Bookings.List", "Bookings.Put"]),
        (teams, []),
    ]
    (one,) = app.get("/v1/xapi/schema", deviceId=bar, command="Bookings.Put").json
    assert one["commands"]["Bookings.Put"]["bodySchema"]["schema"]["required"] == ["Bookings"]
    assert app.get("/v1/xapi/schema", deviceId=",".join([bar] * 6)).status == 400
    assert app.get("/v1/xapi/schema").status == 400


def test_the_status_says_how_long_it_is_free(app, clock, bar):
    def availability():
        answer = app.get("/v1/xapi/status", deviceId=bar, name="Bookings.Availability.*").json
        return answer["result"]["Bookings"]["Availability"]

    assert availability() == {"Status": "Free", "TimeStamp": ""}
    give(app, bar, entries=[ENTRY])
    assert availability() == {"Status": "FreeUntil", "TimeStamp": "2026-11-30T10:30:00Z"}
    clock.push(1800)
    assert availability() == {"Status": "BookedUntil", "TimeStamp": "2026-11-30T11:15:00Z"}
    assert app.get("/v1/xapi/status", deviceId=bar, name="Audio.Volume").json["result"] == {}
    assert app.get("/v1/xapi/status", deviceId=bar, name=",".join(["a"] * 11)).status == 400


def test_all_of_it_is_arranged_over_http_too(sandbox, caller, app):
    control = caller("")

    def do(method, path, **body):
        return control.call(method, f"/sandbox/v1/{path}", body=body)

    room = do("POST", "workspaces", name="Aurora", calendar="none").json["id"]
    bar = do("POST", "devices", name="Bar", workspace=room).json["id"]
    give(app, bar, entries=[ENTRY])
    assert control.get("/sandbox/v1/devices/bookings", device=bar).json == {"items": [ENTRY]}
    assert do("PUT", "devices/connection", device=bar, online=False).status == 204
    assert give(app, bar, entries=[]).status == 409
    do("PUT", "devices/connection", device=bar, online=True)
    assert do("POST", "devices/reboot", device=bar).status == 204
    assert sandbox.bookings(bar) == []
    assert do("DELETE", "devices", device=bar).status == 204
    for wrong in (
        do("DELETE", "devices", device=bar),
        do("POST", "devices", workspace="gone"),
        do("POST", "devices", person="nobody@acme.example"),
        control.get("/sandbox/v1/devices/bookings", device="gone"),
    ):
        assert wrong.status == 404
    assert do("POST", "devices", shoe="size").status == 400
