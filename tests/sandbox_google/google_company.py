"""People, a service account, and callers whose every exchange is checked against the discovery documents."""

import base64
import json
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from discovery import check_answer

from hybridcal_daemon.ports import HttpRequest

START = 1_796_032_800.0  # Monday 2026-11-30T10:00:00Z
ALICE, BOB, EVE = "alice@acme.example", "bob@acme.example", "eve@partner.example"
ADMIN, ROOM = "admin@acme.example", "matterhorn@resource.acme.example"
WHAT = ("events", "acl")
AUTH = "https://www.googleapis.com/auth/"
ROBOT = "robot@project.iam.gserviceaccount.com"
GRANTED = (f"{AUTH}calendar.events", f"{AUTH}calendar.settings.readonly", f"{AUTH}gmail.settings.basic")


class ManualClock:
    def __init__(self):
        self.at = START

    def now(self):
        return self.at

    def monotonic(self):
        return self.at - START

    def push(self, seconds):
        self.at += seconds


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.body
        self.marks = response

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.json["error"]["errors"][0]["reason"]

    @property
    def message(self):
        return self.json["error"]["message"]


class Caller:
    """Calls the stand-in with one token; ``events`` is the path of the person's own events."""

    events = "/calendar/v3/calendars/primary/events"
    acl = "/calendar/v3/calendars/primary/acl"

    def __init__(self, sandbox, token):
        self.sandbox = sandbox
        self.token = token

    def at(self, calendar):
        """The same person, at another calendar."""
        there = Caller(self.sandbox, self.token)
        there.events, there.acl = (f"/calendar/v3/calendars/{quote(calendar, safe='')}/{what}" for what in WHAT)
        return there

    def call(self, method, path, body=None, headers=None, **query):
        url = path + ("?" + urlencode(query, doseq=True) if query else "")
        sent = {"authorization": f"Bearer {self.token}"}
        if body is not None and not isinstance(body, bytes):
            sent["content-type"] = "application/json"
            body = json.dumps(body).encode()
        response = self.sandbox.handle(HttpRequest(method=method, url=url, headers=sent | (headers or {}), body=body))
        if response.status != 501 and urlsplit(path).path.startswith(("/calendar", "/gmail")):
            check_answer(method, url, response.status, response.body)
        return Answer(response)

    def list(self, **query):
        return self.call("GET", self.events, **query)

    def get(self, event_id, **query):
        return self.call("GET", f"{self.events}/{event_id}", **query)

    def insert(self, body, **query):
        return self.call("POST", self.events, body, **query)

    def patch(self, event_id, body, etag=None, **query):
        headers = {"if-match": etag} if etag else None
        return self.call("PATCH", f"{self.events}/{event_id}", body, headers, **query)

    def delete(self, event_id, etag=None, **query):
        return self.call("DELETE", f"{self.events}/{event_id}", None, {"if-match": etag} if etag else None, **query)

    def watch(self, **body):
        channel = {"id": "channel-1", "type": "web_hook", "address": "https://push.acme.example/x"} | body
        return self.call("POST", f"{self.events}/watch", channel)

    def quick(self, text, **query):
        return self.call("POST", f"{self.events}/quickAdd", text=text, **query)

    def busy(self, *calendars, low="2026-12-01T00:00:00Z", high="2026-12-02T00:00:00Z", **more):
        body = {"timeMin": low, "timeMax": high, "items": [{"id": calendar} for calendar in calendars]} | more
        return self.call("POST", "/calendar/v3/freeBusy", body)

    def grant(self, role, value=BOB, kind="user", **query):
        scope = {"type": kind} | ({"value": value} if value else {})
        return self.call("POST", self.acl, {"role": role, "scope": scope}, **query)

    def rule(self, rule_id):
        return self.call("GET", f"{self.acl}/{quote(rule_id, safe='')}")

    def revoke(self, rule_id):
        return self.call("DELETE", f"{self.acl}/{quote(rule_id, safe='')}")

    def rules(self, **query):
        return self.call("GET", self.acl, **query)

    def stop(self, **body):
        return self.call("POST", "/calendar/v3/channels/stop", body)

    def everything(self, **query):
        """All pages; the items and the last page's sync token."""
        items, page = [], {}
        while True:
            answer = self.list(**query, **page)
            assert answer.status == 200, answer.body
            items += answer.json["items"]
            if "nextPageToken" not in answer.json:
                return items, answer.json.get("nextSyncToken")
            assert "nextSyncToken" not in answer.json
            page = {"pageToken": answer.json["nextPageToken"]}


def timed(start, end, zone="Europe/Zurich", **more):
    """Body of an event on 2026-12-<start> such as ``1T10:00``."""

    def when(text):
        day, _, hour = text.partition("T")
        return {"dateTime": f"2026-12-{int(day):02d}T{hour}:00", "timeZone": zone}

    return {"start": when(start), "end": when(end)} | more


AWAY = {"eventType": "outOfOffice", "outOfOfficeProperties": {"autoDeclineMode": "declineNone"}}
FOCUS = {"eventType": "focusTime", "focusTimeProperties": {"chatStatus": "doNotDisturb"}}
ELSEWHERE = {
    "eventType": "workingLocation",
    "workingLocationProperties": {"type": "customLocation", "customLocation": {"label": "Library"}},
    "visibility": "public",
    "transparency": "transparent",
}
"""Status events as Google demands them."""


class Robot:
    """A service account that signs assertions."""

    def __init__(self, key, clock):
        self.key = key
        self.clock = clock
        self.public_key = (
            key.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def register(self, sandbox, kid="key-1", scopes=GRANTED):
        sandbox.add_service_account(
            ROBOT, client_id="1234", private_key_id=kid, public_key=self.public_key, scopes=scopes
        )

    def assertion(self, header=None, **claims):
        now = int(self.clock.now())
        whole = {
            "iss": ROBOT,
            "sub": ALICE,
            "scope": f"{AUTH}calendar.events",
            "aud": "https://oauth2.googleapis.com/token",
            "iat": now,
            "exp": now + 3600,
        } | claims
        parts = [{"typ": "JWT", "alg": "RS256", "kid": "key-1"} | (header or {}), whole]
        signed = ".".join(unpadded(msgspec.json.encode(part)) for part in parts)
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{unpadded(signature)}"

    def exchange(self, sandbox, assertion=None, **form):
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
        grant["assertion"] = self.assertion() if assertion is None else assertion
        headers = {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode(grant | form).encode()
        return Answer(sandbox.handle(HttpRequest(method="POST", url="/token", headers=headers, body=body)))


def unpadded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
