from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from joserfc import jwe as oracle
from joserfc.jwk import OctKey

from hybridcal_daemon.adapters.kms.items import RESPONSES, is_webex
from hybridcal_daemon.domain.events import EventContent, Person, Response
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work.joincell import JoinCell

ALICE = Person(email=Plain("alice@acme.example"), name=Plain("Alice Example"), response="organizer", organizer=True)
BOB = Person(email=Plain("bob@acme.example"), name=Plain("Böb"), response="declined", optional=True)
ROOM = Person(email=Plain("room-1@acme.example"), name=Plain(""), response="needsAction", resource=True)
FULL = EventContent(
    event_id="e1",
    subject=Plain("Budget 2031 🎉"),
    location=Plain("@webex, 3rd floor"),
    notes=Plain("Bring <b>numbers</b>"),
    organizer=ALICE,
    participants=(ALICE, BOB, ROOM),
    join_url=Plain("https://acme.webex.com/meet/alice"),
    join_uri=Plain("alice@acme.webex.com"),
)
NOTHING = Plain("")
EMPTY = EventContent(
    event_id="e2",
    subject=NOTHING,
    location=NOTHING,
    notes=NOTHING,
    organizer=None,
    participants=(),
    join_url=NOTHING,
    join_uri=NOTHING,
)


@pytest.fixture
def user(vault):
    row = vault.new_user(Plain("alice@acme.example"))
    vault.admit(row.user, row.wrapped_key)
    return row.user


def sealed(vault, user, content):
    return vault.seal_events(user, [content])[0]


def decrypted(value, key):
    """What the Webex app makes of an item: every JWE string replaced by its text (joserfc reads it)."""
    if isinstance(value, dict):
        return {name: decrypted(inner, key) for name, inner in value.items()}
    if isinstance(value, list):
        return [decrypted(inner, key) for inner in value]
    return oracle.decrypt_compact(value, key).plaintext.decode() if value.startswith("eyJ") else value


def as_read(vault, user, content):
    item = json.loads(sealed(vault, user, content).item)
    key = OctKey.import_key(vault.item_key(user, item["encryptionKeyUrl"]).reveal())
    return decrypted(item, key)


def test_a_reader_gets_every_field_back(vault, user):
    read = as_read(vault, user, FULL)
    UUID(read.pop("encryptionKeyUrl").removeprefix("kms://kms.acme.example/keys/"))
    ids = [UUID(person.pop("id")) for person in read["encryptedParticipants"]]
    assert len(set(ids)) == 3
    assert read == {
        "encryptedSubject": "Budget 2031 🎉",
        "encryptedLocation": "@webex, 3rd floor",
        "encryptedNotes": "Bring <b>numbers</b>",
        "webexURI": "alice@acme.webex.com",
        "webexURL": "https://acme.webex.com/meet/alice",
        "meetingJoinInfo": {
            "meetingJoinURI": "alice@acme.webex.com",
            "meetingJoinURL": "https://acme.webex.com/meet/alice",
        },
        "encryptedOrganizer": {"encryptedEmailAddress": "alice@acme.example", "encryptedName": "Alice Example"},
        "encryptedParticipants": [
            {
                "type": "PERSON",
                "participantType": "REQUIRED",
                "responseType": "ACCEPTED",
                "encryptedEmailAddress": "alice@acme.example",
                "encryptedName": "Alice Example",
            },
            {
                "type": "PERSON",
                "participantType": "OPTIONAL",
                "responseType": "DECLINED",
                "encryptedEmailAddress": "bob@acme.example",
                "encryptedName": "Böb",
            },
            {
                "type": "ROOM",
                "participantType": "REQUIRED",
                "responseType": "NO_RESPONSE",
                "encryptedEmailAddress": "room-1@acme.example",
            },
        ],
    }


def test_no_text_is_left_in_clear(vault, user):
    result = sealed(vault, user, FULL)
    for marker in (b"Budget", b"floor", b"numbers", b"alice", b"Example", b"bob", b"room-1", b"webex.com"):
        assert marker not in result.item
        assert marker not in result.join
    assert "Budget" not in repr(result)


def test_empty_texts_are_left_out(vault, user):
    result = sealed(vault, user, EMPTY)
    assert list(json.loads(result.item)) == ["encryptionKeyUrl"]
    assert cell_of(vault, user, EMPTY) == JoinCell(title="")
    assert result.join_digest == ""


