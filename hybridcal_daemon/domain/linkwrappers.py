"""Links that mail gateways and Google wrap around other people's links.

Owns: the table of known wrappers and how each hides its target.
Promises: pure, linear, never follows anything over the network. A wrapper that cannot be read gives None; a host that
is not in the table is no wrapper, however much its parameters look like a link. Gateways that keep the target to
themselves (Mimecast, Hornetsecurity) cannot be read here.
Does not: judge the target (``joinscan.py`` does, and never accepts a wrapper inside a wrapper).
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from functools import partial
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


def _raw(query: str, names: tuple[str, ...]) -> str | None:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in names:
            return value
    return None


def _parameter(parts: Parts, *, names: tuple[str, ...], path: str = "") -> str | None:
    """Give the parameter that holds the target, on any path or on those that begin with ``path``."""
    value = _raw(parts[2], names) if parts[1].startswith(path) else None
    return unquote(value) if value else None


def _google(parts: Parts) -> str | None:
    """Google's redirect: ``/url?q=``."""
    return _parameter(parts, names=("q", "url")) if parts[1] == "/url" else None


def _proofpoint_2(parts: Parts) -> str | None:
    """Proofpoint URL Defense 1 and 2: ``/v2/url?u=`` with ``-`` for ``%`` and ``_`` for ``/``; ``/v1/url?u=`` plain."""
    value = _raw(parts[2], ("u",))
    if not value or parts[1] not in {"/v1/url", "/v2/url"}:
        return None
    return unquote(value.replace("-", "%").replace("_", "/") if parts[1] == "/v2/url" else value)


_V3: Final = re.compile(r"/v3/__(?P<link>.+?)__;(?P<bytes>[\w=-]*)!", re.ASCII)
_STAR: Final = re.compile(r"\*(?:\*(?P<run>[\w-]))?", re.ASCII)
_RUNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _proofpoint_3(parts: Parts) -> str | None:
    """Proofpoint URL Defense 3: each ``*`` is a byte of the base64 behind the link, ``**X`` a run of them (A is 2)."""
    found = _V3.match(f"{parts[1]}?{parts[2]}" if parts[2] else parts[1])
    hidden = _base64(found["bytes"]) if found else None
    return None if found is None or hidden is None else _fill(found["link"], hidden)


def _base64(text: str) -> str | None:
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    try:
        return (b64decode if "+" in bare or "/" in bare else urlsafe_b64decode)(padded).decode()
    except (binascii.Error, ValueError):
        return None


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


def _sophos(parts: Parts) -> str | None:
    """Sophos Email: ``u`` is the link in base64 (``d`` its domain)."""
    value = _raw(parts[2], ("u",))
    return _base64(unquote(value)) if value else None


_UNDERSCORES: Final = re.compile(r"/v[12]/(?:[^/]*/)?___(?P<link>.+?)___\.", re.ASCII)


def _check_point(parts: Parts) -> str | None:
    """Check Point Harmony (formerly Avanan): ``/v2/<token>/___<link>___.<signature>``."""
    found = _UNDERSCORES.match(f"{parts[1]}?{parts[2]}" if parts[2] else parts[1])
    return found["link"] if found else None


def _amazon(parts: Parts) -> str | None:
    """Amazon SES: ``/L0/<link>/...``, percent-encoded."""
    segments = parts[1].split("/")
    return unquote(segments[2]) if len(segments) > 2 and re.fullmatch(r"L\d", segments[1]) else None  # noqa: PLR2004 - '', L0, the link


_MEET_CODE: Final = re.compile(r"/hangout/([a-z]{3}-[a-z]{4}-[a-z]{3})/?")


def _clari(parts: Parts) -> str | None:
    """Clari's note taker: ``/hangout/<code of a Meet>`` and nothing after it."""
    found = _MEET_CODE.fullmatch(parts[1])
    return f"https://meet.google.com/{found[1]}" if found else None


_URL: Final = partial(_parameter, names=("url",))
_U: Final = partial(_parameter, names=("u",))
_COUNTRIES: Final = """
    com de fr co.uk es it nl pl ch at be se no dk fi pt cz ie ca com.au com.br com.mx co.jp co.in
""".split()  # noqa: SIM905 - words read better as words

_WRAPPERS: Final[tuple[tuple[str, Callable[[Parts], str | None]], ...]] = (
    ("safelinks.protection.outlook.com", _URL),
    ("safelinks.protection.office365.us", _URL),
    ("safelinks.protection.partner.outlook.cn", _URL),
    ("statics.teams.cdn.office.net", partial(_parameter, names=("url",), path="/evergreen-assets/safelinks/")),
    *((f"www.google.{country}", _google) for country in _COUNTRIES),
    ("urldefense.proofpoint.com", _proofpoint_2),
    ("urldefense.com", _proofpoint_3),
    ("urldefense.us", _proofpoint_3),
    ("secure-web.cisco.com", _cisco_secure_web),
    ("linkprotect.cudasvc.com", partial(_parameter, names=("a",))),
    ("protection.sophos.com", _sophos),
    ("ctp.trendmicro.com", partial(_parameter, names=("url",), path="/wis/clicktime/")),
    *(
        (f"{product}-ctp.trendmicro.com", partial(_parameter, names=("url",), path="/wis/clicktime/"))
        for product in ("imsva91", "ddei5-0", "hes32", "smex", "smex12-5-en", "ddec1-0-en")
    ),
    ("cas5-0-urlprotect.trendmicro.com", partial(_parameter, names=("url",), path="/wis/clicktime/")),
    ("clicktime.symantec.com", _U),
    ("protect.fireeye.com", _U),
    ("protect2.fireeye.com", _U),
    ("protect.checkpoint.com", _check_point),
    ("url.avanan.click", _check_point),
    ("urlsand.esvalabs.com", _U),
    ("link.edgepilot.com", _U),
    ("scanmail.trustwave.com", _U),
    ("deref-gmx.net", partial(_parameter, names=("redirectUrl",))),
    ("deref-web.de", partial(_parameter, names=("redirectUrl",))),
    ("awstrack.me", _amazon),
    ("slack-redir.net", _URL),
    ("go.copilot.clari.com", _clari),
)
