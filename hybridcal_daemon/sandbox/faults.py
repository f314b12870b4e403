"""The fault plan of a stand-in: which requests go wrong, and how.

Owns: rules, their order and their counting, and what each kind does to an answer. Promises: the same seed, rules and
requests give the same faults; a rule with a mistake in it is refused with its place. Does not: know any service (the
stand-in gives ``answer`` a way to perform the request and a way to phrase a refusal) or wait (``server.py`` does).

A rule is a JSON object (or keyword arguments of :class:`Rule`)::

    {"match": {"method": "GET", "path_regex": "/events$", "user": "alice@acme.example"},
     "kind": "status", "status": 503, "reason": "backendError", "times": 2, "skip": 1}

``match``       every named part must fit; ``path_regex`` is searched in the path (no query); {} fits everything
``times``       how many requests it hits before it is used up, 0 = for ever (default 1)
``skip``        how many fitting requests it lets pass first (default 0); they go on to the next rule
``chance``      probability that a fitting request is hit, drawn from the plan's seed (default 1)
``kind``        status     no effect; answer ``status`` with ``reason`` in the service's own error body
                delay      effect; the answer comes after ``seconds``
                drop       no effect; the connection is cut
                ambiguous  effect; then answer ``status``, or cut the connection when ``status`` is 0
                malformed  effect; valid JSON in which one field has the wrong type
                drip       effect; the body comes in small pieces spread over ``seconds``
                garbage    effect; 200 with a body that is not JSON at all
``retry_after`` whole seconds for the Retry-After header of ``status`` and ``ambiguous``

Source of the kinds: failures that clients of both services reported (reliability of answers after the effect, front
ends that answer HTML, truncated or slow bodies); none is specific to one service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random  # noqa: TID251 - seeded by the caller, so that a fault plan can be replayed
from typing import Any, Literal

import msgspec

from hybridcal_daemon.sandbox.marked import MarkedResponse, marked

Kind = Literal["status", "delay", "drop", "ambiguous", "malformed", "drip", "garbage"]
Performed = Callable[[], MarkedResponse]


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which requests a rule is for; None fits all."""

    method: str | None = None
    path_regex: str | None = None
    user: str | None = None

    def fits(self, method: str, path: str, user: str) -> bool:
        """Say whether a request of ``user`` (address, '' when unknown) is meant."""
        return (
            (self.method is None or self.method.upper() == method.upper())
            and (self.user is None or self.user.lower() == user.lower())
            and (self.path_regex is None or re.search(self.path_regex, path) is not None)
        )


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of the plan; the fields are explained in the module's docstring."""

    kind: Kind
    match: Match = msgspec.field(default_factory=Match)
    times: int = 1
    skip: int = 0
    chance: float = 1.0
    status: int = 503
    reason: str = "backendError"
    retry_after: int | None = None
    seconds: float = 1.0


class _Entry:
    """A rule with its counters."""

    __slots__ = ("left", "rule", "to_skip")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.to_skip = rule.skip
        self.left = rule.times

    def hits(self, random: Random) -> bool:
        """Count one fitting request; True when it is to go wrong."""
        if self.to_skip > 0:
            self.to_skip -= 1
            return False
        if self.rule.chance < 1.0 and random.random() >= self.rule.chance:
            return False
        if self.rule.times:
            self.left -= 1
        return True

    @property
    def used_up(self) -> bool:
        return bool(self.rule.times) and self.left <= 0


class FaultPlan:
    """The rules of one stand-in, consumed in order. Use it under the stand-in's lock."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)  # noqa: S311 - faults are no secrets
        self._entries: list[_Entry] = []

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, rule: Rule | Mapping[str, Any]) -> Rule:
        """Append a rule. ValueError with the field's place when it is not one."""
        made = rule if isinstance(rule, Rule) else _decode(rule)
        _check(made)
        self._entries.append(_Entry(made))
        return made

    def clear(self) -> None:
        """Forget every rule."""
        self._entries.clear()

    def pending(self) -> list[dict[str, Any]]:
        """Rules that are not used up, as JSON objects, with what is left of ``times`` and ``skip``."""
        return [
            msgspec.to_builtins(entry.rule) | {"times": entry.left if entry.rule.times else 0, "skip": entry.to_skip}
            for entry in self._entries
        ]

    def take(self, method: str, path: str, user: str = "") -> Rule | None:
        """Give the first rule that hits this request, and count it."""
        for entry in self._entries:
            if entry.rule.match.fits(method, path, user) and entry.hits(self._random):
                if entry.used_up:
                    self._entries.remove(entry)
                return entry.rule
        return None

    def answer(self, rule: Rule, perform: Performed, refuse: Callable[[Rule], MarkedResponse]) -> MarkedResponse:
        """Answer a request that ``rule`` hit. ``perform`` does it; ``refuse`` phrases the service's error body."""
        if rule.kind == "status":
            return _late(refuse(rule), rule)
        if rule.kind == "drop":
            return marked(503, b"", drop=True)
        response = perform()
        if rule.kind == "ambiguous":
            return _late(refuse(rule), rule) if rule.status else replace(response, drop=True)
        if rule.kind == "delay":
            return replace(response, delay=rule.seconds)
        if rule.kind == "drip":
            return replace(response, drip=rule.seconds)
        return self._spoil(rule, response)

    def _spoil(self, rule: Rule, response: MarkedResponse) -> MarkedResponse:
        if rule.kind == "malformed":
            return replace(response, body=malform(response.body, self._random))
        noise = self._random.randbytes(24)
        headers = {**response.headers, "content-type": "text/html; charset=UTF-8"}
        return replace(response, status=200, headers=headers, body=b"<!DOCTYPE html><title>Error</title>" + noise)


def malform(body: bytes, random: Random) -> bytes:
    """Give JSON in which one field has the wrong type: in one of ``items`` when there are any, else at the top.

    What is not a JSON object is cut in half.
    """
    try:
        whole = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body[: len(body) // 2]
    if not isinstance(whole, dict) or not whole:
        return b'{"kind": ['
    items = [item for item in whole.get("items", ()) if isinstance(item, dict) and item]
    victim = random.choice(items) if items else whole
    candidates = [name for name in ("start", "end", "attendees") if name in victim] or sorted(victim)
    victim[random.choice(candidates)] = [["not", "this"], 7]
    return msgspec.json.encode(whole)


def _late(response: MarkedResponse, rule: Rule) -> MarkedResponse:
    if rule.retry_after is None:
        return response
    return replace(response, headers={**response.headers, "retry-after": str(rule.retry_after)})


def _decode(rule: Mapping[str, Any]) -> Rule:
    try:
        return msgspec.convert(dict(rule), Rule)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"fault rule: {wrong}") from wrong


def _check(rule: Rule) -> None:
    """Refuse numbers and patterns that could never mean what was meant."""
    if rule.times < 0 or rule.skip < 0 or rule.seconds < 0 or not 0.0 <= rule.chance <= 1.0:
        raise ValueError("fault rule: times, skip and seconds must not be negative, chance must be within 0 and 1")
    if rule.kind == "status" and not 300 <= rule.status <= 599:  # noqa: PLR2004 - the range of refusals in HTTP
        raise ValueError(f"fault rule: status must be 300 to 599 for kind 'status', not {rule.status}")
    try:
        re.compile(rule.match.path_regex or "")
    except re.error as wrong:
        raise ValueError(f"fault rule: match.path_regex is not a regular expression: {wrong}") from wrong
