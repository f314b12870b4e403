"""The scenes of the demo about Webex: meetings and spaces of events, languages, other services' links, the bot.

Owns: this part of the script. Promises: as in ``demo_scenes.py``. Does not: print or start anything.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.values import DAY, HOUR, MINUTE
from hybridcal_daemon.domain.wordings import NO_MEETINGS_TODAY, TODAY
from hybridcal_daemon.shell.demo_play import SceneFailed, soon

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.webex.records import SeenMeeting, SeenRoom
    from hybridcal_daemon.shell.demo_play import Play

_SPEAKERS: Final = (("erika", "Erika Eich", "de"), ("haruto", "Haruto Hara", "ja"), ("amal", "Amal Amin", "ar"))
_SAFE_LINK: Final = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F"
    "19%253ameeting_ZGVtbw%2540thread.v2%2F0%3Fcontext%3D%257b%2522Tid%2522%253a%2522t%2522%257d&data=05%7C02&reserved=0"
)
_TEAMS: Final = "https://teams.microsoft.com/l/meetup-join/"


def _meetings(play: Play, title: str) -> list[SeenMeeting]:
    return [one for one in play.stage.webex.meetings(play.who("alice").address) if one.title == title]


def _says(play: Play, event_id: str, text: str) -> str:
    """The invitation's text if it holds ``text``, else ''."""
    described = str(play.who("alice").event(event_id).get("description", ""))
    return described if text in described else ""


