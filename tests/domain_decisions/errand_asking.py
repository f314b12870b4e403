"""Asking for errands in a world, and what came of it."""

from __future__ import annotations

from hybridcal_daemon.domain.calls import RunErrand
from hybridcal_daemon.domain.messages import ErrandAsked
from hybridcal_daemon.domain.values import Sealed
from tests.domain_decisions.world import World

CHANGES = ["insert", "delete", "respond", "quick-add"]
SAFE = ["insert", "delete", "respond"]
WELL = [("k1", "", Sealed(b"answer k1"))]


def served():
    """Somebody who has been served for some seconds."""
    world = World()
    world.start()
    world.run(20)
    return world


def ask(world, key="k1", kind="insert", event_id="e1", digest="d1", by="uid:1"):
    asked = ErrandAsked(key=key, kind=kind, ask=Sealed(b"ask"), event_id=event_id, digest=digest, by=by)
    world.tell(asked)


def told(world):
    return [(reply.key, reply.code, reply.answer) for _, reply in world.replies]


def states(world):
    return {errand.key: (errand.state, errand.code) for errand in world.durable.errands}


def tries(world):
    return len(world.ordered(RunErrand))
