"""Whether a calendar may be written to.

Owns: the trouble of a user's writes as a whole. Google's usage limits ("Calendar usage limits exceeded.", reason
``quotaExceeded``) make a person's calendars read-only for hours (google.md E; Google's admin help 2905486), whatever is
to be written; whoever orders a write asks here first, and tells here when one was refused for that reason.
Promises: writes rest for two hours, longer each time; reads are not concerned; the trouble is durable, and admins see
its code at the user.
Does not: order or repeat writes (``decorating.py`` and ``errands.py`` do).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hybridcal_daemon.domain.draft import Draft
    from hybridcal_daemon.domain.messages import CallFailed

WRITES: Final = "writes"
"""Name of the trouble."""
USAGE_LIMITED: Final = "google-quota"
"""Code of the refusal."""


def writes_blocked(draft: Draft) -> bool:
    """Must every write wait? If so, be woken when it may go on."""
    return draft.blocked(WRITES)


def writes_failed(draft: Draft, failure: CallFailed) -> bool:
    """Note the refusal of a write; False, and nothing is noted, when it is not about the user's writes as a whole."""
    if failure.code != USAGE_LIMITED:
        return False
    draft.failed(WRITES, failure)
    return True


def writes_well(draft: Draft) -> None:
    """Google took a write."""
    draft.well(WRITES)
