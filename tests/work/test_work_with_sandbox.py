"""Worker, adapter, minter and client together against the strict stand-in, over real sockets."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hybridcal_daemon.adapters.clock import SystemClock
from hybridcal_daemon.adapters.google import SCOPES, GoogleCalendar, GoogleSettings, ServiceAccountMinter
from hybridcal_daemon.adapters.google.requests import rfc3339
from hybridcal_daemon.adapters.http import BoundedClient
from hybridcal_daemon.adapters.http_deadline import Watchdog
from hybridcal_daemon.domain.calls import Decorate, ListEvents, OpenChannel, ReadVacation, StopChannel
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import strip
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import DAY, Plain, RequestId, Secret, stored_window
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.server import ServedSandbox
from hybridcal_daemon.work.google import run
from hybridcal_daemon.work.room import ROOM_PLACE, encode_room
from hybridcal_daemon.work.tools import GoogleTools
from tests.work.fakes import ALICE, ROOM

CLOCK = SystemClock()
ADDRESS = "alice@acme.example"
IDS = {"request_id": RequestId(7), "user": ALICE}


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def google(key):
    google = GoogleSandbox(clock=CLOCK, seed=1, push=lambda _request: None, allow_http_push=True, short_pages=0)
    google.add_user(ADDRESS, timezone="Europe/Berlin")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    granted = [scope for scopes in SCOPES.values() for scope in scopes]
    google.add_service_account(
        "sa@acme.example", client_id="1", private_key_id="k", public_key=public.decode(), scopes=granted
    )
    return google


@pytest.fixture
def base_url(google):
    with ServedSandbox.start(google) as served:
        yield served.base_url


@pytest.fixture
def http():
    watchdog = Watchdog()
    client = BoundedClient(watchdog=watchdog)
    yield client
    client.close()
    watchdog.close()


@pytest.fixture
def minter(http, key, base_url):
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    info = {"client_email": "sa@acme.example", "private_key_id": "k", "private_key": pem.decode(), "token_uri": "x"}
    return ServiceAccountMinter(http, info, clock=CLOCK, token_url=f"{base_url}/token")


@pytest.fixture
def tools(http, minter, base_url, vault):
    held = {}

    def token(_user, purpose, force):
        if force or purpose not in held:
            held[purpose] = minter.mint(Plain(ADDRESS), purpose).token
        return held[purpose]

    settings = GoogleSettings(
        calendar_url=f"{base_url}/calendar/v3",
        gmail_url=f"{base_url}/gmail/v1",
        push_url="http://127.0.0.1:9/google/push",
        deadline=5.0,
    )
    return GoogleTools(
        calendar=GoogleCalendar(http, settings),
        token=token,
        seal_events=vault.seal_events,
        open_cell=vault.open,
        seal_cell=vault.seal,
        address=lambda _user: Plain("alice@acme.example"),
        channel_token=lambda channel_id: Secret(f"secret-of-{channel_id}"),
    )


def timed(seconds_from_now, **fields):
    start = int(CLOCK.now() + seconds_from_now)
    return {
        "start": {"dateTime": rfc3339(start), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": rfc3339(start + 3600), "timeZone": "Europe/Berlin"},
        **fields,
    }


def listed(tools, **how):
    """Every page of a list, put together."""
    events, removed, page = {}, {}, None
    while True:
        answer = run(ListEvents(**IDS, page_token=page, **how), tools)
        assert not isinstance(answer, CallFailed), answer
        assert answer.quarantined == ()
        events |= {event.fact.event_id: event for event in answer.events}
        removed |= {gone.event_id: gone for gone in answer.removed}
        page = answer.next_page
        if page is None:
            return events, removed, answer.next_token


def full(tools):
    return listed(tools, window=stored_window(CLOCK.now()))


def test_full_then_incremental(google, tools):
    asked = google.create_event(ADDRESS, timed(3600, summary="Plan", location="@webex"))
    series = google.create_event(ADDRESS, timed(7200, recurrence=["RRULE:FREQ=DAILY;COUNT=5"]))
    google.create_event(ADDRESS, timed(90 * DAY))
    events, removed, token = full(tools)
    assert set(events) == {asked["id"], series["id"]}
    assert (events[asked["id"]].fact.asked, events[asked["id"]].fact.writable) == ("myroom", True)
    assert events[asked["id"]].fact.start.tz == "Europe/Berlin"
    assert events[series["id"]].fact.recurrence == ("RRULE:FREQ=DAILY;COUNT=5",)
    assert removed == {}
    google.delete_event(ADDRESS, asked["id"])
    first = google.instances(ADDRESS, CLOCK.now(), CLOCK.now() + DAY)[0]["id"]
    google.delete_event(ADDRESS, first)
    events, removed, _ = listed(tools, sync_token=token)
    assert removed[asked["id"]].series_id is None
    assert removed[first].series_id == series["id"]
    assert removed[first].original_start is not None


def test_a_void_sync_token(google, tools):
    _, _, token = full(tools)
    google.expire_sync_tokens(ADDRESS)
    answer = run(ListEvents(**IDS, sync_token=token), tools)
    assert (answer.kind, answer.code) == (Kind.RESYNC, "google-sync-token")
    answer = run(ListEvents(**IDS, sync_token="nonsense"), tools)
    assert (answer.kind, answer.code) == (Kind.RESYNC, "google-sync-token")


def test_join_details_are_written_once(google, tools, vault):
    event = google.create_event(ADDRESS, timed(3600, location="@webex", description="Bring <tea> & time"))
    order = Decorate(**IDS, event_id=event["id"], room=vault.seal(ALICE, ROOM_PLACE, encode_room(ROOM)))
    written = run(order, tools)
    assert (written.outcome, written.event.fact.has_block, written.event.fact.joinable) == ("written", True, True)
    stored = google.get_event(ADDRESS, event["id"])
    assert strip(stored["description"]) == "Bring <tea> & time"
    assert written.event.fact.etag == stored["etag"]
    assert run(order, tools).outcome == "unchanged"
    assert google.mails() == []
    google.delete_event(ADDRESS, event["id"])
    assert run(order, tools).outcome == "gone"


def test_a_refused_token_is_renewed(google, tools):
    full(tools)
    google.revoke_tokens(ADDRESS)
    before = len(google.journal())
    full(tools)
    assert [entry.status for entry in google.journal()[before:]] == [401, 200, 200]


def test_channels(google, tools):
    opened = run(OpenChannel(**IDS, channel_id="channel-1", ttl=600), tools)
    assert opened.expires_at == pytest.approx(CLOCK.now() + 600, abs=30)
    again = run(OpenChannel(**IDS, channel_id="channel-1", ttl=600), tools)
    assert again.code == "google-channel-exists"
    stop = StopChannel(**IDS, channel_id="channel-1", resource_id=opened.resource_id)
    for _ in range(2):
        assert run(stop, tools).channel_id == "channel-1"
    assert google.channels() == []


def test_vacation(google, tools):
    assert not run(ReadVacation(**IDS), tools).enabled
    start = int(CLOCK.now()) - 60
    google.set_vacation(ADDRESS, {"enableAutoReply": True, "startTime": str(start * 1000), "responseSubject": "Away"})
    answer = run(ReadVacation(**IDS), tools)
    assert (answer.enabled, answer.start, answer.end) == (True, start, None)


@pytest.mark.parametrize(
    ("rule", "kind", "in_doubt"),
    [
        ({"kind": "status", "status": 503, "reason": "backendError"}, Kind.TRANSIENT, True),
        ({"kind": "status", "status": 403, "reason": "rateLimitExceeded"}, Kind.THROTTLED, False),
        ({"kind": "drop"}, Kind.TRANSIENT, True),
        ({"kind": "ambiguous", "status": 500, "reason": "backendError"}, Kind.TRANSIENT, True),
        ({"kind": "garbage"}, Kind.TRANSIENT, True),
        ({"kind": "malformed"}, Kind.INVALID, True),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_a_write_that_goes_wrong(google, tools, vault, rule, kind, in_doubt):
    event = google.create_event(ADDRESS, timed(3600, location="@webex"))
    order = Decorate(**IDS, event_id=event["id"], room=vault.seal(ALICE, ROOM_PLACE, encode_room(ROOM)))
    google.add_fault({"match": {"method": "PATCH"}, **rule})
    answer = run(order, tools)
    assert (answer.kind, answer.in_doubt) == (kind, in_doubt)
    assert answer.code in CATALOGUE
    assert run(order, tools).outcome == ("unchanged" if rule["kind"] not in {"status", "drop"} else "written")


def test_people_who_cannot_be_served(google, minter, tools):
    google.add_user(ADDRESS, gmail=False)
    assert (answer := run(ReadVacation(**IDS), tools)).code == "google-no-mailbox", answer
    google.add_user(ADDRESS, calendar=False)
    assert run(ListEvents(**IDS, sync_token="x"), tools).code == "google-no-calendar"
    google.add_user(ADDRESS, suspended=True)
    with pytest.raises(CallError, match="user:google-no-such-user"):
        minter.mint(Plain(ADDRESS), Purpose.CALENDAR)


def test_an_installation_that_lacks_a_scope_or_the_key(google, minter, key):
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    account = {"client_id": "1", "private_key_id": "k", "public_key": public.decode()}
    google.add_service_account("sa@acme.example", **account, scopes=SCOPES[Purpose.CALENDAR])
    assert minter.mint(Plain(ADDRESS), Purpose.CALENDAR).expires_at > CLOCK.now() + 3000
    with pytest.raises(CallError, match="config:google-unauthorized-client"):
        minter.mint(Plain(ADDRESS), Purpose.GMAIL)
    google.remove_key("sa@acme.example", "k")
    with pytest.raises(CallError, match="config:google-key-invalid"):
        minter.mint(Plain(ADDRESS), Purpose.CALENDAR)
