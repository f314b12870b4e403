"""Who is served, and what happens when somebody's actor dies.

Owns: one entry per activated user: row, incarnation, crash history, last report. Promises: every served user has a
living actor, or a time at which it gets one, or is parked and said so; access is granted before the first request and
taken away before the rows go; nobody waits for an answer that never comes.
Does not: touch the store or an outside service itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
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
from actors.served import AlarmBook, Served
from actors.user import Surroundings, UserActor
from actors.waiting import Waiting
from hybridcal_daemon.domain import restarts
from hybridcal_daemon.domain.effects import Goodbye, Report
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import Deactivated, SettingsChanged, Woke
from hybridcal_daemon.domain.values import Instant, UserId

if TYPE_CHECKING:
    import pykka

    from actors.runtime import Runtime
    from hybridcal_daemon.domain.state import UserSettings
    from hybridcal_daemon.ports import Alarmed, Random, UserRow, UserView

_CHUNK = 200
_LANES = ("google", "webex", "devices")


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
        self._users: dict[UserId, Served] = {}
        self._later: deque[UserId] = deque()
        self._brake = restarts.Brake()
        self._lives = 0
        self._alarm: Instant | None = None
        self._alarms = AlarmBook()
        self._verdicts: Waiting[UserId] = Waiting(make_future)
        self._gone: Waiting[UserId] = Waiting(make_future)

    def on_stop(self) -> None:
        """Nobody waits for users any more."""
        over = CallError(Kind.TRANSIENT, "busy")
        self._verdicts.fail_all(over)
        self._gone.fail_all(over)

    # ---- serving

    @handles(ServeAll)
    def serve_all(self, order: ServeAll) -> None:
        """All are known at once; they begin in chunks, so that nothing else waits while many thousands do."""
        for row in order.rows:
            self._enter(row)
            self._later.append(row.user)
        for _ in range(min(_CHUNK, len(self._later))):
            self._begin(self._later.popleft())
        if self._later:
            self._around.directory.tell(SUPERVISOR, ServeAll(()))

    @handles(Serve)
    def serve(self, order: Serve) -> None:
        """Let one user in."""
        self._enter(order.row)
        self._begin(order.row.user)

    def _enter(self, row: UserRow) -> None:
        if row.user not in self._users:
            self._users[row.user] = Served(row, leaving=row.standing.state == "leaving")

    def _begin(self, user: UserId) -> None:
        """The first life: key, access, actor."""
        served = self._users.get(user)
        if served is None or served.ref is not None:
            return
        row = served.row
        self._around.directory.tell("kms", Admit(user, row.wrapped_key, row.address))
        self._around.directory.tell("tokens", Permit(user))
        self._start(served)

    def _start(self, served: Served) -> None:
        """Begin a life: the actor first, then what the store knows is sent to it."""
        user, tell = served.row.user, self._around.directory.tell
        self._lives += 1
        if served.ref is not None:
            self._drop_orders(user, self._lives)
        served.incarnation, served.restart_at = self._lives, None
        served.began_at, served.began_with = self._around.clock.now(), self._settings
        served.ref = self._runtime.spawn(UserActor, user, self._around, name=user)
        self._around.directory.put(user, served.ref)
        tell("store", Load(user, served.incarnation, self._random.token(16), self._settings))

    def _drop_orders(self, user: UserId, incarnation: int) -> None:
        for lane in _LANES:
            self._around.directory.tell(lane, ForgetUser(user, incarnation))

    # ---- dying

    @handles(Died)
    def died(self, death: Died) -> None:
        """Decide when this user gets another life."""
        served = self._users.get(UserId(death.name))
        if served is None or served.erasing or served.restart_at is not None or served.alive:
            return  # not ours, or news of a life that has been followed by another
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
            self._parked(served)
        self._ring_by(served.restart_at)

    def _parked(self, served: Served) -> None:
        user = served.row.user
        self._around.log.emit("error", "user.parked", user=user)
        self._resolve(user)
        if served.leaving:
            self.goodbye(Goodbye(user=user))  # it cannot say goodbye itself

    @handles(Woke)
    def restart_due(self, _: Woke) -> None:
        """Give new lives to those whose time has come, in chunks; a clock that was set back prolongs nothing."""
        now = self._around.clock.now()
        self._alarm = None
        self._brake = replace(self._brake, until=min(self._brake.until, Instant(now + restarts.BRAKE_FOR)))
        waiting = [served for served in self._users.values() if served.restart_at is not None]
        for served in waiting:
            served.restart_at = Instant(min(served.restart_at or now, now + restarts.PARKED_FOR))
        due = [served for served in waiting if (served.restart_at or now) <= now >= self._brake.until]
        for served in due[:_CHUNK]:
            self._start(served)
        times = [served.restart_at for served in waiting if served.restart_at is not None]
        if times:
            self._ring_by(Instant(max(min(times), self._brake.until)))

    def _ring_by(self, at: Instant) -> None:
        """Be woken no later than this; too early does no harm."""
        if self._alarm is None or at < self._alarm:
            self._alarm = at
            self._around.directory.tell("timers", SetAlarm(SUPERVISOR, at))

    @handles(Sweep)
    def sweep(self, _: Sweep) -> None:
        """Whoever is neither alive nor waiting for a restart died without our hearing of it."""
        now = self._around.clock.now()
        for user, served in self._users.items():
            if not served.alive and served.ref is not None:
                self.died(Died(name=user, error="silent", trace=(), fatal=False))
            elif served.alive and served.began_at + restarts.PERIOD <= now:
                served.history = restarts.survived(served.history, now)
        self._clear_alarms()

    # ---- leaving

    @handles(Leave)
    def leave(self, order: Leave) -> None:
        """A user is to go. One that is between two lives, or has not begun, hears it from the store."""
        served = self._users.get(order.user)
        if served is None or served.erasing:
            return
        served.leaving = True
        served.undecorate = served.undecorate or order.undecorate
        self._resolve(order.user)
        if served.parked:
            self.goodbye(Goodbye(user=order.user))  # nobody there to say it for an hour
        else:
            self._around.directory.tell(order.user, Deactivated(undecorate=served.undecorate))

    @handles(Goodbye)
    def goodbye(self, farewell: Goodbye) -> None:
        """Everything outside is cleaned up: close the gate, then erase."""
        user = farewell.user
        served = self._users.get(user)
        if served is None or served.erasing:
            return
        served.leaving = served.erasing = True
        served.restart_at = None
        directory = self._around.directory
        directory.remove(user)
        directory.tell("tokens", Revoke(user))
        self._drop_orders(user, self._lives + 1)
        if served.ref is not None:
            served.ref.stop(block=False)
        directory.tell("store", Erase(user))

    @handles(Erased)
    def erased(self, done: Erased) -> None:
        """Nothing is left of the user."""
        user = done.user
        self._users.pop(user, None)
        self._around.directory.tell("timers", SetAlarm(user, None))  # its last effect may have been to set it
        self._around.directory.tell("kms", ForgetKey(user))
        self._around.log.emit("info", "user.erased", user=user)
        self._clear_alarms()
        self._gone.give(user, None)
        self._verdicts.give(user, None)

    # ---- reports

    @handles(Report)
    def reported(self, report: Report) -> None:
        """A user says how it stands."""
        user = report.user
        served = self._users.get(user)
        if served is None:
            return
        served.report = report
        if served.leaving and report.standing.state != "leaving":
            again = Deactivated(undecorate=served.undecorate)
            self._around.directory.tell(user, again)  # it restarted before it had written that down
        if served.began_with is not None and served.began_with != self._settings:
            self._around.directory.tell(user, SettingsChanged(settings=self._settings))  # changed before it had begun
        served.began_with = None
        if self._alarms.enter(report.code, self._around.clock.now()):
            self._around.log.emit("error", "alarm.raised", code=report.code)
        if report.standing.state != "pending":
            self._resolve(user)

    def _clear_alarms(self) -> None:
        """An alarm ends when nobody reports its trouble any more."""
        for code in self._alarms.clear(self._users.values()):
            self._around.log.emit("info", "alarm.cleared", code=code)

    def _resolve(self, user: UserId) -> None:
        if user in self._verdicts:
            self._verdicts.give(user, self._users[user].view())

    @handles(Verdict)
    def verdict(self, ask: Verdict) -> pykka.Future[Any]:
        """A future of the view, when it is no longer pending (None: unknown user)."""
        served = self._users.get(ask.user)
        view = None if served is None else served.view()
        pending = view is not None and view.state == "pending"
        return self._verdicts.on(ask.user) if pending else self._verdicts.given(view)

    @handles(Gone)
    def wait_gone(self, ask: Gone) -> pykka.Future[Any]:
        """A future that is set when the user is erased."""
        return self._gone.on(ask.user) if ask.user in self._users else self._gone.given(None)

    @handles(Tell)
    def tell(self, order: Tell) -> None:
        """Pass a message on."""
        for user in self._users if order.user is None else (order.user,):
            self._around.directory.tell(user, order.message)

    @handles(NewSettings)
    def new_settings(self, order: NewSettings) -> None:
        """Configuration was reloaded; who has not begun yet is told with its first report."""
        self._settings = order.settings
        self.tell(Tell(None, SettingsChanged(settings=order.settings)))

    @handles(Views)
    def views(self, _: Views) -> list[UserView]:
        """Everybody."""
        return [served.view() for _, served in sorted(self._users.items())]

    @handles(View)
    def view(self, ask: View) -> UserView | None:
        """One."""
        served = self._users.get(ask.user)
        return None if served is None else served.view()

    @handles(Ping)
    def ping(self, _: Ping) -> None:
        """Here."""

    @handles(Alarms)
    def alarms(self, _: Alarms) -> tuple[Alarmed, ...]:
        """Troubles of the installation."""
        return self._alarms.all()
