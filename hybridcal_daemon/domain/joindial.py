"""What a video system, or a telephone, dials.

Owns: addresses written in a text (``sip:``, ``sips:``, ``h323:``, ``pexip:``, numbers at a domain, ``tel:``), the
video interop address of a Teams meeting, and the address that follows from a join link.
Promises: pure, linear, MAX_ADDRESSES of each kind at most. An address that the invitation writes is dialled as written;
only where it writes none is one put together, and only in the way the service documents. A plain ``name@domain`` is a
mail address, never one to dial.
Does not: ask whether anybody answers there, nor whether the host pays for it.

Sources: RFC 3261 and 3966; features.md c2 (Webex ``<number>@<site>``, Zoom ``<id>.<passcode>@zoomcrc.com``, Teams
through Webex ``<video id>.<tenant>@m.webex.com``); Microsoft, "Cloud Video Interop for Microsoft Teams" (tenant key,
video id).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain.joinproviders import WEBEX, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hybridcal_daemon.domain.joinscan import Found

MAX_ADDRESSES: Final = 32
"""How many of each kind are read in one text."""

_DOMAIN: Final = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}"
_END: Final = r"(?![\w@-]|\.\w|:\d|;(?:gruu|opaque))"
_URI: Final = re.compile(
    rf"(?<![\w+.-])(?<!conf:)(?P<scheme>sips?|h323|pexip):(?://)?"
    rf"(?P<address>[\w.!%*+~-]{{1,64}}@{_DOMAIN}(?::\d{{2,5}})?|\d{{1,3}}(?:\.\d{{1,3}}){{3}}##\d{{1,20}}){_END}",
    re.ASCII | re.IGNORECASE,
)
_AT_DOMAIN: Final = re.compile(
    rf"(?<![\w.+%@/-])(?<!mailto:)(?P<address>\d{{3,20}}(?:\.{{1,2}}\d{{1,20}}){{0,3}}@(?P<domain>{_DOMAIN})){_END}",
    re.ASCII | re.IGNORECASE,
)
_AT_ADDRESS: Final = re.compile(rf"(?<![\w.@-])(?P<address>{_DOMAIN}##\d{{1,20}})(?!\d)", re.ASCII | re.IGNORECASE)
_TEL: Final = re.compile(r"(?<![\w+.:-])tel:(?P<number>\+?[0-9(][0-9().,;*#-]{2,48})", re.ASCII | re.IGNORECASE)
_MAIL: Final = frozenset(
    """
    qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net 139.com 189.cn wo.cn sina.com sina.cn sohu.com aliyun.com
    gmail.com googlemail.com outlook.com hotmail.com live.com icloud.com me.com yahoo.com yahoo.co.jp aol.com naver.com
    daum.net hanmail.net web.de gmx.de gmx.net t-online.de mail.ru yandex.ru rambler.ru docomo.ne.jp ezweb.ne.jp
    softbank.ne.jp proton.me protonmail.com
    """.split()  # noqa: SIM905 - words read better as words
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Something to dial that stands in a text. ``audio``: a telephone number, which is no way into a video meeting."""

    provider: str
    uri: str = field(repr=False)
    dial: str = field(repr=False)
    position: int
    audio: bool = False


def addresses(text: str) -> list[Address]:
    """Give every address in a readable text: first those for video systems, in order, then telephone numbers."""
    video = sorted(
        [*_interop(text), *_uris(text), *_numbers(text)], key=lambda found: (found.position, -len(found.provider))
    )
    return [*video, *_telephones(text)]


def _uris(text: str) -> Iterator[Address]:
    for found in islice(_URI.finditer(text), MAX_ADDRESSES) if ":" in text else ():
        if _in_link(text, found.start()):
            continue
        scheme, address = found["scheme"].lower(), found["address"].rstrip(".")
        uri = f"{scheme}:{address}"
        dial = f"sip:{address}" if scheme == "pexip" else uri
        yield Address(provider=_named(scheme, address), uri=uri, dial=dial, position=found.start())


def _named(scheme: str, address: str) -> str:
    domain = address.rpartition("@")[2].lower()
    if scheme == "sip" and WEBEX.owns(domain):
        return "webex_sip"
    if scheme == "sip" and domain in _ZOOM_DOMAINS:
        return "zoom_crc"
    return "pexip_scheme" if scheme == "pexip" else scheme


def _numbers(text: str) -> Iterator[Address]:
    """Numbers at a domain, which need no scheme (features.md c2.1).

    Mail services whose users have numbers for names do not count.
    """
    if "@" in text:
        for found in islice(_AT_DOMAIN.finditer(text), MAX_ADDRESSES):
            if found["domain"].lower() not in _MAIL and not _in_link(text, found.start()):
                uri = f"sip:{found['address']}"
                yield Address(provider=_named("sip", found["address"]), uri=uri, dial=uri, position=found.start())
    if "##" in text:
        for found in islice(_AT_ADDRESS.finditer(text), MAX_ADDRESSES):
            uri = f"h323:{found['address']}"
            yield Address(provider="h323", uri=uri, dial=uri, position=found.start())


