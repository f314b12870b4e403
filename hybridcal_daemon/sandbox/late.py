"""A request with instructions for who delivers it.

Owns: the one type of push messages that are to be late. Promises: whoever ignores the mark still has a valid
:class:`~hybridcal_daemon.ports.HttpRequest`. Does not: wait (``pushing.py`` does; a simulation may, in its own time).
"""

from __future__ import annotations

from dataclasses import dataclass

from hybridcal_daemon.ports import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRequest(HttpRequest):
    """A request that is to leave ``delay`` seconds later."""

    delay: float = 0.0
