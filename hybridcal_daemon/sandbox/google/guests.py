"""The guest list of an event, as written by its organiser or by a guest.

Owns: who may change what in ``attendees``. Promises: pure. Does not: put copies on calendars (``model.py`` does).

Based on: the array is replaced whole; an address is required; ``resource`` counts only when the guest is added;
``attendeesOmitted=true`` in a write changes the writer's own answer only [discovery document]. A guest may write their
own answer and comment, and add guests unless ``guestsCanInviteOthers`` is false [Google guide; discovery document];
anything else in the list is shared and refused with 403 [issue reports]. That an entry without ``responseStatus``
means needsAction, and that a known person's name is filled in: unconfirmed. Google sets ``resource`` itself for a
resource's address [unconfirmed].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.google.errors import calendar_refusal

if TYPE_CHECKING:
    from hybridcal_daemon.sandbox.google.model import Fields, World

ANSWERS: Final = frozenset({"needsAction", "declined", "tentative", "accepted"})
OWN: Final = frozenset({"responseStatus", "comment", "additionalGuests"})
READ_ONLY: Final = frozenset({"id", "self", "organizer", "asyncOperation"})
_ADDRESS: Final = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def by_organiser(world: World, sent: list[Fields], before: list[Fields]) -> list[Fields]:
    """Give the new list that replaces ``before``. Refused (400) for an entry that is no guest."""
    known = {guest["email"]: guest for guest in before}
    listed: dict[str, Fields] = {}
    for entry in sent:
        guest = _read(world, entry)
        old = known.get(guest["email"])
        if old is not None and guest["email"] not in world.rooms:
            guest["resource"] = old.get("resource", False)
        listed[guest["email"]] = guest
    return list(listed.values())


def by_guest(world: World, address: str, sent: list[Fields], before: list[Fields], *, may_invite: bool) -> list[Fields]:
    """Give the new list when the guest ``address`` sent a whole one. Refused (403) when it changes others."""
    written = {guest["email"]: guest for guest in (_read(world, entry) for entry in sent)}
    for old in before:
        new = written.get(old["email"])
        if new is None or (old["email"] != address and _changed(old, new)):
            raise calendar_refusal(403, "forbiddenForNonOrganizer")
    added = [guest for email, guest in written.items() if email not in {old["email"] for old in before}]
    if added and not may_invite:
        raise calendar_refusal(403, "forbiddenForNonOrganizer")
    return own_answer(address, sent, before) + added


def own_answer(address: str, sent: list[Fields], before: list[Fields]) -> list[Fields]:
    """Give ``before`` with the own entry's answer as in ``sent``. Refused (400) when there is no own entry."""
    mine = next((entry for entry in sent if str(entry.get("email", "")).lower() == address), None)
    if mine is None or not any(guest["email"] == address for guest in before):
        raise calendar_refusal(400, "invalid", "The participant is not among the attendees.", parameter="attendees")
    _check_answer(mine)
    changes = {name: value for name, value in mine.items() if name in OWN and value is not None}
    return [guest | changes if guest["email"] == address else guest for guest in before]


def answered(address: str, answer: str, before: list[Fields]) -> list[Fields]:
    """Give ``before`` with one guest's answer."""
    return [guest | {"responseStatus": answer} if guest["email"] == address else guest for guest in before]


def _changed(old: Fields, new: Fields) -> bool:
    names = (old.keys() | new.keys()) - {"displayName", "resource"}
    return any((old.get(name) or None) != (new.get(name) or None) for name in names)


def _read(world: World, entry: Fields) -> Fields:
    address = entry.get("email")
    if not address:
        raise calendar_refusal(400, "required", "Missing attendee email.", parameter="attendees")
    if not _ADDRESS.fullmatch(address):
        raise calendar_refusal(400, "invalid", "Invalid attendee email.", parameter="attendees")
    _check_answer(entry)
    kept: dict[str, Any] = {name: value for name, value in entry.items() if name not in READ_ONLY and value is not None}
    name = world.name_of(address)
    if name:
        kept.setdefault("displayName", name)
    if address.lower() in world.rooms:
        kept["resource"] = True
    return kept | {"email": address.lower(), "responseStatus": kept.get("responseStatus", "needsAction")}


def _check_answer(entry: Fields) -> None:
    if entry.get("responseStatus") not in {None, *ANSWERS}:
        raise calendar_refusal(400, "invalid", "Invalid response status.", parameter="responseStatus")
