"""A client that follows the rules ends up with exactly what the calendar holds, whatever happens meanwhile."""

from random import Random

import pytest
from google_company import ALICE, BOB, ROOM, START, Caller, ManualClock, timed
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.google.errors import Refused
from hybridcal_daemon.sandbox.google.service import GoogleSandbox


class Mirror:
    """Keeps id -> etag of what is alive, page by page, as a careful client does."""

    def __init__(self, caller):
        self.caller = caller
        self.alive = {}
        self.token = self.page = None
        self.staged = {}
        self.restarts = 0

    def step(self):
        """Fetch one page; True when a traversal is complete."""
        query = {"showDeleted": "true", "maxResults": 3}
        query |= {"syncToken": self.token} if self.token else {}
        query |= {"pageToken": self.page} if self.page else {}
        answer = self.caller.list(**query)
        if answer.status == 410:
            self.token, self.page, self.staged = None, None, {}
            self.restarts += 1
            return False
        self.staged |= {item["id"]: item for item in answer.json["items"]}
        self.page = answer.json.get("nextPageToken")
        if self.page:
            return False
        self.apply()
        self.token = answer.json["nextSyncToken"]
        return True

    def apply(self):
        if self.token is None:
            self.alive = {}
        for event_id, item in self.staged.items():
            self.alive.pop(event_id, None)
            if item["status"] == "cancelled" and "recurringEventId" not in item:
                prefix = f"{event_id}_"
                self.alive = {key: etag for key, etag in self.alive.items() if not key.startswith(prefix)}
        self.alive |= {key: item["etag"] for key, item in self.staged.items() if item["status"] != "cancelled"}
        self.staged = {}


def life(sandbox, random):
    """Do one random thing to Alice's or Bob's calendar."""
    who = random.choice([ALICE, ALICE, BOB])
    known = [event for event in sandbox.dump_events(who) if event["status"] != "cancelled"]
    day = random.randint(1, 20)
    try:
        match random.choice(["create", "create", "series", "patch", "delete", "occurrence", "answer", "expire"]):
            case "create":
                guests = random.choice([[], [{"email": BOB if who == ALICE else ALICE}], [{"email": ROOM}]])
                sandbox.create_event(who, timed(f"{day}T10:00", f"{day}T11:00", attendees=guests))
            case "series":
                rule = ["RRULE:FREQ=DAILY;COUNT=5"]
                guests = random.choice([[], [{"email": ROOM}]])
                sandbox.create_event(who, timed(f"{day}T10:00", f"{day}T11:00", recurrence=rule, attendees=guests))
            case "patch" if known:
                sandbox.update_event(who, random.choice(known)["id"], {"summary": f"s{random.random()}"})
            case "delete" if known:
                sandbox.delete_event(who, random.choice(known)["id"])
            case "occurrence":
                change_an_occurrence(sandbox, random, who)
            case "answer" if known:
                own = [{"email": who, "responseStatus": random.choice(["accepted", "declined"])}]
                change = {"attendees": own, "attendeesOmitted": True}
                sandbox.update_event(who, random.choice(known)["id"], change)
            case "expire" if random.random() < 0.2:
                sandbox.expire_sync_tokens(random.choice([ALICE, ROOM]))
    except Refused as refused:
        if refused.response.status not in {400, 403}:
            raise


def change_an_occurrence(sandbox, random, who):
    shown = [event for event in sandbox.instances(who, START, START + 40 * 86400) if "recurringEventId" in event]
    if shown:
        change = random.choice([{"summary": "x"}, {"status": "cancelled"}, timed("25T10:00", "25T11:00")])
        sandbox.update_event(who, random.choice(shown)["id"], change)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("calendar", [ALICE, ROOM])
