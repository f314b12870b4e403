"""The lines of a join block: what it says, in which words, and what it gives up when there is little room.

Owns: ``Room`` (what there is to say), ``Style`` (how one organisation says it in one language), the lines of both.
Promises: pure; the same room in the same style is the same lines; no value can break out of its line, hold markup or
our signs, or turn the direction of what stands beside it.
Does not: find or place blocks (``joinblock.py``), load words (an adapter does) or read an admin's texts (the shell).

Of a block in a language that is written from right to left, every value stands between the signs U+2066 and U+2069, so
that a link or a number with spaces keeps its order (UAX #9, isolates). They are signs of the text, not markup, because
Google may take markup away; for whoever reads the block they are not there.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.domain.values import Plain

if TYPE_CHECKING:
    from collections.abc import Iterator

LineName = Literal["number", "password", "video", "phone", "host"]
LONGEST_TEXT: Final = 1024
"""Most characters of an organisation's own header or footer (features.md c7.2)."""

LINK: Final = re.compile(r"https?://[!#-;=?-~]+", re.IGNORECASE)  # printable ASCII without quote and angle brackets
AFTER_HEADER: Final = "»"
BEFORE_FOOTER: Final = "«"
"""Lines that set an organisation's own words apart: no value can look like them, so a link in a header is never taken
for the one to join by.
"""
OUR_SIGNS: Final = "<>«»"
"""What no value, phrase or text of an organisation may hold."""

_ISOLATE, _GUESS, _POP = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_DIRECTIONS: Final = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_NOTHING: Final = Plain("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """The words around the details in one language; all but ``join`` and ``phone`` hold ``{}`` for the detail."""

    join: str
    number: str
    password: str
    video: str
    phone: str
    host: str


ENGLISH: Final = Phrases(
    join="Join the Webex meeting:",
    number="Meeting number (access code): {}",
    password="Password: {}",  # noqa: S106 - the word, not one
    video="Video address: {}",
    phone="Join by phone:",
    host="Host: {}",
)
PHRASE_NAMES: Final = tuple(field.name for field in fields(Phrases))


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one organisation writes blocks in one language.

    ``header`` and ``footer``: its own words, plain text, may have several lines. ``shown``: which details are given if
    there are any; the password of a meeting is not, unless the organisation says so.
    """

    phrases: Phrases = ENGLISH
    right_to_left: bool = False
    header: str = ""
    footer: str = ""
    shown: frozenset[LineName] = frozenset({"number", "video", "phone"})


PLAIN_ENGLISH: Final = Style()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A Webex Personal Room or meeting, as much of it as an invitation may show (never the host PIN or key).

    ``link``: https address; ``dial_in``: pairs of a label (may be empty) and a telephone number; ``host``: a name.
    """

    link: Plain[str]
    sip_address: Plain[str] = _NOTHING
    meeting_number: Plain[str] = _NOTHING
    password: Plain[str] = _NOTHING
    dial_in: tuple[tuple[str, str], ...] = ()
    host: Plain[str] = _NOTHING


def variants(room: Room, style: Style) -> Iterator[tuple[str, ...]]:
    """Give the lines of the block, then the same with ever fewer of them; the link is in each.

    First the organisation's own words go, the footer before the header, then the details from the last to the first:
    whoever gets the invitation wants to join. ValueError: the link is not a plain http(s) address.
    """
    link = room.link.reveal()
    if not LINK.fullmatch(link):
        msg = "the Personal Room has no usable link: it must be a plain http(s) address, as Webex gives it"
        raise ValueError(msg)
    details = list(_details(room, style))
    head = (style.phrases.join, _isolated(link, style), *details)
    header, footer = _own_lines(style.header, style), _own_lines(style.footer, style)
    above = (*header, AFTER_HEADER) if header else ()
    if footer:
        yield (*above, *head, BEFORE_FOOTER, *footer)
    if header:
        yield (*above, *head)
    for kept in range(len(details), -1, -1):
        if not (kept and details[kept - 1] == style.phrases.phone):
            yield head[: kept + 2]
    yield (link,)


def _details(room: Room, style: Style) -> Iterator[str]:
    words, shown = style.phrases, style.shown
    for name, value in (("number", room.meeting_number), ("password", room.password), ("video", room.sip_address)):
        if name in shown and (text := clean(value.reveal())):
            yield getattr(words, name).format(_isolated(text, style))
    if "phone" in shown and room.dial_in:
        yield words.phone
        for label, number in room.dial_in:
            parts = (_isolated(clean(number), style), _isolated(clean(label), style, _GUESS))
            yield " ".join(part for part in parts if part)
    if "host" in shown and (host := clean(room.host.reveal())):
        yield words.host.format(_isolated(host, style, _GUESS))


def _own_lines(text: str, style: Style) -> tuple[str, ...]:
    """Give the lines of an organisation's own text, without our signs (``shell/block_texts.py`` refuses them).

    They may be in another language than the block, and so keep a direction of their own.
    """
    lines = (" ".join(line.translate(_SIGNS).split()) for line in text.splitlines())
    return tuple(_isolated(line, style, _GUESS) for line in lines if line)


_SIGNS: Final = dict.fromkeys(map(ord, OUR_SIGNS))


def clean(value: str) -> str:
    """Keep what may stand in one line of the block: no control or direction signs, no markup, none of our marks."""
    spaced = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in value)
    return " ".join(spaced.translate(_SIGNS).split())


def _isolated(text: str, style: Style, sign: str = _ISOLATE) -> str:
    return f"{sign}{text}{_POP}" if text and style.right_to_left else text


def without_directions(line: str) -> str:
    """Give a line without signs of direction: editors and Google may drop them, and nothing is said by them."""
    return line.translate(_DIRECTIONS)


def marked_up(lines: tuple[str, ...], *, right_to_left: bool) -> str:
    """Give lines as HTML, to stand between the two marks of a block."""
    inner = "<br>".join(map(_mark_up, lines))
    return f'<div dir="rtl">{inner}</div>' if right_to_left else f"<br>{inner}<br>"


def _mark_up(line: str) -> str:
    link = without_directions(line)
    if not LINK.fullmatch(link):
        return html.escape(line)
    before, _, after = line.partition(link)
    escaped = html.escape(link)
    return f'{before}<a href="{escaped}">{escaped}</a>{after}'
