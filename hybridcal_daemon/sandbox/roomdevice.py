"""A stand-in for a room device that is spoken to directly.

Owns: ``POST /putxml`` with Basic authentication, and one bookings list. Promises: as strict as the devices of the
stand-in for Webex, whose kind of list it has; deterministic by its clock. Does not: know other commands.

Based on: path, media type, authentication, a command's multiline body in ``<body>``, and results as
``<BookingsListResult status="OK">`` [RoomOS' guide to its HTTP API]; ``/bookingsputxml`` instead on older devices [open
integrations]; the form of an error's ``<Reason>`` is [inferred].

>>> device = RoomDevice(clock=clock, user="calendar", password="secret")    # doctest: +SKIP
>>> with ServedSandbox.start(device) as served: ...
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import msgspec

from hybridcal_daemon.sandbox.marked import MarkedResponse
from hybridcal_daemon.sandbox.webex.roomos import BadCommand, BookingList

if TYPE_CHECKING:
    from hybridcal_daemon.ports import Clock, HttpRequest

PATH: Final = "/putxml"
OLD_PATH: Final = "/bookingsputxml"
_JOURNAL: Final = 1000


class RoomDevice:
    """The device. ``old``: it has the older path only; ``bookings_known``: False in Microsoft Teams Rooms mode."""

    def __init__(
        self, *, clock: Clock, user: str, password: str, old: bool = False, bookings_known: bool = True
    ) -> None:
        self._clock = clock
        self._login = f"{user}:{password}"
        self._path = OLD_PATH if old else PATH
        self._known = bookings_known
        self._lock = RLock()
        self.list = BookingList()
        self.asked: deque[tuple[str, int]] = deque(maxlen=_JOURNAL)
        """Path and status of each request."""

    def handle(self, request: HttpRequest) -> MarkedResponse:
        """Answer one request."""
        with self._lock:
            path = urlsplit(request.url).path
            given = self._answer(request, path)
            self.asked.append((path, given.status))
            return given

    def bookings(self) -> list[dict[str, Any]]:
        """Give what it shows, by start, in the form in which it was put."""
        with self._lock:
            return list(self.list.entries)

    def reboot(self) -> None:
        """Restart it: the list is lost."""
        with self._lock:
            self.list.clear()

    def _answer(self, request: HttpRequest, path: str) -> MarkedResponse:
        if path != self._path:
            return _status(404)
        if not self._is_allowed(request):
            return _status(401, {"www-authenticate": 'Basic realm="TANDBERG Video"'})
        if request.method != "POST":
            return _status(405)
        if not request.headers.get("content-type", "").startswith("text/xml"):
            return _status(415)
        try:
            return _xml(self._command(request.body or b""))
        except BadCommand as bad:
            return _xml(f'<Result status="Error"><Reason>{escape(str(bad))}</Reason></Result>')

    def _is_allowed(self, request: HttpRequest) -> bool:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        try:
            return scheme == "Basic" and b64decode(text, validate=True).decode() == self._login
        except (binascii.Error, UnicodeDecodeError):
            return False

    def _command(self, body: bytes) -> str:
        """Do what ``<Command><Bookings><Name>`` says."""
        try:
            command = ET.fromstring(body)[0][0]  # noqa: S314 - a stand-in on loopback reads its own tests' XML
        except (ET.ParseError, IndexError):
            raise BadCommand("Invalid XML") from None
        if not self._known or command.tag not in {"Put", "List", "Clear"} or command.get("command") != "True":
            raise BadCommand("Unknown command")
        if command.tag == "List":
            arguments = {each.tag: _whole(each.text) for each in command}
            return _element("BookingsListResult", self.list.list_(arguments, self._clock.now()), status="OK")
        if command.tag == "Put":
            self.list.put(_json(command.findtext("body")))
        else:
            self.list.clear()
        return f'<Bookings{command.tag}Result status="OK"/>'


def _json(text: str | None) -> object:
    try:
        return msgspec.json.decode(text or "")
    except msgspec.DecodeError:
        raise BadCommand("body: not JSON") from None


def _whole(text: str | None) -> object:
    return int(text) if text and text.isascii() and text.isdigit() else text


def _element(name: str, value: object, **attributes: object) -> str:
    """Write a result as XML: lists as elements with a number, objects as elements inside."""
    said = "".join(f' {key}="{escape(str(each))}"' for key, each in attributes.items())
    return f"<{name}{said}>{_inside(value)}</{name}>"


def _inside(value: object) -> str:
    if not isinstance(value, dict):
        return escape(str(value))
    parts = []
    for name, each in value.items():
        if isinstance(each, list):
            parts += [_element(name, one, item=number) for number, one in enumerate(each, 1)]
        elif name != "status":
            parts.append(_element(name, each))
    return "".join(parts)


def _xml(inside: str) -> MarkedResponse:
    body = f'<?xml version="1.0"?><Command>{inside}</Command>'.encode()
    return MarkedResponse(status=200, headers={"content-type": "text/xml"}, body=body)


def _status(status: int, headers: dict[str, str] | None = None) -> MarkedResponse:
    return MarkedResponse(status=status, headers=headers or {}, body=b"")
