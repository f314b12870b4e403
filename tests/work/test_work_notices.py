"""What the bot tells an organiser, from order to answer."""

import json
from dataclasses import replace
from typing import get_args

import pytest

from hybridcal_daemon.domain import wordings
from hybridcal_daemon.domain.calls import NoticeReason, SendNotice
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.messages import CallFailed, NoticeSent
from hybridcal_daemon.domain.notices import LIMITS
from hybridcal_daemon.domain.values import Plain, RequestId
from hybridcal_daemon.work.webex import run
from tests.work.fakes import ALICE, Webex

IDS = {"request_id": RequestId(7), "user": ALICE}
ORDER = SendNotice(**IDS, key="k1", event_id="e1", reason="too-many-for-room", limit=300)


class Bot(Webex):
    """Says what it is told to say."""

    def send_notice(self, person_id, *, key, text, right_to_left):
        self._say("notice", person_id, key, text)
        self.right_to_left = right_to_left
        return "M-2"


@pytest.fixture
def bot():
    return Bot()


@pytest.fixture
def tell(webex_tools, bot, vault, cells):
    """Order a notice about e1 with this join cell."""

    def tell(order=ORDER, say=None, **cell):
        content = Plain(json.dumps({"title": "Plan", **cell}).encode())
        cells[ALICE, "e1"] = vault.seal(ALICE, "event/e1/join", content)
        tools = replace(webex_tools, webex=bot, **({"say": say} if say else {}))
        return run(order, tools)

    return tell


def test_the_organiser_is_told_with_title_and_limit(tell, bot):
    assert tell() == NoticeSent(**IDS, key="k1", message_id="M-2")
    expected = "“Plan” has more than 300 guests, so no join details of your Personal Room were added to it."
    assert bot.said == [("notice", "P-alice", "k1", Plain(expected))]


def test_it_is_said_in_the_language_ordered(tell, bot):
    asked = []

    def say(language, sentence):
        asked.append((language, sentence))
        return "{limit} zu viele bei {title}"

    tell(replace(ORDER, language="de"), say=say)
    assert bot.said[0][-1] == Plain("300 zu viele bei Plan")
    assert asked == [("de", wordings.NOTICES["too-many-for-room"])]


@pytest.mark.parametrize(("language", "right"), [("ar", True), ("he", True), ("de", False)])
def test_who_reads_from_the_right_gets_it_there(tell, bot, language, right):
    tell(replace(ORDER, language=language))
    assert bot.right_to_left is right


def test_a_title_that_is_not_to_be_seen_is_not_said(tell, bot):
    tell(title="SECRET", confidential=True)
    assert "SECRET" not in bot.said[0][-1].reveal()
    assert wordings.PRIVATE in bot.said[0][-1].reveal()


@pytest.mark.parametrize("title", ["", "  "])
def test_an_event_without_a_title_has_a_name(tell, bot, title):
    tell(title=title)
    assert wordings.UNTITLED in bot.said[0][-1].reveal()


def test_braces_in_a_title_are_only_text(tell, bot):
    tell(title="{limit} {0} {title}")
    assert "{limit} {0} {title}" in bot.said[0][-1].reveal()


@pytest.mark.parametrize("reason", get_args(NoticeReason))
def test_there_is_a_sentence_for_each_reason(tell, bot, reason):
    assert isinstance(tell(replace(ORDER, reason=reason, limit=LIMITS[reason])), NoticeSent)
    assert "{" not in bot.said[0][-1].reveal()


def test_of_an_event_that_is_gone_nothing_is_said(webex_tools, bot):
    answer = run(ORDER, replace(webex_tools, webex=bot))
    assert isinstance(answer, CallFailed)
    assert (answer.kind, answer.code) == (Kind.REFUSED, "nothing-to-join")
    assert bot.said == []


def test_a_failure_is_an_answer(tell, bot):
    bot.fails["notice"] = CallError(Kind.TRANSIENT, "deadline", in_doubt=True)
    answer = tell()
    assert (answer.kind, answer.in_doubt) == (Kind.TRANSIENT, True)
