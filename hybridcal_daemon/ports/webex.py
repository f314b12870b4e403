"""Webex REST and presence. Owns: their shape. Does not: speak HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hybridcal_daemon.domain import wordings
from hybridcal_daemon.domain.calls import Plan, PresenceStatus
from hybridcal_daemon.domain.joinblock import Room
from hybridcal_daemon.domain.values import Instant, Plain, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexPerson:
    """``person_id``: the REST id; ``uuid``: the identity UUID inside it (webex.md B)."""

    person_id: str
    uuid: str
    emails: tuple[Plain[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMeeting:
    """``room``: how to join. Host key and host PIN are not in it."""

    meeting_id: str
    room: Room


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceMember:
    """``membership_id`` for removing them."""

    membership_id: str
    address: Plain[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """What stands on a card besides what people wrote, in the reader's language."""

    join: str = wordings.JOIN
    untitled: str = wordings.UNTITLED
    right_to_left: bool = False


ENGLISH_WORDS = CardWords()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaRow:
    """One meeting of a day. ``when``: shown text; ``url``: '' where there is nothing to join."""

    when: str
    title: Plain[str]
    url: Plain[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """The meetings of a day, in the reader's words. ``left``: how many are not in ``rows``.

    ``more``: sentence with ``{count}`` for those that are not shown.
    """

    heading: str
    rows: Sequence[AgendaRow]
    left: int
    more: str
    words: CardWords = ENGLISH_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRoom:
    """A 1:1 room of the bot. ``active_at``: when somebody, or the bot, last wrote there, by Webex' clock."""

    room_id: str
    active_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What somebody wrote to the bot. ``sender``: their address; ``said_at``: by Webex' clock."""

    message_id: str
    sender: Plain[str]
    text: Plain[str]
    said_at: Instant


WebexFeature = Literal["people", "personal-rooms", "sites", "meetings", "spaces", "bot", "devices", "presence"]
"""What Webex may permit or refuse to the installation as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whether Webex lets us. ``code``: of the refusal or trouble; ``tracking``: as CallError's; ``at``: 0 for never."""

    feature: WebexFeature
    state: Literal["available", "refused", "unknown"] = "unknown"
    code: str = ""
    tracking: str = ""
    at: Instant = Instant(0)


class WebexProbe(Protocol):
    """Looks whether Webex lets us."""

    def probe(self, feature: WebexFeature, somebody: Plain[str] | None) -> bool:
        """Do a harmless read of that feature, about ``somebody`` where it takes one; False: nothing could be asked.

        CallError: what Webex says; NOT_FOUND after a look that was permitted.
        """
        ...


class WebexApi(Protocol):
    """Webex REST and presence, the part in use; the adapter holds its own tokens."""

    def person(self, address: Plain[str]) -> WebexPerson:
        """CallError NOT_FOUND when nobody has that address."""
        ...

    def whoami(self, bearer: Secret[str]) -> WebexPerson:
        """GET /people/me with somebody's own token. CallError USER when it is not valid."""
        ...

    def personal_room(self, address: Plain[str], *, site: str = "") -> Room | None:
        """None when the person has none there; ``site`` '': on their default one."""
        ...

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
        """Post the Join card to the 1:1 room of bot and person; ``starts`` is shown text. Gives the message id."""
        ...

    def send_notice(self, person_id: str, *, key: str, text: Plain[str], right_to_left: bool = False) -> str:
        """Post one sentence to the 1:1 room; ``find_card`` finds it by ``key``. Gives the message id."""
        ...

    def send_text(self, person_id: str, text: Plain[str]) -> str:
        """Say something to a person, no markup in it has any meaning. Gives the message id."""
        ...

    def send_agenda(self, person_id: str, agenda: Agenda) -> str:
        """Post the list of a day's meetings; as many rows as Webex takes. Gives the message id."""
        ...

    def bot_rooms(self, *, since: Instant) -> list[BotRoom]:
        """1:1 rooms of the bot in which something was written after ``since``, newest first; bounded."""
        ...

    def bot_messages(self, room_id: str, *, since: Instant) -> list[Heard]:
        """What people wrote to the bot in this room after ``since``, newest first; only the newest few.

        Empty when the room is gone.
        """
        ...

    def find_card(self, person_id: str, *, key: str, since: Instant) -> str | None:
        """Message id of the card that carries ``key``, read back from the 1:1 room; None when there is none."""
        ...

    def delete_message(self, message_id: str) -> None:
        """404 counts as done."""
        ...

    def set_presence(self, uuid: str, *, status: PresenceStatus, ttl: int) -> None:
        """``status`` for ``ttl`` seconds, or clear. CallError REFUSED when the cloud does not permit it."""
        ...

    def hold_meeting(
        self, host: Plain[str], *, tag: str, title: Plain[str], plan: Plan, site: str = "", space_id: str = ""
    ) -> HeldMeeting:
        """Schedule a meeting of ``host``, nobody is mailed. With ``space_id`` it is the space's (the host is ignored).

        CallError REFUSED when quota or licence forbid it, in doubt after an answer that is none.
        """
        ...

    def find_meetings(self, host: Plain[str], *, tag: str, plan: Plan, space_id: str = "") -> list[HeldMeeting]:
        """Every meeting series that carries ``tag``, oldest first."""
        ...

    def change_meeting(
        self, host: Plain[str], meeting_id: str, *, title: Plain[str], plan: Plan, whole: bool, space_id: str = ""
    ) -> HeldMeeting:
        """Make it what ``plan`` says: with ``whole`` the series, then its occurrences. CallError NOT_FOUND."""
        ...

    def end_meeting(self, host: Plain[str], meeting_id: str, *, space_id: str = "") -> None:
        """404 counts as done."""
        ...

    def open_space(self, *, tag: str, title: Plain[str]) -> str:
        """Make a space whose description carries ``tag``; gives its id."""
        ...

    def find_space(self, *, tag: str) -> str | None:
        """Id of the space whose description carries ``tag``."""
        ...

    def rename_space(self, space_id: str, title: Plain[str]) -> None:
        """CallError NOT_FOUND."""
        ...

    def space_members(self, space_id: str) -> list[SpaceMember]:
        """CallError NOT_FOUND."""
        ...

    def add_member(self, space_id: str, address: Plain[str]) -> None:
        """Whoever is a member already (409) is fine. CallError REFUSED, INVALID: Webex will not have this one."""
        ...

    def remove_member(self, membership_id: str) -> None:
        """404 counts as done."""
        ...
