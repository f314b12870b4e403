"""What is shown of a random calendar equals an independent expansion, whatever happens in between.

``HYBRIDCAL_CALENDARS=20000 pytest tests/calendars`` plays more of them; ``python -m tests.calendars.play --seed N``
tells the story of one.
"""

import os
from collections import Counter
from random import Random

import pytest

from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from tests.calendars import bodies, situations
from tests.calendars.driver import Clock
from tests.calendars.mistakes import MISTAKES, planted
from tests.calendars.oracle import DAY, doubtful, expected, point
from tests.calendars.people import ALICE, BOB, People
from tests.calendars.play import play

CALENDARS = int(os.environ.get("HYBRIDCAL_CALENDARS", "2000"))
CHUNK = 50
WITHIN = 200
NOW = 1_795_338_000.0


@pytest.mark.parametrize("first", range(0, CALENDARS, CHUNK))
def test_what_is_shown_equals_an_independent_expansion(first):
    for seed in range(first, min(first + CHUNK, CALENDARS)):
        outcome = play(seed)
        assert not outcome.why, str(outcome)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(name):
    with planted(name):
        assert any(play(seed).why for seed in range(WITHIN)), f"not found in {WITHIN} calendars: {name}"


def test_every_situation_is_reached():
    """Without them a daemon that does nothing would pass."""
    reached = Counter(name for seed in range(150) for name in play(seed).reached)
    assert {name: reached[name] for name in situations.ALL if reached[name] < 3} == {}


@pytest.mark.parametrize("seed", range(60))
def test_the_stand_in_expands_as_the_oracle_does(seed):
    random, clock = Random(f"stand-in/{seed}"), Clock(NOW + seed * 5 * DAY)
    google = GoogleSandbox(clock=clock, seed=seed, push=lambda _: None)
    for address in (ALICE, BOB):
        google.add_user(address, timezone=random.choice(bodies.ZONES))
    people = People(google, clock, random, random.choice(bodies.ZONES))
    people.settle_in(8)
    for _ in range(10):
        people.act()
    low, high = clock.at - 9 * DAY, clock.at + 40 * DAY
    right = {row for row in expected(google.dump_events(ALICE), low, high) if not doubtful(row, low, high)}
    listed = {(event["id"], point(event["start"]), point(event["end"])) for event in google.instances(ALICE, low, high)}
    expansion = {(row.instance, row.start, row.end) for row in right}
    edges = {row for row in listed - expansion if not isinstance(row[1], int)}
    assert expansion <= listed, people.story
    assert listed - expansion - edges == set(), people.story
