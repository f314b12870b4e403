"""A device that is spoken to directly: HTTPS, commands as XML, no Webex in between.

Owns: the request and what its answer means. Promises: only ``CallError``, without address, password or any word of a
meeting in it; failures of one device have codes of their own, so that the lane does not take them for the network's.
Does not: know what is shown, or keep a session (each request carries the password, over TLS).

Source: RoomOS' guide to its HTTP API (``/putxml``, ``text/xml``, Basic authentication, a command's multiline body in
``<body>``) and its schema of Bookings. Older devices answer 404 there and take the same at ``/bookingsputxml``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import msgspec

from hybridcal_daemon.adapters.devices.xmlanswer import BadXml, read
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import Abilities, HttpFailure, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hybridcal_daemon.adapters.devices.xmlanswer import Answer
    from hybridcal_daemon.ports import HttpClient, HttpResponse, Listed, LocalDevice

PATHS: Final = ("/putxml", "/bookingsputxml")
DEADLINE: Final = 10.0
MAX_BODY: Final = 2 * 1024 * 1024
UNREACHABLE: Final = "device-unreachable"
TLS: Final = "device-tls"
PASSWORD: Final = "device-password"  # noqa: S105 - an error code
NOT_CAPABLE: Final = "device-not-capable"
SCHEMA: Final = "device-schema"
_OK: Final = 200
_MISSING: Final = 404
_NO_XML: Final = re.compile("[\ufffe\uffff]")
"""What XML cannot hold and JSON leaves as it is: one such sign in one title would cost the device its whole list."""
_LOCKED_OUT: Final = frozenset({401, 403})
_LIST: Final = '<List command="True"><Days>32</Days><Limit>200</Limit></List>'


class PutXml:
    """``ports.BookingLists`` of local devices, for one thread (its HTTP client's)."""

    def __init__(self, http: HttpClient, *, deadline: float = DEADLINE) -> None:
        self._http = http
        self._deadline = min(deadline, DEADLINE)

    def abilities(self, where: LocalDevice) -> Abilities:
        """Ask for the list: whoever can tell it takes one, too."""
        answer = self._command(where, _LIST)
        return Abilities(put=answer.known, list_=answer.known)

    def put_bookings(self, where: LocalDevice, bookings: Sequence[Mapping[str, object]]) -> None:
        """``Bookings.Put``. REFUSED device-not-capable, INVALID device-schema."""
        json = msgspec.json.encode({"Bookings": list(bookings)}).decode()
        body = _NO_XML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json)
        self._well(where, f'<Put command="True"><body>{escape(body)}</body></Put>')

    def list_bookings(self, where: LocalDevice) -> list[Listed]:
        """``Bookings.List``."""
        return list(self._well(where, _LIST).bookings)

    def _well(self, where: LocalDevice, command: str) -> Answer:
        answer = self._command(where, command)
        if not answer.known:
            raise CallError(Kind.REFUSED, NOT_CAPABLE)
        if not answer.well:
            raise CallError(Kind.INVALID, SCHEMA)
        return answer

    def _command(self, where: LocalDevice, command: str) -> Answer:
        body = f"<Command><Bookings>{command}</Bookings></Command>".encode("utf-8", "replace")
        response = self._sent(where, PATHS[0], body)
        if response.status == _MISSING:
            response = self._sent(where, PATHS[1], body)
        _check(response)
        try:
            return read(response.body)
        except BadXml:
            failure = CallError(Kind.TRANSIENT, UNREACHABLE)
        raise failure

    def _sent(self, where: LocalDevice, path: str, body: bytes) -> HttpResponse:
        login = f"{where.user.reveal()}:{where.password.reveal()}".encode()
        request = HttpRequest(
            method="POST",
            url=f"{where.url.reveal()}{path}",
            headers={"content-type": "text/xml", "authorization": f"Basic {b64encode(login).decode()}"},
            body=body,
            deadline=self._deadline,
            max_body=MAX_BODY,
        )
        try:
            return self._http.send(request)
        except HttpFailure as failure:
            code = TLS if failure.code == "tls" else UNREACHABLE
            error = CallError(Kind.TRANSIENT, code, in_doubt=failure.sent)
        raise error


def _check(response: HttpResponse) -> None:
    """Raise for anything but an answer to the command."""
    if response.status in _LOCKED_OUT:
        raise CallError(Kind.REFUSED, PASSWORD)
    if response.status == _MISSING:
        raise CallError(Kind.REFUSED, NOT_CAPABLE)
    if response.status != _OK:
        raise CallError(Kind.TRANSIENT, UNREACHABLE)
