"""Certificates, senders and receivers."""

import time

import pytest
from push_kit import DEADLINE, PUBLIC, ManualClock, Office, RecordingDaemon, RecordingLog, Scripted, TlsReceiver

from hybridcal_daemon.sandbox.certificates import Authority
from hybridcal_daemon.sandbox.pushing import PushSender


@pytest.fixture(scope="session")
def authority():
    return Authority.make(time.time())


@pytest.fixture(scope="session")
def identity(authority):
    return authority.issue(PUBLIC)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def log():
    return RecordingLog()


@pytest.fixture
def daemon():
    return RecordingDaemon()


@pytest.fixture
def office(clock):
    return Office(clock)


@pytest.fixture
def scripted():
    """Make a receiver that answers with given bytes."""
    made = []

    def make(*answers, **options):
        made.append(Scripted(*answers, **options))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def sending():
    """Make a sender that knows where the public name is."""
    made = []

    def make(**options):
        made.append(
            PushSender.start(**{"first_delay": 0.001, "timeout": DEADLINE, "hosts": {PUBLIC: "127.0.0.1"}} | options)
        )
        return made[-1]

    yield make
    for sender in made:
        sender.stop()


@pytest.fixture
def receiver(identity, daemon, log, clock):
    receiver = TlsReceiver(identity, daemon, log, clock)
    yield receiver
    receiver.close()
