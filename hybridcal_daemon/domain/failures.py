"""What can go wrong outside, as data.

Owns: the kinds of failure, each of which says what to do next, and the one exception that adapters raise.
Promises: no message, URL, address or body of a request is ever inside; ``code`` is a short stable word.
Does not: decide (``user.py``, ``lane.py`` do).
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the caller should do about it."""

    TRANSIENT = "transient"  # try again after a back-off
    THROTTLED = "throttled"  # try again, slower; retry_after is the service's wish in seconds
    RESYNC = "resync"  # the sync token is void (410, or 400 "Invalid sync token value."): list anew
    CONFLICT = "conflict"  # somebody else wrote first (412, 409): read again, compute again
    NOT_FOUND = "not-found"  # gone, or not ours to see
    REFUSED = "refused"  # this one thing is not allowed; drop it
    USER = "user"  # this person cannot be served (no such account, suspended, service off)
    CONFIG = "config"  # nobody can be served until an admin acts (delegation, scope, key, clock)
    SEALED = "sealed"  # keys are not available; nothing may be published
    INVALID = "invalid"  # we or they sent nonsense; do not repeat


class CallError(Exception):
    """A failed request to an outside service.

    ``code`` is a word of the catalogue in ``domain/errors.py``; ``retry_after`` is seconds or None; ``in_doubt`` says
    that the effect may have happened all the same (a time-out or 5xx after the request had been sent). ``measured``
    belongs to the code: for google-clock-skew this machine's clock minus Google's in seconds. ``tracking``: the
    service's own name for this answer, which its support asks for; '' when it gave none.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        *,
        retry_after: float | None = None,
        in_doubt: bool = False,
        measured: float | None = None,
        tracking: str = "",
    ) -> None:
        super().__init__(f"{kind.value}:{code}")
        self.kind = kind
        self.code = code
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        self.measured = measured
        self.tracking = tracking
