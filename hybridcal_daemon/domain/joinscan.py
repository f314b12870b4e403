"""Finding links in text.

Owns: making a text readable, everything in it that is written like a link, and whether each leads into a meeting.
Promises: pure; reads the beginning and the end of a text, MAX_TEXT characters of each, and MAX_LINKS links, each once,
so that the work is bounded whatever an inviter sends. Only hosts and paths of the table are accepted: no look-alike
host, no user info, no port but a scheme's own and those that the table names, no scheme but http(s) and Zoom's, no
redirector that is not in ``linkwrappers.py``.
Does not: choose among what it finds (``joinlinks.py``), nor find addresses to dial (``joindial.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import htmltext, joinindex
from hybridcal_daemon.domain.linkwrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.joinproviders import Provider

MAX_TEXT: Final = 65_536
"""Characters read of the beginning and of the end of a text; Google keeps about 8,192 of a description."""
MAX_LINKS: Final = 512
MAX_LINK: Final = 4_096

_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_VISIBLE: Final = str.maketrans("", "", _INVISIBLE)
_ANY_INVISIBLE: Final = re.compile(f"[{_INVISIBLE}]")
# A run of characters that a link may consist of. Quotes, brackets and backslash end it; letters beyond ASCII up to the
# Greek extensions belong to it, so that ".../meet/j\u00fcrgen" is refused rather than cut to somebody else's room,
# while languages without spaces between words (Chinese, Japanese, Thai, Burmese, Khmer) may follow directly.
_RUN: Final = re.compile(rf"[!#$%&*+,\-./0-9:;=?@A-Z_a-z~\u00c0-\u0dff\u10a0-\u177f\u1800-\u1fff{_INVISIBLE}]+")
_SCHEME: Final = re.compile(r"(?:^|(?<=[^A-Za-z0-9+.-]))(?:https?|zoommtg|zoomus)://", re.IGNORECASE)
_WITHOUT_SCHEME: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]+/.", re.IGNORECASE)
# Full stops, commas and question marks of Greek, Armenian, Hebrew, Arabic, Indian and Ethiopian scripts.
_STOPS: Final = "\u037e\u0387\u0589\u05be\u05c3\u060c\u061b\u061f\u06d4\u0964\u0965\u1362"
_AROUND: Final = ".,;:!?*_~-" + _INVISIBLE + _STOPS
_BEHIND: Final = ".,;:!?*" + _INVISIBLE + _STOPS
_EMPHASIS: Final = frozenset("_~")
_LINK: Final = re.compile(
    r"(?P<scheme>https?|zoommtg|zoomus)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<port>:[0-9]{2,5}(?![0-9]))?"
    r"(?P<target>(?:[/?#][!#$%&*+,\-./0-9:;=?@A-Z_a-z~]*)?)",
    re.IGNORECASE,
)
_PORTS: Final = {"http": ":80", "https": ":443"}
_SOFT_BREAK: Final = re.compile(r"=\r?\n")
# A line break of iCalendar (RFC 5545, 3.3.11) that an import escaped once too often would hide the link behind it.
_ICAL_BREAK: Final = re.compile(r"\\[nN](?=https?://)", re.ASCII)
_CODE: Final = re.compile(r"(?<![\w.-])(?:javascript|vbscript|data|blob|file|view-source|about)\s*:", re.IGNORECASE)
_DATA: Final = re.compile(r"(?<![\w.-])data:(?:text|application)/[\w.+-]+[;,]", re.IGNORECASE)
_CODE_REACH: Final = 120
_ESCAPED: Final = re.compile(r"=([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class Found:
    """A link that leads into a meeting; ``position`` in the text, ``native`` is a link for Zoom's own application."""

    provider: Provider
    name: str
    host: str
    target: str = field(repr=False)
    meeting: str = field(repr=False)
    position: int
    native: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Give the link as it is shown: https, or Zoom's own scheme where that says more."""
        return self.native or self.web

    @property
    def web(self) -> str:
        """Give the link for a browser."""
        return f"https://{self.host}{self.target}"

    @property
    def has_passcode(self) -> bool:
        """Say whether nobody has to type a passcode after following it."""
        return self.provider.has_passcode(self.target)

    def same_meeting(self, other: Found) -> bool:
        """Say whether both lead into one meeting."""
        return self.provider.kin == other.provider.kin and self.meeting == other.meeting


def clip(text: str) -> str:
    """Give the part of ``text`` that is read: all of it unless it is long, else its beginning and its end."""
    return text if len(text) <= 2 * MAX_TEXT else f"{text[:MAX_TEXT]}\n{text[-MAX_TEXT:]}"


def readable(text: str) -> str:
    """Give the clipped text without the encodings that mail and HTML leave in it.

    Soft line breaks and escapes of quoted-printable (RFC 2045, 6.7) are undone only where both stand in the text: an
    equals sign at the end of a line may also be a parameter's.
    """
    text = clip(text)
    if "=3D" in text and _SOFT_BREAK.search(text):
        text = _ESCAPED.sub(lambda escape: _octet(escape[1]), _SOFT_BREAK.sub("", text))
    text = htmltext.decode(text).replace("<wbr>", "")
    return _ICAL_BREAK.sub("\n", text) if "\\" in text else text


def _octet(digits: str) -> str:
    octet = int(digits, 16)
    return chr(octet) if octet < 128 else f"={digits}"  # noqa: PLR2004 - bytes of UTF-8 are no characters by themselves


