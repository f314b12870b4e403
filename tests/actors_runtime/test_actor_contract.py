"""What a behaviour may rely on, on every runtime."""

from __future__ import annotations

import weakref

import pykka
import pytest

from actors.base import FatalError, UnhandledMessageError
from tests.actors_runtime.behaviours import DEADLINE, Call, Fail, Note, Read, Scribe, Starter, nothing


def test_tell_and_ask_reach_the_handler_in_order(spawn):
    ref = spawn()
    for number in range(100):
        ref.tell(Note(number))
    assert ref.ask(Read(), timeout=DEADLINE) == list(range(100))


def test_the_actor_knows_its_name_and_ref_already_in_the_constructor(spawn):
    class Named(Scribe):
        def __init__(self):
            super().__init__()
            self.actor_ref.tell(Note(self.name))

    assert spawn(Named, name="store").ask(Read(), timeout=DEADLINE) == ["store"]


def test_a_future_carries_a_value_from_an_actor(runtime, spawn):
    future = runtime.future()
    spawn().tell(Call(lambda: future.set("done")))
    assert future.get(timeout=DEADLINE) == "done"


def test_a_failing_ask_goes_back_to_the_asker_and_the_actor_lives_on(spawn):
    deaths = []
    ref = spawn(Scribe, deaths.append)
    with pytest.raises(ZeroDivisionError):
        ref.ask(Fail(ZeroDivisionError("secret")), timeout=DEADLINE)
    ref.tell(Note("still here"))
    assert ref.ask(Read(), timeout=DEADLINE) == ["still here"]
    assert deaths == []


def test_a_failing_tell_is_a_death_reported_once_without_its_text(runtime, spawn):
    deaths, told = [], runtime.future()
    ref = spawn(Scribe, lambda died: (deaths.append(died), told.set(died)), name="u1")
    ref.tell(Fail(ValueError("alice@acme.example")))
    died = told.get(timeout=DEADLINE)
    assert (died.name, died.error, died.fatal) == ("u1", "ValueError", False)
    assert died.trace[-1].startswith(f"{Scribe.__module__}:")
    assert "alice" not in repr(died)
    assert not ref.is_alive()
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)
    assert deaths == [died]


def test_a_death_answers_who_stands_behind_it_in_the_queue(runtime, spawn):
    ref = spawn()
    behind = runtime.future()

    def fail_with_a_queue():
        ref.tell(Note("lost"))
        behind.set(ref.ask(Read(), block=False))
        raise ValueError

    ref.tell(Call(fail_with_a_queue))
    with pytest.raises(pykka.ActorDeadError):
        behind.get(timeout=DEADLINE).get(timeout=DEADLINE)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_is_a_fatal_death_of_this_actor_only(runtime, spawn, error):
    told = runtime.future()
    other, ref = spawn(), spawn(Scribe, told.set)
    ref.tell(Fail(error("text")))
    died = told.get(timeout=DEADLINE)
    assert (died.error, died.fatal) == (error.__name__, True)
    assert other.ask(Read(), timeout=DEADLINE) == []


def test_a_fatal_ask_is_a_death_too_and_answered(runtime, spawn):
    told = runtime.future()
    ref = spawn(Scribe, told.set)
    with pytest.raises(FatalError, match=r"^SystemExit$"):
        ref.ask(Fail(SystemExit("text")), timeout=DEADLINE)
    assert told.get(timeout=DEADLINE).fatal
    assert not ref.is_alive()


def test_an_unknown_message_names_both_types_and_no_content(spawn):
    with pytest.raises(UnhandledMessageError) as caught:
        spawn().ask("a title", timeout=DEADLINE)
    assert str(caught.value) == "Scribe has no handler for str"


def test_stop_lets_the_queue_finish_runs_on_stop_and_refuses_the_rest(runtime, spawn):
    stopped, log = runtime.future(), []
    ref = spawn(Starter, nothing, lambda actor: (log.append(list(actor.heard)), stopped.set(True)))
    asked = runtime.future()

    def queue_up():
        ref.tell(Note("before"))
        ends = ref.stop(block=False), ref.stop(block=False)
        asked.set((*ends, ref.ask(Read(), block=False)))

    ref.tell(Call(queue_up))
    first, second, late = asked.get(timeout=DEADLINE)
    assert first.get(timeout=DEADLINE)
    assert second.get(timeout=DEADLINE)
    with pytest.raises(pykka.ActorDeadError):
        late.get(timeout=DEADLINE)
    assert stopped.get(timeout=DEADLINE)
    assert log == [["before"]]