def test_a_link_of_another_service_is_no_webex_link(vault, user):
    content = replace(FULL, join_url=Plain("https://meet.google.com/abc"), join_uri=NOTHING)
    read = as_read(vault, user, content)
    assert read["meetingJoinInfo"] == {"meetingJoinURL": "https://meet.google.com/abc"}
    assert "webexURL" not in read
    assert "webexURI" not in read


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.webex.com/meet/a", True),
        ("https://WEBEX.com./x", True),
        ("https://webex.com.evil.example/", False),
        ("https://notwebex.com/", False),
        ("https://evil.example/webex.com", False),
        ("https://user@acme.webex.com:8443/", True),
        ("https://acme.webex.com@evil.example/", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_webex_is_told_by_the_host(url, expected):
    assert is_webex(url) is expected


def test_every_answer_of_google_has_a_webex_word():
    assert set(RESPONSES) == set(get_args(Response))


def test_each_item_has_its_own_key(vault, user):
    one, two = vault.seal_events(user, [FULL, FULL])
    assert json.loads(one.item)["encryptionKeyUrl"] != json.loads(two.item)["encryptionKeyUrl"]


def test_participants_keep_their_id_but_not_across_users(vault, user):
    other = vault.new_user(Plain("bob@acme.example"))
    vault.admit(other.user, other.wrapped_key)

    def ids(who, content):
        return [person["id"] for person in json.loads(sealed(vault, who, content).item)["encryptedParticipants"]]

    renamed = replace(BOB, email=Plain("BOB@acme.example"), name=Plain("Robert"), response="accepted")
    assert ids(user, FULL)[1] == ids(user, replace(FULL, participants=(renamed,)))[0]
    assert not set(ids(user, FULL)) & set(ids(other.user, FULL))


def cell_of(vault, user, content):
    """What deliveries read of it."""
    cell = sealed(vault, user, content).join
    opened = vault.open(user, f"event/{content.event_id}/join", cell)
    return msgspec.json.decode(opened.reveal(), type=JoinCell)


def test_the_join_cell_opens_at_the_events_place(vault, user):
    assert cell_of(vault, user, FULL) == JoinCell(
        title="Budget 2031 🎉",
        url="https://acme.webex.com/meet/alice",
        dial="alice@acme.webex.com",
        organizer=("alice@acme.example", "Alice Example"),
    )


def test_guests_are_in_the_join_cell_only_where_a_space_is_asked_for(vault, user):
    carol = Person(email=Plain(" Carol@ACME.example"), name=Plain(""), response="accepted")
    content = replace(FULL, participants=(carol, *FULL.participants))
    assert cell_of(vault, user, content).guests == ()
    wished = cell_of(vault, user, replace(content, space=True))
    assert wished.guests == ("bob@acme.example", "carol@acme.example")  # neither the organiser nor the room


def test_the_join_cell_says_what_is_confidential(vault, user):
    assert not cell_of(vault, user, FULL).confidential
    assert cell_of(vault, user, replace(FULL, confidential=True)).confidential


def test_a_uri_alone_gives_no_card_but_a_way_to_join(vault, user):
    content = replace(FULL, join_url=NOTHING)
    assert cell_of(vault, user, content).url == ""
    assert cell_of(vault, user, content).dial == "alice@acme.webex.com"
    assert sealed(vault, user, content).join_digest != ""
    assert as_read(vault, user, content)["meetingJoinInfo"] == {"meetingJoinURI": "alice@acme.webex.com"}


def test_digests_stay_while_nothing_changes(vault, user):
    before = sealed(vault, user, FULL)
    again = sealed(vault, user, FULL)
    assert (before.digest, before.join_digest) == (again.digest, again.join_digest)
    assert len(before.digest) == len(before.join_digest) == 32
    assert before.item != again.item


CHANGED = {
    "event_id": "e9",
    "subject": Plain("Budget"),
    "location": Plain("Room"),
    "notes": Plain("none"),
    "organizer": BOB,
    "participants": (ALICE, replace(BOB, response="accepted"), ROOM),
    "join_url": Plain("https://acme.webex.com/meet/bob"),
    "join_uri": Plain("bob@acme.webex.com"),
    "confidential": True,
}
OURS = {"space"}
"""It follows from the location and from who may write, which are in the digest or the fact."""


@pytest.mark.parametrize("name", [field.name for field in fields(EventContent) if field.name not in OURS])
def test_each_field_changes_the_digest(vault, user, name):
    before, after = sealed(vault, user, FULL), sealed(vault, user, replace(FULL, **{name: CHANGED[name]}))
    assert before.digest != after.digest
    assert (before.join_digest != after.join_digest) is (name in {"event_id", "join_url", "join_uri"})


@pytest.mark.parametrize("name", [field.name for field in fields(EventContent)])
def test_title_and_guests_have_digests_of_their_own(vault, user, name):
    changed = replace(FULL, **{**CHANGED, "space": True, "participants": (ALICE, ROOM)})
    one = replace(FULL, **{name: getattr(changed, name)})
    before, after = sealed(vault, user, FULL), sealed(vault, user, one)
    assert (before.title_digest != after.title_digest) is (name == "subject")
    assert (before.guests_digest != after.guests_digest) is (name == "participants")


def test_the_order_and_the_answers_of_guests_do_not_count(vault, user):
    carol = Person(email=Plain("carol@acme.example"), name=Plain(""), response="accepted")
    one = replace(FULL, participants=(BOB, carol))
    other = replace(FULL, participants=(ALICE, carol, replace(BOB, response="accepted", name=Plain("Robert"))))
    assert sealed(vault, user, one).guests_digest == sealed(vault, user, other).guests_digest


def test_an_organizer_is_not_mistaken_for_a_participant(vault, user):
    moved = replace(FULL, organizer=None, participants=(ALICE, *FULL.participants))
    assert sealed(vault, user, FULL).digest != sealed(vault, user, moved).digest


def test_texts_that_utf_8_cannot_say_do_no_harm(vault, user):
    read = as_read(vault, user, replace(EMPTY, subject=Plain("a\ud800b"), join_url=Plain("https://x.example/\udfff")))
    assert read["encryptedSubject"] == "a?b"
