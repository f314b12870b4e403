"""events.list: pages, sync tokens, bounds, tombstones."""

import pytest
from google_company import ALICE, BOB, FOCUS, Caller, timed

DAY = 86400


def ids(items):
    return [item["id"] for item in items]


def insert(caller, *starts, **more):
    return [caller.insert(timed(f"{day}T10:00", f"{day}T11:00", **more)).json["id"] for day in starts]


# ---- pages ----------------------------------------------------------------------------------------------------------


def test_pages_carry_either_a_page_token_or_a_sync_token(alice):
    made = insert(alice, *range(1, 8))
    first = alice.list(maxResults=3).json
    assert ids(first["items"]) == made[:3]
    assert "nextSyncToken" not in first
    second = alice.list(maxResults=3, pageToken=first["nextPageToken"]).json
    third = alice.list(maxResults=3, pageToken=second["nextPageToken"]).json
    assert ids(second["items"] + third["items"]) == made[3:]
    assert "nextPageToken" not in third
    assert third["nextSyncToken"]


def test_the_page_is_never_larger_than_2500(google, alice):
    for _ in range(2501):
        google.create_event(ALICE, timed("1T10:00", "1T11:00"))
    assert len(alice.list(maxResults=5000, fields="items/id,nextPageToken").json["items"]) == 2500
    assert len(alice.list(fields="items/id,nextPageToken").json["items"]) == 250


def test_short_and_empty_pages_occur_and_end(make):
    sandbox = make(short_pages=0.9)
    caller = Caller(sandbox, sandbox.person_token(ALICE))
    made = insert(caller, *range(1, 10))
    sizes = []
    for _ in range(20):
        items, page = [], {}
        while True:
            answer = caller.list(maxResults=4, **page).json
            sizes.append(len(answer["items"]))
            items += answer["items"]
            if "nextPageToken" not in answer:
                break
            page = {"pageToken": answer["nextPageToken"]}
        assert ids(items) == made
    assert {0, 1, 2, 3, 4} <= set(sizes)


def test_a_page_token_belongs_to_its_query_and_calendar(alice, bob):
    insert(alice, 1, 2)
    token = alice.list(maxResults=1).json["nextPageToken"]
    assert alice.list(maxResults=1, pageToken=token, showDeleted="true").reason == "invalid"
    assert bob.list(maxResults=1, pageToken=token).reason == "invalid"
    assert alice.list(maxResults=2, pageToken=token).status == 200


def test_edits_between_pages_are_neither_lost_nor_doubled(alice):
    made = insert(alice, *range(1, 7))
    first = alice.list(maxResults=2).json
    alice.patch(made[0], {"summary": "seen already"})
    alice.patch(made[5], {"summary": "not seen yet"})
    alice.delete(made[4])
    (new,) = insert(alice, 9)
    rest, page = [], first["nextPageToken"]
    while page:
        answer = alice.list(maxResults=2, pageToken=page).json
        rest, page = rest + answer["items"], answer.get("nextPageToken")
    listed = ids(first["items"] + rest)
    assert len(set(listed)) == len(listed)
    assert {*made} - {made[4]} <= {*listed}
    changed, _ = alice.everything(syncToken=answer["nextSyncToken"])
    assert {*ids(changed)} == {made[0], made[5], made[4], new}


# ---- sync tokens ----------------------------------------------------------------------------------------------------


def test_an_incremental_answer_has_just_what_changed(alice):
    made = insert(alice, 1, 2, 3)
    _, token = alice.everything(showDeleted="true")
    nothing, same = alice.everything(syncToken=token, showDeleted="true")
    assert nothing == []
    alice.patch(made[1], {"summary": "new"})
    alice.delete(made[0])
    changed, newer = alice.everything(syncToken=same, showDeleted="true")
    assert [(item["id"], item["status"]) for item in changed] == [(made[0], "cancelled"), (made[1], "confirmed")]
    assert alice.everything(syncToken=newer)[0] == []
    assert ids(alice.everything(syncToken=token)[0]) == [made[0], made[1]]


def test_bounds_do_not_live_in_the_token(alice):
    _, token = alice.everything(timeMin="2026-12-01T00:00:00Z", timeMax="2026-12-02T00:00:00Z")
    far = insert(alice, 24)
    assert ids(alice.everything(syncToken=token)[0]) == far


