"""What Webex lets this installation do.

Owns: one finding for each feature, renewed in the background at the start, after each reload, and every hour.
Promises: a finding is ``refused`` only where Webex refused, ``available`` only where it answered; a change to or from
``refused`` is in the log, once; nobody waits for it. Does not: switch anything off: what Webex refuses is refused
again when somebody needs it, and told to whom it concerns.

It has a thread of its own: the scheduler's is for jobs that only send messages, and a look waits for Webex.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Literal, get_args

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.ports import Finding, WebexFeature

if TYPE_CHECKING:
    from collections.abc import Callable

    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import Clock, Log, WebexProbe

FEATURES: Final[tuple[WebexFeature, ...]] = get_args(WebexFeature)
AGAIN: Final = 3600.0
SOON: Final = 60.0
"""Seconds to the next look while there is nobody to ask about."""
_NOT_SET_UP: Final = frozenset({"webex-no-service-app", "webex-no-integration"})
_REFUSING: Final = frozenset({Kind.REFUSED, Kind.CONFIG})


class Probe:
    """One for the process; ``look`` is for one thread at a time, ``findings`` for all.

    ``make_probe()``: called for the first look, and for the first after ``again``. ``somebody()``: address of any
    person who is served, None while there is nobody, CallError.
    """

    def __init__(
        self,
        make_probe: Callable[[], WebexProbe],
        somebody: Callable[[], Plain[str] | None],
        clock: Clock,
        log: Log,
    ) -> None:
        self._make_probe = make_probe
        self._somebody = somebody
        self._clock = clock
        self._log = log
        self._probe: WebexProbe | None = None
        self._findings = {feature: Finding(feature=feature) for feature in FEATURES}
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="webex-probe", daemon=True)

    def start(self) -> None:
        """Look now, and from time to time."""
        self._thread.start()

    def again(self) -> None:
        """Look again soon: something may have changed."""
        self._wake.set()

    def stop(self) -> None:
        """No further look; one that is under way ends with the process."""
        self._ended = True
        self._wake.set()

    def findings(self) -> tuple[Finding, ...]:
        """What the last looks found, in the order of ``FEATURES``."""
        return tuple(self._findings[feature] for feature in FEATURES)

    def look(self) -> float:
        """Ask Webex once for each feature; gives the seconds to the next look."""
        somebody = self._known()
        if self._probe is None:
            self._probe = self._make_probe()
        probe = self._probe
        for feature in FEATURES:
            if self._ended:
                break
            self._note(self._found(probe, feature, somebody))
        return SOON if somebody is None else AGAIN

    # ---- inner ------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended:
            if self._wake.wait(self.look()):
                self._wake.clear()
                self._probe = None

    def _known(self) -> Plain[str] | None:
        try:
            return self._somebody()
        except CallError:
            return None

    def _found(self, probe: WebexProbe, feature: WebexFeature, somebody: Plain[str] | None) -> Finding:
        now = self._clock.now()
        try:
            asked = probe.probe(feature, somebody)
        except CallError as failure:
            return Finding(
                feature=feature, state=_state(failure), code=_code(failure), tracking=failure.tracking, at=now
            )
        return Finding(feature=feature, state="available", at=now) if asked else Finding(feature=feature)

    def _note(self, found: Finding) -> None:
        """A passing trouble says nothing, so what was known stays known."""
        before = self._findings[found.feature]
        if found.state == "unknown" and before.state != "unknown" and found.code not in _NOT_SET_UP:
            return
        self._findings[found.feature] = found
        tracking = {"tracking": found.tracking} if found.tracking else {}
        if found.state == "refused" and (before.state, before.code) != ("refused", found.code):
            self._log.emit("warning", "webex.refused", feature=found.feature, code=found.code, **tracking)
        elif found.state == "available" and before.state == "refused":
            self._log.emit("info", "webex.available", feature=found.feature)


def _state(failure: CallError) -> Literal["available", "refused", "unknown"]:
    """What is not found was looked for, so the look was allowed."""
    if failure.kind is Kind.NOT_FOUND:
        return "available"
    return "refused" if failure.kind in _REFUSING and failure.code not in _NOT_SET_UP else "unknown"


def _code(failure: CallError) -> str:
    return "" if failure.kind is Kind.NOT_FOUND else failure.code
