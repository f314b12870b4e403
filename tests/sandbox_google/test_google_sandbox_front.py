"""The front end: scopes, parameters, bodies, masks, and what is not there."""

import pytest
from google_company import ALICE, AUTH, BOB, Caller, timed


def with_scopes(google, *names):
    return Caller(google, google.person_token(ALICE, [AUTH + name for name in names]))


@pytest.mark.parametrize("scope", ["calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly"])
def test_reading_scopes_read(google, scope):
    assert with_scopes(google, scope).list().status == 200


@pytest.mark.parametrize("scope", ["calendar.settings.readonly", "gmail.settings.basic", "calendar.freebusy"])
def test_other_scopes_do_not_read_events(google, scope):
    answer = with_scopes(google, scope).list()
    error = answer.json["error"]
    assert (answer.status, answer.reason, error["status"]) == (403, "insufficientPermissions", "PERMISSION_DENIED")
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_reading_scope_does_not_write(google):
    reader = with_scopes(google, "calendar.events.readonly")
    assert reader.insert(timed("1T10:00", "1T11:00")).reason == "insufficientPermissions"
    assert reader.list().json["items"] == []


def test_gmail_wants_its_own_scope(google):
    vacation = "/gmail/v1/users/me/settings/vacation"
    assert with_scopes(google, "calendar").call("GET", vacation).status == 403
    assert with_scopes(google, "gmail.settings.basic").call("GET", vacation).status == 200


@pytest.mark.parametrize(
    "query",
    [
        {"nonsense": "1"},
        {"sendUpdates": "none"},
        {"maxResults": "0"},
        {"maxResults": "many"},
        {"maxResults": "9" * 5000},
        {"singleEvents": "yes"},
        {"singleEvents": "True"},
        {"orderBy": "endTime"},
        {"orderBy": "startTime"},
        {"eventTypes": "meeting"},
        {"timeMin": "2026-12-01T10:00:00"},
        {"timeMin": "2026-12-01"},
        {"timeMin": "2026-13-01T10:00:00Z"},
        {"timeMin": "2026-12-02T00:00:00Z", "timeMax": "2026-12-01T00:00:00Z"},
        {"timeMin": "2026-12-02T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z"},
        {"timeZone": "Europe/Zuerich"},
        {"timeZone": "../../etc/passwd"},
        {"quotaUser": "x" * 41},
        {"alt": "xml"},
        {"access_token": "x"},
        {"oauth_token": "x"},
        {"maxResults": ["1", "2"]},
        {"privateExtendedProperty": "novalue"},
        {"pageToken": "nonsense"},
        {"fields": "items(id"},
        {"fields": "items(titel)"},
        {"fields": "titel"},
        {"fields": "items/id/x"},
        {"fields": ""},
        {"fields": "items(id))"},
        {"fields": "items()"},
        {"fields": "kind/*"},
    ],
)
def test_bad_parameters_are_refused(alice, query):
    answer = alice.list(**query)
    assert answer.status == 400
    assert answer.reason


@pytest.mark.parametrize("query", [{"quotaUser": "x" * 40}, {"alt": "json"}, {"key": "k"}, {"prettyPrint": "false"}])
def test_common_parameters_are_accepted(alice, query):
    assert alice.list(**query).status == 200


def test_bounds_beyond_all_years_are_taken_as_no_bounds(alice):
    alice.insert(timed("1T10:00", "1T11:00", recurrence=["RRULE:FREQ=WEEKLY"]))
    bounds = {"timeMin": "0001-01-01T00:00:00+14:00", "timeMax": "9999-12-31T23:59:59-12:00"}
    assert len(alice.list(**bounds).json["items"]) == 1


def test_pretty_print_is_on_unless_switched_off(alice):
    assert b"\n" in alice.list().body
    assert b"\n" not in alice.list(prettyPrint="false").body


def test_milliseconds_are_accepted_in_bounds(alice):
    assert alice.list(timeMin="2026-12-01T10:00:00.123Z").status == 200


@pytest.mark.parametrize("calendar", ["primary", "alice%40acme.example", "Alice@Acme.Example"])
def test_the_own_calendar_has_two_names(alice, calendar):
    assert alice.call("GET", f"/calendar/v3/calendars/{calendar}/events").status == 200


@pytest.mark.parametrize("calendar", [BOB, "nobody%40acme.example", "x"])
def test_any_other_calendar_is_not_found(alice, calendar):
    answer = alice.call("GET", f"/calendar/v3/calendars/{calendar}/events")
    assert (answer.status, answer.reason) == (404, "notFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/calendar/v3/calendars/primary/acl/default"),
        ("PUT", "/calendar/v3/calendars/primary/events/abcde"),
        ("POST", "/calendar/v3/calendars/primary/events/import"),
        ("GET", "/calendar/v3/users/me/calendarList"),
        ("GET", "/gmail/v1/users/me/profile"),
    ],
)
def test_what_is_not_modelled_says_so(alice, method, path):
    answer = alice.call(method, path, {} if method != "GET" else None)
    assert answer.status == 501
    assert path in answer.message


