"""Notices of the bot: one sentence, found again by its key, in which nothing that people wrote is markup."""

import pytest

from hybridcal_daemon.adapters.webex.notice_card import TEXT_BYTES, notice_message
from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain

SAID = "“Plan” has more than 300 guests."


def body(text=SAID, **more):
    message = notice_message(key="k-1", text=Plain(text), **more)
    (element,) = message["attachments"][0]["content"]["body"]
    return message["text"], element


def test_it_is_posted_and_found_again_by_its_key(house):
    bob = house.api.person(Plain("bob@acme.example"))
    message_id = house.api.send_notice(bob.person_id, key="k-1", text=Plain(SAID))
    assert house.api.find_card(bob.person_id, key="k-1", since=house.clock.now()) == message_id
    assert house.api.find_card(bob.person_id, key="k-2", since=house.clock.now()) is None


def test_an_answer_that_is_lost_leaves_it_in_doubt(house):
    bob = house.api.person(Plain("bob@acme.example"))
    house.sandbox.add_fault({"kind": "status", "status": 503})
    with pytest.raises(CallError) as failed:
        house.api.send_notice(bob.person_id, key="k-1", text=Plain(SAID))
    assert (failed.value.kind, failed.value.in_doubt) == (Kind.TRANSIENT, True)


def test_the_sentence_is_text_and_card():
    text, element = body()
    assert text == SAID
    assert (element["text"], element["id"]) == (SAID, "k-1")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
        ("two\nlines", "two lines"),
        ("at {{DATE(2026-11-30T10:00:00Z)}}", "at {\u200b{DATE(2026-11-30T10:00:00Z)}}"),
    ],
)
def test_nothing_in_it_is_markup(said, shown):
    assert body(said)[1]["text"] == shown


def test_it_keeps_within_the_limit():
    text, element = body("ß*" * 5000)
    assert len(text.encode()) <= TEXT_BYTES
    assert len(element["text"].encode()) <= 2 * TEXT_BYTES


def test_who_reads_from_the_right_finds_it_there():
    assert body(right_to_left=True)[1]["horizontalAlignment"] == "Right"
    assert "horizontalAlignment" not in body()[1]
