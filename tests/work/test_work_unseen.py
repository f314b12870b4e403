"""What was opened shows nothing when it is shown."""

import pytest

from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.shell import kept_tokens
from hybridcal_daemon.work import devicelink, room
from hybridcal_daemon.work.joincell import JoinCell

OPENED = [
    JoinCell(title="Merger", url="https://merger.example", guests=("merger@acme.example",)),
    room._RoomCell(link="https://merger.example", password="merger"),
    devicelink._LinkCell(local=(devicelink._Local(url="https://merger", user="merger", password="merger"),)),
    kept_tokens._Kept(file="0", token="merger"),
    Plain("merger"),
]


@pytest.mark.parametrize("opened", OPENED, ids=lambda each: type(each).__name__)
def test_it_says_nothing(opened):
    assert "merger" not in f"{opened!r} {[opened]}".casefold()
