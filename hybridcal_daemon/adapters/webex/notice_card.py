"""A notice: a card of one sentence.

Owns: its layout and its limits. Promises: as ``card.py``: what people wrote stays text. Does not: send, or choose
words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hybridcal_daemon.adapters.webex.cardtext import attached, block, cut, escaped, one_line

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Plain

TEXT_BYTES: Final = 2048


def notice_message(*, key: str, text: Plain[str], right_to_left: bool = False) -> dict[str, Any]:
    """Give the fields of ``POST /messages`` that make the notice, without its recipient; all in clear.

    ``key`` becomes the id of the first body element, by which it is found again as a Join card is. ``right_to_left``:
    whoever reads it expects it on the right.
    """
    said = cut(one_line(text.reveal()), TEXT_BYTES)
    return {"text": said, "attachments": attached([block(escaped(said), right=right_to_left, id=key)])}
