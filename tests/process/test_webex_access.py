"""What Webex lets a real daemon do, and for how long, over restarts."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.process


def permitted(stage, feature):
    return next(each for each in stage.daemon.admin.status()["webex"] if each["feature"] == feature)


def until(stage, play, feature, state):
    play.until(f"{feature} is {state}", lambda: permitted(stage, feature)["state"] == state)


def test_refresh_tokens_that_webex_renews_are_good_after_a_kill(stage, play):
    stage.webex.set_rotation(rotate=True)
    for _ in range(3):
        stage.daemon.start()
        for feature in ("devices", "spaces"):
            until(stage, play, feature, "available")
        stage.daemon.kill()
    asked = [each.status for each in stage.webex.journal() if each.path == "/v1/access_token"]
    assert len(asked) >= 6
    assert set(asked) == {200}


def test_a_revoked_bot_is_told_and_a_reload_with_another_one_ends_it(stage, play):
    stage.daemon.start()
    until(stage, play, "bot", "available")
    token = stage.directory / "bot-token"
    stage.webex.revoke(token.read_text())
    stage.daemon.admin.reload()
    until(stage, play, "bot", "refused")
    found = permitted(stage, "bot")
    assert (found["code"], bool(found["tracking"]), bool(found["fix"])) == ("webex-token", True, True)
    token.write_text(stage.webex.add_bot())
    stage.daemon.admin.reload()
    until(stage, play, "bot", "available")
