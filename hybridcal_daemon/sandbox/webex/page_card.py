"""Adaptive Cards as HTML, as far as the daemon sends them.

Owns: text blocks, columns, links and buttons. Promises: what it does not know it leaves out; nothing that somebody
wrote becomes markup. Does not: inputs or submitting.

Based on: backslash escapes and ``[words](address)`` are the markdown of a TextBlock [Adaptive Cards documentation].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.sandbox.webex.page_html import Html, join, link, safe, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK: Final = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)")
_ESCAPE: Final = re.compile(r"\\(.)")


def card(content: dict[str, Any]) -> Html:
    """Write a card."""
    return tag("div", *_elements(content.get("body")), *_actions(content.get("actions")), class_="card")


def _elements(given: object) -> Iterator[Html]:
    for element in given if isinstance(given, list) else ():
        kind = element.get("type")
        if kind == "TextBlock":
            yield _text(element)
        elif kind == "ColumnSet":
            yield tag("div", *_columns(element.get("columns")), class_="columns")
        elif kind == "Container":
            yield from _elements(element.get("items"))
        elif kind == "ActionSet":
            yield from _actions(element.get("actions"))


def _columns(given: object) -> Iterator[Html]:
    for column in given if isinstance(given, list) else ():
        stretch = "stretch" if column.get("width") == "stretch" else None
        yield tag("div", *_elements(column.get("items")), class_=stretch)


def _text(element: dict[str, Any]) -> Html:
    names = [name for name in ("isSubtle",) if element.get(name)]
    names += ["bolder"] if element.get("weight") == "Bolder" else []
    return tag("p", _marked(str(element.get("text", ""))), class_=" ".join(names) or None, dir="auto")


def _marked(text: str) -> Html:
    """Read the little markdown that there is."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [_plain(text[at : found.start()]), link(_plain(found[1]), found[2])]
        at = found.end()
    return join([*parts, _plain(text[at:])])


def _plain(text: str) -> Html:
    return safe(_ESCAPE.sub(r"\1", text))


def _actions(given: object) -> Iterator[Html]:
    for action in given if isinstance(given, list) else ():
        if action.get("type") == "Action.OpenUrl":
            yield link(str(action.get("title", "Open")), str(action.get("url", "")), class_="join")
