"""Recognising how to join a meeting from what its organiser wrote.

Owns: finding links in location, body and conference data, and choosing the one that counts.
Promises: pure; reads at most MAX_TEXT characters of each text and MAX_LINKS links in it, each once, so the work is
bounded whatever an inviter sends. Only hosts and paths of the table in ``joinproviders.py`` are ever accepted: no
look-alike host, no user info, no port, no scheme but http(s), no redirector that is not in ``linkwrappers.py``.
Does not: fetch anything, nor log: everything in a :class:`JoinLink` is somebody's text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import htmltext, joinblock
from hybridcal_daemon.domain.joinproviders import GOOGLE_MEET, PROVIDERS, WEBEX, Provider
from hybridcal_daemon.domain.linkwrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT: Final = 65_536
"""Characters read of one text; Google keeps about 8,192 of a description."""
MAX_LINKS: Final = 512
MAX_LINK: Final = 4_096

# A run of characters that a link may consist of. Quotes, brackets and backslash end it; letters beyond ASCII up to the
# Greek extensions belong to it, so that ".../meet/j\u00fcrgen" is refused rather than cut to somebody else's room,
# while Chinese and Japanese text may follow directly.
_RUN: Final = re.compile(r"[!#$%&*+,\-./0-9:;=?@A-Z_a-z~\u00c0-\u1fff]+")
_SCHEME: Final = re.compile(r"(?:^|(?<=[^A-Za-z0-9+.-]))(?:https?|zoommtg)://", re.IGNORECASE)
_WITHOUT_SCHEME: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]+/.", re.IGNORECASE)
_AROUND: Final = ".,;:!?*_~-"
_BEHIND: Final = ".,;:!?*"
_LINK: Final = re.compile(
    r"(?P<scheme>https?|zoommtg)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<target>(?:[/?#][!#$%&*+,\-./0-9:;=?@A-Z_a-z~]*)?)",
    re.IGNORECASE,
)
_ZOOM_NUMBER: Final = re.compile(r"[?&]confno=(\d+)", re.ASCII)
_ZOOM_PASSCODE: Final = re.compile(r"[?&](pwd=[^&#]+)")
# Google's own line names its product in every language; a link that a person pasted does not stand behind it.
_GOOGLE_LINE: Final = re.compile(r"Google Meet\s{0,2}[:\uff1a]\s{0,3}(?:<a\s[^<>]{0,200})?\Z")
_GOOGLE_LINE_REACH: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLink:
    """How to join: ``url`` for a browser or app, ``provider`` as in the table, ``uri`` a ``sip:`` address or ''."""

    url: str = field(repr=False)
    provider: str
    uri: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Candidate:
    provider: Provider
    host: str
    target: str
    meeting: str
    position: int

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.target}"

    @property
    def has_passcode(self) -> bool:
        return self.provider.passcode.search(self.target) is not None

    def same_meeting(self, other: _Candidate) -> bool:
        return self.provider is other.provider and self.meeting == other.meeting


def find_join(location: str, body: str, conference_uri: str) -> JoinLink | None:
    """Choose the one way to join an event; None when there is none.

    Our own join block counts most, then conference data, location, body; within one text the first link, but Google's
    own line before a Meet link that somebody pasted. A link with a passcode replaces its bare twin wherever it stands.
    Works on HTML and plain text. Source of the order: features.md c2.
    """
    block = joinblock.find(body[:MAX_TEXT])
    ours = [found for found in _candidates(block.link if block else "") if found.provider is WEBEX]
    body_ = _readable(body)
    location_ = _readable(location)
    texts = (_readable(conference_uri), location_, body_)
    candidates = [*ours, *(found for text in texts for found in _google_first(text))]
    if not candidates:
        return None
    best = _with_passcode(candidates[0], candidates)
    uri = (ours and block and _sip(block.address)) or _dial(best, f"{location_}\n{body_}")
    return JoinLink(url=best.url, provider=best.provider.name, uri=uri)


def mentions(text: str, provider: Provider) -> bool:
    """Say whether ``text`` (HTML or plain) holds a join link of ``provider``."""
    return any(found.provider is provider for found in _candidates(_readable(text)))


def _readable(text: str) -> str:
    return htmltext.decode(text[:MAX_TEXT])


def _candidates(text: str) -> list[_Candidate]:
    links = islice(_links(text), MAX_LINKS)
    return [found for position, link in links if (found := _recognise(link, position))]


def _links(text: str) -> Iterator[tuple[int, str]]:
    """Give everything in ``text`` that is written like a link, with its position, in order."""
    for run in _RUN.finditer(text):
        if "/" not in run[0]:
            continue  # a word like most; every form of a link has a slash, and this look costs a tenth of the others
        schemes = list(_SCHEME.finditer(run[0]))
        if schemes:
            yield from _with_scheme(run, schemes)
        elif "://" not in run[0] and _WITHOUT_SCHEME.match(bare := run[0].strip(_AROUND)):
            yield run.start(), f"https://{bare}"


def _with_scheme(run: re.Match[str], schemes: list[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """Give the link that begins with the first scheme, and those that a comma or semicolon sets apart from it.

    Any other scheme further on is inside the link before it: a redirector's target, which is not ours to follow.
    """
    text = run[0]
    if "://" in text[: schemes[0].start()] or "?" in text[: schemes[0].start()]:
        return
    starts = [scheme.start() for scheme in schemes[:1]]
    starts += [scheme.start() for scheme in schemes[1:] if text[scheme.start() - 1] in ",;"]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield run.start() + start, text[start:end].rstrip(_BEHIND)


def _recognise(link: str, position: int) -> _Candidate | None:
    found = _LINK.fullmatch(link) if len(link) <= MAX_LINK else None
    if found is None:
        return None
    host, target = found["host"].lower(), found["target"]
    if found["scheme"].lower() == "zoommtg":
        return _known(host, _zoom_web_form(target), position)
    path, _, query = target.partition("#")[0].partition("?")
    return _known(host, target, position) or _inside(unwrap(host, path, query), position)


def _inside(link: str | None, position: int) -> _Candidate | None:
    """Recognise a wrapper's target; it must be a whole http(s) link of a known service itself."""
    found = _LINK.fullmatch(link) if link and len(link) <= MAX_LINK else None
    if found is None or found["scheme"].lower() == "zoommtg":
        return None
    return _known(found["host"].lower(), found["target"], position)