def test_incremental_pages_carry_both_tokens(alice):
    _, token = alice.everything()
    made = insert(alice, 1, 2, 3)
    first = alice.list(syncToken=token, maxResults=2).json
    both = alice.list(syncToken=token, maxResults=2, pageToken=first["nextPageToken"]).json
    assert ids(first["items"] + both["items"]) == made
    assert alice.list(maxResults=2, pageToken=first["nextPageToken"]).status == 400


@pytest.mark.parametrize(
    "more",
    [
        {"timeMin": "2026-12-01T00:00:00Z"},
        {"timeMax": "2026-12-01T00:00:00Z"},
        {"updatedMin": "2026-11-30T00:00:00Z"},
        {"orderBy": "updated"},
        {"q": "x"},
        {"iCalUID": "x"},
        {"privateExtendedProperty": "a=b"},
        {"sharedExtendedProperty": "a=b"},
        {"showDeleted": "false"},
        {"singleEvents": "true"},
        {"eventTypes": "default"},
    ],
)
def test_forbidden_company_of_a_sync_token(alice, more):
    _, token = alice.everything()
    answer = alice.list(syncToken=token, **more)
    assert (answer.status, answer.reason) == (400, "invalid")


@pytest.mark.parametrize("token", ["nonsense", "", "AAAA", "CPDAlvWDx70CEPDAlvWDx70CGAU="])
def test_garbage_is_no_sync_token(alice, token):
    answer = alice.list(syncToken=token)
    assert (answer.status, answer.reason, answer.message) == (400, "invalid", "Invalid sync token value.")


def test_a_token_of_another_calendar_is_garbage(alice, bob):
    assert bob.list(syncToken=alice.everything()[1]).message == "Invalid sync token value."


def test_a_page_token_is_no_sync_token(alice):
    insert(alice, 1, 2)
    page = alice.list(maxResults=1).json["nextPageToken"]
    assert alice.list(syncToken=page).message == "Invalid sync token value."


def test_expired_tokens_are_gone(google, alice, bob):
    _, token = alice.everything()
    _, other = bob.everything()
    google.expire_sync_tokens(ALICE)
    answer = alice.list(syncToken=token)
    assert (answer.status, answer.reason) == (410, "fullSyncRequired")
    assert answer.message == "Sync token is no longer valid, a full sync is required."
    assert answer.json["error"]["errors"][0]["domain"] == "calendar"
    assert bob.list(syncToken=other).status == 200
    _, fresh = alice.everything()
    assert alice.list(syncToken=fresh).status == 200


def test_expiry_in_the_middle_of_an_incremental_traversal(google, alice):
    _, token = alice.everything()
    insert(alice, 1, 2)
    page = alice.list(syncToken=token, maxResults=1).json["nextPageToken"]
    google.expire_sync_tokens(ALICE)
    assert alice.list(syncToken=token, maxResults=1, pageToken=page).status == 410


def test_a_full_traversal_across_an_expiry_gives_a_token_that_is_over(google, alice):
    insert(alice, 1, 2)
    page = alice.list(maxResults=1).json["nextPageToken"]
    google.expire_sync_tokens(ALICE)
    token = alice.list(maxResults=1, pageToken=page).json["nextSyncToken"]
    assert alice.list(syncToken=token).status == 410


def test_tokens_grow_old(google, alice, clock):
    _, token = alice.everything()
    clock.push(29 * DAY)
    alice.token = google.person_token(ALICE)
    assert alice.list(syncToken=token).status == 200
    clock.push(1)
    assert alice.list(syncToken=token).status == 410


@pytest.mark.parametrize("query", [{"q": "x"}, {"orderBy": "updated"}, {"iCalUID": "x"}])
def test_some_lists_give_no_sync_token(alice, query):
    assert "nextSyncToken" not in alice.list(**query).json


# ---- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "seen"),
    [
        ("09:59:59", None, True),
        ("10:00:00", None, False),  # exclusive bound on the end
        (None, "09:00:00", False),  # exclusive bound on the start
        (None, "09:00:01", True),
        ("09:30:00", "09:31:00", True),
    ],
)
def test_bounds_are_exclusive(alice, low, high, seen):
    insert(alice, 1)  # 09:00Z to 10:00Z
    bounds = {name: f"2026-12-01T{at}Z" for name, at in (("timeMin", low), ("timeMax", high)) if at}
    assert bool(alice.list(**bounds).json["items"]) is seen


