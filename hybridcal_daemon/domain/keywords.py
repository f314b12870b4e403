"""The words that people type into a location to ask for a meeting.

Owns: the grammar of ``@webex``, ``@meet`` and the older ``@spark``, with their modifiers, and of the address of a
Personal Room, which counts as a keyword, too.
Promises: pure, linear in the length of the location; letters are compared without case, as ASCII; of several the
leftmost counts. Does not: look anywhere but in the location, nor decide whether the wish may be granted (``user.py``
does). Other links and video addresses in a location are ways to join (``joinlinks.py``), not keywords.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from hybridcal_daemon.domain.events import Action

_MODIFIERS: Final[dict[str, Action]] = {"space": "space", "myroom": "myroom", "onetime": "onetime"}

# In front: nothing that could be the local part of an address (RFC 5322 atext, letters of any script), no second @.
# Behind: nothing that continues the word or makes it a domain; a full stop that ends the sentence is fine.
_KEYWORD: Final = re.compile(
    r"(?<![\w@.!#$%&'*+/=?^`{|}~-])@"
    r"(?P<word>[Ww][Ee][Bb][Ee][Xx]|[Mm][Ee][Ee][Tt]|[Ss][Pp][Aa][Rr][Kk])"
    r"(?![\w@-]|\.\w)"
    r"(?::(?P<modifier>[A-Za-z]+)(?![\w-]))?"
)


# A Personal Room: its page below one site, or its video address there. What stands in front of it would make it a part
# of something else; all digits are the number of a meeting, and m.webex.com leads to other services' meetings.
_SITE: Final = r"(?!m\.)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.webex\.com"
_ADDRESS: Final = re.compile(
    r"(?<![\w@./+%-])(?:"
    rf"(?:https?://)?(?P<site>{_SITE})/meet/(?P<page>[\w.%+-]{{1,100}})(?=/?(?:[\s,;:)>\]?#&]|\Z))"
    rf"|(?:sips?:)?(?!\d{{1,64}}@)(?P<name>[\w.%+-]{{1,64}})@(?P<host>{_SITE})(?![\w@-]|\.\w)"
    r")",
    re.ASCII | re.IGNORECASE,
)


class Wish(NamedTuple):
    """What a location asks for. ``room``: whose Personal Room (``room_of``), when an address asks for it, else ''.

    ``off``: there is a keyword, which does nothing in this installation. ``word``: the bare one that asks, ``webex`` or
    ``meet``, whose meaning is a setting; '' when a modifier or an address says what is meant.
    """

    action: Action | None = None
    room: str = ""
    off: bool = False
    word: str = ""


def wish(location: str, *, webex: Action | None = "myroom", meet: Action | None = "space") -> Wish:
    """Say what the leftmost keyword or Personal Room address of ``location`` asks for.

    ``webex`` and ``meet``: as in :func:`asked`. Source: help.webex.com/docs/DOC-19731 for the addresses.
    """
    word = _KEYWORD.search(location)
    address = _ADDRESS.search(location)
    if address is not None and (word is None or address.start() < word.start()):
        return Wish("myroom", room=_room(address))
    if word is None:
        return Wish()
    action = asked(location, webex=webex, meet=meet)
    modified = (word["modifier"] or "").lower() in _MODIFIERS
    return Wish(action, off=action is None, word="" if modified else _name_of(word))


def _name_of(found: re.Match[str]) -> str:
    return "webex" if found["word"].lower() == "webex" else "meet"


def room_of(address: str) -> str:
    """Name the Personal Room that a link or video address leads to, as ``name@site``; '' for anything else."""
    found = _ADDRESS.match(address.strip())
    return "" if found is None else _room(found)


def _room(found: re.Match[str]) -> str:
    name, site = (found["page"], found["site"]) if found["page"] else (found["name"], found["host"])
    return f"{name.rstrip('.')}@{site}".casefold()


def asked(location: str, *, webex: Action | None = "myroom", meet: Action | None = "space") -> Action | None:
    """Say what the leftmost keyword of ``location`` asks for; None when there is none.

    ``webex`` and ``meet`` are what the bare words do (an installation may change them), None: nothing; a modifier on
    the keyword wins over that. ``@spark`` is the spelling of ``@meet`` that was current in 2017. A modifier that does
    not exist counts as none, so that a slip of the keyboard still gives a meeting. Source: help.webex.com/nwtulzs; the
    word boundaries are ours.
    """
    found = _KEYWORD.search(location)
    if found is None:
        return None
    bare = webex if _name_of(found) == "webex" else meet
    return _MODIFIERS.get((found["modifier"] or "").lower(), bare)
