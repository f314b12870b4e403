"""Every line that the log can hold.

Owns: the registered event names, each with a sentence for the operator and the fields that it may carry.
Promises: a field is a number, a switch, a word without spaces, or text that only the operator's own files lead to.
Does not: write anything (``logs.py`` does).

To add a line: one ``_event`` here; ``hybridcal_daemon/domain/effects.py: Note`` and ``ports.Log.emit`` name it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

Value = str | int | float | bool


class Field(Enum):
    """What a field may hold."""

    WORD = "word"  # ids, codes, names of settings, versions: no space, no @, at most 200 characters
    TEXT = "text"  # words of the operator's own configuration, paths; one line, at most 2000 characters
    TRACE = "trace"  # what traces.safe_trace gives
    WHOLE = "whole"  # a count
    NUMBER = "number"  # seconds and the like
    FLAG = "flag"

    def admits(self, value: object) -> bool:
        """Whether a value may stand in such a field."""
        if isinstance(value, str):
            pattern = _SHAPES.get(self)
            return type(value) is str and pattern is not None and pattern.fullmatch(value) is not None
        return type(value) in _NUMBERS.get(self, ())


_SHAPES: Final = {
    Field.WORD: re.compile(r"[A-Za-z0-9_.,:/+=~*-]{0,200}"),
    Field.TEXT: re.compile(r"[^\x00-\x1f\x7f]{0,2000}"),
    Field.TRACE: re.compile(r"[\w.:/@<>? -]{0,2000}"),
}
_NUMBERS: Final[dict[Field, tuple[type, ...]]] = {
    Field.WHOLE: (int,),
    Field.NUMBER: (int, float),
    Field.FLAG: (bool,),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line: what it means and what it may carry."""

    sentence: str
    fields: dict[str, Field]


_W: Final = Field.WORD
_WHO: Final = {"user": _W}
_CALL: Final = {**_WHO, "what": _W, "kind": _W, "code": _W, "retry_after": Field.NUMBER}

EVENTS: Final[dict[str, Event]] = {}


def _event(name: str, sentence: str, **fields: Field) -> None:
    EVENTS[name] = Event(sentence, fields)


# the process
_event("daemon.started", "The daemon serves.", version=_W, users=Field.WHOLE, seconds=Field.NUMBER, pid=Field.WHOLE)
_event("daemon.stopping", "The daemon was asked to stop.", signal=_W, reason=_W)
_event("daemon.stopped", "The daemon has stopped.", seconds=Field.NUMBER, clean=Field.FLAG)
_event("daemon.failed", "The daemon stops because it cannot go on.", code=_W, trace=Field.TRACE, message=Field.TEXT)
_event("config.reloaded", "The new configuration is in force.", changed=_W, restart=_W, file=Field.TEXT)
_event("config.refused", "The new configuration is wrong; the old one stays.", reason=Field.TEXT, errors=Field.WHOLE)
_event("log.unregistered", "A line that is not in the table of events was held back.", at=_W)
_event("library.logged", "A library logged something; its text is not shown.", logger=_W, severity=_W)
_event("thread.failed", "A thread ended with an exception.", thread=_W, trace=Field.TRACE)
_event("web.listening", "An HTTP surface is open.", site=_W, address=Field.TEXT)
_event("web.failed", "A request met a fault of the program.", site=_W, trace=Field.TRACE)
_event("web.busy", "Requests were turned away because too many wait.", site=_W, waiting=Field.WHOLE)
_event("watchdog.silent", "A part did not answer, so the watchdog was not fed.", part=_W)

# users
_event("user.activated", "An admin activated a user.", by=_W, **_WHO)
_event("user.deactivated", "An admin deactivated a user.", by=_W, **_WHO)
_event("user.started", "A user is served.", events=Field.WHOLE, incarnation=Field.WHOLE, **_WHO)
_event("user.erased", "Everything stored about a user is erased.", **_WHO)
_event("user.standing", "How a user stands has changed.", state=_W, code=_W, **_WHO)
_event("user.parked", "A user is set aside after repeated faults; tried again every hour.", **_WHO)
_event("actor.crashed", "A fault of the program; the actor is restarted.", error=_W, place=Field.TRACE, **_WHO)
_event("worker.crashed", "A fault of the program in one request.", lane=_W, error=_W, place=Field.TRACE)
_event("alarm.raised", "A trouble that concerns the whole installation.", code=_W)
_event("alarm.cleared", "A trouble of the installation is over.", code=_W)

