"""Links that mail gateways and Google wrap around other people's links.

Owns: the table of known wrappers and how each hides its target.
Promises: pure, linear, never follows anything over the network. A wrapper that cannot be read gives None; a host that
is not in the table is no wrapper, however much its parameters look like a link.
Does not: judge the target (``joinlinks.py`` does, and never accepts a wrapper inside a wrapper).
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable

Parts = tuple[str, str, str]
"""Host in lower case, path, and query without its question mark."""


def unwrap(host: str, path: str, query: str) -> str | None:
    """Give the link inside a wrapper, None when this is not one or it cannot be read."""
    for suffix, read in _WRAPPERS:
        if host == suffix or host.endswith("." + suffix):
            target = read((host, path, query))
            return _once_more(target) if target else None
    return None


def _once_more(target: str) -> str:
    """Decode again when the link as a whole was encoded twice; escapes inside a readable link stay as they are."""
    return unquote(target) if re.match(r"https?%3a", target, re.IGNORECASE) else target


def _parameter(query: str, *names: str) -> str | None:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in names:
            return unquote(value)
    return None


def _safe_links(parts: Parts) -> str | None:
    """Microsoft Safe Links: ``?url=``, at any path."""
    return _parameter(parts[2], "url")


def _google(parts: Parts) -> str | None:
    """Google's redirect: ``/url?q=``."""
    return _parameter(parts[2], "q", "url") if parts[1] == "/url" else None


def _proofpoint_2(parts: Parts) -> str | None:
    """Proofpoint URL Defense 2: ``/v2/url?u=`` with ``-`` for ``%`` and ``_`` for ``/``."""
    if parts[1] != "/v2/url":
        return None
    target = _parameter(parts[2], "u")
    return unquote(target.replace("-", "%").replace("_", "/")) if target else None


_V3: Final = re.compile(r"/v3/__(?P<link>.+?)__;(?P<bytes>[\w=-]*)!", re.ASCII)
_STAR: Final = re.compile(r"\*(?:\*(?P<run>[\w-]))?", re.ASCII)
_RUNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _proofpoint_3(parts: Parts) -> str | None:
    """Proofpoint URL Defense 3: each ``*`` is a byte of the base64 behind the link, ``**X`` a run of them (A is 2)."""
    found = _V3.match(f"{parts[1]}?{parts[2]}" if parts[2] else parts[1])
    if found is None:
        return None
    try:
        hidden = urlsafe_b64decode(found["bytes"].rstrip("=") + "=" * (-len(found["bytes"].rstrip("=")) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return _fill(found["link"], hidden)


def _fill(link: str, hidden: str) -> str | None:
    position = 0

    def take(star: re.Match[str]) -> str:
        nonlocal position
        start, position = position, position + (_RUNS.index(star["run"]) + 2 if star["run"] else 1)
        return hidden[start:position]

    filled = _STAR.sub(take, link)
    return re.sub(r"^(https?):/(?!/)", r"\1://", filled) if position == len(hidden) else None


def _cisco_secure_web(parts: Parts) -> str | None:
    """Cisco Secure Email: ``/<token>/<link>``, the link percent-encoded as the last segment."""
    segments = parts[1].split("/")
    return unquote(segments[-1]) if len(segments) == 3 else None  # noqa: PLR2004 - '', the token, the link


_MEET_CODE: Final = re.compile(r"/hangout/([a-z]{3}-[a-z]{4}-[a-z]{3})/?")


def _clari(parts: Parts) -> str | None:
    """Clari's note taker: ``/hangout/<code of a Meet>`` and nothing after it."""
    found = _MEET_CODE.fullmatch(parts[1])
    return f"https://meet.google.com/{found[1]}" if found else None


_WRAPPERS: Final[tuple[tuple[str, Callable[[Parts], str | None]], ...]] = (
    ("safelinks.protection.outlook.com", _safe_links),
    ("www.google.com", _google),
    ("urldefense.proofpoint.com", _proofpoint_2),
    ("urldefense.com", _proofpoint_3),
    ("secure-web.cisco.com", _cisco_secure_web),
    ("go.copilot.clari.com", _clari),
)
