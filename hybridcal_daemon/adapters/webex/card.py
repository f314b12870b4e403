"""The Join card.

Owns: its wording and its limits. Promises: pure; nothing that somebody wrote into a title can become markup, a link, a
second line or a date function of the card; whatever the length of the title, the message keeps within Webex' limit.
Does not: send.

Sources: Adaptive Cards 1.3 and ``Action.OpenUrl`` [Webex guide to buttons and cards]; 7,439 bytes of text [public
OpenAPI]; markdown and ``{{DATE()}}`` functions in a TextBlock [Adaptive Cards documentation].
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Plain

CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.3"

TITLE_BYTES: Final = 512
STARTS_BYTES: Final = 128
URL_BYTES: Final = 4096
UNTITLED: Final = "Meeting"
JOIN: Final = "Join"

_MARKUP: Final = re.compile(r"([\\`*_\[\]])")
_LIST_MARK: Final = re.compile(r"^(?:([-+#>])|(\d+)([.)]))")
_FUNCTION: Final = re.compile(r"\{(?=\{)")
_HIDDEN: Final = frozenset({"Cc", "Cs"})
_DIRECTION: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_NOTHING: Final = "\N{ZERO WIDTH SPACE}"


def join_message(*, key: str, title: Plain[str], url: Plain[str], starts: str) -> dict[str, Any]:
    """Give the fields of ``POST /messages`` that make the Join card, without its recipient; all in clear.

    ``key`` becomes the id of the first body element, by which the card is found again. ValueError (without the
    address in it) when ``url`` is not an http or https address of a host.
    """
    link = url.reveal()
    if not _is_web_address(link):
        raise ValueError("the join link is not an http or https address")
    name = _cut(_one_line(title.reveal()), TITLE_BYTES) or UNTITLED
    when = _cut(_one_line(starts), STARTS_BYTES)
    return {
        "text": "\n".join(part for part in (name, when, f"{JOIN}: {link}") if part),
        "attachments": [{"contentType": CARD_TYPE, "content": _card(key, name, when, link)}],
    }


def _card(key: str, name: str, when: str, link: str) -> dict[str, Any]:
    heading = {
        "type": "TextBlock",
        "id": key,
        "text": _escaped(name),
        "weight": "Bolder",
        "size": "Medium",
        "wrap": True,
    }
    body = [heading]
    if when:
        body.append({"type": "TextBlock", "text": _escaped(when), "isSubtle": True, "spacing": "Small", "wrap": True})
    return {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": JOIN, "url": link}],
    }


def _is_web_address(url: str) -> bool:
    """Say whether a browser can open it. What is not printable ASCII was not percent-encoded and is refused."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_BYTES:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _one_line(text: str) -> str:
    """Put on one line; drop control characters, lone surrogates and overrides of the writing direction."""
    spaced = " ".join(text.split())
    return "".join(letter for letter in spaced if category(letter) not in _HIDDEN and letter not in _DIRECTION)


def _cut(text: str, most: int) -> str:
    """Shorten to at most ``most`` bytes of UTF-8, never within a character."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(_ELLIPSIS.encode())].decode(errors="ignore").rstrip() + _ELLIPSIS


def _escaped(text: str) -> str:
    """Take their meaning from markdown's signs and from the card's own functions."""
    escaped = _FUNCTION.sub("{" + _NOTHING, _MARKUP.sub(r"\\\1", text))
    return _LIST_MARK.sub(lambda mark: f"\\{mark[1]}" if mark[1] else f"{mark[2]}\\{mark[3]}", escaped)
