"""D1: 50 random kill -9, nothing lost, nothing sent twice (1,000 by ``make crash``)."""

import pytest

from hybridcal_daemon.shell.stage import Stage
from tests.crash.forked import ForkedDaemon
from tests.crash.run import PEOPLE, CrashTest


@pytest.mark.process
def test_fifty_kills_lose_nothing_and_send_nothing_twice(tmp_path):
    with Stage(tmp_path, seed=11, people=PEOPLE) as stage:
        stage.daemon = ForkedDaemon(stage.config, stage.daemon.socket, stage.directory / "daemon.log", stage.clock)
        test = CrashTest(stage, seed=11, ahead=12.0)
        assert test.run(kills=50) == []
        assert test.started > 25
        assert any(stage.webex.messages_for(person.address) for person in stage.people.values())
