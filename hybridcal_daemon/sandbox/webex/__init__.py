"""A strict stand-in for the part of Webex that the daemon speaks to.

Owns: people, Personal Rooms, 1:1 messages with cards, presence, tokens; all in memory. Promises: deterministic by
seed and clock; what the real service would refuse, this refuses, and where that is not known it refuses rather than
accepts; each module says what its behaviour is based on. Does not: have anything that the daemon does not use.

>>> sandbox = WebexSandbox(clock=clock, seed=1)          # doctest: +SKIP
>>> sandbox.add_person("alice@acme.example", "Alice Archer", personal_room=True)
>>> sandbox.handle(HttpRequest(method="GET", url="/v1/people/me", headers={"authorization": "Bearer ..."}))
"""

from __future__ import annotations

from hybridcal_daemon.sandbox.webex.core import WebexSandbox

__all__ = ["WebexSandbox"]