def _tomorrow(play: Play) -> float:
    """About this time, on the minute: Webex knows no seconds."""
    return float((play.now + DAY) // MINUTE * MINUTE)


def one_time(play: Play) -> None:
    """``@webex:onetime``: a Webex meeting of the event's own, which follows it and ends with it."""
    alice, start = play.who("alice"), _tomorrow(play)
    made = alice.create("Pricing call", start, location="@webex:onetime")
    meeting = play.until("Webex has a meeting for it", partial(_meetings, play, "Pricing call"))[0][0]
    _, took = play.until("the invitation leads to it", partial(_says, play, made["id"], meeting.link))
    play.tell("alice", "creates “Pricing call”, location @webex:onetime → a Webex meeting, written into it", took)
    alice.move(made["id"], start + 2 * HOUR)
    later = start + 2 * HOUR
    _, took = play.until("the meeting moves along", lambda: _meetings(play, "Pricing call")[0].start == later)
    play.tell("alice", "moves it by two hours → so does the Webex meeting; its link stays", took)
    if [one.id for one in _meetings(play, "Pricing call")] != [meeting.id]:
        raise SceneFailed("there is more than one Webex meeting, or another one")
    alice.delete(made["id"])
    _, took = play.until("the meeting is gone", lambda: not _meetings(play, "Pricing call"))
    play.tell("alice", "cancels it → the Webex meeting is gone, and Webex mailed nobody", took)
    if play.stage.webex.mails():
        raise SceneFailed("Webex would have sent mails")


def _space(play: Play, title: str) -> SeenRoom | None:
    return next((room for room in play.stage.webex.rooms() if room.title == title and room.deleted is None), None)


def _members(play: Play, title: str, keys: tuple[str, ...]) -> bool:
    room = _space(play, title)
    return room is not None and {play.who(key).address for key in keys} <= set(room.members)


def space(play: Play) -> None:
    """``@meet``: a space of the people invited, with its meeting; who is invited later is in it, too."""
    alice, start = play.who("alice"), _tomorrow(play)
    guests = [{"email": play.who(key).address} for key in ("bob", "carol")]
    made = alice.create("Launch", start, location="@meet", attendees=guests)
    _, took = play.until("there is a space", partial(_members, play, "Launch", ("alice", "bob", "carol")))
    play.tell("alice", "creates “Launch”, location @meet → a space with bob and carol", took)
    found, _ = play.until("it has a meeting", lambda: [one for one in play.stage.webex.meetings() if one.room])
    link = found[0].link
    _, took = play.until("the invitation leads to it", partial(_says, play, made["id"], link))
    play.tell("daemon", "writes the meeting of the space into the invitation", took)
    alice.change(made["id"], attendees=[*guests, {"email": play.who("dave").address}])
    _, took = play.until("dave is in the space", partial(_members, play, "Launch", ("dave",)))
    play.tell("alice", "invites dave as well → he is in the space", took)
    alice.change(made["id"], location="")
    _, took = play.until("our words are gone", lambda: not _says(play, made["id"], "hybridcal"))
    play.tell("alice", "clears the location → the join details leave the invitation, the space stays", took)
    alice.delete(made["id"])


def languages(play: Play) -> None:
    """The join details are in the organiser's own language."""
    for key, name, language in _SPEAKERS:
        person = play.stage.add_person(key, name, locale=language)
        play.stage.daemon.admin.activate(person.address, 10.0)
        made = person.create("Team", play.now + DAY, location="@webex")
        wanted = phrases(language).join
        event, took = play.until(f"{key}'s invitation says “{wanted}”", partial(_described, person, made["id"], wanted))
        line = next(line for line in event.splitlines() if wanted in line)
        play.tell(key, f"({language}) {line[:64]}", took)
        play.stage.daemon.admin.deactivate(person.address, 15.0)


def _described(person: Any, event_id: str, wanted: str) -> str:  # noqa: ANN401 - a Person
    said = str(person.event(event_id).get("description", ""))
    return said if wanted in said else ""


def wrapped(play: Play) -> None:
    """A Teams link that a mail filter rewrote still gives the right Join button."""
    made = play.who("bob").create("Vendor sync", soon(play, 3.0), description=f"Join here:\n{_SAFE_LINK}\n")
    cards, took = play.until("bob has a Join card", partial(play.cards, "bob", "Vendor sync", alive=True))
    if not cards[0].url.startswith(_TEAMS):
        raise SceneFailed(f"the card leads to {cards[0].url}")
    play.tell("bob", "gets a Join card for a Safe-Links invitation to Teams; it leads to Teams itself", took)
    play.who("bob").delete(made["id"])


def device(play: Play) -> None:
    """A room's device shows the room's meetings, with Join, and follows them."""
    webex, admin, address = play.stage.webex, play.stage.daemon.admin, play.stage.rooms["aurora"]
    workspace = webex.add_workspace("Aurora")
    shown = partial(_shown, play, webex.add_device("Board", workspace=workspace))
    admin.activate(address, 10.0, room=True)
    admin.link_devices(address, {"workspace": "Aurora"})
    play.tell("admin", "hybridcal devices link aurora@resource.acme.example --workspace Aurora", None)
    start = _tomorrow(play) + 3 * HOUR  # the room is free then
    made = play.who("alice").create("Board", start, location="@webex", attendees=[{"email": address}])
    entry, took = play.until("the device can join “Board”", lambda: shown("Board", joinable=True))
    play.tell("alice", f"invites the room to “Board” → the device shows it, Join dials {entry['Number']}", took)
    play.who("alice").change(made["id"], visibility="private")
    _, took = play.until("its title is hidden", lambda: not shown("Board") and shown("Private meeting"))
    play.tell("alice", "makes it private → the device shows “Private meeting”", took)
    play.who("alice").delete(made["id"])
    _, took = play.until("it leaves the device", lambda: not shown("Private meeting"))
    play.tell("alice", "cancels it → it leaves the device", took)
    admin.deactivate(address, 15.0, room=True)


def _shown(play: Play, device_id: str, title: str, *, joinable: bool = False) -> dict[str, Any] | None:
    """The entry of a device's list whose title begins so."""
    entries = play.stage.webex.bookings(device_id)
    found = (entry for entry in entries if entry["Title"].startswith(title))
    return next((entry for entry in found if entry["Number"] or not joinable), None)


def today(play: Play) -> None:
    """Whoever writes "today" to the bot gets the day's meetings."""
    bob = play.who("bob")
    made = bob.create("Lunch talk", play.now + 6 * MINUTE, location="@webex", minutes=5)
    play.until("it is listed", lambda: "Lunch talk" in play.titles("bob"))
    play.stage.webex.say(bob.address, "today")
    _, took = play.until("the bot answers", partial(_answered, play))
    play.tell("bob", "writes “today” to the bot → his meetings of today, with Join", took)
    bob.delete(made["id"])


def _answered(play: Play) -> bool:
    """Close to midnight the list is another day's."""
    said = [message.text for message in play.stage.webex.messages_for(play.who("bob").address)]
    return any(TODAY in text or NO_MEETINGS_TODAY in text for text in said)