_LINK_BEFORE: Final = re.compile(r"://[!#$%&*+\-./0-9:=?@A-Z_a-z~]*\Z")
_LINK_REACH: Final = 240


def _in_link(text: str, position: int) -> bool:
    """Say whether ``position`` is inside a link: what stands there is user info or a parameter, nothing to dial."""
    return _LINK_BEFORE.search(text, max(0, position - _LINK_REACH), position) is not None


def _telephones(text: str) -> Iterator[Address]:
    for found in islice(_TEL.finditer(text), MAX_ADDRESSES) if "tel:" in text.lower() else ():
        uri = f"tel:{found['number'].rstrip('.,;-(')}"
        yield Address(provider="tel", uri=uri, dial="", position=found.start(), audio=True)


# ---- Teams: Cloud Video Interop

_KEY: Final = re.compile(
    r"(?<![\w.+%-])(?P<tenant>[\w.+-]{1,64})@(?P<domain>m\.webex\.com|t\.plcm\.vc|teams\.bjn\.vc)(?![\w-]|\.\w)",
    re.ASCII | re.IGNORECASE,
)
_WEBEX_JOIN: Final = re.compile(r"https://www\.webex\.com/msteams/?\?(?P<query>[\w.=&%-]{1,400})", re.IGNORECASE)
_PEXIP_JOIN: Final = re.compile(
    rf"https://pexip\.me/teams/(?P<domain>{_DOMAIN})/(?P<id>\d{{6,16}})(?!\d)", re.ASCII | re.IGNORECASE
)
_PEXIP_OWN: Final = re.compile(rf"https://{_DOMAIN}/teams/?\?(?P<query>[\w.=&%@-]{{1,400}})", re.ASCII | re.IGNORECASE)
_VIDEO_ID: Final = re.compile(r"(?<![\d+#,])(?P<id>\d{3}(?: ?\d{2,3}){1,3}(?: ?\d)?|\d{8,12})(?![\d#])", re.ASCII)
_REACH: Final = 240
_INTEROP: Final = {
    "m.webex.com": "teams_cvi_webex",
    "t.plcm.vc": "teams_cvi_poly",
    "teams.bjn.vc": "teams_cvi_bluejeans",
}


def _interop(text: str) -> Iterator[Address]:
    """Addresses for video systems that an invitation to Teams may carry: tenant key and video id, in any language."""
    if "@" in text:
        for found in islice(_KEY.finditer(text), MAX_ADDRESSES):
            yield _of_key(found, text)
    if "/teams" in text or "/msteams" in text:
        yield from _of_links(text)


def _of_key(found: re.Match[str], text: str) -> Address:
    """Give the direct address where the partner documents one, else the tenant key, where a voice asks for the id."""
    tenant, domain = found["tenant"], found["domain"].lower()
    uri = f"sip:{tenant}@{domain}"
    after = _VIDEO_ID.search(re.sub(r"<[^<>]{0,300}>|\s", " ", text[found.end() : found.end() + _REACH]))
    meeting = after["id"].replace(" ", "") if after else ""
    direct = re.match(r"\d{6,}\.", tenant) is not None
    if meeting and not direct and domain == "m.webex.com":
        uri = f"sip:{meeting}.{tenant}@{domain}"
    elif meeting and not direct and domain == "teams.bjn.vc":
        uri = f"sip:{tenant}.{meeting}@{domain}"
    return Address(provider=_INTEROP[domain], uri=uri, dial=uri, position=found.start())


def _of_links(text: str) -> Iterator[Address]:
    for found in islice(_WEBEX_JOIN.finditer(text), MAX_ADDRESSES):
        said = _query(found["query"])
        if said.get("confid", "").isdigit() and said.get("domain", "").lower() == "m.webex.com":
            tenant = f".{said['tenantkey']}" if said.get("tenantkey") else ""
            uri = f"sip:{said['confid']}{tenant}@m.webex.com"
            yield Address(provider="teams_cvi_webex", uri=uri, dial=uri, position=found.start())
    for found in islice(_PEXIP_JOIN.finditer(text), MAX_ADDRESSES):
        uri = f"sip:{found['id']}@{found['domain'].lower()}"
        yield Address(provider="teams_cvi_pexip", uri=uri, dial=uri, position=found.start())
    for found in islice(_PEXIP_OWN.finditer(text), MAX_ADDRESSES):
        said = _query(found["query"])
        if "conf" in said and re.fullmatch(_DOMAIN, said.get("d", "")):
            uri = f"sip:{said.get('prefix', '')}{said['conf']}@{said['d']}"
            yield Address(provider="teams_cvi_pexip", uri=uri, dial=uri, position=found.start())


