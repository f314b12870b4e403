"""Orders of meetings, as tests give them."""

ALICE, BOB, CAROL = "alice@acme.example", "bob@acme.example", "carol@acme.example"
ORDER = {
    "title": "Design review",
    "start": "2026-12-01T10:00:00+01:00",
    "end": "2026-12-01T11:00:00+01:00",
    "sendEmail": False,
    "hostEmail": BOB,
}
WEEKLY = {"timezone": "Europe/Berlin", "recurrence": "FREQ=WEEKLY;COUNT=4"}


def order(who, **changes):
    return who.post("/v1/meetings", **{name: value for name, value in (ORDER | changes).items() if value is not None})


def found(who, **query):
    return who.get("/v1/meetings", hostEmail=BOB, **query).json["items"]


def occurrences(app, series):
    query = {
        "meetingSeriesId": series["id"],
        "meetingType": "scheduledMeeting",
        "from": "2026-11-30",
        "to": "2027-03-01",
    }
    return found(app, **query, max=100)