def test_unknown_urls_are_404_in_html(alice):
    answer = alice.call("GET", "/nowhere")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_get_with_a_body_is_refused_by_the_first_front_end(alice):
    answer = alice.call("GET", alice.events, {})
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'{"summary": "\xff"}'])
def test_a_body_must_be_a_json_object(alice, body):
    answer = alice.call("POST", alice.events, body, {"content-type": "application/json"})
    assert (answer.status, answer.reason) == (400, "parseError")


def test_a_body_must_be_declared_as_json(alice):
    answer = alice.call("POST", alice.events, b"{}", {"content-type": "text/plain"})
    assert (answer.status, answer.reason) == (400, "parseError")


def test_masks_select_what_they_name(alice):
    alice.insert(timed("1T10:00", "1T11:00", summary="Plan", attendees=[{"email": BOB}]))
    whole = alice.list(fields="items(summary,attendees/email,start(dateTime)),nextSyncToken").json
    assert whole["items"] == [
        {"summary": "Plan", "attendees": [{"email": BOB}], "start": {"dateTime": "2026-12-01T10:00:00+01:00"}}
    ]
    assert set(whole) == {"items", "nextSyncToken"}


def test_masks_merge_paths_and_stars(alice):
    alice.insert(timed("1T10:00", "1T11:00", summary="Plan"))
    assert set(alice.list(fields="items/summary,items/id").json["items"][0]) == {"summary", "id"}
    assert alice.list(fields="*").json.keys() == alice.list().json.keys()
    assert alice.list(fields="items(start/*)").json["items"][0] == {
        "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Zurich"}
    }


def test_masks_reach_free_names(alice):
    body = timed("1T10:00", "1T11:00", extendedProperties={"private": {"a": "1", "b": "2"}})
    event = alice.insert(body, fields="extendedProperties/private/a").json
    assert event == {"extendedProperties": {"private": {"a": "1"}}}


def test_a_bad_mask_stops_a_write(alice):
    assert alice.insert(timed("1T10:00", "1T11:00"), fields="titel").status == 400
    assert alice.list().json["items"] == []


def test_a_person_without_the_calendar_service(google, alice):
    google.add_user(ALICE, calendar=False)
    assert (alice.list().status, alice.list().reason) == (403, "notACalendarUser")


def test_settings(google):
    google.add_user(ALICE, locale="pt_BR")
    reader = with_scopes(google, "calendar.settings.readonly")
    assert reader.call("GET", "/calendar/v3/users/me/settings/locale").json["value"] == "pt_BR"
    assert reader.call("GET", "/calendar/v3/users/me/settings/timezone").json["value"] == "Europe/Zurich"
    assert reader.call("GET", "/calendar/v3/users/me/settings/nonsense").status == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("autoAddHangouts", "true"),
        ("dateFieldOrder", "MDY"),
        ("defaultEventLength", "60"),
        ("format24HourTime", "false"),
        ("hideInvitations", "false"),
        ("hideWeekends", "false"),
        ("locale", "en"),
        ("remindOnRespondedEventsOnly", "false"),
        ("showDeclinedEvents", "true"),
        ("useKeyboardShortcuts", "true"),
        ("weekStart", "0"),
    ],
)
def test_settings_that_nobody_changed(alice, name, value):
    setting = alice.call("GET", f"/calendar/v3/users/me/settings/{name}").json
    assert (setting["kind"], setting["id"], setting["value"]) == ("calendar#setting", name, value)


# ---- Gmail ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mail(google):
    return with_scopes(google, "gmail.settings.basic")


def vacation(caller, user="me", **query):
    return caller.call("GET", f"/gmail/v1/users/{user}/settings/vacation", **query)


def test_vacation_defaults_are_the_recorded_ones(mail):
    assert vacation(mail).json == {"enableAutoReply": False, "responseSubject": "", "restrictToContacts": False}


def test_vacation_settings_are_given_as_set(google, mail):
    settings = {"enableAutoReply": True, "startTime": "1796032800000", "endTime": "1796119200000"}
    google.set_vacation(ALICE, settings | {"responseBodyHtml": "gone", "restrictToDomain": False})
    asked = "enableAutoReply,startTime,endTime"
    assert vacation(mail, fields=asked).json == settings
    assert vacation(mail, ALICE).json["responseBodyHtml"] == "gone"
    assert "restrictToDomain" not in vacation(mail).json


@pytest.mark.parametrize(
    "settings",
    [
        {"startTime": 5},
        {"startTime": "soon"},
        {"startTime": "5", "endTime": "5"},
        {"enabled": True},
        {"endTime": "1" * 30},
    ],
)
def test_vacation_settings_are_checked(google, settings):
    with pytest.raises(ValueError, match="vacation settings"):
        google.set_vacation(ALICE, settings)


def test_other_peoples_mailboxes_are_denied(mail):
    answer = vacation(mail, BOB)
    assert (answer.status, answer.message) == (403, f"Delegation denied for {ALICE}")


def test_without_a_mailbox(google, mail):
    google.add_user(ALICE, gmail=False)
    answer = vacation(mail)
    assert (answer.status, answer.reason, answer.message) == (400, "failedPrecondition", "Mail service not enabled")


def test_unknown_parameters_are_refused_by_gmail_too(mail):
    assert vacation(mail, maxResults="5").status == 400