def test_a_stopped_actor_refuses_everything(spawn):
    ref = spawn()
    assert ref.stop(timeout=DEADLINE)
    assert not ref.is_alive()
    assert not ref.stop(timeout=DEADLINE)
    with pytest.raises(pykka.ActorDeadError):
        ref.tell(Note("x"))
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)


def test_a_message_that_slips_in_after_the_end_is_answered(runtime, spawn):
    ref = spawn()
    ref.stop(timeout=DEADLINE)
    answer = runtime.future()
    ref.actor_inbox.put(pykka._envelope.Envelope(Read(), reply_to=answer))  # as an ask() does that lost the race
    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=DEADLINE)


def test_on_start_runs_without_a_message_and_before_the_first(runtime, spawn):
    began = runtime.future()
    ref = spawn(Starter, lambda actor: (actor.heard.append("on_start"), began.set(True)), nothing)
    assert began.get(timeout=DEADLINE)
    assert ref.ask(Read(), timeout=DEADLINE) == ["on_start"]


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_failing_on_start_is_a_death(runtime, spawn, error):
    told = runtime.future()

    def fail(_actor):
        raise error("text")

    ref = spawn(Starter, fail, nothing, told.set)
    died = told.get(timeout=DEADLINE)
    assert (died.error, died.fatal) == (error.__name__, error is SystemExit)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_a_failing_on_stop_is_reported_and_the_stop_answered(runtime, spawn, error):
    told = runtime.future()

    def fail(_actor):
        raise error("text")

    ref = spawn(Starter, nothing, fail, told.set)
    assert ref.stop(timeout=DEADLINE)
    assert told.get(timeout=DEADLINE).error == error.__name__


def test_an_actor_may_stop_itself(runtime, spawn):
    stopped = runtime.future()
    ref = spawn(Starter, nothing, lambda _actor: stopped.set(True))
    ref.tell(Call(lambda: ref.stop(block=False)))
    assert stopped.get(timeout=DEADLINE)


def test_an_actor_may_spawn_another(runtime, spawn):
    ref = spawn()
    child = ref.ask(Call(lambda: runtime.spawn(Scribe, name="child")), timeout=DEADLINE)
    child.tell(Note(1))
    assert child.ask(Read(), timeout=DEADLINE) == [1]
    child.stop(timeout=DEADLINE)


def test_a_failing_constructor_fails_the_spawn(runtime):
    class Broken(Scribe):
        def __init__(self):
            raise LookupError("no such key")

    with pytest.raises(LookupError):
        runtime.spawn(Broken, name="x")


def test_a_forgotten_super_init_is_refused_with_its_fix(runtime):
    class Forgetful(Scribe):
        def __init__(self):
            pass

    with pytest.raises(TypeError, match=r"Forgetful.__init__ must call super\(\).__init__\(on_death=...\)"):
        runtime.spawn(Forgetful, name="x")


def test_a_class_that_is_a_pykka_actor_already_is_refused(runtime):
    class Twice(Scribe, pykka.ThreadingActor):
        pass

    with pytest.raises(TypeError, match="Twice is a Pykka actor already"):
        runtime.spawn(Twice, name="x")


def test_an_actor_is_freed_after_its_end_though_its_ref_is_kept(runtime, spawn):
    freed = runtime.future()
    ref = spawn()
    ref.tell(Note(1))
    weakref.finalize(ref._actor_weakref(), freed.set, "freed")
    ref.stop(timeout=DEADLINE)
    assert freed.get(timeout=DEADLINE) == "freed"


def test_an_on_death_whose_listener_has_gone_is_no_trouble(runtime, spawn):
    supervisor = spawn()
    supervisor.stop(timeout=DEADLINE)
    tried = runtime.future()
    ref = spawn(Scribe, lambda died: (tried.set(died), supervisor.tell(died)))
    ref.tell(Fail(ValueError("text")))
    assert tried.get(timeout=DEADLINE).error == "ValueError"
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Read(), timeout=DEADLINE)


def test_pykkas_registry_stays_empty(spawn):
    ref = spawn()
    assert ref.ask(Read(), timeout=DEADLINE) == []
    assert ref not in pykka.ActorRegistry.get_all()