# the work
_event("sync.done", "A calendar was read.", full=Field.FLAG, changed=Field.WHOLE, removed=Field.WHOLE, **_WHO)
_event("sync.token-void", "Google no longer takes the sync token; the calendar is read anew.", **_WHO)
_event(
    "sync.reconciled",
    "A whole calendar was compared with what is stored; what differed is put right.",
    missing=Field.WHOLE,
    stale=Field.WHOLE,
    ghosts=Field.WHOLE,
    **_WHO,
)
_event("sync.edge", "A calendar's window moved on.", listed=Field.WHOLE, dropped=Field.WHOLE, **_WHO)
_event(
    "sync.differs", "A series was expanded otherwise than by Google; it is read anew.", occurrences=Field.WHOLE, **_WHO
)
_event("calendar.purged", "What was stored of a calendar that is gone was erased.", events=Field.WHOLE, **_WHO)
_event("series.cut", "A series has too many occurrences; the first of them are kept.", kept=Field.WHOLE, **_WHO)
_event("item.quarantined", "One event could not be read; the rest is kept.", event_id=_W, reason=_W, **_WHO)
_event("event.decorated", "Join details were written into an event.", **_WHO)
_event("event.undecorated", "Join details were taken out of an event that does not ask for them any more.", **_WHO)
_event("event.left-alone", "Join details could not be written into an event.", code=_W, **_WHO)
_event(
    "event.write-war",
    "An event's join details are undone again and again, most likely by another program; it is left alone for a while.",
    writes=Field.WHOLE,
    seconds=Field.NUMBER,
    **_WHO,
)
_event(
    "series.unexpanded",
    "A series has a rule that is not expanded here: Google is asked for its occurrences.",
    reason=_W,
    **_WHO,
)
_event("channel.opened", "Google pushes changes of a calendar.", channel=_W, seconds=Field.NUMBER, **_WHO)
_event("channel.stopped", "A push channel was ended.", channel=_W, **_WHO)
_event(
    "push.dropped",
    "Push requests without a valid token, or without headers of Google's, were ignored.",
    reason=_W,
    count=Field.WHOLE,
)
_event("card.sent", "A Join card was sent.", key=_W, seconds=Field.NUMBER, **_WHO)
_event("card.not-found", "A Join card that was in doubt had not arrived; it is sent again.", **_WHO)
_event("card.found", "A Join card that was in doubt had arrived.", key=_W, **_WHO)
_event("card.taken-back", "A Join card was taken back.", key=_W, **_WHO)
_event("notice.sent", "An organiser was told why an event got no join details, or not all.", reason=_W, **_WHO)
_event("bot.stranger", "Somebody who is not activated wrote to the bot; there is no answer.")
_event("bot.deaf", "What people write to the bot cannot be read at present.", code=_W, seconds=Field.NUMBER)
_event("agenda.sent", "Somebody asked the bot, and has its answer.", **_WHO)
_event("agenda.unanswered", "Somebody asked the bot, and got no answer.", code=_W, **_WHO)
_event("meeting.held", "A Webex meeting was made for an event.", **_WHO)
_event("meeting.changed", "A Webex meeting was changed as its event was.", **_WHO)
_event("meeting.ended", "A Webex meeting was deleted since its event needs it no more.", **_WHO)
_event("meeting.found", "A Webex meeting that was in doubt had been made.", **_WHO)
_event("meeting.not-found", "A Webex meeting that was in doubt had not been made; it is made again.", **_WHO)
_event("space.opened", "The space of an event is there.", **_WHO)
_event("space.followed", "A space has the title and the members of its event.", left_out=Field.WHOLE, **_WHO)
_event("device.put", "A device took its list of bookings.", device=_W, **_WHO)
_event("device.lost", "A device has lost its list of bookings; it gets it again.", device=_W, **_WHO)
_event("device.back", "A device is connected again; it gets its list of bookings.", device=_W, **_WHO)
_event("device.cleared", "Our bookings were taken off a device.", device=_W, **_WHO)
_event("errand.done", "What somebody had asked for is done.", kind=_W, seconds=Field.NUMBER, **_WHO)
_event("errand.failed", "What somebody had asked for is not done, or nobody knows.", kind=_W, code=_W, **_WHO)
_event(
    "presence.set",
    "Webex shows the person as out of office (ooo) or not to be disturbed (dnd).",
    status=_W,
    seconds=Field.NUMBER,
    **_WHO,
)
_event("presence.cleared", "Webex shows no presence of ours for the person any more.", **_WHO)
_event(
    "webex.refused",
    "Webex refuses a feature to this installation; `hybridcal status` says what to do.",
    feature=_W,
    code=_W,
    tracking=_W,
)
_event("webex.available", "Webex permits a feature that it had refused.", feature=_W)
_event("call.failed", "A request to an outside service failed.", in_doubt=Field.FLAG, tracking=_W, **_CALL)
_event(
    "lane.circuit",
    "Requests to a service that fails, or refuses the installation, wait or go out again.",
    lane=_W,
    what=_W,
    state=_W,
    code=_W,
)
_event(
    "access.refused",
    "A token for somebody who is not activated, or for what is not theirs, was refused.",
    purpose=_W,
    reason=_W,
    **_WHO,
)
_event("clock.skewed", "This machine's clock is ahead of Google's (negative: behind).", seconds=Field.NUMBER)
_event("key.refused", "Google does not take this service account key; another one is used.", key=_W, code=_W)
_event("key.accepted", "Google takes a service account key that it had refused.", key=_W)
_event("room.access-granted", "The acting account was given access to a room's calendar.", **_WHO)
_event("room.access-returned", "The acting account's access to a room's calendar was taken away again.", **_WHO)

# keys and store
_event("store.full", "No space on the disk; nothing is acknowledged.", waiting=Field.WHOLE)
_event("store.well", "The store takes writes again.")
_event("store.broken", "The store failed; the daemon ends.", error=_W)
_event("kms.sealed", "The keys are not available; nothing is published.", code=_W)
_event("kms.unlocked", "The keys are available.")


def misuse(event: str, fields: dict[str, Value]) -> str:
    """Say why a line may not be written, in words without its values; '' when it may."""
    registered = EVENTS.get(event)
    if registered is None:
        return f"{event!r} is not in the table of events (shell/log_events.py)"
    for name, value in fields.items():
        kind = registered.fields.get(name)
        if kind is None:
            return f"{event!r} has no field {name!r} in the table of events (shell/log_events.py)"
        if not kind.admits(value):
            return f"field {name!r} of {event!r} must be a {kind.value}; what was given ({type(value).__name__}) is not"
    return ""
