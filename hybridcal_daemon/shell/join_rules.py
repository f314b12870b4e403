"""Reading a file of join rules.

Owns: the form of the file (TOML, one ``[[rule]]`` for each) and what may be wrong with it. Promises: every error of a
file is found at once, each with file, line and what to write instead; a file gives either all of its rules or none.
Does not: apply rules (``domain/joinrules.py``), nor judge expressions (``domain/rulepattern.py``).
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, cast

from hybridcal_daemon.domain import rulepattern
from hybridcal_daemon.domain.joinrules import MAX_RULES, NO_RULES, Rule, Rules, fields, ordered
from hybridcal_daemon.shell.config_errors import ConfigError, ConfigErrors, did_you_mean
from hybridcal_daemon.shell.config_lines import syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST: Final = 1 << 18
_PRIORITY: Final = 1000
_WHERE: Final = ("conference", "location", "body")
_KINDS: Final[dict[str, type]] = {
    "name": str,
    "domain": str,
    "regex": str,
    "priority": int,
    "provider": str,
    "url": str,
    "dial": str,
    "where": str,
    "ignore": bool,
}
_SAYS: Final = {str: "text in quotes", int: "a whole number", bool: "true or false"}
_SHAPES: Final = {
    "name": (re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}"), "lower-case letters, digits, `-`, `_` and `.`"),
    "provider": (re.compile(r"[a-z0-9][a-z0-9_]{0,31}"), "a lower-case word such as `acme_rooms`"),
    "domain": (
        re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"),
        "a host name such as `meet.acme.example`, without scheme, port and path",
    ),
}
_EVERY: Final = frozenset({"url", "host", "path", "last"})
_HEAD: Final = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)


def load(path: Path | None) -> Rules:
    """Read the rules of a file; none for None. ConfigErrors."""
    if path is None:
        return NO_RULES
    reading = _Reading(path)
    rules = reading.rules()
    if reading.errors:
        raise ConfigErrors(reading.errors)
    return ordered(rules)


class _Reading:
    """One reading of one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[ConfigError] = []
        self._heads: list[int] = []
        self._lines: list[str] = []

    def rules(self) -> list[Rule]:
        """Give what could be read; errors are in ``errors``."""
        text = self._text()
        tables = self._tables(text) if text is not None else []
        self._heads = [1 + (text or "").count("\n", 0, head.start()) for head in _HEAD.finditer(text or "")]
        self._lines = (text or "").split("\n")
        rules = [rule for number, table in enumerate(tables) if (rule := self._rule(number, table))]
        self._twice(rules)
        return rules

    def _text(self) -> str | None:
        try:
            data = self.path.read_bytes()
            if len(data) <= _MOST:
                return data.decode()
            self._fail(f"is larger than {_MOST} bytes; is it the right file?")
        except OSError as error:
            self._fail(f"cannot be read: {error.strerror}; correct join.rules_file or make the file")
        except UnicodeDecodeError:
            self._fail("is not UTF-8 text; save it as UTF-8")
        return None

    def _tables(self, text: str) -> list[object]:
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message, line = syntax_error(str(error), text)
            self._fail(f"is not TOML: {message}", line)
            return []
        for key in raw.keys() - {"rule"}:
            self._fail(f"there is no such table `{key}`; every rule begins with a line [[rule]]")
        tables = raw.get("rule", [])
        if not isinstance(tables, list) or len(tables) > MAX_RULES:
            few = f"has more than {MAX_RULES} rules; put several hosts under one domain, or into one expression"
            self._fail(few if isinstance(tables, list) else "begin each rule with a line [[rule]], in double brackets")
            return []
        return tables

    def _rule(self, number: int, table: object) -> Rule | None:
        before = len(self.errors)
        if not isinstance(table, dict):
            self._wrong(number, "", "must be a table: begin each rule with a line [[rule]]")
            return None
        for key, message in _faults(table):
            self._wrong(number, key, message)
        pattern = self._pattern(number, table)
        if len(self.errors) > before:
            return None
        return _made(number, table, pattern)

    def _pattern(self, number: int, table: dict[str, Any]) -> rulepattern.Pattern | None:
        source = table.get("regex")
        if not isinstance(source, str) or not source:
            return None
        try:
            pattern = rulepattern.check(source)
        except rulepattern.BadPattern as bad:
            self._wrong(number, "regex", str(bad))
            return None
        for key, message in _unknown_fields(table, _EVERY | pattern.regex.groupindex.keys()):
            self._wrong(number, key, message)
        return pattern

    def _twice(self, rules: list[Rule]) -> None:
        seen: set[str] = set()
        for number, rule in enumerate(rules):
            if rule.name in seen:
                self._wrong(number, "name", f"there are two rules named `{rule.name}`; give each a name of its own")
            seen.add(rule.name)

    def _fail(self, message: str, line: int | None = None) -> None:
        self.errors.append(ConfigError(file=self.path, line=line, key="", message=message))

    def _wrong(self, number: int, key: str, message: str) -> None:
        name = f"rule.{key}" if key else "rule"
        self.errors.append(ConfigError(file=self.path, line=self._line(number, key), key=name, message=message))

    def _line(self, number: int, key: str) -> int | None:
        """Line of a key in the rule with this number, else of the rule's head, else none."""
        if number >= len(self._heads):
            return None
        head = self._heads[number]
        end = self._heads[number + 1] - 1 if number + 1 < len(self._heads) else len(self._lines)
        stands = re.compile(rf"[ \t]*{re.escape(key)}[ \t]*=")
        inside = (line for line in range(head, end) if key and stands.match(self._lines[line]))
        return next((line + 1 for line in inside), head)


