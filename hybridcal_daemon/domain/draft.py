"""The sheet on which one decision is written.

Owns: the working copy of a user's state while a message is absorbed and settled, and the effects collected so far.
Promises: the state that was given is never changed; whatever changed durably leaves as exactly one ``Save``; a request
that must not leave before its state is on disk is held until ``Saved`` says so.
Does not: know what any activity is about (``sync``, ``channel``, ``decorating``, ``obtp``, ``presence`` do).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.domain import backoff
from hybridcal_daemon.domain.effects import DeviceReport, Effect, Goodbye, Note, Report, Save, Submit, WakeAt
from hybridcal_daemon.domain.failures import Kind
from hybridcal_daemon.domain.state import Flight, Pending, Standing, Trouble, UserState
from hybridcal_daemon.domain.values import Instant, RequestId, is_room

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.calls import Call, LaneName, Priority
    from hybridcal_daemon.domain.events import EventFact, SealedEvent
    from hybridcal_daemon.domain.messages import CallFailed
    from hybridcal_daemon.domain.state import Device

LOST_AFTER: Final = 900.0
"""A request without any answer for this long is given up: nothing may hang because an answer was lost."""
COUNTED: Final = (1 << 40) - 1
"""The bits of a request's number that count the orders of one life; those above them tell lives apart."""
BEGIN_WITHIN: Final = 780.0
"""A request that has not left its lane for this long must not leave any more: 120 s before it is given up."""

_WORST_FIRST: Final = (Kind.CONFIG, Kind.USER, Kind.SEALED, Kind.REFUSED, Kind.NOT_FOUND, Kind.INVALID, Kind.THROTTLED)


