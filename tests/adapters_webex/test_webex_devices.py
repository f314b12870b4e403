"""Devices through Webex, over the stand-in and over prepared answers."""

import json

import msgspec
import pytest

from hybridcal_daemon.adapters.jsonschema_subset import fault
from hybridcal_daemon.adapters.webex import Schemas, WebexDevices
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import DAY, Plain, Secret
from hybridcal_daemon.ports import Abilities
from hybridcal_daemon.sandbox.webex.roomos import PUT_SCHEMA
from tests.adapters_webex.conftest import ScriptedClient

START = 1_796_032_800.0  # 2026-11-30T10:00:00Z


def entry(entry_id="hybridcal-1", **rest):
    time = {"StartTime": "2026-11-30T10:00:00Z", "Duration": 45, "StartTimeBuffer": 300, "EndTimeBuffer": 0}
    return {
        "Id": entry_id,
        "Title": "Design review",
        "Organizer": {"Name": "Bob"},
        "Time": time,
        "Number": "bob@acme.webex.com",
        "Protocol": "SIP",
        "Privacy": "Public",
        "MeetingPlatform": "Webex",
        **rest,
    }


def over(house, http):
    return WebexDevices(http, house.settings, Schemas(house.clock), house.tokens)


@pytest.fixture
def api(house):
    return over(house, house.api._http)


@pytest.fixture
def aurora(sandbox):
    return sandbox.add_workspace("Aurora")


def asked(sandbox, path):
    return [entry for entry in sandbox.journal() if entry.path == path]


def test_workspaces_are_found_by_name_and_id(api, sandbox, aurora):
    sandbox.add_workspace("Borealis", calendar="google")
    assert [(each.name.reveal(), each.calendar) for each in api.workspaces()] == [
        ("Aurora", "none"),
        ("Borealis", "google"),
    ]
    assert [each.workspace_id for each in api.workspaces(Plain("Aurora"))] == [aurora]
    assert api.workspace(aurora).name == Plain("Aurora")
    assert api.workspaces(Plain("Nowhere")) == []
    with pytest.raises(CallError) as failure:
        api.workspace("nowhere")
    assert failure.value.kind is Kind.NOT_FOUND


def test_devices_are_found_by_workspace_by_person_and_by_id(api, sandbox, aurora):
    bar = sandbox.add_device("Bar", workspace=aurora)
    desk = sandbox.add_device("Desk", person="alice@acme.example", permission="xapi:readonly")
    sandbox.add_device("Phone", person="alice@acme.example", kind="phone")
    alice = sandbox.world.somebody("alice@acme.example").rest_id
    (in_room,) = api.devices(workspace_id=aurora)
    assert (in_room.device_id, in_room.online, in_room.commands, in_room.person_id) == (bar, True, True, "")
    (at_desk,) = api.devices(person_id=alice)
    assert (at_desk.device_id, at_desk.commands, at_desk.person_id) == (desk, False, alice)
    assert {each.device_id for each in api.devices()} == {bar, desk}
    sandbox.go_offline(bar)
    assert not api.device(bar).online
    with pytest.raises(CallError) as failure:
        api.device("gone")
    assert failure.value.kind is Kind.NOT_FOUND


def test_a_list_is_put_replaced_and_told(api, sandbox, aurora):
    bar = sandbox.add_device(workspace=aurora)
    api.put_bookings(bar, [entry("b"), entry("a")])
    assert [each["Id"] for each in sandbox.bookings(bar)] == ["a", "b"]
    (first, _) = api.list_bookings(bar)
    assert (first.entry_id, first.start, first.end) == ("a", START, START + 2700)
    api.put_bookings(bar, [])
    assert sandbox.bookings(bar) == api.list_bookings(bar) == []


def test_what_a_device_can_is_asked_once_a_day(api, sandbox, clock, aurora):
    bar = sandbox.add_device(workspace=aurora)
    assert api.abilities(bar) == Abilities(put=True, list_=True, webrtc=True)
    api.put_bookings(bar, [entry()])
    api.abilities(bar)
    assert len(asked(sandbox, "/v1/xapi/schema")) == 1
    clock.push(DAY)
    api.abilities(bar)
    assert len(asked(sandbox, "/v1/xapi/schema")) == 2


def test_a_device_in_teams_mode_can_nothing_and_is_told_nothing(api, sandbox, aurora):
    teams = sandbox.add_device(workspace=aurora, platform="microsoftTeamsRoom")
    assert api.abilities(teams) == Abilities(put=False, list_=False)
    for call in (lambda: api.put_bookings(teams, [entry()]), lambda: api.list_bookings(teams)):
        with pytest.raises(CallError) as failure:
            call()
        assert (failure.value.kind, failure.value.code) == (Kind.REFUSED, "device-not-capable")
    assert asked(sandbox, "/v1/xapi/command/Bookings.Put") == []


def test_what_the_devices_schema_does_not_have_never_leaves(api, sandbox, aurora):
    bar = sandbox.add_device(workspace=aurora)
    for wrong in (entry(Protocol="Pigeon"), entry(Shoe="size"), {"Id": "1"}, entry(Title=7)):
        with pytest.raises(CallError) as failure:
            api.put_bookings(bar, [wrong])
        assert (failure.value.kind, failure.value.code) == (Kind.INVALID, "device-schema")
    assert asked(sandbox, "/v1/xapi/command/Bookings.Put") == []


def test_a_device_that_is_offline_or_gone_is_said_to_be(api, sandbox, aurora):
    bar = sandbox.add_device(workspace=aurora)
    api.abilities(bar)
    sandbox.go_offline(bar)
    with pytest.raises(CallError) as failure:
        api.put_bookings(bar, [entry()])
    assert (failure.value.kind, failure.value.code) == (Kind.TRANSIENT, "device-offline")
    sandbox.remove_device(bar)
    with pytest.raises(CallError) as failure:
        api.put_bookings(bar, [entry()])
    assert failure.value.kind is Kind.NOT_FOUND


