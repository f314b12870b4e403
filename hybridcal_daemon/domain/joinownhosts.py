"""Meeting servers that organisations run on hosts of their own.

Owns: the few shapes that can be told without knowing the host: Skype for Business, BigBlueButton, Nextcloud Talk,
Pexip, Cisco Meeting Server. Promises: both the path and the first label of the host must fit, and a host that carries
another service's name in its middle (``zoom.us.evil.example``) never does. What looks different needs a rule of the
administrator (``joinrules.py``). Does not: know anybody's host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hybridcal_daemon.domain.joinproviders import TAIL, Provider, compiled

_DISGUISED: Final = re.compile(
    r"(?:\A|\.)(?:zoom\.us|zoom\.com|zoomgov\.com|webex\.com|microsoft\.com|live\.com|google\.com|jit\.si|goto\.com|"
    r"gotomeeting\.com|ringcentral\.com|whereby\.com|lync\.com|skype\.com|chime\.aws)\."
)


@dataclass(frozen=True, slots=True)
class _Shape:
    provider: Provider
    labels: str
    path: str


def _shape(name: str, labels: str, path: str) -> _Shape:
    return _Shape(Provider(name=name, hosts=()), labels, path)


_SHAPES: Final = (
    _shape(
        "skype4biz_selfhosted",
        r"(?:meet|join|lync\w*|sfb\w*|skype\w*)",
        rf"/(?P<domain>[a-z0-9-]+(?:\.[a-z0-9-]+)+)/(?P<id>meet/[\w.+-]+/[a-z0-9]{{4,12}}){TAIL}",
    ),
    _shape(
        "skype4biz_selfhosted",
        r"(?:meet|join|lync\w*|sfb\w*|skype\w*)",
        rf"/(?P<id>(?:meet/)?[a-z][\w-]*\.[\w.-]+/(?=[a-z]*[0-9])[a-z0-9]{{8}}){TAIL}",
    ),
    _shape(
        "bigbluebutton",
        r"(?:[\w-]*(?:bbb|bigbluebutton|greenlight)[\w-]*)",
        rf"/(?P<id>(?:b|gl|rooms|b/rooms)/[a-z0-9]{{3}}(?:-[a-z0-9]{{3}}){{2,3}})(?:/join)?{TAIL}",
    ),
    _shape(
        "nextcloud_talk",
        r"(?:\w*cloud\w*|nc|talk|[\w-]*nextcloud[\w-]*)",
        rf"(?:/index\.php)?/call/(?P<id>[a-z0-9]{{8,}}){TAIL}",
    ),
    _shape(
        "pexip",
        r"(?:vc|vmr|vmeet|video\w*|meet\w*|conf\w*|join|[\w-]*pexip[\w-]*)",
        rf"/webapp\d?/(?:conference/|m/|home/?\?conference=|(?:#/)?\?conference=)(?P<id>[\w.@%+-]+)(?:/[^?#]*|[&][^#]*)?{TAIL}",
    ),
    _shape(
        "cisco_meeting_server",
        r"(?:join|meet\w*|cms\w*|vc|video\w*|conf\w*)",
        r"/(?:invited\.sf|index\.html)\?(?=[^#]*\bsecret=[\w.-]{4})(?:[^#]*&)?id=(?P<id>\d{4,})(?:[&#].*)?",
    ),
    _shape(
        "cisco_meeting_server",
        r"(?:join|meet\w*|cms\w*|vc|video\w*|conf\w*)",
        r"/meeting/(?P<id>\d{4,})/?\?(?:[^#]*&)?secret=[\w.-]{4,}(?:[&#].*)?",
    ),
)


def recognise(host: str, target: str) -> tuple[Provider, str] | None:
    """Give the kind of server and the id of the meeting, None when nothing fits."""
    label, _, domain = host.partition(".")
    for shape in _SHAPES:
        found = compiled(shape.labels).fullmatch(label) and compiled(shape.path).fullmatch(target)
        if found and _fits(found, domain) and not _DISGUISED.search(host):
            return shape.provider, found["id"].lower()
    return None


def _fits(found: re.Match[str], domain: str) -> bool:
    """Say whether the domain in the path, if there is one, is the host's own."""
    return found.groupdict().get("domain", domain).lower() == domain
