"""An answer with instructions for the wire.

Owns: the one type that stand-ins return. Promises: whoever ignores the marks still has a valid
:class:`~hybridcal_daemon.ports.HttpResponse`. Does not: wait or cut anything (``server.py`` does, and a simulation
that calls a stand-in directly may honour the marks in its own virtual time).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybridcal_daemon.ports import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedResponse(HttpResponse):
    """An answer and how the wire is to spoil it.

    ``delay``: seconds before the first byte; ``drip``: seconds over which the body is spread; ``drop``: no answer at
    all, the connection is cut.
    """

    delay: float = 0.0
    drip: float = 0.0
    drop: bool = False


def marked(status: int, body: bytes, headers: Mapping[str, str] | None = None, *, drop: bool = False) -> MarkedResponse:
    """Make an answer; header names in lower case."""
    return MarkedResponse(status=status, headers=headers or {}, body=body, drop=drop)
