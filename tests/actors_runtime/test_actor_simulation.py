"""The deterministic scheduler itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pykka
import pytest

from actors.base import Behaviour, handles
from actors.pool import BlockingCallError
from hybridcal_daemon.domain.values import DAY, HOUR, Instant
from tests.actors_runtime.behaviours import Call, Note, Read, Scribe, settle
from tests.simulation.runtime import SimDeadlockError, SimRuntime, SimScheduler, sim_system
from tests.simulation.scheduler import START


@pytest.fixture
def scheduler():
    return SimScheduler(seed=11)


@pytest.fixture
def runtime(scheduler):
    return SimRuntime(scheduler)


class Gossip(Behaviour):
    """Passes a rumour on to a random peer and sets alarms: a small world of its own."""

    def __init__(self, scheduler, peers):
        super().__init__(on_death=lambda _died: None)
        self.scheduler = scheduler
        self.peers = peers
        self.alarm = scheduler.alarm(lambda: self.actor_ref.tell(0))

    @handles(int)
    def hear(self, hops):
        peer = self.peers[int(self.scheduler.random.random() * len(self.peers))]
        if hops:
            peer.tell(hops - 1)
        self.alarm.set(Instant(self.scheduler.clock.now() + 1 + self.scheduler.random.random()))


def _gossip(seed):
    scheduler = SimScheduler(seed)
    runtime = SimRuntime(scheduler)
    scheduler.delay("peer-3", 0.1, 2.0)
    peers = []
    peers.extend(runtime.spawn(Gossip, scheduler, peers, name=f"peer-{number}") for number in range(10))
    for peer in peers:
        peer.tell(20)
    scheduler.run_until(START + 30.0)
    return scheduler.trace_hash()


# ---- determinism -----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_trace_and_another_seed_another_one():
    assert _gossip(1) == _gossip(1)
    assert len({_gossip(seed) for seed in range(8)}) == 8


def test_the_trace_is_the_same_in_other_processes_whatever_their_hash_seed():
    program = "from tests.actors_runtime.test_actor_simulation import _gossip; print(_gossip(5))"
    root = Path(__file__).parents[2]
    hashes = set()
    for hash_seed in ("0", "1", "777"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=root, env=environment, capture_output=True, text=True, check=True
        )
        hashes.add(done.stdout.strip())
    assert hashes == {_gossip(5)}


def test_seeds_explore_both_orders_of_a_race():
    orders = set()
    for seed in range(20):
        scheduler = SimScheduler(seed)
        runtime = SimRuntime(scheduler)
        for name in ("a", "b"):
            runtime.spawn(Scribe, name=name).tell(Note("x"))
        settle(scheduler)
        orders.add("".join(name for _, name, _ in scheduler.tail))
    assert orders == {"ab", "ba"}


class Relay(Behaviour):
    def __init__(self, refs, left):
        super().__init__(on_death=lambda _died: None)
        self.refs = refs
        self.left = left

    @handles(int)
    def hear(self, at):
        self.left -= 1
        if self.left:
            self.refs[at].tell((at + 1) % len(self.refs))


def test_more_than_50_000_messages_per_second_of_cpu(scheduler, runtime):
    refs = []
    refs.extend(runtime.spawn(Relay, refs, 100, name=f"r{number}") for number in range(300))
    for at, ref in enumerate(refs):
        ref.tell((at + 1) % len(refs))
    before = time.process_time()
    scheduler.run_until(lambda: False)
    assert scheduler.steps == 30_000
    assert scheduler.steps / (time.process_time() - before) > 50_000


# ---- time ------------------------------------------------------------------------------------------------------------


def test_the_clock_stands_still_while_somebody_has_something_to_do(scheduler, runtime):
    seen = []
    scheduler.after(5.0, lambda: seen.append("later"))
    ref = runtime.spawn(Scribe, name="a")
    for number in range(50):
        ref.tell(Call(lambda number=number: seen.append((number, scheduler.clock.monotonic()))))
    scheduler.run_until(START + 10.0)
    assert seen == [*((number, 0.0) for number in range(50)), "later"]
    assert scheduler.clock.now() == START + 10.0
    assert scheduler.clock.monotonic() == 10.0


def test_an_alarm_rings_once_at_its_very_instant(scheduler):
    rung = []
    alarm = scheduler.alarm(lambda: rung.append(scheduler.clock.now()))
    at = Instant(START + 1 / 3)
    alarm.set(at)
    scheduler.run_until(START + DAY)
    assert rung == [at]


def test_an_alarm_set_again_rings_at_the_new_time_only_and_none_disarms_it(scheduler):
    rung = []
    moved, disarmed = (scheduler.alarm(lambda n=n: rung.append((n, scheduler.clock.now()))) for n in range(2))
    moved.set(Instant(START + 10))
    moved.set(Instant(START + 20))
    disarmed.set(Instant(START + 5))
    disarmed.set(None)
    scheduler.run_until(START + HOUR)
    assert rung == [(0, START + 20)]


def test_an_alarm_in_the_past_rings_at_once(scheduler):
    rung = []
    scheduler.alarm(lambda: rung.append(scheduler.clock.now())).set(Instant(START - 100))
    settle(scheduler)
    assert rung == [START]


def test_a_jump_of_the_wall_clock_moves_alarms_but_not_durations(scheduler):
    rung = []
    scheduler.alarm(lambda: rung.append(scheduler.clock.monotonic())).set(Instant(START + 4000))
    scheduler.alarm(lambda: rung.append(scheduler.clock.monotonic())).set(Instant(START + 100))
    scheduler.clock.jump(HOUR)
    scheduler.run_until(lambda: len(rung) == 2)
    assert rung == [0.0, 400.0]


def test_messages_to_a_slow_actor_arrive_later_one_by_one_in_order(scheduler, runtime):
    scheduler.delay("worker-*", 1.0, 2.0)
    seen = []
    slow, quick = runtime.spawn(Scribe, name="worker-1"), runtime.spawn(Scribe, name="lane")
    for number in range(5):
        for name, ref in (("slow", slow), ("quick", quick)):
            ref.tell(Call(lambda name=name, n=number: seen.append((name, n, scheduler.clock.monotonic()))))
    scheduler.run_until(lambda: False)
    assert [entry for entry in seen if entry[0] == "quick"] == [("quick", number, 0.0) for number in range(5)]
    times = [at for name, _, at in seen if name == "slow"]
    assert [number for name, number, _ in seen if name == "slow"] == list(range(5))
    assert all(1.0 <= later - earlier <= 2.0 for earlier, later in zip([0.0, *times], times, strict=False))


def test_run_until_tells_whether_the_predicate_held(scheduler):
    happened = []
    scheduler.after(100.0, lambda: happened.append(1))
    assert not scheduler.run_until(lambda: bool(happened), within=99.0)
    assert scheduler.run_until(lambda: bool(happened), within=2.0)
    assert not scheduler.run_until(lambda: len(happened) == 2)


# ---- waiting ---------------------------------------------------------------------------------------------------------


def test_outside_a_future_lets_everything_work(scheduler, runtime):
    ref = runtime.spawn(Scribe, name="a")
    future = runtime.future()
    scheduler.after(60.0, lambda: ref.tell(Call(lambda: future.set("done"))))
    assert future.get(timeout=61.0) == "done"
    assert scheduler.clock.monotonic() == 60.0


def test_outside_a_time_out_is_one_of_virtual_time(scheduler, runtime):
    with pytest.raises(pykka.Timeout):
        runtime.future().get(timeout=5.0)
    assert scheduler.clock.monotonic() == 5.0


def test_outside_waiting_for_nobody_is_a_deadlock(runtime):
    with pytest.raises(SimDeadlockError, match="the test waits for a future that nobody sets"):
        runtime.future().get()


def test_inside_an_actor_only_the_serving_ones_go_on(scheduler, runtime):
    scheduler.serve("tokens", "minter-*")
    log = []
    bystander = runtime.spawn(Scribe, name="u1")
    minter = runtime.spawn(Scribe, name="minter-1")
    tokens = runtime.spawn(Scribe, name="tokens")
    worker = runtime.spawn(Scribe, name="worker")

    def mint():
        log.append("minted")
        return "token"

    def work():
        bystander.tell(Call(lambda: log.append("bystander")))
        answer = tokens.ask(Call(lambda: minter.ask(Call(mint), timeout=9)), timeout=9)
        log.append(answer)

    worker.tell(Call(work))
    settle(scheduler)
    assert log == ["minted", "token", "bystander"]


def test_a_slow_serving_actor_takes_virtual_time(scheduler, runtime):
    scheduler.serve("kms")
    scheduler.delay("kms", 3.0, 3.0)
    kms, worker = runtime.spawn(Scribe, name="kms"), runtime.spawn(Scribe, name="worker")
    assert worker.ask(Call(lambda: kms.ask(Read()))) == []
    assert scheduler.clock.monotonic() == 3.0
    with pytest.raises(pykka.Timeout):
        worker.ask(Call(lambda: kms.ask(Read(), timeout=1.0)))
    assert scheduler.clock.monotonic() == 4.0
    assert scheduler.reached["timeout"] == 1


def test_waiting_for_an_actor_that_does_not_serve_is_a_deadlock_with_names(runtime):
    other, worker = runtime.spawn(Scribe, name="other"), runtime.spawn(Scribe, name="worker")
    with pytest.raises(SimDeadlockError, match=r"worker waits .* not declared with serve\(\): other"):
        worker.ask(Call(lambda: other.ask(Read())))


def test_endless_alarms_do_not_hide_a_deadlock_inside_an_actor(scheduler, runtime):
    def again():
        scheduler.after(1.0, again)

    again()
    other, worker = runtime.spawn(Scribe, name="other"), runtime.spawn(Scribe, name="worker")
    with pytest.raises(SimDeadlockError):
        worker.ask(Call(lambda: other.ask(Read())))
    assert scheduler.clock.monotonic() == 0.0


def test_users_may_not_wait(scheduler):
    system = sim_system(scheduler)
    scheduler.serve("store")
    store, user = system.singletons.spawn(Scribe, name="store"), system.users.spawn(Scribe, name="u1")
    with pytest.raises(BlockingCallError, match="u1 runs on the pool"):
        user.ask(Call(lambda: store.ask(Read(), timeout=1)))
    worker = system.singletons.spawn(Scribe, name="worker")
    assert worker.ask(Call(lambda: store.ask(Read(), timeout=1))) == []


def test_an_alarm_callback_may_not_wait(scheduler, runtime):
    ref = runtime.spawn(Scribe, name="a")
    scheduler.alarm(lambda: ref.ask(Read())).set(Instant(START + 1))
    with pytest.raises(RuntimeError, match="may tell, not wait"):
        scheduler.run_until(START + 2)
