"""People, their Personal Rooms and sites.

Owns: which call, with which token, and what its answer means. Promises: as ``requests.py``; the host's PIN is never
read. Does not: cache.

Source: people and meeting preferences as in the public OpenAPI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.adapters.webex.exchange import decoded, naming
from hybridcal_daemon.adapters.webex.requests import Requests, checked, is_https
from hybridcal_daemon.adapters.webex.wire import WirePeople, WirePerson, WireRoom, identity_uuid
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import WebexPerson

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Secret


class People(Requests):
    """Who is who."""

    def person(self, address: Plain[str]) -> WebexPerson:
        """``GET /people?email=``, with the service app's token or else the bot's. NOT_FOUND when nobody has it."""
        ask = self._get("/people", {"email": address.reveal(), "excludeStatus": "true"})
        response = self._as_bot(ask) if self._app_tokens is None else self._as_app(ask)
        wanted = address.reveal().casefold()
        with naming(response):
            for found in decoded(response, WirePeople).items:
                if wanted in (email.casefold() for email in found.emails):
                    return _person(found)
            raise CallError(Kind.NOT_FOUND, "webex-no-such-person")

    def whoami(self, bearer: Secret[str]) -> WebexPerson:
        """``GET /people/me`` with a reader's token. USER ``bearer-invalid`` when Webex does not accept it."""
        token = bearer.reveal()
        if not (token.isascii() and token.isprintable() and token.strip() == token and token):
            raise CallError(Kind.USER, "bearer-invalid")
        ask = self._get("/people/me", {})
        try:
            response = checked(ask, self._send(ask, bearer))
        except CallError as failure:
            if failure.kind in {Kind.CONFIG, Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID}:
                raise CallError(Kind.USER, "bearer-invalid", tracking=failure.tracking) from None
            raise
        with naming(response):
            return _person(decoded(response, WirePerson))

    def personal_room(self, address: Plain[str], *, site: str = "") -> Room | None:
        """``GET /meetingPreferences/personalMeetingRoom``; None when there is none.

        ``site``: of the room, '' the person's default one. REFUSED ``webex-no-service-app`` without a service app.
        """
        query = {"userEmail": address.reveal(), **({"siteUrl": site} if site else {})}
        try:
            response = self._as_app(self._get("/meetingPreferences/personalMeetingRoom", query))
        except CallError as failure:
            if failure.kind is Kind.NOT_FOUND:
                return None
            raise
        with naming(response):
            return _room(decoded(response, WireRoom))


def _person(found: WirePerson) -> WebexPerson:
    uuid = identity_uuid(found.id)
    if uuid is None:
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")
    return WebexPerson(person_id=found.id, uuid=uuid, emails=tuple(Plain(email) for email in found.emails))


def _room(found: WireRoom) -> Room:
    """Give the Personal Room. Its link is going to be written into invitations, so anything but https is refused."""
    link = found.personal_meeting_room_link
    if not is_https(link):
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")
    return Room(
        link=Plain(link),
        sip_address=Plain(found.sip_address),
        meeting_number=Plain(found.telephony.access_code),
        dial_in=tuple((number.label, number.call_in_number) for number in found.telephony.call_in_numbers),
    )
