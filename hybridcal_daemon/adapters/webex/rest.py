"""Webex over REST: ``WebexApi`` for the real service.

Owns: which call, with which token, and what its answer means to the daemon. Promises: only ``CallError`` is raised,
without address, text or URL in it; one request in flight for each instance. Does not: retry (except once with a new
access token after a 401), cache people or rooms, know who is activated.

Sources: people, meeting preferences and messages as in the public OpenAPI; presence as in the open code of the Webex
JavaScript SDK, which sets only its own user's presence: for others it is tried and may be refused [unverified].
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

import msgspec

from hybridcal_daemon.adapters.webex.card import join_message
from hybridcal_daemon.adapters.webex.exchange import authorised, decoded, send
from hybridcal_daemon.adapters.webex.failing import FORBIDDEN, MISSING, UNAUTHORIZED, of_answer
from hybridcal_daemon.adapters.webex.wire import (
    PostedMessage,
    PresenceAnswer,
    WireMessages,
    WirePeople,
    WirePerson,
    WireRoom,
    identity_uuid,
)
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import WebexPerson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybridcal_daemon.adapters.webex.settings import WebexSettings
    from hybridcal_daemon.adapters.webex.tokens import ServiceAppTokens
    from hybridcal_daemon.domain.values import Instant, Secret
    from hybridcal_daemon.ports import HttpClient, HttpResponse

PRESENCE_REFUSED: Final = frozenset({UNAUTHORIZED, FORBIDDEN}) | MISSING
CLOCK_SLACK: Final = 300.0
"""Seconds by which Webex' clock may be behind ours when a card is looked for."""
MOST_PAGES: Final = 20
_NEXT: Final = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """A request before it has a token."""

    method: str
    url: str
    body: bytes | None = None


