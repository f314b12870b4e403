"""Which listeners a configuration asks for.

Owns: the step from ``Config`` to ``web.Endpoint``. Promises: the admin socket always; the feed and the push receiver
only where they are switched on; each has its own threads, so that one cannot starve another.
Does not: open anything (``web.Web.start`` does).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hybridcal_daemon.adapters.google import SCOPE_USES
from hybridcal_daemon.shell import admin, feed, listeners, metrics, webhook
from hybridcal_daemon.shell.web import Endpoint
from hybridcal_daemon.shell.web_limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from hybridcal_daemon.shell.config import Config
    from hybridcal_daemon.shell.config_kinds import Address
    from hybridcal_daemon.shell.metrics import CountingLog

_ADMIN: Final = Limits(connections=64, threads=8, waiting=32)
_FEED: Final = Limits(threads=8, waiting=256)
_PUSH: Final = Limits(threads=1)
_METRICS: Final = Limits(connections=32, threads=2, waiting=8)


def endpoints(config: Config, log: CountingLog) -> list[Endpoint]:
    """Give the listeners of a configuration, by the names ``admin``, ``feed``, ``push`` and ``metrics``."""
    return [
        admin_endpoint(config.admin.socket, config.admin.group, scopes=SCOPE_USES),
        *_feed(config),
        *_push(config),
        *_metrics(config, log),
    ]


def every_scope() -> tuple[str, ...]:
    """All that domain-wide delegation must grant, each once, for the admin who grants it."""
    return tuple(SCOPE_USES)


def admin_endpoint(
    path: Path, group: str, limits: Limits = _ADMIN, scopes: Mapping[str, str] | None = None
) -> Endpoint:
    """Admin socket."""
    return Endpoint(
        name="admin",
        bind=partial(listeners.unix, "admin.socket", path, group),
        build=partial(admin.application, scopes=scopes),
        limits=limits,
        release=partial(listeners.release, path),
    )


def feed_endpoint(address: Address, public_url: str, key_host: str, limits: Limits = _FEED) -> Endpoint:
    """Meetings list."""
    return Endpoint(
        name="feed",
        bind=partial(listeners.tcp, "feed.listen", address),
        build=partial(feed.application, public_url=public_url, key_host=key_host),
        limits=limits,
    )


def push_endpoint(address: Address, limits: Limits = _PUSH) -> Endpoint:
    """Receiver of Google's notices."""
    return Endpoint(
        name="push",
        bind=partial(listeners.tcp, "google.push.listen", address),
        build=webhook.application,
        limits=limits,
    )


def metrics_endpoint(address: Address, log: CountingLog, limits: Limits = _METRICS) -> Endpoint:
    """Metrics and probes."""
    return Endpoint(
        name="metrics",
        bind=partial(listeners.tcp, "metrics.listen", address),
        build=partial(metrics.application, log=log),
        limits=limits,
    )


def _metrics(config: Config, log: CountingLog) -> Iterator[Endpoint]:
    if config.metrics.listen is not None:
        yield metrics_endpoint(config.metrics.listen, log)


def _feed(config: Config) -> Iterator[Endpoint]:
    if config.feed.listen is not None:
        yield feed_endpoint(config.feed.listen, config.feed.public_url, config.kms.host)


def _push(config: Config) -> Iterator[Endpoint]:
    if config.google.push.enabled and config.google.push.listen is not None:
        yield push_endpoint(config.google.push.listen)
