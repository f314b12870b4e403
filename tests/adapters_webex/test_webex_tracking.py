"""Whatever goes wrong at Webex is told with Webex' own name for that answer."""

import pytest

from hybridcal_daemon.domain.calls import Plan
from hybridcal_daemon.domain.failures import CallError
from hybridcal_daemon.domain.values import Instant, Plain, Secret
from hybridcal_daemon.shell.log_events import misuse
from tests.adapters_webex.conftest import START

ALICE = Plain("alice@acme.example")
NOBODY = Plain("nobody@acme.example")
TITLE = Plain("Plan")
PAST = Plan(start=Instant(START - 3600), end=Instant(START), zone="UTC")


FAILING = {
    "person": lambda api: api.person(NOBODY),
    "whoami": lambda api: api.whoami(Secret("nobody's")),
    "room": lambda api: api.personal_room(NOBODY),
    "card": lambda api: api.delete_message("not an id"),
    "meeting": lambda api: api.hold_meeting(ALICE, tag="t", title=TITLE, plan=PAST),
    "change": lambda api: api.change_meeting(ALICE, "m1", title=TITLE, plan=PAST, whole=True),
    "space": lambda api: api.rename_space("not an id", TITLE),
    "members": lambda api: api.space_members("not an id"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_names_its_answer(house, name):
    house.sandbox.add_fault({"kind": "status", "status": 403, "times": 9})
    with pytest.raises(CallError) as raised:
        FAILING[name](house.api)
    assert raised.value.tracking == house.sandbox.journal()[-1].tracking_id
    assert misuse("call.failed", {"tracking": raised.value.tracking}) == ""


def test_somebody_who_is_not_there(house):
    with pytest.raises(CallError) as raised:
        house.api.person(NOBODY)
    assert raised.value.tracking == house.sandbox.journal()[-1].tracking_id


def test_presence_and_answers_that_cannot_be_read(house, scripted, reply):
    house.sandbox.add_fault({"kind": "status", "status": 403, "match": {"path_regex": "events"}})
    with pytest.raises(CallError) as raised:
        house.api.set_presence("f5b36187-c8dd-4727-8b2f-f9c447f29046", status="ooo", ttl=60)
    assert raised.value.tracking == house.sandbox.journal()[-1].tracking_id
    api, _ = scripted(reply(200, b"<html>", trackingid="T_5"))
    with pytest.raises(CallError) as raised:
        api.person(ALICE)
    assert (raised.value.code, raised.value.tracking) == ("webex-bad-answer", "T_5")
