"""The Join card.

Owns: its layout and its limits. Promises: pure; what people wrote stays text (``cardtext.py``); whatever the length of
the title, the message keeps within Webex' limit. Does not: send, or choose words.

Sources: Adaptive Cards 1.3 and ``Action.OpenUrl`` [Webex guide to buttons and cards]; 7,439 bytes of text [public
OpenAPI].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.webex.cardtext import (
    TITLE_BYTES,
    URL_BYTES,
    attached,
    block,
    cut,
    escaped,
    is_web_address,
    one_line,
)
from hybridcal_daemon.ports.webex import ENGLISH_WORDS

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Plain
    from hybridcal_daemon.ports import CardWords

__all__ = ["URL_BYTES", "join_message"]

STARTS_BYTES: Final = 256
JOIN_BYTES: Final = 256


def join_message(
    *, key: str, title: Plain[str], url: Plain[str], starts: str, words: CardWords = ENGLISH_WORDS
) -> dict[str, Any]:
    """Give the fields of ``POST /messages`` that make the Join card, without its recipient; all in clear.

    ``key`` becomes the id of the first body element, by which the card is found again. ValueError (without the
    address in it) when ``url`` is not an http or https address of a host.
    """
    address = url.reveal()
    if not is_web_address(address):
        raise ValueError("the join link is not an http or https address")
    name = cut(one_line(title.reveal()), TITLE_BYTES) or words.untitled
    when, join = cut(one_line(starts), STARTS_BYTES), cut(one_line(words.join), JOIN_BYTES)
    body = [block(escaped(name), right=words.right_to_left, id=key, weight="Bolder", size="Medium")]
    if when:
        body.append(block(escaped(when), right=words.right_to_left, isSubtle=True, spacing="Small"))
    return {
        "text": "\n".join(part for part in (name, when, f"{join}: {address}") if part),
        "attachments": attached(body, actions=[{"type": "Action.OpenUrl", "title": join, "url": address}]),
    }
