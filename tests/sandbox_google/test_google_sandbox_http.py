"""The stand-in over real sockets: as Google's own client libraries see it, and as its pushes arrive."""

import http.client
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import credentials, service_account
from google_company import ALICE, GRANTED, ROBOT, ROOM, START, timed
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.pushing import PushSender
from hybridcal_daemon.sandbox.server import ServedSandbox

DEADLINE = 10.0


@pytest.fixture
def sender():
    sender = PushSender.start(first_delay=0.01, timeout=DEADLINE)
    yield sender
    sender.stop()


@pytest.fixture
def google(make, sender):
    return make(push=sender.send, allow_http_push=True)


@pytest.fixture
def served(google):
    with ServedSandbox.start(google) as served:
        yield served


@pytest.fixture
def session(google):
    with requests.Session() as session:
        session.trust_env = False
        session.headers["authorization"] = f"Bearer {google.person_token(ALICE)}"
        yield session


@pytest.fixture
def events(served):
    return f"{served.base_url}/calendar/v3/calendars/primary/events"


class Receiver:
    """A push receiver; ``answers`` are the status codes of its next answers, 200 after them."""

    def __init__(self):
        self.got = queue.Queue()
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.got.put((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(DEADLINE)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def channel(receiver, **more):
    return {"id": "channel-1", "type": "web_hook", "address": receiver.url, "token": "secret"} | more


# ---- pushes ---------------------------------------------------------------------------------------------------------


def test_a_push_really_arrives(session, events, receiver):
    assert session.post(f"{events}/watch", json=channel(receiver)).status_code == 200
    path, headers, body = receiver.got.get(timeout=DEADLINE)
    assert (path, body) == ("/push", b"")
    assert headers["X-Goog-Resource-State"] == "sync"
    assert headers["X-Goog-Channel-Token"] == "secret"
    assert headers["Content-Length"] == "0"
    assert headers["User-Agent"].startswith("APIs-Google")
    assert session.post(events, json=timed("1T10:00", "1T11:00")).status_code == 200
    assert receiver.got.get(timeout=DEADLINE)[1]["X-Goog-Resource-State"] == "exists"


def test_pushes_are_tried_again_on_server_errors_only(session, events, receiver, sender):
    receiver.answers = [503, 500, 200]
    session.post(f"{events}/watch", json=channel(receiver))
    assert sender.wait_idle(DEADLINE)
    assert (sender.accepted, sender.retried, sender.dropped) == (1, 2, 0)
    receiver.answers = [404]
    session.post(events, json=timed("1T10:00", "1T11:00"))
    assert sender.wait_idle(DEADLINE)
    assert (sender.accepted, sender.retried, sender.dropped) == (1, 2, 1)
    numbers = [receiver.got.get_nowait()[1]["X-Goog-Message-Number"] for _ in range(4)]
    assert numbers[:3] == ["1", "1", "1"] != numbers[1:]


def test_a_push_that_never_succeeds_is_given_up(receiver):
    sender = PushSender.start(first_delay=0.001, attempts=3)
    receiver.answers = [503] * 5
    sender.send(HttpRequest(method="POST", url=receiver.url, body=b""))
    assert sender.wait_idle(DEADLINE)
    assert (sender.retried, sender.dropped, receiver.got.qsize()) == (3, 1, 3)
    sender.stop()
    sender.send(HttpRequest(method="POST", url=receiver.url, body=b""))
    assert receiver.got.qsize() == 3


def test_an_unreachable_receiver_loses_the_push(receiver):
    sender = PushSender.start()
    receiver.close()
    sender.send(HttpRequest(method="POST", url=receiver.url, body=b""))
    assert sender.wait_idle(DEADLINE)
    assert sender.dropped == 1
    sender.stop()


def test_stopping_does_not_wait_for_repeats(receiver):
    sender = PushSender.start(first_delay=3600)
    receiver.answers = [503]
    sender.send(HttpRequest(method="POST", url=receiver.url, body=b""))
    receiver.got.get(timeout=DEADLINE)
    assert not sender.wait_idle(0.01)
    sender.stop()
    assert sender.wait_idle(0)


# ---- the server -----------------------------------------------------------------------------------------------------


def test_the_path_arrives_as_it_was_encoded(served, session, google):
    assert (
        session.get(f"{served.base_url}/calendar/v3/calendars/alice%40acme.example/events?q=%2F%26").status_code == 200
    )
    entry = google.journal()[-1]
    assert (entry.path, entry.query) == ("/calendar/v3/calendars/alice%40acme.example/events", {"q": ["/&"]})


def test_dates_come_from_the_sandboxs_clock(session, events):
    assert session.get(events).headers["Date"] == "Mon, 30 Nov 2026 10:00:00 GMT"


def test_bodies_up_to_16_mebibytes_are_read(session, events):
    answer = session.post(events, json=timed("1T10:00", "1T11:00", description="x" * 5_000_000))
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "invalid")


def test_faults_on_the_wire(google, session, events):
    body = timed("1T10:00", "1T11:00")
    for rule in ({"kind": "drop"}, {"kind": "ambiguous", "status": 0}):
        google.add_fault(rule)
        with pytest.raises(requests.ConnectionError):
            session.post(events, json=body)
    assert len(session.get(events).json()["items"]) == 1
    for kind in ("delay", "drip"):
        google.add_fault({"kind": kind, "seconds": 0.2})
        began = time.monotonic()
        assert len(session.get(events).json()["items"]) == 1
        assert time.monotonic() - began >= 0.15


def test_a_dripping_answer_can_be_outlasted_by_impatience(google, served):
    google.add_fault({"kind": "drip", "seconds": 3600})
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=0.2)
    headers = {"authorization": f"Bearer {google.person_token(ALICE)}"}
    connection.request("GET", "/calendar/v3/calendars/primary/events", headers=headers)
    with pytest.raises(TimeoutError):
        connection.getresponse().read()
    connection.close()
    served.stop()


