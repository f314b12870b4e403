"""From an edit in the stand-in's calendar to the daemon's door, over real TLS."""

import time

from push_kit import ALICE, BOB, DEADLINE, PUBLIC, Office

from hybridcal_daemon.adapters.kms import ChannelTokens
from hybridcal_daemon.sandbox.certificates import Authority


class Line:
    """A company whose pushes leave over TLS; channels with the daemon's own tokens."""

    def __init__(self, clock, sender, port):
        self.office = Office(clock, sender.send, f"https://{PUBLIC}:{port}/google/push")
        self.sender = sender
        self.tokens = ChannelTokens()
        self.tokens.use(bytearray(range(32)))

    def watch(self, channel, who=ALICE):
        return self.office.watch(channel, who, secret=self.tokens.token(channel).reveal())


def test_an_edit_is_heard_at_the_daemons_door(clock, sending, authority, receiver, daemon):
    line = Line(clock, sending(trust=authority.trust()), receiver.port)
    grant = line.watch("u1-aaa")
    channel, token, resource, first = daemon.next()
    assert (channel, resource, first) == ("u1-aaa", grant.resource_id, True)
    assert line.tokens.matches(channel, token)
    line.office.edit()
    assert daemon.next() == ("u1-aaa", token, grant.resource_id, False)
    assert line.sender.wait_idle(DEADLINE)
    assert (line.sender.accepted, line.sender.dropped) == (2, 0)
    assert receiver.log.lines == []


def test_each_calendar_is_heard_with_its_own_channel(clock, sending, authority, receiver, daemon):
    line = Line(clock, sending(trust=authority.trust()), receiver.port)
    grants = {channel: line.watch(channel, who) for channel, who in (("u1-a", ALICE), ("u2-b", BOB))}
    assert {daemon.next()[0] for _ in range(2)} == set(grants)
    line.office.edit(BOB)
    channel, token, resource, first = daemon.next()
    assert (channel, resource, first) == ("u2-b", grants["u2-b"].resource_id, False)
    assert not line.tokens.matches("u1-a", token)


def test_bad_weather_on_the_way(clock, sending, authority, receiver, daemon):
    """Doubled, late and in another order: all of it is heard, none of it is trouble."""
    line = Line(clock, sending(trust=authority.trust()), receiver.port)
    line.watch("u1-a")
    daemon.next()
    line.office.google.pushing.set_weather({"doubled": 1, "late": 0.5, "seconds": 0.05, "after_stop": 1, "seed": 2})
    for _ in range(10):
        line.office.edit()
    assert {daemon.next()[0] for _ in range(20)} == {"u1-a"}
    assert line.sender.wait_idle(DEADLINE)
    assert daemon.heard.empty()


def test_a_receiver_that_google_cannot_trust_hears_nothing(clock, sending, receiver, daemon):
    line = Line(clock, sending(trust=Authority.make(time.time()).trust()), receiver.port)
    line.watch("u1-a")
    assert line.sender.wait_idle(DEADLINE)
    assert line.sender.reasons == {"certificate": 1}
    assert daemon.heard.empty()


def test_a_daemon_that_cannot_note_anything_is_told_again(clock, sending, authority, receiver, daemon):
    """503 until the keys are there: Google's back-off carries the notice over."""
    line = Line(clock, sending(trust=authority.trust()), receiver.port)
    answers = [False, False, True]
    hear = daemon.push
    daemon.push = lambda **notice: hear(**notice) and answers.pop(0)
    line.watch("u1-a")
    assert line.sender.wait_idle(DEADLINE)
    assert (line.sender.accepted, line.sender.retried) == (1, 2)
    assert [daemon.next()[0] for _ in range(3)] == ["u1-a"] * 3