class Draft:
    """One decision in the making."""

    def __init__(self, state: UserState, now: Instant) -> None:
        self.now = now
        self.user = state.user
        self.settings = state.settings
        self.durable = state.durable
        self.events = dict(state.events)
        self.flight = _copy(state.flight)
        self._before = state.durable
        self._put: dict[str, SealedEvent] = {}
        self._delete: set[str] = set()
        self._effects: list[Effect] = []
        self._wake: Instant | None = None

    # ---- what activities say

    def keep(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Durable, checked by replace()
        """Change the durable state."""
        self.durable = replace(self.durable, **changes)

    def put(self, event: SealedEvent) -> None:
        """Store a row; the caches that follow from the events are worked out again."""
        event_id = event.fact.event_id
        self._forget_kin(event.fact, self.events.get(event_id))
        self.events[event_id] = event.fact
        self._put[event_id] = event
        self._delete.discard(event_id)
        self.stale()

    def drop(self, event_id: str) -> None:
        """Remove a row, if there is one."""
        fact = self.events.pop(event_id, None)
        if fact is None:
            return
        self._forget_kin(fact)
        self._put.pop(event_id, None)
        self._delete.add(event_id)
        self.stale()

    def stale(self) -> None:
        """What was derived from the events has to be derived again."""
        self.flight.moments_until = Instant(0)
        self.flight.booked = None
        self.flight.absences = None

    def _forget_kin(self, *facts: EventFact | None) -> None:
        """Which series are known, and which not, has to be worked out again."""
        if any(fact is not None and (fact.recurrence or fact.series_id is not None) for fact in facts):
            self.flight.kin = None

    def wake(self, at: float) -> None:
        """Be called again no later than this."""
        if self._wake is None or at < self._wake:
            self._wake = Instant(at)

    def note(self, event: str, **fields: str | float | bool) -> None:
        """A line for the log."""
        self._effects.append(Note(event=event, fields=tuple(fields.items())))

    def effect(self, effect: Effect) -> None:
        """Any other effect."""
        self._effects.append(effect)

    def farewell(self, goodbye: Goodbye) -> None:
        """The last effect: no request leaves any more, held or not."""
        self._effects = [effect for effect in self._effects if not isinstance(effect, Submit)]
        self.flight.held = ()
        self.flight.calls.clear()
        self.flight.gone = True
        self._effects.append(goodbye)

    # ---- requests

    def flying(self, what: str) -> bool:
        """True while a request of this activity is under way (or held)."""
        return any(pending.what == what for pending in self.flight.calls.values())

    def submit(
        self,
        lane: LaneName,
        priority: Priority,
        what: str,
        make: Callable[[RequestId], Call],
        *,
        after_save: bool = False,
        etag: str = "",
    ) -> RequestId:
        """Order a request; with ``after_save`` it leaves only when the present durable state is on disk."""
        self.flight.counter += 1
        request_id = RequestId((self.flight.incarnation << 40) | self.flight.counter)
        self.flight.calls[request_id] = Pending(what, self.now, etag)
        not_after = Instant(self.now + BEGIN_WITHIN)
        order = Submit(lane=lane, priority=priority, call=make(request_id), not_after=not_after)
        if after_save:
            self.flight.held = (*self.flight.held, (-1, order))
        else:
            self._effects.append(order)
        return request_id

    def due_version(self) -> int:
        """Give the version with which everything is on disk that was decided so far."""
        changed = bool(self._put or self._delete) or self.durable != self._before
        return self._before.version + 1 if changed else self._before.version

    def release(self, version: int) -> None:
        """The state up to ``version`` is on disk: let go what waited for it."""
        self.flight.saved = max(self.flight.saved, version)
        ready = [order for due, order in self.flight.held if 0 <= due <= self.flight.saved]
        self.flight.held = tuple(pair for pair in self.flight.held if not 0 <= pair[0] <= self.flight.saved)
        self._effects.extend(ready)

    def token(self, label: str) -> str:
        """32 hex digits that nobody can guess, from the entropy of this life."""
        self.flight.counter += 1
        return hashlib.sha256(f"{self.flight.entropy}|{label}|{self.flight.counter}".encode()).hexdigest()[:32]

    # ---- trouble

    def trouble(self, what: str) -> Trouble | None:
        """The present trouble of an activity."""
        return next((trouble for name, trouble in self.durable.troubles if name == what), None)

    def blocked(self, what: str) -> bool:
        """Must the activity still wait? If so, be woken when it may go on."""
        trouble = self.trouble(what)
        if trouble is None or trouble.retry_at <= self.now:
            return False
        self.wake(trouble.retry_at)
        return True

    def failed(self, what: str, failure: CallFailed) -> Trouble:
        """Note one more failure of an activity and when to try again."""
        trouble = backoff.after(
            self.trouble(what) or Trouble(),
            failure.kind,
            failure.code,
            now=self.now,
            name=self.user,
            retry_after=failure.retry_after,
        )
        self.set_trouble(what, trouble)
        self.note_failure(what, failure)
        return trouble

    def note_failure(self, what: str, failure: CallFailed) -> None:
        """A line for the log about a failed request."""
        activity = what.partition(":")[0]
        tracking = {"tracking": failure.tracking} if failure.tracking else {}
        self.note(
            "call.failed",
            what=activity,
            kind=failure.kind.value,
            code=failure.code,
            in_doubt=failure.in_doubt,
            **tracking,
        )

    def wait(self, what: str, kind: Kind, code: str) -> None:
        """Let an activity wait, longer each time, without a failed request being the reason."""
        last = self.trouble(what) or Trouble()
        self.set_trouble(what, backoff.after(last, kind, code, now=self.now, name=self.user))

    def pause(self, what: str, seconds: float, code: str) -> None:
        """Let an activity rest without a failed request being the reason."""
        self.set_trouble(what, Trouble(failures=1, retry_at=Instant(self.now + seconds), kind=Kind.REFUSED, code=code))

    def well(self, what: str) -> None:
        """The activity succeeded."""
        if self.trouble(what) is not None:
            self.keep(troubles=tuple(pair for pair in self.durable.troubles if pair[0] != what))

    def set_trouble(self, what: str, trouble: Trouble) -> None:
        """Put the trouble of an activity in the place of its last one."""
        others = tuple(pair for pair in self.durable.troubles if pair[0] != what)
        self.keep(troubles=(*others, (what, trouble)))

    def stand(self, standing: Standing) -> None:
        """How the user stands from now on; said once."""
        old = self.durable.standing
        if (old.state, old.code) != (standing.state, standing.code):
            self.keep(standing=standing)
            self.note("user.standing", state=standing.state, code=standing.code)

    # ---- the end

    def finish(self) -> tuple[UserState, tuple[Effect, ...]]:
        """The new state, and the effects in the order in which they must happen: the save first."""
        effects = list(self._effects)
        if self._put or self._delete or self.durable != self._before:
            self.keep(version=self._before.version + 1)
            effects.insert(0, self._save())
        self.flight.held = tuple((self.durable.version if due < 0 else due, order) for due, order in self.flight.held)
        effects.extend(self._release_unneeded())
        effects.extend(self._alarm())
        effects.extend(self._report())
        state = UserState(
            user=self.user, settings=self.settings, durable=self.durable, events=self.events, flight=self.flight
        )
        return state, tuple(effects)

    def _alarm(self) -> list[Effect]:
        """Be woken earlier than so far; one that rings too early costs a look, moving it back a message each time."""
        alarm = self.flight.alarm
        if self._wake is None or (alarm is not None and alarm <= self._wake):
            return []
        self.flight.alarm = self._wake
        return [WakeAt(at=self._wake)]

    def _save(self) -> Save:
        return Save(
            user=self.user,
            version=self.durable.version,
            durable=self.durable,
            put=tuple(self._put.values()),
            delete=tuple(sorted(self._delete)),
        )

    def _release_unneeded(self) -> list[Submit]:
        """Held requests whose version is on disk already (nothing changed since)."""
        ready = [order for due, order in self.flight.held if due <= self.flight.saved]
        self.flight.held = tuple(pair for pair in self.flight.held if pair[0] > self.flight.saved)
        return ready

    def _report(self) -> list[Effect]:
        code = self.durable.standing.code or self._worst()
        report = Report(
            user=self.user,
            standing=self.durable.standing,
            code=code,
            synced_at=self.durable.synced_at,
            meetings=self._meetings(),
            about=self._about(code),
            devices=tuple(self._device(device) for device in self.durable.devices),
        )
        if report == self.flight.reported:
            return []
        self.flight.reported = report
        return [report]

    def _meetings(self) -> int:
        """How many meetings there are; one that a room declined does not take place there."""
        rows = (fact for fact in self.events.values() if fact.kind == "meeting")
        meetings = (fact for fact in rows if not fact.cancelled and not fact.derived)
        if is_room(self.user):
            return sum(1 for fact in meetings if fact.response != "declined")
        return sum(1 for _ in meetings)

    def _device(self, device: Device) -> DeviceReport:
        """How a device stands: what was last tried went wrong, or it is not even tried."""
        trouble = self.trouble(f"bookings:{device.device_id}")
        code = trouble.code if trouble else "" if device.capable else "device-not-capable"
        return DeviceReport(
            device_id=device.device_id,
            online=device.online,
            capable=device.capable,
            put_at=device.put_at,
            code=code if device.online else "device-offline",
        )

    def _about(self, code: str) -> tuple[str, ...]:
        """Give the activities that have this trouble."""
        return tuple(sorted({name.partition(":")[0] for name, each in self.durable.troubles if each.code == code}))

    def _worst(self) -> str:
        """Code of the trouble that most needs somebody to act, '' when there is none."""
        troubles = [trouble for _, trouble in self.durable.troubles]
        for kind in _WORST_FIRST:
            for trouble in troubles:
                if trouble.kind == kind:
                    return trouble.code
        return next((trouble.code for trouble in troubles), "")


def _copy(flight: Flight) -> Flight:
    return replace(flight, calls=dict(flight.calls), strays=dict(flight.strays))