def test_in_personal_mode_lists_are_put_and_not_told(api, sandbox):
    desk = sandbox.add_device(person="alice@acme.example")
    api.put_bookings(desk, [entry()])
    assert len(sandbox.bookings(desk)) == 1
    with pytest.raises(CallError) as failure:
        api.list_bookings(desk)
    assert failure.value.kind is Kind.REFUSED


def test_over_real_http(real_house, sandbox, aurora):
    bar = sandbox.add_device(workspace=aurora)
    real = over(real_house, real_house.api._http)
    real.put_bookings(bar, [entry(Title="設計 review")])
    assert [each.entry_id for each in real.list_bookings(bar)] == ["hybridcal-1"]


def test_without_a_service_app_it_is_refused(house):
    alone = WebexDevices(house.api._http, house.settings, Schemas(house.clock))
    for call in (alone.workspaces, alone.devices, lambda: alone.abilities("d")):
        with pytest.raises(CallError) as failure:
            call()
        assert (failure.value.kind, failure.value.code) == (Kind.REFUSED, "webex-no-service-app")


# ---- prepared answers


class Tokens:
    def get(self, _http):
        return Secret("token")

    def replace(self, _http, token):
        return token


@pytest.fixture
def prepared(house):
    def build(*answers):
        client = ScriptedClient(*answers)
        return WebexDevices(client, house.settings, Schemas(house.clock), Tokens()), client

    return build


def test_a_schema_that_may_not_be_read_forbids_nothing(prepared, reply):
    api, client = prepared(reply(403), reply(200, b"{}"))
    assert api.abilities("d") == Abilities(put=True, list_=True)
    api.put_bookings("d", [{"anything": 1}])
    sent = client.requests[-1]
    assert (sent.method, sent.url.rpartition("/v1")[2]) == ("POST", "/xapi/command/Bookings.Put")
    assert json.loads(sent.body) == {"deviceId": "d", "arguments": {}, "body": {"Bookings": [{"anything": 1}]}}


def test_a_device_whose_schema_has_no_webrtc(prepared, reply):
    protocol = {"properties": {"Protocol": {"enum": ["SIP", "None"]}}}
    body = {"properties": {"Bookings": {"items": protocol}}}
    said = [{"deviceId": "d", "commands": {"Bookings.Put": {"bodySchema": {"schema": body}}}}]
    api, _ = prepared(reply(200, msgspec.json.encode(said)))
    assert api.abilities("d") == Abilities(put=True, list_=False, webrtc=False)


def test_a_list_without_times_is_a_list(prepared, reply):
    said = [{"deviceId": "d", "commands": {"Bookings.List": {}}}]
    result = {"deviceId": "d", "result": {"Booking": [{"Id": "x", "Time": {}}], "ResultInfo": {"TotalRows": 1}}}
    api, _ = prepared(reply(200, msgspec.json.encode(said)), reply(200, msgspec.json.encode(result)))
    (listed,) = api.list_bookings("d")
    assert (listed.entry_id, listed.start, listed.end) == ("x", 0.0, 0.0)


def test_an_answer_about_another_device_says_nothing(prepared, reply):
    said = [{"deviceId": "other", "commands": {"Bookings.Put": {}}}]
    api, _ = prepared(reply(200, msgspec.json.encode(said)))
    assert api.abilities("d").put is False


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, Kind.INVALID, "device-schema"),
        (403, Kind.REFUSED, "webex-refused"),
        (409, Kind.TRANSIENT, "device-offline"),
        (429, Kind.THROTTLED, "webex-rate-limited"),
        (503, Kind.TRANSIENT, "webex-unavailable"),
    ],
)
def test_what_refusals_of_a_command_mean(prepared, reply, status, kind, code):
    api, _ = prepared(reply(403), reply(status))
    with pytest.raises(CallError) as failure:
        api.put_bookings("d", [])
    assert (failure.value.kind, failure.value.code) == (kind, code)


# ---- the schema


def test_entries_of_ours_fit_roomos():
    assert fault(PUT_SCHEMA, {"Bookings": [entry()]}) == ""


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"type": "string"}, 1, "body: must be of type string"),
        ({"type": ["object", "null"]}, None, ""),
        ({"type": "integer"}, True, "body: must be of type integer"),
        ({"type": "number"}, 1.5, ""),
        ({"type": "shoe"}, 1, ""),
        ({"enum": ["a"]}, "b", "body: not one of the values allowed"),
        ({"maxLength": 1}, "ab", "body: against maxLength"),
        ({"minimum": 2}, 1, "body: against minimum"),
        ({"maximum": "x"}, 1, ""),
        ({"maxItems": 0}, [1], "body: against maxItems"),
        ({"items": {"type": "string"}}, ["a", 1], "[1]: must be of type string"),
        ({"required": ["a"]}, {}, "a: missing"),
        ({"properties": {"a": {"properties": {"b": {"type": "null"}}}}}, {"a": {"b": 1}}, "a.b: must be of type null"),
        ({"properties": {}, "additionalProperties": False}, {"x": 1}, "x: not known"),
        ({"properties": {}}, {"x": 1}, ""),
        (None, {"x": 1}, ""),
    ],
)
def test_the_subset_of_json_schema(schema, value, said):
    assert fault(schema, value) == said


def test_a_schema_without_end_ends():
    schema = {"properties": {}}
    schema["properties"]["a"] = schema
    value = {}
    value["a"] = value
    assert fault(schema, value) == ""
