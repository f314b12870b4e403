"""What becomes of messages on their way from the stand-in."""

import http.client
import json
import threading

import pytest
from push_kit import ALICE, DEADLINE, ManualClock, Office

from hybridcal_daemon.ports import HttpRequest
from hybridcal_daemon.sandbox.google.service import GoogleSandbox
from hybridcal_daemon.sandbox.google.weather import PushRules, PushWeather
from hybridcal_daemon.sandbox.late import LateRequest
from hybridcal_daemon.sandbox.server import ServedSandbox


def numbers(office):
    return [int(number) for number in office.headers("X-Goog-Message-Number")]


def control(google, method, name, body=None):
    raw = None if body is None else json.dumps(body).encode()
    answer = google.handle(HttpRequest(method=method, url=f"/sandbox/v1/{name}", body=raw))
    return answer.status, json.loads(answer.body)


def told(plan, edits=200, seed=0):
    """Message numbers, in the order in which they left, under a plan."""
    office = Office(ManualClock())
    office.google.pushing.set_weather({"seed": seed, **plan})
    office.watch()
    for _ in range(edits):
        office.edit()
    return office


def test_by_default_the_weather_is_fine():
    office = told({}, 20)
    assert len(office.pushes) == 21
    assert numbers(office) == sorted(set(numbers(office)))
    assert not [push for push in office.pushes if isinstance(push, LateRequest)]


def test_messages_get_lost():
    assert 70 < len(told({"lost": 0.5}).pushes) < 130
    assert told({"lost": 1}).pushes == []


def test_messages_come_twice():
    office = told({"doubled": 0.5})
    assert 270 < len(office.pushes) < 330
    assert len(set(numbers(office))) == 201


def test_messages_come_late_each_copy_for_itself():
    office = told({"late": 0.5, "seconds": 3600, "doubled": 1})
    delays = [push.delay for push in office.pushes if isinstance(push, LateRequest)]
    assert 150 < len(delays) < 250
    assert 0 <= min(delays) < 600
    assert 3000 < max(delays) <= 3600
    late = next(push for push in office.pushes if isinstance(push, LateRequest))
    assert late.headers["X-Goog-Channel-Token"] == "secret"
    assert (late.method, late.body) == ("POST", b"")


def test_messages_change_places():
    office = told({"swapped": 0.3})
    order = numbers(office)
    assert order != sorted(order)
    assert 200 <= len(set(order)) <= 201
    assert all(abs(sorted(order).index(number) - place) <= 1 for place, number in enumerate(order))


def test_who_waits_for_the_next_message_leaves_when_the_weather_clears():
    office = Office(ManualClock())
    office.google.pushing.set_weather({"swapped": 1})
    office.watch()
    assert office.pushes == []
    office.google.pushing.set_weather({})
    office.google.users()
    assert office.states() == ["sync"]


def test_numbers_grow_with_gaps_as_wide_as_wished():
    narrow, wide = numbers(told({"gap": 1}, 20)), numbers(told({"gap": 10**6}, 20))
    assert narrow == list(range(1, 22))
    assert wide == sorted(set(wide))
    assert wide[-1] > 10**6


def test_a_stopped_channel_says_a_few_words_more():
    office = Office(ManualClock())
    office.google.pushing.set_weather({"after_stop": 2})
    grant = office.watch()
    office.stop(resource=grant.resource_id)
    assert office.google.channels() == []
    for _ in range(4):
        office.edit()
    assert office.states() == ["sync", "exists", "exists"]


def test_the_answer_to_watch_can_come_after_its_sync():
    office = Office(ManualClock())
    office.google.pushing.set_weather({"sync_ahead": 2.5})
    seen = []
    office.wire.spoil = lambda response: seen.append((response.delay, office.states())) or response
    office.watch()
    assert seen == [(2.5, ["sync"])]
    office.stop(resource=office.headers("X-Goog-Resource-ID")[0])
    assert seen[1][0] == 0.0


def test_over_real_sockets_sync_comes_first(clock, scripted, sending):
    receiver, sender = scripted(), sending()
    google = GoogleSandbox(clock=clock, seed=1, push=sender.send, allow_http_push=True)
    google.add_user(ALICE)
    google.pushing.set_weather({"sync_ahead": 0.2})
    with ServedSandbox.start(google) as served:
        order = watched(served, google, receiver)
    assert order == ["sync", "answer"]


def watched(served, google, receiver):
    order = []

    def hear():
        receiver.got.get(timeout=DEADLINE)
        order.append("sync")

    ear = threading.Thread(target=hear)
    ear.start()
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE)
    headers = {"authorization": f"Bearer {google.person_token(ALICE)}", "content-type": "application/json"}
    body = json.dumps({"id": "c1", "type": "web_hook", "address": receiver.url()})
    line.request("POST", "/calendar/v3/calendars/primary/events/watch", body, headers)
    assert line.getresponse().status == 200
    order.append("answer")
    line.close()
    ear.join(DEADLINE)
    return order


def test_the_same_plan_gives_the_same_weather():
    plan = {"lost": 0.2, "doubled": 0.2, "late": 0.2, "swapped": 0.2}
    one, two, other = (fate(told(plan, seed=seed)) for seed in (5, 5, 6))
    assert one == two
    assert one != other


def fate(office):
    return [(push.headers["X-Goog-Message-Number"], getattr(push, "delay", 0.0)) for push in office.pushes]


@pytest.mark.parametrize(
    "plan",
    [{"lost": 1.1}, {"swapped": -0.1}, {"gap": 0}, {"seconds": -1}, {"after_stop": -1}, {"late": "often"}, {"rain": 1}],
)
def test_a_plan_with_a_mistake_is_refused_and_the_old_one_stays(office, plan):
    office.google.pushing.set_weather({"lost": 0.25})
    with pytest.raises(ValueError, match=r"push-weather: "):
        office.google.pushing.set_weather(plan)
    assert office.google.pushing.weather == PushWeather(lost=0.25)


def test_weather_and_rules_by_control(office):
    google = office.google
    assert control(google, "PUT", "push-weather", {"lost": 0.5, "seed": 3}) == (200, {})
    assert google.pushing.weather == PushWeather(lost=0.5, seed=3)
    assert control(google, "GET", "push-weather")[1]["items"][0]["lost"] == 0.5
    assert control(google, "PUT", "push-rules", {"domains": ["acme.example"]}) == (200, {})
    assert google.pushing.rules == PushRules(domains=("acme.example",))
    assert control(google, "GET", "push-rules")[1]["items"][0]["longest_ttl"] == 30 * 86400
    assert control(google, "PUT", "push-rules", {}) == (200, {})
    assert google.pushing.rules == PushRules()
    status, answer = control(google, "PUT", "push-weather", {"lost": 2})
    assert (status, answer["error"]) == (400, "push-weather: lost must be within 0 and 1")
