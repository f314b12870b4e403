"""Join cards: posted, looked for, taken back.

Owns: opening what a card needs, and its words in the person's language. Promises: text is in clear only while the one
request that needs it is made. Does not: decide who gets a card or when.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hybridcal_daemon.domain import languages, wordings
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CardDeleted, CardFound, CardSent
from hybridcal_daemon.domain.values import AllDay, Instant, Plain, When
from hybridcal_daemon.ports import CardWords
from hybridcal_daemon.work import joincell
from hybridcal_daemon.work.people import person_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from hybridcal_daemon.domain.calls import DeleteCard, FindCard, SendCard
    from hybridcal_daemon.work.joincell import JoinCell
    from hybridcal_daemon.work.tools import WebexTools


def send(call: SendCard, tools: WebexTools) -> CardSent:
    """Post the Join card. CallError REFUSED nothing-to-join."""
    join = joincell.opened(call.user, call.event_id, tools)
    if not join.url:
        raise CallError(Kind.REFUSED, "nothing-to-join")
    who = person_of(call.user, tools)
    message_id = tools.webex.send_card(
        who.person_id,
        key=call.key,
        title=title_of(join, call.language, tools, hide_private=call.hide_private),
        url=Plain(join.url),
        starts=starts_text(call, tools),
        words=words_of(call.language, tools),
    )
    return CardSent(request_id=call.request_id, user=call.user, key=call.key, message_id=message_id)


def words_of(language: str, tools: WebexTools) -> CardWords:
    """Give what stands on a card besides what people wrote."""
    return CardWords(
        join=tools.say(language, wordings.JOIN),
        untitled=tools.say(language, wordings.UNTITLED),
        right_to_left=languages.is_right_to_left(language),
    )


def title_of(join: JoinCell, language: str, tools: WebexTools, *, hide_private: bool) -> Plain[str]:
    """Give an event's title, or what stands in its place where it is not to be seen."""
    hidden = hide_private and join.confidential
    return Plain(tools.say(language, wordings.PRIVATE) if hidden else join.title)


def starts_text(call: SendCard, tools: WebexTools) -> str:
    """Say when a meeting starts: in the person's own zone, or else in the event's and which that is.

    The date alone for an all-day one.
    """
    when = call.start
    if isinstance(when, AllDay):
        return when.day.isoformat()
    own = zone_of(call.zone)
    if own is not None:
        return tools.say(call.language, wordings.STARTS).replace("{time}", clock_text(Instant(when.at), own))
    zone, name = _said_in(when)
    sentence = tools.say(call.language, wordings.STARTS_IN_ZONE)
    return sentence.replace("{time}", clock_text(Instant(when.at), zone)).replace("{zone}", name)


def _said_in(when: When) -> tuple[tzinfo, str]:
    zone = None if isinstance(when, AllDay) else zone_of(when.tz)
    return (UTC, "UTC") if zone is None or isinstance(when, AllDay) else (zone, when.tz)


def zone_of(name: str) -> tzinfo | None:
    """Give a time zone; None for '' and for one that this machine does not have."""
    with suppress(KeyError, ValueError, OSError):  # unknown, malformed, or the name of a directory of the zone data
        return ZoneInfo(name) if name else None
    return None


def clock_text(at: Instant, zone: tzinfo) -> str:
    """Give the time of day as ``14:30``, which is read in every language."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M}"


def find(call: FindCard, tools: WebexTools) -> CardFound:
    """Look for the card."""
    who = person_of(call.user, tools)
    message_id = tools.webex.find_card(who.person_id, key=call.key, since=call.since)
    return CardFound(request_id=call.request_id, user=call.user, key=call.key, message_id=message_id)


def delete(call: DeleteCard, tools: WebexTools) -> CardDeleted:
    """Take the card back."""
    tools.webex.delete_message(call.message_id)
    return CardDeleted(request_id=call.request_id, user=call.user, key=call.key)