def test_a_taken_port_is_told(served, google):
    with pytest.raises(OSError, match="address already in use"):
        ServedSandbox.start(google, port=served.port)


def test_a_fixed_port_can_be_had_again_after_stop(google):
    first = ServedSandbox.start(google)
    first.stop()
    first.stop()
    with ServedSandbox.start(google, port=first.port) as second:
        assert second.base_url == f"http://127.0.0.1:{first.port}"


def test_many_threads_in_process(make):
    sandbox = make()

    def work():
        for _ in range(25):
            sandbox.create_event(ALICE, timed("1T10:00", "1T11:00"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert len({event["id"] for event in sandbox.dump_events(ALICE)}) == 200


# ---- Google's own libraries -----------------------------------------------------------------------------------------


@pytest.fixture
def key_file(robot, served):
    pem = robot.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "client_email": ROBOT,
        "private_key_id": "key-1",
        "private_key": pem.decode(),
        "token_uri": f"{served.base_url}/token",
    }


def minted(key_file, session, subject):
    base = service_account.Credentials.from_service_account_info(key_file, scopes=[GRANTED[0]])
    person = base.with_subject(subject)
    person.refresh(Request(session=session))
    return person.token


def test_google_auth_mints_a_token(google, robot, clock, served, key_file):
    robot.register(google)
    clock.at = time.time()
    with requests.Session() as session:
        token = minted(key_file, session, ALICE)
        answer = session.get(
            f"{served.base_url}/calendar/v3/calendars/primary/events", headers={"authorization": f"Bearer {token}"}
        )
        assert answer.json()["summary"] == ALICE
        with pytest.raises(RefreshError, match="Invalid email or User ID"):
            minted(key_file, session, "nobody@acme.example")
        clock.at = START + 10**8
        with pytest.raises(RefreshError, match="reasonable timeframe"):
            minted(key_file, session, ALICE)


def test_googles_client_library_reads_and_writes(google, served):
    person = credentials.Credentials(google.person_token(ALICE))
    options = {"api_endpoint": f"{served.base_url}/calendar/v3/"}
    with build("calendar", "v3", credentials=person, static_discovery=True, client_options=options) as calendar:
        made = calendar.events().insert(calendarId="primary", body=timed("1T10:00", "1T11:00")).execute()
        pages = calendar.events().list(calendarId="primary", maxResults=1)
        listed = pages.execute()
        assert listed["items"] == [made]
        assert calendar.events().list_next(pages, listed) is None
        calendar.events().delete(calendarId="primary", eventId=made["id"]).execute()
        with pytest.raises(HttpError) as refused:
            calendar.events().delete(calendarId="primary", eventId=made["id"]).execute()
        assert refused.value.status_code == 410
        assert json.loads(refused.value.content)["error"]["errors"][0]["reason"] == "deleted"


def test_googles_own_client_shares_asks_and_adds(google, served):
    google.add_room(ROOM, name="Matterhorn", timezone="Europe/Zurich")
    google.add_user(ALICE, admin=True)
    person = credentials.Credentials(google.person_token(ALICE))
    options = {"api_endpoint": f"{served.base_url}/calendar/v3/"}
    with build("calendar", "v3", credentials=person, static_discovery=True, client_options=options) as calendar:
        rule = {"role": "writer", "scope": {"type": "user", "value": ALICE}}
        made = calendar.acl().insert(calendarId=ROOM, body=rule, sendNotifications=False).execute()
        assert calendar.acl().get(calendarId=ROOM, ruleId=made["id"]).execute() == made
        assert made in calendar.acl().list(calendarId=ROOM).execute()["items"]
        calendar.acl().delete(calendarId=ROOM, ruleId=made["id"]).execute()
        added = calendar.events().quickAdd(calendarId="primary", text="Plan 2026-12-01 10:00").execute()
        calendar.events().patch(
            calendarId="primary", eventId=added["id"], body={"attendees": [{"email": ROOM}]}
        ).execute()
        bounds = {"timeMin": "2026-12-01T00:00:00Z", "timeMax": "2026-12-02T00:00:00Z"}
        asked = {"items": [{"id": "primary"}, {"id": ROOM}], "timeZone": "Europe/Zurich"}
        calendars = calendar.freebusy().query(body=bounds | asked).execute()["calendars"]
        busy = {"busy": [{"start": "2026-12-01T10:00:00+01:00", "end": "2026-12-01T11:00:00+01:00"}]}
        assert calendars == {"primary": busy, ROOM: busy}
