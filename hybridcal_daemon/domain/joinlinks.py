"""Recognising how to join a meeting from what its organiser wrote.

Owns: choosing, among everything that was found, the one way to join that counts, and saying why.
Promises: pure and bounded as ``joinscan.py`` is; where there is any way to join, one is chosen.
Does not: fetch anything, nor log: everything in a :class:`JoinLink` is somebody's text.

The order (features.md c2 and gap 9): our own join block; then the administrators' rules and the table, by priority
(the table's is 0); then conference data, location, body; within a text the first link, but Google's own line before a
Meet link that somebody pasted, and any meeting before a webinar, a chat or a broadcast. A link with a passcode replaces
its bare twin wherever it stands. Without any link: the first address for video systems, then a telephone number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from hybridcal_daemon.domain import joinblock, joindial, joinscan
from hybridcal_daemon.domain.joinproviders import GOOGLE_MEET, WEBEX
from hybridcal_daemon.domain.joinrules import NO_RULES, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.joinproviders import Provider
    from hybridcal_daemon.domain.joinrules import Rules
    from hybridcal_daemon.domain.joinscan import Found

Where = Literal["block", "conference", "location", "body"]
_ORDER: Final[tuple[Where, ...]] = ("block", "conference", "location", "body")

# Google's own line names its product in every language; a link that a person pasted does not stand behind it.
_GOOGLE_LINE: Final = re.compile(r"Google Meet\s{0,2}[:\uff1a]\s{0,3}(?:<a\s[^<>]{0,200})?\Z")
_GOOGLE_LINE_REACH: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLink:
    """How to join.

    ``url``: a link, or an address (``sip:``, ``sips:``, ``h323:``, ``pexip:``, ``tel:``) where there is no link.
    ``web``: the link for a browser, '' when there is none. ``dial``: what a video system dials (``sip:`` ...), or ''.
    ``provider`` as in the table; ``rule``: what recognised it.
    """

    url: str = field(repr=False)
    provider: str
    web: str = field(default="", repr=False)
    dial: str = field(default="", repr=False)
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to join, where it was found, and what ranks it."""

    where: Where
    position: int
    link: JoinLink
    priority: int = 0
    weak: bool = False
    found: Found | None = field(default=None, repr=False)

    @property
    def rank(self) -> tuple[int, int, int, bool]:
        """Least for the best; equal ones keep the order in which they were found."""
        return self.where != "block", -self.priority, _ORDER.index(self.where), self.weak


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The winner, why it won, and everything else in the order in which it would have won."""

    link: JoinLink
    why: str
    others: tuple[Candidate, ...] = ()


def find_join(location: str, body: str, conference_uri: str, rules: Rules = NO_RULES) -> JoinLink | None:
    """Choose the one way to join an event; None when there is none. Works on HTML and plain text."""
    choice = choose(location, body, conference_uri, rules)
    return choice.link if choice else None


def choose(location: str, body: str, conference_uri: str, rules: Rules = NO_RULES) -> Choice | None:
    """Choose as :func:`find_join` does, and say why."""
    texts = _Texts.of(location, body, conference_uri)
    ranked = sorted(_candidates(texts, rules), key=lambda one: one.rank)
    if not ranked:
        return _without_link(texts)
    best, twin = _with_passcode(ranked)
    others = tuple(one for one in ranked if one is not best)
    link = best.link if best.link.dial or best.found is None else _with_dial(best, texts)
    return Choice(link=link, why=_why(best, others, twin=twin), others=others)


def mentions(text: str, provider: Provider) -> bool:
    """Say whether ``text`` (HTML or plain) holds a join link of ``provider``."""
    return any(found.provider is provider for found in joinscan.meetings(joinscan.readable(text)))


@dataclass(frozen=True, slots=True)
class _Texts:
    """Everything that is read, readable; ``block``: link and address of our own join block."""

    block: tuple[str, str]
    parts: tuple[tuple[Where, str], ...]

    @classmethod
    def of(cls, location: str, body: str, conference_uri: str) -> _Texts:
        ours = joinblock.find(joinscan.clip(body))
        block = (ours.link, ours.address) if ours else ("", "")
        read = joinscan.readable
        return cls(block, (("conference", read(conference_uri)), ("location", read(location)), ("body", read(body))))

    @property
    def together(self) -> str:
        """Give what people wrote, in one."""
        return "\n".join(text for _, text in self.parts)


def _candidates(texts: _Texts, rules: Rules) -> Iterator[Candidate]:
    link, address = texts.block
    for found in joinscan.meetings(link):
        if found.provider is WEBEX:
            shown = JoinLink(
                url=found.url, web=found.web, provider=found.name, dial=_own_sip(address), rule="own-block"
            )
            yield Candidate("block", 0, shown, found=found)
    for where, text in texts.parts:
        yield from _in_text(where, text, rules)


def _in_text(where: Where, text: str, rules: Rules) -> list[Candidate]:
    hits = rules.hits(text, where)
    taken = {hit.position for hit in hits}
    built_in = [found for found in joinscan.meetings(text) if found.position not in taken]
    candidates = [_by_table(where, found) for found in built_in]
    candidates += [_by_rule(where, hit) for hit in hits if not hit.ignored]
    candidates.sort(key=lambda one: one.position)
    return _google_first(text, candidates)


def _by_table(where: Where, found: Found) -> Candidate:
    link = JoinLink(url=found.url, web=found.web, provider=found.name, rule=f"builtin:{found.name}")
    return Candidate(where, found.position, link, weak=found.provider.weak, found=found)


def _by_rule(where: Where, hit: Hit) -> Candidate:
    link = JoinLink(url=hit.url or hit.dial, web=hit.url, provider=hit.provider, dial=hit.dial, rule=hit.rule)
    return Candidate(where, hit.position, link, priority=hit.priority)


def _google_first(text: str, candidates: list[Candidate]) -> list[Candidate]:
    if not candidates or not _is_meet(candidates[0]):
        return candidates
    own = [one for one in candidates if _is_meet(one) and _is_google_line(text, one.position)]
    return [*own[:1], *(one for one in candidates if one not in own[:1])]


def _is_meet(candidate: Candidate) -> bool:
    return candidate.found is not None and candidate.found.provider is GOOGLE_MEET


def _is_google_line(text: str, position: int) -> bool:
    return _GOOGLE_LINE.search(text[max(0, position - _GOOGLE_LINE_REACH) : position]) is not None


def _with_passcode(ranked: list[Candidate]) -> tuple[Candidate, bool]:
    """Give the best, or the link to the same meeting that needs no typing of a passcode, and whether it is that."""
    best = ranked[0]
    if best.found is None or best.found.has_passcode:
        return best, False
    for other in ranked[1:]:
        if other.found is not None and other.found.has_passcode and other.found.same_meeting(best.found):
            return other, True
    return best, False


def _with_dial(best: Candidate, texts: _Texts) -> JoinLink:
    link, found = best.link, best.found
    dial = (joindial.behind(found, texts.together) if found else "") or _said_apart(texts)
    return JoinLink(url=link.url, web=link.web, provider=link.provider, dial=dial, rule=link.rule)


def _said_apart(texts: _Texts) -> str:
    """Give a video address from the conference data or the location, where people put it for the room they meet in."""
    apart = (text for where, text in texts.parts if where != "body")
    return next((one.dial for text in apart for one in joindial.addresses(text) if not one.audio), "")


def _own_sip(address: str) -> str:
    """Give the video address that our own block shows, provided that it is one of Webex."""
    return f"sip:{address}" if WEBEX.owns(address.rpartition("@")[2].lower()) else ""


def _without_link(texts: _Texts) -> Choice | None:
    found = [
        Candidate(
            where,
            one.position,
            JoinLink(url=one.uri, provider=one.provider, dial=one.dial, rule=f"builtin:{one.provider}"),
            weak=one.audio,
        )
        for where, text in texts.parts
        for one in joindial.addresses(text)
    ]
    found.sort(key=lambda one: (one.weak, one.rank))
    if not found:
        return None
    return Choice(link=found[0].link, why=_why_dial(found[0], len(found) - 1), others=tuple(found[1:]))


_PLACES: Final = {
    "block": "our own join block",
    "conference": "the conference data",
    "location": "the location",
    "body": "the body",
}


def _why(best: Candidate, others: tuple[Candidate, ...], *, twin: bool) -> str:
    place = _PLACES[best.where]
    if twin:
        return f"the same meeting as the first link, but with its passcode; it stands in {place}"
    if not others:
        return f"the only join link; it stands in {place}"
    return f"{_against(best, others[0])} ({len(others)} other join link{'s' * (len(others) > 1)})"


def _against(best: Candidate, other: Candidate) -> str:
    place = _PLACES[best.where]
    if best.where == "block":
        return "it stands in our own join block"
    if best.priority != other.priority:
        return f"its rule has the highest priority, {best.priority}"
    if best.where != other.where:
        return f"{place} comes before {_PLACES[other.where]}"
    if best.weak != other.weak:
        return f"a meeting in {place} comes before a webinar, chat or broadcast there"
    first = best.position < other.position
    return (
        f"the first join link in {place}" if first else f"Google's own line in {place} comes before a pasted Meet link"
    )


def _why_dial(best: Candidate, others: int) -> str:
    kind = "a telephone number, for audio only: there is nothing else" if best.weak else "an address for video systems"
    more = f" ({others} other address{'es' * (others > 1)})" if others else ""
    return f"no join link, but {kind}; it stands in {_PLACES[best.where]}{more}"