def _query(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split("&"))
    return {name.lower(): value for name, _, value in pairs if re.fullmatch(r"[\w.-]{1,64}", value, re.ASCII)}


# ---- the address behind a link

_ZOOM_DOMAINS: Final = frozenset({"zoomcrc.com", "sip.zoomgov.com"})
_ZOOM: Final = {"zoom": "zoomcrc.com", "zoomgov": "sip.zoomgov.com"}
_SHORT_PASSCODE: Final = re.compile(r"[?&]pwd=(\d{4,10})(?:[&#]|\Z)", re.ASCII)
_SAID_PASSCODE: Final = re.compile(
    r"(?:passcode|password|kenncode|passwort|mot de passe|code secret|code d.acc\w{1,3}s|contrase\w{1,2}a|"
    r"c\w{1,2}digo de acceso|senha|wachtwoord|toegangscode|has\u0142o|l\u00f6senord|adgangskode|parola|"
    r"\u043a\u043e\u0434 \u0434\u043e\u0441\u0442\u0443\u043f\u0430|\u30d1\u30b9\u30b3\u30fc\u30c9|"
    r"\u5bc6\u7801|\u5bc6\u78bc|\uc554\ud638)\s{0,4}[:\uff1a]\s{0,4}(\d{4,10})(?!\w)",
    re.IGNORECASE,
)
_FORMS: Final = {
    "bluejeans": (r"/(?P<id>\d{3,})(?:[/.](?P<code>\d+))?/?(?:[?#].*)?", "bjn.vc"),
    "lifesize": (r"/(?P<id>\d{3,})/?(?:[?#].*)?", "sip.lifesizecloud.com"),
}


def behind(best: Found, text: str) -> str:
    """Give what a video system dials for the meeting of ``best``, ``text`` being all that was read; '' for nothing.

    Services that devices join over WebRTC (Google Meet) or not at all have nothing.
    """
    kin = best.provider.kin
    if kin == "webex":
        return _webex(best, text)
    if kin in _ZOOM:
        return _zoom(best, text, _ZOOM[kin])
    if kin == "teams":
        return next((found.dial for found in _interop(text)), "")
    return _of_number(best, text) or (_by_form(best, *_FORMS[kin]) if kin in _FORMS else "")


def _by_form(best: Found, source: str, domain: str) -> str:
    found = compiled(source).fullmatch(best.target)
    code = found and found.groupdict().get("code")
    return f"sip:{found['id']}{'.' + code if code else ''}@{domain}" if found else ""


def _of_number(best: Found, text: str) -> str:
    """Give a written address that is the meeting's own: its alias is one, or its number stands in one."""
    meeting = best.meeting.rpartition("/")[2]
    if best.provider.name == "pexip" and re.fullmatch(rf"[\w.+-]{{1,64}}@{_DOMAIN}", meeting, re.ASCII):
        return f"sip:{meeting}"
    number = re.sub(r"\D", "", meeting) if re.fullmatch(r"[\d-]{5,24}", meeting, re.ASCII) else ""
    written = (*_uris(text), *_numbers(text)) if number else ()
    return next((one.dial for one in written if re.search(rf"[:#]{number}(?=[@.]|\Z)", one.dial)), "")


def _webex(best: Found, text: str) -> str:
    """Give an address on the link's own site in the text, else a Personal Room's.

    ``<number>@<site>`` needs no scheme, a name needs ``sip:`` in front (features.md c2.1, c2.6).
    """
    site = re.escape(best.host)
    written = f"@{best.host}" in text.lower() and re.search(
        rf"(?:\bsips?:(?P<name>[\w.%+-]{{1,64}})|(?<![\w.+-])(?P<number>\d{{6,20}}))@{site}(?![\w-]|\.\w)",
        text,
        re.ASCII | re.IGNORECASE,
    )
    if written:
        return f"sip:{written['name'] or written['number']}@{best.host}"
    room = compiled(best.provider.personal).fullmatch(best.target)
    return f"sip:{room['id']}@{best.host}" if room else ""


def _zoom(best: Found, text: str, domain: str) -> str:
    """Give the address of the room connector; the passcode in it is the numeric one, which not every meeting has."""
    if not best.meeting.isdigit():
        return ""
    written = re.search(rf"(?<![\w.])({best.meeting}\.[\d.]{{1,24}})@{re.escape(domain)}(?![\w-]|\.\w)", text)
    if written:
        return f"sip:{written[1]}@{domain}"
    code = _zoom_passcode(best, text)
    return f"sip:{best.meeting}{'.' + code if code else ''}@{domain}"


def _zoom_passcode(best: Found, text: str) -> str:
    """Find the numeric passcode: in the one-tap number, which is the same in every language, in the link, or named."""
    found = (
        re.search(rf",,{best.meeting}#,{{1,8}}\*(\d{{1,10}})#", text, re.ASCII)
        or _SHORT_PASSCODE.search(best.target)
        or _SAID_PASSCODE.search(text)
    )
    return found[1] if found else ""
