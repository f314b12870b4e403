"""Which service a link belongs to.

Owns: the index over every service, by host. Promises: pure; a link costs a look at each label of its host and a few
patterns, however many services there are. Does not: judge links in text (``joinscan.py``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import joinownhosts
from hybridcal_daemon.domain.joinproviders import CORE, Provider, compiled, template
from hybridcal_daemon.domain.joinservices import ROOMS
from hybridcal_daemon.domain.joinservices_weak import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator


def _rows(table: str, *, weak: bool) -> Iterator[Provider]:
    for line in table.strip().splitlines():
        name, hosts, templates = (part.strip() for part in line.split(" | "))
        yield Provider(name=name, hosts=tuple(hosts.split()), templates=tuple(templates.split()), weak=weak)


PROVIDERS: Final = (*CORE, *_rows(ROOMS, weak=False), *_rows(EVENTS, weak=True))


# On a service's host that is for meetings alone, its rooms are reached in one of a few usual ways, whichever of them
# its line in the table shows (``/x`` there does not rule out ``/room/x``).
_MEETING_HOST: Final = r"(?:meet(?:ings?)?|calls?|video|join|conf\w*|rooms?|freeconferencing)\d*\..+"
_USUAL: Final = tuple(
    template(f"/{word}/{{room}}")
    for word in ("room", "rooms", "join", "j", "meet", "meeting", "call", "invite", "guest")
)


@cache
def _index() -> dict[str, list[Provider]]:
    index: dict[str, list[Provider]] = {}
    for provider in PROVIDERS:
        for host in provider.hosts:
            index.setdefault(host.lstrip("*."), []).append(provider)
    return index


def recognise(host: str, target: str) -> tuple[Provider, str] | None:
    """Give the service and the id of the meeting that a link leads to; None when it leads to none.

    ``host`` in lower case, ``target`` all that follows it.
    """
    for suffix in _suffixes(host):
        for provider in _index().get(suffix, ()):
            meeting = _meeting(provider, host, target) if provider.owns(host) else None
            if meeting is not None:
                return provider, meeting
    return joinownhosts.recognise(host, target)


def _meeting(provider: Provider, host: str, target: str) -> str | None:
    meeting = provider.meeting(target)
    if meeting is not None or provider in CORE or not compiled(_MEETING_HOST).fullmatch(host):
        return meeting
    usual = next(filter(None, (compiled(source).fullmatch(target) for source in _USUAL)), None)
    return usual["id"].lower() if usual else None


def _suffixes(host: str) -> Iterator[str]:
    while "." in host:
        yield host
        host = host.partition(".")[2]
