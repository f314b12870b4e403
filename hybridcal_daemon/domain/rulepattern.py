"""Regular expressions that cannot run away.

Owns: checking an administrator's expression, and trying it on a text. Promises: what passes the check costs a bounded
number of steps on any text, by construction and not by a clock: it begins with letters that are looked for first
(at most MAX_TRIES places), reads at most REACH characters from there, repeats only single characters, and has at most
two repeats that could also end earlier. Look-around, references to groups and repeated groups are refused.
Does not: read rule files (``shell/join_rules.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

REACH: Final = 512
MAX_TRIES: Final = 64
MAX_SOURCE: Final = 400
MAX_OPEN: Final = 2
LEAST_PREFIX: Final = 3

_PIECE: Final = re.compile(
    r"(?P<open>\((?:\?:|\?P<[A-Za-z_]\w{0,31}>|(?!\?)))|(?P<close>\)\??)|(?P<bar>\|)|"
    r"(?P<item>\\[dDwWsS.\\/?+*()\[\]{}|^$#:@%&=~-]|\[\^?\]?(?:\\.|[^\]\\])*\]|\.|[^\\\[\](){}|?*+^$])"
    r"(?P<count>[*+?]\??|\{\d{1,3}(?:,(?:\d{1,3})?)?\}\??)?",
    re.ASCII,
)


class BadPattern(Exception):  # noqa: N818 - a verdict on one expression, turned into an error with its place
    """An expression that is refused; the text says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression that passed the check. ``prefix``: the letters it begins with, in lower case."""

    regex: re.Pattern[str]
    prefix: str

    def begins(self, text: str) -> re.Match[str] | None:
        """Give the match at the beginning of ``text``, None when there is none."""
        return self.regex.match(text, 0, REACH) if text[: len(self.prefix)].lower() == self.prefix else None

    def find(self, text: str, lower: str = "") -> Iterator[re.Match[str]]:
        """Give the matches in ``text``, in order, that do not overlap; at most MAX_TRIES places are tried.

        ``lower``: what :func:`lowered` makes of the text, where it is known already.
        """
        lower = lower or lowered(text)
        start = 0
        for _ in range(MAX_TRIES):
            start = lower.find(self.prefix, start)
            if start < 0:
                return
            found = self.regex.match(text, start, start + REACH)
            if found:
                yield found
            start = max(start + 1, found.end() if found else 0)


def lowered(text: str) -> str:
    """Lower case of the ASCII letters only, so that every character keeps its place."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def check(source: str) -> Pattern:
    """Check and compile an expression. BadPattern."""
    if len(source) > MAX_SOURCE:
        raise BadPattern(f"is longer than {MAX_SOURCE} characters; split it into several rules")
    pieces = list(_pieces(source))
    try:
        regex = re.compile(source, re.ASCII | re.IGNORECASE)
    except (re.error, OverflowError) as error:
        raise BadPattern(f"is not a regular expression: {error}") from None
    prefix = _prefix(pieces)
    if len(prefix) < LEAST_PREFIX:
        raise BadPattern(f"must begin with at least {LEAST_PREFIX} plain characters, such as https://")
    if _open_repeats(pieces) > MAX_OPEN:
        raise BadPattern(
            f"has more than {MAX_OPEN} repeats that overlap what follows them; let what follows begin with a character "
            "that the repeat leaves out, such as [^/]+/ instead of .+/"
        )
    return Pattern(regex, prefix.lower())


def _pieces(source: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(source):
        piece = _PIECE.match(source, position)
        if piece is None:
            raise BadPattern(_refusal(source, position))
        yield piece
        position = piece.end()


def _refusal(source: str, position: int) -> str:
    rest = source[position:]
    at = f"at character {position + 1}"
    if rest[0] in "*+{?":
        return f"repeats a group {at}; repeat single characters or sets only, such as [a-z/]+ instead of (?:[a-z]+/)+"
    if rest.startswith("(?"):
        return f"uses look-around or flags {at}; groups may be (...), (?:...) and (?P<name>...) only"
    if rest[0] in "^$":
        return f"has an anchor {at}; leave it out, an expression is tried where its first characters stand"
    return f"has {rest[:2]!r} {at}, which rules do not take; write plain characters, sets, \\d, \\w, \\s and groups"


def _prefix(pieces: list[re.Match[str]]) -> str:
    text = ""
    if any(piece["bar"] for piece in pieces) and not _bars_are_inside(pieces):
        return text
    for piece in pieces:
        if piece["open"] or not piece["item"]:
            break
        letter = _literal(piece["item"])
        if not letter or piece["count"]:
            break
        text += letter
    return text


def _bars_are_inside(pieces: list[re.Match[str]]) -> bool:
    depth = 0
    for piece in pieces:
        depth += bool(piece["open"]) - bool(piece["close"])
        if piece["bar"] and depth == 0:
            return False
    return True


def _literal(item: str) -> str:
    """Give the one character that an item stands for, '' for sets, classes and the dot."""
    if item.startswith("\\"):
        return "" if item[1] in "dDwWsS" else item[1]
    return "" if item.startswith("[") or item == "." or not item.isascii() else item


def _open_repeats(pieces: list[re.Match[str]]) -> int:
    return sum(_is_open(piece, pieces[number + 1 :]) for number, piece in enumerate(pieces))


def _is_open(piece: re.Match[str], after: list[re.Match[str]]) -> bool:
    """Say whether a repeat could also end earlier: whether what follows may begin with what it repeats."""
    if not piece["count"] or re.fullmatch(r"\?\??|\{1\}|\{\d+\}", piece["count"]):
        return False
    following = next((one for one in after if not (one["open"] or one["close"] == ")")), None)
    if following is None:
        return False
    letter = _literal(following["item"]) if following["item"] else ""
    sure = letter and not (following["count"] and following["count"][0] in "*?{")
    return not sure or re.fullmatch(piece["item"], letter, re.ASCII | re.IGNORECASE) is not None
