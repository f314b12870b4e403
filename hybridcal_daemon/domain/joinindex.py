"""Which service a link belongs to.

Owns: the index over every service, by host. Promises: pure; a link costs a look at each label of its host and a few
patterns, however many services there are. Does not: judge links in text (``joinscan.py``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.domain import joinownhosts
from hybridcal_daemon.domain.joinproviders import CORE, Provider
from hybridcal_daemon.domain.joinservices import ROOMS
from hybridcal_daemon.domain.joinservices_weak import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterator


def _rows(table: str, *, weak: bool) -> Iterator[Provider]:
    for line in table.strip().splitlines():
        name, hosts, templates = (part.strip() for part in line.split(" | "))
        yield Provider(name=name, hosts=tuple(hosts.split()), templates=tuple(templates.split()), weak=weak)


PROVIDERS: Final = (*CORE, *_rows(ROOMS, weak=False), *_rows(EVENTS, weak=True))


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
            meeting = provider.meeting(target) if provider.owns(host) else None
            if meeting is not None:
                return provider, meeting
    return joinownhosts.recognise(host, target)


def _suffixes(host: str) -> Iterator[str]:
    while "." in host:
        yield host
        host = host.partition(".")[2]
