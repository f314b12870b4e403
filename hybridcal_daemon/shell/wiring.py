"""Which adapter stands at which port.

Owns: the step from ``Config`` to ``actors.system.World``. Promises: every worker gets connections of its own; secrets
are read from their files here and again at each reload. Does not: start anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from actors.protocol import ReadIndexKey, WriteIndexKey
from actors.system import World
from hybridcal_daemon.adapters.devices import Devices, PutXml
from hybridcal_daemon.adapters.google import (
    GoogleCalendar,
    GoogleSettings,
    KeyChoice,
    KeylessMinter,
    ServiceAccountMinter,
)
from hybridcal_daemon.adapters.http import BoundedClient, HttpSettings
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.phrases import say
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.adapters.webex import (
    Schemas,
    ServiceApp,
    ServiceAppTokens,
    WebexDevices,
    WebexRest,
    WebexSettings,
)
from hybridcal_daemon.adapters.webex.orders import Orders
from hybridcal_daemon.domain.lane import LaneSettings
from hybridcal_daemon.domain.tokens import subject
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.shell import join_rules
from hybridcal_daemon.shell.block_texts import Styles
from hybridcal_daemon.shell.config import user_settings
from hybridcal_daemon.shell.kept_tokens import TokenKeeper
from hybridcal_daemon.shell.secret_files import read_secret, read_service_account, read_source
from hybridcal_daemon.work import google as google_work
from hybridcal_daemon.work import webex as webex_work
from hybridcal_daemon.work.tools import GoogleTools, WebexTools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from actors.asking import Asker
    from actors.lane import Runner
    from hybridcal_daemon.domain.blocklines import Style
    from hybridcal_daemon.domain.calls import LaneName
    from hybridcal_daemon.domain.events import Action
    from hybridcal_daemon.domain.tokens import Purpose
    from hybridcal_daemon.domain.values import UserId
    from hybridcal_daemon.ports import (
        AlarmFactory,
        Clock,
        DevicesApi,
        HttpClient,
        Log,
        Random,
        TokenMinter,
        Vault,
    )
    from hybridcal_daemon.shell.config import Config


class Wiring:
    """Makes adapters of the configuration that is in force; ``use`` puts another one in force."""

    def __init__(self, config: Config, clock: Clock, random: Random, log: Log) -> None:
        self._clock = clock
        self._random = random
        self._log = log
        self._schemas = Schemas(clock)
        self._app: ServiceApp | None = None
        self._app_tokens: ServiceAppTokens | None = None
        self._integration: ServiceApp | None = None
        self._integration_tokens: ServiceAppTokens | None = None
        self._keeper = TokenKeeper()
        self._orders = Orders(clock, lambda: self._config.webex.meetings_per_day)
        self.use(config)

    def use(self, config: Config) -> None:
        """Read every secret file; raises what reading them raises, before anything has changed."""
        access = GoogleAccess.read(config, self._log)
        bot_token = read_secret(config.webex.bot_token_file)
        app, integration = _service_app(config), _integration(config)
        styles = Styles(config.joinblock)
        rules = join_rules.load(config.join.rules_file)
        self._access = access
        self._styles = styles
        self._join_rules = rules
        self._bot_token = bot_token
        self._config = config
        self._http = HttpSettings(proxy_url=config.network.proxy, ca_file=str(config.network.ca_file or ""))
        if app != self._app:  # or what is held, and a refresh token that Webex renewed, would be lost
            self._app, self._app_tokens = app, self._tokens_of(app)
        if integration != self._integration:
            self._integration, self._integration_tokens = integration, self._tokens_of(integration)

    def _tokens_of(self, app: ServiceApp | None) -> ServiceAppTokens | None:
        if app is None:
            return None
        api_url, deadline = self._config.webex.api_url, self._config.network.deadline
        return ServiceAppTokens(
            app,
            clock=self._clock,
            api_url=api_url,
            deadline=deadline,
            keep=partial(self._keeper.keep, app),
            newest=partial(self._keeper.newest, app),
        )

    def world(self, make_alarm: AlarmFactory) -> World:
        """Everything that the actors need."""
        return World(
            clock=self._clock,
            random=self._random,
            log=self._log,
            store=SqliteStore(self._config.state_directory / "hybridcal.db"),
            make_vault=self._vault,
            make_alarm=make_alarm,
            make_minter=self._minter,
            subject_of=self._subject_of,
            make_runner=self._runner,
            lanes=self.lanes(),
            settings=user_settings(self._config),
        )

    def lanes(self) -> dict[LaneName, LaneSettings]:
        """Budgets and workers."""
        google, webex = self._config.google, self._config.webex
        return {
            "google": LaneSettings(
                workers=google.workers,
                per_minute=google.requests_per_minute,
                user_per_minute=google.user_requests_per_minute,
                gmail_per_minute=google.gmail_units_per_minute,
                writes_per_second=google.writes_per_second,
            ),
            "webex": LaneSettings(workers=webex.workers, per_minute=webex.requests_per_minute),
            "devices": LaneSettings(workers=self._config.devices.workers, per_minute=webex.requests_per_minute),
        }

    def webex(self) -> WebexRest:
        """A Webex adapter with a connection of its own."""
        http = BoundedClient(self._http)
        return WebexRest(http, self._webex_settings(), self._app_tokens, self._integration_tokens)

    def devices(self) -> DevicesApi:
        """Room devices, with connections of its own; those of the own network are not behind the proxy."""
        cloud = WebexDevices(BoundedClient(self._http), self._webex_settings(), self._schemas, self._app_tokens)
        ca_file = self._config.devices.ca_file or self._config.network.ca_file
        near = BoundedClient(HttpSettings(ca_file=str(ca_file or "")))
        return Devices(cloud, PutXml(near, deadline=self._config.network.deadline))

    def _webex_settings(self) -> WebexSettings:
        return WebexSettings(
            bot_token=self._bot,
            service_app=self._app,
            api_url=self._config.webex.api_url,
            presence_url=self._config.webex.presence_url,
            deadline=self._config.network.deadline,
            now=self._clock.now,
            orders=self._orders,
        )

    def _bot(self) -> Secret[str]:
        return self._bot_token

    def _vault(self, asker: Asker, fresh: bool) -> Vault:  # noqa: FBT001 - the shape of World.make_vault
        self._keeper.asker = asker
        self.vault = LocalVault(
            Keyring(lambda: self._config.kms.keyring_file),
            load_index_key=lambda: asker.ask("store", ReadIndexKey()),
            save_index_key=lambda blob: asker.ask("store", WriteIndexKey(blob)),
            kms_host=self._config.kms.host,
            random=self._random,
            fresh=fresh,
        )
        return self.vault

    def _minter(self) -> TokenMinter:
        return self._access.minter(BoundedClient(self._http), self._clock, self._config)

    def _subject_of(self, user: UserId, purpose: Purpose) -> Plain[str] | None:
        rooms = self._config.google.rooms
        return subject(user, purpose, acting=Plain(rooms.account), owner=Plain(rooms.owner))

    def _runner(self, lane: LaneName, asker: Asker) -> Runner:
        return self._google_runner(asker) if lane == "google" else self._webex_runner(asker)

    def _google_runner(self, asker: Asker) -> Runner:
        google = self._config.google
        settings = GoogleSettings(
            calendar_url=google.calendar_url,
            gmail_url=google.gmail_url,
            push_url=google.push.public_url if google.push.enabled else "",
            send_updates=cast("Literal['none', 'externalOnly', 'all']", google.send_updates),
            deadline=self._config.network.deadline,
        )
        tools = GoogleTools(
            calendar=GoogleCalendar(BoundedClient(self._http), settings),
            token=asker.token,
            seal_events=asker.seal_events,
            open_cell=asker.open_cell,
            seal_cell=asker.seal_cell,
            address=asker.address,
            channel_token=asker.channel_token,
            webex=_action(self._config.keywords.webex),
            meet=_action(self._config.keywords.meet),
            acting=Plain(google.rooms.account),
            style=self._style,
            rules=lambda: self._join_rules,
        )
        return partial(google_work.run, tools=tools)

    def _style(self, language: str) -> Style:
        return self._styles(language)

    def _webex_runner(self, asker: Asker) -> Runner:
        tools = WebexTools(
            webex=self.webex(),
            address=asker.address,
            seal_cell=asker.seal_cell,
            open_cell=asker.open_cell,
            join_cell=asker.join_cell,
            devices=self.devices(),
            site=lambda: self._config.webex.site,
            say=say,
        )
        return partial(webex_work.run, tools=tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccess:
    """What the configuration in force says about getting tokens; ``choice`` is shared by all minters.

    Either ``key`` (and perhaps ``next_key``), or ``source`` for keyless.
    """

    key: Secret[dict[str, str]] | None
    next_key: Secret[dict[str, str]] | None
    source: Secret[dict[str, Any]] | None
    choice: KeyChoice

    @classmethod
    def read(cls, config: Config, log: Log) -> GoogleAccess:
        """Read the files. BadValue."""
        google = config.google
        key, new, source = google.service_account_file, google.next_service_account_file, google.credentials_file
        return cls(
            key=None if key is None else read_service_account(key),
            next_key=None if new is None else read_service_account(new),
            source=None if source is None else read_source(source),
            choice=KeyChoice(log),
        )

    def minter(self, http: HttpClient, clock: Clock, config: Config) -> TokenMinter:
        """Make one for one thread. CallError CONFIG when source credentials cannot be used."""
        google, deadline = config.google, config.network.deadline
        if self.key is not None:
            return ServiceAccountMinter(
                http,
                self.key.reveal(),
                clock=clock,
                token_url=google.token_url,
                deadline=deadline,
                next_info=None if self.next_key is None else self.next_key.reveal(),
                choice=self.choice,
            )
        return KeylessMinter(
            http,
            google.impersonate_service_account,
            {} if self.source is None else self.source.reveal(),
            clock=clock,
            token_url=google.token_url,
            iam_url=google.iam_url,
            deadline=deadline,
        )


class Keyring:
    """The keyring file that the configuration in force names: a reload may name another."""

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path
        self._keys = LocalKeyring(path())

    def open(self) -> None:
        """Read the file. CallError SEALED."""
        self._keys.close()
        self._keys = LocalKeyring(self._path())
        self._keys.open()

    def create(self) -> None:
        """Make the file. CallError SEALED."""
        self._keys.create()

    def close(self) -> None:
        """Forget the keys."""
        self._keys.close()

    def wrap(self, key: Secret[bytearray], aad: bytes) -> bytes:
        """As LocalKeyring does."""
        return self._keys.wrap(key, aad)

    def unwrap(self, blob: bytes, aad: bytes) -> Secret[bytearray]:
        """As LocalKeyring does."""
        return self._keys.unwrap(blob, aad)


def _action(word: str) -> Action | None:
    """Give what a bare keyword does."""
    return None if word == "off" else cast("Action", word)


def _integration(config: Config) -> ServiceApp | None:
    """The integration's credentials, if one is configured."""
    webex = config.webex
    if not (webex.integration_client_id and webex.integration_secret_file and webex.integration_refresh_token_file):
        return None
    return ServiceApp(
        client_id=Secret(webex.integration_client_id),
        client_secret=read_secret(webex.integration_secret_file),
        refresh_token=read_secret(webex.integration_refresh_token_file),
    )


def _service_app(config: Config) -> ServiceApp | None:
    """The service app's credentials, if one is configured."""
    webex = config.webex
    if not webex.service_app_client_id:
        return None
    return ServiceApp(
        client_id=Secret(webex.service_app_client_id),
        client_secret=read_secret(webex.service_app_secret_file),
        refresh_token=read_secret(webex.service_app_refresh_token_file),
    )