class WebexRest:
    """One for each worker thread; ``app_tokens`` is the same object for all of them, None without a service app."""

    def __init__(self, http: HttpClient, settings: WebexSettings, app_tokens: ServiceAppTokens | None = None) -> None:
        self._http = http
        self._settings = settings
        self._app_tokens = app_tokens

    def person(self, address: Plain[str]) -> WebexPerson:
        """``GET /people?email=``, with the service app's token or else the bot's. NOT_FOUND when nobody has it."""
        ask = self._get("/people", {"email": address.reveal(), "excludeStatus": "true"})
        response = self._as_bot(ask) if self._app_tokens is None else self._as_app(ask)
        wanted = address.reveal().casefold()
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
            response = _checked(ask, self._send(ask, bearer))
        except CallError as failure:
            if failure.kind in {Kind.CONFIG, Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID}:
                raise CallError(Kind.USER, "bearer-invalid") from None
            raise
        return _person(decoded(response, WirePerson))

    def personal_room(self, address: Plain[str]) -> Room | None:
        """``GET /meetingPreferences/personalMeetingRoom``; None when there is none.

        REFUSED ``webex-no-service-app`` without a service app.
        """
        ask = self._get("/meetingPreferences/personalMeetingRoom", {"userEmail": address.reveal()})
        try:
            response = self._as_app(ask)
        except CallError as failure:
            if failure.kind is Kind.NOT_FOUND:
                return None
            raise
        return _room(decoded(response, WireRoom))

    def send_card(self, person_id: str, *, key: str, title: Plain[str], url: Plain[str], starts: str) -> str:
        """``POST /messages`` to the 1:1 room. INVALID ``webex-card-link`` when ``url`` is not an http(s) address."""
        try:
            message = join_message(key=key, title=title, url=url, starts=starts)
        except ValueError:
            raise CallError(Kind.INVALID, "webex-card-link") from None
        ask = _post(f"{self._settings.api_url}/messages", {"toPersonId": person_id, **message})
        try:
            response = self._as_bot(ask)
        except CallError as failure:
            if failure.kind is Kind.NOT_FOUND:
                raise CallError(Kind.NOT_FOUND, "webex-no-such-person") from None
            raise
        return decoded(response, PostedMessage, in_doubt=True).id

    def find_card(self, person_id: str, *, key: str, since: Instant) -> str | None:
        """Page through ``GET /messages/direct``, newest first, down to ``since`` (with room for unequal clocks)."""
        oldest = since - CLOCK_SLACK
        for page in self._direct_messages(person_id):
            for message in page.items:
                if message.carries(key):
                    return message.id
            if page.items and page.items[-1].created.timestamp() < oldest:
                return None
        return None

    def delete_message(self, message_id: str) -> None:
        """``DELETE /messages/{id}``; a message that is gone is done."""
        try:
            self._as_bot(_Ask(method="DELETE", url=f"{self._settings.api_url}/messages/{quote(message_id, safe='')}"))
        except CallError as failure:
            if failure.kind is not Kind.NOT_FOUND:
                raise

    def set_presence(self, uuid: str, *, ooo: bool, ttl: int) -> None:
        """Apheleia ``POST events``: ``ooo`` for ``ttl`` seconds, or ``clear``.

        REFUSED ``webex-presence-refused`` on 401 (the same token being good elsewhere), 403 and 404;
        REFUSED ``webex-no-service-app`` without a service app.
        """
        event = {"subject": uuid, "eventType": "ooo" if ooo else "clear", "label": uuid, "ttl": ttl if ooo else 0}
        ask = _post(f"{self._settings.presence_url}/events", event)
        response = self._app_answer(ask)
        if response.status in PRESENCE_REFUSED:
            raise CallError(Kind.REFUSED, "webex-presence-refused")
        answer = _checked(ask, response)
        if answer.body and decoded(answer, PresenceAnswer, in_doubt=True).subject not in {None, uuid}:
            raise CallError(Kind.TRANSIENT, "webex-bad-answer", in_doubt=True)

    # ---- tokens -----------------------------------------------------------------------------------------------------

    def _as_bot(self, ask: _Ask) -> HttpResponse:
        return _checked(ask, self._send(ask, self._settings.bot_token()))

    def _as_app(self, ask: _Ask) -> HttpResponse:
        return _checked(ask, self._app_answer(ask))

    def _app_answer(self, ask: _Ask) -> HttpResponse:
        """Send with the service app's token, after a 401 once more with a new one. Any status is an answer."""
        tokens = self._app_tokens
        if tokens is None:
            raise CallError(Kind.REFUSED, "webex-no-service-app")
        token = tokens.get(self._http)
        response = self._send(ask, token)
        if response.status != UNAUTHORIZED:
            return response
        other = tokens.replace(self._http, token)
        return response if other is token else self._send(ask, other)

    def _send(self, ask: _Ask, bearer: Secret[str]) -> HttpResponse:
        return send(self._http, authorised(ask.method, ask.url, bearer, ask.body, deadline=self._settings.deadline))

    # ---- requests ---------------------------------------------------------------------------------------------------

    def _get(self, path: str, query: Mapping[str, str]) -> _Ask:
        return _Ask(method="GET", url=_url(f"{self._settings.api_url}{path}", query))

    def _direct_messages(self, person_id: str) -> Iterator[WireMessages]:
        """Give the pages of the 1:1 room; none when there is no room yet.

        Only the query of a next link is taken, so that the token never goes to another host, and our own parameters
        are put back (the community's Python SDK repairs links that lost theirs).
        """
        own = {"personId": person_id}
        query: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            try:
                response = self._as_bot(self._get("/messages/direct", {**query, **own}))
            except CallError as failure:
                if failure.kind is Kind.NOT_FOUND:
                    return
                raise
            yield decoded(response, WireMessages)
            following = _NEXT.search(response.headers.get("link", ""))
            if following is None:
                return
            query = {name: value for name, value in parse_qsl(_split(following[1]).query) if value != "null"}
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")


def _url(base: str, query: Mapping[str, str]) -> str:
    return f"{base}?{urlencode(query)}" if query else base


def _post(url: str, body: Mapping[str, Any]) -> _Ask:
    return _Ask(method="POST", url=url, body=msgspec.json.encode(body))


def _checked(ask: _Ask, response: HttpResponse) -> HttpResponse:
    failure = of_answer(ask.method, response)
    if failure is not None:
        raise failure
    return response


def _person(found: WirePerson) -> WebexPerson:
    uuid = identity_uuid(found.id)
    if uuid is None:
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")
    return WebexPerson(person_id=found.id, uuid=uuid, emails=tuple(Plain(email) for email in found.emails))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        error = CallError(Kind.TRANSIENT, "webex-bad-answer")
    raise error


def _room(found: WireRoom) -> Room:
    """Give the Personal Room. Its link is going to be written into invitations, so anything but https is refused."""
    link = found.personal_meeting_room_link
    parts = _split(link)
    if parts.scheme != "https" or not parts.hostname or not link.isprintable() or " " in link:
        raise CallError(Kind.TRANSIENT, "webex-bad-answer")
    return Room(
        link=Plain(link),
        sip_address=Plain(found.sip_address),
        meeting_number=Plain(found.telephony.access_code),
        dial_in=tuple((number.label, number.call_in_number) for number in found.telephony.call_in_numbers),
    )
