"""What a service calls its answer reaches the log, and nothing else does."""

import pytest

from hybridcal_daemon.domain.draft import Draft
from hybridcal_daemon.domain.effects import Note
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CallFailed
from hybridcal_daemon.domain.state import Durable, Flight, UserSettings, UserState
from hybridcal_daemon.domain.values import Instant, RequestId, UserId
from hybridcal_daemon.shell.log_events import misuse
from hybridcal_daemon.work.tools import failed

ALICE = UserId("u" + "0" * 20)


@pytest.mark.parametrize(("tracking", "said"), [("", {}), ("ROUTERGW_1a-2", {"tracking": "ROUTERGW_1a-2"})])
def test_the_line_about_a_failed_request_has_it_where_there_is_one(tracking, said):
    state = UserState(user=ALICE, settings=UserSettings(), durable=Durable(), events={}, flight=Flight())
    draft = Draft(state, Instant(1000.0))
    ids = {"request_id": RequestId(1), "user": ALICE}
    draft.failed("room", CallFailed(**ids, kind=Kind.REFUSED, code="webex-refused", tracking=tracking))
    (note,) = (effect for effect in draft.finish()[1] if isinstance(effect, Note) and effect.event == "call.failed")
    fields = dict(note.fields)
    assert {name: value for name, value in fields.items() if name == "tracking"} == said
    assert misuse("call.failed", {**fields, "user": ALICE}) == ""


def test_an_answer_carries_it():
    call = CallFailed(request_id=RequestId(3), user=ALICE, kind=Kind.INVALID, code="x")
    assert failed(call, CallError(Kind.REFUSED, "webex-refused", tracking="T_1")).tracking == "T_1"
    assert failed(call, CallError(Kind.REFUSED, "webex-refused")).tracking == ""
