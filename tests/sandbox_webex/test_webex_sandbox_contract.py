"""Every answer of the stand-in has the shape that Webex' public OpenAPI description gives."""

from urllib.parse import urlsplit

import pytest

from tests.contract_webex.checked import Checker
from tests.contract_webex.described import operation_for

ALICE, BOB = "alice@acme.example", "bob@acme.example"
TIMES = {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
WINDOW = {"from": "2026-11-30T00:00:00Z", "to": "2026-12-30T00:00:00Z"}


@pytest.fixture
def judged(sandbox):
    """A checker that sees every answer; at the end it must have found nothing."""
    checker, handle, judged = Checker(), sandbox.handle, []

    def watched(request):
        response = handle(request)
        if operation_for(request.method, urlsplit(request.url).path):  # the extract has what the daemon calls
            checker.answer(request, response)
            judged.append(request.url)
        return response

    sandbox.handle = watched
    yield checker
    assert (checker.faults, bool(judged)) == ([], True)


def succeeded(*answers):
    assert [answer.status for answer in answers] == [200] * len(answers)
    return [answer.json for answer in answers]


@pytest.mark.usefixtures("judged")
def test_meetings(app, integration):
    whole = {
        "title": "Design review",
        **TIMES,
        "hostEmail": BOB,
        "agenda": "1. Look",
        "recurrence": "FREQ=WEEKLY;COUNT=4",
        "integrationTags": ["a"],
        "timezone": "Europe/Berlin",
    }
    (series,) = succeeded(app.post("/v1/meetings", **whole))
    room = integration.post("/v1/rooms", title="x").json["id"]
    (spaces,) = succeeded(integration.post("/v1/meetings", title="x", **TIMES, roomId=room))
    listed = app.get("/v1/meetings", hostEmail=BOB, meetingType="scheduledMeeting", **WINDOW)
    one = listed.json["items"][1]["id"]
    succeeded(
        listed,
        app.get("/v1/meetings", hostEmail=BOB, **WINDOW),
        app.get("/v1/meetings", hostEmail=BOB, meetingNumber=series["meetingNumber"]),
        app.get(f"/v1/meetings/{one}", hostEmail=BOB),
        app.get(f"/v1/meetings/{series['id']}", hostEmail=BOB),
        app.patch(f"/v1/meetings/{one}", hostEmail=BOB, title="y"),
        app.patch(f"/v1/meetings/{series['id']}", hostEmail=BOB, recurrence=None),
        app.put(f"/v1/meetings/{series['id']}", hostEmail=BOB, title="z", **TIMES),
        integration.get(f"/v1/meetings/{spaces['id']}"),
        integration.get("/v1/meetings", roomId=room),
    )
    app.delete(f"/v1/meetings/{series['id']}", hostEmail=BOB)


@pytest.mark.usefixtures("judged")
def test_rooms_and_members(integration):
    (room,) = succeeded(integration.post("/v1/rooms", title="x", description="y"))
    (member,) = succeeded(integration.post("/v1/memberships", roomId=room["id"], personEmail=BOB))
    succeeded(
        integration.get("/v1/rooms"),
        integration.get(f"/v1/rooms/{room['id']}"),
        integration.put(f"/v1/rooms/{room['id']}", title="z"),
        integration.get("/v1/memberships", roomId=room["id"]),
        integration.put(f"/v1/memberships/{member['id']}", isModerator=True),
    )
    integration.delete(f"/v1/memberships/{member['id']}")
    integration.delete(f"/v1/rooms/{room['id']}")


@pytest.mark.usefixtures("judged")
def test_messages(bot, join_card, sandbox):
    (sent,) = succeeded(bot.post("/v1/messages", toPersonEmail=BOB, text="x", attachments=[join_card()]))
    sandbox.say(BOB, "today")
    succeeded(
        bot.get("/v1/messages", roomId=sent["roomId"]),
        bot.get("/v1/messages/direct", personEmail=BOB),
        bot.get("/v1/rooms", type="direct", sortBy="lastactivity"),
    )
    bot.delete(f"/v1/messages/{sent['id']}")


@pytest.mark.usefixtures("judged")
def test_people_and_preferences(app):
    (found,) = succeeded(app.get("/v1/people", email=BOB))
    assert found["items"][0]["displayName"] == "Bob Baker"
    succeeded(
        app.get("/v1/meetingPreferences/personalMeetingRoom", userEmail=BOB),
        app.get("/v1/meetingPreferences/sites", userEmail=BOB),
    )
