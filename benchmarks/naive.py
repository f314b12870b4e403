"""The naive way: what somebody writes in an afternoon with the usual libraries. A process of its own.

A thread and a google-api-python-client service a person, http.server as the receiver, joserfc for every field under a
key for each event, logging as it comes, sqlite3 with synchronous=FULL and one commit an event. The plan says which
journal: ``delete`` is what sqlite3 does by itself, ``wal`` what somebody who has tuned SQLite before would set. What it
stores is what readers get from the daemon: the same fields, encrypted the same way, and how to join. It is given the
benefit of the doubt: services and tokens are made before the clock runs, one connection under a lock spares it SQLite's
busy loop, and it does nothing about restarts, refusals, quotas, series, cards or presence.
It reads the plan from the JSON file named on its command line and writes "ready" when everybody is watched.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import secrets
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build
from joserfc import jwe
from joserfc.jwk import OctKey

SCOPES = ["https://www.googleapis.com/auth/calendar.events"]
log = logging.getLogger("naive")
_LINK = re.compile(r"https://[\w.-]+\.webex\.com/\S+")
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_TABLES = """
CREATE TABLE event (person TEXT, id TEXT, start TEXT, body TEXT, PRIMARY KEY (person, id));
CREATE TABLE sync (person TEXT PRIMARY KEY, token TEXT);
"""


class Rows:
    """The database: one connection, one lock, one commit an event."""

    def __init__(self, path: str, journal: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute(f"PRAGMA journal_mode = {journal}")
        self._connection.execute("PRAGMA synchronous = FULL")  # SQLite's own default, said aloud
        self._connection.executescript(_TABLES)

    def put(self, person: str, events: list[dict[str, Any]], token: str) -> None:
        with self._lock, self._connection:
            for event in events:
                row = (person, event["id"], event["start"], json.dumps(event))
                self._connection.execute("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)", row)
            self._connection.execute("INSERT OR REPLACE INTO sync VALUES (?, ?)", (person, token))

    def of(self, person: str) -> list[dict[str, Any]]:
        with self._lock:
            found = self._connection.execute("SELECT body FROM event WHERE person = ? ORDER BY start", (person,))
            return [json.loads(body) for (body,) in found]


class Follower(threading.Thread):
    """One person: waits for a notice, lists, seals, commits."""

    def __init__(self, address: str, plan: dict[str, Any], credentials: Any, rows: Rows) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.bell: queue.Queue[None] = queue.Queue()
        self._rows = rows
        http = google_auth_httplib2.AuthorizedHttp(credentials.with_subject(address), httplib2.Http(timeout=30))
        options = {"api_endpoint": f"{plan['google']}/calendar/v3/"}
        self._events = build("calendar", "v3", http=http, client_options=options, static_discovery=True).events()
        self._token: str | None = None

    def watch(self, push_url: str) -> str:
        """Read everything once, in one commit since nobody measures it, and open a channel; gives its id."""
        self._rows.put(self.address, [sealed(event) for event in self._page()], self._token or "")
        channel = {"id": secrets.token_hex(16), "type": "web_hook", "address": push_url, "token": secrets.token_hex(16)}
        self._events.watch(calendarId="primary", body=channel).execute()
        return channel["id"]

    def run(self) -> None:
        while True:
            self.bell.get()
            self.sync()

    def sync(self) -> None:
        events = self._page()
        for event in events:
            self._rows.put(self.address, [sealed(event)], self._token or "")
        log.info("synced %s: %d events", self.address, len(events))

    def _page(self) -> list[dict[str, Any]]:
        page = self._events.list(calendarId="primary", syncToken=self._token, maxResults=2500).execute()
        self._token = page["nextSyncToken"]
        return list(page["items"])


def sealed(event: dict[str, Any]) -> dict[str, Any]:
    """An event with every text and address encrypted under the event's own key."""
    key = OctKey.generate_key(256)

    def seal(text: str) -> str:
        return jwe.encrypt_compact(_HEADER, text, key)

    people = [event["organizer"], *event.get("attendees", [])]
    link = _LINK.search(f"{event['location']} {event['description']}")
    join = link[0] if link else ""
    return {
        "id": event["id"],
        "start": event["start"]["dateTime"],
        "key": key.as_dict(),
        "encryptedSubject": seal(event["summary"]),
        "encryptedLocation": seal(event["location"]),
        "encryptedNotes": seal(event["description"]),
        "webexURI": seal(f"sip:{join.rpartition('/')[2]}@acme-example.webex.com"),
        "webexURL": seal(join),
        "encryptedParticipants": [
            {"encryptedEmailAddress": seal(who["email"]), "encryptedName": seal(who["displayName"])} for who in people
        ],
    }


class Receiver(BaseHTTPRequestHandler):
    """Takes notices and shows lists."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each list would wait 40 ms for the other side's acknowledgement
    followers: dict[str, Follower]
    people: dict[str, str]
    rows: Rows

    def do_POST(self) -> None:
        follower = self.followers.get(self.headers.get("X-Goog-Channel-ID", ""))
        if follower is not None:
            follower.bell.put(None)
        self._answer(b"")

    def do_GET(self) -> None:
        person = self.people[self.headers["Authorization"].partition(" ")[2]]
        self._answer(json.dumps({"items": self.rows.of(person)}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    logging.basicConfig(filename=plan["log"], level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    rows = Rows(plan["database"], plan["journal"])
    server = ThreadingHTTPServer(("127.0.0.1", plan["port"]), Receiver)
    server.daemon_threads = True
    Receiver.rows, Receiver.people = rows, {plan["bearers"][who]: who for who in plan["bearers"]}
    credentials = service_account.Credentials.from_service_account_info(plan["account"], scopes=SCOPES)
    followers = [Follower(who, plan, credentials, rows) for who in plan["bearers"]]
    url = f"http://127.0.0.1:{plan['port']}/google/push"
    Receiver.followers = {follower.watch(url): follower for follower in followers}
    for follower in followers:
        follower.start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()  # until the one who started us has gone or closes it


if __name__ == "__main__":
    main()
