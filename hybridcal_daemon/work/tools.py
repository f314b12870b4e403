"""What a worker is given to work with.

Owns: the two sets of tools and the failure answer. Promises: frozen; each worker thread has its own set, because the
services behind it are for one thread. Does not: know where tokens, seals and cells come from (the actors do).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hybridcal_daemon.domain.blocklines import PLAIN_ENGLISH, Style
from hybridcal_daemon.domain.calls import Call
from hybridcal_daemon.domain.events import Action, EventContent
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.joinrules import NO_RULES, Rules
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import Plain, Sealed, Secret, UserId
from hybridcal_daemon.ports import CalendarApi, DevicesApi, SealedContent, WebexApi, WebexPerson

OpenCell = Callable[[UserId, str, Sealed], Plain[bytes]]
"""(user, place, cell) -> content; CallError SEALED."""
SealCell = Callable[[UserId, str, Plain[bytes]], Sealed]
"""(user, place, content) -> cell; CallError SEALED."""


def plain_english(_language: str) -> Style:
    """Write every block in English, with nothing of an organisation's own."""
    return PLAIN_ENGLISH


def english(_language: str, sentence: str) -> str:
    """Say everything in English."""
    return sentence


def no_rules() -> Rules:
    """Recognise join links by the built-in table alone."""
    return NO_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleTools:
    """For ``work/google.py``.

    ``token(user, purpose, force)``: an access token; ``force`` after Google refused the last one. ``seal_events``: one
    sealed content for each, in their order. ``address(user)``. ``channel_token(channel id)``. ``acting``: the account
    that acts for rooms. ``webex``, ``meet``: what the bare keywords do. ``style(language)``: how join blocks are
    written in one of ``domain/languages.py``. ``rules()``: the administrator's join rules that are in force. All
    but the last may raise CallError.
    """

    calendar: CalendarApi
    token: Callable[[UserId, Purpose, bool], Secret[str]]
    seal_events: Callable[[UserId, Sequence[EventContent]], list[SealedContent]]
    open_cell: OpenCell
    seal_cell: SealCell
    address: Callable[[UserId], Plain[str]]
    channel_token: Callable[[str], Secret[str]]
    webex: Action | None = "myroom"
    meet: Action | None = "space"
    style: Callable[[str], Style] = plain_english
    rules: Callable[[], Rules] = no_rules
    acting: Plain[str] = field(default_factory=lambda: Plain(""))


MOST_PEOPLE: Final = 1000


class People:
    """Webex persons that a worker has looked up lately; the oldest leaves when there are too many."""

    def __init__(self, most: int = MOST_PEOPLE) -> None:
        self._most = most
        self._known: dict[UserId, WebexPerson] = {}

    def get(self, user: UserId) -> WebexPerson | None:
        """Give who is known."""
        return self._known.get(user)

    def put(self, user: UserId, person: WebexPerson) -> None:
        """Remember, as the newest."""
        self.forget(user)
        self._known[user] = person
        if len(self._known) > self._most:
            self.forget(next(iter(self._known)))

    def forget(self, user: UserId) -> None:
        """Look the person up again next time."""
        self._known.pop(user, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexTools:
    """For ``work/webex.py``.

    ``address(user)``; ``seal_cell(user, place, content)``; ``join_cell(user, event id)``: the stored cell, None when
    the event is gone or cannot be joined any more. All may raise CallError.
    """

    webex: WebexApi
    address: Callable[[UserId], Plain[str]]
    seal_cell: Callable[[UserId, str, Plain[bytes]], Sealed]
    open_cell: OpenCell
    join_cell: Callable[[UserId, str], Sealed | None]
    devices: DevicesApi
    people: People = field(default_factory=People)
    say: Callable[[str, str], str] = english
    """(language, sentence of ``domain/wordings.py``) -> the sentence in that language."""
    site: Callable[[], str] = str
    """Webex site of rooms and meetings for whom none was chosen; '' for each person's default one."""


def failed(call: Call, error: CallError) -> CallFailed:
    """Turn an exception into the answer to ``call``."""
    return CallFailed(
        request_id=call.request_id,
        user=call.user,
        kind=error.kind,
        code=error.code,
        retry_after=error.retry_after,
        in_doubt=error.in_doubt,
        tracking=error.tracking,
    )
