"""Spaces over the stand-in, every exchange held against the public description."""

import pytest
from msgspec.json import decode, encode

from hybridcal_daemon.domain.failures import CallError, Kind
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.ports import HttpRequest
from tests.adapters_webex.conftest import ACCOUNT

ALICE = Plain("alice@acme.example")
BOB = Plain("bob@acme.example")
TITLE = Plain("Design review")


@pytest.fixture
def api(checked_house):
    return checked_house.api


@pytest.fixture
def space(api):
    return api.open_space(tag="t1", title=TITLE)


def addresses(api, space):
    return [member.address.reveal() for member in api.space_members(space)]


def test_a_space_is_found_by_its_tag(api, space, checked_house):
    others = [api.open_space(tag=f"t1{n}", title=TITLE) for n in range(3)]
    assert api.find_space(tag="t1") == space
    assert api.find_space(tag="t11") == others[1]
    assert api.find_space(tag="t") is None
    assert [room.title for room in checked_house.sandbox.rooms()] == ["Design review"] * 4


def test_a_space_that_somebody_else_made_is_not_taken_for_ours(api, space, checked_house):
    """A guest reads the tag, makes a space with it and puts our account there: our guests must not follow."""
    sandbox = checked_house.sandbox
    token = sandbox.person_token(BOB.reveal())
    made = call(sandbox, token, "/v1/rooms", title="Design review", description="hybridcal:t1")
    call(sandbox, token, "/v1/memberships", roomId=made["id"], personEmail=ACCOUNT)
    assert api.find_space(tag="t1") == space
    sandbox.leave(space, ACCOUNT)
    assert api.find_space(tag="t1") is None


def call(sandbox, token, path, **body):
    """Something that a person does."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    sent = HttpRequest(method="POST", url=f"https://webexapis.example{path}", headers=headers, body=encode(body))
    return decode(sandbox.handle(sent).body)


def test_a_space_that_migrated_is_found_under_its_new_id(api, space, checked_house):
    new = checked_house.sandbox.migrate(space)
    assert new != space
    assert api.find_space(tag="t1") == new
    for call in (
        api.space_members,
        lambda where: api.rename_space(where, TITLE),
        lambda where: api.add_member(where, BOB),
    ):
        with pytest.raises(CallError) as raised:
            call(space)
        assert raised.value.kind is Kind.NOT_FOUND


def test_an_answer_that_is_lost(house):
    house.sandbox.add_fault({"kind": "ambiguous", "match": {"path_regex": "/v1/rooms$", "method": "POST"}})
    with pytest.raises(CallError) as raised:
        house.api.open_space(tag="t1", title=TITLE)
    assert raised.value.in_doubt
    assert house.api.find_space(tag="t1") == house.sandbox.rooms()[0].id


def test_renaming_happens_only_where_the_title_differs(api, space, checked_house):
    for name in ("Other", "Other", ""):
        api.rename_space(space, Plain(name))
    (room,) = checked_house.sandbox.rooms()
    assert (room.title, room.description) == ("Meeting", "hybridcal:t1")
    assert [asked.method for asked in checked_house.sandbox.journal()].count("PUT") == 2


def test_members_come_and_go_and_the_account_stays(api, space, checked_house):
    for who in (ALICE, BOB, ALICE):
        api.add_member(space, who)
    assert addresses(api, space) == [ALICE.reveal(), BOB.reveal()]
    bob = api.space_members(space)[1]
    for _ in range(2):
        api.remove_member(bob.membership_id)
    assert addresses(api, space) == [ALICE.reveal()]
    assert [member.address for member in checked_house.sandbox.members(space)] == [ACCOUNT, ALICE.reveal()]
    api.add_member(space, Plain(ACCOUNT))


def test_somebody_whom_webex_will_not_have(api, space, checked_house):
    checked_house.sandbox.restrict_to_own_people(own_only=True)
    with pytest.raises(CallError) as raised:
        api.add_member(space, Plain("eve@partner.example"))
    assert raised.value.kind is Kind.REFUSED
    with pytest.raises(CallError) as raised:
        api.add_member(space, Plain("nobody"))
    assert raised.value.kind is Kind.INVALID


def test_many_members_are_listed_page_by_page(api, space):
    everybody = [f"p{n}@partner.example" for n in range(120)]
    for address in everybody:
        api.add_member(space, Plain(address))
    assert addresses(api, space) == everybody


def test_without_an_integration(house):
    for call in (lambda api: api.open_space(tag="t", title=TITLE), lambda api: api.find_space(tag="t")):
        with pytest.raises(CallError) as raised:
            call(house.bot_only)
        assert (raised.value.kind, raised.value.code) == (Kind.REFUSED, "webex-no-integration")
    assert house.sandbox.journal() == []
