"""Refresh tokens over restarts: real keys, a real database, the actors that hold them."""

import pytest

from actors.asking import Asker
from actors.kms import KmsActor
from actors.protocol import OpenCell, OpenStore, SealCell, Unlock, WriteHouseCell
from actors.store import StoreActor
from hybridcal_daemon.adapters.kms import LocalKeyring, LocalVault
from hybridcal_daemon.adapters.store import SqliteStore
from hybridcal_daemon.adapters.webex import ServiceApp, ServiceAppTokens
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Sealed, Secret, UserId
from hybridcal_daemon.ports import HOUSE, HttpResponse, StoreFull
from hybridcal_daemon.shell.kept_tokens import TokenKeeper
from tests.actors.actor_worlds import Bench

LIFE = 1_209_599


def app(token="from-the-file", client="C-service-app"):
    return ServiceApp(client_id=Secret(client), client_secret=Secret("s"), refresh_token=Secret(token))


class Life:
    """One run of the daemon: its store, its keys, its keeper."""

    def __init__(self, directory, *, fresh=False):
        self.bench = Bench()
        self.store = SqliteStore(directory / "hybridcal.db")
        self._spawn("store", StoreActor, self.store, self.bench.directory, self.bench.clock)
        self.asker.ask("store", OpenStore())
        self.vault = LocalVault(
            LocalKeyring(directory / "keyring.json"),
            load_index_key=self.store.wrapped_index_key,
            save_index_key=self.store.put_wrapped_index_key,
            kms_host="hybridcal",
            random=None,
            fresh=fresh,
        )
        self._spawn("kms", KmsActor, self.vault)
        assert self.asker.ask("kms", Unlock()) == ""
        self.keeper = TokenKeeper()
        self.keeper.asker = self.asker

    @property
    def asker(self) -> Asker:
        return self.bench.asker

    def _spawn(self, name, behaviour, *args):
        self.bench.spawn(name, behaviour, *args, self.bench.log)

    def end(self):
        self.store.close()


@pytest.fixture
def lives(tmp_path):
    """Begin a life; the one before ends."""
    directory, running = tmp_path / "state", []
    directory.mkdir(mode=0o700)

    def begin():
        for life in running:
            life.end()
        running.append(Life(directory, fresh=not running))
        return running[-1]

    yield begin
    running[-1].end()


class Webex:
    """Gives another refresh token at each renewal; takes those in ``good`` only."""

    def __init__(self, *good):
        self.good = list(good)
        self.asked = []

    def send(self, request):
        token = request.body.decode().rpartition("refresh_token=")[2]
        self.asked.append(token)
        if token not in self.good:
            return HttpResponse(status=400, headers={"trackingid": "T_9"}, body=b"{}")
        new = f"renewed-{len(self.asked)}"
        self.good.append(new)
        body = f'{{"access_token":"a{len(self.asked)}","expires_in":{LIFE},"refresh_token":"{new}"}}'
        return HttpResponse(status=200, headers={}, body=body.encode())


class Clock:
    at = 0.0

    def monotonic(self):
        return self.at


def tokens(life, wanted, clock=None):
    keeper = life.keeper
    return ServiceAppTokens(
        wanted,
        clock=clock or Clock(),
        keep=lambda token: keeper.keep(wanted, token),
        newest=lambda: keeper.newest(wanted),
    )


def test_a_renewed_token_is_used_after_a_restart(lives):
    webex = Webex("from-the-file")
    for _ in range(3):
        tokens(lives(), app()).get(webex)
    assert webex.asked == ["from-the-file", "renewed-1", "renewed-2"]


def test_a_file_that_was_changed_since_wins(lives):
    webex = Webex("from-the-file", "new-in-the-file")
    tokens(lives(), app()).get(webex)
    tokens(lives(), app("new-in-the-file")).get(webex)
    tokens(lives(), app("new-in-the-file")).get(webex)
    assert webex.asked == ["from-the-file", "new-in-the-file", "renewed-2"]


def test_each_client_has_its_own(lives):
    life = lives()
    life.keeper.keep(app(), Secret("of the service app"))
    assert life.keeper.newest(app(client="C-integration")).reveal() == "from-the-file"
    assert life.keeper.newest(app()).reveal() == "of the service app"


