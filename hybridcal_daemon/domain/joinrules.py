"""Rules of an administrator for join links that the table does not know, or should treat differently.

Owns: one rule, all rules, and what they say about a text. Promises: pure and bounded: each rule is either a domain or a
regular expression that passed ``rulepattern.py``; whatever a rule makes of a text is either an http(s) link or an
address that a video system dials, or it is nothing.
Does not: read rule files (``shell/join_rules.py``), nor weigh rules against the table (``joinlinks.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.domain import joinscan
from hybridcal_daemon.domain.rulepattern import lowered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hybridcal_daemon.domain.rulepattern import Pattern

MAX_RULES: Final = 100
"""How many a file may hold."""
_LINK: Final = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:[/?#][!#-;=?-Z_a-z~]*)?", re.IGNORECASE)
_DIAL: Final = re.compile(r"(?:(?:sips?|h323):)?[\w.!%*+~#-]{1,64}(?:@[\w.-]{1,253}(?::\d{1,5})?)?", re.ASCII)
_BARE: Final = re.compile(r"[a-z0-9.-]+\.[a-z]{2,24}/", re.IGNORECASE)
_FIELD: Final = re.compile(r"\{(\w*)\}")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9-]+://)(?P<host>[a-z0-9.-]+)(?P<port>:\d{1,5})?(?P<target>[/?#].*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: ``domain`` (the host itself or anything below it) or ``pattern``.

    ``url`` and ``dial`` are templates with ``{url}`` (the link, or all that the expression matched), ``{host}``,
    ``{path}``, ``{last}`` (last segment of the path) and the expression's named groups. ``where``: only in that text.
    ``ignore``: what matches is no way to join. ``priority``: the highest wins; the table's is 0, and at 0 a rule ranks
    as the table does.
    """

    name: str
    domain: str = ""
    pattern: Pattern | None = None
    priority: int = 0
    provider: str = ""
    url: str = ""
    dial: str = ""
    where: Literal["", "conference", "location", "body"] = ""
    ignore: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule made of a place in a text; ``ignored``: that nothing there counts."""

    rule: str
    provider: str
    position: int
    priority: int
    url: str = field(default="", repr=False)
    dial: str = field(default="", repr=False)
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in the order in which they are asked: the highest priority first, then as in the file."""

    rules: tuple[Rule, ...] = ()

    def hits(self, text: str, where: str) -> list[Hit]:
        """Give what the rules say about a readable text; of one place only what the first rule there says."""
        hits: dict[int, Hit] = {}
        asked = [rule for rule in self.rules if rule.where in {"", where}]
        if asked:
            read = _Read.of(text)
            for rule in asked:
                for hit in _said(rule, read):
                    hits.setdefault(hit.position, hit)
        return list(hits.values())


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as every rule sees it; ``links``: position and parts of each link, of a wrapped one what is inside it."""

    text: str
    lower: str
    links: list[tuple[int, dict[str, str]]]

    @classmethod
    def of(cls, text: str) -> _Read:
        links = [(at, _parts(joinscan.target_of(link))) for at, link in joinscan.links(text)]
        return cls(text, lowered(text), links)


NO_RULES: Final = Rules()


def ordered(rules: list[Rule]) -> Rules:
    """Put rules into the order in which they are asked."""
    return Rules(tuple(sorted(rules, key=lambda rule: -rule.priority)))


def fields(template: str) -> set[str]:
    """Give the names that a template uses."""
    return set(_FIELD.findall(template))


def _said(rule: Rule, read: _Read) -> Iterator[Hit]:
    matches = _by_pattern(rule.pattern, read) if rule.pattern else _by_domain(rule.domain, read)
    for position, values in matches:
        hit = _hit(rule, position, values)
        if hit is not None:
            yield hit


def _by_domain(domain: str, read: _Read) -> Iterator[tuple[int, dict[str, str]]]:
    below = f".{domain}"
    for position, parts in read.links:
        host = parts.get("host", "")
        if host == domain or host.endswith(below):
            yield position, parts


def _by_pattern(pattern: Pattern, read: _Read) -> Iterator[tuple[int, dict[str, str]]]:
    """Links first (a wrapped one as what is inside it), then anything else in the text."""
    seen = set()
    for position, parts in read.links:
        found = pattern.begins(parts["url"])
        if found is not None:
            seen.add(position)
            yield position, _parts(found[0]) | _groups(found)
    for found in pattern.find(read.text, read.lower):
        if found.start() not in seen:
            yield found.start(), _parts(found[0]) | _groups(found)


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: value or "" for name, value in found.groupdict().items()} | {"url": found[0]}


def _parts(text: str) -> dict[str, str]:
    link = text if "://" in text or not _BARE.match(text) else f"https://{text}"
    found = _DOMAIN.fullmatch(link)
    if found is None:
        return {"url": link}
    path = (found["target"] or "").partition("?")[0].partition("#")[0]
    last = path.rstrip("/").rpartition("/")[2]
    return {"url": link, "host": found["host"].lower(), "path": path, "last": last}


def _hit(rule: Rule, position: int, values: Mapping[str, str]) -> Hit | None:
    provider = rule.provider or ("custom_regex" if rule.pattern else "custom_domain")
    url, dial = _filled(rule.url, values, _LINK), _filled(rule.dial, values, _DIAL)
    if not (url or dial or rule.ignore):
        return None
    return Hit(
        rule=rule.name,
        provider=provider,
        position=position,
        priority=rule.priority,
        url=url,
        dial=_with_scheme(dial),
        ignored=rule.ignore,
    )


def _filled(template: str, values: Mapping[str, str], shape: re.Pattern[str]) -> str:
    """Fill a template in; '' when the outcome has not the shape that it must have, whatever was in the text."""
    text = _FIELD.sub(lambda name: values.get(name[1], ""), template)
    return text if template and shape.fullmatch(text) else ""


def _with_scheme(dial: str) -> str:
    return f"sip:{dial}" if dial and ":" not in dial.partition("@")[0] else dial
