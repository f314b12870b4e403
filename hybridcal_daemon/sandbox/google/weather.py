"""How push messages fare on their way, and what the stand-in wants of channels.

Owns: ``PushWeather`` (what becomes of messages), ``PushRules`` (which channels are granted, for how long), and the
control calls ``push-weather`` and ``push-rules`` that set them. Promises: by default the weather is fine; the same plan
and messages give the same fate; a plan with a mistake in it is refused with its place. Does not: wait (a late message
is a ``LateRequest``, ``sandbox/pushing.py`` waits) or keep channels (``push.py``).

Based on:
* notifications are not guaranteed, "a small percentage" gets lost; numbers grow with gaps; ``sync`` may come before the
  answer to watch [Google push guide]
* delays up to about an hour, messages after ``channels.stop``, a second stop that still succeeds [issue reports]
* no order is promised, and a delivery that is repeated after a 5xx may have been heard the first time [follows from the
  guide's back-off]
* a channel lasts as long as the answer says, at most about 30 days [issue report]; 604800 s when nothing is asked for
  [discovery document; recorded response]
* holiday, birthday and contact calendars: 400 ``pushNotSupportedForRequestedResource`` [issue reports]
* 401 ``push.webhookUrlUnauthorized`` for a domain that is not verified [issue reports; the current guide no longer asks
  for verification]
"""

from __future__ import annotations

from dataclasses import fields
from random import Random  # noqa: TID251 - seeded by the plan, so that it can be replayed
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from hybridcal_daemon.sandbox.late import LateRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybridcal_daemon.ports import HttpRequest

WEATHER: Final = "push-weather"
RULES: Final = "push-rules"


class PushWeather(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of messages. Chances are from 0 to 1; the order is the order in which they strike.

    ``lost``: chance that a message never leaves. ``doubled``: chance that it leaves twice. ``late``: chance that one
    (each copy for itself) leaves up to ``seconds`` later. ``swapped``: chance that it waits for the next message of
    whatever channel and leaves after it. ``gap``: message numbers grow by 1 to this. ``after_stop``: how many messages
    a stopped channel still sends. ``sync_ahead``: seconds by which the answer to watch comes after its ``sync``
    message has left. ``seed``: of the chances.
    """

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    seconds: float = 60.0
    swapped: float = 0.0
    gap: int = 1000
    after_stop: int = 0
    sync_ahead: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """ValueError for numbers that cannot be meant."""
        for name in ("lost", "doubled", "late", "swapped"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be within 0 and 1")
        if self.gap < 1 or min(self.seconds, self.after_stop, self.sync_ahead) < 0:
            raise ValueError("gap must be at least 1; seconds, after_stop and sync_ahead must not be negative")


class PushRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which channels are granted.

    ``default_ttl``, ``longest_ttl``: seconds that a channel lasts when nothing is asked for, and at most. ``domains``:
    host names that pushes may go to, subdomains included; None for any. ``unsupported``: ids of calendars that cannot
    be watched. ``stop_again``: seconds for which stopping a channel once more succeeds.
    """

    default_ttl: int = 7 * 86400
    longest_ttl: int = 30 * 86400
    domains: tuple[str, ...] | None = None
    unsupported: tuple[str, ...] = ()
    stop_again: float = 0.0

    def __post_init__(self) -> None:
        """ValueError for numbers that cannot be meant."""
        if min(self.default_ttl, self.longest_ttl) < 1 or self.stop_again < 0:
            raise ValueError("default_ttl and longest_ttl must be at least 1, stop_again must not be negative")

    def permits(self, host: str) -> bool:
        """Whether pushes may go to a host."""
        wanted = host.lower()
        return self.domains is None or any(
            wanted == domain.lower() or wanted.endswith(f".{domain.lower()}") for domain in self.domains
        )

    def supports(self, calendar: str) -> bool:
        """Whether a calendar can be watched."""
        return calendar.lower() not in {marked.lower() for marked in self.unsupported}


Plan = TypeVar("Plan")


class Pushing:
    """The present weather and rules. Set them from any thread; the rest is for under the stand-in's lock."""

    def __init__(self) -> None:
        self.rules = PushRules()
        self.set_weather(PushWeather())
        self._waiting: HttpRequest | None = None

    def set_weather(self, plan: PushWeather | Mapping[str, Any]) -> None:
        """Change the weather; its chances begin anew. ValueError with the field's place."""
        weather = _plan(plan, PushWeather, WEATHER)
        self._sky = (weather, Random(weather.seed))  # noqa: S311 - weather is no secret

    def set_rules(self, plan: PushRules | Mapping[str, Any]) -> None:
        """Change what is granted from now on. ValueError with the field's place."""
        self.rules = _plan(plan, PushRules, RULES)

    @property
    def weather(self) -> PushWeather:
        """The plan in force."""
        return self._sky[0]

    def passed(self, messages: list[HttpRequest]) -> list[HttpRequest]:
        """What leaves, in its order, when ``messages`` were made."""
        out: list[HttpRequest] = []
        weather, random = self._sky
        if not weather.swapped and self._waiting is not None:
            out, self._waiting = [self._waiting], None
        for message in messages:
            for copy in _copies(message, weather, random):
                if self._waiting is None and random.random() < weather.swapped:
                    self._waiting = copy
                    continue
                out.append(copy)
                if self._waiting is not None:
                    out.append(self._waiting)
                    self._waiting = None
        return out

    # ---- control API

    def shown(self, name: str) -> list[dict[str, Any]]:
        """Answer ``GET push-weather`` and ``GET push-rules``: one item."""
        return [msgspec.to_builtins(self.weather if name == WEATHER else self.rules)]

    def put(self, name: str, raw: bytes) -> None:
        """Do ``PUT push-weather`` and ``PUT push-rules``: what is not given has its default. ValueError."""
        plan = msgspec.json.decode(raw, type=dict[str, Any])
        if name == WEATHER:
            self.set_weather(plan)
        else:
            self.set_rules(plan)


def _copies(message: HttpRequest, weather: PushWeather, random: Random) -> Iterator[HttpRequest]:
    """The message none, once or twice, each in time or late."""
    if random.random() < weather.lost:
        return
    for _ in range(2 if random.random() < weather.doubled else 1):
        late = random.random() < weather.late
        yield _later(message, random.uniform(0.0, weather.seconds)) if late else message


def _later(message: HttpRequest, seconds: float) -> LateRequest:
    return LateRequest(**{field.name: getattr(message, field.name) for field in fields(message)}, delay=seconds)


def _plan(plan: Plan | Mapping[str, Any], kind: type[Plan], name: str) -> Plan:
    if isinstance(plan, kind):
        return plan
    try:
        return msgspec.convert(plan, kind)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong
