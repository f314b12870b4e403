"""The scenes of the demo: what people do, and what must come true.

Owns: the script. Promises: each scene looks only at what people and admins could see (Google, Webex, the meetings list,
the admin socket) and fails loudly, with what it saw last, when it does not come true in time.
Does not: print (``demo.py`` does) or start anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain.values import DAY, HOUR
from hybridcal_daemon.shell import demo_errands, demo_webex
from hybridcal_daemon.shell.demo_play import LEAD, Play, SceneFailed, soon
from hybridcal_daemon.shell.times import rfc3339

if TYPE_CHECKING:
    from hybridcal_daemon.shell.stage_people import Person

AGENDA: Final = "Agenda: the numbers of the quarter.\nBring your own coffee & cake <please>."


def activate(play: Play) -> None:
    """Admins activate people; their calendars are verified and read."""
    for key in ("alice", "bob", "carol"):
        view = play.stage.daemon.admin.activate(play.who(key).address, 10.0)
        if view["state"] != "active":
            raise SceneFailed(f"{key} is {view['state']} after activation: {view}")
    play.tell("admin", "activates alice, bob and carol (dave is not activated)", None)
    view = play.stage.daemon.admin.activate("nobody@acme.example", 10.0)
    if "'google-no-such-user'" not in str(view["problem"]):
        raise SceneFailed(f"an unknown address was not put in error state: {view}")
    play.tell("admin", "activates an address that Google does not know → error, with the reason and the fix", None)
    play.stage.daemon.admin.deactivate("nobody@acme.example", 10.0)


def keyword(play: Play) -> None:
    """``@webex`` in the location becomes join details in the invitation, once, around an untouched text."""
    alice = play.who("alice")
    guests = [{"email": play.who(key).address} for key in ("bob", "carol", "dave")]
    play.tell("alice", "creates “Quarter review”, location @webex, guests bob, carol, dave", None)
    made = alice.create("Quarter review", play.now + DAY, location="@webex", description=AGENDA, attendees=guests)
    play.events["review"] = made["id"]
    room = f"https://{play.stage.webex.world.site}/meet/"
    event, took = play.until(
        "the invitation says how to join",
        lambda: _with(alice.event(made["id"]), lambda e: room in e.get("description", "")),
    )
    if AGENDA not in event["description"]:
        raise SceneFailed("the organiser's own text was changed")
    play.tell("daemon", "writes alice's Personal Room into the invitation, her own words untouched", took)
    play.hold("the daemon does not write a second time", lambda: _writes(play, made["id"]) == 1, 1.5)
    copy = play.who("bob").event(made["id"])
    if room not in copy.get("description", ""):
        raise SceneFailed("bob's copy of the invitation does not say how to join")
    play.tell("daemon", "sees the echo of its own write and writes nothing more", None)


def _with(event: dict[str, Any], test: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    return event if test(event) else None


def _writes(play: Play, event_id: str) -> int:
    """PATCH requests for an event that nobody but the daemon changes."""
    return sum(
        1
        for entry in play.stage.google.journal()
        if entry.operation == "calendar.events.patch" and event_id in entry.path
    )


def listed(play: Play) -> None:
    """The meeting is in the encrypted list of everybody who is activated, and only theirs."""
    for key in ("alice", "bob", "carol"):
        _, took = play.until(f"“Quarter review” is in {key}'s list", partial(_has, play, key, "Quarter review"))
        play.tell(key, "reads the meetings list: “Quarter review” is there, decrypted with the item's own key", took)
    raw = str(play.who("alice").meetings(play.now, play.now + 3 * DAY))
    if "Quarter review" in raw or "bob@" in raw:
        raise SceneFailed("the list carries something in clear")
    if any(entry.subject == play.who("dave").address for entry in play.stage.google.journal()):
        raise SceneFailed("the daemon asked Google about dave, who is not activated")
    play.tell("dave", "is not activated: the daemon has made no request for his calendar", None)


def _has(play: Play, key: str, title: str) -> bool:
    return title in play.titles(key)


def moved(play: Play) -> None:
    """Moved, renamed and cancelled meetings follow."""
    alice, start = play.who("alice"), float(int(play.now + 2 * DAY))
    alice.move(play.events["review"], start)
    wanted = rfc3339(start)
    _, took = play.until("bob's list has the new time", lambda: play.starts("bob", "Quarter review") == [wanted])
    play.tell("alice", "moves it by a day → bob's list follows", took)
    alice.change(play.events["review"], summary="Quarter review, final")
    _, took = play.until("the new title is listed", lambda: "Quarter review, final" in play.titles("carol"))
    play.tell("alice", "renames it → carol's list follows", took)
    alice.delete(play.events["review"])
    _, took = play.until(
        "the cancelled meeting is gone", lambda: not any("Quarter" in title for title in play.titles("bob"))
    )
    play.tell("alice", "cancels it → it leaves bob's list", took)


def series(play: Play) -> None:
    """A weekly series with a moved and a cancelled occurrence, and an all-day event."""
    bob, first = play.who("bob"), float(int(play.now + DAY))
    made = bob.create("Weekly", first, recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"])
    expected = [rfc3339(first + week * 7 * DAY) for week in range(4)]
    _, took = play.until("four occurrences", lambda: len(play.starts("bob", "Weekly")) == len(expected))
    play.tell("bob", "creates a weekly series of four → four entries in his list", took)
    instances = _occurrences(play, bob, made["id"])
    bob.move(instances[1]["id"], first + 7 * DAY + HOUR)
    bob.delete(instances[2]["id"])
    wanted = 3
    _, took = play.until(
        "one occurrence moved and one gone",
        lambda: _moved_and_gone(play, first, wanted),
    )
    play.tell("bob", "moves the second by an hour and cancels the third → three entries, one at its new time", took)
    day = rfc3339(play.now + 3 * DAY)[:10]
    after = rfc3339(play.now + 4 * DAY)[:10]
    body = {"summary": "Offsite", "start": {"date": day}, "end": {"date": after}}
    bob.create_raw(body)
    _, took = play.until("the all-day event is listed on its day", lambda: play.starts("bob", "Offsite"))
    if not play.starts("bob", "Offsite")[0].startswith(day):
        raise SceneFailed("the all-day event is on the wrong day")
    play.tell("bob", f"has an all-day event on {day} → listed on that day", took)


def _occurrences(play: Play, person: Person, series_id: str) -> list[dict[str, Any]]:
    everything = play.stage.google.instances(person.address, play.now, play.now + 60 * DAY)
    return [event for event in everything if event.get("recurringEventId") == series_id]


def _moved_and_gone(play: Play, first: float, wanted: int) -> bool:
    starts = play.starts("bob", "Weekly")
    return len(starts) == wanted and rfc3339(first + 7 * DAY + HOUR) in starts


def join(play: Play) -> None:
    """Five minutes before the start each activated guest gets one Join card; who declined gets none."""
    alice, start = play.who("alice"), soon(play, 4.0)
    guests = [{"email": play.who(key).address} for key in ("bob", "carol", "dave")]
    made = alice.create("Stand-up", start, location="@webex", attendees=guests)
    play.events["standup"] = made["id"]
    play.who("carol").answer(made["id"], "declined")
    play.tell("alice", "schedules “Stand-up” to start in 5 minutes and 4 seconds; carol declines", None)
    for key in ("alice", "bob"):
        cards, _ = play.until(f"{key} has a Join card", partial(play.cards, key, "Stand-up", alive=True))
        late = max(0.0, cards[0].created - (start - LEAD))
        play.tell(key, f"gets the Join card, {late:.1f} s after the moment", None)
    play.hold("exactly one card each", lambda: _card_counts(play, "Stand-up") == {"alice": 1, "bob": 1}, 1.0)
    play.tell("carol", "declined: no card. dave is not activated: no card", None)


def _card_counts(play: Play, title: str) -> dict[str, int]:
    counts = Counter({key: len(play.cards(key, title, alive=True)) for key in play.stage.people})
    return {key: count for key, count in counts.items() if count}


def taken_back(play: Play) -> None:
    """A meeting that moves or is cancelled takes its cards back."""
    alice = play.who("alice")
    alice.move(play.events["standup"], play.now + 2 * HOUR)
    _, took = play.until("the cards are gone", lambda: not _card_counts(play, "Stand-up"))
    play.tell("alice", "moves “Stand-up” by two hours → both cards are taken back", took)
    alice.move(play.events["standup"], soon(play, 2.0))
    play.until("new cards", lambda: _card_counts(play, "Stand-up") == {"alice": 1, "bob": 1})
    play.tell("alice", "moves it back to now → new cards", None)
    alice.delete(play.events["standup"])
    _, took = play.until("the cards are gone", lambda: not _card_counts(play, "Stand-up"))
    play.tell("alice", "cancels it → the cards are taken back", took)


def away(play: Play) -> None:
    """Vacation responder on: out of office in Webex, renewed while it lasts, cleared after."""
    bob = play.who("bob")
    play.stage.google.set_vacation(bob.address, {"enableAutoReply": True})
    _, took = play.until("Webex shows bob as out of office", lambda: _status(play, "bob") == "OutOfOffice")
    play.tell("bob", "switches Gmail's vacation responder on → Webex: out of office", took)
    play.hold("he stays so past the presence's own 6 s", lambda: _status(play, "bob") == "OutOfOffice", 7.0)
    play.tell("daemon", "renews the presence before its time-to-live of 6 s ends", None)
    play.stage.google.set_vacation(bob.address, {"enableAutoReply": False})
    _, took = play.until("the presence is cleared", lambda: _status(play, "bob") != "OutOfOffice")
    play.tell("bob", "switches it off → cleared", took)


def _status(play: Play, key: str) -> str:
    return play.who("alice").sees(play.who(key).address)


def crash(play: Play) -> None:
    """Kill -9, changes while nobody listens, restart: nothing lost, nothing sent twice."""
    alice, start = play.who("alice"), soon(play, 5.0)
    guests = [{"email": play.who("bob").address}]
    made = alice.create("Retro", start, location="@webex", attendees=guests)
    play.until("it is listed", lambda: "Retro" in play.titles("bob"))
    play.stage.daemon.kill()
    play.tell("admin", "kill -9", None)
    late = alice.create("While you were out", play.now + DAY, location="@webex", attendees=guests)
    took = play.stage.daemon.start()
    play.tell("daemon", "is back", took)
    _, took = play.until("what happened meanwhile is listed", lambda: "While you were out" in play.titles("bob"))
    play.tell("bob", "sees the meeting that was created meanwhile", took)
    play.until("and it says how to join", lambda: "/meet/" in alice.event(late["id"]).get("description", ""))
    play.until("cards", lambda: _card_counts(play, "Retro") == {"alice": 1, "bob": 1})
    ever = {key: len(play.cards(key, "Retro", alive=False)) for key in ("alice", "bob")}
    if ever != {"alice": 1, "bob": 1}:
        raise SceneFailed(f"cards were sent twice: {ever}")
    if _writes(play, made["id"]) != 1 or _writes(play, late["id"]) != 1:
        raise SceneFailed("join details were written twice")
    play.tell("daemon", "sent each Join card once and wrote each invitation once", None)


def leave(play: Play) -> None:
    """Deactivation leaves nothing behind."""
    carol = play.who("carol")
    play.stage.daemon.admin.deactivate(carol.address, 15.0)
    if any(carol.address in str(channel) for channel in play.stage.google.channels()):
        raise SceneFailed("Google still pushes carol's changes")
    if len(play.stage.daemon.admin.users(addresses=False)) != 2:  # noqa: PLR2004 - alice and bob
        raise SceneFailed("carol is still a user")
    play.tell("admin", "deactivates carol → channel stopped, every row and key of hers erased", None)


SCENES: Final[tuple[tuple[str, Callable[[Play], None]], ...]] = (
    ("activation", activate),
    ("@webex becomes join details", keyword),
    ("the encrypted meetings list", listed),
    ("changes follow", moved),
    ("series and all-day events", series),
    ("the Join card", join),
    ("cards taken back", taken_back),
    ("a sentence becomes a meeting", demo_errands.quick_add),
    ("an answer, and why", demo_errands.answered),
    ("a room", demo_errands.room),
    ("a meeting of its own", demo_webex.one_time),
    ("a space", demo_webex.space),
    ("in everybody's language", demo_webex.languages),
    ("a rewritten link", demo_webex.wrapped),
    ("a room's device", demo_webex.device),
    ("ask the bot", demo_webex.today),
    ("out of office", away),
    ("kill -9 and back", crash),
    ("deactivation", leave),
)
