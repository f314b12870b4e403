"""What a daemon that cannot start says: the place and the fix, and exit code 78 for the configuration."""

import json

import pytest

pytestmark = pytest.mark.process


def test_a_missing_service_account_file(stage, refused):
    (stage.directory / "service-account.json").unlink()
    code, said = refused()
    assert code == 78
    assert "service-account.json" in said
    assert "google.service_account_file" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{not json", ["JSON"]),
        ('{"type": "authorized_user"}', ["service account", "key"]),
        ("", ["empty"]),
    ],
)
def test_an_invalid_service_account_file(stage, refused, content, words):
    (stage.directory / "service-account.json").write_text(content)
    code, said = refused()
    assert code == 78
    assert all(word.lower() in said.lower() for word in [*words, "service-account.json"])


def test_a_damaged_private_key(stage, refused):
    path = stage.directory / "service-account.json"
    account = json.loads(path.read_text())
    account["private_key"] = account["private_key"].replace("A", "B", 40)
    path.write_text(json.dumps(account))
    code, said = refused()
    assert code == 78
    assert "private" in said
    assert "service-account.json" in said
    assert account["private_key"].splitlines()[5] not in said


@pytest.mark.parametrize("name", ["service-account.json", "bot-token", "app-secret"])
def test_a_secret_that_everybody_can_read(stage, refused, name):
    (stage.directory / name).chmod(0o644)
    code, said = refused()
    assert code == 78
    assert name in said
    assert "chmod" in said


def test_all_errors_of_the_configuration_at_once(stage, refused):
    text = stage.config.read_text()
    stage.config.write_text(text.replace('poll_interval = "3 s"', "pol_interval = 3\nworkers = -4"))
    code, said = refused()
    assert code == 78
    assert "pol_interval" in said
    assert "did you mean `poll_interval`" in said
    assert "workers" in said
    assert "config.toml:" in said


def test_a_second_daemon_on_the_same_state(stage, refused):
    stage.daemon.start()
    stage.write_config(admin__socket=json.dumps(str(stage.directory / "other.sock")), feed__listen='""')
    code, said = refused()
    assert code == 1
    assert str(stage.directory / "state") in said
    assert str(stage.daemon.pid) in said


def test_a_port_that_is_taken(stage, refused):
    stage.daemon.start()
    stage.write_config(
        admin__socket=json.dumps(str(stage.directory / "other.sock")),
        state_directory=json.dumps(str(stage.directory / "other")),
    )
    code, said = refused()
    assert code == 1
    assert "feed.listen" in said


def test_a_damaged_database(stage, refused):
    stage.daemon.start()
    stage.daemon.admin.activate(stage.people["alice"].address, 10.0)
    stage.daemon.terminate()
    database = stage.directory / "state" / "hybridcal.db"
    database.write_bytes(b"no database any more" * 500)
    code, said = refused()
    assert code == 1
    assert "hybridcal.db" in said
