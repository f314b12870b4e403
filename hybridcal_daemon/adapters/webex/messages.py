"""Messages of the bot: Join cards, notices, agendas; and what people write to it.

Owns: which call, and what its answer means. Promises: as ``requests.py``. Does not: render (``card.py`` and
``agenda_card.py`` do), or decide what deserves an answer.

Sources: messages and rooms as in the public OpenAPI, which says of ``sortBy=lastactivity`` that it is not reliable for
a bot in more than 3000 rooms; a bot's address ends with ``@webex.bot`` [public guide to bots].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.webex.agenda_card import agenda_message
from hybridcal_daemon.adapters.webex.card import join_message
from hybridcal_daemon.adapters.webex.cardtext import cut
from hybridcal_daemon.adapters.webex.exchange import decoded
from hybridcal_daemon.adapters.webex.notice_card import notice_message
from hybridcal_daemon.adapters.webex.requests import Requests, within
from hybridcal_daemon.adapters.webex.wire import PostedMessage, WireBotRooms, WireConversation, WireMessages
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain
from hybridcal_daemon.ports.webex import ENGLISH_WORDS, BotRoom, Heard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from hybridcal_daemon.ports import Agenda, CardWords

CLOCK_SLACK: Final = 300.0
"""Seconds by which Webex' clock may be behind ours when a card is looked for."""
TEXT_BYTES: Final = 7439
MOST_ROOMS: Final = 1000
ROOMS: Final = {"type": "direct", "sortBy": "lastactivity", "max": "100"}
NEWEST: Final = "10"
"""How many messages of one room are looked at; who writes more at once is answered to the last of them."""
BOTS: Final = "@webex.bot"


class Messages(Requests):
    """What the bot says, and takes back."""

    def send_card(
        self,
        person_id: str,
        *,
        key: str,
        title: Plain[str],
        url: Plain[str],
        starts: str,
        words: CardWords = ENGLISH_WORDS,
    ) -> str:
        """``POST /messages`` to the 1:1 room. INVALID ``webex-card-link`` when ``url`` is not an http(s) address."""
        try:
            message = join_message(key=key, title=title, url=url, starts=starts, words=words)
        except ValueError:
            raise CallError(Kind.INVALID, "webex-card-link") from None
        return self._posted(person_id, message)

    def send_notice(self, person_id: str, *, key: str, text: Plain[str], right_to_left: bool = False) -> str:
        """``POST /messages`` with a card of one sentence, which :meth:`find_card` finds by its ``key``."""
        return self._posted(person_id, notice_message(key=key, text=text, right_to_left=right_to_left))

    def send_text(self, person_id: str, text: Plain[str]) -> str:
        """``POST /messages`` with ``text`` only, in which no markdown counts; what is too long is cut."""
        return self._posted(person_id, {"text": cut(text.reveal(), TEXT_BYTES)})

    def send_agenda(self, person_id: str, agenda: Agenda) -> str:
        """``POST /messages`` with the list."""
        return self._posted(person_id, agenda_message(agenda))

    def _posted(self, person_id: str, message: Mapping[str, Any]) -> str:
        """NOT_FOUND ``webex-no-such-person``."""
        try:
            response = self._as_bot(self._post("/messages", {"toPersonId": person_id, **message}))
        except CallError as failure:
            if failure.kind is Kind.NOT_FOUND:
                raise CallError(Kind.NOT_FOUND, "webex-no-such-person", tracking=failure.tracking) from None
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
            self._as_bot(self._delete(within("/messages", message_id), {}))
        except CallError as failure:
            if failure.kind is not Kind.NOT_FOUND:
                raise

    def bot_rooms(self, *, since: Instant) -> list[BotRoom]:
        """Page through ``GET /rooms``, the last active first, down to ``since``; at most ``MOST_ROOMS``."""
        found: list[BotRoom] = []
        for page in self._pages(self._as_bot, "/rooms", ROOMS, WireBotRooms):
            rooms = [BotRoom(room_id=each.id, active_at=Instant(each.last_activity.timestamp())) for each in page.items]
            found += [room for room in rooms if room.active_at > since]
            if len(found) >= MOST_ROOMS or not rooms or rooms[-1].active_at <= since:
                break
        return found[:MOST_ROOMS]

    def bot_messages(self, room_id: str, *, since: Instant) -> list[Heard]:
        """One page of ``GET /messages?roomId=``; none of a room that is gone."""
        ask = self._get("/messages", {"roomId": room_id, "max": NEWEST})
        try:
            said = decoded(self._as_bot(ask), WireConversation).items
        except CallError as failure:
            if failure.kind is Kind.NOT_FOUND:
                return []
            raise
        heard = (
            Heard(
                message_id=each.id,
                sender=Plain(each.person_email),
                text=Plain(each.text),
                said_at=Instant(each.created.timestamp()),
            )
            for each in said
            if not each.person_email.endswith(BOTS)
        )
        return [each for each in heard if each.said_at > since]

    def _direct_messages(self, person_id: str) -> Iterator[WireMessages]:
        """Give the pages of the 1:1 room; none when there is no room yet."""
        try:
            yield from self._pages(self._as_bot, "/messages/direct", {"personId": person_id}, WireMessages)
        except CallError as failure:
            if failure.kind is not Kind.NOT_FOUND:
                raise
