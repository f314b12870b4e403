"""Meeting servers that organisations run on hosts of their own.

Owns: the few shapes that can be told without knowing the host: Skype for Business, BigBlueButton, Jitsi, Nextcloud
Talk, OpenTalk, La Suite's Visio, TrueConf, Odoo, Pexip, Cisco Meeting Server. Promises: both the path and the first
label of the host must fit, and a host that carries another service's name in its middle (``zoom.us.evil.example``)
never does. What looks different needs a rule of the administrator (``joinrules.py``). Does not: know anybody's host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hybridcal_daemon.domain.joinproviders import TAIL, Provider, compiled, template

_DISGUISED: Final = re.compile(
    r"(?:\A|\.)(?:zoom\.us|zoom\.com|zoomgov\.com|webex\.com|microsoft\.com|live\.com|google\.com|jit\.si|goto\.com|"
    r"gotomeeting\.com|ringcentral\.com|whereby\.com|lync\.com|skype\.com|chime\.aws)\."
)


_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Where projects publish what they have written about themselves (jitsi.github.io), never where they meet.
_PUBLISHED: Final = frozenset({"github.io", "gitlab.io", "readthedocs.io"})


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
        "skype4biz_selfhosted",
        r"(?:meet|join|lync\w*|sfb\w*|skype\w*)",
        rf"/(?P<id>[a-z][\w.-]*/(?-i:(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-Z0-9]{{8}})){TAIL}",
    ),
    _shape(
        "bigbluebutton",
        r"(?:[\w-]*(?:bbb|bigbluebutton|greenlight|scalelite)[\w-]*|meet\w*|(?:web)?[ck]onf\w*|"
        r"video\w*|visio|vc|rooms?|salas?|aulas?|reuni\w+|webinar\w*)",
        rf"/(?P<id>(?:b|gl|rooms|b/rooms)/[a-z0-9]{{3}}(?:-[a-z0-9]{{3}}){{2,3}})(?:/join)?{TAIL}",
    ),
    _shape(
        "bigbluebutton",
        r"[\w-]*(?:bbb|bigbluebutton|greenlight)[\w-]*",
        rf"/(?P<id>[\w-]+/[a-z0-9]{{3}}(?:-[a-z0-9]{{3}}){{3}})(?:/join)?{TAIL}",
    ),
    _shape("jitsi_selfhosted", r"jitsi(?:-?meet)?\d*", template("/{room}")),
    _shape(
        "opentalk",
        r"[\w-]*opentalk[\w-]*",
        rf"/(?:room|invite)/(?P<id>{_UUID}){TAIL}",
    ),
    _shape("trueconf_selfhosted", r"[\w-]*trueconf[\w-]*|vks\d*", rf"/c/(?P<id>\d{{6,}}){TAIL}"),
    _shape("odoo", r"[\w-]+", rf"/calendar/join_videocall/(?P<id>[0-9a-f]{{32}}|{_UUID}){TAIL}"),
    _shape("visio_selfhosted", r"visio", rf"/(?P<id>[a-z]{{3}}-[a-z]{{4}}-[a-z]{{3}}){TAIL}"),
    _shape(
        "nextcloud_talk",
        r"(?:\w*cloud\w*|nc|nx\d+|talk|[\w-]*nextcloud[\w-]*)",
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
    _shape("cisco_meeting_server", r"join|meet|cms\w*", rf"/meeting/(?P<id>\d{{5,}}){TAIL}"),
)


def recognise(host: str, target: str) -> tuple[Provider, str] | None:
    """Give the kind of server and the id of the meeting, None when nothing fits."""
    label, _, domain = host.partition(".")
    if "." not in domain or ":" in domain or domain in _PUBLISHED:
        return None  # jitsi.org, meet.app: the site of a service or a project, not a server at some organisation
    for shape in _SHAPES:
        found = compiled(shape.labels).fullmatch(label) and compiled(shape.path).fullmatch(target)
        if found and _fits(found, domain) and not _DISGUISED.search(host):
            return shape.provider, found["id"].lower()
    return None


def _fits(found: re.Match[str], domain: str) -> bool:
    """Say whether the domain in the path, if there is one, is the host's own."""
    return found.groupdict().get("domain", domain).lower() == domain
