"""A strict stand-in for the part of Webex that the daemon speaks to.

Owns: people, sites and Personal Rooms, meetings, spaces, messages with cards, presence, devices with their bookings,
tokens; all in memory; and the page that shows what people and devices would see. Promises: deterministic by seed and
clock; what the real service would refuse, this refuses, and where that is not known it refuses rather than accepts;
each module says what its behaviour is based on, BEHAVIOUR.md lists it. Does not: have anything that the daemon does not
use.

>>> sandbox = WebexSandbox(clock=clock, seed=1)          # doctest: +SKIP
>>> sandbox.add_person("alice@acme.example", "Alice Archer", personal_room=True)
>>> sandbox.handle(HttpRequest(method="GET", url="/v1/people/me", headers={"authorization": "Bearer ..."}))
"""

from __future__ import annotations

from hybridcal_daemon.sandbox.webex.core import WebexSandbox

__all__ = ["WebexSandbox"]
