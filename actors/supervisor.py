"""Who is served, and what happens when somebody's actor dies.

Owns: one entry per activated user: row, incarnation, crash history, last report. Promises: every served user has a
living actor, or a time at which it gets one, or is parked and said so; access is granted before the first request and
taken away before the rows go; nobody waits for an answer that never comes.
Does not: touch the store or an outside service itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from actors.base import Behaviour, Died, handles
from actors.protocol import (
    SUPERVISOR,
    Admit,
    Alarms,
    Erase,
    Erased,
    ForgetKey,
    ForgetUser,
    Gone,
    Leave,
    Load,
    NewSettings,
    Permit,
    Ping,
    Revoke,
    Serve,
    ServeAll,
    SetAlarm,
    Sweep,
    Tell,
    Verdict,
    View,
    Views,
)
from actors.user import Surroundings, UserActor
from hybridcal_daemon.domain import restarts
from hybridcal_daemon.domain.effects import Goodbye, Report
from hybridcal_daemon.domain.messages import Deactivated, SettingsChanged, Woke
from hybridcal_daemon.domain.values import Instant, UserId
from hybridcal_daemon.ports import Alarmed, UserView

if TYPE_CHECKING:
    import pykka

    from actors.runtime import Runtime
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.ports import Random, UserRow

_CHUNK = 200
_LANES = ("google", "webex")
_WIDESPREAD = frozenset(
    {
        "google-unauthorized-client",
        "google-key-invalid",
        "google-clock-skew",
        "google-auth-refused",
        "google-api-disabled",
        "webex-token",
        "webex-presence-refused",
        "google-push-refused",
    }
)
"""Troubles of the installation: one alarm for all, however many users report them."""


@dataclass(slots=True)
class Served:
    """One activated user."""

    row: UserRow
    incarnation: int = 0
    ref: pykka.ActorRef[Any] | None = None
    history: restarts.History = field(default_factory=restarts.History)
    restart_at: Instant | None = None
    report: Report | None = None
    leaving: bool = False


class Supervisor(Behaviour):
    """Keeps every activated user served."""

    def __init__(
        self,
        runtime: Runtime,
        surroundings: Surroundings,
        random: Random,
        settings: UserSettings,
        make_future: Callable[[], pykka.Future[Any]],
    ) -> None:
        super().__init__(on_death=surroundings.on_death)
        self._runtime = runtime
        self._around = surroundings
        self._random = random
        self._settings = settings
        self._make_future = make_future
        self._users: dict[UserId, Served] = {}
        self._brake = restarts.Brake()
        self._lives = 0
        self._alarm: Instant | None = None
        self._alarms: dict[str, Instant] = {}
        self._verdicts: dict[UserId, list[pykka.Future[Any]]] = {}
        self._gone: dict[UserId, list[pykka.Future[Any]]] = {}

    # ---- serving

    @handles(ServeAll)
    def serve_all(self, order: ServeAll) -> None:
        """In chunks, so that nothing else waits while many thousands begin."""
        for row in order.rows[:_CHUNK]:
            self.serve(Serve(row))
        if order.rows[_CHUNK:]:
            self._around.directory.tell(SUPERVISOR, ServeAll(order.rows[_CHUNK:]))

    @handles(Serve)
    def serve(self, order: Serve) -> None:
        """Let one user in: key, access, actor."""
        row = order.row
        if row.user in self._users:
            return
        served = self._users[row.user] = Served(row, leaving=row.standing.state == "leaving")
        self._around.directory.tell("kms", Admit(row.user, row.wrapped_key, row.address))
        self._around.directory.tell("tokens", Permit(row.user))
        self._start(served)

    def _start(self, served: Served) -> None:
        """Begin a life: the actor first, then what the store knows is sent to it."""
        user = served.row.user
        self._lives += 1
        served.incarnation = self._lives
        served.restart_at = None
        for lane in _LANES:
            self._around.directory.tell(lane, ForgetUser(user, served.incarnation))
        served.ref = self._runtime.spawn(UserActor, user, self._around, name=user)
        self._around.directory.put(user, served.ref)
        self._around.directory.tell("store", Load(user, served.incarnation, self._random.token(16), self._settings))

    # ---- dying

    @handles(Died)
    def died(self, death: Died) -> None:
        """Decide when this user gets another life."""
        served = self._users.get(UserId(death.name))
        if served is None or served.restart_at is not None:
            return
        now = self._around.clock.now()
        self._around.directory.remove(death.name)
        self._around.directory.tell("timers", SetAlarm(death.name, None))
        self._brake = restarts.pressed(self._brake, now)
        verdict = restarts.crashed(served.history, now)
        served.history = verdict.history
        served.restart_at = Instant(max(verdict.at, self._brake.until))
        place = death.trace[-1] if death.trace else ""
        self._around.log.emit("error", "actor.crashed", user=death.name, error=death.error, place=place)
        if verdict.parked:
            self._around.log.emit("error", "user.parked", user=death.name)
            self._resolve(served.row.user)
        self._set_alarm()

    @handles(Woke)
    def restart_due(self, _: Woke) -> None:
        """Give new lives to those whose time has come."""
        self._alarm = None
        now = self._around.clock.now()
        for served in self._users.values():
            if served.restart_at is not None and max(served.restart_at, self._brake.until) <= now:
                self._start(served)
        self._set_alarm()

    def _set_alarm(self) -> None:
        due = [s.restart_at for s in self._users.values() if s.restart_at is not None]
        first = Instant(max(min(due), self._brake.until)) if due else None
        if first != self._alarm:
            self._alarm = first
            self._around.directory.tell("timers", SetAlarm(SUPERVISOR, first))

    @handles(Sweep)
    def sweep(self, _: Sweep) -> None:
        """Whoever is neither alive nor waiting for a restart died without our hearing of it."""
        now = self._around.clock.now()
        for user, served in self._users.items():
            alive = served.ref is not None and served.ref.is_alive()
            if not alive and served.restart_at is None:
                self.died(Died(name=user, error="silent", trace=(), fatal=False))
            elif alive:
                served.history = restarts.survived(served.history, now)
        self._clear_alarms()

    # ---- leaving

    @handles(Leave)
    def leave(self, order: Leave) -> None:
        """A user is to go."""
        user = order.user
        served = self._users.get(user)
        if served is None:
            return
        served.leaving = True
        if served.restart_at is not None:
            self.goodbye(Goodbye(user=user))  # it cannot say goodbye itself
        else:
            self._around.directory.tell(user, Deactivated())

    @handles(Goodbye)
    def goodbye(self, farewell: Goodbye) -> None:
        """Everything outside is cleaned up: close the gate, then erase."""
        user = farewell.user
        served = self._users.get(user)
        if served is None:
            return
        directory = self._around.directory
        directory.remove(user)
        directory.tell("timers", SetAlarm(user, None))
        directory.tell("tokens", Revoke(user))
        for lane in _LANES:
            directory.tell(lane, ForgetUser(user, self._lives + 1))
        if served.ref is not None:
            served.ref.stop(block=False)
        directory.tell("store", Erase(user))

    @handles(Erased)
    def erased(self, done: Erased) -> None:
        """Nothing is left of the user."""
        user = done.user
        self._users.pop(user, None)
        self._around.directory.tell("kms", ForgetKey(user))
        self._around.log.emit("info", "user.erased", user=user)
        self._clear_alarms()
        for future in self._gone.pop(user, []):
            future.set(None)
        for future in self._verdicts.pop(user, []):
            future.set(None)

    # ---- reports

    @handles(Report)
    def reported(self, report: Report) -> None:
        """A user says how it stands."""
        served = self._users.get(report.user)
        if served is None:
            return
        served.report = report
        if served.leaving and report.standing.state != "leaving":
            self._around.directory.tell(report.user, Deactivated())  # it restarted before it had written that down
        if report.code in _WIDESPREAD and report.code not in self._alarms:
            self._alarms[report.code] = self._around.clock.now()
            self._around.log.emit("error", "alarm.raised", code=report.code)
        if report.standing.state != "pending":
            self._resolve(report.user)

    def _clear_alarms(self) -> None:
        """An alarm ends when nobody reports its trouble any more."""
        current = {s.report.code for s in self._users.values() if s.report is not None}
        for code in [c for c in self._alarms if c not in current]:
            del self._alarms[code]
            self._around.log.emit("info", "alarm.cleared", code=code)

    def _resolve(self, user: UserId) -> None:
        for future in self._verdicts.pop(user, []):
            future.set(self._view(user, self._users[user]))

    @handles(Verdict)
    def verdict(self, ask: Verdict) -> pykka.Future[Any]:
        """A future of the view, when it is no longer pending (None: unknown user)."""
        user = ask.user
        future = self._make_future()
        served = self._users.get(user)
        if served is None or self._view(user, served).state != "pending":
            future.set(None if served is None else self._view(user, served))
        else:
            self._verdicts.setdefault(user, []).append(future)
        return future

    @handles(Gone)
    def wait_gone(self, ask: Gone) -> pykka.Future[Any]:
        """A future that is set when the user is erased."""
        user = ask.user
        future = self._make_future()
        if user in self._users:
            self._gone.setdefault(user, []).append(future)
        else:
            future.set(None)
        return future

    @handles(Tell)
    def tell(self, order: Tell) -> None:
        """Pass a message on."""
        for user in self._users if order.user is None else (order.user,):
            self._around.directory.tell(user, order.message)

    @handles(NewSettings)
    def new_settings(self, order: NewSettings) -> None:
        """Configuration was reloaded."""
        self._settings = order.settings
        self.tell(Tell(None, SettingsChanged(settings=order.settings)))

    @handles(Views)
    def views(self, _: Views) -> list[UserView]:
        """Everybody."""
        return [self._view(user, served) for user, served in sorted(self._users.items())]

    @handles(View)
    def view(self, ask: View) -> UserView | None:
        """One."""
        served = self._users.get(ask.user)
        return None if served is None else self._view(ask.user, served)

    @handles(Ping)
    def ping(self, _: Ping) -> None:
        """Here."""

    @handles(Alarms)
    def alarms(self, _: Alarms) -> tuple[Alarmed, ...]:
        """Troubles of the installation."""
        return tuple(Alarmed(code=code, since=since) for code, since in sorted(self._alarms.items()))

    def _view(self, user: UserId, served: Served) -> UserView:
        report = served.report
        standing = served.row.standing if report is None else report.standing
        view = UserView(
            user=user,
            state="leaving" if served.leaving else standing.state,
            code=standing.code if report is None else report.code,
            since=standing.since,
            synced_at=Instant(0) if report is None else report.synced_at,
            meetings=0 if report is None else report.meetings,
        )
        if served.history.parked and served.restart_at is not None:
            return replace(view, state="parked", code="crashed", since=served.history.crashes[-1])
        return view
