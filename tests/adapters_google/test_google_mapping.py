"""One spoilt item of a page costs only itself."""

import pytest

from hybridcal_daemon.adapters.google import mapping
from hybridcal_daemon.adapters.http_json import BadJson

GOOD = b'{"id":"good","etag":"1","status":"confirmed","start":{"date":"2026-11-30"},"end":{"date":"2026-12-01"}}'


def test_half_a_surrogate_pair_in_one_item_leaves_the_others():
    bad = GOOD.replace(b'"good"', b'"bad","summary":"\\ud83d"')
    page = mapping.page(b'{"nextSyncToken":"t","items":[' + bad + b"," + GOOD + b"]}")
    assert [event.event_id for event in page.events] == ["good"]
    assert [one.reason for one in page.quarantined] == ["shape"]
    assert page.next_token == "t"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"items":{}}', b'{"items":[],"nextSyncToken":7}', b"[" * 100_000])
def test_a_page_that_is_none(body):
    with pytest.raises(BadJson):
        mapping.page(body)


def test_a_page_nested_without_end():
    with pytest.raises(BadJson):
        mapping.page(b'{"items":[' + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"]}")
