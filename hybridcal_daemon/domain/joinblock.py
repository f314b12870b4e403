"""The block of join details that is written into an invitation.

Owns: finding our block again, putting it in, taking it out.
Promises: pure and linear. Everything outside the block is the user's and stays byte for byte; composing twice is
composing once; a block that still says the right thing is left as it is, whatever Google made of its markup, so that
nobody writes in circles; a block is known by its marks and its link, never by words, so one in any language is ours.
The host's secrets are not in a :class:`Room`, so they cannot get in here.
Does not: know what a block says (``blocklines.py``), or look at other programs' blocks. Google's, Zoom's and Teams' are
rulers of one repeated sign; ours is a pair of marks with a name in it, because Google removes any region between rulers
of its own kind (google.md D "Text").
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from hybridcal_daemon.domain import htmltext
from hybridcal_daemon.domain.blocklines import (
    AFTER_HEADER,
    BEFORE_FOOTER,
    LINK,
    PLAIN_ENGLISH,
    Room,
    Style,
    marked_up,
    variants,
    without_directions,
)

LIMIT: Final = 8192
"""Longest description that is written, in UTF-16 units (Nylas support 10571467644957; Google does not declare one)."""

BEGIN: Final = "»»» hybridcal »»»"
END: Final = "««« hybridcal «««"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A join block as read: its link, the video address ('' when it shows none) and all its visible lines."""

    link: str = field(repr=False)
    address: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)


class NoRoomForBlock(Exception):  # noqa: N818 - an answer about the user's text, turned into an outcome by the caller
    """The user's own text is so long that not even the link fits below it."""


@dataclass(frozen=True, slots=True)
class _Region:
    start: int
    end: int
    block: Block
    marked_up: bool


# The marks may come back with references for their letters and with no-break spaces, as editors write them. Nothing in
# them matches a line end, so that the end of the user's text and the begin of the block can never be read as one mark.
_GAP: Final = r"(?:[ \u00a0]|&nbsp;|&#160;){1,3}"
_NAME: Final = "hybridcal"
_RIGHT: Final = r"(?:»|&raquo;|&#187;|&#xbb;){3}"
_LEFT: Final = r"(?:«|&laquo;|&#171;|&#xab;){3}"
_MARK: Final = re.compile(
    rf"(?P<begin>{_RIGHT}{_GAP}{_NAME}{_GAP}{_RIGHT})|(?P<end>{_LEFT}{_GAP}{_NAME}{_GAP}{_LEFT})", re.IGNORECASE
)
_SEPARATOR: Final = re.compile(r"(?:\n\n|<br ?/?><br ?/?>)\Z", re.IGNORECASE)
_SEPARATOR_REACH: Final = 16
_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LONGEST_TEXT: Final = 8 * LIMIT
_LONGEST_CONTENT: Final = 4 * LIMIT

_MARK_VERSION: Final = "1"
_PERSONAL_ROOM: Final = "-"
_MARKED: Final = re.compile(r"\d [0-9a-f]{16} (?P<way>-|[a-z]{1,10}-[0-9a-f]{12})(?: (?P<word>webex|meet))?")

# What Google puts around its own conference block. Real rulers have 36 and more pairs; short look-alikes are text.
_GOOGLE_RULER: Final = re.compile(r"-::~:~::?(?::~){30,}::~:~::-")
_WHITE: Final = re.compile(r"(?:\s|<br ?/?>|&nbsp;)+", re.IGNORECASE)


def compose(description: str, room: Room, style: Style = PLAIN_ENGLISH) -> str:
    """Give ``description`` with the block of ``room`` in it: renewed where it stands, else appended.

    The block is HTML or plain as the user's text is, and gives up lines (``blocklines.variants``) until the whole is at
    most LIMIT long. ValueError: the room's link is not a plain http(s) address. NoRoomForBlock: not even the link line
    fits.
    """
    region = _region(description)
    if region is None and _size(description) >= LIMIT:
        raise NoRoomForBlock
    before, separator, after = _around(description, region)
    html_ = htmltext.is_marked_up(before) or htmltext.is_marked_up(after)
    if region is None and before:
        separator = "<br><br>" if html_ else "\n\n"
    budget = _budget(description, region, LIMIT - _size(before) - _size(separator) - _size(after))
    rendered = ((lines, _render(lines, style, html_=html_)) for lines in variants(room, style))
    lines, block = next((pair for pair in rendered if _size(pair[1]) <= budget), ((), ""))
    if not block:
        raise NoRoomForBlock
    if region is not None and _says(region, lines, html_=html_):
        return description
    return f"{before}{separator}{block}{after}"


def strip(description: str) -> str:
    """Give the user's own text: ``description`` without our block and without the empty line put before it."""
    before, _, after = _around(description, _region(description))
    return before + after


def find(description: str) -> Block | None:
    """Give our block in ``description``, read from its visible text; None when there is none (or none with a link)."""
    region = _region(description)
    return region.block if region else None


