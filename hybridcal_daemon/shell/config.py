"""The configuration: typed, frozen, checked as a whole.

Owns: ``Config`` and the way from a file to it. Promises: ``load`` finds every error of a file at once, each with its
place, and gives either a whole valid ``Config`` or none; a ``Config`` holds paths of secrets, never secrets.
Does not: say which settings exist (``config_table.py``) or look into secret files (``secret_files.py``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from hybridcal_daemon.domain.state import UserSettings
from hybridcal_daemon.shell.config_errors import ConfigError, ConfigErrors
from hybridcal_daemon.shell.config_kinds import Address, is_loopback
from hybridcal_daemon.shell.config_table import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hybridcal_daemon.domain.calls import PresenceStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminConfig:
    """``[admin]``."""

    socket: Path
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedConfig:
    """``[feed]``. ``listen`` None: off."""

    listen: Address | None
    public_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushConfig:
    """``[google.push]``. ``ttl`` in seconds."""

    enabled: bool
    public_url: str
    listen: Address | None
    ttl: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsConfig:
    """``[google.rooms]``. ``account`` '': rooms are off; ``owner`` '': the account."""

    account: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConfig:
    """``[google]``. Addresses without a slash at the end; intervals in seconds.

    Either ``service_account_file`` (and perhaps ``next_service_account_file``) or, keyless, both of
    ``impersonate_service_account`` and ``credentials_file``.
    """

    service_account_file: Path | None
    next_service_account_file: Path | None
    impersonate_service_account: str
    credentials_file: Path | None
    calendar_url: str
    gmail_url: str
    token_url: str
    iam_url: str
    workers: int
    requests_per_minute: int
    user_requests_per_minute: int
    gmail_units_per_minute: int
    writes_per_second: int
    send_updates: str
    poll_interval: float
    debounce: float
    resync_interval: float
    push: PushConfig
    rooms: RoomsConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class WebexConfig:
    """``[webex]``. Addresses without a slash at the end; intervals in seconds.

    ``integration_client_id`` '': nobody opens spaces; otherwise both of its files are there.
    """

    api_url: str
    presence_url: str
    bot_token_file: Path
    service_app_client_id: str
    service_app_secret_file: Path
    service_app_refresh_token_file: Path
    integration_client_id: str
    integration_secret_file: Path | None
    integration_refresh_token_file: Path | None
    site: str
    meetings_per_host: int
    meetings_per_day: int
    workers: int
    requests_per_minute: int
    room_refresh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordsConfig:
    """``[keywords]``."""

    webex: str
    meet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinConfig:
    """``[join]``, times in seconds. ``rules_file`` None: the built-in table only."""

    lead: float
    card_doubt: float
    rules_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinBlockConfig:
    """``[joinblock]``. ``language``: one of ``domain/languages.py``, '' the organiser's; the rest: what is shown."""

    language: str
    texts_file: Path | None
    number: bool
    password: bool
    video: bool
    phone: bool
    host: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsConfig:
    """``[cards]``. ``language`` as in JoinBlockConfig; ``agenda_poll`` in seconds, 0: never."""

    language: str
    private: Literal["show", "hide", "none"]
    agenda_poll: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesConfig:
    """``[devices]``, times in seconds. ``ca_file`` None: that of the network."""

    enabled: bool
    personal: bool
    ahead: float
    refresh: float
    check: float
    others: bool
    workers: int
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceConfig:
    """``[presence]``, in seconds; the three words say ``off``, ``ooo`` or ``dnd``."""

    enabled: bool
    vacation: bool
    out_of_office: Literal["off", "ooo", "dnd"]
    focus_time: Literal["off", "ooo", "dnd"]
    elsewhere: Literal["off", "ooo", "dnd"]
    vacation_interval: float
    ttl: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsConfig:
    """``[kms]``."""

    keyring_file: Path
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """``[network]``. ``proxy`` '' means none, ``ca_file`` None the built-in certificates; ``deadline`` in seconds."""

    proxy: str
    ca_file: Path | None
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsConfig:
    """``[metrics]``. ``listen`` None: off."""

    listen: Address | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """``[log]``."""

    level: str
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessConfig:
    """``[process]``."""

    pin_cpu: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set, every default filled in, every path absolute. ``file``: where it was read from."""

    file: Path
    state_directory: Path
    admin: AdminConfig
    feed: FeedConfig
    google: GoogleConfig
    webex: WebexConfig
    keywords: KeywordsConfig
    join: JoinConfig
    joinblock: JoinBlockConfig
    cards: CardsConfig
    presence: PresenceConfig
    devices: DevicesConfig
    kms: KmsConfig
    network: NetworkConfig
    metrics: MetricsConfig
    log: LogConfig
    process: ProcessConfig


def load(path: Path, env: Mapping[str, str] | None = None) -> Config:
    """Read and check a configuration file; ``env`` is the process's environment unless given. ConfigErrors."""
    from hybridcal_daemon.shell.config_reader import read  # noqa: PLC0415 - tomlkit only when a file is read
    from hybridcal_daemon.shell.environment import environment  # noqa: PLC0415 - the same

    values, errors = read(path, environment() if env is None else env)
    if errors:
        raise ConfigErrors(errors)
    return build(path.absolute(), values)


