"""What every call to Google has in common.

Owns: the token for a call, renewed once when Google refuses it; which calendar a user's is. Promises: CallError only.
Does not: know what a call is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.tokens import Purpose
from hybridcal_daemon.domain.values import is_room
from hybridcal_daemon.ports import PRIMARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain, Secret, UserId
    from hybridcal_daemon.work.tools import GoogleTools

TOKEN_REFUSED: Final = "google-token"  # noqa: S105 - an error code
"""How ``adapters/google/errors.py`` calls a 401."""
_HELD, _FRESH = False, True
T = TypeVar("T")


def with_token(tools: GoogleTools, user: UserId, use: Callable[[Secret[str]], T], purpose: Purpose | None = None) -> T:
    """Call with a token; once more with a fresh one when Google does not take it.

    ``purpose`` None: that of the calendar's own events, which for a room is the acting account's.
    """
    wanted = purpose or events_purpose(user)
    try:
        return use(tools.token(user, wanted, _HELD))
    except CallError as error:
        if error.code != TOKEN_REFUSED:
            raise
    return use(tools.token(user, wanted, _FRESH))


def events_purpose(user: UserId) -> Purpose:
    """Whose token reads a calendar's events: the person's own, or the acting account's for a room."""
    return Purpose.ROOMS if is_room(user) else Purpose.CALENDAR


def calendar_of(tools: GoogleTools, user: UserId) -> Plain[str]:
    """Id of a user's calendar: a person's primary one, a room's by its address. CallError as the keys say."""
    return tools.address(user) if is_room(user) else PRIMARY
