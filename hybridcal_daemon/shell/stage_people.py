"""People who act, as themselves, through the public interfaces of the stand-ins.

Owns: a small HTTP client of a person: their calendar at Google, their meetings list at the daemon. Promises: what a
person does here, they could do with the real service and their own token. Does not: use anything of the daemon's code
to read what the daemon publishes, but the JWE decryption that any reader needs.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from hybridcal_daemon.adapters.kms.jwe import JweKey
from hybridcal_daemon.shell.times import rfc3339

_PATIENCE: Final = 15.0
_OK: Final = 300


class Refused(Exception):  # noqa: N818 - an answer of the service
    """A service did not do what a person asked for."""


@dataclass(slots=True)
class Person:
    """Somebody with an address, a token at Google and one at Webex."""

    address: str
    name: str
    google: str
    webex: str
    google_token: str
    webex_token: str
    feed: str = ""
    keys: dict[str, JweKey] = field(default_factory=dict)

    # ---- calendar

    def create(self, title: str, start: float, *, minutes: float = 30, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Insert an event; ``more`` are fields of the event resource."""
        return self.create_raw({"summary": title, **_span(start, minutes), **more})

    def create_raw(self, body: dict[str, Any]) -> dict[str, Any]:
        """Insert an event resource as it is."""
        return self._calendar("POST", "/events", body)

    def change(self, event_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of the event resource
        """Patch an event."""
        return self._calendar("PATCH", f"/events/{quote(event_id, safe='')}", fields)

    def move(self, event_id: str, start: float, *, minutes: float = 30) -> dict[str, Any]:
        """Give an event another time."""
        return self.change(event_id, **_span(start, minutes))

    def answer(self, event_id: str, response: str) -> None:
        """Accept, decline ...: only one's own answer is sent."""
        me = [{"email": self.address, "responseStatus": response}]
        self.change(event_id, attendees=me, attendeesOmitted=True)

    def delete(self, event_id: str) -> None:
        """Delete (for the organiser: cancel) an event."""
        self._calendar("DELETE", f"/events/{quote(event_id, safe='')}", None)

    def event(self, event_id: str) -> dict[str, Any]:
        """Read one event as Google has it."""
        return self._calendar("GET", f"/events/{quote(event_id, safe='')}", None)

    def _calendar(self, method: str, path: str, body: object) -> dict[str, Any]:
        url = f"{self.google}/calendar/v3/calendars/primary{path}"
        return call(method, url, self.google_token, body)

    # ---- Webex

    def sees(self, address: str) -> str:
        """The status that Webex shows of somebody."""
        query = urlencode({"email": address})
        people = call("GET", f"{self.webex}/v1/people?{query}", self.webex_token, None)["items"]
        return str(people[0]["status"])

    # ---- meetings list

    def meetings(self, start: float, end: float) -> list[dict[str, Any]]:
        """The list as the daemon serves it, still encrypted."""
        query = urlencode({"fromDate": rfc3339(start), "toDate": rfc3339(end)})
        answer = call("GET", f"{self.feed}/calendar/api/v1/calendarEvents?{query}", self.webex_token, None)
        items: list[dict[str, Any]] = answer["items"]
        return items

    def subjects(self, start: float, end: float) -> list[tuple[str, str]]:
        """Pairs of start and decrypted title, as the person's app would show them."""
        return [(item["start"], self.decrypt(item, "encryptedSubject")) for item in self.meetings(start, end)]

    def decrypt(self, item: dict[str, Any], name: str) -> str:
        """One encrypted field of an item, with the key that the item names."""
        token = item.get(name, "")
        return self._key(item["encryptionKeyUrl"]).decrypt(token) if token else ""

    def _key(self, key_url: str) -> JweKey:
        if key_url not in self.keys:
            from base64 import urlsafe_b64decode  # noqa: PLC0415 - only readers need it

            answer = call(
                "GET", f"{self.feed}/encryption/api/v1/keys/{key_url.rsplit('/', 1)[1]}", self.webex_token, None
            )
            self.keys[key_url] = JweKey(bytearray(urlsafe_b64decode(answer["jwk"]["k"] + "=")))
        return self.keys[key_url]


def _span(start: float, minutes: float) -> dict[str, Any]:
    return {
        "start": {"dateTime": rfc3339(start), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": rfc3339(start + 60 * minutes), "timeZone": "Europe/Berlin"},
    }


def call(method: str, url: str, token: str, body: object) -> dict[str, Any]:
    """One JSON request over a connection of its own. Refused names method, path and status."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PATIENCE)
    try:
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, data, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= _OK:
        raise Refused(f"{method} {parts.path}: {answer.status} {text[:300].decode(errors='replace')}")
    return json.loads(text) if text else {}
