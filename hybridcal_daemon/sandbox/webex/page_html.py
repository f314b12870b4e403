"""HTML without holes.

Owns: escaping. Promises: what is not :class:`Html` is escaped, in text and in attributes; only http and https addresses
become links. Does not: know what is shown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant

VOID: Final = frozenset({"input", "meta"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def safe(text: object) -> Html:
    """Give ``text`` as HTML; what is HTML already stays."""
    return text if isinstance(text, Html) else Html(escape(str(text)))


def join(parts: list[Html]) -> Html:
    """Put pieces after each other."""
    return Html("".join(parts))


def tag(name: str, /, *content: object, **attributes: str | None) -> Html:
    """Give an element. An attribute that is a word of Python has ``_`` after it; None leaves it out."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    head = "".join(f' {key}="{escape(value)}"' for key, value in given.items())
    if name in VOID:
        return Html(f"<{name}{head}>")
    return Html(f"<{name}{head}>{''.join(safe(part) for part in content)}</{name}>")


def link(words: object, url: str, **attributes: str | None) -> Html:
    """Give a link, or only the words when the address is no web address."""
    if not is_web(url):
        return tag("span", words, dir="auto")
    return tag("a", words, href=url, rel="noopener noreferrer", target="_blank", **attributes)


def is_web(url: object) -> bool:
    """Say whether a browser may be led there."""
    try:
        return isinstance(url, str) and urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def moment(at: Instant, *, style: str = "long") -> Html:
    """Give a point in time, in UTC until the page's script writes it as the reader's browser does.

    ``style``: ``long`` with the day, ``short`` without.
    """
    when = datetime.fromtimestamp(at, UTC)
    text = when.strftime("%a %d %b %H:%M" if style == "long" else "%H:%M") + " UTC"
    return tag("time", text, datetime=when.isoformat(timespec="seconds").replace("+00:00", "Z"), data_style=style)


def section(title: str, items: list[Html], nothing: str, **attributes: str | None) -> Html:
    """Give a part of the page with a heading and a list, or a sentence when it is empty."""
    name = title.lower().replace(" ", "-")
    body = tag("ul", *items) if items else tag("p", nothing, class_="nothing")
    return tag("section", tag("h2", title, id=name), body, aria_labelledby=name, **attributes)