def test_a_careful_client_converges(make, clock, seed, calendar):
    random = Random(seed)
    sandbox = make(seed=seed, short_pages=0.4)
    sandbox.add_room(ROOM, name="Matterhorn", timezone="Europe/Zurich")
    sandbox.share(ROOM, "reader", value=ALICE)
    mirror = Mirror(Caller(sandbox, sandbox.person_token(ALICE)).at(calendar))
    for _ in range(80):
        life(sandbox, random)
        clock.push(random.choice([0, 0, 0.5]))
        for _ in range(random.choice([0, 0, 1, 2])):
            mirror.step()
    for _ in range(2):  # the traversal under way, and one after it
        while not mirror.step():
            pass
    truth = {event["id"]: event["etag"] for event in sandbox.dump_events(calendar) if event["status"] != "cancelled"}
    assert mirror.alive == truth
    assert truth


def test_the_same_seed_gives_the_same_world(make):
    def world(seed):
        sandbox = make(seed=seed, short_pages=0.4, clock=ManualClock())
        sandbox.add_room(ROOM, name="Matterhorn", timezone="Europe/Zurich")
        random = Random(5)
        for _ in range(60):
            life(sandbox, random)
        pages = [sandbox.handle(listing(sandbox)).body for _ in range(20)]
        return pages, sandbox.dump_events(ALICE), sandbox.dump_events(BOB)

    assert world(3) == world(3)
    assert world(3) != world(4)


def listing(sandbox):
    headers = {"authorization": f"Bearer {sandbox.person_token(ALICE)}"}
    return HttpRequest(method="GET", url=f"{Caller.events}?maxResults=4", headers=headers)


# ---- nonsense -------------------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=12) | st.just("2026-12-01T10:00:00Z")
NAMES = st.sampled_from(
    ["start", "end", "date", "dateTime", "timeZone", "recurrence", "attendees", "email", "id", "status"]
)
KNOWN = ["role", "scope", "type", "value", "items", "timeMin", "timeMax", "calendarExpansionMax"]
JSON = st.recursive(
    SCALARS | st.sampled_from(["RRULE:FREQ=DAILY", "EXDATE:20261201", "Europe/Zurich", "2026-12-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
PATHS = st.sampled_from(
    ["", "/watch", "/abcde", "/abcde/instances", "/abcde_20261201", "/%FF", "//", "/abcde_99999999T999999Z", "/%00"]
)


def fuzzed():
    sandbox = GoogleSandbox(clock=ManualClock(), seed=1, push=lambda _: None)
    sandbox.add_user(ALICE)
    sandbox.create_event(ALICE, timed("1T10:00", "1T11:00", id="abcde", recurrence=["RRULE:FREQ=DAILY;COUNT=9"]))
    return Caller(sandbox, sandbox.person_token(ALICE))


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    path=PATHS,
    query=st.dictionaries(
        st.sampled_from(
            ["timeMin", "timeMax", "syncToken", "pageToken", "fields", "maxResults", "timeZone", "originalStart"]
        ),
        st.text(max_size=10) | st.just("2026-12-01T00:00:00Z"),
        max_size=2,
    ),
    body=st.none() | JSON | st.binary(max_size=10),
)
def test_nonsense_is_refused_and_never_raises(method, path, query, body):
    answer = fuzzed().call(method, Caller.events + path, body, **query)
    assert answer.status < 500 or answer.status == 501


@settings(max_examples=100, deadline=None)
@given(
    path=st.sampled_from(["/calendar/v3/freeBusy", Caller.acl, f"{Caller.acl}/user:x", f"{Caller.events}/quickAdd"]),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    body=st.dictionaries(st.sampled_from(KNOWN), JSON, max_size=4),
    query=st.dictionaries(st.sampled_from(["text", "syncToken", "maxResults"]), st.text(max_size=20), max_size=2),
)
def test_nonsense_about_rules_busy_times_and_texts_never_raises(path, method, body, query):
    answer = fuzzed().call(method, path, body if method == "POST" else None, **query)
    assert answer.status < 500 or answer.status == 501
