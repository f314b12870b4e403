"""Where in a TOML file each key stands.

Owns: the map from dotted key to line number, and the line that a syntax error names. Promises: a line is given only
if the key really stands on it, in plain letters; otherwise there is no line rather than a wrong one.
Does not: judge keys or values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Key, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tomlkit.container import Container

_AT: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")


def key_lines(text: str) -> dict[str, int]:
    """Dotted key or table -> line, counted from 1, for a text that parses; empty when tomlkit does not take it."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        return {}
    lines = text.split("\n")
    found: dict[str, int] = {}
    for path, line in _Walk().container(document, ()):
        if _stands_on(path[-1], lines, line):
            found.setdefault(".".join(path), line)
    return found


def syntax_error(message: str, text: str) -> tuple[str, int | None]:
    """Split tomllib's message into what is wrong and where (it gives the place only inside the text)."""
    match = _AT.search(message)
    if match is None:
        return message, None
    line = int(match[1]) if match[1] else text.count("\n") + 1
    return message[: match.start()] + message[match.end() :], line


def _stands_on(key: str, lines: list[str], line: int) -> bool:
    return 0 < line <= len(lines) and key in lines[line - 1]


class _Walk:
    """Walks tomlkit's document in the order of the text and counts the lines that go by."""

    def __init__(self) -> None:
        self.line = 1

    def container(self, container: Container, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
        for key, item in container.body:
            if key is None:
                self.line += item.as_string().count("\n")
            else:
                yield from self.entry(key, item, above)

    def entry(self, key: Key, item: Item, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
        path = (*above, key.key)
        if isinstance(item, Table):
            yield from self.table(item, path, head=not item.is_super_table() and not key.is_dotted())
        elif isinstance(item, AoT):
            for table in item.body:
                yield from self.table(table, path, head=True)
        else:
            yield path, self.line
            self.line += (item.as_string() + item.trivia.trail).count("\n")

    def table(self, table: Table, path: tuple[str, ...], *, head: bool) -> Iterator[tuple[tuple[str, ...], int]]:
        if head:
            self.line += table.trivia.indent.count("\n")
        yield path, self.line
        if head:
            self.line += table.trivia.trail.count("\n")
        yield from self.container(table.value, path)
