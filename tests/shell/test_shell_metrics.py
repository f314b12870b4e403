from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hybridcal_daemon.domain.values import Instant
from hybridcal_daemon.ports import Alarmed
from hybridcal_daemon.shell.log_events import EVENTS, Field
from hybridcal_daemon.shell.metrics import LABELLED, SUMMED


def scraped(running):
    answer = running.get("metrics", "/metrics")
    assert answer.status == 200
    families = text_string_to_metric_families(answer.body.decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def test_lines_are_counted_and_passed_on(running, counting, log):
    for code in ("google-rate-limited", "google-rate-limited", "unreachable"):
        counting.emit("info", "call.failed", user="u1", what="list", kind="throttled", code=code)
    counting.emit("info", "sync.done", user="u1", full=False, changed=3, removed=1)
    counting.emit("info", "sync.done", user="u2", full=True, changed=4, removed=0)
    found = scraped(running)
    labels = (("code", "google-rate-limited"), ("kind", "throttled"), ("what", "list"))
    assert found["hybridcal_call_failed_total", labels] == 2
    assert found["hybridcal_log_lines_total", (("event", "call.failed"),)] == 3
    assert found["hybridcal_log_sum_total", (("event", "sync.done"), ("field", "changed"))] == 7
    assert [event for _, event, _ in log.lines].count("sync.done") == 2


def test_state_is_measured(running, daemon, clock):
    for address, ago in (("alice@acme.example", 90), ("bob@acme.example", 30)):
        daemon.add(address)
        daemon.people[address] = replace(daemon.people[address], synced_at=Instant(clock.now() - ago))
    daemon.add("carol@acme.example", state="error")
    daemon.add("aurora@resource.acme.example", room=True)
    daemon.alarms = (Alarmed(code="google-clock-skew", since=Instant(1)),)
    found = scraped(running)
    assert found["hybridcal_oldest_sync_seconds", ()] == 90
    assert found["hybridcal_users", (("state", "active"),)] == 2
    assert found["hybridcal_rooms", (("state", "active"),)] == 1
    assert found["hybridcal_lane_queued", (("lane", "webex"),)] == 12
    assert found["hybridcal_alarm", (("code", "google-clock-skew"),)] == 1
    assert found["hybridcal_ready", ()] == 1


def test_no_user_is_a_label(running, counting):
    counting.emit("info", "user.standing", user="u0123456789", state="error", code="google-no-calendar")
    body = running.get("metrics", "/metrics").body
    assert b"google-no-calendar" in body
    assert b"u0123456789" not in body


def test_open_metrics_is_spoken_when_asked_for(running):
    answer = running.get("metrics", "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.body.endswith(b"# EOF\n")


def test_probes(running, daemon):
    assert running.get("metrics", "/livez").status == 200
    assert running.get("metrics", "/readyz").status == 200
    daemon.well = False
    assert running.get("metrics", "/readyz").status == 503


@pytest.mark.parametrize(("event", "names"), [*LABELLED.items(), *SUMMED.items()])
def test_what_is_told_apart_or_added_up_is_registered(event, names):
    fields = EVENTS[event].fields
    assert set(names) <= fields.keys()
    assert "user" not in names
    if event in SUMMED:
        assert {fields[name] for name in names} == {Field.WHOLE}


def test_what_is_not_registered_is_not_counted(running, counting):
    with pytest.raises(AssertionError):  # as this log answers it; the real one drops it
        counting.emit("info", "made.up", anything="alice")
    assert b"made" not in running.get("metrics", "/metrics").body