def _faults(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with one rule but its expression."""
    for key, value in table.items():
        kind = _KINDS.get(key)
        if kind is None:
            yield key, f"there is no such key{did_you_mean(key, _KINDS)}; a rule has {', '.join(_KINDS)}"
        elif type(value) is not kind:
            yield key, f"must be {_SAYS[kind]}"
        elif key in _SHAPES and _SHAPES[key][0].fullmatch(str(value)) is None:
            yield key, f"must be {_SHAPES[key][1]}"
    if not table.get("name"):
        yield "name", "must be set: it is what `hybridcal rules test` shows"
    if bool(table.get("domain")) == bool(table.get("regex")):
        yield "domain", "a rule needs either domain or regex, one of the two"
    yield from _contradictions(table)


def _contradictions(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    where, priority = table.get("where", "body"), table.get("priority", 0)
    if isinstance(where, str) and where not in _WHERE:
        yield "where", f"must be {' or '.join(_WHERE)}{did_you_mean(where, _WHERE)}; leave it out for everywhere"
    if isinstance(priority, int) and not -_PRIORITY <= priority <= _PRIORITY:
        yield "priority", f"must be between -{_PRIORITY} and {_PRIORITY}"
    if table.get("ignore") is True and (table.get("url") or table.get("dial")):
        yield "ignore", "is true, so url and dial mean nothing; take them away"
    if table.get("domain"):
        yield from _unknown_fields(table, _EVERY)


def _unknown_fields(table: dict[str, Any], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    for key in ("url", "dial"):
        template = table.get(key)
        unknown = fields(template) - known if isinstance(template, str) else set()
        for name in sorted(unknown):
            names = ", ".join(f"{{{one}}}" for one in sorted(known))
            yield key, f"there is nothing to fill in for {{{name}}}{did_you_mean(name, known)}; there is {names}"


def _made(number: int, table: dict[str, Any], pattern: rulepattern.Pattern | None) -> Rule:
    url, dial = str(table.get("url", "")), str(table.get("dial", ""))
    ignore = bool(table.get("ignore", False))
    return Rule(
        name=str(table.get("name", number)),
        domain=str(table.get("domain", "")),
        pattern=pattern,
        priority=int(table.get("priority", 0)),
        provider=str(table.get("provider", "")),
        url=url if url or dial or ignore else "{url}",
        dial=dial,
        where=cast("Any", table.get("where", "")),
        ignore=ignore,
    )
