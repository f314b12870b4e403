"""The load side of the benchmarks: what they count must be what happened."""

import asyncio
import json

import pytest

from benchmarks import endtoend, report
from benchmarks.calendars import MEETINGS, Calendar
from benchmarks.fake import FakeGoogle
from benchmarks.load import Flow
from benchmarks.plan import FULL, NAIVE, OURS, QUICK, TUNED
from benchmarks.wire import Wires
from hybridcal_daemon.adapters.google import mapping
from hybridcal_daemon.domain.events import analyse

EPOCH = 1_800_000_000


def listed(google, since):
    head = f"GET /calendar/v3/calendars/primary/events?syncToken=s-{since} HTTP/1.1\r\nAuthorization: Bearer t-"
    answer = google.handle(f"{head}{google.calendars[0].address}\r\n".encode(), b"")
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_a_list_gives_exactly_what_changed_since_its_token():
    google, seen = FakeGoogle(1), []
    google.served = lambda user, version: seen.append((user, version))
    assert listed(google, 0)["items"] == []
    first, second = google.calendars[0].change(), google.calendars[0].change()
    assert [item["id"][-11] for item in listed(google, 1)["items"]] == [str(second)]
    assert [item["id"][-11] for item in listed(google, 0)["items"]] == [str(first), str(second)]
    assert listed(google, 2)["nextSyncToken"] == "s-2"
    assert seen == [(0, 0), (0, 2), (0, 2), (0, 2)]


def test_the_daemon_reads_every_meeting_and_how_to_join_it():
    page = mapping.page(Calendar(7, EPOCH).page(None))
    assert len(page.events) == MEETINGS
    assert not page.quarantined
    assert all(analyse(event)[0].joinable for event in page.events)


def test_a_change_moves_one_meeting_by_a_second():
    calendar = Calendar(7, EPOCH)
    before = calendar.starts()
    calendar.change()
    assert sum(after - before[name] for name, after in calendar.starts().items()) == 1


def test_a_kept_connection_that_was_closed_is_replaced():
    async def play():
        count = 0

        async def once(reader, writer):
            nonlocal count
            count += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            writer.close()

        server = await asyncio.start_server(once, "127.0.0.1", 0)
        wires = Wires("127.0.0.1", server.sockets[0].getsockname()[1], 1)
        answers = [await wires.ask(b"GET / HTTP/1.1\r\n\r\n") for _ in range(3)]
        wires.close()
        server.close()
        return answers, count

    assert asyncio.run(play()) == ([(200, b"hi")] * 3, 3)


def stretch(rate, cpu):
    return endtoend.Stretch(
        rate=rate, cpu=cpu, threads={}, lists_per_change=1.0, core=0.1, visible_p50=2.0, visible_p99=4.0
    )


def contested(rate, cpu):
    three = [stretch(rate + drift, cpu) for drift in (-1, 0, 1)]
    return endtoend.Contest(saturated=three, side=three, memory=[1e6])


@pytest.mark.parametrize(("rate", "cpu", "met"), [(300, 1000, True), (299, 1000, False), (100, 300, True)])
def test_the_verdict_takes_the_better_of_throughput_and_cpu(rate, cpu, met):
    results = {NAIVE: contested(100, 1000), TUNED: contested(200, 900), OURS: contested(rate, cpu)}
    assert report.verdict(results)[0] is met
    assert f"| {rate} |" in report.contest(QUICK, results)


def test_quantiles():
    assert endtoend.quantile([0.003, 0.001, 0.002], 0.5) == 2.0
    assert endtoend.quantile([0.001 * n for n in range(1, 101)], 0.99) == pytest.approx(100.0)
    assert endtoend.quantile([], 0.5) is None


def test_a_refused_notice_spoils_a_measurement():
    with pytest.raises(RuntimeError, match="1 notices were refused"):
        endtoend._stretch(Flow(seconds=1.0, done=9, refused=1), None, 9, 1.0)


def test_the_full_run_takes_turns_more_than_once():
    assert FULL.rounds >= 3 > QUICK.rounds
