"""Errands in a real daemon against the strict stand-in: done once, whatever is lost or killed on the way."""

import threading

import pytest

from hybridcal_daemon.domain.values import DAY
from hybridcal_daemon.shell.client import Refused, Unreachable
from hybridcal_daemon.shell.demo_play import soon
from hybridcal_daemon.shell.feed_items import encode_id
from hybridcal_daemon.shell.stage_people import call
from hybridcal_daemon.shell.times import rfc3339

pytestmark = pytest.mark.process
ROOT = "/calendar/api/v1"
ALICE = "alice@acme.example"


@pytest.fixture
def served(stage):
    """A daemon that serves everybody."""
    stage.daemon.start()
    for person in stage.people.values():
        assert stage.daemon.admin.activate(person.address, 10.0)["state"] == "active"
    return stage


def plan(play, title="Plan", **more):
    return {"title": title, "start": rfc3339(play.now + DAY), "end": rfc3339(play.now + DAY + 1800), **more}


def insert(stage, wish, key, wait=20.0):
    return stage.daemon.admin.errand("insert", ALICE, wait, wish=wish, key=key)


def titles_at_google(stage, person):
    items = call("GET", f"{stage.google_url}/calendar/v3/calendars/primary/events", person.google_token, None)["items"]
    return [item.get("summary") for item in items if item["status"] != "cancelled"]


def test_a_person_schedules_answers_and_deletes_over_the_feed(served, play):
    alice, bob = served.people["alice"], served.people["bob"]

    def ask(person, method, path, body=None):
        return call(method, f"{person.feed}{ROOT}{path}", person.webex_token, body)

    made = ask(alice, "POST", "/meetings", plan(play, guests=[bob.address], location="@webex"))
    path_id = encode_id(made["event"]["id"])
    play.until("listed at both", lambda: "Plan" in play.titles("alice") and "Plan" in play.titles("bob"))
    play.until("decorated", lambda: "meet" in alice.event(made["event"]["id"]).get("description", ""))
    (item,) = [item for item in bob.meetings(play.now, play.now + 2 * DAY) if bob.decrypt(item, "encryptedSubject")]
    answered = ask(bob, "PATCH", f"/calendarEvents/{encode_id(item['id'])}/response", {"response": "accepted"})
    assert answered["event"]["response"] == "accepted"
    (guest,) = [who for who in alice.event(made["event"]["id"])["attendees"] if who["email"] == bob.address]
    assert guest["responseStatus"] == "accepted"
    reasons = ask(alice, "GET", f"/calendarEvents/{path_id}/reasons")["reasons"]
    assert "details-present" in [reason["code"] for reason in reasons]
    busy = ask(alice, "POST", "/availability", {**_day(play), "calendars": ["primary"]})
    assert len(busy["calendars"][0]["busy"]) == 1
    quick = ask(alice, "POST", "/quickAdd", {"text": "Design review tomorrow 10am"})
    assert "Design review" in quick["event"]["title"]
    ask(alice, "DELETE", f"/meetings/{path_id}")
    play.until("gone at both", lambda: "Plan" not in play.titles("alice") + play.titles("bob"))


def _day(play):
    return {"start": rfc3339(play.now), "end": rfc3339(play.now + 2 * DAY)}


def test_a_meeting_that_is_declined_for_somebody_loses_its_join_card(served, play):
    alice, bob = served.people["alice"], served.people["bob"]
    made = alice.create("Soon", soon(play, 1.0), attendees=[{"email": bob.address}], location="@webex")

    def cards():
        return [message for message in served.webex.messages_for(bob.address) if message.deleted is None]

    play.until("a card", cards)
    served.daemon.admin.errand("respond", bob.address, 10.0, event=made["id"], wish={"response": "declined"})
    play.until("no card", lambda: not cards())


@pytest.mark.parametrize("status", [0, 503], ids=["cut", "503"])
def test_d_concurrency_an_insert_whose_answer_is_lost_makes_one_event(served, play, status):
    served.google.add_fault(
        {"match": {"method": "POST", "path_regex": "/events$"}, "kind": "ambiguous", "status": status}
    )
    first = insert(served, plan(play), "k1")
    assert first["state"] == "done"
    assert titles_at_google(served, served.people["alice"]) == ["Plan"]


def test_a_quick_add_whose_answer_is_lost_is_said_to_be_in_doubt(served):
    served.google.add_fault({"match": {"path_regex": "/quickAdd$"}, "kind": "ambiguous", "status": 0})
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            served.daemon.admin.errand("quick-add", ALICE, 20.0, wish={"text": "Lunch tomorrow 12:00"}, key="k1")
        assert (refused.value.status, refused.value.code) == (409, "errand-in-doubt")
    assert len(titles_at_google(served, served.people["alice"])) == 1


@pytest.mark.parametrize("kind", ["insert", "quick-add"])
def test_a_daemon_that_is_killed_in_the_middle_does_it_once_or_says_that_nobody_knows(served, play, kind):
    wish = plan(play) if kind == "insert" else {"text": "Plan tomorrow 10am"}
    path = "/events$" if kind == "insert" else "/quickAdd$"
    served.google.add_fault({"match": {"method": "POST", "path_regex": path}, "kind": "delay", "seconds": 1.5})
    asked = threading.Thread(target=_ask_in_vain, args=(served, kind, wish))
    asked.start()
    play.until("it is at Google", lambda: titles_at_google(served, served.people["alice"]))
    served.daemon.kill()
    asked.join(20)
    served.daemon.start()
    if kind == "insert":
        assert served.daemon.admin.errand(kind, ALICE, 20.0, wish=wish, key="k1")["state"] == "done"
    else:
        with pytest.raises(Refused, match="nobody knows"):
            served.daemon.admin.errand(kind, ALICE, 20.0, wish=wish, key="k1")
    assert len(titles_at_google(served, served.people["alice"])) == 1


def _ask_in_vain(stage, kind, wish):
    with pytest.raises(Unreachable):
        stage.daemon.admin.errand(kind, ALICE, 20.0, wish=wish, key="k1")