def mark(block: Block, owner: str, way: str = "", word: str = "") -> str:
    """Give what is written beside a block (in a private extended property) to know it again as one of ours.

    Form: version, short digest of ``owner``'s id and the visible lines, and unless they are '' ``way``, a word for the
    way to join that it stands for, and ``word``, the bare keyword that asked for it; at most 60 characters, of which
    none is anybody's text. A copy of the block in another person's calendar has another mark, or none.
    """
    more = [way or _PERSONAL_ROOM, word] if word else [way] if way else []
    content = "\n".join((owner, *block.lines, *more)).encode("utf-8", "surrogatepass")
    return " ".join((_MARK_VERSION, hashlib.sha256(content).hexdigest()[:16], *more))


def parts_of(marked: str) -> tuple[str, str]:
    """Give the way to join and the bare keyword that a mark names; '' for what it does not name."""
    found = _MARKED.fullmatch(marked)
    if found is None:
        return "", ""
    return found["way"].removeprefix(_PERSONAL_ROOM), found["word"] or ""


def same(one: str, other: str) -> bool:
    """Say whether two descriptions are equal, Google's own conference region (which it adds and removes) apart."""
    if one == other:
        return True
    first, second = _GOOGLE_RULER.search(one), _GOOGLE_RULER.search(other)
    return bool(first or second) and _without_google(one) == _without_google(other)


def _region(text: str) -> _Region | None:
    """Find the last begin mark that is directly followed by an end mark, with a link between them.

    A text far beyond what Google keeps holds no block of ours and is not read.
    """
    if len(text) > _LONGEST_TEXT or _NAME not in text:
        return None
    marks = list(_MARK.finditer(text))
    for begin, end in reversed(list(pairwise(marks))):
        if begin["begin"] and end["end"]:
            content = text[begin.end() : end.start()]
            block = _read(content)
            if block:
                return _Region(begin.start(), end.end(), block, htmltext.is_marked_up(content))
    return None


def _read(content: str) -> Block | None:
    if len(content) > _LONGEST_CONTENT:
        return None
    lines = _seen(content)
    details = _details(lines)
    links = (link for line in details for link in LINK.findall(line))
    link = next(links, "")
    addresses = (found for line in details if "://" not in line for found in _ADDRESS.findall(line))
    return Block(link=link, address=next(addresses, ""), lines=lines) if link else None


def _seen(content: str) -> tuple[str, ...]:
    """Give the visible lines without signs of direction, which come and go unseen."""
    return tuple(line for line in map(without_directions, htmltext.lines(content)) if line.strip())


def _details(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Give the lines between an organisation's own header and footer."""
    begin = lines.index(AFTER_HEADER) + 1 if AFTER_HEADER in lines else 0
    end = lines.index(BEFORE_FOOTER, begin) if BEFORE_FOOTER in lines[begin:] else len(lines)
    return lines[begin:end]


def _around(text: str, region: _Region | None) -> tuple[str, str, str]:
    """Split into the user's text before, the separator that we put there ('' if gone), and the user's text after."""
    if region is None:
        return text, "", ""
    before = text[: region.start]
    separator = _SEPARATOR.search(before, max(0, len(before) - _SEPARATOR_REACH))
    cut = separator.start() if separator else len(before)
    return before[:cut], before[cut:], text[region.end :]


def _render(lines: tuple[str, ...], style: Style, *, html_: bool) -> str:
    if not html_:
        return "\n".join((BEGIN, *lines, END))
    return f"{BEGIN}{marked_up(lines, right_to_left=style.right_to_left)}{END}"


def _budget(description: str, region: _Region | None, left: int) -> int:
    """Give the size that the block may have: what is left, or as much as it has already, for Google took that once."""
    return max(left, _size(description[region.start : region.end])) if region else left


def _says(region: _Region, lines: tuple[str, ...], *, html_: bool) -> bool:
    """Say whether the block found has this content, in a style that shows it: line ends vanish in marked-up text."""
    if html_ and not region.marked_up:
        return False
    return region.block.lines in {_seen("\n".join(lines)), _seen(marked_up(lines, right_to_left=False))}


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _without_google(text: str) -> tuple[str, ...]:
    """Give the words outside Google's regions: what white space it leaves behind is not established."""
    rulers = list(_GOOGLE_RULER.finditer(text))
    kept, position = [], 0
    for begin, end in zip(rulers[::2], rulers[1::2], strict=False):
        kept.append(text[position : begin.start()])
        position = end.end()
    kept.append(text[position:])
    return tuple(_WHITE.sub(" ", " ".join(kept)).split())


__all__ = [
    "BEGIN",
    "END",
    "LIMIT",
    "Block",
    "NoRoomForBlock",
    "Room",
    "compose",
    "find",
    "mark",
    "parts_of",
    "same",
    "strip",
]