def test_nothing_of_it_is_readable_in_the_database(lives, tmp_path):
    life = lives()
    life.keeper.keep(app(), Secret("renewed-and-secret"))
    life.end()
    found = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert b"refresh-token/C-service-app" in found
    assert b"renewed-and-secret" not in found
    assert b"from-the-file" not in found
    lives()


def test_a_cell_of_another_client_is_not_taken(lives):
    life = lives()
    life.keeper.keep(app(), Secret("renewed"))
    cell = life.store.house_cell("refresh-token/C-service-app")
    life.asker.ask("store", WriteHouseCell("refresh-token/C-other", cell))
    assert life.keeper.newest(app(client="C-other")).reveal() == "from-the-file"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"file": 1}'])
def test_a_cell_with_something_else_is_no_token(lives, content):
    life = lives()
    place = "refresh-token/C-service-app"
    cell = life.asker.ask("kms", SealCell(HOUSE, place, Plain(content)))
    life.asker.ask("store", WriteHouseCell(place, cell))
    assert life.keeper.newest(app()).reveal() == "from-the-file"


def test_where_the_newest_is_refused_the_file_s_is_tried(lives):
    webex = Webex("from-the-file")
    life = lives()
    life.keeper.keep(app(), Secret("refused-by-now"))
    tokens(life, app()).get(webex)
    assert webex.asked == ["refused-by-now", "from-the-file"]
    assert life.keeper.newest(app()).reveal() == "renewed-2"


def test_where_both_are_refused_an_admin_has_to_act(lives):
    webex = Webex()
    life = lives()
    life.keeper.keep(app(), Secret("refused"))
    with pytest.raises(CallError) as raised:
        tokens(life, app()).get(webex)
    assert (raised.value.kind, raised.value.code, raised.value.tracking) == (Kind.CONFIG, "webex-token", "T_9")
    assert webex.asked == ["refused", "from-the-file"]


def test_a_token_that_could_not_be_kept_is_kept_later(lives):
    life, webex, clock, full = lives(), Webex("from-the-file"), Clock(), [True]
    put = life.store.put_house_cell

    def refusing(name, cell):
        if full[0]:
            raise StoreFull("no space")
        put(name, cell)

    life.bench.ear("timers")
    life.store.put_house_cell = refusing
    held = tokens(life, app(), clock)
    held.get(webex)
    assert life.keeper.newest(app()).reveal() == "from-the-file"
    full[0] = False
    clock.at = 29.0
    held.get(webex)
    assert life.keeper.newest(app()).reveal() == "from-the-file"
    clock.at = 30.0
    held.get(webex)
    assert life.keeper.newest(app()).reveal() == "renewed-1"
    assert webex.asked == ["from-the-file"]


def test_without_keys_no_token_is_asked_for(lives, tmp_path):
    life, webex = lives(), Webex("from-the-file")
    life.keeper.keep(app(), Secret("renewed"))
    (tmp_path / "state" / "keyring.json").rename(tmp_path / "elsewhere.json")
    assert life.asker.ask("kms", Unlock()) == "kms-keyring-missing"
    with pytest.raises(CallError) as raised:
        tokens(life, app()).get(webex)
    assert (raised.value.kind, webex.asked) == (Kind.SEALED, [])
    (tmp_path / "elsewhere.json").rename(tmp_path / "state" / "keyring.json")
    assert life.asker.ask("kms", Unlock()) == ""
    assert life.keeper.newest(app()).reveal() == "renewed"


def test_before_the_actors_stand_there_is_nothing_to_ask():
    for call in (lambda: TokenKeeper().newest(app()), lambda: TokenKeeper().keep(app(), Secret("x"))):
        with pytest.raises(CallError) as raised:
            call()
        assert raised.value.code == "busy"


def test_the_house_s_cells_are_nobody_else_s(lives):
    life = lives()
    cell = life.asker.ask("kms", SealCell(HOUSE, "place", Plain(b"x")))
    with pytest.raises(CallError):
        life.asker.ask("kms", OpenCell(UserId("u" + "0" * 20), "place", cell))
    with pytest.raises(TypeError):
        life.store.put_house_cell("place", b"in clear")
    assert isinstance(cell, Sealed)
