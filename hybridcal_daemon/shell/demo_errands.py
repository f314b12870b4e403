"""The scenes of the demo in which the daemon acts for people: quick-add, an answer, an explanation, a room.

Owns: this part of the script. Promises: as in ``demo_scenes.py``. Does not: print or start anything.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hybridcal_daemon.domain.values import DAY, MINUTE
from hybridcal_daemon.shell.demo_play import SceneFailed, soon

if TYPE_CHECKING:
    from hybridcal_daemon.shell.demo_play import Play

_PATIENCE = 10.0


def _errand(play: Play, kind: str, key: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - as the admin socket takes it
    address = play.stage.rooms[key] if key in play.stage.rooms else play.who(key).address
    return dict(play.stage.daemon.admin.errand(kind, address, _PATIENCE, **how))


def quick_add(play: Play) -> None:
    """``hybridcal events quick-add``: Google makes an event of a sentence, and it is in the list."""
    play.tell("admin", "hybridcal events quick-add alice@acme.example Design review tomorrow 10am", None)
    _errand(play, "quick-add", "alice", wish={"text": "Design review tomorrow 10am"})
    _, took = play.until("the new event is listed", lambda: play.starts("alice", "Design review"))
    play.tell("alice", "finds “Design review” in her list", took)


def answered(play: Play) -> None:
    """``hybridcal events respond``: only the person's own answer is sent, and a declined meeting loses its card."""
    alice, start = play.who("alice"), soon(play, 3.0)
    guests = [{"email": play.who(key).address} for key in ("bob", "carol")]
    made = alice.create("Budget", start, location="@webex", attendees=guests)
    play.until("carol has a Join card", partial(play.cards, "carol", "Budget", alive=True))
    play.tell("carol", "has the Join card of “Budget”", None)
    _errand(play, "respond", "carol", event=made["id"], wish={"response": "declined"})
    _, took = play.until("it is gone", lambda: not play.cards("carol", "Budget", alive=True))
    play.tell("admin", "hybridcal events respond carol@acme.example … declined → her card is taken back", took)
    answers = {guest["email"]: guest["responseStatus"] for guest in alice.event(made["id"])["attendees"]}
    if (answers[play.who("carol").address], answers[play.who("bob").address]) != ("declined", "needsAction"):
        raise SceneFailed(f"alice sees other answers: {answers}")
    play.tell("alice", "sees that carol declined; nobody else's answer was touched", None)
    _explained(play, made["id"])
    alice.delete(made["id"])


def _explained(play: Play, event_id: str) -> None:
    said = _errand(play, "explain", "bob", event=event_id)
    codes = [reason["code"] for reason in said["reasons"]]
    if not codes:
        raise SceneFailed("nothing was explained")
    play.tell("admin", f"hybridcal explain bob@acme.example … → {', '.join(codes)}", None)


def room(play: Play) -> None:
    """A room's calendar: access is asked for and given back, and an invitation of the room is listed."""
    address = play.stage.rooms["aurora"]
    before = play.stage.google.rules(address)
    view = play.stage.daemon.admin.activate(address, _PATIENCE, room=True)
    if view["state"] != "active":
        raise SceneFailed(f"the room is {view['state']}: {view}")
    play.tell("admin", "hybridcal rooms activate: the acting account gets access, nobody is mailed", None)
    play.who("alice").create("Workshop", play.now + DAY + 7 * MINUTE, attendees=[{"email": address}])
    _, took = play.until(
        "the room has the meeting", lambda: play.stage.daemon.admin.user(address, room=True)["meetings"] == 1
    )
    play.tell("alice", "invites the room to “Workshop” → it is in the room's list", took)
    play.stage.daemon.admin.deactivate(address, 15.0, room=True)
    if play.stage.google.rules(address) != before:
        raise SceneFailed("the acting account still has access to the room's calendar")
    play.tell("admin", "hybridcal rooms deactivate → access given back, everything erased", None)
