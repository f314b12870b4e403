"""The card with the meetings of a day.

Owns: its layout and its limits. Promises: pure; what people wrote stays text (``cardtext.py``); the card and its text
keep within Webex' limits: rows that have no room are counted instead. Does not: send, or choose words or meetings.

Sources: at most five buttons in a card [an older edition of Webex' guide to buttons and cards]: where there are more
meetings to join, links stand in their place; ``Column`` and ``ActionSet`` [Adaptive Cards schema 1.3]; 7,439 bytes of
text [public OpenAPI]. How large a card may be is not documented; the bound here is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hybridcal_daemon.adapters.webex.cardtext import (
    TITLE_BYTES,
    attached,
    block,
    cut,
    escaped,
    is_web_address,
    link,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hybridcal_daemon.ports import Agenda, AgendaRow, CardWords

TEXT_BYTES: Final = 7439
CARD_BYTES: Final = 20_000
MOST_BUTTONS: Final = 5
WORDS_BYTES: Final = 256


def agenda_message(agenda: Agenda) -> dict[str, Any]:
    """Give the fields of ``POST /messages`` that make the list, without its recipient; all in clear."""
    return {"text": _text(agenda), "attachments": _fitting(agenda)}


def _text(agenda: Agenda) -> str:
    """As many lines as there is room for; a link that is too long for that leaves its meeting in the list."""
    heading = _words(agenda.heading)
    lines = [_line(row, agenda.words) for row in agenda.rows]
    bare = [_line(row, agenda.words, url="") for row in agenda.rows]
    for shown in range(len(lines), -1, -1):
        end = _more(agenda, shown)
        for chosen in (lines[:shown], bare[:shown]):
            text = "\n".join([heading, *chosen, *end])
            if len(text.encode()) <= TEXT_BYTES:
                return text
    return heading


def _line(row: AgendaRow, words: CardWords, *, url: str | None = None) -> str:
    address = _address(row) if url is None else url
    parts = [_words(row.when), _title(row, words), f"{_words(words.join)}: {address}" if address else ""]
    return " · ".join(part for part in parts if part)


def _fitting(agenda: Agenda) -> list[dict[str, Any]]:
    for shown in range(len(agenda.rows), 0, -1):
        made = _attachments(agenda, agenda.rows[:shown])
        if len(msgspec.json.encode(made)) <= CARD_BYTES:
            return made
    return _attachments(agenda, ())


def _attachments(agenda: Agenda, rows: Sequence[AgendaRow]) -> list[dict[str, Any]]:
    right = agenda.words.right_to_left
    buttons = sum(1 for row in rows if _address(row)) <= MOST_BUTTONS
    body = [block(escaped(_words(agenda.heading)), right=right, weight="Bolder", size="Medium")]
    body += [_columns(row, agenda.words, buttons=buttons) for row in rows]
    body += [block(escaped(text), right=right, isSubtle=True) for text in _more(agenda, len(rows))]
    return attached(body)


def _columns(row: AgendaRow, words: CardWords, *, buttons: bool) -> dict[str, Any]:
    """One meeting: time, title, Join; from the right where that is how one reads."""
    right = words.right_to_left
    columns = [
        _column("auto", block(escaped(_words(row.when)), right=right, isSubtle=True)),
        _column("stretch", block(escaped(_title(row, words)), right=right)),
    ]
    address = _address(row)
    if address:
        columns.append(_column("auto", _join(address, words, button=buttons)))
    return {"type": "ColumnSet", "columns": columns[::-1] if right else columns}


def _column(width: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Column", "width": width, "verticalContentAlignment": "Center", "items": [item]}


def _join(address: str, words: CardWords, *, button: bool) -> dict[str, Any]:
    join = _words(words.join)
    if button:
        return {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": join, "url": address}]}
    return block(link(join, address))


def _more(agenda: Agenda, shown: int) -> list[str]:
    left = agenda.left + len(agenda.rows) - shown
    return [_words(agenda.more.replace("{count}", str(left)))] if left else []


def _address(row: AgendaRow) -> str:
    url = row.url.reveal()
    return url if is_web_address(url) else ""


def _title(row: AgendaRow, words: CardWords) -> str:
    return cut(one_line(row.title.reveal()), TITLE_BYTES) or words.untitled


def _words(text: str) -> str:
    return cut(one_line(text), WORDS_BYTES)
