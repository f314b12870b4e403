"""The way to one outside service: a queue and the workers behind it.

Owns: ``LaneState`` (order, limits, breakers) and n workers, each with its own connection.
Promises: an order is answered exactly once: by its result, by the failure of its worker, or here: as expired, or with
the refusal that everybody gets at present; a crash in the handling of one answer costs that answer only.
Does not: know what a request is about (``hybridcal_daemon/work`` does).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from actors.base import Behaviour, Died, Unwind, handles, place
from actors.protocol import Done, ForgetUser, Hold, LaneStatus, Renew, Retune, SetAlarm, Work
from hybridcal_daemon.domain.effects import Submit
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.lane import (
    GivenBack,
    LaneSettings,
    LaneState,
    as_ended,
    dispatch,
    enqueue,
    finished,
    forget,
    retune,
)
from hybridcal_daemon.domain.messages import Answer, CallFailed, Woke
from hybridcal_daemon.domain.values import Instant

if TYPE_CHECKING:
    from actors.directory import Directory
    from hybridcal_daemon.domain.calls import Call
    from hybridcal_daemon.domain.demand import Service
    from hybridcal_daemon.ports import Clock, Log

Runner = Callable[["Call"], Answer]
"""Does one call, blocking; made per worker so that each has its own connection."""


class LaneActor(Behaviour):
    """Queue, limits and breakers of one outside service."""

    def __init__(
        self,
        settings: LaneSettings,
        directory: Directory,
        clock: Clock,
        log: Log,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._directory = directory
        self._clock = clock
        self._log = log
        self._state = LaneState(settings, began=clock.now())  # what a life before has spent is not known
        self._under_way: dict[int, Submit] = {}
        self._free = list(range(settings.workers))
        self._alarm: Instant | None = None
        self._held = False

    @handles(Submit)
    def submit(self, order: Submit) -> None:
        """Take an order in."""
        enqueue(self._state, order)
        self._dispatch()

    @handles(ForgetUser)
    def forget(self, order: ForgetUser) -> None:
        """A user begins a new life or is gone."""
        forget(self._state, order.user, order.incarnation)

    @handles(Woke)
    def woke(self, _: Woke) -> None:
        """Budget or circuit may allow more now."""
        self._alarm = None
        self._dispatch()

    @handles(Hold)
    def hold(self, _: Hold) -> None:
        """The daemon is going down: begin nothing new."""
        self._held = True

    @handles(LaneStatus)
    def status(self, _: LaneStatus) -> tuple[str, int, int]:
        """State word, queued, under way."""
        return (self._state.word(self._clock.now()), self._state.queued, self._state.in_flight)

    @handles(Done)
    def done(self, done: Done) -> None:
        """A worker is free again."""
        order = self._under_way.pop(done.worker)
        ended = as_ended(order, done.kind, done.code, done.retry_after)
        was = self._circuits(ended.service, ended.feature)
        finished(self._state, ended, self._clock.now())
        self._free.append(done.worker)
        for what, state in self._circuits(ended.service, ended.feature).items():
            if state != was[what]:
                self._log.emit("warning", "lane.circuit", lane=self.name, what=what, state=state, code=done.code)
        self._dispatch()

    @handles(Retune)
    def retune(self, order: Retune) -> None:
        """Everything but the number of workers can change while running."""
        retune(self._state, replace(order.settings, workers=self._state.settings.workers), self._clock.now())
        self._dispatch()

    def _dispatch(self) -> None:
        if self._held:
            return
        begin, given_back, again = dispatch(self._state, self._clock.now())
        for each in given_back:
            self._give_back(each)
        for order in begin:
            worker = self._free.pop()
            self._under_way[worker] = order
            self._directory.tell(f"{self.name}-{worker}", Work(order))
        if again != self._alarm:
            self._alarm = again
            self._directory.tell("timers", SetAlarm(self.name, again))

    def _give_back(self, each: GivenBack) -> None:
        call = each.order.call
        failure = CallFailed(request_id=call.request_id, user=call.user, kind=each.kind, code=each.code)
        self._directory.tell(call.user, failure)

    def _circuits(self, service: Service, feature: str) -> dict[str, str]:
        """State of the service's breaker, and whether the feature is refused."""
        access = self._state.access.get(feature)
        refused = "refused" if access is not None and access.code else "granted"
        return {service: self._state.gate(service).breaker.circuit, f"access:{feature}": refused}


class LaneWorker(Behaviour):
    """Does one request at a time; may block."""

    def __init__(
        self,
        lane: str,
        number: int,
        make_runner: Callable[[], Runner],
        directory: Directory,
        clock: Clock,
        log: Log,
        on_death: Callable[[Died], None],
    ) -> None:
        super().__init__(on_death=on_death)
        self._lane = lane
        self._number = number
        self._make_runner = make_runner
        self._runner: Runner | None = None
        self._directory = directory
        self._clock = clock
        self._log = log

    @handles(Work)
    def work(self, message: Work) -> None:
        """Do it, tell the orderer, tell the lane."""
        answer = self._run(message.order)
        self._directory.tell(answer.user, answer)
        failed = answer if isinstance(answer, CallFailed) else None
        self._directory.tell(
            self._lane,
            Done(
                self._number,
                answer.user,
                failed.kind if failed else None,
                failed.code if failed else "",
                failed.retry_after if failed else None,
            ),
        )

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """Forget what the old configuration made."""
        self._runner = None

    def _run(self, order: Submit) -> Answer:
        call = order.call
        if order.not_after <= self._clock.now():
            return CallFailed(request_id=call.request_id, user=call.user, kind=Kind.TRANSIENT, code="expired")
        try:
            if self._runner is None:
                self._runner = self._make_runner()
            return self._runner(call)
        except Unwind:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it was, the orderer must have an answer
            self._log.emit("error", "worker.crashed", lane=self._lane, error=type(error).__name__, place=place(error))
            self._runner = None
            return CallFailed(
                request_id=call.request_id,
                user=call.user,
                kind=Kind.TRANSIENT,
                code="worker-crashed",
                in_doubt=True,
            )
