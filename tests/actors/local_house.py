"""An actor system with the daemon's own surface in front of it."""

from __future__ import annotations

from types import SimpleNamespace

from hybridcal_daemon.adapters.kms import ChannelTokens
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Instant, Plain, Secret
from hybridcal_daemon.ports import StatusView
from hybridcal_daemon.shell.daemon import LocalDaemon
from hybridcal_daemon.shell.readers import Readers
from tests.actors.actor_fakes import CountingRandom
from tests.work.device_fakes import Devices

ALICE = Plain("alice@acme.example")
BOB = Plain("bob@acme.example")
BY = "uid:1000"
BEARER = Secret("reader's own token")


class Webex:
    """Knows who a token belongs to."""

    def __init__(self):
        self.asked = 0
        self.people = {BEARER.reveal(): (Plain("else@acme.example"), ALICE)}

    def whoami(self, bearer):
        self.asked += 1
        if bearer.reveal() not in self.people:
            raise CallError(Kind.USER, "bearer-invalid")
        return SimpleNamespace(emails=self.people[bearer.reveal()])


class House:
    """A company with its surfaces."""

    def __init__(self, company):
        self.company = company.start()
        self.acts_for_rooms = True
        self.devices = Devices()
        self.webex = Webex()
        self.tokens = ChannelTokens()
        self.tokens.use(bytearray(32))
        self.readers = Readers(company.scheduler.clock, CountingRandom(), lambda: self.webex)
        self.daemon = LocalDaemon(
            company.system,
            company.scheduler.clock,
            self.tokens,
            self.readers,
            self.about,
            lambda: "not now",
            acts_for_rooms=lambda: self.acts_for_rooms,
            device_api=lambda: self.devices,
        )

    def about(self):
        return StatusView(
            version="1",
            up_seconds=1.0,
            sealed="",
            users={},
            lanes={},
            store="",
            alarms=(),
            config_file="f",
            config_loaded_at=Instant(0),
            config_error="",
        )

    def activate(self, address=ALICE, wait=30.0, *, room=False):
        return self.daemon.activate(address, by=BY, wait=wait, room=room)

    def push(self, channel, token):
        self.daemon.push(channel_id=channel, token=token, resource_id="r", first=False)
        self.company.settle()


def acts(house):
    """What is on record: who, what, whom."""
    return [(audit.actor, audit.action, audit.user) for audit in house.company.store.audits]
