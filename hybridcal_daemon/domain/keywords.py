"""The words that people type into a location to ask for a meeting.

Owns: the grammar of ``@webex``, ``@meet`` and the older ``@spark``, with their modifiers.
Promises: pure, linear in the length of the location; letters are compared without case, as ASCII.
Does not: look anywhere but in the location, nor decide whether the wish may be granted (``user.py`` does). Links and
video addresses in a location are ways to join (``joinlinks.py``), not keywords.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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


def asked(location: str, *, webex: Action = "myroom", meet: Action = "space") -> Action | None:
    """Say what the leftmost keyword of ``location`` asks for; None when there is none.

    ``webex`` and ``meet`` are what the bare words do (an installation may change them); a modifier on the keyword wins
    over that. ``@spark`` is the spelling of ``@meet`` that was current in 2017. A modifier that does not exist counts
    as none, so that a slip of the keyboard still gives a meeting. Source: help.webex.com/nwtulzs; the word boundaries
    are ours.
    """
    found = _KEYWORD.search(location)
    if found is None:
        return None
    bare = webex if found["word"].lower() == "webex" else meet
    return _MODIFIERS.get((found["modifier"] or "").lower(), bare)
