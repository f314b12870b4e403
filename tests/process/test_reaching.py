"""How people are reached: what they write to the bot, and what Webex shows while they are away."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hybridcal_daemon.domain.values import DAY, HOUR
from hybridcal_daemon.shell.times import rfc3339

pytestmark = pytest.mark.process

LINK = "https://acme.webex.com/meet/bob"


def activate(stage, *keys):
    for key in keys:
        assert stage.daemon.admin.activate(stage.people[key].address, 15.0)["state"] == "active"


def status_event(start, end, kind="outOfOffice", **properties):
    return {
        "summary": "Away in the mountains",
        "eventType": kind,
        f"{kind}Properties": properties or {"autoDeclineMode": "declineNone"},
        "start": {"dateTime": rfc3339(start), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": rfc3339(end), "timeZone": "Europe/Berlin"},
    }


def answers(stage, key):
    """What the bot said to somebody, the oldest first."""
    return [message.text for message in stage.webex.messages_for(stage.people[key].address)]


def test_who_writes_today_gets_the_list_with_links_in_their_language(stage, play):
    stage.add_person("greta", "Greta Gruber", locale="de")
    stage.daemon.start()
    activate(stage, "alice", "greta")
    for key in ("alice", "greta"):
        stage.people[key].create("Design review", play.now - HOUR, minutes=120, description=f"Join: {LINK}")
        stage.people[key].create("Later", play.now + 3 * DAY)
        play.until("it is listed", lambda key=key: "Later" in play.titles(key))
    stage.webex.say(stage.people["alice"].address, "today")
    stage.webex.say(stage.people["greta"].address, "Heute!")
    ((english,), _) = play.until("Alice has her list", lambda: lists(stage, "alice"))
    ((german,), _) = play.until("Greta has hers", lambda: lists(stage, "greta"))
    assert english.splitlines()[0] == "Your meetings today"
    assert german.splitlines()[0] != english.splitlines()[0]
    assert "Later" not in english + german
    play.hold("each is answered once", lambda: len(lists(stage, "alice")) == 1, 2.0)


def lists(stage, key):
    """Answers with one meeting; a Join card has a line more."""
    return [text for text in answers(stage, key) if LINK in text and text.count("\n") == 1]


def test_strangers_get_no_answer_and_chatter_one_hint(stage, play):
    stage.daemon.start()
    activate(stage, "alice")
    stage.webex.say(stage.people["bob"].address, "today")
    stage.webex.say(stage.people["alice"].address, "hello")
    play.until("a hint", lambda: any("tomorrow" in text for text in answers(stage, "alice")))
    stage.webex.say(stage.people["alice"].address, "hello again")
    play.hold("no more than that", lambda: len(answers(stage, "alice")) == 1, 2.0)
    assert answers(stage, "bob") == []
    assert stage.people["bob"].address not in stage.daemon.tail()


def test_an_out_of_office_event_shows_in_webex_and_is_no_meeting(stage, play):
    stage.write_config(presence__out_of_office='"ooo"', presence__vacation="false")
    stage.daemon.start()
    activate(stage, "alice")
    alice, bob = stage.people["alice"], stage.people["bob"]
    alice.create("Real meeting", play.now + DAY)
    made = alice.create_raw(status_event(play.now - HOUR, play.now + HOUR))
    play.until("Webex shows it", lambda: bob.sees(alice.address) == "OutOfOffice")
    assert play.titles("alice") == ["Real meeting"]
    assert stage.daemon.admin.users(addresses=False)[0]["meetings"] == 1
    play.hold("it is renewed", lambda: bob.sees(alice.address) == "OutOfOffice", 7.0)
    alice.delete(made["id"])
    play.until("Webex shows it no more", lambda: bob.sees(alice.address) != "OutOfOffice")


def test_focus_time_ends_to_the_second(stage, play):
    stage.write_config(presence__focus_time='"dnd"')
    stage.daemon.start()
    activate(stage, "alice")
    alice, bob = stage.people["alice"], stage.people["bob"]
    end = float(int(play.now) + 6)
    alice.create_raw(status_event(end - HOUR, end, "focusTime"))
    play.until("Webex shows it", lambda: bob.sees(alice.address) == "DoNotDisturb")
    play.until("it is over", lambda: bob.sees(alice.address) != "DoNotDisturb")
    assert abs(play.now - end) < 2.5


def test_a_whole_day_elsewhere_shows_all_day(stage, play):
    stage.write_config(presence__elsewhere='"ooo"')
    stage.daemon.start()
    activate(stage, "alice")
    alice, bob = stage.people["alice"], stage.people["bob"]
    today = datetime.fromtimestamp(play.now, ZoneInfo("Europe/Berlin")).date()
    for day in (today, today + timedelta(days=1)):  # midnight may come
        alice.create_raw(elsewhere(day, "homeOffice"))
    play.hold("home is nothing", lambda: bob.sees(alice.address) != "OutOfOffice", 1.5)
    for day in (today, today + timedelta(days=1)):
        alice.create_raw(elsewhere(day, "customLocation"))
    play.until("Webex shows it", lambda: bob.sees(alice.address) == "OutOfOffice")
    assert play.titles("alice") == []


def elsewhere(day, kind):
    return {
        "eventType": "workingLocation",
        "workingLocationProperties": {"type": kind, kind: {} if kind == "homeOffice" else {"label": "Library"}},
        "visibility": "public",
        "transparency": "transparent",
        "start": {"date": day.isoformat()},
        "end": {"date": (day + timedelta(days=1)).isoformat()},
    }