def _known(host: str, target: str, position: int) -> _Candidate | None:
    for provider in PROVIDERS:
        if provider.owns(host):
            meeting = provider.meeting(target)
            return _Candidate(provider, host, target, meeting, position) if meeting else None
    return None


def _zoom_web_form(target: str) -> str:
    """Rewrite ``/join?confno=1&pwd=x`` of Zoom's native scheme to ``/j/1?pwd=x``, which opens the app as well."""
    number, passcode = _ZOOM_NUMBER.search(target), _ZOOM_PASSCODE.search(target)
    if not (number and target.startswith("/join?")):
        return ""
    return f"/j/{number[1]}" + (f"?{passcode[1]}" if passcode else "")


def _google_first(text: str) -> list[_Candidate]:
    candidates = _candidates(text)
    if not candidates or candidates[0].provider is not GOOGLE_MEET:
        return candidates
    own = [found for found in candidates if found.provider is GOOGLE_MEET and _is_google_line(text, found.position)]
    return [*own[:1], *candidates]


def _is_google_line(text: str, position: int) -> bool:
    return _GOOGLE_LINE.search(text[max(0, position - _GOOGLE_LINE_REACH) : position]) is not None


def _with_passcode(best: _Candidate, candidates: list[_Candidate]) -> _Candidate:
    if best.has_passcode:
        return best
    return next((other for other in candidates if other.same_meeting(best) and other.has_passcode), best)


def _sip(address: str) -> str:
    """Give the video address that our own block shows, provided that it is one of Webex."""
    return f"sip:{address}" if WEBEX.owns(address.rpartition("@")[2].lower()) else ""


def _dial(best: _Candidate, text: str) -> str:
    """Give the address that video systems dial: one on the link's own site in the text, else a Personal Room's.

    ``<number>@<site>`` needs no scheme, a name needs ``sip:`` in front (features.md c2.1, c2.6). Other services: ''.
    """
    if best.provider is not WEBEX:
        return ""
    site = re.escape(best.host)
    written = f"@{best.host}" in text.lower() and re.search(
        rf"(?:\bsips?:(?P<name>[\w.%+-]{{1,64}})|(?<![\w.+-])(?P<number>\d{{6,20}}))@{site}(?![\w-]|\.\w)",
        text,
        re.ASCII | re.IGNORECASE,
    )
    if written:
        return f"sip:{written['name'] or written['number']}@{best.host}"
    room = WEBEX.personal.fullmatch(best.target)
    return f"sip:{room['id']}@{best.host}" if room else ""