def meetings(text: str) -> list[Found]:
    """Give what leads into a meeting in a readable text, in order."""
    return [found for position, link in links(text) if (found := recognise(link, position))]


def links(text: str) -> Iterator[tuple[int, str]]:
    """Give everything in a readable text that is written like a link, with its position, in order."""
    return islice(_links(text), MAX_LINKS)


def _links(text: str) -> Iterator[tuple[int, str]]:
    for run in _RUN.finditer(text):
        word = run[0]
        if "/" not in word or "." not in word:
            continue  # a word like most; every form of a link has both, and this look costs a tenth of the others
        if "://" in word:
            yield from _with_scheme(run, list(islice(_SCHEME.finditer(word), MAX_LINKS)))
        elif _WITHOUT_SCHEME.match(bare := word.strip(_AROUND)) and not _is_code(run):
            yield run.start(), bare


def _with_scheme(run: re.Match[str], schemes: list[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """Give the link that begins with the first scheme, and those that a comma or semicolon sets apart from it.

    Any other scheme further on is inside the link before it: a redirector's target, which is not ours to follow.
    """
    text = run[0]
    before = text[: schemes[0].start()] if schemes else "?"
    if "://" in before or "?" in before or _is_code(run):
        return
    starts = [scheme.start() for scheme in schemes[:1]]
    starts += [scheme.start() for scheme in schemes[1:] if text[scheme.start() - 1] in ",;"]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        behind = _BEHIND + before[-1:] if before[-1:] in _EMPHASIS else _BEHIND  # markdown: _https://..._
        yield run.start() + start, text[start:end].rstrip(behind)


def _is_code(run: re.Match[str]) -> bool:
    """Say whether the run belongs to a script or to data, such as ``javascript:open('https://...')``."""
    start = run.start()
    line = run.string[max(0, start - _CODE_REACH) : start].rpartition("\n")[2]
    word = line.rpartition(" ")[2] + run[0].partition("://")[0]
    return _CODE.search(word) is not None or _DATA.search(line) is not None


def recognise(link: str, position: int) -> Found | None:
    """Judge one link as :func:`links` gives it.

    An invisible character may have been put into the link or between it and what follows: both are tried, in this
    order, so that a number is never cut short.
    """
    if len(link) > MAX_LINK or not (invisible := _ANY_INVISIBLE.search(link)):
        return _recognise(link, position)
    cut = link[: invisible.start()].rstrip(_BEHIND)
    return _recognise(link.translate(_VISIBLE), position) or _recognise(cut, position)


def _recognise(link: str, position: int) -> Found | None:
    found = parse(link.replace("&amp;", "&"))  # what was escaped twice
    if found is None:
        return None
    host, target = _host(found), found["target"]
    if found["scheme"].lower().startswith("zoom"):
        return _native(host, target, position)
    path, _, query = target.partition("#")[0].partition("?")
    if (inside := unwrap(host, path, query)) is not None:
        return _inside(inside, position)
    return known(host, target, position, bare="://" not in link)


def parse(link: str) -> re.Match[str] | None:
    """Take a link apart (scheme, host, port, target); None when it is too long or not one."""
    whole = link if "://" in link else f"https://{link}"
    return _LINK.fullmatch(whole) if len(whole) <= MAX_LINK else None


def _host(found: re.Match[str]) -> str:
    """Give the host in lower case, with its port unless that is the scheme's own; the table knows few such."""
    port = found["port"] or ""
    return found["host"].lower() + ("" if port == _PORTS.get(found["scheme"].lower()) else port)


def target_of(link: str) -> str:
    """Give the link itself, or what is inside it when it is a known wrapper."""
    found = parse(link)
    if found is None:
        return link
    path, _, query = found["target"].partition("#")[0].partition("?")
    return unwrap(_host(found), path, query) or link


def _inside(link: str, position: int) -> Found | None:
    """Recognise a wrapper's target; it must be a whole http(s) link of a known service itself."""
    found = parse(link) if "://" in link else None
    if found is None or found["scheme"].lower().startswith("zoom"):
        return None
    return known(_host(found), found["target"], position)


def known(host: str, target: str, position: int, *, bare: bool = False) -> Found | None:
    """Look a host and what follows it up in the table."""
    recognised = joinindex.recognise(host, target)
    if recognised is None:
        return None
    provider, meeting = recognised
    personal = bare and provider.bare and re.fullmatch(provider.personal, target, re.ASCII)
    return Found(provider, provider.bare if personal else provider.name, host, target, meeting, position)


_NUMBER: Final = re.compile(r"[?&]confno=(\d+)", re.ASCII)
_PASSCODE: Final = re.compile(r"[?&](pwd=[^&#]+)")


def _native(host: str, target: str, position: int) -> Found | None:
    """Rewrite ``/join?confno=1&pwd=x`` of Zoom's own schemes to ``/j/1?pwd=x``, which opens the application as well.

    A link that says more than that (a display name, a token) is kept as it is, for what it says would be lost.
    """
    number, passcode = _NUMBER.search(target), _PASSCODE.search(target)
    if not (number and target.lower().startswith("/join?")):
        return None
    found = known(host, f"/j/{number[1]}" + (f"?{passcode[1]}" if passcode else ""), position)
    if found is None or found.provider.kin not in {"zoom", "zoomgov"}:
        return None
    said = {pair.partition("=")[0] for pair in target.partition("?")[2].split("&")}
    if said <= {"confno", "pwd", "action", ""}:
        return found
    return Found(
        found.provider, "zoom_native", host, found.target, found.meeting, position, f"zoommtg://{host}{target}"
    )