def build(file: Path, values: Mapping[str, object]) -> Config:
    """Config of a complete mapping from setting name to typed value; TypeError when one is missing or unknown."""
    tree: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        table, _, key = name.rpartition(".")
        tree.setdefault(table, {})[key] = value
    tree["google"]["push"] = _make(PushConfig, tree.pop("google.push"))
    tree["google"]["rooms"] = _make(RoomsConfig, tree.pop("google.rooms"))
    top = tree.pop("")
    return _make(Config, {"file": file, **top, **{name: _make(_SECTIONS[name], tree[name]) for name in tree}})


def _make(section: Callable[..., T], values: Mapping[str, object]) -> T:
    return section(**values)


_SECTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "admin": AdminConfig,
    "feed": FeedConfig,
    "google": GoogleConfig,
    "webex": WebexConfig,
    "keywords": KeywordsConfig,
    "join": JoinConfig,
    "joinblock": JoinBlockConfig,
    "cards": CardsConfig,
    "presence": PresenceConfig,
    "devices": DevicesConfig,
    "kms": KmsConfig,
    "network": NetworkConfig,
    "metrics": MetricsConfig,
    "log": LogConfig,
    "process": ProcessConfig,
}


def value_of(config: Config, name: str) -> object:
    """Value of the setting with this dotted name; AttributeError for a name that is not in the table."""
    value: object = config
    for part in name.split("."):
        value = getattr(value, part)
    return value


def changes(old: Config, new: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the settings that differ: those a reload carries out, and those that wait for a restart."""
    changed = [setting for setting in TABLE if value_of(old, setting.name) != value_of(new, setting.name)]
    return (
        tuple(setting.name for setting in changed if setting.reloadable),
        tuple(setting.name for setting in changed if not setting.reloadable),
    )


def user_settings(config: Config) -> UserSettings:
    """Give the part of the configuration that decisions about one user depend on."""
    return UserSettings(
        join_lead=config.join.lead,
        poll_interval=config.google.poll_interval,
        push=config.google.push.enabled,
        push_ttl=int(config.google.push.ttl),
        debounce=config.google.debounce,
        vacation_interval=config.presence.vacation_interval,
        presence=config.presence.enabled,
        presence_ttl=int(config.presence.ttl),
        room_ttl=config.webex.room_refresh,
        resync_interval=config.google.resync_interval,
        card_doubt=config.join.card_doubt,
        acting=_named(config.google.rooms.account),
        block_language=config.joinblock.language,
        spaces=bool(config.webex.integration_client_id),
        meetings_per_day=config.webex.meetings_per_host,
        card_language=config.cards.language,
        card_private=config.cards.private,
        devices=config.devices.enabled,
        devices_personal=config.devices.personal,
        devices_ahead=config.devices.ahead,
        devices_refresh=config.devices.refresh,
        devices_check=config.devices.check,
        devices_others=config.devices.others,
        presence_vacation=config.presence.vacation,
        presence_out_of_office=_STATUS[config.presence.out_of_office],
        presence_focus_time=_STATUS[config.presence.focus_time],
        presence_elsewhere=_STATUS[config.presence.elsewhere],
    )


_STATUS: Final[Mapping[str, PresenceStatus]] = {"off": "", "ooo": "ooo", "dnd": "dnd"}


def _named(account: str) -> str:
    """Tell one account from another without its address; '' for none."""
    return hashlib.sha256(account.casefold().encode()).hexdigest()[:16] if account else ""


def warnings(config: Config) -> tuple[str, ...]:
    """Find what is allowed but deserves a look, one sentence each, for `hybridcal config check`."""
    return tuple(_warnings(config))


def _warnings(config: Config) -> Iterator[str]:
    listeners = {"feed.listen": config.feed.listen, "metrics.listen": config.metrics.listen}
    if config.google.push.enabled:
        listeners["google.push.listen"] = config.google.push.listen
    for name, address in listeners.items():
        if address is not None and not is_loopback(address.host):
            yield f"{name}: {address} is reachable from other machines in plain HTTP; let only a TLS proxy reach it"


__all__ = ["Config", "ConfigError", "ConfigErrors", "changes", "load", "user_settings", "warnings"]
