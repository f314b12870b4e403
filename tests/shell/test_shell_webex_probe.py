"""What Webex lets this installation do: asked of the stand-in, held against the public description, and shown."""

import json
import threading

import pytest
from click.testing import CliRunner

from hybridcal_daemon.adapters.webex import ServiceAppTokens, WebexRest, WebexSettings
from hybridcal_daemon.domain.errors import CATALOGUE
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain, Secret
from hybridcal_daemon.ports import Finding
from hybridcal_daemon.sandbox.webex import WebexSandbox
from hybridcal_daemon.sandbox.webex.access import APP_SCOPES
from hybridcal_daemon.shell.cli import main
from hybridcal_daemon.shell.log_events import misuse
from hybridcal_daemon.shell.webex_probe import AGAIN, FEATURES, SOON, Probe
from tests.contract_webex.checked import CheckedClient
from tests.contract_webex.conftest import NOW, Clock, InProcess, credentials

ALICE = Plain("alice@acme.example")
ACCOUNT = "calendar@acme.example"
BASE = "https://webexapis.example"


class Log:
    def __init__(self):
        self.lines = []

    def emit(self, level, event, **fields):
        assert misuse(event, fields) == ""
        self.lines.append((level, event, fields))


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def sandbox():
    webex = WebexSandbox(clock=Clock(), seed=5)
    for address in (ALICE.reveal(), ACCOUNT):
        webex.add_person(address, address.partition("@")[0].title())
    return webex


class Installation:
    """Credentials that may be changed, and the probe."""

    def __init__(self, sandbox, log):
        self.sandbox = sandbox
        self.client = CheckedClient(InProcess(sandbox))
        self.bot = Secret(sandbox.add_bot())
        self.app = sandbox.add_service_app()
        self.integration = sandbox.add_integration(ACCOUNT)
        self.served = ALICE
        self.made = 0
        self.probe = Probe(self.make, lambda: self.served, Clock(), log)

    def make(self):
        self.made += 1
        settings = WebexSettings(bot_token=lambda: self.bot, api_url=f"{BASE}/v1", now=Clock().now)
        tokens = [
            None if given is None else ServiceAppTokens(credentials(given), clock=Clock(), api_url=settings.api_url)
            for given in (self.app, self.integration)
        ]
        return WebexRest(self.client, settings, *tokens)

    def found(self):
        return {each.feature: (each.state, each.code) for each in self.probe.findings()}


@pytest.fixture
def installation(sandbox, log):
    made = Installation(sandbox, log)
    yield made
    assert made.client.faults == []


def test_before_the_first_look_nothing_is_known(installation):
    assert installation.probe.findings() == tuple(Finding(feature=feature) for feature in FEATURES)


def test_what_webex_answers_is_available(installation, log):
    assert installation.probe.look() == AGAIN
    found = installation.found()
    assert found.pop("presence") == ("unknown", "")
    found.pop("devices")
    assert found == dict.fromkeys(("people", "personal-rooms", "sites", "meetings", "spaces", "bot"), ("available", ""))
    assert {event for _, event, _ in log.lines} <= {"webex.refused"}
    assert {asked.method for asked in installation.sandbox.journal()} <= {"GET", "POST"}
    posts = [asked.path for asked in installation.sandbox.journal() if asked.method == "POST"]
    assert set(posts) == {"/v1/access_token"}


def test_a_missing_scope_costs_its_own_features_only(installation, log):
    kept = {scope for scope in APP_SCOPES if not scope.startswith("meeting:admin_schedule")}
    installation.app = installation.sandbox.add_service_app(kept)
    installation.probe.look()
    found = installation.found()
    assert found["meetings"] == ("refused", "webex-refused")
    assert found["people"] == found["sites"] == ("available", "")
    refusal = next(each for each in installation.probe.findings() if each.feature == "meetings")
    assert refusal.tracking in {asked.tracking_id for asked in installation.sandbox.journal()}
    lines = [fields for _, event, fields in log.lines if fields["feature"] == "meetings"]
    assert lines == [{"feature": "meetings", "code": "webex-refused", "tracking": refusal.tracking}]
    assert refusal.at == NOW


def test_a_refusal_is_said_once_and_its_end_once(installation, log):
    installation.bot = Secret("revoked")
    for _ in range(3):
        installation.probe.look()
    installation.bot = Secret(installation.sandbox.add_bot())
    for _ in range(2):
        installation.probe.look()
    said = [(level, event, fields.get("code")) for level, event, fields in log.lines if fields["feature"] == "bot"]
    assert said == [("warning", "webex.refused", "webex-token"), ("info", "webex.available", None)]


