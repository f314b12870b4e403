"""What the Webex app would show a person.

Owns: the parts of that page. Promises: what was taken back is not shown. Does not: show what others see, except who is
in the person's spaces.

Based on: Join in the list from five minutes before [public help of the Webex app].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.sandbox.webex.meeting_shown import Occurrence, occurrences, web_link
from hybridcal_daemon.sandbox.webex.page_card import card
from hybridcal_daemon.sandbox.webex.page_html import Html, link, moment, section, tag
from hybridcal_daemon.sandbox.webex.presence import current
from hybridcal_daemon.sandbox.webex.rooms import title

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.world import Message, Person, Room, World

AHEAD: Final = 14 * 86_400
JOIN_BEFORE: Final = 5 * 60
MOST_MESSAGES: Final = 50
STATUS: Final = {
    "active": "Active",
    "inactive": "Inactive",
    "ooo": "Out of office",
    "dnd": "Do not disturb",
    "call": "In a call",
    "meeting": "In a meeting",
    "calendarItem": "In a meeting",
    "presenting": "Presenting",
}


def person_page(world: World, person: Person, now: Instant) -> list[Html]:
    """Write a person's page."""
    return [
        _head(person, now),
        section("Messages", _messages(world, person), "No messages.", class_="messages"),
        section("Meetings", _meetings(world, person, now), "No meetings in the next two weeks."),
        section("Spaces", _spaces(world, person), "No spaces."),
    ]


def _head(person: Person, now: Instant) -> Html:
    status, event = current(person, now)
    until = [" until ", moment(Instant(event.at + event.ttl), style="short")] if event is not None else []
    presence = tag("p", tag("span", STATUS[status], class_="status", data_status=status), *until)
    rooms = [
        tag("p", "Personal Room ", link(f"{site}/meet/{room.name}", f"https://{site}/meet/{room.name}"))
        for site, room in person.rooms.items()
    ]
    return tag("header", tag("h1", person.name, dir="auto"), tag("p", person.address), presence, *rooms)


# ---- messages -------------------------------------------------------------------------------------------------------


def _messages(world: World, person: Person) -> list[Html]:
    mine = (room for room in world.rooms.values() if person.uuid in room.members and room.kind == "direct")
    standing = [message for room in mine for message in room.messages if message.deleted is None]
    standing.sort(key=lambda message: message.created, reverse=True)
    return [_message(message, person) for message in standing[:MOST_MESSAGES]]


def _message(message: Message, person: Person) -> Html:
    sender = "You" if message.sender is person else message.sender.name
    head = tag("p", tag("b", sender, dir="auto"), " ", moment(message.created), class_="from")
    cards = [card(given["content"]) for given in message.body.get("attachments", ())]
    return tag("li", head, *(cards or [_words(message.body)]), id=f"message-{message.uuid}")


def _words(body: dict[str, Any]) -> Html:
    return tag("p", body.get("text") or body.get("markdown", ""), class_="words", dir="auto")


# ---- meetings -------------------------------------------------------------------------------------------------------


def _meetings(world: World, person: Person, now: Instant) -> list[Html]:
    until = Instant(now + AHEAD)
    mine = (meeting for meeting in world.meetings.living() if meeting.concerns(person))
    held = (held for meeting in mine for held in occurrences(meeting, until) if held.end > now)
    return [_meeting(one, person, now) for one in sorted(held, key=lambda one: one.start)]


def _meeting(held: Occurrence, person: Person, now: Instant) -> Html:
    meeting = held.meeting
    times = tag("p", moment(held.start), "\N{EN DASH}", moment(held.end, style="short"), class_="when")
    words = [f"Hosted by {'you' if meeting.host is person else meeting.host.name}", f"number {meeting.number}"]
    words += [f"in the space {title(meeting.room, person)}"] if meeting.room is not None else []
    words += ["repeats"] if meeting.recurrence else []
    words += ["changed"] if held.modified else []
    facts = tag("p", ", ".join(words), class_="facts", dir="auto")
    heading = tag("p", held.title, class_="title", dir="auto")
    return tag("li", tag("div", times, heading, facts), _way_in(held, now), class_="row")


def _way_in(held: Occurrence, now: Instant) -> Html:
    """Give the button when it is time, before that a plain link."""
    soon = now >= held.start - JOIN_BEFORE
    words, style = ("Join", "join") if soon else ("Link", None)
    return link(words, web_link(held.meeting), class_=style, aria_label=f"{words}: {held.title}")


# ---- spaces ---------------------------------------------------------------------------------------------------------


def _spaces(world: World, person: Person) -> list[Html]:
    mine = (room for room in world.rooms.values() if person.uuid in room.members and room.deleted is None)
    spaces = sorted((room for room in mine if room.kind == "group"), key=lambda room: room.last_activity, reverse=True)
    return [_space(room) for room in spaces]


def _space(room: Room) -> Html:
    names = ", ".join(
        f"{member.person.name} (outside)" if member.person.outside else member.person.name
        for member in room.members.values()
    )
    count = f"{len(room.members)} member{'' if len(room.members) == 1 else 's'}: "
    last = tag("p", "Last activity ", moment(room.last_activity), class_="facts")
    return tag("li", tag("p", room.title, class_="title", dir="auto"), tag("p", count, names, dir="auto"), last)
