"""What people wrote, made fit for a card.

Owns: cutting, one-lining and escaping. Promises: pure; nothing that somebody wrote can become markup, a link, a second
line or a date function of the card. Does not: lay a card out.

Source: markdown and ``{{DATE()}}`` functions in a TextBlock [Adaptive Cards documentation].
"""

from __future__ import annotations

import re
from typing import Any, Final
from unicodedata import category
from urllib.parse import urlsplit

CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.3"
TITLE_BYTES: Final = 512
URL_BYTES: Final = 4096

_MARKUP: Final = re.compile(r"([\\`*_\[\]])")
_LIST_MARK: Final = re.compile(r"^(?:([-+#>])|(\d+)([.)]))")
_FUNCTION: Final = re.compile(r"\{(?=\{)")
_IN_LINK: Final = re.compile(r"[\\()<>\[\]{}*_`\"']")
_HIDDEN: Final = frozenset({"Cc", "Cs"})
_DIRECTION: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
_NOTHING: Final = "\N{ZERO WIDTH SPACE}"


def attached(body: list[dict[str, Any]], **rest: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - properties of a card
    """Give the ``attachments`` of a message: one card with this ``body`` and, in ``rest``, its other properties."""
    content = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": VERSION, "body": body, **rest}
    return [{"contentType": CARD_TYPE, "content": content}]


def block(text: str, *, right: bool = False, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Give a TextBlock of a text that is escaped already. ``right``: on the right, as who reads from there expects.

    (That a whole card runs from right to left can be said from version 1.5 on only.)
    """
    aligned = {"horizontalAlignment": "Right"} if right else {}
    return {"type": "TextBlock", "text": text, "wrap": True, **aligned, **rest}


def is_web_address(url: str) -> bool:
    """Say whether a browser can open it. What is not printable ASCII was not percent-encoded and is refused."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_BYTES:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def one_line(text: str) -> str:
    """Put on one line; drop control characters, lone surrogates and overrides of the writing direction."""
    spaced = " ".join(text.split())
    return "".join(letter for letter in spaced if category(letter) not in _HIDDEN and letter not in _DIRECTION)


def cut(text: str, most: int) -> str:
    """Shorten to at most ``most`` bytes of UTF-8, never within a character."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len(_ELLIPSIS.encode())].decode(errors="ignore").rstrip() + _ELLIPSIS


def escaped(text: str) -> str:
    """Take their meaning from markdown's signs and from the card's own functions."""
    plain = _FUNCTION.sub("{" + _NOTHING, _MARKUP.sub(r"\\\1", text))
    return _LIST_MARK.sub(lambda mark: f"\\{mark[1]}" if mark[1] else f"{mark[2]}\\{mark[3]}", plain)


def link(words: str, url: str) -> str:
    """Give markdown of a link to a web address: signs that could end it are percent-encoded."""
    safe = _IN_LINK.sub(lambda sign: f"%{ord(sign[0]):02X}", url)
    return f"[{escaped(words)}]({safe})"