def test_an_app_that_was_revoked_is_refused_everything(installation):
    installation.sandbox.revoke_app(installation.app.client_id)
    installation.probe.look()
    found = installation.found()
    assert {found[name] for name in ("people", "personal-rooms", "sites", "meetings", "devices")} == {
        ("refused", "webex-token")
    }
    assert found["spaces"] == found["bot"] == ("available", "")


def test_what_is_not_set_up_is_not_refused(installation, log):
    installation.integration = None
    installation.probe.look()
    assert installation.found()["spaces"] == ("unknown", "webex-no-integration")
    assert [fields for _, _, fields in log.lines if fields["feature"] == "spaces"] == []


def test_a_person_without_a_personal_room_shows_that_it_may_be_read(installation):
    installation.sandbox.set_personal_room(ALICE.reveal(), present=False)
    installation.probe.look()
    assert installation.found()["personal-rooms"] == ("available", "")


def test_without_anybody_to_ask_about_it_looks_again_soon(installation):
    installation.served = None
    assert installation.probe.look() == SOON
    found = installation.found()
    assert {found[name] for name in ("people", "personal-rooms", "sites", "meetings")} == {("unknown", "")}
    assert found["bot"] == ("available", "")


def test_a_part_that_does_not_answer_is_nobody_to_ask_about(sandbox, log):
    def busy():
        raise CallError(Kind.TRANSIENT, "busy")

    installation = Installation(sandbox, log)
    assert Probe(installation.make, busy, Clock(), log).look() == SOON


def test_a_passing_trouble_leaves_what_was_known(installation):
    installation.sandbox.add_fault({"kind": "status", "status": 503, "match": {"path_regex": "rooms"}, "times": 1})
    installation.probe.look()
    assert installation.found()["spaces"] == ("unknown", "webex-unavailable")
    installation.probe.look()
    installation.sandbox.add_fault({"kind": "status", "status": 503, "times": 99})
    installation.probe.look()
    assert installation.found()["spaces"] == ("available", "")


def test_it_looks_in_the_background_and_again_when_it_is_told(sandbox, log):
    installation = Installation(sandbox, log)
    looks = threading.Semaphore(0)
    made = []

    def make():
        made.append(installation.make())
        return made[-1]

    def somebody():
        looks.release()
        return ALICE

    probe = Probe(make, somebody, Clock(), log)
    probe.start()
    assert looks.acquire(timeout=10)
    probe.again()
    assert looks.acquire(timeout=10)
    probe.stop()
    probe._thread.join(10)
    assert not probe._thread.is_alive()
    assert len(made) >= 1


# ---- shown ----------------------------------------------------------------------------------------------------------

FOUND = (
    Finding(feature="people", state="available", at=NOW),
    Finding(feature="meetings", state="refused", code="webex-refused", tracking="T_7", at=NOW),
    Finding(feature="devices", state="refused", code="webex-refused", at=NOW),
    Finding(feature="spaces", code="webex-no-integration", at=NOW),
    Finding(feature="presence"),
)


@pytest.fixture
def cli(running):
    """Run a command against the running admin socket."""

    def invoke(*arguments, socket=None):
        env = {"HYBRIDCAL_SOCKET": str(socket or running.path), "HYBRIDCAL_OUTPUT": None, "HYBRIDCAL_CONFIG": None}
        return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)

    return invoke


@pytest.fixture
def shown_status(cli, daemon):
    def run(found, *options):
        daemon.webex = found
        result = cli("status", *options)
        return result.exit_code, result.output

    return run


def test_codes_are_explained():
    assert all(each.code in CATALOGUE for each in FOUND if each.code)


def test_status_shows_it(shown_status):
    code, screen = shown_status(FOUND)
    assert code == 1
    line = next(line for line in screen.splitlines() if line.strip().startswith("features"))
    assert "available: people" in line
    assert "refused: meetings, devices" in line
    assert "unknown: spaces (webex-no-integration), presence" in line
    assert screen.count("trouble: webex-refused") == 1
    flat = " ".join(screen.split())
    assert "Webex meetings, Webex devices" in flat
    assert "T_7" in flat
    assert CATALOGUE["webex-refused"].fix[:40] in flat


def test_status_as_json(shown_status):
    _, text = shown_status(FOUND, "-o", "json")
    webex = json.loads(text)["webex"]
    assert webex[1]["tracking"] == "T_7"
    assert webex[1]["fix"]
    assert [each["state"] for each in webex] == ["available", "refused", "refused", "unknown", "unknown"]
    assert webex[4]["looked_at"] is None


def test_all_available_is_no_trouble(shown_status):
    assert shown_status(FOUND[:1])[0] == 0
