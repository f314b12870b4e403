"""What the tests of the store actor write and read."""

from __future__ import annotations

from actors.protocol import Load
from hybridcal_daemon.domain.effects import Save
from hybridcal_daemon.domain.events import EventFact, SealedEvent
from hybridcal_daemon.domain.messages import Saved
from hybridcal_daemon.domain.values import Instant, Sealed, Timed
from hybridcal_daemon.ports import Audit
from tests.actors.actor_fakes import QUIET, uid

A, B, C = uid(1), uid(2), uid(3)
AUDIT = Audit(at=Instant(1), actor="t", action="t", user=A, outcome="t")


def meeting(event_id):
    moment = Timed(at=1_800_000_000, tz="UTC")
    fact = EventFact(event_id=event_id, etag="1", start=moment, end=moment)
    return SealedEvent(fact=fact, item=b"{}", join=Sealed(b"cell"))


def saves(store):
    return [(write.user, write.version) for commit in store.commits for write in commit if isinstance(write, Save)]


def saved(bench, user=A):
    return [message.version for message in bench.heard(user, Saved)]


def load(user=A, incarnation=2):
    return Load(user, incarnation, "entropy", QUIET)