def test_days_begin_at_midnight_of_the_calendars_zone(bob):
    bob.insert({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-02"}})
    assert bob.list(timeMin="2026-12-02T04:59:59Z").json["items"]
    assert not bob.list(timeMin="2026-12-02T05:00:00Z").json["items"]
    assert not bob.list(timeMax="2026-12-01T05:00:00Z").json["items"]


def test_a_series_fits_when_an_occurrence_does(alice):
    alice.insert(timed("1T10:00", "1T11:00", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"]))
    assert alice.list(timeMin="2026-12-15T09:30:00Z").json["items"]
    assert not alice.list(timeMin="2026-12-15T10:00:00Z").json["items"]
    assert not alice.list(timeMin="2026-12-09T00:00:00Z", timeMax="2026-12-15T09:00:00Z").json["items"]


# ---- cancelled ------------------------------------------------------------------------------------------------------


def test_deleted_events_show_only_when_asked_for(alice):
    made = insert(alice, 1, summary="secret plan")
    alice.delete(made[0])
    assert alice.list().json["items"] == []
    (item,) = alice.list(showDeleted="true").json["items"]
    assert (item["status"], item["summary"]) == ("cancelled", "secret plan")


def test_incremental_tombstones_are_bare_without_show_deleted(alice):
    made = insert(alice, 1, summary="secret plan")
    _, token = alice.everything()
    alice.delete(made[0])
    (bare,) = alice.everything(syncToken=token)[0]
    assert set(bare) == {"kind", "etag", "id", "status"}
    (full,) = alice.everything(syncToken=token, showDeleted="true")[0]
    assert full["summary"] == "secret plan"


def test_a_guests_tombstone_is_always_bare(alice, bob):
    made = insert(alice, 1, attendees=[{"email": BOB}])
    alice.delete(made[0])
    (item,) = bob.list(showDeleted="true").json["items"]
    assert set(item) == {"kind", "etag", "id", "status"}
    assert bob.get(made[0]).json == item


def test_old_tombstones_leave_full_lists(google, alice, clock):
    made = insert(alice, 1)
    alice.delete(made[0])
    clock.push(31 * DAY)
    alice.token = google.person_token(ALICE)
    assert alice.list(showDeleted="true").json["items"] == []
    assert alice.get(made[0]).json["status"] == "cancelled"


def test_updated_min(alice, clock):
    made = insert(alice, 1, 2)
    clock.push(60)
    alice.delete(made[0])
    items = alice.list(updatedMin="2026-11-30T10:00:30Z").json["items"]
    assert [(item["id"], item["status"]) for item in items] == [(made[0], "cancelled")]
    answer = alice.list(updatedMin="2026-10-01T00:00:00Z")
    assert (answer.status, answer.reason) == (410, "updatedMinTooLongAgo")


# ---- other choices --------------------------------------------------------------------------------------------------


def test_event_types(alice):
    insert(alice, 1)
    (focus,) = insert(alice, 2, **FOCUS)
    assert ids(alice.list(eventTypes="focusTime").json["items"]) == [focus]
    assert len(alice.list(eventTypes=["focusTime", "default"]).json["items"]) == 2


def test_free_text_and_properties_and_uid(alice):
    (plan,) = insert(alice, 1, summary="Big plan", location="Zurich", extendedProperties={"shared": {"a": "1"}})
    (other,) = insert(alice, 2, extendedProperties={"private": {"a": "1"}})
    assert ids(alice.list(q="zurich BIG").json["items"]) == [plan]
    assert ids(alice.list(sharedExtendedProperty="a=1").json["items"]) == [plan]
    assert ids(alice.list(privateExtendedProperty="a=1").json["items"]) == [other]
    assert ids(alice.list(iCalUID=f"{plan}@google.com").json["items"]) == [plan]


def test_order(alice, clock):
    late, early = insert(alice, 2, 1)
    clock.push(1)
    alice.patch(late, {"summary": "x"})
    assert ids(alice.everything(singleEvents="true", orderBy="startTime", maxResults=1)[0]) == [early, late]
    assert ids(alice.everything(orderBy="updated", maxResults=1)[0]) == [early, late]


def test_times_are_written_in_the_zone_asked_for(alice):
    insert(alice, 1)
    (item,) = alice.list(timeZone="Asia/Tokyo").json["items"]
    assert item["start"] == {"dateTime": "2026-12-01T18:00:00+09:00", "timeZone": "Europe/Zurich"}
    assert alice.list(timeZone="UTC").json["items"][0]["start"]["dateTime"] == "2026-12-01T09:00:00Z"
