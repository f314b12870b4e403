"""The naive way: what somebody writes in an afternoon with the usual libraries. A process of its own.

A thread and a google-api-python-client service a person, http.server as the receiver, joserfc for every field, one
commit an event (sqlite3, WAL, synchronous=FULL). It is given the benefit of the doubt: services and tokens are made
before the clock runs, one connection under a lock spares it SQLite's busy loop, refused calls are not its problem.
It reads the plan from the JSON file named on its command line and writes "ready" when everybody is watched.
"""

from __future__ import annotations

import json
import queue
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
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_TABLES = """
CREATE TABLE event (person TEXT, id TEXT, start TEXT, body TEXT, PRIMARY KEY (person, id));
CREATE TABLE sync (person TEXT PRIMARY KEY, token TEXT);
"""


class Rows:
    """The database: one connection, one lock, one commit an event."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_TABLES)

    def put(self, person: str, event: dict[str, str], token: str) -> None:
        with self._lock, self._connection:
            row = (person, event["id"], event["start"], json.dumps(event))
            self._connection.execute("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?)", row)
            self._connection.execute("INSERT OR REPLACE INTO sync VALUES (?, ?)", (person, token))

    def of(self, person: str) -> list[dict[str, str]]:
        with self._lock:
            found = self._connection.execute("SELECT body FROM event WHERE person = ? ORDER BY start", (person,))
            return [json.loads(body) for (body,) in found]


class Follower(threading.Thread):
    """One person: waits for a notice, lists, seals, commits."""

    def __init__(self, address: str, plan: dict[str, Any], rows: Rows) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.bell: queue.Queue[None] = queue.Queue()
        self._rows = rows
        self._key = OctKey.generate_key(256)
        credentials = service_account.Credentials.from_service_account_info(plan["account"], scopes=SCOPES)
        http = google_auth_httplib2.AuthorizedHttp(credentials.with_subject(address), httplib2.Http(timeout=30))
        options = {"api_endpoint": f"{plan['google']}/calendar/v3/"}
        self._events = build("calendar", "v3", http=http, client_options=options, static_discovery=True).events()
        self._token: str | None = None

    def watch(self, push_url: str) -> str:
        """Read everything once and open a channel; gives its id."""
        self.sync()
        channel = {"id": secrets.token_hex(16), "type": "web_hook", "address": push_url, "token": secrets.token_hex(16)}
        self._events.watch(calendarId="primary", body=channel).execute()
        return channel["id"]

    def run(self) -> None:
        while True:
            self.bell.get()
            self.sync()

    def sync(self) -> None:
        page = self._events.list(calendarId="primary", syncToken=self._token, maxResults=2500).execute()
        self._token = page["nextSyncToken"]
        for event in page["items"]:
            self._rows.put(self.address, self._sealed(event), page["nextSyncToken"])

    def _sealed(self, event: dict[str, Any]) -> dict[str, Any]:
        people = [event["organizer"], *event.get("attendees", [])]
        return {
            "id": event["id"],
            "start": event["start"]["dateTime"],
            "subject": self._seal(event["summary"]),
            "location": self._seal(event["location"]),
            "notes": self._seal(event["description"]),
            "people": [[self._seal(who["email"]), self._seal(who["displayName"])] for who in people],
        }

    def _seal(self, text: str) -> str:
        return jwe.encrypt_compact(_HEADER, text, self._key)


class Receiver(BaseHTTPRequestHandler):
    """Takes notices and shows lists."""

    protocol_version = "HTTP/1.1"
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
    rows = Rows(plan["database"])
    server = ThreadingHTTPServer(("127.0.0.1", plan["port"]), Receiver)
    server.daemon_threads = True
    Receiver.rows, Receiver.people = rows, {plan["bearers"][who]: who for who in plan["bearers"]}
    followers = [Follower(who, plan, rows) for who in plan["bearers"]]
    url = f"http://127.0.0.1:{plan['port']}/google/push"
    Receiver.followers = {follower.watch(url): follower for follower in followers}
    for follower in followers:
        follower.start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()  # until the one who started us has gone or closes it


if __name__ == "__main__":
    main()
